"""What a network learns, and when it gets a say beside the trees."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.bundle import load_bundle, save_bundle
from models.network import write_network
from models.scorer import Scorer
from tests.toy_data import RECIPE, START, make_dataset
from training.fitting import cause
from training.fitting.blend import fit_share, is_better
from training.fitting.boosting import BoostedTrees, shape_for
from training.fitting.cause import NETWORK_SHAPES, fit_cause
from training.fitting.fit import fit
from training.fitting.fit_network import NetworkShape, encode, learn_network
from training.fitting.split import Split

ROWS = 3_000
TINY = NetworkShape(hidden=16, dropout=0.1, epochs=60)


@pytest.fixture(scope="module")
def columns() -> np.ndarray:
    """Twelve numbers, each of which says a little, a category that says more, and gaps."""
    random = np.random.default_rng(7)
    drawn = np.column_stack([random.normal(size=(ROWS, 12)), random.integers(0, 4, ROWS)])
    drawn[random.random(drawn.shape) < 0.05] = np.nan
    return drawn


def signs_of(columns: np.ndarray) -> np.ndarray:
    return np.asarray(np.nan_to_num(columns[:, :12]).sum(axis=1) + 2.0 * (columns[:, 12] == 2))


@pytest.fixture(scope="module")
def answers(columns: np.ndarray) -> np.ndarray:
    return (signs_of(columns) + np.random.default_rng(8).logistic(size=ROWS) > 0).astype(np.int64)


def right(raw: np.ndarray, answers: np.ndarray) -> float:
    return float((raw.argmax(axis=1) == answers).mean())


def log_loss_of(learnt: cause.LearntCause, answers: np.ndarray) -> float:
    """Of the cases learnt from, each answered by a model that has not seen it."""
    assert learnt.chances is not None
    return float(-np.log(learnt.chances[np.arange(2_600), answers[:2_600]]).mean())


class TestLearning:
    def test_it_learns_what_is_a_sum_of_many_signs(self, columns: np.ndarray, answers: np.ndarray) -> None:
        rows = np.arange(2_000)
        network = learn_network(encode(columns, rows, [12]), answers[rows], 2, rows=rows, shape=TINY, seed=1)
        best = right(np.column_stack([np.zeros(1_000), signs_of(columns[2_000:])]), answers[2_000:])
        assert right(network.raw_scores(columns[2_000:]), answers[2_000:]) > best - 0.05

    def test_the_same_seed_gives_the_same_network(self, columns: np.ndarray, answers: np.ndarray) -> None:
        rows = np.arange(500)
        inputs, shape = encode(columns, rows, [12]), replace(TINY, epochs=2)
        first, again, other = (
            write_network(learn_network(inputs, answers[rows], 2, rows=rows, shape=shape, seed=seed))
            for seed in (1, 1, 2)
        )
        assert first == again
        assert first != other

    def test_rows_that_are_left_out_teach_nothing(self, columns: np.ndarray, answers: np.ndarray) -> None:
        rows, shape = np.arange(600), replace(TINY, epochs=2)
        inputs, answers = encode(columns, rows, [12]), answers[rows]
        turned = np.where(rows < 400, answers, 1 - answers)
        first, again = (
            write_network(learn_network(inputs, taught, 2, rows=np.arange(400), shape=shape, seed=1))
            for taught in (answers, turned)
        )
        assert first == again

    def test_it_leaves_the_state_of_the_library_alone(self, columns: np.ndarray, answers: np.ndarray) -> None:
        rows = np.arange(300)
        threads, state = torch.get_num_threads(), torch.random.get_rng_state()
        learn_network(encode(columns, rows, [12]), answers[rows], 2, rows=rows, shape=replace(TINY, epochs=2), seed=1)
        assert torch.get_num_threads() == threads
        assert torch.equal(torch.random.get_rng_state(), state)

    def test_what_was_never_missing_stands_at_the_average_when_it_is(self) -> None:
        columns = np.random.default_rng(3).normal(50, 10, size=(400, 1))
        encoding = encode(columns, np.arange(400), []).encoding
        (missing,) = encoding.inputs(np.array([[np.nan]]))
        np.testing.assert_allclose(missing, encoding.inputs(columns).mean(axis=0))

    def test_what_is_sometimes_missing_says_so_instead(self) -> None:
        columns = np.where(np.arange(400) % 5, np.arange(400.0), np.nan)[:, None]
        (missing,) = encode(columns, np.arange(400), []).encoding.inputs(np.array([[np.nan]]))
        assert missing.tolist() == [0, 0, 0, 0, 1]

    def test_infinities_are_beyond_all_that_was_seen(self) -> None:
        columns = np.concatenate([np.arange(100.0), [np.inf, -np.inf]])[:, None]
        encoding = encode(columns, np.arange(102), []).encoding
        assert encoding.inputs(columns)[-2:].tolist() == [[1, 1, 1, 1], [0, 0, 0, 0]]

    def test_what_is_always_the_same_is_no_input(self) -> None:
        columns = np.column_stack([np.full(50, 3.0), np.zeros(50), np.full(50, np.nan), np.arange(50.0)])
        encoding = encode(columns, np.arange(50), [1]).encoding
        assert set(encoding.ramp_columns.tolist()) == {3}
        assert encoding.n_inputs == 4


class TestShare:
    def test_of_two_models_the_better_has_more_of_a_say(self) -> None:
        random = np.random.default_rng(3)
        answers = random.integers(0, 3, 4_000)
        truth = np.eye(3)[answers]
        good, poor = truth + random.normal(0, 0.5, truth.shape), truth + random.normal(0, 1.5, truth.shape)
        assert fit_share(good, poor, answers) < 0.3
        assert fit_share(poor, good, answers) > 0.7

    def test_one_that_knows_nothing_has_none(self) -> None:
        random = np.random.default_rng(3)
        answers = random.integers(0, 3, 4_000)
        good = np.eye(3)[answers] + random.normal(0, 0.5, (4_000, 3))
        assert fit_share(good, random.normal(0, 1, (4_000, 3)), answers) < 0.05


class TestIsBetter:
    def test_only_beyond_chance(self) -> None:
        random = np.random.default_rng(3)
        answers = random.integers(0, 3, 4_000)
        one = np.eye(3)[answers] + random.normal(0, 1.5, (4_000, 3))
        better = (one + np.eye(3)[answers] + random.normal(0, 1.5, (4_000, 3))) / 2
        assert is_better(one, better, answers)
        assert not is_better(better, one, answers)
        assert not is_better(one, one, answers)

    def test_being_surer_is_not_better(self) -> None:
        random = np.random.default_rng(3)
        answers = random.integers(0, 3, 4_000)
        one = np.eye(3)[answers] + random.normal(0, 1.5, (4_000, 3))
        assert not is_better(one, 3.0 * one, answers)


class TestBesideTheTrees:
    def learn(self, columns: np.ndarray, answers: np.ndarray) -> cause.LearntCause:
        trees = BoostedTrees(columns=columns, categories=[12], seed=0, num_threads=1)
        parts = Split(train=np.arange(2_000), calibration=np.arange(2_000, 2_600), test=np.arange(2_600, ROWS), how="")
        return fit_cause(trees, parts, answers.astype(float), wrong=answers.astype(float), n_labels=2)

    def test_it_is_kept_where_it_helps(
        self, columns: np.ndarray, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alone = self.learn(columns, answers)
        monkeypatch.setattr(cause, "NETWORK_SHAPES", {0: None, 2_000: TINY})
        both = self.learn(columns, answers)
        assert both.predictor.network is not None
        assert both.about["cause_network_share"] == round(both.predictor.network_share, 4) > 0.05
        assert both.about["cause_model"] == "lightgbm and network"
        assert log_loss_of(both, answers) < log_loss_of(alone, answers) - 0.005

    def test_chances_of_what_is_pure_chance_stay_at_chance(
        self, columns: np.ndarray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cause, "NETWORK_SHAPES", {0: TINY})
        noise = np.random.default_rng(9).integers(0, 2, ROWS)
        chances = self.learn(columns, noise).chances
        assert chances is not None
        assert chances[np.arange(2_600), noise[:2_600]].mean() == pytest.approx(0.5, abs=0.02)

    def test_of_few_rows_none_is_learnt(
        self, columns: np.ndarray, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cause, "NETWORK_SHAPES", {0: None, 2_601: TINY})
        learnt = self.learn(columns, answers)
        assert learnt.predictor.network is None
        assert learnt.about["cause_model"] == "lightgbm"

    def test_one_that_was_learnt_is_saved_and_scores_the_same(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(cause, "NETWORK_SHAPES", {0: TINY})
        monkeypatch.setattr(cause, "earned_share", lambda *_: 0.4)
        fitted = fit(make_dataset(with_text=False), now=START)
        assert fitted.bundle.cause.network is not None
        save_bundle(fitted.bundle, tmp_path / "bundle")
        again = load_bundle(tmp_path / "bundle")
        Scorer(again, RECIPE).self_test()
        assert again.predict(fitted.columns).risk.tolist() == fitted.bundle.predict(fitted.columns).risk.tolist()

    @pytest.mark.parametrize(("rows", "learnt"), [(4_999, False), (5_000, True), (1_000_000, True)])
    def test_a_network_needs_five_thousand_rows(self, rows: int, learnt: bool) -> None:
        assert (shape_for(NETWORK_SHAPES, rows) is not None) == learnt
