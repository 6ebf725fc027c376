"""Metrics by hand, so that a name means what the textbook says."""

from dataclasses import replace

import numpy as np
import pytest

from training.report.metrics import Judged, calibration_error, captured_loss, metrics

JUDGED = Judged(
    risk=np.array([0.9, 0.6, 0.4, 0.1]),
    raw_risk=np.array([0.8, 0.6, 0.4, 0.2]),
    wrong=np.array([1.0, 0.0, 1.0, 0.0]),
    causes=np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]]),
    codes=np.array([0.0, 1.0, 2.0, np.nan]),
    impact=np.array([10.0, 20.0, 30.0, 40.0]),
    loss=np.array([12.0, 0.0, 20.0, np.nan]),
    stake=np.array([1.0, 2.0, 3.0, 4.0]),
    base_risk=0.5,
    base_causes=(0.5, 0.25, 0.25),
    base_impact=16.0,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("test_cases", 4),
        ("risk_base_rate", 0.5),
        ("risk_auc", 3 / 4),
        ("risk_auc_baseline_money_at_stake", 1 / 4),
        ("risk_average_precision", (1 + 2 / 3) / 2),
        ("risk_brier", (0.01 + 0.36 + 0.36 + 0.01) / 4),
        ("risk_brier_baseline", 0.25),
        ("risk_log_loss", -np.log([0.9, 0.4, 0.4, 0.9]).mean()),
        ("risk_log_loss_baseline", np.log(2)),
        ("risk_log_loss_before_calibration", -np.log([0.8, 0.4, 0.4, 0.8]).mean()),
        ("cause_top1", 1 / 3),
        ("cause_top1_baseline", 1 / 3),
        ("cause_top2", 1.0),
        ("cause_macro_f1", (2 / 3 + 0 + 0) / 3),
        ("cause_log_loss", -np.log([0.7, 0.3, 0.3]).mean()),
        ("cause_log_loss_baseline", -np.log([0.5, 0.25, 0.25]).mean()),
        ("impact_mean", 16.0),
        ("impact_mae_on_wrong", (2 + 10) / 2),
        ("impact_mae_on_wrong_baseline", 4.0),
    ],
)
def test_metric(name: str, value: float) -> None:
    assert metrics(JUDGED)[name] == pytest.approx(value)


@pytest.mark.parametrize(("capacity", "share"), [(0.0, 0.0), (0.25, 0.5), (0.5, 0.5), (0.75, 0.875), (1.0, 1.0)])
def test_captured_loss(capacity: float, share: float) -> None:
    assert captured_loss(np.array([9.0, 7, 5, 3]), np.array([4.0, 0, 3, 1]), capacity) == pytest.approx(share)


def test_nothing_lost_is_nothing_captured() -> None:
    assert captured_loss(np.ones(3), np.zeros(3), 1.0) == 0.0


def test_calibration_error_is_the_distance_to_what_happened() -> None:
    assert calibration_error(np.full(1500, 0.3), np.tile([1.0, 0.0, 0.0, 0.0, 0.0], 300)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("change", "absent"),
    [
        ({"wrong": np.zeros(4)}, ("risk_auc", "impact_mean")),
        ({"wrong": np.full(4, np.nan)}, ("risk_base_rate", "impact_mean")),
        ({"codes": np.full(4, np.nan)}, ("cause_top1",)),
        ({"loss": np.full(4, np.nan)}, ("impact_mean",)),
    ],
)
def test_what_cannot_be_known_is_left_out(change: dict[str, np.ndarray], absent: tuple[str, ...]) -> None:
    found = metrics(replace(JUDGED, **change))
    assert not set(absent) & set(found)
    assert all(np.isfinite(value) for value in found.values())
