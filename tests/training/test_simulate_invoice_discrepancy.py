"""Specification of the simulated invoices: repeatable, plausible, and silent about the truth."""

import numpy as np
import pandas as pd
import pytest

from features.columns import Columns, encode
from features.history import History, LabelFact, entity_keys
from features.invoice_discrepancy import RECIPE, InvoiceDiscrepancy
from models.invoice_discrepancy import LABELS
from training.simulators.invoice_discrepancy import simulate
from training.simulators.invoice_discrepancy_tables import PRIOR, SUPPLIER_HABITS
from training.simulators.invoice_discrepancy_text import PHRASES
from training.simulators.retailer import Knobs, Simulated

SMALL = Knobs(rows=3_000, seed=11)


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(SMALL)


@pytest.fixture(scope="module")
def payloads(simulated: Simulated) -> list[InvoiceDiscrepancy]:
    names = [name for name in simulated.cases.columns if name in InvoiceDiscrepancy.model_fields]
    cases = simulated.cases[names].astype(object).where(simulated.cases[names].notna(), None)
    return [
        InvoiceDiscrepancy.model_validate({str(name): value for name, value in row.items() if value is not None})
        for row in cases.to_dict("records")
    ]


@pytest.fixture(scope="module")
def columns(simulated: Simulated, payloads: list[InvoiceDiscrepancy]) -> Columns:
    return encode(payloads, as_of=[moment.to_pydatetime() for moment in simulated.cases["as_of"]])


def test_the_same_seed_gives_the_same_retailer(simulated: Simulated) -> None:
    again = simulate(SMALL)
    pd.testing.assert_frame_equal(simulated.cases, again.cases)
    pd.testing.assert_frame_equal(simulated.outcomes, again.outcomes)
    pd.testing.assert_frame_equal(simulated.truth, again.truth)


def test_another_seed_gives_another_retailer(simulated: Simulated) -> None:
    other = simulate(Knobs(rows=SMALL.rows, seed=12))
    assert not set(simulated.cases["exception_id"]) & set(other.cases["exception_id"])
    assert simulated.cases["line_amount"].tolist() != other.cases["line_amount"].tolist()


def test_the_tables_speak_of_every_cause_and_of_no_other() -> None:
    assert set(PRIOR) == set(PHRASES) == set(LABELS)
    assert set(SUPPLIER_HABITS) <= set(LABELS)
    assert sum(PRIOR.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("cause", list(LABELS))
def test_causes_come_near_their_priors(simulated: Simulated, cause: str) -> None:
    error = 4 * np.sqrt(PRIOR[cause] / SMALL.rows)
    assert (simulated.truth["cause"] == cause).mean() == pytest.approx(PRIOR[cause], abs=error)


def test_wrong_depends_on_the_cause(simulated: Simulated) -> None:
    wrong = simulated.truth.groupby("cause")["wrong"].mean()
    assert 0.28 < simulated.truth["wrong"].mean() < 0.4
    assert max(wrong["receipt_not_posted"], wrong["po_price_outdated"]) < 0.1
    assert min(wrong["supplier_pricing_error"], wrong["short_shipment_or_damage"], wrong["duplicate_invoice"]) > 0.5


def test_loss_is_money_only_where_wrong(simulated: Simulated) -> None:
    truth = simulated.truth
    assert (truth.loc[truth["wrong"], "loss"] > 0).all()
    assert (truth.loc[~truth["wrong"], "loss"] == 0).all()
    assert truth.loc[truth["wrong"], "loss"].mean() > 2 * truth.loc[truth["wrong"], "loss"].median()


def test_look_alikes_look_alike(simulated: Simulated) -> None:
    cases, cause = simulated.cases, simulated.truth["cause"]
    billed = cases["invoiced_qty"] + cases["previously_invoiced_qty"]
    known = billed.notna() & cases["received_qty"].notna()
    for name in ("receipt_not_posted", "short_shipment_or_damage", "partial_delivery_split"):
        short = (cases["received_qty"] < billed)[known & (cause == name)]
        assert 0.85 < short.mean() < 1.0, name


def test_outcomes_are_late_noisy_and_sometimes_missed(simulated: Simulated) -> None:
    outcomes, truth = simulated.outcomes, simulated.truth
    assert (outcomes["known_at"] > simulated.cases["as_of"]).all()
    assert 0.02 < (outcomes["cause"] != truth["cause"]).mean() < 0.08
    assert not (outcomes["wrong"] & ~truth["wrong"]).any()
    assert 0 < (truth["wrong"] & ~outcomes["wrong"]).mean() < 0.03


def test_the_truth_is_not_among_the_cases(simulated: Simulated) -> None:
    envelope = {"exception_id", "as_of", "source_system", "currency"}
    assert set(simulated.cases.columns) <= envelope | set(InvoiceDiscrepancy.model_fields)
    assert not set(simulated.truth.columns) & set(simulated.cases.columns) - {"exception_id"}


def test_every_case_is_a_payload_with_gaps_and_some_text(payloads: list[InvoiceDiscrepancy]) -> None:
    assert len(payloads) == SMALL.rows
    said = np.mean([payload.notes is not None for payload in payloads])
    priced = np.mean([payload.invoice_unit_price is not None for payload in payloads])
    assert 0.3 < said < 0.6
    assert 0.85 < priced < 1.0


def test_nothing_of_a_case_lies_after_its_triage(columns: Columns) -> None:
    for name in ("received_at", "last_gr_at", "bank_changed_at", "po_price_changed_at", "issued_on", "po_on"):
        assert not (columns[name] > columns.as_of).any(), name


def test_history_says_something(simulated: Simulated, columns: Columns) -> None:
    history, keys = History(RECIPE.trails), entity_keys(columns, RECIPE.trails)
    for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
        history.add_case(fact)
    for row, outcome in enumerate(simulated.outcomes.itertuples()):
        of_row = {trail: values[row] for trail, values in keys.items() if values[row] is not None}
        history.add_label(
            LabelFact(
                known_at=outcome.known_at.timestamp(), keys=of_row, wrong=bool(outcome.wrong), cause=outcome.cause
            )
        )
    rows = RECIPE.rows(columns, history)
    varied = {name for name, column in zip(RECIPE.names, rows.T, strict=True) if np.nanstd(column) > 0}
    past = {feature.name for feature in RECIPE.features if feature.family.endswith("history")}
    assert past | {"same_number_and_amount", "same_amount_on_order", "account_age_days"} <= varied
