"""Fitting what `models.calibration` applies, on rows the model has not learnt from."""

import warnings
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.calibration import Beta, Calibrator, Floats, Isotonic, Sigmoid, beta_terms

_FOLDS: Final = 5
_MIN_LABELS_FOR_PLATT: Final = 20
_MIN_LABELS_FOR_BETA: Final = 200
_MIN_LABELS_FOR_ISOTONIC: Final = 1_000
_RIDGE: Final = 1e-3
"""So light a penalty changes nothing but gives separable data an answer."""
_MIN_PROBABILITY: Final = 1e-15
Fit = Callable[[Floats, Floats], Calibrator]


def log_loss(probabilities: Floats, happened: Floats) -> float:
    """Return the mean negative log-likelihood of 0/1 events; lower is better."""
    return float(_row_losses(probabilities, happened).mean())


def choose_calibrator(log_odds: Floats, happened: Floats) -> tuple[Calibrator, dict[str, float]]:
    """Fit the simplest kind of calibrator whose cross-validated log-loss is within a standard error of the best.

    Returns it and the log-loss of every kind tried. Raises ValueError for no rows.
    """
    if not len(happened):
        raise ValueError("no rows to calibrate on")
    losses = {kind: _held_out_losses(fit, log_odds, happened) for kind, fit in _candidates(len(happened)).items()}
    best = min(losses, key=lambda kind: float(losses[kind].mean()))
    chosen = next(kind for kind in losses if _no_worse(losses[kind], losses[best]))
    return _FITS[chosen](log_odds, happened), {kind: float(loss.mean()) for kind, loss in losses.items()}


def fit_temperature(raw_scores: Floats, labels: NDArray[np.int64]) -> float:
    """Fit the temperature in [0.1, 10] with the lowest log-loss on raw scores (n, k) and true classes (n,)."""
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        cooled = raw_scores / np.exp(log_temperature)
        top = cooled.max(axis=1)
        log_sums = top + np.log(np.exp(cooled - top[:, None]).sum(axis=1))
        return float(np.mean(log_sums - cooled[np.arange(len(labels)), labels]))

    bounds = (-np.log(10.0), np.log(10.0))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8}).x))


def fit_logistic(terms: Floats, happened: Floats) -> list[float]:
    """Fit a logistic regression on terms of shape (n, k); return the k weights, then the intercept."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if happened.min() == happened.max():
        return [*([0.0] * terms.shape[1]), _log_odds_of_rate(happened)]
    model = LogisticRegression(C=1.0 / _RIDGE, solver="newton-cholesky", tol=1e-10)
    with warnings.catch_warnings():
        # Where it begins at the best answer, as for terms that say nothing, no step is better: it tries another way.
        warnings.filterwarnings("ignore", "Line search of Newton solver", ConvergenceWarning)
        model.fit(terms, happened)
    return [*map(float, model.coef_[0]), float(model.intercept_[0])]


def fit_isotonic(log_odds: Floats, happened: Floats) -> Calibrator:
    """Fit the best rising curve, one knot for each stretch of one probability, in its middle."""
    from sklearn.isotonic import IsotonicRegression

    # Rows of one score get one probability, so they are one from the start; one by one they could look like a rise.
    scores, place = np.unique(log_odds, return_inverse=True)
    cases = np.bincount(place).astype(np.float64)
    rates = np.bincount(place, weights=happened) / cases
    fitted = IsotonicRegression().fit_transform(scores, rates, sample_weight=cases)
    block = np.cumsum(np.r_[False, ~np.isclose(np.diff(fitted), 0.0, rtol=0.0, atol=1e-12)])
    weights = np.bincount(block, weights=cases)
    edge = 0.5 / len(happened)
    knots = np.bincount(block, weights=cases * scores) / weights
    values = np.clip(np.bincount(block, weights=cases * rates) / weights, edge, 1.0 - edge)
    return Isotonic(tuple(knots.tolist()), tuple(values.tolist()))


def _row_losses(probabilities: Floats, happened: Floats) -> Floats:
    kept = np.clip(probabilities, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    return np.asarray(-(happened * np.log(kept) + (1 - happened) * np.log(1 - kept)))


def _fit_none(log_odds: Floats, happened: Floats) -> Calibrator:
    return Sigmoid()


def _fit_platt(log_odds: Floats, happened: Floats) -> Calibrator:
    slope, intercept = fit_logistic(log_odds[:, None], happened)
    # A model that ranks the wrong way round says nothing; its rate is the honest answer.
    return Sigmoid(slope, intercept) if slope > 0 else Sigmoid(0.0, _log_odds_of_rate(happened))


def _fit_beta(log_odds: Floats, happened: Floats) -> Calibrator:
    terms = beta_terms(log_odds)
    a, b, c = fit_logistic(terms, happened)
    if a < 0:
        b, c = fit_logistic(terms[:, 1:], happened)
        a = 0.0
    elif b < 0:
        a, c = fit_logistic(terms[:, :1], happened)
        b = 0.0
    return Beta(a, b, c) if a >= 0 and b >= 0 else Sigmoid(0.0, _log_odds_of_rate(happened))


_FITS: Final[dict[str, Fit]] = {
    "none": _fit_none, "platt": _fit_platt, "beta": _fit_beta, "isotonic": fit_isotonic,
}  # fmt: skip
_MIN_LABELS: Final = {
    "none": 0,
    "platt": _MIN_LABELS_FOR_PLATT,
    "beta": _MIN_LABELS_FOR_BETA,
    "isotonic": _MIN_LABELS_FOR_ISOTONIC,
}


def _candidates(rows: int) -> dict[str, Fit]:
    return {kind: fit for kind, fit in _FITS.items() if rows >= _MIN_LABELS[kind]}


def _held_out_losses(fit: Fit, log_odds: Floats, happened: Floats) -> Floats:
    fold = np.arange(len(happened)) % _FOLDS
    predicted = np.empty(len(happened))
    for number in range(_FOLDS):
        out = fold == number
        if out.any():
            learnt = fit(log_odds[~out], happened[~out]) if (~out).any() else Sigmoid()
            predicted[out] = learnt.apply(log_odds[out])
    return _row_losses(predicted, happened)


def _no_worse(losses: Floats, best: Floats) -> bool:
    apart = losses - best
    return float(apart.mean()) <= float(apart.std()) / float(np.sqrt(len(apart)))


def _log_odds_of_rate(happened: Floats) -> float:
    rate = (float(happened.sum()) + 0.5) / (len(happened) + 1.0)
    return float(np.log(rate / (1 - rate)))
