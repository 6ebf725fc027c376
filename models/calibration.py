"""From raw scores to probabilities that mean what they say.

Fitted on rows the model has not learnt from, kept as a few numbers in JSON, applied in plain numpy. Every calibrator is
monotone (a higher raw score never gets a lower probability) and stays strictly inside (0, 1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FARTHEST: Final = 30.0
_FOLDS: Final = 5
_ENOUGH_FOR_BETA: Final = 200
_ENOUGH_FOR_ISOTONIC: Final = 1_000


class Calibrator(Protocol):
    """Turn log-odds of shape (n,) into probabilities of shape (n,)."""

    def apply(self, log_odds: Floats) -> Floats:
        """Give the probabilities."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Give the numbers that `calibrator_from_json` reads back."""
        ...


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Platt scaling: the probability is the sigmoid of `slope` x log-odds + `intercept`; (1, 0) changes nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, log_odds: Floats) -> Floats:
        """Give the probabilities."""
        return sigmoid(self.slope * log_odds + self.intercept)

    def to_json(self) -> dict[str, Any]:
        """Give the numbers that `calibrator_from_json` reads back."""
        kind = "none" if (self.slope, self.intercept) == (1.0, 0.0) else "platt"
        return {"kind": kind, "slope": self.slope, "intercept": self.intercept}


@dataclass(frozen=True, slots=True)
class Beta:
    """Beta calibration: log-odds `a` ln p - `b` ln(1 - p) + `c`, with a and b not negative, so each tail has its own slope."""

    a: float
    b: float
    c: float

    def apply(self, log_odds: Floats) -> Floats:
        """Give the probabilities."""
        terms = _beta_terms(log_odds)
        return sigmoid(self.a * terms[:, 0] + self.b * terms[:, 1] + self.c)

    def to_json(self) -> dict[str, Any]:
        """Give the numbers that `calibrator_from_json` reads back."""
        return {"kind": "beta", "a": self.a, "b": self.b, "c": self.c}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """The best rising curve through the data: straight lines between `knots` (log-odds, rising) and their `values`."""

    knots: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, log_odds: Floats) -> Floats:
        """Give the probabilities."""
        return np.interp(log_odds, self.knots, self.values)

    def to_json(self) -> dict[str, Any]:
        """Give the numbers that `calibrator_from_json` reads back."""
        return {"kind": "isotonic", "knots": list(self.knots), "values": list(self.values)}


def calibrator_from_json(numbers: Mapping[str, Any]) -> Calibrator:
    """Read a calibrator back; raise ValueError for a kind this code does not know."""
    match numbers:
        case {"kind": "none" | "platt", "slope": slope, "intercept": intercept}:
            return Sigmoid(slope, intercept)
        case {"kind": "beta", "a": a, "b": b, "c": c}:
            return Beta(a, b, c)
        case {"kind": "isotonic", "knots": knots, "values": values}:
            return Isotonic(tuple(knots), tuple(values))
    raise ValueError(f"unknown calibrator {numbers.get('kind')!r}")


def sigmoid(log_odds: Floats) -> Floats:
    """Give 1 / (1 + exp(-log_odds)), never exactly 0 or 1."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -_FARTHEST, _FARTHEST)))


def softmax(raw_scores: Floats, temperature: float) -> Floats:
    """Give the class probabilities of raw scores of shape (n, k); a temperature above 1 makes them less sure."""
    cooled = raw_scores / temperature
    weights = np.exp(cooled - cooled.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def log_loss(probabilities: Floats, happened: Floats) -> float:
    """Give the mean negative log-likelihood of 0/1 events; lower is better."""
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
    """Give the temperature in [0.1, 10] with the lowest log-loss on raw scores (n, k) and true classes (n,)."""

    def loss(log_temperature: float) -> float:
        cooled = raw_scores / np.exp(log_temperature)
        top = cooled.max(axis=1)
        log_sums = top + np.log(np.exp(cooled - top[:, None]).sum(axis=1))
        return float(np.mean(log_sums - cooled[np.arange(len(labels)), labels]))

    return float(np.exp(_lowest(loss, -np.log(10.0), np.log(10.0))))


def _row_losses(probabilities: Floats, happened: Floats) -> Floats:
    kept = np.clip(probabilities, 1e-15, 1 - 1e-15)
    return np.asarray(-(happened * np.log(kept) + (1 - happened) * np.log(1 - kept)))


def _fit_none(log_odds: Floats, happened: Floats) -> Calibrator:
    return Sigmoid()


def _fit_platt(log_odds: Floats, happened: Floats) -> Calibrator:
    slope, intercept = fit_logistic(log_odds[:, None], happened)
    # A model that ranks the wrong way round says nothing; its rate is the honest answer.
    return Sigmoid(slope, intercept) if slope > 0 else Sigmoid(0.0, _log_odds_of_rate(happened))


def _fit_beta(log_odds: Floats, happened: Floats) -> Calibrator:
    terms = _beta_terms(log_odds)
    a, b, c = fit_logistic(terms, happened)
    if a < 0:
        b, c = fit_logistic(terms[:, 1:], happened)
        a = 0.0
    elif b < 0:
        a, c = fit_logistic(terms[:, :1], happened)
        b = 0.0
    return Beta(a, b, c) if a >= 0 and b >= 0 else Sigmoid(0.0, _log_odds_of_rate(happened))


def _fit_isotonic(log_odds: Floats, happened: Floats) -> Calibrator:
    # Rows of one score get one probability, so they are one from the start: in the order they came, they would look like a rise.
    scores, place = np.unique(log_odds, return_inverse=True)
    each = zip(
        np.bincount(place, weights=happened).tolist(),
        np.bincount(place).astype(float).tolist(),
        scores.tolist(),
        strict=True,
    )
    blocks: list[tuple[float, float, float]] = []  # events, rows, sum of log-odds
    for events, rows, score in each:
        blocks.append((events, rows, rows * score))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    edge = 0.5 / len(happened)
    knots = [total / rows for _, rows, total in blocks]
    values = [min(max(events / rows, edge), 1 - edge) for events, rows, _ in blocks]
    return Isotonic(tuple(knots), tuple(values))


_FITS: Final[dict[str, Callable[[Floats, Floats], Calibrator]]] = {
    "none": _fit_none, "platt": _fit_platt, "beta": _fit_beta, "isotonic": _fit_isotonic,
}  # fmt: skip
_ENOUGH: Final = {"none": 0, "platt": 20, "beta": _ENOUGH_FOR_BETA, "isotonic": _ENOUGH_FOR_ISOTONIC}


def _candidates(rows: int) -> dict[str, Callable[[Floats, Floats], Calibrator]]:
    return {kind: fit for kind, fit in _FITS.items() if rows >= _ENOUGH[kind]}


def _held_out_losses(fit: Callable[[Floats, Floats], Calibrator], log_odds: Floats, happened: Floats) -> Floats:
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


def _beta_terms(log_odds: Floats) -> Floats:
    kept = np.clip(log_odds, -_FARTHEST, _FARTHEST)
    return np.column_stack([-np.logaddexp(0.0, -kept), np.logaddexp(0.0, kept)])


def _log_odds_of_rate(happened: Floats) -> float:
    rate = (float(happened.sum()) + 0.5) / (len(happened) + 1.0)
    return float(np.log(rate / (1 - rate)))


def fit_logistic(terms: Floats, happened: Floats) -> list[float]:
    """Fit a logistic regression by Newton's method; the intercept comes last. Lightly ridged, so separable data has an answer."""
    x = np.column_stack([terms, np.ones(len(terms))])
    ridge = np.diag([1e-3] * terms.shape[1] + [1e-6])
    weights = np.zeros(x.shape[1])
    weights[-1] = _log_odds_of_rate(happened)
    for _ in range(50):
        p = sigmoid(x @ weights)
        gradient = x.T @ (p - happened) + ridge @ weights
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, gradient)
        weights = weights - step * min(1.0, 5.0 / float(np.abs(step).max() + 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    return [float(weight) for weight in weights]


def _lowest(function: Callable[[float], float], low: float, high: float) -> float:
    """Find the lowest point of a function with one valley by golden section."""
    ratio = (5**0.5 - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(40):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return (low + high) / 2
