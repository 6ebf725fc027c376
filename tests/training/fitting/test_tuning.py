"""The search for hyperparameters keeps to its budget and never ends worse than it began."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.booster import Booster
from training.fitting.boosting import BoostedTrees, BoostingOptions
from training.fitting.risk import tuned_risk_options, why_not_tuned
from training.fitting.tuning import tune

START = BoostingOptions(learning_rate=0.12, num_leaves=4, n_estimators=30, early_stopping_rounds=5)


@pytest.fixture(scope="module")
def learnt() -> tuple[BoostedTrees, np.ndarray]:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(1_500, 6))
    odds = 2.0 * np.sign(columns[:, 0] * columns[:, 1]) + columns[:, 2]
    wrong = (rng.random(1_500) < 1 / (1 + np.exp(-odds))).astype(float)
    return BoostedTrees(columns=columns, categories=[], seed=3, num_threads=1), wrong


class Watched:
    """Trees that remember with which options they were asked to learn."""

    def __init__(self, trees: BoostedTrees) -> None:
        self.tried: list[BoostingOptions] = []
        self._trees, self.raw_scores = trees, trees.raw_scores

    def learn(self, options: BoostingOptions, **how: Any) -> tuple[Booster, int]:
        self.tried.append(options)
        return self._trees.learn(options, **how)


class TestTune:
    @pytest.mark.parametrize(
        ("start", "rows"),
        [
            (START, 1_000),
            (START, 16_000),
            (replace(START, min_data_in_leaf=7, n_estimators=3_000, extra_trees=True), 1_000),
        ],
    )
    def test_what_it_starts_from_is_tried_first_as_it_would_be_learnt_of_so_many_rows(
        self, learnt, start: BoostingOptions, rows: int
    ) -> None:
        watched, wrong = Watched(learnt[0]), learnt[1]
        some = np.arange(rows) % 1_000
        tune(watched, start, target=wrong, train=some, judge_on=np.arange(1_000, 1_500), minutes=1e-9, seed=1)  # type: ignore[arg-type]
        (first,) = watched.tried
        assert first.n_estimators >= start.n_estimators and first.leaf_rows(rows) == start.leaf_rows(rows)
        assert replace(first, n_estimators=start.n_estimators, min_data_in_leaf=start.min_data_in_leaf) == start

    def test_what_it_starts_from_is_tried_first_and_kept_where_there_is_no_time_for_more(self, learnt) -> None:
        trees, wrong = learnt
        said: list[str] = []
        found = tune(
            trees, START, target=wrong, train=np.arange(1_000), judge_on=np.arange(1_000, 1_500), minutes=1e-9, seed=1,
            progress=said.append,
        )  # fmt: skip
        assert (found.num_leaves, found.learning_rate, found.lambda_l2) == (
            START.num_leaves,
            START.learning_rate,
            START.lambda_l2,
        )
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
        train, calibration = np.arange(half), np.arange(half, rows)
        found = tuned_risk_options(trees, train, calibration, wrong, minutes=minutes, progress=lambda step: None)
        assert found is None

    def test_that_there_is_none_is_said_with_the_rows_it_needs_and_those_there_are(self) -> None:
        said = why_not_tuned(np.arange(850), np.arange(350), minutes=10.0)
        assert said.startswith("tune_minutes 10 is not used: ")
        assert "needs 400 cases" in said and "there are 850 and 350; give more labelled cases" in said
        assert why_not_tuned(np.arange(850), np.arange(350), minutes=0.0) == ""
        assert why_not_tuned(np.arange(850), np.arange(400), minutes=10.0) == ""
