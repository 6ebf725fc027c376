"""The search for hyperparameters keeps to its budget and never ends worse than it began."""

import numpy as np
import pytest

from training.boosting import BoostedTrees, Shape
from training.heads import tuned_risk_shape
from training.split import Split
from training.tuning import tune

START = Shape(learning_rate=0.12, leaves=4, rounds=30, patience=5)


@pytest.fixture(scope="module")
def learnt() -> tuple[BoostedTrees, np.ndarray]:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(1_500, 6))
    odds = 2.0 * np.sign(columns[:, 0] * columns[:, 1]) + columns[:, 2]
    wrong = (rng.random(1_500) < 1 / (1 + np.exp(-odds))).astype(float)
    return BoostedTrees(columns=columns, categories=[], seed=3, num_threads=1), wrong


class TestTune:
    def test_what_it_starts_from_is_tried_first_and_kept_where_there_is_no_time_for_more(self, learnt) -> None:
        trees, wrong = learnt
        said: list[str] = []
        found = tune(
            trees, START, target=wrong, train=np.arange(1_000), judge_on=np.arange(1_000, 1_500), minutes=1e-9, seed=1,
            progress=said.append,
        )  # fmt: skip
        assert (found.leaves, found.learning_rate, found.l2) == (START.leaves, START.learning_rate, START.l2)
        assert len(said) == 1 and said[0].startswith("trial 1: 4 leaves, log-loss 0.")

    def test_more_time_finds_nothing_worse(self, learnt) -> None:
        trees, wrong = learnt
        said: list[str] = []
        tune(
            trees, START, target=wrong, train=np.arange(1_000), judge_on=np.arange(1_000, 1_500), minutes=0.05, seed=1,
            progress=said.append,
        )  # fmt: skip
        losses = [float(line.rsplit(" ", 1)[1]) for line in said]
        assert len(losses) > 1 and min(losses) <= losses[0]

    @pytest.mark.parametrize(("minutes", "rows"), [(0.0, 1_500), (1.0, 799)])
    def test_without_time_or_with_few_rows_there_is_no_search(self, learnt, minutes: float, rows: int) -> None:
        trees, wrong = learnt
        half = rows // 2
        parts = Split(train=np.arange(half), calibration=np.arange(half, rows), test=np.arange(0), how="")
        assert tuned_risk_shape(trees, parts, wrong, minutes=minutes, progress=lambda step: None) is None
