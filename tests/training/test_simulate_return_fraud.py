"""Specification of the simulated returns: repeatable, plausible, and silent about the truth."""

import numpy as np
import pandas as pd
import pytest

from features.columns import encode
from features.history import History
from features.return_fraud import RECIPE, ReturnFraud
from models.return_fraud import LABELS
from training.simulators.retailer import Knobs, Simulated
from training.simulators.return_fraud import simulate

SMALL = Knobs(rows=4_000, seed=11)
PRIORS = {
    "legitimate": (0.87, 0.93),
    "wardrobing": (0.02, 0.04),
    "bracketing_abuse": (0.01, 0.03),
    "employee_or_collusion": (0.0, 0.006),
}


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(SMALL)


def read_payloads(cases: pd.DataFrame) -> list[ReturnFraud]:
    names = [name for name in cases.columns if name in ReturnFraud.model_fields]
    rows = cases[names].astype(object).where(cases[names].notna(), None).to_dict("records")
    return [
        ReturnFraud.model_validate({str(name): value for name, value in row.items() if value is not None})
        for row in rows
    ]


def test_the_same_seed_gives_the_same_retailer(simulated: Simulated) -> None:
    again = simulate(SMALL)
    for one, other in (
        (simulated.cases, again.cases),
        (simulated.outcomes, again.outcomes),
        (simulated.truth, again.truth),
    ):
        pd.testing.assert_frame_equal(one, other)


def test_another_seed_gives_another_retailer(simulated: Simulated) -> None:
    other = simulate(Knobs(rows=SMALL.rows, seed=12))
    assert not set(simulated.cases["exception_id"]) & set(other.cases["exception_id"])
    assert simulated.cases["refund_amount"].tolist() != other.cases["refund_amount"].tolist()


@pytest.mark.parametrize(("cause", "bounds"), PRIORS.items())
def test_causes_are_near_their_priors(simulated: Simulated, cause: str, bounds: tuple[float, float]) -> None:
    low, high = bounds
    assert low <= (simulated.truth["cause"] == cause).mean() <= high


def test_every_cause_occurs_and_about_a_tenth_is_wrong(simulated: Simulated) -> None:
    assert set(simulated.truth["cause"]) == set(LABELS)
    assert 0.07 <= simulated.truth["wrong"].mean() <= 0.12


def test_an_honest_return_is_never_wrong_and_costs_nothing(simulated: Simulated) -> None:
    honest = simulated.truth[simulated.truth["cause"] == "legitimate"]
    assert not honest["wrong"].any()
    assert (simulated.truth["loss"][~simulated.truth["wrong"]] == 0).all()
    assert (simulated.truth["loss"][simulated.truth["wrong"]] > 0).all()


def test_outcomes_are_late_and_sometimes_mistaken(simulated: Simulated) -> None:
    assert (simulated.outcomes["known_at"] > simulated.cases["as_of"]).all()
    mistaken = (simulated.outcomes["cause"] != simulated.truth["cause"])[simulated.truth["cause"] != "legitimate"]
    assert 0.01 < mistaken.mean() < 0.12
    assert set(simulated.outcomes.columns) == {"exception_id", "cause", "wrong", "loss", "known_at", "source"}


def test_cases_hold_payload_fields_and_nothing_of_the_truth(simulated: Simulated) -> None:
    envelope = {"exception_id", "as_of", "source_system", "currency"}
    assert set(simulated.cases.columns) - envelope == set(ReturnFraud.model_fields) - {"line_id", "gtin"}
    latent = set(simulated.truth.columns) - {"exception_id"}
    assert not latent & set(simulated.cases.columns)


def test_every_case_is_a_payload_and_a_good_part_of_it_is_missing_or_silent(simulated: Simulated) -> None:
    payloads = read_payloads(simulated.cases)
    assert len(payloads) == SMALL.rows
    spoken = sum(payload.reason_text is not None for payload in payloads) / len(payloads)
    assert 0.3 < spoken < 0.6
    assert 0.01 < simulated.cases["unit_price_paid"].isna().mean() < 0.15


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
