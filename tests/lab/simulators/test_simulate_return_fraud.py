"""Specification of the simulated returns: repeatable, plausible, exact about what could be known, and silent about the
truth."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from features.columns import encode
from features.domains.return_fraud.features import RECIPE
from features.domains.return_fraud.payload import ReturnFraud
from features.history import History
from lab.simulators.posterior import Evidence, LabelEvidence, Posterior, posterior
from lab.simulators.retailer import Instants, Knobs, Simulated
from lab.simulators.return_fraud import parameters as tables
from lab.simulators.return_fraud import simulator as return_fraud
from lab.simulators.return_fraud.evidence import Category, Flag, Lognormal, Observable, Poisson, Sheet
from lab.simulators.return_fraud.simulator import TRAPS, simulate
from lab.simulators.return_fraud.world import _cause_by_kind
from lab.simulators.selftest import MAX_Z, self_test, worst
from models.domains.return_fraud import LABELS

SMALL = Knobs(rows=4_000, seed=11)
LARGE = Knobs(rows=20_000, seed=7)
PRIORS = {
    "legitimate": (0.86, 0.93),
    "wardrobing": (0.02, 0.045),
    "bracketing_abuse": (0.008, 0.03),
    "employee_or_collusion": (0.0, 0.006),
}
OBSERVABLES: Mapping[str, Observable] = {
    "category": Category(np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])),
    "flag": Flag(np.array([0.2, 0.7])),
    "lognormal": Lognormal(np.array([1.0, 1.3]), np.array([0.5, 0.6])),
    "poisson": Poisson(np.array([0.4, 0.9])),
}


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(SMALL)


@pytest.fixture(scope="module")
def large() -> Simulated:
    return simulate(LARGE)


def read_payloads(cases: pd.DataFrame) -> list[ReturnFraud]:
    names = [name for name in cases.columns if name in ReturnFraud.model_fields]
    rows = cases[names].astype(object).where(cases[names].notna(), None).to_dict("records")
    return [
        ReturnFraud.model_validate({str(name): value for name, value in row.items() if value is not None})
        for row in rows
    ]


def slices_of(cases: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Slice by history, by channel, by whether each field is given, and by what each closed vocabulary says."""
    nth = cases.groupby("address_hash").cumcount().where(cases["address_hash"].notna(), -1)
    slices = {"guest": nth < 0, "first": nth == 0, "later": nth > 0, "much later": nth > 5}
    for name in ("channel", "claim_type", "condition_grade", "refund_tender", "original_tender", "tags_attached"):
        slices |= {f"{name} {value}": cases[name] == value for value in cases[name].dropna().unique()}
    for name in cases.columns:
        slices |= {f"{name} left out": cases[name].isna(), f"{name} given": cases[name].notna()}
    light = cases["carrier_weight_g"] < 0.8 * cases["expected_weight_g"]
    above = cases["refund_amount"] > 1.02 * cases["unit_price_paid"] * cases["qty_claimed"]
    again = cases["original_txn_id"].duplicated() & cases["original_txn_id"].notna()
    slices |= {"light parcel": light, "above the price paid": above, "receipt seen before": again}
    return {name: rows.to_numpy(dtype=bool) for name, rows in slices.items() if rows.any()}


def test_the_same_seed_gives_the_same_retailer(simulated: Simulated) -> None:
    again = simulate(SMALL)
    for one, other in (
        (simulated.cases, again.cases),
        (simulated.outcomes, again.outcomes),
        (simulated.truth, again.truth),
    ):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_another_seed_gives_another_retailer(simulated: Simulated) -> None:
    other = simulate(replace(SMALL, seed=12))
    assert not set(simulated.cases["exception_id"]) & set(other.cases["exception_id"])
    assert simulated.cases["refund_amount"].tolist() != other.cases["refund_amount"].tolist()


@pytest.mark.parametrize(("cause", "bounds"), PRIORS.items())
def test_causes_are_near_their_priors(large: Simulated, cause: str, bounds: tuple[float, float]) -> None:
    low, high = bounds
    assert low <= (large.truth["cause"] == cause).mean() <= high


def test_every_cause_occurs_and_about_a_tenth_is_wrong(large: Simulated) -> None:
    assert set(large.truth["cause"]) == set(LABELS)
    assert 0.07 <= large.truth["wrong"].mean() <= 0.13


def test_an_honest_return_is_never_wrong_and_costs_nothing(simulated: Simulated) -> None:
    honest = simulated.truth[simulated.truth["cause"] == "legitimate"]
    assert not honest["wrong"].any()
    assert (simulated.truth["loss"][~simulated.truth["wrong"]] == 0).all()
    assert (simulated.truth["loss"][simulated.truth["wrong"]] > 0).all()


def test_outcomes_are_late_and_sometimes_mistaken(simulated: Simulated) -> None:
    assert (simulated.outcomes["known_at"] > simulated.cases["as_of"]).all()
    mistaken = (simulated.outcomes["cause"] != simulated.truth["cause"])[simulated.truth["cause"] != "legitimate"]
    assert 0.01 < mistaken.mean() < 0.12
    late = (simulated.outcomes["known_at"] - simulated.cases["as_of"]).dt.total_seconds() / 86_400
    assert late.median() == pytest.approx(SMALL.label_delay_days, rel=0.1)


def test_cases_hold_payload_fields_and_nothing_of_the_truth(simulated: Simulated) -> None:
    envelope = {"exception_id", "as_of", "source_system", "currency"}
    assert set(simulated.cases.columns) - envelope == set(ReturnFraud.model_fields) - {
        "line_id",
        "gtin",
        "already_refunded_amount",
    }
    latent = set(simulated.truth.columns) - {"exception_id"}
    assert not latent & set(simulated.cases.columns)


def test_every_case_is_a_payload_and_a_good_part_of_it_is_missing_or_silent(simulated: Simulated) -> None:
    payloads = read_payloads(simulated.cases)
    assert len(payloads) == SMALL.rows
    spoken = sum(payload.reason_text is not None for payload in payloads) / len(payloads)
    assert 0.3 < spoken < 0.6
    assert 0.01 < simulated.cases["unit_price_current"].isna().mean() < 0.15


@pytest.mark.parametrize(
    "knobs",
    [
        LARGE,
        replace(LARGE, seed=8, drift="severe", analysts="mixed", label_noise=0.15),
        replace(LARGE, seed=9, drift="new_type", missing_rate=0.3),
        replace(LARGE, seed=10, base_rate=2.0, seasonality=2.0, cold_start_share=0.8, label_delay_days=40.0),
    ],
    ids=["plain", "drift", "new type", "frequent"],
)
def test_what_could_be_known_comes_as_often_true_as_it_claims(knobs: Knobs) -> None:
    simulated = simulate(knobs)
    assert abs(worst(self_test(simulated, slices=slices_of(simulated.cases))).z) < MAX_Z


def test_the_posterior_is_that_of_going_through_every_kind_and_earlier_case(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def watch(evidence: Evidence, labels: LabelEvidence, at: Instants) -> Posterior:
        given.update(evidence=evidence, labels=labels, at=at)
        return posterior(evidence, labels, at)

    monkeypatch.setattr(return_fraud, "posterior", watch)
    truth = simulate(replace(SMALL, rows=300)).truth
    evidence, labels, at = given["evidence"], given["labels"], given["at"]
    joint, known = np.exp(evidence.log_joint), np.exp(labels.log_likelihood)
    with_history = 0
    for row in range(len(truth)):
        kinds = np.exp(evidence.log_prior)
        is_known = evidence.entity[row] >= 0
        for earlier in np.flatnonzero((evidence.entity == evidence.entity[row]) & (at < at[row]) & is_known):
            is_labelled = labels.known_at[earlier] < at[row]
            kinds = kinds * (joint[earlier] * (known[earlier] if is_labelled else 1.0)).sum(axis=1)
            with_history += 1
        causes = (kinds[:, None] * joint[row]).sum(axis=0)
        wrong = float((causes * tables.WRONG).sum() / causes.sum())
        assert truth["p_wrong"][row] == pytest.approx(wrong, rel=1e-6)
    assert with_history > 300


@pytest.mark.parametrize("name", OBSERVABLES)
def test_an_observable_weighs_what_it_draws(name: str) -> None:
    # Averaged over draws under one cause, the likelihood ratio of any other cause is 1.
    observable, n = OBSERVABLES[name], 200_000
    states = np.zeros(n, dtype=np.int64)
    drawn = observable.draw(np.random.default_rng(3), np.zeros(n, dtype=np.int64), states)
    density = observable.log_density(drawn, states)
    assert np.ptp(density[:, 1] - density[:, 0]) > 0
    assert np.exp(density[:, 1] - density[:, 0]).mean() == pytest.approx(1.0, abs=0.02)


def test_a_field_left_out_says_nothing() -> None:
    sheet = Sheet(np.random.default_rng(1), np.zeros(1_000, dtype=np.int64), causes=2, missing_rate=0.5)
    seen = sheet.given()
    sheet.draw(OBSERVABLES["flag"], seen)
    assert 0 < seen.sum() < 1_000
    assert not sheet.evidence[~seen].any()
    assert sheet.evidence[seen].all()


def test_history_is_worth_more_than_a_first_visit(large: Simulated) -> None:
    slices = slices_of(large.cases)
    claimed, wrong = large.truth["p_wrong"].to_numpy(), large.truth["wrong"].to_numpy()
    without, with_history = (roc_auc_score(wrong[rows], claimed[rows]) for rows in (~slices["later"], slices["later"]))
    assert 0.8 < without < with_history - 0.02 < 0.93


def test_guests_are_tied_to_nothing(simulated: Simulated) -> None:
    guests = simulated.cases[simulated.cases["guest"].astype(bool)]
    assert len(guests) == pytest.approx(tables.GUEST_SHARE * SMALL.rows, rel=0.15)
    for name in ("customer_id_hash", "address_hash", "device_hash", "phone_hash", "account_created_at"):
        assert guests[name].isna().all()
    for name in ("tender_hash", "original_txn_id", "label_tracking_id"):
        everywhere = simulated.cases[name].value_counts()
        assert (everywhere[guests[name].dropna()] == 1).all()


def test_the_knobs_turn_what_they_say(large: Simulated) -> None:
    often = simulate(replace(LARGE, base_rate=2.0))
    assert often.truth["wrong"].mean() > 1.3 * large.truth["wrong"].mean()
    bare = simulate(replace(SMALL, missing_rate=0.4))
    full = simulate(replace(SMALL, missing_rate=0.0))
    assert bare.cases["unit_price_current"].isna().mean() > 0.1
    assert full.cases["unit_price_current"].notna().all()
    newcomer = simulate(replace(LARGE, drift="new_type")).truth["cause"] == tables.NEWCOMER
    assert not newcomer[: int(0.5 * LARGE.rows)].any()
    assert newcomer.any()
    drifted = simulate(replace(LARGE, drift="severe")).truth["cause"].tail(5_000)
    assert (drifted == "false_inr_or_snad_claim").mean() > (
        large.truth["cause"].tail(5_000) == "false_inr_or_snad_claim"
    ).mean()


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_betrays_the_outcome_and_leaves_everything_else(simulated: Simulated, trap: str) -> None:
    trapped = simulate(replace(SMALL, trap=trap))
    field = {"closure_code": "reason_text", "refund_adjusted": "upstream_authorization"}[trap]
    pd.testing.assert_frame_equal(trapped.truth, simulated.truth)
    pd.testing.assert_frame_equal(trapped.outcomes, simulated.outcomes)
    pd.testing.assert_frame_equal(trapped.cases.drop(columns=field), simulated.cases.drop(columns=field))
    wrong = trapped.truth["wrong"]
    if trap == "closure_code":
        honest = trapped.cases[field].str.contains("closed RC-00", na=False)
        assert honest[trapped.truth["cause"] == "legitimate"].mean() > 0.5
        assert not honest[trapped.truth["cause"] != "legitimate"].any()
    else:
        denied = trapped.cases[field] == "deny"
        assert denied[wrong].mean() > 0.6
        assert denied[~wrong].mean() < 0.05


def test_history_says_something_about_later_returns(simulated: Simulated) -> None:
    cases = simulated.cases.head(2_000)
    columns = encode(read_payloads(cases), as_of=[moment.to_pydatetime() for moment in cases["as_of"]])
    history = History(RECIPE.trails)
    for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
        history.add_case(fact)
    rows = RECIPE.rows(columns, history)
    for name in (
        "customer_returns_30d",
        "receipt_returns_365d",
        "sku_claim_rate",
        "associate_refund_share",
        "address_others_30d",
    ):
        assert np.nanstd(rows[:, RECIPE.names.index(name)]) > 0, name


def test_every_retailer_gives_every_cause_a_chance_that_is_none_below_zero() -> None:
    for seed in range(400):
        weights = _cause_by_kind(np.random.default_rng(seed))
        assert (weights >= 0.0).all()
        assert (weights[:, 0] > 0.0).all()
