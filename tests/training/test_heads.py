"""The risk head takes, of a few shapes, the one that foretells later cases best; where those are too few, the simplest."""

from typing import Any

import numpy as np
import pytest

from models.calibration import log_loss, sigmoid
from models.predictors import RiskPredictor
from training.fitting import risk_and_impact as heads
from training.fitting.boosting import BoostedTrees, Positions, Shape, shape_for
from training.fitting.fit_network import NetworkShape
from training.fitting.risk_and_impact import RISK_NETWORK_SHAPES, fit_impact, fit_risk
from training.fitting.split import Split

STUMPS = Shape(learning_rate=0.2, leaves=2, rounds=400, patience=20)
DEEP = Shape(learning_rate=0.1, leaves=12, rounds=60, patience=10)
N = 2_400
NO_STAKE = np.full(N, np.nan)


@pytest.fixture(autouse=True)
def _two_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "RISK_SHAPES", {0: (STUMPS, DEEP)})


@pytest.fixture(scope="module")
def columns() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N, 4))


def trees(columns: np.ndarray) -> BoostedTrees:
    return BoostedTrees(columns=columns, categories=[], seed=1, num_threads=1)


def drawn(odds: np.ndarray) -> np.ndarray:
    return (np.random.default_rng(2).random(N) < 1 / (1 + np.exp(-odds))).astype(float)


def parts(calibration: int = 800) -> Split:
    rows: Positions = np.arange(N)
    return Split(train=rows[:1_600], calibration=rows[1_600 : 1_600 + calibration], test=rows[:0], how="")


def test_what_only_two_columns_together_tell_needs_more_than_stumps(columns: np.ndarray) -> None:
    wrong = drawn(3.0 * np.sign(columns[:, 0] * columns[:, 1]))
    _, about = fit_risk(trees(columns), parts(), wrong)
    assert about["risk_leaves"] == DEEP.leaves


def test_what_each_column_tells_alone_needs_no_more(columns: np.ndarray) -> None:
    wrong = drawn(columns @ np.array([1.0, -1.0, 0.5, 0.5]))
    _, about = fit_risk(trees(columns), parts(), wrong)
    assert about["risk_leaves"] == STUMPS.leaves


def test_a_thin_calibration_part_chooses_nothing(columns: np.ndarray) -> None:
    wrong = drawn(3.0 * np.sign(columns[:, 0] * columns[:, 1]))
    _, about = fit_risk(trees(columns), parts(calibration=90), wrong)
    assert about["risk_leaves"] == STUMPS.leaves


def test_a_shape_that_is_given_is_taken(columns: np.ndarray) -> None:
    wrong = drawn(columns @ np.array([1.0, -1.0, 0.5, 0.5]))
    _, about = fit_risk(trees(columns), parts(), wrong, shape=DEEP)
    assert about["risk_leaves"] == DEEP.leaves


class TestNetworkBesideTheTrees:
    """What is a sum of many small signs, a network says better than trees do."""

    SHAPE = NetworkShape(hidden=16, dropout=0.1, epochs=40)

    @pytest.mark.parametrize(("rows", "learnt"), [(59_999, False), (60_000, True), (2_000_000, True)])
    def test_it_takes_60_000_rows(self, rows: int, learnt: bool) -> None:
        assert (shape_for(RISK_NETWORK_SHAPES, rows) is not None) == learnt

    @pytest.fixture
    def many(self) -> np.ndarray:
        return np.random.default_rng(5).normal(size=(N, 24))

    def learn(self, columns: np.ndarray, wrong: np.ndarray) -> tuple[RiskPredictor, dict[str, Any]]:
        return fit_risk(trees(columns), parts(), wrong)

    def test_it_is_kept_where_it_helps(self, many: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
        wrong = drawn(many.sum(axis=1) / 2.0)
        alone, _ = self.learn(many, wrong)
        monkeypatch.setattr(heads, "RISK_NETWORK_SHAPES", {0: None, 1_600: self.SHAPE})
        both, about = self.learn(many, wrong)
        assert both.network is not None
        assert about["risk_model"] == "lightgbm and network"
        assert about["risk_network_share"] == round(both.network_share, 4) > 0.05
        unseen = np.random.default_rng(6).normal(size=(N, 24))
        truth = sigmoid(unseen.sum(axis=1) / 2.0)
        assert log_loss(both.predict(unseen), truth) < log_loss(alone.predict(unseen), truth) - 0.01

    def test_it_goes_where_it_knows_nothing_more(self, many: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(heads, "RISK_NETWORK_SHAPES", {0: self.SHAPE})
        both, about = self.learn(many, drawn(np.zeros(N)))
        assert both.network is None
        assert (about["risk_model"], about["risk_network_share"]) == ("lightgbm", 0.0)

    def test_of_few_rows_none_is_learnt(self, many: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(heads, "RISK_NETWORK_SHAPES", {0: None, 1_601: self.SHAPE})
        both, _ = self.learn(many, drawn(many.sum(axis=1) / 2.0))
        assert both.network is None


def test_the_impact_is_the_mean_loss_however_it_spreads(columns: np.ndarray) -> None:
    """Losses of one median, of which one kind scatters so widely that its mean is two thirds higher."""
    wide = columns[:, 0] > 0
    loss = np.where(wide, np.random.default_rng(3).lognormal(5.0, 1.0, N), np.exp(5.0))
    said = fit_impact(trees(columns), parts(), np.ones(N), loss, NO_STAKE)[0].predict(columns)
    assert said[wide].mean() / said[~wide].mean() == pytest.approx(np.exp(0.5), rel=0.2)


def test_wrong_cases_that_cost_nothing_count_as_such(columns: np.ndarray) -> None:
    harmless = columns[:, 0] > 0
    loss = np.where(harmless & (np.arange(N) % 2 == 0), 0.0, 150.0)
    said = fit_impact(trees(columns), parts(), np.ones(N), loss, NO_STAKE)[0].predict(columns)
    assert said[harmless].mean() == pytest.approx(75.0, rel=0.15)
    assert said[~harmless].mean() == pytest.approx(150.0, rel=0.15)


def test_losses_that_are_all_alike_need_no_model(columns: np.ndarray) -> None:
    predictor, about = fit_impact(trees(columns), parts(), np.ones(N), np.full(N, 80.0), NO_STAKE)
    assert about["impact_model"] == "mean"
    assert predictor.predict(columns[:3]).tolist() == [80.0] * 3


@pytest.mark.parametrize(("known", "learnt_from"), [(0, "money at stake"), (9, "money at stake"), (10, "losses")])
def test_where_hardly_a_loss_is_known_the_money_at_stake_is_learnt(
    columns: np.ndarray, known: int, learnt_from: str
) -> None:
    """Rulings carry no loss: an impact of nothing would switch every limit on the expected loss off."""
    stake = np.where(columns[:, 0] > 0, 400.0, 100.0)
    loss = np.where(np.arange(N) < known, 3.0, np.nan)
    predictor, about = fit_impact(trees(columns), parts(), np.ones(N), loss, stake)
    said = predictor.predict(columns)
    assert about["impact_learnt_from"] == learnt_from
    expected = stake if learnt_from == "money at stake" else np.full(N, 3.0)
    assert said == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(("unknown", "learnt_from", "expected"), [
    (0.0, "money at stake", 300.0), (np.nan, "money at stake", 300.0), (None, "nothing", 0.0),
])  # fmt: skip
def test_a_stake_that_is_not_known_is_not_learnt(
    columns: np.ndarray, unknown: float | None, learnt_from: str, expected: float
) -> None:
    stake = np.zeros(N) if unknown is None else np.where(np.arange(N) % 2 == 0, 300.0, unknown)
    predictor, about = fit_impact(trees(columns), parts(), np.ones(N), np.full(N, np.nan), stake)
    assert about["impact_learnt_from"] == learnt_from
    assert predictor.predict(columns).tolist() == [expected] * N


def test_later_cases_that_all_cost_nothing_do_not_make_every_case_free(columns: np.ndarray) -> None:
    loss = np.where(np.arange(N) < 1_600, np.random.default_rng(3).lognormal(3.0, 0.5, N), 0.0)
    said = fit_impact(trees(columns), parts(), np.ones(N), loss, NO_STAKE)[0].predict(columns)
    assert said.mean() == pytest.approx(loss.mean(), rel=0.1)
