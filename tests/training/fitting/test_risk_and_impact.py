"""The risk head takes, of a few options, those that foretell later cases best, and an additive model beside them where
that helps."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from models.calibration import sigmoid
from training.fitting import risk
from training.fitting.boosting import BoostingOptions
from training.fitting.calibrating import log_loss
from training.fitting.impact import ImpactRegressor, impact_targets
from training.fitting.risk import RiskClassifier

STUMPS = BoostingOptions(learning_rate=0.2, num_leaves=2, n_estimators=400, early_stopping_rounds=20)
DEEP = BoostingOptions(learning_rate=0.1, num_leaves=12, n_estimators=60, early_stopping_rounds=10)
N = 2_400
NO_STAKE = np.full(N, np.nan)
CALIBRATION = np.arange(N) >= 1_600


@pytest.fixture(autouse=True)
def _two_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RiskClassifier, "options_by_rows", {0: (STUMPS, DEEP)})


@pytest.fixture(scope="module")
def columns() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N, 4))


def drawn(odds: np.ndarray) -> np.ndarray:
    return (np.random.default_rng(2).random(N) < 1 / (1 + np.exp(-odds))).astype(float)


def leaves(columns: np.ndarray, wrong: np.ndarray, *, calibration: np.ndarray = CALIBRATION, **given: int) -> int:
    learnt = RiskClassifier(additive=False, **given).fit(columns, wrong, calibration=calibration)
    return int(learnt.about_["risk_num_leaves"])


def test_what_only_two_columns_together_tell_needs_more_than_stumps(columns: np.ndarray) -> None:
    assert leaves(columns, drawn(3.0 * np.sign(columns[:, 0] * columns[:, 1]))) == DEEP.num_leaves


def test_what_each_column_tells_alone_needs_no_more(columns: np.ndarray) -> None:
    assert leaves(columns, drawn(columns @ np.array([1.0, -1.0, 0.5, 0.5]))) == STUMPS.num_leaves


def test_a_thin_calibration_part_chooses_nothing(columns: np.ndarray) -> None:
    wrong, few = drawn(3.0 * np.sign(columns[:, 0] * columns[:, 1])), slice(1_690)
    assert leaves(columns[few], wrong[few], calibration=CALIBRATION[few]) == STUMPS.num_leaves


def test_options_that_are_given_are_taken(columns: np.ndarray) -> None:
    assert leaves(columns, drawn(columns.sum(axis=1)), num_leaves=9, n_estimators=30) == 9


class TestAdditiveModel:
    """What is a sum of many small effects an additive model says better than trees do."""

    @pytest.fixture(autouse=True)
    def _as_shipped(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(risk, "ADDITIVE_RISK", replace(risk.ADDITIVE_RISK, n_estimators=2_000))
        monkeypatch.setattr(RiskClassifier, "options_by_rows", {0: (DEEP,)})
        yield

    @pytest.fixture
    def many(self) -> np.ndarray:
        return np.random.default_rng(5).normal(size=(N, 24))

    def test_it_is_kept_where_it_helps_and_is_part_of_the_one_model(self, many: np.ndarray) -> None:
        wrong = drawn(many.sum(axis=1) / 2.0)
        alone = RiskClassifier(additive=False).fit(many, wrong, calibration=CALIBRATION)
        both = RiskClassifier().fit(many, wrong, calibration=CALIBRATION)
        assert both.about_["risk_additive_share"] > 0.05
        unseen = np.random.default_rng(6).normal(size=(N, 24))
        truth = sigmoid(unseen.sum(axis=1) / 2.0)
        assert (
            log_loss(both.predict_proba(unseen)[:, 1], truth)
            < log_loss(alone.predict_proba(unseen)[:, 1], truth) - 0.01
        )
        booster = both.predictor_.booster
        assert booster is not None
        explained = booster.contributions(unseen[:50]).sum(axis=1)
        np.testing.assert_allclose(explained, both.predictor_.log_odds(unseen[:50]), atol=1e-9)

    def test_it_goes_where_it_knows_nothing_more(self, many: np.ndarray) -> None:
        learnt = RiskClassifier().fit(many, drawn(3.0 * np.sign(many[:, 0] * many[:, 1])), calibration=CALIBRATION)
        assert learnt.about_["risk_additive_share"] == 0.0

    def test_of_a_thin_calibration_part_none_is_learnt(self, many: np.ndarray) -> None:
        few = slice(1_690)
        wrong = drawn(many.sum(axis=1) / 2.0)[few]
        learnt = RiskClassifier().fit(many[few], wrong, calibration=CALIBRATION[few])
        assert learnt.about_["risk_additive_share"] == 0.0


def fit_impact(columns: np.ndarray, loss: np.ndarray, stake: np.ndarray = NO_STAKE) -> tuple[ImpactRegressor, str]:
    cost, learnt_from = impact_targets(np.arange(N), np.ones(N), loss, stake)
    known = ~np.isnan(cost)
    return ImpactRegressor(random_state=1).fit(columns[known], cost[known], calibration=CALIBRATION[known]), learnt_from


def test_the_impact_is_the_mean_loss_however_it_spreads(columns: np.ndarray) -> None:
    """Losses of one median, of which one kind scatters so widely that its mean is two thirds higher."""
    wide = columns[:, 0] > 0
    loss = np.where(wide, np.random.default_rng(3).lognormal(5.0, 1.0, N), np.exp(5.0))
    said = fit_impact(columns, loss)[0].predict(columns)
    assert said[wide].mean() / said[~wide].mean() == pytest.approx(np.exp(0.5), rel=0.2)


def test_wrong_cases_that_cost_nothing_count_as_such(columns: np.ndarray) -> None:
    harmless = columns[:, 0] > 0
    loss = np.where(harmless & (np.arange(N) % 2 == 0), 0.0, 150.0)
    said = fit_impact(columns, loss)[0].predict(columns)
    assert said[harmless].mean() == pytest.approx(75.0, rel=0.15)
    assert said[~harmless].mean() == pytest.approx(150.0, rel=0.15)


def test_losses_that_are_all_alike_need_no_model(columns: np.ndarray) -> None:
    learnt, _ = fit_impact(columns, np.full(N, 80.0))
    assert learnt.about_["impact_model"] == "mean"
    assert learnt.predict(columns[:3]).tolist() == [80.0] * 3


@pytest.mark.parametrize(("known", "learnt_from"), [(0, "money at stake"), (9, "money at stake"), (10, "losses")])
def test_where_hardly_a_loss_is_known_the_money_at_stake_is_learnt(
    columns: np.ndarray, known: int, learnt_from: str
) -> None:
    """Rulings carry no loss: an impact of nothing would switch every limit on the expected loss off."""
    stake = np.where(columns[:, 0] > 0, 400.0, 100.0)
    loss = np.where(np.arange(N) < known, 3.0, np.nan)
    learnt, source = fit_impact(columns, loss, stake)
    said = learnt.predict(columns)
    assert source == learnt_from
    expected = stake if learnt_from == "money at stake" else np.full(N, 3.0)
    assert said == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(("unknown", "learnt_from", "expected"), [
    (0.0, "money at stake", 300.0), (np.nan, "money at stake", 300.0), (None, "nothing", 0.0),
])  # fmt: skip
def test_a_stake_that_is_not_known_is_not_learnt(
    columns: np.ndarray, unknown: float | None, learnt_from: str, expected: float
) -> None:
    stake = np.zeros(N) if unknown is None else np.where(np.arange(N) % 2 == 0, 300.0, unknown)
    learnt, source = fit_impact(columns, np.full(N, np.nan), stake)
    assert source == learnt_from
    assert learnt.predict(columns).tolist() == [expected] * N


def test_later_cases_that_all_cost_nothing_do_not_make_every_case_free(columns: np.ndarray) -> None:
    loss = np.where(np.arange(N) < 1_600, np.random.default_rng(3).lognormal(3.0, 0.5, N), 0.0)
    said = fit_impact(columns, loss)[0].predict(columns)
    assert said.mean() == pytest.approx(loss.mean(), rel=0.1)
