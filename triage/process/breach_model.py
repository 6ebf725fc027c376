"""How likely an open case breaks its SLA: a small calibrated logistic model, learnt from how cases went before.

Categories are read as their own past breach rate, shrunk towards the rate of all; each case is read with the rates of
those known before it, so that none is told by its own end. Too few cases give the base rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MIN_CASES: Final = 200
MIN_OF_EACH: Final = 20
"""Breaches, and kept SLAs, below which nothing is learnt but their rate."""
SHRINKAGE: Final = 10.0
MAX_CATEGORIES: Final = 5_000
_RIDGE: Final = 1.0
_ROUNDS: Final = 25
_HELD_OUT: Final = 0.2
_PRIOR_CASES: Final = 2.0
_EDGE: Final = 1e-4
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observation:
    """What was known of a case at one moment. case: its id; categories and numbers: the same ones in every row."""

    case: str
    categories: tuple[str, ...]
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachModel:
    """A learnt model, or only a base rate where `weights` is empty.

    counted: per category column, value to (cases, breaches). slope, intercept: the calibration of the log-odds.
    auc, brier: on the last fifth of the cases, of a model that had not seen them; None where nothing was learnt.
    """

    base_rate: float
    cases: int
    counted: tuple[Mapping[str, tuple[int, int]], ...] = ()
    centres: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()
    slope: float = 1.0
    intercept: float = 0.0
    auc: float | None = None
    brier: float | None = None

    @property
    def has_learnt(self) -> bool:
        """Whether it says more than the base rate."""
        return bool(self.weights)

    def probabilities(self, observations: Sequence[Observation]) -> Vector:
        """Return the probability of a breach for each row, in (0, 1)."""
        if not (self.has_learnt and observations):
            return np.full(len(observations), self.base_rate)
        rows = np.array([self._row(each) for each in observations], dtype=np.float64).reshape(len(observations), -1)
        log_odds = _design(rows, np.array(self.centres), np.array(self.scales)) @ np.array(self.weights)
        return np.clip(_sigmoid(self.slope * log_odds + self.intercept), _EDGE, 1 - _EDGE)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "BreachModel":
        """Read it back."""
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**given)

    def _row(self, each: Observation) -> list[float]:
        rates = [
            _shrunk(*counts.get(value, (0, 0)), self.base_rate)
            for counts, value in zip(self.counted, each.categories, strict=True)
        ]
        return [*rates, *each.numbers]


def learn_breaches(observations: Sequence[Observation], breached: Sequence[bool]) -> BreachModel:
    """Learn from rows in the order in which it became known how their cases went; rows of a case stand together."""
    truth = np.array(breached, dtype=np.float64)
    cases, broken = _of_cases(observations, breached)
    base = (broken + _PRIOR_CASES * 0.5) / (cases + _PRIOR_CASES)
    if cases < MIN_CASES or min(broken, cases - broken) < MIN_OF_EACH:
        return BreachModel(base_rate=base, cases=cases)
    counts = _Counts(len(observations[0].categories), base)
    rows = np.array(counts.in_order(observations, breached), dtype=np.float64)
    at = _boundary(observations, 1 - _HELD_OUT)
    tried = _fit(rows[:at], truth[:at])
    held_out = _design(rows[at:], *tried[:2]) @ tried[2]
    slope, intercept = _calibration(held_out, truth[at:])
    said = _sigmoid(held_out)
    centres, scales, weights = _fit(rows, truth)
    return BreachModel(
        base_rate=base,
        cases=cases,
        counted=counts.kept(),
        centres=tuple(centres.tolist()),
        scales=tuple(scales.tolist()),
        weights=tuple(weights.tolist()),
        slope=slope,
        intercept=intercept,
        auc=auc(said, truth[at:]),
        brier=float(np.mean((said - truth[at:]) ** 2)) if len(said) else None,
    )


def auc(said: Vector, truth: Vector) -> float | None:
    """Return the share of pairs of a breach and a kept SLA that are ranked right; None where there are no pairs."""
    breaches = int(truth.sum())
    pairs = breaches * (len(truth) - breaches)
    if not pairs:
        return None
    order = np.argsort(said, kind="stable")
    ranks = np.empty(len(said))
    ranks[order] = np.arange(1, len(said) + 1)
    values, where = np.unique(said, return_inverse=True)
    mean_ranks = np.bincount(where, weights=ranks) / np.bincount(where, minlength=len(values))
    return float((mean_ranks[where][truth > 0].sum() - breaches * (breaches + 1) / 2) / pairs)


@dataclass(slots=True)
class _Counts:
    """Cases and breaches of every value of every category, as far as is known."""

    width: int
    base: float
    found: list[dict[str, tuple[int, int]]] = field(default_factory=list)

    def in_order(self, observations: Sequence[Observation], breached: Sequence[bool]) -> list[list[float]]:
        """Read each row by what was known before its case, then learn how the case went."""
        self.found = [{} for _ in range(self.width)]
        rows: list[list[float]] = []
        for at, each in enumerate(observations):
            rates = [_shrunk(*self.found[k].get(value, (0, 0)), self.base) for k, value in enumerate(each.categories)]
            rows.append([*rates, *each.numbers])
            if at + 1 == len(observations) or observations[at + 1].case != each.case:
                for k, value in enumerate(each.categories):
                    n, broken = self.found[k].get(value, (0, 0))
                    self.found[k][value] = n + 1, broken + int(breached[at])
        return rows

    def kept(self) -> tuple[dict[str, tuple[int, int]], ...]:
        """Return the counts of the commonest values."""
        return tuple(dict(sorted(each.items(), key=lambda item: -item[1][0])[:MAX_CATEGORIES]) for each in self.found)


def _of_cases(observations: Sequence[Observation], breached: Sequence[bool]) -> tuple[int, int]:
    ended = {each.case: bool(broke) for each, broke in zip(observations, breached, strict=True)}
    return len(ended), sum(ended.values())


def _boundary(observations: Sequence[Observation], share: float) -> int:
    """Return where rows are parted, never within a case."""
    at = int(len(observations) * share)
    while 0 < at < len(observations) and observations[at].case == observations[at - 1].case:
        at += 1
    return at


def _shrunk(n: int, broken: int, base: float) -> float:
    rate = (broken + SHRINKAGE * base) / (n + SHRINKAGE)
    return float(np.log(rate / (1 - rate)))


def _fit(rows: Vector, truth: Vector) -> tuple[Vector, Vector, Vector]:
    """Fit a ridge logistic regression by Newton's method; return centres, scales and weights, the intercept last."""
    centres = rows.mean(axis=0)
    spread = rows.std(axis=0)
    scales = np.where(spread > 0, spread, 1.0)
    design = _design(rows, centres, scales)
    penalty = np.full(design.shape[1], _RIDGE)
    penalty[-1] = 0.0
    weights = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        said = _sigmoid(design @ weights)
        slope = design.T @ (said - truth) + penalty * weights
        curve = (design * (said * (1 - said) + 1e-9)[:, None]).T @ design + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return centres, scales, weights


def _calibration(log_odds: Vector, truth: Vector) -> tuple[float, float]:
    """Fit slope and intercept of the log-odds on cases a model has not seen; leave them where there are too few."""
    if min(truth.sum(), len(truth) - truth.sum()) < MIN_OF_EACH:
        return 1.0, 0.0
    centres, scales, weights = _fit(log_odds.reshape(-1, 1), truth)
    slope = float(weights[0] / scales[0])
    return (slope, float(weights[1] - slope * centres[0])) if slope > 0 else (1.0, 0.0)


def _design(rows: Vector, centres: Vector, scales: Vector) -> Vector:
    return np.hstack([(rows - centres) / scales, np.ones((len(rows), 1))])


def _sigmoid(values: Vector) -> Vector:
    clipped: Vector = np.clip(values, -35.0, 35.0)
    return np.asarray(1 / (1 + np.exp(-clipped)), dtype=np.float64)
