"""Trees learn from a start if they are given one, and the same again from the same data."""

from dataclasses import replace

import numpy as np
import pytest

from models.booster import Booster
from training.fitting import boosting
from training.fitting.boosting import BoostedTrees, Shape, shape_for

SHAPE = Shape(learning_rate=0.1, leaves=4, rounds=40, patience=5)
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
        _, rounds = started.learn(SHAPE, objective=BINARY, target=wrong, train=ROWS[:800], stop_on=ROWS[800:])
        assert rounds < 10

    def test_what_the_trees_say_is_added_to_it(self, trees: BoostedTrees, odds: np.ndarray, wrong: np.ndarray) -> None:
        started = replace(trees, start=odds)
        model = started.learn_for(3, SHAPE, objective=BINARY, target=wrong, train=ROWS)
        alone = model.raw_scores(trees.columns[:10])
        assert started.raw_scores(model, ROWS[:10]).tolist() == (alone + odds[:10, None]).tolist()
        assert trees.raw_scores(model, ROWS[:10]).tolist() == alone.tolist()


@pytest.mark.parametrize("random_cuts", [False, True])
def test_the_same_data_and_seed_give_the_same_trees(trees: BoostedTrees, wrong: np.ndarray, random_cuts: bool) -> None:
    shape = replace(SHAPE, random_cuts=random_cuts)
    one, other = (trees.learn_for(20, shape, objective=BINARY, target=wrong, train=ROWS) for _ in range(2))
    assert one.text == other.text
    assert one.n_features == 5


@pytest.mark.parametrize("random_cuts", [False, True])
def test_more_threads_give_the_same_trees(
    trees: BoostedTrees, wrong: np.ndarray, random_cuts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boosting, "_ENOUGH_FOR_THREADS", 0)
    shape = replace(SHAPE, random_cuts=random_cuts)
    one, two = (
        replace(trees, num_threads=threads).learn_for(20, shape, objective=BINARY, target=wrong, train=ROWS)
        for threads in (1, 2)
    )
    assert "[num_threads: 2]" in two.text
    assert grown(one) == grown(two)


def grown(model: Booster) -> str:
    """Give a model's trees without the parameters it was asked for."""
    return model.text.partition("\nparameters:")[0]


def test_many_rows_get_the_shape_for_many() -> None:
    large = replace(SHAPE, leaves=30)
    assert [shape_for({0: SHAPE, 100: large}, rows) for rows in (99, 100)] == [SHAPE, large]
