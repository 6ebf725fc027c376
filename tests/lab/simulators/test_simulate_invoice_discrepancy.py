"""Specification of the simulated invoices: repeatable, plausible, and silent about the truth."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from features.columns import Columns, encode
from features.domains.invoice_discrepancy.features import RECIPE
from features.domains.invoice_discrepancy.payload import InvoiceDiscrepancy
from features.history import History, LabelFact, entity_keys
from lab.simulators.invoice_discrepancy import evidence
from lab.simulators.invoice_discrepancy.observed import observe
from lab.simulators.invoice_discrepancy.parameters import (
    CAUSES,
    KIND_LIFT,
    KIND_SHARE,
    KINDS,
    PRIOR,
    SUPPLIER_HABITS,
    WRONG,
)
from lab.simulators.invoice_discrepancy.simulator import TRAPS, simulate
from lab.simulators.invoice_discrepancy.wording import PHRASES, phrase_probabilities
from lab.simulators.invoice_discrepancy.world import draw_world
from lab.simulators.retailer import NEW_TYPE_FROM, Knobs, Simulated
from lab.simulators.selftest import MAX_Z, self_test, worst
from models.domains.invoice_discrepancy import LABELS

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
    assert set(PRIOR) == set(PHRASES) == set(WRONG) == set(LABELS)
    assert {cause for group in SUPPLIER_HABITS for cause in group} <= set(LABELS)
    assert {cause for lifts in KIND_LIFT.values() for cause in lifts} <= {*LABELS, "*"}
    assert set(KIND_LIFT) == set(KINDS)
    assert sum(PRIOR.values()) == pytest.approx(1.0)
    assert phrase_probabilities().sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("cause", list(LABELS))
def test_causes_come_near_their_priors(simulated: Simulated, cause: str) -> None:
    error = 5 * np.sqrt(PRIOR[cause] / SMALL.rows) + 0.25 * PRIOR[cause]
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


def slices(simulated: Simulated) -> dict[str, np.ndarray]:
    """Sets of lines by what was known before their outcome."""
    cases, truth = simulated.cases, simulated.truth
    given = ("notes", "po_id", "po_unit_price", "contract_unit_price", "received_qty", "rejected_qty", "charges_amount",
             "tax_amount", "bank_matches_master", "capture_channel", "closest_invoice_similarity", "pod_available",
             "po_on")  # fmt: skip
    chosen = {"first": truth["lane_held_before"] == 0, "later": truth["lane_held_before"] > 4}
    chosen |= {f"{name} given": cases[name].notna() for name in given}
    chosen |= {f"{name} missing": cases[name].isna() for name in given}
    chosen |= {name: cases["capture_channel"] == name for name in ("edi", "pdf", "paper")}
    return {name: np.asarray(rows) for name, rows in chosen.items()}


@pytest.mark.parametrize(
    "knobs",
    [
        {"drift": "severe", "analysts": "mixed"},
        {"drift": "new_type", "cold_start_share": 0.8},
        {"missing_rate": 0.3, "base_rate": 2.0, "label_noise": 0.15},
    ],
    ids=lambda knobs: ", ".join(knobs),
)
def test_the_truth_is_as_often_true_as_it_says_in_every_slice(knobs: dict[str, object]) -> None:
    drawn = simulate(Knobs(rows=12_000, seed=21, **knobs))
    claim = worst(self_test(drawn, slices=slices(drawn)))
    assert abs(claim.z) < MAX_Z, claim


def test_the_truth_of_a_third_line_is_what_counting_all_possibilities_gives() -> None:
    knobs = Knobs(rows=400, seed=4, days=30, label_delay_days=900.0)  # no label is known in time
    truth = simulate(knobs).truth
    rng = np.random.default_rng(knobs.seed)
    world = draw_world(rng, knobs)
    seen = observe(rng, world, knobs)
    for lane in np.unique(world.visits.entity[world.visits.nth == 2])[:10]:
        lines = np.flatnonzero(world.visits.entity == lane)[:3]
        weight = np.zeros(len(CAUSES))
        for kind, share in enumerate(KIND_SHARE):
            prior = world.by_kind[kind] * world.lift[lines]
            prior /= prior.sum(axis=1, keepdims=True)
            first, second, third = prior * np.exp(seen.log_likelihood[lines])
            gaps = np.exp(world.visits.log_gap[lines, kind].sum())
            for way in product(range(len(CAUSES)), repeat=2):
                weight += share * gaps * first[way[0]] * second[way[1]] * third
        exact = truth.loc[lines[2], [f"p_{cause}" for cause in CAUSES]].to_numpy(dtype=float)
        assert exact == pytest.approx(weight / weight.sum(), abs=1e-9)


def test_history_and_text_make_the_truth_sharper(simulated: Simulated) -> None:
    truth = simulated.truth
    claimed, wrong = truth["p_wrong"].to_numpy(), truth["wrong"].to_numpy(dtype=float)
    surprise = -np.log(np.clip(np.where(wrong == 1.0, claimed, 1.0 - claimed), 1e-9, 1.0))
    assert surprise[truth["lane_held_before"] > 4].mean() < surprise[truth["lane_held_before"] == 0].mean()
    assert surprise[truth["phrase"].notna()].mean() < surprise[truth["phrase"].isna()].mean()


@pytest.mark.parametrize(
    "law",
    [
        evidence.Flag(np.linspace(0.1, 0.9, len(CAUSES))),
        evidence.Choice(np.tile([0.5, 0.3, 0.2], (len(CAUSES), 1))),
        evidence.Count(np.linspace(0.2, 2.0, len(CAUSES))),
        evidence.WholeBell(np.linspace(-3.0, 4.0, len(CAUSES)), np.full(len(CAUSES), 3.0)),
        evidence.Around(np.linspace(1.0, 30.0, len(CAUSES)), np.full(len(CAUSES), 0.7)),
        evidence.Share(np.linspace(2.0, 12.0, len(CAUSES)), np.full(len(CAUSES), 1.5)),
    ],
    ids=lambda law: type(law).__name__,
)
def test_a_law_weighs_as_it_draws(law: evidence.Law) -> None:
    """The likelihood ratio of two causes has mean 1 under the one below the line, whatever is drawn."""
    drawn = law.draw(np.random.default_rng(5), np.full(100_000, 7))
    density = law.log_density(drawn)
    ratios = np.exp(density[:, [6, 8]] - density[:, [7]])
    assert ratios.mean(axis=0) == pytest.approx(1.0, abs=0.03)


def test_the_base_rate_moves_the_odds_of_what_is_not_harmless(simulated: Simulated) -> None:
    more = simulate(Knobs(rows=SMALL.rows, seed=SMALL.seed, base_rate=3.0))
    harmless = [
        (drawn.truth["cause"].isin(["receipt_not_posted", "po_price_outdated"])).mean() for drawn in (simulated, more)
    ]
    assert harmless[1] < harmless[0] / 1.5


def test_a_new_type_comes_late() -> None:
    knobs = Knobs(rows=6_000, seed=3, drift="new_type")
    drawn = simulate(knobs)
    new = (drawn.truth["cause"] == "unplanned_charge").to_numpy()
    progress = knobs.progress(drawn.cases["as_of"].dt.tz_localize(None).to_numpy().astype("datetime64[s]"))
    assert new.any() and progress[new].min() >= NEW_TYPE_FROM


def test_traps_leak_what_came_later_and_nothing_else(simulated: Simulated) -> None:
    leaks = {"resolution_note": "notes", "price_after_fix": "po_unit_price"}
    assert set(leaks) == set(TRAPS)
    for trap, field in leaks.items():
        trapped = simulate(Knobs(rows=SMALL.rows, seed=SMALL.seed, trap=trap))
        pd.testing.assert_frame_equal(trapped.truth, simulated.truth)
        pd.testing.assert_frame_equal(trapped.cases.drop(columns=field), simulated.cases.drop(columns=field))
        pairs = zip(trapped.cases[field].tolist(), simulated.cases[field].tolist(), strict=True)
        assert np.mean([leaked != honest for leaked, honest in pairs if not pd.isna(leaked)]) > 0.05, trap


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
    varied = {
        name
        for name, column in zip(RECIPE.names, rows.T, strict=True)
        if (~np.isnan(column)).any() and np.nanstd(column) > 0
    }
    past = {feature.name for feature in RECIPE.features if feature.family.endswith("history")}
    assert past | {"same_number_and_amount", "same_amount_on_order", "account_age_days"} <= varied
