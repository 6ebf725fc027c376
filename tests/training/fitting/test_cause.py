"""What the cause head says of a case it learnt from comes from a model that has not seen that case."""

import numpy as np
import pytest

from training.fitting.boosting import BoostingOptions
from training.fitting.cause import FOLDS, CauseClassifier, folds

ROWS = 800


def learn(codes: np.ndarray, *, groups: list[str | None] | None = None) -> CauseClassifier:
    columns = np.random.default_rng(1).normal(size=(ROWS, 4))
    return CauseClassifier().fit(columns, codes, n_labels=3, wrong=(codes == 2).astype(float), groups=groups)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 3, ROWS).astype(float)


class TestOutOfFoldProbabilities:
    def test_of_labels_that_are_pure_chance_nothing_is_known(self, noise: np.ndarray) -> None:
        probabilities = learn(noise).oof_proba_
        assert probabilities is not None
        assert probabilities[np.arange(ROWS), noise.astype(int)].mean() == pytest.approx(1 / 3, abs=0.02)

    def test_every_case_has_them_whether_its_cause_is_known_or_not(self, noise: np.ndarray) -> None:
        some = noise.copy()
        some[::7] = np.nan
        probabilities = learn(some).oof_proba_
        assert probabilities is not None
        assert np.allclose(probabilities.sum(axis=1), 1)

    def test_each_label_is_as_often_wrong_as_it_was(self, noise: np.ndarray) -> None:
        assert learn(noise).predictor_.suggested.rates == pytest.approx((0.03, 0.03, 0.95), abs=0.03)

    def test_without_causes_there_are_none(self) -> None:
        assert learn(np.full(ROWS, np.nan)).oof_proba_ is None


class TestOptions:
    """Of two options the one that answers the first fold best is taken; a fold that is too thin chooses nothing."""

    STUMPS = BoostingOptions(learning_rate=0.2, num_leaves=2, n_estimators=300, early_stopping_rounds=15)
    DEEP = BoostingOptions(learning_rate=0.1, num_leaves=12, n_estimators=60, early_stopping_rounds=10)

    def chosen(self, monkeypatch: pytest.MonkeyPatch, *, rows: int) -> int:
        monkeypatch.setattr(CauseClassifier, "options_by_rows", {0: (self.STUMPS, self.DEEP)})
        columns = np.random.default_rng(1).normal(size=(rows, 4))
        codes = (columns[:, 0] * columns[:, 1] > 0).astype(float)
        leaves: int = CauseClassifier().fit(columns, codes, wrong=codes).about_["cause_num_leaves"]
        return leaves

    def test_what_only_two_columns_together_tell_needs_more_than_stumps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.chosen(monkeypatch, rows=1_200) == self.DEEP.num_leaves

    def test_a_thin_fold_chooses_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.chosen(monkeypatch, rows=600) == self.STUMPS.num_leaves


class TestFolds:
    def test_rows_are_dealt_out_evenly(self) -> None:
        assert np.bincount(folds(np.arange(90), None)).tolist() == [90 // FOLDS] * FOLDS

    def test_cases_of_one_group_share_a_fold(self) -> None:
        groups = [None if at % 3 else f"order {at // 12}" for at in range(120)]
        dealt = folds(np.arange(120), groups)
        for name in {group for group in groups if group}:
            assert len({dealt[at] for at in range(120) if groups[at] == name}) == 1
        assert np.bincount(dealt).min() > 30
