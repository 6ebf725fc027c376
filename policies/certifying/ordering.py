"""In which order thresholds are tested: planned on earlier rows only, so that the test itself stays valid.

Testing goes upwards from a start and ends at the first threshold that fails. A start too high fails at once and
certifies nothing; one too low gives many occasions to end the walk early. The best start is worked out on
earlier rows: how wrong the cases at each score are, how sure that is, and what a walk from each start would then be
expected to reach.
A bad plan costs straight-through rate, never the guarantee.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, logit, xlogy
from scipy.stats import binom

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

_STEPS: Final = 48
_HOPELESS: Final = 1.5
_MANY_ERRORS: Final = 200
_PRIOR_SPREAD: Final = np.array([0.7, 0.25])
_MIN_PROBABILITY: Final = 1e-6
_ROUNDS: Final = 50
_SPREADS: Final = (-1.5, 0.0, 1.5)
_WEIGHTS: Final = (0.2, 0.6, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSequence:
    """Thresholds in the order they are tested, rising. Must not come from the labels they are tested on."""

    thresholds: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalibration:
    """How scores translate to error rates: log-odds of wrong = intercept + slope x log-odds of the score, with its
    covariance."""

    intercept: float = 0.0
    slope: float = 1.0
    covariance: tuple[tuple[float, float], tuple[float, float]] = (
        (float(_PRIOR_SPREAD[0] ** 2), 0.0),
        (0.0, float(_PRIOR_SPREAD[1] ** 2)),
    )

    def risks(self, scores: Floats, *, shift: float = 0.0) -> Floats:
        """Return the probability of being wrong at each score, `shift` standard deviations off."""
        x = _log_odds(scores)
        spread = np.sqrt(np.einsum("ij,jk,ik->i", design := _design(x), np.array(self.covariance), design))
        return np.asarray(expit(self.intercept + self.slope * x + shift * spread), dtype=np.float64)


def recalibrate(scores: Floats, wrong: Flags, *, prior: Recalibration | None = None) -> Recalibration:
    """Fit a recalibration (Platt on the log-odds) to labelled rows, drawn towards `prior`, by default towards trusting
    the score.

    Without rows the answer is the prior. scores: in [0, 1], lower is safer.
    """
    prior = prior or Recalibration()
    centre, precision = np.array([prior.intercept, prior.slope]), np.diag(_PRIOR_SPREAD**-2.0)
    design, at = _design(_log_odds(scores)), np.array([prior.intercept, prior.slope])
    information = precision
    for _ in range(_ROUNDS):
        expected = expit(design @ at)
        weights = expected * (1.0 - expected)
        information = precision + (design * weights[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (wrong - expected) - precision @ (at - centre))
        at = at + np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max()) < 1e-8:
            break
    covariance = np.linalg.inv(information)
    return Recalibration(
        intercept=float(at[0]),
        slope=float(at[1]),
        covariance=(
            (float(covariance[0, 0]), float(covariance[0, 1])),
            (float(covariance[1, 0]), float(covariance[1, 1])),
        ),
    )


def plan_order(
    scores: Floats,
    wrong: Flags,
    *,
    alpha: float,
    delta: float,
    labels: int,
    prior: Recalibration | None = None,
    unlabelled: Floats | None = None,
) -> FixedSequence:
    """Plan the thresholds to test from earlier labelled rows: every distinct score from the best start upwards.

    alpha: the error rate to stay within; delta: the probability of failing that; labels: how many rows will be tested.
    prior: what is believed of the scores before these rows. unlabelled: scores of other cases without labels, none of
    them to be tested, which make the grid finer. Scores in [0, 1], lower is safer. No threshold where there are no
    scores.
    """
    known = np.sort(scores if unlabelled is None else np.concatenate([scores, unlabelled]))
    if not len(known):
        return FixedSequence(thresholds=np.empty(0))
    fitted = recalibrate(scores, wrong, prior=prior)
    curves = [np.cumsum(fitted.risks(known, shift=shift)) / len(known) for shift in _SPREADS]
    ends = _steps(np.min(curves, axis=0), alpha=alpha)
    shares = ends / len(known)
    # With so many labels the start hardly matters any more, and a plan for fewer starts lower.
    labels = min(labels, math.ceil(_MANY_ERRORS / alpha))
    value = np.zeros(len(ends))
    for curve, weight in zip(curves, _WEIGHTS, strict=True):
        value += weight * expected_shares(shares, curve[ends - 1], alpha=alpha, delta=delta, labels=labels)
    start = known[ends[int(value.argmax())] - 1]
    return FixedSequence(thresholds=np.unique(known[known >= start]))


def _steps(errors: Floats, *, alpha: float) -> Counts:
    """Spread the possible starts over the cases up to where even the kindest belief is clearly above alpha."""
    hopeful = np.flatnonzero(errors <= _HOPELESS * alpha * np.arange(1, len(errors) + 1) / len(errors))
    last = int(hopeful[-1]) + 1 if len(hopeful) else 1
    return np.unique(np.linspace(0, last, min(_STEPS, last) + 1).astype(np.int64))[1:]


def expected_shares(shares: Floats, errors: Floats, *, alpha: float, delta: float, labels: int) -> Floats:
    """Work out which share of the cases a walk from each start is expected to certify, by dynamic programming from the
    end.

    shares: of the cases at or below each step, rising; errors: share of all cases that are wrong and at or below it.
    """
    tested = np.maximum(np.rint(shares * labels).astype(np.int64), 1)
    allowed = allowed_errors(tested, alpha=alpha, delta=delta)
    most = int(allowed.max())
    if most < 0:
        return np.zeros(len(shares))
    counts = np.arange(most + 1)
    further = np.where(counts <= allowed[-1], shares[-1], 0.0)
    value = np.zeros(len(shares))
    reached = binom.pmf(counts[None, :], tested[:, None], np.clip(errors / shares, 0.0, 1.0)[:, None])
    for step in range(len(shares) - 1, -1, -1):
        if step < len(shares) - 1:
            drawn = max(float(errors[step + 1] - errors[step]) * labels, 0.0)
            gained = np.where(counts <= allowed[step + 1], further - shares[step], 0.0)
            further = np.where(counts <= allowed[step], shares[step] + _expected_next(gained, drawn), 0.0)
        value[step] = float(reached[step] @ further)
    return value


def allowed_errors(labels: Counts, *, alpha: float, delta: float) -> Counts:
    """Return how many errors among so many labels still prove a rate of at most alpha; -1 where not even none would."""
    most = np.asarray(binom.ppf(delta, labels, alpha)).astype(np.int64)
    most -= binom.cdf(most, labels, alpha) > delta
    return np.where(labels > 0, most, -1)


def _expected_next(gained: Floats, drawn: float) -> Floats:
    """Average `gained` over the Poisson errors of the next step, for every count so far."""
    more = np.arange(min(int(drawn + 8.0 * np.sqrt(drawn) + 8.0), len(gained)))
    probabilities = np.exp(xlogy(more, drawn) - drawn - gammaln(more + 1.0))
    return np.convolve(gained[::-1], probabilities)[: len(gained)][::-1]


def _design(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x])


def _log_odds(scores: Floats) -> Floats:
    return np.asarray(logit(np.clip(scores, _MIN_PROBABILITY, 1.0 - _MIN_PROBABILITY)), dtype=np.float64)
