"""Specification of the maintenance payload and its feature row."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from features.columns import encode
from features.domains.maintenance_priority.features import RECIPE
from features.domains.maintenance_priority.payload import MaintenancePriority
from features.domains.maintenance_priority.trades import ASSET_CLASSES, DEFAULT_PRIORITY, TRADE_OF_ASSET, TRADES
from features.fields import required_fields
from features.history import History, LabelFact
from models.domains.maintenance_priority import LABELS

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
FULL: dict[str, Any] = {
    "asset_id": "A1", "asset_class": "walk_in_cooler", "manufacturer": "Arctis", "asset_model": "M1", "vendor_id": "V1",
    "reporter_id": "R1", "reported_urgency": "high", "trade": "refrigeration_temp", "in_service_on": date(2020, 1, 1),
    "warranty_expires_on": date(2026, 3, 2), "food_temperature_celsius": 3.0, "sensor_slope_celsius_per_hour": 0.7,
    "units_total": 7, "units_down": 3, "sales_per_hour": "1300.10", "sales_share_affected": 0.13, "trading_now": True,
    "last_maintained_on": date(2025, 11, 2), "maintenance_interval_days": 90, "estimated_repair_cost": "333.33",
    "acquisition_cost": "7000.00", "not_to_exceed_amount": "1000.00", "vendor_licences": ["electrical"],
    "safety_flags": ["electrical", "trip"], "outside_temperature_celsius": 33.3, "criticality": 7,
    "utility_outage": False,
}  # fmt: skip


def make_payload(**overrides: Any) -> MaintenancePriority:
    plain = {"site_id": "S1", "reported_at": NOW - timedelta(hours=6), "description": "unit is down"}
    return MaintenancePriority(**(plain | overrides))


def build(payload: MaintenancePriority, history: History | None = None, at: datetime = NOW) -> dict[str, float]:
    row = RECIPE.rows(encode([payload], as_of=[at]), history or History(RECIPE.trails))[0]
    return dict(zip(RECIPE.names, row.tolist(), strict=True))


def remember(
    *payloads: MaintenancePriority, at: datetime, wrong: bool | None = None, cause: str = "hvac_comfort"
) -> History:
    """Remember cases as of `at`, with labels known a day later."""
    history = History(RECIPE.trails)
    columns = encode(payloads, as_of=[at] * len(payloads))
    for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
        history.add_case(fact)
        if wrong is not None:
            known_at = (at + timedelta(days=1)).timestamp()
            history.add_label(LabelFact(known_at=known_at, keys=fact.keys, wrong=wrong, cause=cause))
    return history


class TestPayload:
    def test_needs_only_where_when_and_what(self) -> None:
        assert required_fields(MaintenancePriority) == {"site_id", "reported_at", "description"}

    @pytest.mark.parametrize(
        "leak", ["dispatched_priority", "downtime_hours", "completion_notes", "invoiced_trade", "parts"]
    )
    def test_has_no_field_for_what_is_known_only_after_dispatch(self, leak: str) -> None:
        with pytest.raises(ValidationError):
            make_payload(**{leak: "1"})

    @pytest.mark.parametrize(("field", "value"), [("criticality", 11), ("safety_flags", ["ghost"]),
    ("sales_share_affected", 1.1)])  # fmt: skip
    def test_refuses_impossible_values(self, field: str, value: Any) -> None:
        with pytest.raises(ValidationError):
            make_payload(**{field: value})

    def test_names_every_field_in_words(self) -> None:
        assert all(field.title and field.description for field in MaintenancePriority.model_fields.values())

    def test_trades_bear_the_names_of_the_causes(self) -> None:
        assert set(TRADES) == set(LABELS) == set(DEFAULT_PRIORITY)
        assert set(ASSET_CLASSES) == set(TRADE_OF_ASSET)


class TestValues:
    @pytest.mark.parametrize(
        ("fields", "feature", "value"),
        [
            ({"lanes_total": 6, "lanes_down": 3}, "units_down_share", 0.5),
            ({"lanes_total": 6, "lanes_down": 3, "units_total": 4, "units_down": 4}, "units_down_share", 1.0),
            ({"units_total": 2, "units_down": 9}, "units_down_share", 1.0),  # more down than there are
            ({"lanes_total": 0, "lanes_down": 0}, "units_down_share", np.nan),
            ({}, "units_down_share", np.nan),
            ({"food_temperature_celsius": 7.5}, "food_above_limit_celsius", 2.5),
            ({"food_temperature_celsius": 5.0}, "food_above_limit_celsius", 0.0),
            ({"food_temperature_celsius": 3.0, "sensor_slope_celsius_per_hour": 0.5}, "hours_to_food_limit", 4.0),
            ({"food_temperature_celsius": 3.0, "sensor_slope_celsius_per_hour": -1.0}, "hours_to_food_limit", np.nan),
            ({"food_temperature_celsius": 3.0, "sensor_slope_celsius_per_hour": 1e-320}, "hours_to_food_limit", np.nan),
            ({"sales_per_hour": "1300", "sales_share_affected": 0.25}, "sales_at_risk_per_hour", 325.0),
            ({"reported_at": NOW - timedelta(hours=6)}, "waiting_hours", 6.0),
            ({"reported_at": NOW + timedelta(hours=6)}, "waiting_hours", 0.0),  # a clock that runs ahead
            ({"outside_temperature_celsius": 33.0}, "discomfort_celsius", 5.0),
            ({"outside_temperature_celsius": -5.0}, "discomfort_celsius", 10.0),
            ({"outside_temperature_celsius": 20.0}, "discomfort_celsius", 0.0),
            ({"warranty_expires_on": date(2026, 3, 2)}, "warranty_live", 1.0),  # covers its last day
            ({"warranty_expires_on": date(2026, 3, 1)}, "warranty_live", 0.0),
            ({}, "warranty_live", np.nan),
            ({"estimated_repair_cost": "600", "acquisition_cost": "1000"}, "repair_to_replacement", 0.6),
            ({"estimated_repair_cost": "600", "acquisition_cost": "1000", "replacement_cost": "2000"},
            "repair_to_replacement", 0.3),
            ({"estimated_repair_cost": "600", "not_to_exceed_amount": "0"}, "estimate_to_allowed", np.nan),
            ({"vendor_licences": ["none"], "trade": "lighting_electrical"}, "vendor_unlicensed", 1.0),
            ({"vendor_licences": ["electrical"], "trade": "lighting_electrical"}, "vendor_unlicensed", 0.0),
            ({"vendor_licences": ["gas"], "asset_class": "display_case"}, "vendor_unlicensed", 1.0),
            ({"vendor_licences": ["none"], "trade": "general_building"}, "vendor_unlicensed", 0.0),
            ({"vendor_licences": ["none"]}, "vendor_unlicensed", 0.0),  # no trade known
            ({"trade": "lighting_electrical"}, "vendor_unlicensed", np.nan),
        ],
    )  # fmt: skip
    def test_value(self, fields: dict[str, Any], feature: str, value: float) -> None:
        assert build(make_payload(**fields))[feature] == pytest.approx(value, nan_ok=True)

    @pytest.mark.parametrize(
        ("fields", "matrix", "default"),
        [
            ({"trade": "general_building"}, np.nan, 4),
            ({"trade": "general_building", "sales_share_affected": 0.0, "trading_now": False}, 4, 4),
            ({"trade": "general_building", "safety_flags": ["trip"], "sales_share_affected": 0.25}, 1, 1),
            ({"trade": "pos_payment_it", "lanes_total": 10, "lanes_down": 5, "trading_now": True}, 2, 1),
            ({"trade": "pos_payment_it", "lanes_total": 10, "lanes_down": 4, "trading_now": True}, 3, 2),
            ({"trade": "refrigeration_temp", "food_temperature_celsius": 5.1}, np.nan, 1),
            ({"trade": "refrigeration_temp", "food_temperature_celsius": 5.0}, np.nan, 2),
            ({"trade": "hvac_comfort", "outside_temperature_celsius": 33.0}, np.nan, 2),
            ({"trade": "hvac_comfort", "outside_temperature_celsius": 32.0}, np.nan, 3),
            ({"trade": "lighting_electrical", "utility_outage": True}, np.nan, 1),
            ({"asset_class": "exit_door"}, np.nan, 1),
            ({"asset_class": "roller_shutter", "trading_now": False}, np.nan, 1),
            ({"asset_class": "roller_shutter", "trading_now": True}, np.nan, 2),
            ({"trade": "general_building", "utility_outage": True, "units_total": 2, "units_down": 1}, 1, 4),
            ({"description": "please help"}, np.nan, np.nan),
        ],
    )
    def test_the_desk_speaks_without_a_model(self, fields: dict[str, Any], matrix: float, default: float) -> None:
        row = build(make_payload(**fields))
        assert row["matrix_priority"] == pytest.approx(matrix, nan_ok=True)
        assert row["default_priority"] == pytest.approx(default, nan_ok=True)

    def test_the_trade_is_guessed_from_asset_then_tick_then_words(self) -> None:
        words = {"description": "toilet leaking"}
        assert build(make_payload(**words))["trade_guess"] == TRADES.index("plumbing_leak_drain")
        assert build(make_payload(**words, trade="hvac_comfort"))["trade_guess"] == TRADES.index("hvac_comfort")
        full = words | {"trade": "hvac_comfort", "asset_class": "baler"}
        assert build(make_payload(**full))["trade_guess"] == TRADES.index("material_handling_lift")

    def test_waiting_raises_the_rank(self) -> None:
        week = build(make_payload(reported_at=NOW - timedelta(days=7), criticality=4))["rime_rank"]
        assert week == pytest.approx(build(make_payload(reported_at=NOW, criticality=4))["rime_rank"] + 5.0)


class TestRow:
    def test_alone_equals_in_a_batch_to_the_last_bit(self) -> None:
        payloads = [
            make_payload(),
            make_payload(**FULL),
            make_payload(description="smoke, no fire", asset_class="baler"),
        ]
        moments = [NOW, NOW + timedelta(hours=1), NOW + timedelta(days=9)]
        history = remember(*payloads, at=NOW - timedelta(days=10), wrong=True)
        batch = RECIPE.rows(encode(payloads, as_of=moments), history)
        alone = [RECIPE.rows(encode([p], as_of=[at]), history)[0] for p, at in zip(payloads, moments, strict=True)]
        assert batch.tobytes() == np.array(alone).tobytes()

    def test_a_bare_case_builds_without_warnings(self, recwarn: pytest.WarningsRecorder) -> None:
        row = build(make_payload(description=""))
        assert set(row) == {feature.name for feature in RECIPE.features}
        assert not np.isinf(list(row.values())).any()
        assert not list(recwarn)

    def test_features_say_where_they_come_from(self) -> None:
        known = set(MaintenancePriority.model_fields) | {trail.name for trail in RECIPE.trails} | {"as_of"}
        assert all(set(feature.sources) <= known for feature in RECIPE.features)
        assert all(feature.vocabulary for feature in RECIPE.features if feature.kind == "category")


class TestHistory:
    def test_only_what_was_known_strictly_before_counts(self) -> None:
        history = remember(make_payload(**FULL), at=NOW - timedelta(days=2), wrong=True)
        labelled = NOW - timedelta(days=1)
        payload = make_payload(**FULL)
        assert build(payload, history, NOW - timedelta(days=2))["asset_failures_90d"] == 0
        assert build(payload, history, NOW)["asset_failures_90d"] == 1
        at_label = build(payload, history, labelled)["asset_severe_rate"]
        assert at_label == build(payload)["asset_severe_rate"]
        assert build(payload, history, labelled + timedelta(seconds=1))["asset_severe_rate"] > at_label

    def test_another_asset_of_the_same_class_at_the_site_is_remembered_by_class(self) -> None:
        history = remember(make_payload(**FULL), at=NOW - timedelta(days=5), wrong=True)
        other = build(make_payload(**FULL | {"asset_id": "A2"}), history)
        assert other["asset_failures_365d"] == 0
        assert other["site_class_severe_rate"] > build(make_payload(**FULL))["site_class_severe_rate"]

    def test_a_reporter_who_cries_wolf_shows(self) -> None:
        loud = make_payload(reporter_id="R1", reported_urgency="emergency")
        calm = make_payload(reporter_id="R1", reported_urgency="low")
        wolf = build(loud, remember(*[loud] * 9, at=NOW - timedelta(days=5), wrong=False))
        honest = build(calm, remember(*[calm] * 9, at=NOW - timedelta(days=5), wrong=False))
        assert wolf["reporter_overstatement"] > 0.5 > honest["reporter_overstatement"]

    def test_the_site_remembers_its_causes(self) -> None:
        row = build(make_payload(), remember(*[make_payload()] * 10, at=NOW - timedelta(days=5), wrong=False))
        assert row["site_share_hvac_comfort"] == pytest.approx(11 / 20)
        assert row["site_share_doors_entrance"] == pytest.approx(1 / 20)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            pytest.param({"sales_per_hour": "900"}, 900.0, id="what the request says comes first"),
            pytest.param({}, 1300.1, id="then the mean of the requests that said it"),
            pytest.param({"site_id": "S2"}, np.nan, id="not that of another site"),
        ],
    )
    def test_the_sales_of_a_site_are_known_from_its_earlier_requests(
        self, given: dict[str, Any], expected: float
    ) -> None:
        history = remember(
            make_payload(sales_per_hour="1200.10"),
            make_payload(sales_per_hour="1400.10"),
            make_payload(),
            at=NOW - timedelta(days=5),
        )
        row = build(make_payload(**given), history)
        assert row["site_sales_per_hour"] == pytest.approx(expected, nan_ok=True)


def test_money_at_stake_is_the_product_and_a_day_of_the_sales_affected() -> None:
    told = make_payload(
        product_at_risk_value="500", sales_per_hour="100", sales_share_affected=0.5, opening_hours_per_day=10
    )
    silent = make_payload(sales_per_hour="100")
    assert RECIPE.money_at_stake(encode([told, silent, make_payload()], as_of=[NOW] * 3)).tolist() == [
        1000.0,
        1200.0,
        0.0,
    ]
