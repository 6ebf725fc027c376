"""Contributions add up to the log-odds of the risk, column by column, and never stop at the probability of a cause."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import contributions
from models.contributions import CauseCredits, RiskContributions, distribute
from tests.toy_data import START, make_dataset
from training.fitting.blend import blend_boosters
from training.fitting.fit import Fitted, fit
from training.report.metrics import gains_of
from training.tables.dataset import Dataset

AMOUNTS = st.floats(min_value=-20, max_value=20)


def assert_lead_to_the_risk(fitted: Fitted) -> None:
    bundle, said = fitted.bundle, fitted.bundle.predict(fitted.columns)
    found = RiskContributions(bundle).of(said)
    assert found is not None and found.shape == fitted.columns.shape
    expected = bundle.risk.log_odds(said.read) - bundle.risk.baseline_log_odds()
    np.testing.assert_allclose(found.sum(axis=1), expected, atol=1e-9)


class TestRiskContributions:
    def test_lead_from_the_base_rate_to_the_risk(self, fitted: Fitted) -> None:
        assert_lead_to_the_risk(fitted)

    def test_lead_there_too_when_few_causes_are_asked_about(
        self, fitted: Fitted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contributions, "_MAX_CAUSES", 1)
        assert_lead_to_the_risk(fitted)

    def test_lead_there_too_without_a_cause_head(self) -> None:
        assert_lead_to_the_risk(fit(replace(make_dataset(600, with_text=False), cause=[None] * 600), now=START))

    def test_lead_there_too_where_an_additive_model_has_its_share(self, fitted: Fitted) -> None:
        bundle = fitted.bundle
        assert bundle.risk.booster is not None and bundle.cause.booster is not None
        other = fit(make_dataset(600, seed=4, with_text=False), now=START).bundle
        assert other.risk.booster is not None and other.cause.booster is not None
        risk = replace(bundle.risk, booster=blend_boosters(bundle.risk.booster, other.risk.booster, 0.3))
        cause = replace(bundle.cause, booster=blend_boosters(bundle.cause.booster, other.cause.booster, 0.6))
        both = replace(fitted, bundle=replace(bundle, risk=risk, cause=cause))
        assert_lead_to_the_risk(both)
        assert_add_up_to_what_the_causes_say(both)

    def test_of_a_risk_nothing_was_learnt_of_are_none(self, fitted: Fitted) -> None:
        bundle = replace(fitted.bundle, risk=replace(fitted.bundle.risk, booster=None))
        assert RiskContributions(bundle).of(bundle.predict(fitted.columns)) is None

    def test_name_what_made_the_cause_likely(self, fitted: Fitted) -> None:
        late = fitted.columns[:1].copy()
        late[0] = [50.0, 9.0, np.nan, 0.0, 0.2]  # nine days late and the seal broken: stolen
        (score,) = fitted.scorer.score_columns(late)
        assert score.causes[0].label == "stolen"
        assert {reason.code for reason in score.reasons[:2]} == {"model:timing", "model:seal"}
        assert {reason.weight > 0 for reason in score.reasons[:2]} == {True}


def assert_add_up_to_what_the_causes_say(fitted: Fitted) -> None:
    """Compare with the risk that follows from the causes, of each case and of the average raw scores."""
    cause, said = fitted.bundle.cause, fitted.bundle.predict(fitted.columns)
    assert cause.booster is not None
    usual = cause.booster.contributions(fitted.columns[:1]).reshape(cause.booster.n_outputs, -1)[:, -1]
    there = cause.suggested.log_odds(cause.probabilities(usual[None, :]))
    credit = CauseCredits(cause, cause.booster).of(said)
    np.testing.assert_allclose(credit.sum(axis=1), said.read[:, -1] - there, atol=1e-4)


class TestCauseCredits:
    def test_add_up_to_what_the_causes_say_beyond_an_average_case(self, fitted: Fitted) -> None:
        assert_add_up_to_what_the_causes_say(fitted)

    def test_add_up_where_a_label_was_never_seen(self, dataset: Dataset) -> None:
        seen = replace(dataset, cause=["lost" if cause == "stolen" else cause for cause in dataset.cause])
        assert_add_up_to_what_the_causes_say(fit(seen, now=START))

    def test_of_a_column_the_cause_head_never_read_are_none(self, fitted: Fitted) -> None:
        cause, said = fitted.bundle.cause, fitted.bundle.predict(fitted.columns)
        assert cause.booster is not None
        unread = gains_of(cause.booster) == 0
        credit = CauseCredits(cause, cause.booster).of(said)
        assert (credit[:, unread] == 0).all() and (credit[:, ~unread] != 0).any(axis=0).all()


class TestDistribute:
    def test_credit_that_adds_up_to_the_contribution_stays_what_it_is(self) -> None:
        credit = np.array([[0.7, -0.2, 0.0, 0.1]])
        assert distribute(np.array([0.6]), credit) == pytest.approx(credit, abs=0.02)

    def test_what_raises_grows_and_what_lowers_shrinks_under_a_larger_contribution(self) -> None:
        (shares,) = distribute(np.array([1.5]), np.array([[0.6, 0.4, -0.5]]))
        # With x on what raises and 1 / x on what lowers: 1.0 x - 0.5 / x = 1.5 has the solution x = 1.78.
        assert shares == pytest.approx([1.07, 0.71, -0.28], abs=0.02)

    def test_a_contribution_against_all_credit_is_carried_by_those_who_have_some(self) -> None:
        shares = distribute(np.array([0.4]), np.array([[-3.0, -1.0, 0.0]]))
        assert shares == pytest.approx(np.array([[0.3, 0.1, 0.0]]), abs=1e-6)

    def test_a_contribution_without_any_credit_is_shared_evenly(self) -> None:
        assert distribute(np.array([1.0, -2.0]), np.zeros((2, 4))) == pytest.approx(np.array([[0.25] * 4, [-0.5] * 4]))

    @given(total=AMOUNTS, credit=st.lists(AMOUNTS, min_size=1, max_size=12))
    def test_shares_add_up_to_it(self, total: float, credit: list[float]) -> None:
        assert distribute(np.array([total]), np.array([credit])).sum() == pytest.approx(total, abs=1e-9)

    @given(total=AMOUNTS, credit=st.lists(AMOUNTS, min_size=2, max_size=12))
    def test_a_column_that_speaks_the_way_of_the_whole_never_goes_against_it(
        self, total: float, credit: list[float]
    ) -> None:
        shares = distribute(np.array([total]), np.array([credit]))[0]
        assert (np.sign(total) * shares[np.sign(credit) == np.sign(total)] >= -1e-9).all()
