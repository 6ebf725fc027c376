"""The risk head takes, of a few shapes, the one that foretells later cases best; where those are too few, the simplest."""

import numpy as np
import pytest

from training import heads
from training.boosting import BoostedTrees, Positions, Shape
from training.heads import fit_risk
from training.split import Split

STUMPS = Shape(learning_rate=0.2, leaves=2, rounds=400, patience=20)
DEEP = Shape(learning_rate=0.1, leaves=12, rounds=60, patience=10)
N = 2_400


@pytest.fixture(autouse=True)
def _two_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "RISK_SHAPES", {0: (STUMPS, DEEP)})


@pytest.fixture(scope="module")
def columns() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N, 4))


def trees(columns: np.ndarray) -> BoostedTrees:
    return BoostedTrees(columns=columns, categories=[], seed=1, num_threads=1)


def drawn(odds: np.ndarray) -> np.ndarray:
    return (np.random.default_rng(2).random(N) < 1 / (1 + np.exp(-odds))).astype(float)


def parts(calibration: int = 800) -> Split:
    rows: Positions = np.arange(N)
    return Split(train=rows[:1_600], calibration=rows[1_600 : 1_600 + calibration], test=rows[:0], how="")


def test_what_only_two_columns_together_tell_needs_more_than_stumps(columns: np.ndarray) -> None:
    wrong = drawn(3.0 * np.sign(columns[:, 0] * columns[:, 1]))
    _, about = fit_risk(trees(columns), parts(), wrong)
    assert about["risk_leaves"] == DEEP.leaves


def test_what_each_column_tells_alone_needs_no_more(columns: np.ndarray) -> None:
    wrong = drawn(columns @ np.array([1.0, -1.0, 0.5, 0.5]))
    _, about = fit_risk(trees(columns), parts(), wrong)
    assert about["risk_leaves"] == STUMPS.leaves


def test_a_thin_calibration_part_chooses_nothing(columns: np.ndarray) -> None:
    wrong = drawn(3.0 * np.sign(columns[:, 0] * columns[:, 1]))
    _, about = fit_risk(trees(columns), parts(calibration=90), wrong)
    assert about["risk_leaves"] == STUMPS.leaves


def test_a_shape_that_is_given_is_taken(columns: np.ndarray) -> None:
    wrong = drawn(columns @ np.array([1.0, -1.0, 0.5, 0.5]))
    _, about = fit_risk(trees(columns), parts(), wrong, shape=DEEP)
    assert about["risk_leaves"] == DEEP.leaves
