"""How far numbers on a test part may be off by chance: exact intervals of shares, and a bootstrap that draws whole
entities."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.history import entity_keys
from training.tables.dataset import Dataset

Codes = NDArray[np.int64]
LEVEL: Final = 0.95
_MIN_CLUSTERS: Final = 30
_MAX_WORK: Final = 2_000_000
_MIN_DRAWS, _MAX_DRAWS = 50, 300


@dataclass(frozen=True, slots=True)
class Interval:
    """A number and the bounds of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def clusters(dataset: Dataset, rows: NDArray[np.int64]) -> tuple[Codes, str]:
    """Return which cases belong together: the declared group, else the first entity that repeats and is not rare, else
    none.

    Returns a code per case from 0 on, and what it stands for in words.
    """
    ids = [dataset.exception_ids[at] for at in rows.tolist()]
    if dataset.groups is not None:
        return _codes([dataset.groups[at] for at in rows.tolist()], ids), "declared group"
    for trail, keys in entity_keys(dataset.columns, dataset.recipe.trails).items():
        own = [keys[at] for at in rows.tolist()]
        known = {key for key in own if key is not None}
        if _MIN_CLUSTERS <= len(known) < len(own) - own.count(None):
            return _codes(own, ids), trail.replace("_", " ")
    return np.arange(len(rows)), "case"


def share(happened: int, cases: int, *, level: float = LEVEL) -> Interval:
    """Compute a share with its exact (Clopper-Pearson) interval; unknown, hence 0 to 1, where there are no cases."""
    from scipy.stats import binomtest

    if not cases:
        return Interval(float("nan"), 0.0, 1.0)
    bounds = binomtest(int(happened), int(cases)).proportion_ci(confidence_level=level, method="exact")
    return Interval(happened / cases, float(bounds.low), float(bounds.high))


def bootstrap(statistic: Callable[[Column], Column], groups: Codes, *, seed: int = 0) -> NDArray[np.float64]:
    """Draw groups of cases with replacement and compute statistics anew, shape (draws, n_statistics).

    statistic: takes a weight per case (how often it was drawn) and gives its numbers, NaN where they mean nothing.
    Larger tables get fewer draws. Groups are weighted by Poisson(1), which needs no list of rows.
    """
    draws = int(np.clip(_MAX_WORK // max(1, len(groups)), _MIN_DRAWS, _MAX_DRAWS))
    rng = np.random.default_rng(seed)
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    return np.array([statistic(rng.poisson(1.0, n_groups).astype(np.float64)[groups]) for _ in range(draws)])


def interval(value: float, drawn: Column) -> Interval:
    """Return a number with the middle 95 % of its bootstrap draws."""
    kept = drawn[~np.isnan(drawn)]
    if np.isnan(value) or len(kept) < _MIN_DRAWS / 2:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))


def mean_error(values: Column, groups: Codes) -> float:
    """Return the standard error of a mean of cases that come in groups: never less than if they were independent."""
    n = len(values)
    if n < 2:
        return float("inf")
    apart = values - values.mean()
    alone = float(np.sqrt((apart**2).sum() / (n - 1) / n))
    sums = np.bincount(groups, weights=apart)
    among = len(np.unique(groups))
    together = float(np.sqrt((sums**2).sum() * among / max(1, among - 1))) / n
    return max(alone, together)


def ranked(scores: Column, happened: Column) -> Callable[[Column], float]:
    """Prepare the area under the ROC curve for any weights of the cases, NaN where only one class has weight."""
    _, place = np.unique(scores, return_inverse=True)
    size = int(place.max()) + 1 if len(place) else 0

    def area(weights: Column) -> float:
        wrong = np.bincount(place, weights=weights * happened, minlength=size)
        right = np.bincount(place, weights=weights * (1.0 - happened), minlength=size)
        pairs = wrong.sum() * right.sum()
        below = np.cumsum(right) - right / 2.0
        return float((wrong * below).sum() / pairs) if pairs > 0 else float("nan")

    return area


def capturing(ranking: Column, lost: Column, capacity: float) -> Callable[[Column], float]:
    """Prepare the share of all loss in the `capacity` share of cases ranked highest, for any weights of the cases."""
    order = np.argsort(-ranking, kind="stable")

    def captured(weights: Column) -> float:
        weight = weights[order]
        loss = weight * lost[order]
        looked_at = np.clip(
            (capacity * weight.sum() - (np.cumsum(weight) - weight)) / np.maximum(weight, 1e-12), 0.0, 1.0
        )
        return float((loss * looked_at).sum() / loss.sum()) if loss.sum() > 0 else float("nan")

    return captured


def losses(probabilities: Column, happened: Column) -> Column:
    """Return each case's log-loss, in nats."""
    kept = np.clip(probabilities, 1e-12, 1.0 - 1e-12)
    return -(happened * np.log(kept) + (1.0 - happened) * np.log1p(-kept))


def _codes(keys: list[str | None], ids: list[str]) -> Codes:
    """Number the groups; a case without one stands alone."""
    positions: dict[tuple[bool, str], int] = {}
    named = [(True, key) if key is not None else (False, own) for key, own in zip(keys, ids, strict=True)]
    return np.array([positions.setdefault(name, len(positions)) for name in named], dtype=np.int64)
