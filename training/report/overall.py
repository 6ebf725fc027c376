"""The headline numbers of a test part with their intervals."""

from collections.abc import Callable

import numpy as np

from features.columns import Column
from training.report.intervals import Codes, Interval, bootstrap, capturing, interval, losses, ranked
from training.report.metrics import CAPACITY, Judged, known_losses


def overall(judged: Judged, groups: Codes, *, seed: int = 0) -> dict[str, Interval]:
    """Return the headline metrics, by their names, with 95 % intervals bootstrapped by entity."""
    parts = _parts(judged)
    if not parts:
        return {}

    def statistic(weights: Column) -> Column:
        return np.array([number(weights) for number in parts.values()])

    whole, drawn = statistic(np.ones(len(judged.risk))), bootstrap(statistic, groups, seed=seed)
    return {name: interval(float(whole[at]), drawn[:, at]) for at, name in enumerate(parts) if not np.isnan(whole[at])}


def interval_metrics(found: dict[str, Interval]) -> dict[str, float]:
    """Name the bounds for the record: `METRIC_low` and `METRIC_high`."""
    bounds = {f"{name}_low": of.low for name, of in found.items()} | {
        f"{name}_high": of.high for name, of in found.items()
    }
    return {name: bound for name, bound in bounds.items() if np.isfinite(bound)}


def _parts(judged: Judged) -> dict[str, Callable[[Column], float]]:
    parts: dict[str, Callable[[Column], float]] = {}
    known = np.flatnonzero(~np.isnan(judged.wrong))
    if len(known):
        risk, wrong = judged.risk[known], judged.wrong[known]
        parts["risk_auc"] = _on(known, ranked(risk, wrong))
        parts["risk_log_loss"] = _on(known, _mean(losses(risk, wrong)))
        parts["risk_brier"] = _on(known, _mean((risk - wrong) ** 2))
    labelled = np.flatnonzero(~np.isnan(judged.codes))
    if len(labelled):
        right = judged.causes[labelled].argmax(axis=1) == judged.codes[labelled]
        parts["cause_top1"] = _on(labelled, _mean(right.astype(np.float64)))
    some, loss = known_losses(judged)
    if loss.sum() > 0:
        rows = np.flatnonzero(some)
        captured = capturing(judged.expected_loss[rows], loss, CAPACITY)
        parts["captured_loss_at_10pct_expected_loss"] = _on(rows, captured)
    return parts


def _on(rows: Codes, number: Callable[[Column], float]) -> Callable[[Column], float]:
    return lambda weights: number(weights[rows])


def _mean(values: Column) -> Callable[[Column], float]:
    return lambda weights: float(weights @ values / weights.sum()) if weights.sum() > 0 else float("nan")
