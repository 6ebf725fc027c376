"""Specification of the simulated chain: repeatable, honest about what a caller sees, and exact about what could be
known."""

import functools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.columns import encode
from features.domains.replenishment_risk.features import RECIPE
from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.history import History
from lab.simulators.replenishment_risk import parameters as tables
from lab.simulators.replenishment_risk import simulator
from lab.simulators.replenishment_risk.evidence import (
    Category,
    Count,
    Duration,
    Flag,
    Observable,
    Scene,
    Share,
    Tally,
    WaitingTime,
    WholeUnits,
)
from lab.simulators.replenishment_risk.seen import FEEDS
from lab.simulators.replenishment_risk.simulator import simulate
from lab.simulators.replenishment_risk.wording import TOPIC_WEIGHTS, TOPICS, phrase_weights
from lab.simulators.retailer import Knobs, Simulated
from lab.simulators.selftest import MAX_Z, self_test, worst
from models.domains.replenishment_risk import LABELS

EXPECTED_PERCENT = {
    "promo_uplift_underforecast": 12, "demand_spike": 7, "forecast_bias": 7, "phantom_inventory": 10,
    "hidden_or_negative_stock": 3, "shelf_gap_backroom": 20, "order_parameter_error": 8, "order_not_released": 4,
    "supplier_short_ship": 9, "supplier_late": 9, "dc_shortage_allocation": 6, "transport_or_transfer_delay": 3,
    "integration_lag": 1, "recall_or_quality_hold": 0.5, "false_alarm": 0.5,
}  # fmt: skip
HEAD = {"exception_id", "as_of", "source_system", "currency"}
OPTIONAL = ("unit_margin", "record_confidence", "sales_7d_qty", "dc_allocatable_qty", "trigger")


@functools.cache
def drawn(rows: int = 4000, seed: int = 7) -> Simulated:
    return simulate(Knobs(rows=rows, seed=seed))


def slices(simulated: Simulated) -> dict[str, Any]:
    cases, before = simulated.cases, simulated.truth["flags_before"].to_numpy()
    given = {name: cases[name].notna().to_numpy() for name in (*OPTIONAL, "note", "promo_id", "po_confirmed_qty")}
    halves = {f"{name} {'given' if there else 'missing'}": known == there for name,
    known in given.items() for there in (True, False)}  # fmt: skip
    on_hand = cases["on_hand"].astype(float).to_numpy()
    return halves | {
        "first": before == 0,
        "later": before > 0,
        "many": before > 5,
        "below zero": on_hand < 0,
        "nothing on record": on_hand == 0,
        "wms": (cases["source_system"] == "wms").to_numpy(),
    }


def payloads(cases: pd.DataFrame) -> list[ReplenishmentRisk]:
    fields = [name for name in cases if name not in HEAD]
    return [
        ReplenishmentRisk.model_validate({name: _known(value) for name, value in zip(fields, row, strict=True)})
        for row in cases[fields].itertuples(index=False)
    ]


def _known(value: Any) -> Any:
    return value if isinstance(value, tuple) or not pd.isna(value) else None


class TestRepeatability:
    def test_the_same_seed_gives_the_same_retailer(self) -> None:
        again = simulate(Knobs(rows=300, seed=7))
        first = drawn(300)
        for part in ("cases", "outcomes", "truth"):
            pd.testing.assert_frame_equal(getattr(first, part), getattr(again, part))

    def test_another_seed_gives_another(self) -> None:
        assert not drawn(300).cases["sku"].equals(drawn(300, 8).cases["sku"])
        assert not set(drawn(300).cases["exception_id"]) & set(drawn(300, 8).cases["exception_id"])


class TestWorld:
    def test_causes_follow_the_priors(self) -> None:
        shares = drawn().truth["cause"].value_counts(normalize=True)
        assert set(EXPECTED_PERCENT) == set(LABELS) == set(tables.CAUSES)
        for cause, percent in EXPECTED_PERCENT.items():
            assert 100 * shares.get(cause, 0.0) == pytest.approx(percent, rel=0.4, abs=0.6), cause

    def test_leaving_it_alone_is_wrong_in_a_fifth_of_cases(self) -> None:
        assert 0.17 <= drawn().truth["wrong"].mean() <= 0.28

    def test_money_is_lost_only_where_it_was_wrong(self) -> None:
        truth = drawn().truth
        assert (truth["loss"][~truth["wrong"]] == 0).all()
        assert (truth["loss"][truth["wrong"]] > 0).mean() > 0.99

    def test_labels_come_late_and_some_are_wrong(self) -> None:
        world = drawn()
        assert (world.outcomes["known_at"] > world.cases["as_of"]).all()
        assert 0.02 <= (world.outcomes["cause"] != world.truth["cause"]).mean() <= 0.08

    def test_about_half_of_the_cases_carry_a_note(self) -> None:
        assert 0.3 <= drawn().cases["note"].notna().mean() <= 0.6

    def test_causes_share_their_phrases(self) -> None:
        assert {topic for topics in TOPIC_WEIGHTS.values() for topic in topics} == set(TOPICS)
        assert phrase_weights().sum(axis=1) == pytest.approx(1.0)
        for topic in set(TOPICS) - {"promo", "quality"}:
            assert sum(topic in topics for topics in TOPIC_WEIGHTS.values()) >= 2, topic

    def test_an_item_at_a_site_is_one_kind_for_ever_and_comes_back(self) -> None:
        pairs = pd.concat([drawn().cases[["sku", "site_id"]], drawn().truth["kind"]], axis=1).groupby(
            ["sku", "site_id"]
        )
        assert (pairs["kind"].nunique() == 1).all()
        assert 3.0 <= pairs.size().mean() <= 10.0

    def test_sums_over_longer_horizons_are_larger(self) -> None:
        cases = drawn().cases[
            ["sales_1d_qty", "sales_7d_qty", "sales_28d_qty", "sales_1_month_qty", "sales_9_month_qty"]
        ]
        whole = cases.dropna().astype(float).to_numpy()
        assert len(whole) > 1000
        assert (np.diff(whole, axis=1) >= 0).all()


class TestExactTruth:
    @pytest.mark.parametrize(
        "knobs",
        [
            {},
            {"drift": "severe", "missing_rate": 0.3},
            {"drift": "new_type", "analysts": "mixed", "label_noise": 0.15},
            {"base_rate": 2.0, "cold_start_share": 0.8, "seasonality": 2.0},
        ],
    )
    def test_what_is_claimed_comes_as_often_as_claimed_in_every_slice(self, knobs: dict[str, Any]) -> None:
        simulated = simulate(Knobs(rows=12_000, seed=3, **knobs))
        claims = self_test(simulated, slices=slices(simulated))
        assert len(claims) > 150
        assert abs(worst(claims).z) < MAX_Z, worst(claims)

    def test_the_posterior_is_what_adding_up_every_possibility_gives(self) -> None:
        knobs = Knobs(rows=150, seed=5, label_delay_days=2.0)
        rng = np.random.default_rng([knobs.seed, 4])
        cases = simulator._draw(rng, knobs)
        outcome = simulator._outcome(rng, cases)
        labels = simulator._record(rng, knobs, cases, outcome).evidence
        at, entity = cases.context.at, cases.visits.entity
        joint = np.exp(cases.log_joint - cases.log_joint.max(axis=(1, 2), keepdims=True))
        labelled = joint * np.exp(np.broadcast_to(labels.log_likelihood, joint.shape))
        truth = simulate(knobs).truth
        for row in range(knobs.rows):
            kinds = np.array(tables.KIND_SHARES)
            for earlier in np.flatnonzero((entity == entity[row]) & (at < at[row])):
                known = labels.known_at[earlier] < at[row]
                kinds = kinds * (labelled if known else joint)[earlier].sum(axis=1)
            posterior = kinds[:, None] * joint[row]
            posterior /= posterior.sum()
            assert truth["p_wrong"][row] == pytest.approx(
                float((posterior.sum(axis=0) * outcome.probability[row]).sum())
            )
            for position, cause in enumerate(tables.CAUSES):
                assert truth[f"p_{cause}"][row] == pytest.approx(posterior[:, position].sum(), abs=1e-12)

    def test_the_best_observer_is_neither_blind_nor_all_knowing(self) -> None:
        truth = drawn().truth
        probability = truth["p_wrong"].to_numpy()
        order = np.argsort(probability)
        ranks = np.empty(len(probability))
        ranks[order] = np.arange(len(probability))
        wrong = truth["wrong"].to_numpy()
        above = (ranks[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum()
        assert 0.80 <= above <= 0.95


ROWS = 60_000
SCALE = np.full(ROWS, 7.0)
RATES = np.array([0.3, 0.4])
OBSERVABLES: list[Observable] = [
    Flag(RATES),
    Category(np.array([[0.2, 0.3, 0.5], [0.3, 0.3, 0.4]])),
    Tally(RATES, 5),
    Count(SCALE, np.array([1.0, 1.2]), 6.0),
    Share(SCALE, RATES, 4.0),
    WholeUnits(SCALE, np.array([0.2, 0.0]), 0.6),
    Duration(np.array([5.0, 6.0]), 0.8),
    WaitingTime(SCALE, np.array([1.0, 0.9]), 3.0),
]


class TestObservables:
    @pytest.mark.parametrize("observable", OBSERVABLES, ids=lambda observable: type(observable).__name__)
    def test_the_density_is_that_of_the_draw(self, observable: Observable) -> None:
        values = observable.draw(np.random.default_rng(1), np.zeros(ROWS, dtype=np.int64))
        density = observable.log_density(values)
        assert density.shape == (ROWS, 2)
        # The mean of any other density over the own one is 1 under the own one, and only then for every other one.
        ratio = np.exp(density[:, 1] - density[:, 0])
        assert abs(ratio.mean() - 1.0) < 4.5 * ratio.std() / np.sqrt(ROWS)

    @pytest.mark.parametrize(
        ("observable", "largest"),
        [(OBSERVABLES[2], 5), (OBSERVABLES[3], 400), (OBSERVABLES[4], 7), (OBSERVABLES[5], 400)],
        ids=["Tally", "Count", "Share", "WholeUnits"],
    )
    def test_whole_numbers_have_probabilities_that_add_up_to_one(self, observable: Observable, largest: int) -> None:
        densities = np.exp(observable.log_density(np.minimum(np.arange(ROWS), largest)))
        assert densities[: largest + 1].sum(axis=0) == pytest.approx([1.0, 1.0])

    def test_what_is_left_out_says_nothing(self) -> None:
        cause = np.zeros(100, dtype=np.int64)
        scene = Scene(np.random.default_rng(1), cause, causes=2, missing_rate=0.5, feeds={"a": "both", "b": "both"})
        assert (scene.given("a") == scene.given("b")).all()
        values = scene.show(Flag(RATES), scene.given("a"))
        assert (scene.log_likelihood[~scene.given("a")] == 0.0).all()
        expected = np.log(np.where(values[:, None], RATES, 1.0 - RATES))
        assert scene.log_likelihood[scene.given("a")] == pytest.approx(expected[scene.given("a")])


class TestKnobs:
    def test_more_is_left_out_at_a_higher_missing_rate(self) -> None:
        cases = simulate(Knobs(rows=2000, seed=7, missing_rate=0.3)).cases
        for name in OPTIONAL:
            assert cases[name].isna().mean() == pytest.approx(0.3, abs=0.05), name

    def test_fields_of_one_feed_are_there_together(self) -> None:
        cases = simulate(Knobs(rows=2000, seed=7, missing_rate=0.3)).cases
        for one, other in (("sales_1d_qty", "sales_28d_qty"), ("reorder_point_qty", "max_stock_qty")):
            assert FEEDS[one] == FEEDS[other]
            assert (cases[one].isna() == cases[other].isna()).all()

    def test_a_higher_base_rate_makes_more_of_it_wrong(self) -> None:
        more = simulate(Knobs(rows=4000, seed=7, base_rate=3.0)).truth
        assert more["wrong"].mean() > drawn().truth["wrong"].mean() + 0.02
        assert more["cause"].isin(tables.COPES).mean() < drawn().truth["cause"].isin(tables.COPES).mean()

    def test_the_newcomer_appears_only_late(self) -> None:
        simulated = simulate(Knobs(rows=4000, seed=7, drift="new_type"))
        came = (simulated.truth["cause"] == tables.NEWCOMER).to_numpy()
        progress = Knobs(rows=4000, seed=7).progress(
            simulated.cases["as_of"].dt.tz_convert(None).to_numpy().astype("datetime64[s]")
        )
        assert came.sum() > 40
        assert progress[came].min() > 0.59
        assert (simulated.truth.loc[progress < 0.59, f"p_{tables.NEWCOMER}"] == 0.0).all()


class TestTraps:
    def test_a_trap_changes_the_cases_and_nothing_else(self) -> None:
        honest = drawn(1000)
        for trap, fields in (("post_event_sales", ["sales_7d_qty", "sales_1d_qty"]), ("late_count", ["on_hand"])):
            trapped = simulate(Knobs(rows=1000, seed=7, trap=trap))
            pd.testing.assert_frame_equal(honest.truth, trapped.truth)
            pd.testing.assert_frame_equal(honest.outcomes, trapped.outcomes)
            pd.testing.assert_frame_equal(honest.cases.drop(columns=fields), trapped.cases.drop(columns=fields))
            field = fields[0]
            assert not honest.cases[field].equals(trapped.cases[field])
            assert (honest.cases[field].isna() == trapped.cases[field].isna()).all()
            assert len(payloads(trapped.cases.head(50))) == 50

    def test_a_trap_gives_the_outcome_away(self) -> None:
        wrong = drawn(1000).truth["wrong"]
        trapped = simulate(Knobs(rows=1000, seed=7, trap="post_event_sales")).cases
        pace = trapped["sales_7d_qty"].astype(float) / (7.0 * trapped["forecast_daily_qty"].astype(float))
        assert pace[wrong].mean() < 0.5 < 0.9 < pace[~wrong].mean()


class TestCases:
    def test_every_row_is_a_payload(self) -> None:
        assert len(payloads(drawn(1000).cases)) == 1000

    def test_truth_is_not_among_the_cases(self) -> None:
        world = drawn(300)
        assert not (set(world.truth) | set(world.outcomes)) - {"exception_id"} & set(world.cases)
        assert set(world.cases) <= HEAD | set(ReplenishmentRisk.model_fields)

    def test_history_features_vary(self) -> None:
        cases = drawn(1000).cases
        moments = cases["as_of"].dt.to_pydatetime()
        columns = encode(payloads(cases), as_of=list(moments))
        history = History(RECIPE.trails)
        for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
            history.add_case(fact)
        seen = RECIPE.rows(columns, history)[:, RECIPE.names.index("sku_site_days_since_flag")]
        assert 0.2 < np.isfinite(seen).mean() < 0.95
        assert np.nanstd(seen) > 1.0
