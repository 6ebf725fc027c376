"""The search for hyperparameters keeps to its budget and never ends worse than it began."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.booster import Booster
from training.fitting.boosting import BoostedTrees, Shape
from training.fitting.risk_and_impact import tuned_risk_shape, why_not_tuned
from training.fitting.split import Split
from training.fitting.tuning import tune

START = Shape(learning_rate=0.12, leaves=4, rounds=30, patience=5)


@pytest.fixture(scope="module")
def learnt() -> tuple[BoostedTrees, np.ndarray]:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(1_500, 6))
    odds = 2.0 * np.sign(columns[:, 0] * columns[:, 1]) + columns[:, 2]
    wrong = (rng.random(1_500) < 1 / (1 + np.exp(-odds))).astype(float)
    return BoostedTrees(columns=columns, categories=[], seed=3, num_threads=1), wrong


class Watched:
    """Trees that remember with which shapes they were asked to learn."""

    def __init__(self, trees: BoostedTrees) -> None:
        self.shapes: list[Shape] = []
        self._trees, self.raw_scores = trees, trees.raw_scores

    def learn(self, shape: Shape, **how: Any) -> tuple[Booster, int]:
        self.shapes.append(shape)
        return self._trees.learn(shape, **how)


class TestTune:
    @pytest.mark.parametrize(
        ("start", "rows"),
        [(START, 1_000), (START, 16_000), (replace(START, least_in_leaf=7, rounds=3_000, random_cuts=True), 1_000)],
    )
    def test_what_it_starts_from_is_tried_first_as_it_would_be_learnt_of_so_many_rows(
        self, learnt, start: Shape, rows: int
    ) -> None:
        watched, wrong = Watched(learnt[0]), learnt[1]
        some = np.arange(rows) % 1_000
        tune(watched, start, target=wrong, train=some, judge_on=np.arange(1_000, 1_500), minutes=1e-9, seed=1)  # type: ignore[arg-type]
        (first,) = watched.shapes
        assert first.rounds >= start.rounds and first.leaf_rows(rows) == start.leaf_rows(rows)
        assert replace(first, rounds=start.rounds, least_in_leaf=start.least_in_leaf) == start

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

    def test_that_there_is_none_is_said_with_the_rows_it_needs_and_those_there_are(self, learnt) -> None:
        wrong = learnt[1].copy()
        wrong[:150] = np.nan
        parts = Split(train=np.arange(1_000), calibration=np.arange(1_000, 1_350), test=np.arange(0), how="")
        said = why_not_tuned(parts, wrong, minutes=10.0)
        assert said.startswith("tune_minutes 10 is not used: ")
        assert "needs 400 cases" in said and "there are 850 and 350; give more labelled cases" in said
        assert why_not_tuned(parts, wrong, minutes=0.0) == ""
        enough = replace(parts, calibration=np.arange(1_000, 1_400))
        assert why_not_tuned(enough, wrong, minutes=10.0) == ""
