"""What the cause head says of a case it learnt from comes from a model that has not seen that case."""

import numpy as np
import pytest

from training.fitting import cause
from training.fitting.boosting import BoostedTrees, Shape
from training.fitting.cause import FOLDS, LearntCause, fit_cause, folds
from training.fitting.split import Split

ROWS = 900


def learn(codes: np.ndarray, *, groups: list[str | None] | None = None) -> LearntCause:
    trees = BoostedTrees(columns=np.random.default_rng(1).normal(size=(ROWS, 4)), categories=[], seed=0, num_threads=1)
    parts = Split(train=np.arange(600), calibration=np.arange(600, 800), test=np.arange(800, ROWS), how="")
    wrong = (codes == 2).astype(float)
    return fit_cause(trees, parts, codes, wrong=wrong, n_labels=3, groups=groups)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 3, ROWS).astype(float)


class TestChances:
    def test_of_labels_that_are_pure_chance_nothing_is_known(self, noise: np.ndarray) -> None:
        chances = learn(noise).chances
        assert chances is not None
        of_truth = chances[np.arange(800), noise[:800].astype(int)]
        assert of_truth.mean() == pytest.approx(1 / 3, abs=0.02)

    def test_every_case_learnt_from_has_them_and_no_test_case(self, noise: np.ndarray) -> None:
        some = noise.copy()
        some[::7] = np.nan
        chances = learn(some).chances
        assert chances is not None
        assert np.allclose(chances[:800].sum(axis=1), 1)
        assert np.isnan(chances[800:]).all()

    def test_each_label_is_as_often_wrong_as_it_was(self, noise: np.ndarray) -> None:
        assert learn(noise).predictor.suggested.rates == pytest.approx((0.03, 0.03, 0.95), abs=0.03)

    def test_without_causes_there_are_none(self) -> None:
        assert learn(np.full(ROWS, np.nan)).chances is None


class TestShape:
    """Of two shapes the one that answers the first fold best is taken; a fold that is too thin chooses nothing."""

    STUMPS = Shape(learning_rate=0.2, leaves=2, rounds=300, patience=15)
    DEEP = Shape(learning_rate=0.1, leaves=12, rounds=60, patience=10)

    def chosen(self, monkeypatch: pytest.MonkeyPatch, *, rows: int) -> int:
        monkeypatch.setattr(cause, "CAUSE_SHAPES", {0: (self.STUMPS, self.DEEP)})
        columns = np.random.default_rng(1).normal(size=(rows, 4))
        codes = (columns[:, 0] * columns[:, 1] > 0).astype(float)
        trees = BoostedTrees(columns=columns, categories=[], seed=0, num_threads=1)
        parts = Split(train=np.arange(rows), calibration=np.arange(0), test=np.arange(0), how="")
        leaves: int = fit_cause(trees, parts, codes, wrong=codes, n_labels=2).about["cause_leaves"]
        return leaves

    def test_what_only_two_columns_together_tell_needs_more_than_stumps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.chosen(monkeypatch, rows=1_200) == self.DEEP.leaves

    def test_a_thin_fold_chooses_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.chosen(monkeypatch, rows=600) == self.STUMPS.leaves


class TestFolds:
    def test_rows_are_dealt_out_evenly(self) -> None:
        assert np.bincount(folds(np.arange(90), None)).tolist() == [90 // FOLDS] * FOLDS

    def test_cases_of_one_group_share_a_fold(self) -> None:
        groups = [None if at % 3 else f"order {at // 12}" for at in range(120)]
        dealt = folds(np.arange(120), groups)
        for name in {group for group in groups if group}:
            assert len({dealt[at] for at in range(120) if groups[at] == name}) == 1
        assert np.bincount(dealt).min() > 30
