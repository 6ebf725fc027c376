"""The arithmetic of replenishment risk: payload columns and history to feature columns, one function per family."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import exp2, ndtr

from features.arithmetic import days_between, flag, month, shrunk_rate, weekday
from features.columns import Column, Columns
from features.recipe import Past

RETAILER_LOST_SHARE: Final = 0.4
"""Share of unmet demand the retailer loses for good; the rest is delayed or bought here as a substitute."""
KVI_MULTIPLIER: Final = 2.5
"""What a lost sale of a key value item costs against its own margin: the basket leaves with it."""
LONGEST_COVER: Final = 365.0
"""Covers, in days or in times demand, are cut here: nothing is learnt from more."""
DEFAULT_HORIZON_DAYS: Final = 7.0
PRIOR_WRONG_RATE: Final = 0.2
_FURTHEST_Z: Final = 8.0
_HALF_LOG2_E: Final = 0.7213475204444817
_SQRT_TWO_PI: Final = 2.5066282746310002
_MINUTES_PER_DAY: Final = 1440.0

RAW: Final = (
    "on_hand", "sales_1_month_qty", "sales_9_month_qty", "forecast_3_month_qty", "forecast_9_month_qty",
    "lead_time_days", "supplier_otif_90d", "supplier_otif_6m", "supply_issue", "auto_order_stopped",
    "stockout_days_28d", "promo_uplift_ratio", "promo_discount_rate", "promo_display",
    "temperature_anomaly_celsius", "record_confidence", "is_kvi", "unit_margin", "trigger",
    "lifecycle_phase", "order_status", "event", "last_adjustment_reason",
)  # fmt: skip
"""Payload fields the models see as they are."""


SKU_SITE_CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "record": ("phantom_inventory", "hidden_or_negative_stock"),
    "shelf": ("shelf_gap_backroom",),
    "order": ("order_parameter_error", "order_not_released"),
    "demand": ("promo_uplift_underforecast", "demand_spike", "forecast_bias"),
    "supply": ("supplier_short_ship", "supplier_late", "dc_shortage_allocation", "transport_or_transfer_delay"),
}
"""Causes looked up together for an item at a site, where one alone is too rare to count."""
SKU_SITE_PRIORS: Final[Mapping[str, float]] = {
    "record": 0.13, "shelf": 0.20, "order": 0.12, "demand": 0.26, "supply": 0.27,
}  # fmt: skip
ITEM_RISKS: Final = ("part_risk", "order_entry_constrained", "item_approval_pending", "revision_stopped")


@dataclass(frozen=True, slots=True)
class Cover:
    """What several families share: units free to sell, expected units a day, days until the next receipt."""

    available: Column
    position: Column
    daily: Column
    horizon_days: Column


def build_features(columns: Columns, past: Past) -> dict[str, Column]:
    """Build every feature column; elementwise, NaN where what it needs is missing."""
    cover = _cover(columns)
    return {
        **{name: columns.numbers[name] for name in RAW},
        **_position(columns, cover),
        **_stockout(columns, cover),
        **_demand(columns),
        **_horizons(columns, cover),
        **_supply(columns, cover),
        **_order(columns, cover),
        **_record(columns),
        **_calendar(columns),
        **_history(past),
    }


def margin_at_stake(columns: Columns) -> Column:
    """Value all demand until the next receipt as if every unit were lost for good; 0 where the item has no known margin."""
    cover = _cover(columns)
    days = _first(cover.horizon_days, DEFAULT_HORIZON_DAYS)
    units = np.maximum(_zero(cover.daily) * days, _zero(columns["open_customer_order_qty"]))
    return units * _zero(columns["unit_margin"]) * _kvi(columns)


def _cover(columns: Columns) -> Cover:
    owed = _zero(columns["reserved_qty"]) + _zero(columns["open_customer_order_qty"]) + _zero(columns["backorder_qty"])
    available = columns["on_hand"] - owed
    position = available + _zero(columns["in_transit_qty"]) + _zero(columns["on_order_qty"])
    until_receipt = np.maximum(days_between(columns["next_receipt_at"], columns.as_of), 0.0)
    daily = _first(
        columns["forecast_daily_qty"],
        columns["forecast_3_month_qty"] / 91.0,
        columns["sales_28d_qty"] / 28.0,
        columns["sales_1_month_qty"] / 30.0,
        columns["sales_3_month_qty"] / 91.0,
    )
    return Cover(available, position, daily, _first(until_receipt, columns["lead_time_days"]))


def _position(columns: Columns, cover: Cover) -> dict[str, Column]:
    weekly = cover.daily * 7.0
    return {
        "inventory_position": cover.position,
        "position_to_reorder_point": _times(cover.position, columns["reorder_point_qty"]),
        "on_hand_to_min": _times(
            columns["on_hand"],
            _first(columns["min_stock_qty"], columns["presentation_min_qty"], columns["safety_stock_qty"]),
        ),
        "backroom_share": _times(columns["backroom_qty"], columns["on_hand"]),
        "dc_cover_weeks": _times(_first(columns["dc_allocatable_qty"], columns["dc_on_hand_qty"]), weekly),
        "nearby_cover_weeks": _times(columns["nearby_surplus_qty"], weekly),
    }


def _stockout(columns: Columns, cover: Cover) -> dict[str, Column]:
    """Set stock against demand until the next receipt, both normal; a day's demand is Poisson where its spread is unknown."""
    mean = cover.daily * cover.horizon_days
    spread = columns["forecast_daily_sd_qty"]
    lateness = cover.daily * _zero(columns["lead_time_sd_days"])
    variance = cover.horizon_days * _first(spread * spread, cover.daily) + lateness * lateness
    # Half a unit of spread at least, since stock and demand come in whole units; it also keeps the division safe.
    deviation = np.sqrt(variance + 0.25)
    z = np.minimum(np.maximum((cover.available - mean) / deviation, -_FURTHEST_Z), _FURTHEST_Z)
    stockout = ndtr(-z)
    lost = deviation * (exp2(z * z * -_HALF_LOG2_E) / _SQRT_TWO_PI - z * stockout)
    days_of_supply = _times(cover.available, cover.daily)
    return {
        "days_of_supply": days_of_supply,
        "days_to_receipt": cover.horizon_days,
        "supply_gap_days": days_of_supply - cover.horizon_days,
        # Half a unit on both sides, so that an empty shelf still says how much is wanted.
        "demand_to_free_stock": (mean + 0.5) / (np.fmax(cover.available, 0.0) + 0.5),
        "coverage_z": z,
        "stockout_probability": stockout,
        "expected_lost_units": lost,
        "margin_at_risk": lost * columns["unit_margin"] * _kvi(columns) * RETAILER_LOST_SHARE,
    }


def _demand(columns: Columns) -> dict[str, Column]:
    daily = columns["sales_28d_qty"] / 28.0
    usual = _first(columns["planned_28d_qty"] / 28.0, daily, columns["forecast_daily_qty"])
    return {
        "sales_per_day_28d": daily,
        "last_week_to_month": _times(columns["sales_7d_qty"] / 7.0, daily),
        "yesterday_to_week": _times(columns["sales_1d_qty"], columns["sales_7d_qty"] / 7.0),
        # Minus the logarithm of the chance that so many days pass without a sale: above 4.6 it is below 1 %.
        "silent_demand": usual * columns["days_since_last_sale"],
        "sales_to_plan_1d": _times(columns["sales_1d_qty"], _first(columns["forecast_daily_qty"], daily)),
        "sales_to_plan_7d": _times(columns["sales_7d_qty"], columns["planned_7d_qty"]),
        "sales_to_plan_28d": _times(columns["sales_28d_qty"], columns["planned_28d_qty"]),
        "demand_cv": _times(columns["forecast_daily_sd_qty"], columns["forecast_daily_qty"]),
    }


def _horizons(columns: Columns, cover: Cover) -> dict[str, Column]:
    sales_1, sales_3 = columns["sales_1_month_qty"], columns["sales_3_month_qty"]
    forecast_3, forecast_6 = columns["forecast_3_month_qty"], columns["forecast_6_month_qty"]
    arriving = cover.available + _zero(columns["in_transit_qty"])
    return {
        "cover_sales_3_month": _times(cover.available, sales_3),
        "cover_forecast_3_month": _times(arriving, forecast_3),
        "forecast_to_sales_6_month": _times(forecast_6, columns["sales_6_month_qty"]),
        "sales_trend_1_to_3_month": _times(sales_1 * 3.0, sales_3),
        "sales_trend_3_to_9_month": _times(sales_3 * 3.0, columns["sales_9_month_qty"]),
        "cover_forecast_9_month": _times(arriving, columns["forecast_9_month_qty"]),
        "forecast_to_sales_3_month": _times(forecast_3, sales_3),
    }


def _supply(columns: Columns, cover: Cover) -> dict[str, Column]:
    monthly = cover.daily * 28.0
    risks = [_zero(columns[name]) for name in ITEM_RISKS]
    return {
        "item_risks": risks[0] + risks[1] + risks[2] + risks[3],
        "past_due_to_demand": _times(columns["past_due_qty"], monthly),
        "in_transit_to_demand": _times(columns["in_transit_qty"], monthly),
        "confirmed_share": _times(columns["po_confirmed_qty"], columns["po_ordered_qty"]),
        "days_past_promise": days_between(columns.as_of, columns["po_promised_on"]),
        "hours_since_carrier_scan": days_between(columns.as_of, columns["last_carrier_scan_at"]) * 24.0,
        "otif_drop": columns["supplier_otif_12m"] - _first(columns["supplier_otif_90d"], columns["supplier_otif_6m"]),
    }


def _order(columns: Columns, cover: Cover) -> dict[str, Column]:
    protected = columns["lead_time_days"] + _zero(columns["review_period_days"])
    normal = cover.daily * _first(protected, DEFAULT_HORIZON_DAYS)
    return {
        "hours_order_waiting": days_between(columns.as_of, columns["order_proposed_at"]) * 24.0,
        "reorder_point_to_need": _times(columns["reorder_point_qty"], normal),
        "proposed_order_to_need": _times(columns["proposed_order_qty"], normal),
        "pack_to_week": _times(columns["pack_size_qty"], cover.daily * 7.0),
        "pack_to_min_order": _times(columns["pack_size_qty"], columns["min_order_qty"]),
        "allocation_blocked": columns["block_flags.allocation"],
        "quality_blocked": np.maximum(columns["block_flags.recall"], columns["block_flags.quality_hold"]),
    }


def _record(columns: Columns) -> dict[str, Column]:
    return {
        "negative_on_hand": flag(columns["on_hand"] < 0.0),
        "days_since_count": days_between(columns.as_of, columns["last_counted_at"]),
        "record_age_minutes": days_between(columns.as_of, columns["record_synced_at"]) * _MINUTES_PER_DAY,
    }


def _calendar(columns: Columns) -> dict[str, Column]:
    starts_in = days_between(columns["promo_starts_on"], columns.as_of)
    ends_in = days_between(columns["promo_ends_on"], columns.as_of) + 1.0
    return {
        "on_promotion": flag((starts_in <= 0.0) & (ends_in > 0.0)),
        "days_to_promo": starts_in,
        "weekday": weekday(columns.as_of),
        "month": month(columns.as_of),
    }


def _history(past: Past) -> dict[str, Column]:
    wrong = {
        f"{trail}_wrong_rate": shrunk_rate(
            past[f"{trail}_wrong_{days}d"], past[f"{trail}_labelled_{days}d"], prior=PRIOR_WRONG_RATE, strength=5.0
        )
        for trail, days in (("sku", 365), ("site", 365), ("sku_site", 730), ("supplier", 365))
    }
    causes = {
        f"{trail}_{feature}_rate": shrunk_rate(
            past[f"{trail}_cause_{cause}_{days}d"], past[f"{trail}_labelled_{days}d"], prior=prior, strength=8.0
        )
        for trail, days, feature, cause, prior in CAUSE_RATES
    }
    lately = {
        "supplier_wrong_rate_lately": shrunk_rate(
            past["supplier_wrong_60d"], past["supplier_labelled_60d"], prior=PRIOR_WRONG_RATE, strength=5.0
        ),
    }
    return wrong | causes | lately | _item_at_site(past)


def _item_at_site(past: Past) -> dict[str, Column]:
    """Say how often, how lately and why the item was flagged at this very site."""
    flags, labelled = past["sku_site_count_730d"], past["sku_site_labelled_730d"]
    rates = {}
    for group, causes in SKU_SITE_CAUSES.items():
        events = np.zeros_like(labelled)
        for cause in causes:
            events = events + past[f"sku_site_cause_{cause}_730d"]
        rates[f"sku_site_{group}_rate"] = shrunk_rate(events, labelled, prior=SKU_SITE_PRIORS[group], strength=2.0)
    return rates | {
        "sku_site_flags": flags,
        "sku_site_flags_90d": past["sku_site_count_90d"],
        "sku_site_labelled": labelled,
        "sku_site_days_since_flag": past["sku_site_days_since_last"],
        # What is older than the window is no longer counted, so its days are not either.
        "sku_site_days_between_flags": np.minimum(past["sku_site_age_days"], 730.0) / np.maximum(flags, 1.0),
    }


CAUSE_RATES: Final = (
    ("sku", 365, "forecast_bias", "forecast_bias", 0.07),
    ("sku", 365, "promo_surprise", "promo_uplift_underforecast", 0.12),
    ("site", 365, "shelf_gap", "shelf_gap_backroom", 0.2),
    ("site", 365, "phantom", "phantom_inventory", 0.1),
    ("site", 365, "dc_shortage", "dc_shortage_allocation", 0.06),
    ("supplier", 365, "late", "supplier_late", 0.09),
    ("supplier", 365, "short_ship", "supplier_short_ship", 0.09),
)
"""Trail, window, feature, cause and prior rate of each cause looked up in the history."""


def _first(*choices: Column | float) -> Column:
    """Take each row's first known value."""
    value = choices[0]
    for other in choices[1:]:
        value = np.where(np.isnan(value), other, value)
    return np.asarray(value, dtype=np.float64)


def _zero(values: Column) -> Column:
    """Read what is missing, or below zero, as none."""
    return np.fmax(values, 0.0)


def _times(numerator: Column, denominator: Column) -> Column:
    """Divide, within ±LONGEST_COVER; nothing over nothing is 0, something over nothing the longest cover."""
    return np.minimum(np.maximum(numerator / np.maximum(denominator, 1e-9), -LONGEST_COVER), LONGEST_COVER)


def _kvi(columns: Columns) -> Column:
    return np.where(columns["is_kvi"] == 1.0, KVI_MULTIPLIER, 1.0)
