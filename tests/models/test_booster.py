"""A row alone gives the bits it gives in a batch, and both are LightGBM's own."""

from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest

from features.recipe import Matrix
from models.booster import Booster
from models.errors import BundleError
from training.fitting.fit import Fitted


@pytest.fixture(scope="module")
def rows() -> Matrix:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(300, 6)) * 10
    rows[:, 5] = rng.integers(0, 5, 300)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    return rows


@pytest.fixture(scope="module", params=["binary", "multiclass", "regression"])
def learnt(request: pytest.FixtureRequest, rows: Matrix) -> lightgbm.Booster:
    target = np.digitize(np.nan_to_num(rows[:, 0]) + np.nan_to_num(rows[:, 5]), [-5, 5])
    parameters = {"objective": request.param, "verbosity": -1, "num_threads": 1, "seed": 1, "min_data_in_leaf": 5}
    if request.param == "multiclass":
        parameters["num_class"] = 3
    else:
        target = np.minimum(target, 1)
    return lightgbm.train(parameters, lightgbm.Dataset(rows, target, categorical_feature=[5]), num_boost_round=30)


def test_equals_the_lightgbm_package_to_the_last_bit(learnt: lightgbm.Booster, rows: Matrix) -> None:
    booster = Booster(learnt.model_to_string())
    theirs = np.reshape(learnt.predict(rows, raw_score=True, num_threads=1), (len(rows), -1))
    assert np.array_equal(booster.raw_scores(rows), theirs)
    assert np.array_equal(booster.contributions(rows), learnt.predict(rows, pred_contrib=True, num_threads=1))


def test_a_row_alone_equals_the_row_in_a_batch_to_the_last_bit(learnt: lightgbm.Booster, rows: Matrix) -> None:
    # Values no training row had: another category, an infinity, a row of nothing but gaps.
    odd = np.array([[1e300, -np.inf, np.inf, 0.0, -0.0, 99.0], [np.nan] * 6, [0, 0, 0, 0, 0, -3.0]])
    every = np.vstack([rows, odd])
    for booster in (Booster(learnt.model_to_string()), Booster(learnt.model_to_string(), num_threads=2)):
        alone = np.vstack([booster.raw_scores(every[[at]]) for at in range(len(every))])
        assert np.array_equal(alone, booster.raw_scores(every))
        alone = np.vstack([booster.contributions(every[[at]]) for at in range(len(every))])
        assert np.array_equal(alone, booster.contributions(every))


def test_taken_apart_every_output_is_what_it_was_to_the_last_bit(learnt: lightgbm.Booster, rows: Matrix) -> None:
    booster = Booster(learnt.model_to_string())
    apart = booster.one_per_output()
    assert [one.n_outputs for one in apart] == [1] * booster.n_outputs
    assert np.array_equal(np.hstack([one.raw_scores(rows) for one in apart]), booster.raw_scores(rows))
    assert np.array_equal(np.hstack([one.contributions(rows) for one in apart]), booster.contributions(rows))


def test_contributions_add_up_to_the_raw_score(fitted: Fitted) -> None:
    booster = fitted.bundle.risk.booster
    assert booster is not None
    read = fitted.bundle.predict(fitted.columns).read
    assert np.allclose(booster.contributions(read).sum(axis=1), booster.raw_scores(read)[:, 0], atol=1e-9)


def test_threads_do_not_disturb_each_other(learnt: lightgbm.Booster, rows: Matrix) -> None:
    booster = Booster(learnt.model_to_string())
    expected = booster.raw_scores(rows)

    def go_round(start: int) -> bool:
        order = [(start + step) % len(rows) for step in range(len(rows))]
        return all(np.array_equal(booster.raw_scores(rows[[at]])[0], expected[at]) for at in order)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(go_round, range(0, 300, 20)))


def test_an_answer_is_not_overwritten_by_the_next(learnt: lightgbm.Booster, rows: Matrix) -> None:
    booster = Booster(learnt.model_to_string())
    first = booster.raw_scores(rows[:1])
    kept = first.copy()
    booster.raw_scores(rows[1:2])
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("width", [0, 5, 7])
def test_a_row_of_the_wrong_width_is_refused(learnt: lightgbm.Booster, width: int) -> None:
    with pytest.raises(ValueError, match="6 features"):
        Booster(learnt.model_to_string()).raw_scores(np.zeros((1, width)))


def test_no_rows_give_no_scores(learnt: lightgbm.Booster) -> None:
    assert Booster(learnt.model_to_string()).raw_scores(np.empty((0, 6))).shape[0] == 0


@pytest.mark.parametrize("text", ["", "tree\n", "not a model", "tree\nversion=v4\n" + "x" * 1000])
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="LightGBM"):
        Booster(text)
