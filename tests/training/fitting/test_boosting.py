"""Trees learn from a start if they are given one, and the same again from the same data."""

from dataclasses import replace

import numpy as np
import pytest

from models.booster import Booster
from training.fitting import boosting
from training.fitting.boosting import BoostedTrees, BoostingOptions, options_for

OPTIONS = BoostingOptions(learning_rate=0.1, num_leaves=4, n_estimators=40, early_stopping_rounds=5)
BINARY = {"objective": "binary"}
ROWS = np.arange(1_000)


@pytest.fixture(scope="module")
def odds() -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, 2.0, 1_000)


@pytest.fixture(scope="module")
def wrong(odds: np.ndarray) -> np.ndarray:
    return (np.random.default_rng(2).random(1_000) < 1 / (1 + np.exp(-odds))).astype(float)


@pytest.fixture(scope="module")
def trees() -> BoostedTrees:
    columns = np.random.default_rng(3).normal(size=(1_000, 5))
    return BoostedTrees(columns=columns, categories=[], seed=1, num_threads=1)


class TestStart:
    def test_where_it_knows_all_there_is_the_trees_stop_soon(
        self, trees: BoostedTrees, odds: np.ndarray, wrong: np.ndarray
    ) -> None:
        started = replace(trees, start=odds)
        _, rounds = started.learn(OPTIONS, objective=BINARY, target=wrong, train=ROWS[:800], stop_on=ROWS[800:])
        assert rounds < 10

    def test_what_the_trees_say_is_added_to_it(self, trees: BoostedTrees, odds: np.ndarray, wrong: np.ndarray) -> None:
        started = replace(trees, start=odds)
        model = started.learn_for(3, OPTIONS, objective=BINARY, target=wrong, train=ROWS)
        alone = model.raw_scores(trees.columns[:10])
        assert started.raw_scores(model, ROWS[:10]).tolist() == (alone + odds[:10, None]).tolist()
        assert trees.raw_scores(model, ROWS[:10]).tolist() == alone.tolist()


@pytest.mark.parametrize("extra_trees", [False, True])
def test_the_same_data_and_seed_give_the_same_trees(trees: BoostedTrees, wrong: np.ndarray, extra_trees: bool) -> None:
    options = replace(OPTIONS, extra_trees=extra_trees)
    one, other = (trees.learn_for(20, options, objective=BINARY, target=wrong, train=ROWS) for _ in range(2))
    assert one.text == other.text
    assert one.n_features == 5


@pytest.mark.parametrize("extra_trees", [False, True])
def test_more_threads_give_the_same_trees(
    trees: BoostedTrees, wrong: np.ndarray, extra_trees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boosting, "_MIN_ROWS_FOR_THREADS", 0)
    options = replace(OPTIONS, extra_trees=extra_trees)
    one, two = (
        replace(trees, num_threads=threads).learn_for(20, options, objective=BINARY, target=wrong, train=ROWS)
        for threads in (1, 2)
    )
    assert "[num_threads: 2]" in two.text
    assert grown(one) == grown(two)


def grown(model: Booster) -> str:
    """Give a model's trees without the parameters it was asked for."""
    return model.text.partition("\nparameters:")[0]


def test_many_rows_get_the_options_for_many() -> None:
    large = replace(OPTIONS, num_leaves=30)
    assert [options_for({0: OPTIONS, 100: large}, rows) for rows in (99, 100)] == [OPTIONS, large]


class TestAdditive:
    """With two leaves a model is a sum of one curve per column, and says so column by column."""

    @pytest.fixture
    def model(self, trees: BoostedTrees, wrong: np.ndarray) -> Booster:
        options = replace(OPTIONS, num_leaves=2)
        return trees.learn_for(60, options, objective=BINARY, target=wrong, train=ROWS)

    def test_no_column_changes_what_another_says(self, trees: BoostedTrees, model: Booster) -> None:
        rows = trees.columns[:40].copy()
        before = model.raw_scores(rows)[:, 0]
        moved = rows.copy()
        moved[:, 0] = 1.5
        alone = model.raw_scores(moved)[:, 0] - before
        rows[:, 3], moved[:, 3] = -2.0, -2.0
        np.testing.assert_allclose(model.raw_scores(moved)[:, 0] - model.raw_scores(rows)[:, 0], alone, atol=1e-12)

    def test_equal_values_contribute_the_same_in_every_row(self, trees: BoostedTrees, model: Booster) -> None:
        rows = trees.columns[:40].copy()
        rows[:, 2] = 0.7
        assert np.ptp(model.contributions(rows)[:, 2]) < 1e-12

    def test_other_options_do_look_at_columns_together(self, trees: BoostedTrees) -> None:
        columns = trees.columns
        together = (columns[:, 0] * columns[:, 1] > 0).astype(float)
        model = trees.learn_for(60, OPTIONS, objective=BINARY, target=together, train=ROWS)
        moved = columns[:200].copy()
        moved[:, 0] = 1.5
        assert np.ptp(model.raw_scores(moved)[:, 0] - model.raw_scores(columns[:200])[:, 0]) > 0.1
