"""Specification of the replenishment-risk features: values by hand, missing and odd input, and no look into the
future."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pytest
from pydantic import ValidationError

from features.columns import Columns, encode
from features.domains.replenishment_risk.features import RECIPE
from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.history import History, LabelFact, entity_keys

NOW: Final = datetime(2026, 3, 2, 6, tzinfo=UTC)
TEXTBOOK: Final = {
    "forecast_daily_qty": 12, "forecast_daily_sd_qty": 5, "lead_time_days": 4, "lead_time_sd_days": 1,
}  # fmt: skip
"""d=12, sd=5, L=4, sL=1: with 40 on hand the probability to run out is 0.696 and 11.0 units are lost."""


def columns(*cases: dict[str, Any]) -> Columns:
    payloads = [ReplenishmentRisk.model_validate({"sku": "A", "on_hand": 40} | case) for case in cases]
    return encode(payloads, as_of=[NOW] * len(payloads))


def features(case: dict[str, Any], history: History | None = None) -> dict[str, float]:
    row = RECIPE.rows(columns(case), history or History(RECIPE.trails))[0]
    return dict(zip(RECIPE.names, row.tolist(), strict=True))


class TestPayload:
    def test_item_and_stock_are_enough(self) -> None:
        required = [name for name, field in ReplenishmentRisk.model_fields.items() if field.is_required()]
        assert required == ["sku", "on_hand"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("lead_time_days", -1),
            ("supplier_otif_90d", 1.2),
            ("sales_7d_qty", -3),
            ("trigger", "bored"),
            ("on_hand", None),
        ],
    )
    def test_nonsense_is_refused(self, field: str, value: object) -> None:
        with pytest.raises(ValidationError, match=field):
            columns({field: value})

    def test_a_snapshot_of_horizon_sums_is_a_case(self) -> None:
        built = features(
            {
                "on_hand": 20, "lead_time_days": 14, "in_transit_qty": 10, "min_stock_qty": 10, "past_due_qty": 7,
                "sales_1_month_qty": 30, "sales_3_month_qty": 40, "sales_6_month_qty": 80, "sales_9_month_qty": 120,
                "forecast_3_month_qty": 91, "forecast_6_month_qty": 182, "forecast_9_month_qty": 273,
                "supplier_otif_6m": 0.7, "supplier_otif_12m": 0.9, "part_risk": True, "revision_stopped": True,
            }
        )  # fmt: skip
        assert built["cover_sales_3_month"] == 0.5
        assert built["cover_forecast_3_month"] == pytest.approx(30 / 91)
        assert built["sales_trend_1_to_3_month"] == 2.25
        assert built["forecast_to_sales_6_month"] == 182 / 80
        assert built["past_due_to_demand"] == 7 / 28
        assert built["on_hand_to_min"] == 2.0
        assert built["otif_drop"] == pytest.approx(0.2)
        assert built["item_risks"] == 2.0
        assert built["days_of_supply"] == 20.0


class TestStockout:
    def test_the_textbook_case(self) -> None:
        built = features(TEXTBOOK)
        assert built["stockout_probability"] == pytest.approx(0.696, abs=5e-4)
        assert built["expected_lost_units"] == pytest.approx(11.0, abs=0.05)

    def test_the_next_receipt_counts_before_the_lead_time(self) -> None:
        built = features(TEXTBOOK | {"next_receipt_at": NOW + timedelta(days=2)})
        assert (built["days_to_receipt"], built["stockout_probability"] < 0.2) == (2.0, True)

    def test_a_receipt_already_due_leaves_no_days_to_cover(self) -> None:
        assert features(TEXTBOOK | {"next_receipt_at": NOW - timedelta(days=3)})["days_to_receipt"] == 0.0

    def test_what_is_owed_to_customers_is_not_free(self) -> None:
        built = features(TEXTBOOK | {"reserved_qty": 3, "open_customer_order_qty": 2, "backorder_qty": 5})
        assert built["inventory_position"] == 30.0
        assert built["stockout_probability"] > features(TEXTBOOK)["stockout_probability"]

    @pytest.mark.parametrize(
        ("on_hand", "low", "high"), [(-5, 0.99, 1.0), (0, 0.99, 1.0), (48, 0.5, 0.5), (10**6, 0.0, 1e-9)]
    )
    def test_more_stock_is_less_risk(self, on_hand: int, low: float, high: float) -> None:
        assert low <= features(TEXTBOOK | {"on_hand": on_hand})["stockout_probability"] <= high

    def test_unknown_spread_of_demand_is_taken_as_poisson(self) -> None:
        built = features({"forecast_daily_qty": 9, "lead_time_days": 4, "on_hand": 42})
        assert built["coverage_z"] == pytest.approx(6 / np.sqrt(36.25))

    def test_margin_at_risk_weighs_key_value_items(self) -> None:
        plain, key = (features(TEXTBOOK | {"unit_margin": 2, "is_kvi": kvi})["margin_at_risk"] for kvi in (False, True))
        assert plain == pytest.approx(11.034 * 2 * 0.4, abs=1e-2)
        assert key == pytest.approx(2.5 * plain)

    def test_demand_stands_over_free_stock_even_where_there_is_none(self) -> None:
        assert features(TEXTBOOK)["demand_to_free_stock"] == pytest.approx(48.5 / 40.5)
        assert features(TEXTBOOK | {"on_hand": -3})["demand_to_free_stock"] == pytest.approx(97.0)

    def test_without_demand_or_horizon_nothing_is_claimed(self) -> None:
        built = features({})
        assert np.isnan([built[name] for name in ("stockout_probability", "days_of_supply", "margin_at_risk")]).all()


class TestSymptoms:
    @pytest.mark.parametrize(
        ("case", "name", "value"),
        [
            ({"days_since_last_sale": 10, "sales_28d_qty": 14}, "silent_demand", 5.0),
            ({"days_since_last_sale": 10, "sales_28d_qty": 14, "planned_28d_qty": 28}, "silent_demand", 10.0),
            ({"sales_7d_qty": 30, "planned_7d_qty": 20}, "sales_to_plan_7d", 1.5),
            ({"sales_7d_qty": 30, "planned_7d_qty": 0}, "sales_to_plan_7d", 365.0),
            ({"sales_7d_qty": 0, "planned_7d_qty": 0}, "sales_to_plan_7d", 0.0),
            ({"sales_7d_qty": 30}, "sales_to_plan_7d", float("nan")),
            ({"sales_1d_qty": 9, "forecast_daily_qty": 6}, "sales_to_plan_1d", 1.5),
            ({"pack_size_qty": 24, "min_order_qty": 6}, "pack_to_min_order", 4.0),
            ({"po_ordered_qty": 40, "po_confirmed_qty": 10}, "confirmed_share", 0.25),
            ({"po_promised_on": "2026-02-27"}, "days_past_promise", 3.25),
            ({"order_proposed_at": NOW - timedelta(hours=7)}, "hours_order_waiting", 7.0),
            ({"record_synced_at": NOW - timedelta(minutes=90)}, "record_age_minutes", 90.0),
            ({"on_hand": -1}, "negative_on_hand", 1.0),
            ({"on_hand": 0}, "negative_on_hand", 0.0),
            ({"promo_starts_on": "2026-03-02", "promo_ends_on": "2026-03-02"}, "on_promotion", 1.0),
            ({"promo_starts_on": "2026-03-03", "promo_ends_on": "2026-03-09"}, "on_promotion", 0.0),
            ({"promo_starts_on": "2026-02-23", "promo_ends_on": "2026-03-01"}, "on_promotion", 0.0),
            ({"block_flags": ["allocation"]}, "allocation_blocked", 1.0),
            ({"backroom_qty": 30}, "backroom_share", 0.75),
            ({"trigger": "zero_sales"}, "trigger", 2.0),
        ],
    )
    def test_value(self, case: dict[str, Any], name: str, value: float) -> None:
        assert features(case)[name] == pytest.approx(value, abs=1e-12, nan_ok=True)

    @pytest.mark.parametrize(("hour", "running"), [(timedelta(seconds=-1), 1.0), (timedelta(0), 0.0)])
    def test_a_promotion_runs_to_the_end_of_its_last_day(self, hour: timedelta, running: float) -> None:
        midnight = datetime(2026, 3, 2, tzinfo=UTC)
        case = {"sku": "A", "on_hand": 1, "promo_starts_on": "2026-02-23", "promo_ends_on": "2026-03-01"}
        encoded = encode([ReplenishmentRisk.model_validate(case)], as_of=[midnight + hour])
        row = RECIPE.rows(encoded, History(RECIPE.trails))[0]
        assert row[RECIPE.names.index("on_promotion")] == running


class TestMoneyAtStake:
    def test_all_demand_until_the_receipt_could_be_lost(self) -> None:
        stake = RECIPE.money_at_stake(
            columns(TEXTBOOK | {"unit_margin": 2}, TEXTBOOK | {"unit_margin": 2, "is_kvi": True})
        )
        assert stake.tolist() == [96.0, 240.0]

    def test_nothing_where_the_margin_is_unknown_or_negative(self) -> None:
        assert RECIPE.money_at_stake(columns(TEXTBOOK, TEXTBOOK | {"unit_margin": -2})).tolist() == [0.0, 0.0]


class TestHistory:
    def remember(self, known_at: datetime, *, wrong: bool = True, cause: str = "supplier_late") -> History:
        history = History(RECIPE.trails)
        seen = columns({"site_id": "S1", "supplier_id": "V1"})
        (fact,) = RECIPE.facts(seen, known_at=[known_at.timestamp()])
        history.add_case(fact)
        keys = {trail: values[0] for trail, values in entity_keys(seen, RECIPE.trails).items() if values[0]}
        history.add_label(LabelFact(known_at=known_at.timestamp(), keys=keys, wrong=wrong, cause=cause))
        return history

    def test_only_what_was_known_strictly_before_counts(self) -> None:
        case = {"site_id": "S1", "supplier_id": "V1"}
        before = features(case, self.remember(NOW - timedelta(microseconds=1)))
        at_once = features(case, self.remember(NOW))
        nothing = features(case)
        assert before["supplier_wrong_rate"] == pytest.approx((1 + 0.2 * 5) / 6)
        assert before["supplier_late_rate"] == pytest.approx((1 + 0.09 * 8) / 9)
        assert at_once["supplier_wrong_rate"] == nothing["supplier_wrong_rate"] == pytest.approx(0.2)
        assert np.isnan(at_once["sku_site_days_since_flag"])

    def test_another_supplier_does_not_inherit_it(self) -> None:
        built = features({"site_id": "S1", "supplier_id": "V2"}, self.remember(NOW - timedelta(days=3)))
        assert built["supplier_wrong_rate"] == pytest.approx(0.2)
        assert built["site_wrong_rate"] > 0.2
        assert built["sku_site_days_since_flag"] == 3.0

    def test_what_recurs_at_the_items_own_site_is_counted_together(self) -> None:
        history = self.remember(NOW - timedelta(days=40), cause="phantom_inventory")
        here, elsewhere = features({"site_id": "S1"}, history), features({"site_id": "S2"}, history)
        assert here["sku_site_record_rate"] == pytest.approx((1 + 0.13 * 2) / 3)
        assert here["sku_site_shelf_rate"] == pytest.approx(0.2 * 2 / 3)
        assert (here["sku_site_flags"], here["sku_site_labelled"]) == (1.0, 1.0)
        assert here["sku_site_days_between_flags"] == here["sku_site_days_since_flag"] == 40.0
        assert elsewhere["sku_site_record_rate"] == pytest.approx(0.13)
        assert elsewhere["sku_site_flags"] == 0.0


class TestRows:
    def test_a_row_alone_equals_the_row_in_a_batch(self) -> None:
        rng = np.random.default_rng(5)
        cases = [
            {name: round(float(rng.lognormal(2, 2)), 3) for name in [*TEXTBOOK, "sales_28d_qty",
            "unit_margin"] if rng.random() < 0.8}
            | {"on_hand": float(rng.integers(-5, 200)), "days_since_last_sale": int(rng.integers(30))}
            for _ in range(67)
        ]  # fmt: skip
        history = History(RECIPE.trails)
        batch = RECIPE.rows(columns(*cases), history)
        alone = np.vstack([RECIPE.rows(columns(case), history) for case in cases])
        assert batch.tobytes() == alone.tobytes()

    def test_every_feature_names_real_sources(self) -> None:
        known = set(ReplenishmentRisk.model_fields) | {trail.name for trail in RECIPE.trails} | {"as_of"}
        assert {source for feature in RECIPE.features for source in feature.sources} <= known
        assert len(set(RECIPE.names)) == len(RECIPE.features)
