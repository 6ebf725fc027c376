"""A metric with the interval it would have on other rows of the same kind, drawn by resampling whole clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.real_set import Metric

RESAMPLES: Final = 300
Predictions = NDArray[np.float64]
"""Scores of shape (n,) for AUC and AP; chosen classes of shape (n,) for macro-F1 and accuracy."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric on the test rows and the middle 95 % of its resamples."""

    value: float
    low: float
    high: float


def measure(
    metric: Metric, truth: Predictions, predicted: Predictions, clusters: Sequence[object] | None, *, seed: int
) -> Measured:
    """Compute a metric and its 95 % interval; rows of one cluster are drawn together, each row alone where there is
    none."""
    _, code = np.unique(
        np.arange(len(truth)).astype(str) if clusters is None else np.array([str(one) for one in clusters]),
        return_inverse=True,
    )
    random = np.random.default_rng(seed)
    n = int(code.max()) + 1
    found = []
    for _ in range(RESAMPLES):
        weights = np.bincount(random.integers(0, n, n), minlength=n)[code].astype(np.float64)
        drawn = weights > 0
        if metric in ("AUC", "AP") and len(np.unique(truth[drawn])) < 2:
            continue
        found.append(compute(metric, truth[drawn], predicted[drawn], weights[drawn]))
    low, high = np.quantile(found, [0.025, 0.975]) if found else (np.nan, np.nan)
    return Measured(compute(metric, truth, predicted, None), float(low), float(high))


def compute(metric: Metric, truth: Predictions, predicted: Predictions, weights: Predictions | None) -> float:
    """Compute a metric of weighted rows; macro-F1 is over the classes that occur in the truth."""
    from sklearn.metrics import accuracy_score, average_precision_score, f1_score, roc_auc_score

    if metric == "AUC":
        return float(roc_auc_score(truth, predicted, sample_weight=weights))
    if metric == "AP":
        return float(average_precision_score(truth, predicted, sample_weight=weights))
    if metric == "accuracy":
        return float(accuracy_score(truth, predicted, sample_weight=weights))
    return float(
        f1_score(truth, predicted, average="macro", labels=np.unique(truth), zero_division=0.0, sample_weight=weights)
    )


def guess(metric: Metric, truth: Predictions) -> float:
    """Return what knowing only the base rates reaches: a random order, or always the most common class."""
    if metric == "AUC":
        return 0.5
    if metric == "AP":
        return float(truth.mean())
    values, counts = np.unique(truth, return_counts=True)
    return compute(metric, truth, np.full(len(truth), values[counts.argmax()]), None)
