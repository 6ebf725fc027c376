"""Specification of the simulated chain: repeatable, honest about what a caller sees, and hard but learnable."""

import functools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.columns import encode
from features.history import History
from features.replenishment_risk import RECIPE, ReplenishmentRisk
from models.replenishment_risk import LABELS
from training.simulators.replenishment_risk import simulate
from training.simulators.replenishment_risk_text import TOPIC_WEIGHTS, TOPICS
from training.simulators.retailer import Knobs, Simulated

EXPECTED_PERCENT = {
    "promo_uplift_underforecast": 12, "demand_spike": 7, "forecast_bias": 7, "phantom_inventory": 10,
    "hidden_or_negative_stock": 3, "shelf_gap_backroom": 20, "order_parameter_error": 8, "order_not_released": 4,
    "supplier_short_ship": 9, "supplier_late": 9, "dc_shortage_allocation": 6, "transport_or_transfer_delay": 3,
    "integration_lag": 1, "recall_or_quality_hold": 0.5, "false_alarm": 0.5,
}  # fmt: skip
HEAD = {"exception_id", "as_of", "source_system", "currency"}


@functools.cache
def drawn(rows: int = 4000, seed: int = 7) -> Simulated:
    return simulate(Knobs(rows=rows, seed=seed))


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
        assert set(EXPECTED_PERCENT) == set(LABELS)
        for cause, percent in EXPECTED_PERCENT.items():
            assert 100 * shares.get(cause, 0.0) == pytest.approx(percent, rel=0.35, abs=0.6), cause

    def test_leaving_it_alone_is_wrong_in_a_fifth_of_cases(self) -> None:
        assert 0.15 <= drawn().truth["wrong"].mean() <= 0.25

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
        for topic in set(TOPICS) - {"promo", "quality"}:
            assert sum(topic in topics for topics in TOPIC_WEIGHTS.values()) >= 2, topic

    def test_sums_over_longer_horizons_are_larger(self) -> None:
        cases = drawn().cases[
            ["sales_1d_qty", "sales_7d_qty", "sales_28d_qty", "sales_1_month_qty", "sales_9_month_qty"]
        ]
        whole = cases.dropna().astype(float).to_numpy()
        assert len(whole) > 1000
        assert (np.diff(whole, axis=1) >= 0).all()


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
