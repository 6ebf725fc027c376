"""Replenishment risk: what a flagged item leaves behind for later ones, and the features of one, each declared once."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import exp2, ndtr

from features.arithmetic import days_between, flag, shrunk_rate
from features.arithmetic import month as month_of
from features.arithmetic import weekday as weekday_of
from features.columns import Column, Columns
from features.danger.danger_kinds import dangers_per_text
from features.declaration import Features, LocalTime, Members, Texts, Window
from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.history import Trail
from features.recipe import Recipe

RETAILER_LOST_SHARE: Final = 0.4
"""Share of unmet demand the retailer loses for good; the rest is delayed or bought here as a substitute."""
KVI_MULTIPLIER: Final = 2.5
"""What a lost sale of a key value item costs against its own margin: the basket leaves with it."""
MAX_COVER: Final = 365.0
"""Covers, in days or in times demand, are cut here: nothing is learnt from more."""
DEFAULT_HORIZON_DAYS: Final = 7.0
PRIOR_WRONG_RATE: Final = 0.2
_FURTHEST_Z: Final = 8.0
_HALF_LOG2_E: Final = 0.7213475204444817
_SQRT_TWO_PI: Final = 2.5066282746310002
_MINUTES_PER_DAY: Final = 1440.0

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

TRAILS: Final = (
    Trail(name="sku", key=("sku",), causes=("forecast_bias", "promo_uplift_underforecast")),
    Trail(name="site", key=("site_id",), causes=("shelf_gap_backroom", "phantom_inventory", "dc_shortage_allocation")),
    Trail(
        name="sku_site",
        key=("sku", "site_id"),
        windows_days=(90, 730),
        causes=tuple(dict.fromkeys(cause for group in SKU_SITE_CAUSES.values() for cause in group)),
    ),
    Trail(
        name="supplier", key=("supplier_id",), windows_days=(60, 365), causes=("supplier_late", "supplier_short_ship")
    ),
)


def measures(columns: Columns) -> dict[str, NDArray[np.int64]]:
    """Return the exact integers a case leaves on its trails: none, counts and labels say enough here."""
    return {}


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
    """Divide, within ±MAX_COVER; nothing over nothing is 0, something over nothing the largest cover."""
    return np.minimum(np.maximum(numerator / np.maximum(denominator, 1e-9), -MAX_COVER), MAX_COVER)


F: Final = Features(ReplenishmentRisk, trails=TRAILS)

F.field("on_hand", family="position", unit="count")
F.field("sales_1_month_qty", "sales_9_month_qty", family="demand", unit="count")
F.field("forecast_3_month_qty", "forecast_9_month_qty", family="forecast", unit="count")
F.field("lead_time_days", family="supply", unit="days")
F.field("supplier_otif_90d", "supplier_otif_6m", family="supply", unit="fraction")
F.field("supply_issue", "auto_order_stopped", family="supply")
F.field("stockout_days_28d", family="demand", unit="days")
F.field("promo_uplift_ratio", family="promotion", unit="ratio")
F.field("promo_discount_rate", family="promotion", unit="fraction")
F.field("promo_display", family="promotion")
F.field("temperature_anomaly_celsius", family="season", unit="°C")
F.field("record_confidence", family="record", unit="fraction")
F.field("is_kvi", family="item")
F.field("unit_margin", family="item", unit="money")
F.field("trigger", family="trigger")
F.field("lifecycle_phase", family="item")
F.field("order_status", family="order")
F.field("event", family="season")
F.field("last_adjustment_reason", family="record")


# What several features share: units free to sell, expected units a day, days until the next receipt.


@F.step
def available_qty(
    on_hand: Column, reserved_qty: Column, open_customer_order_qty: Column, backorder_qty: Column
) -> Column:
    return on_hand - (_zero(reserved_qty) + _zero(open_customer_order_qty) + _zero(backorder_qty))


@F.step
def daily_qty(
    forecast_daily_qty: Column,
    forecast_3_month_qty: Column,
    sales_28d_qty: Column,
    sales_1_month_qty: Column,
    sales_3_month_qty: Column,
) -> Column:
    return _first(
        forecast_daily_qty,
        forecast_3_month_qty / 91.0,
        sales_28d_qty / 28.0,
        sales_1_month_qty / 30.0,
        sales_3_month_qty / 91.0,
    )


@F.step
def horizon_days(as_of: Column, next_receipt_at: Column, lead_time_days: Column) -> Column:
    return _first(np.maximum(days_between(next_receipt_at, as_of), 0.0), lead_time_days)


@F.step
def kvi_multiplier(is_kvi: Column) -> Column:
    return np.where(is_kvi == 1.0, KVI_MULTIPLIER, 1.0)


def margin_at_stake(columns: Columns) -> Column:
    """Value all demand until the next receipt as if every unit were lost for good; 0 where the item has no known
    margin."""
    demand = daily_qty(*(columns[name] for name in ("forecast_daily_qty", "forecast_3_month_qty", "sales_28d_qty",
    "sales_1_month_qty", "sales_3_month_qty")))  # fmt: skip
    days = horizon_days(columns.as_of, columns["next_receipt_at"], columns["lead_time_days"])
    units = np.maximum(_zero(demand) * _first(days, DEFAULT_HORIZON_DAYS), _zero(columns["open_customer_order_qty"]))
    return units * _zero(columns["unit_margin"]) * kvi_multiplier(columns["is_kvi"])


@F.feature("Units free, in transit and on order", family="position", unit="count")
def inventory_position(available_qty: Column, in_transit_qty: Column, on_order_qty: Column) -> Column:
    return available_qty + _zero(in_transit_qty) + _zero(on_order_qty)


@F.feature("Inventory position over reorder point", family="position", unit="ratio")
def position_to_reorder_point(inventory_position: Column, reorder_point_qty: Column) -> Column:
    return _times(inventory_position, reorder_point_qty)


@F.feature("On hand over minimum stock", family="position", unit="ratio")
def on_hand_to_min(
    on_hand: Column, min_stock_qty: Column, presentation_min_qty: Column, safety_stock_qty: Column
) -> Column:
    return _times(on_hand, _first(min_stock_qty, presentation_min_qty, safety_stock_qty))


@F.feature("Share of stock in the backroom", family="shelf", unit="ratio")
def backroom_share(backroom_qty: Column, on_hand: Column) -> Column:
    return _times(backroom_qty, on_hand)


@F.feature("DC stock in weeks of demand here", family="relief", unit="ratio")
def dc_cover_weeks(dc_allocatable_qty: Column, dc_on_hand_qty: Column, daily_qty: Column) -> Column:
    return _times(_first(dc_allocatable_qty, dc_on_hand_qty), daily_qty * 7.0)


@F.feature("Nearby surplus in weeks of demand here", family="relief", unit="ratio")
def nearby_cover_weeks(nearby_surplus_qty: Column, daily_qty: Column) -> Column:
    return _times(nearby_surplus_qty, daily_qty * 7.0)


@F.feature("Days the stock lasts", family="cover", unit="days")
def days_of_supply(available_qty: Column, daily_qty: Column) -> Column:
    return _times(available_qty, daily_qty)


@F.feature("Days to the next receipt", family="cover", unit="days")
def days_to_receipt(horizon_days: Column) -> Column:
    return horizon_days


@F.feature("Days of stock beyond the next receipt", family="cover", unit="days")
def supply_gap_days(days_of_supply: Column, horizon_days: Column) -> Column:
    return days_of_supply - horizon_days


@F.step
def demand_until_receipt(daily_qty: Column, horizon_days: Column) -> Column:
    return daily_qty * horizon_days


@F.feature("Demand until the next receipt over free stock", family="cover", unit="ratio")
def demand_to_free_stock(demand_until_receipt: Column, available_qty: Column) -> Column:
    # Half a unit on both sides, so that an empty shelf still says how much is wanted.
    return (demand_until_receipt + 0.5) / (np.fmax(available_qty, 0.0) + 0.5)


@F.step
def demand_deviation(
    daily_qty: Column, horizon_days: Column, forecast_daily_sd_qty: Column, lead_time_sd_days: Column
) -> Column:
    """Return the standard deviation of demand until the receipt; a day's demand is Poisson where its spread is
    unknown."""
    lateness = daily_qty * _zero(lead_time_sd_days)
    variance = horizon_days * _first(forecast_daily_sd_qty * forecast_daily_sd_qty, daily_qty) + lateness * lateness
    # Half a unit of spread at least, since stock and demand come in whole units; it also keeps the division safe.
    return np.sqrt(variance + 0.25)


@F.feature("Cover until the next receipt, in standard deviations", family="cover")
def coverage_z(available_qty: Column, demand_until_receipt: Column, demand_deviation: Column) -> Column:
    return np.minimum(np.maximum((available_qty - demand_until_receipt) / demand_deviation, -_FURTHEST_Z), _FURTHEST_Z)


@F.feature("Analytic probability to run out before the next receipt", family="cover", unit="fraction")
def stockout_probability(coverage_z: Column) -> Column:
    probability: Column = ndtr(-coverage_z)
    return probability


@F.feature("Units expected to be lost before the next receipt", family="cover", unit="count")
def expected_lost_units(coverage_z: Column, demand_deviation: Column, stockout_probability: Column) -> Column:
    density = exp2(coverage_z * coverage_z * -_HALF_LOG2_E) / _SQRT_TWO_PI
    lost: Column = demand_deviation * (density - coverage_z * stockout_probability)
    return lost


@F.feature("Margin expected to be lost before the next receipt", family="value", unit="money")
def margin_at_risk(expected_lost_units: Column, unit_margin: Column, kvi_multiplier: Column) -> Column:
    return expected_lost_units * unit_margin * kvi_multiplier * RETAILER_LOST_SHARE


@F.feature("Units sold a day, 28 days", family="demand", unit="count")
def sales_per_day_28d(sales_28d_qty: Column) -> Column:
    return sales_28d_qty / 28.0


@F.feature("Last week's pace over the month's", family="demand", unit="ratio")
def last_week_to_month(sales_7d_qty: Column, sales_per_day_28d: Column) -> Column:
    return _times(sales_7d_qty / 7.0, sales_per_day_28d)


@F.feature("Yesterday's sales over the week's pace", family="demand", unit="ratio")
def yesterday_to_week(sales_1d_qty: Column, sales_7d_qty: Column) -> Column:
    return _times(sales_1d_qty, sales_7d_qty / 7.0)


@F.feature("Units that should have sold since the last sale", family="demand", unit="count")
def silent_demand(
    planned_28d_qty: Column, sales_per_day_28d: Column, forecast_daily_qty: Column, days_since_last_sale: Column
) -> Column:
    # Minus the logarithm of the probability that so many days pass without a sale: above 4.6 it is below 1 %.
    return _first(planned_28d_qty / 28.0, sales_per_day_28d, forecast_daily_qty) * days_since_last_sale


@F.feature("Sales over plan, 1 day", family="forecast", unit="ratio")
def sales_to_plan_1d(sales_1d_qty: Column, forecast_daily_qty: Column, sales_per_day_28d: Column) -> Column:
    return _times(sales_1d_qty, _first(forecast_daily_qty, sales_per_day_28d))


@F.feature("Sales over plan, 7 days", family="forecast", unit="ratio")
def sales_to_plan_7d(sales_7d_qty: Column, planned_7d_qty: Column) -> Column:
    return _times(sales_7d_qty, planned_7d_qty)


@F.feature("Sales over plan, 28 days", family="forecast", unit="ratio")
def sales_to_plan_28d(sales_28d_qty: Column, planned_28d_qty: Column) -> Column:
    return _times(sales_28d_qty, planned_28d_qty)


@F.feature("Unsteadiness of demand", family="demand", unit="ratio")
def demand_cv(forecast_daily_sd_qty: Column, forecast_daily_qty: Column) -> Column:
    return _times(forecast_daily_sd_qty, forecast_daily_qty)


@F.feature("Free stock over 3 months' sales", family="horizon_cover", unit="ratio")
def cover_sales_3_month(available_qty: Column, sales_3_month_qty: Column) -> Column:
    return _times(available_qty, sales_3_month_qty)


@F.step
def arriving_qty(available_qty: Column, in_transit_qty: Column) -> Column:
    return available_qty + _zero(in_transit_qty)


@F.feature("Stock and transit over 3 months' forecast", family="horizon_cover", unit="ratio")
def cover_forecast_3_month(arriving_qty: Column, forecast_3_month_qty: Column) -> Column:
    return _times(arriving_qty, forecast_3_month_qty)


@F.feature("Stock and transit over 9 months' forecast", family="horizon_cover", unit="ratio")
def cover_forecast_9_month(arriving_qty: Column, forecast_9_month_qty: Column) -> Column:
    return _times(arriving_qty, forecast_9_month_qty)


@F.feature("Last month's pace over 3 months'", family="trend", unit="ratio")
def sales_trend_1_to_3_month(sales_1_month_qty: Column, sales_3_month_qty: Column) -> Column:
    return _times(sales_1_month_qty * 3.0, sales_3_month_qty)


@F.feature("3 months' pace over 9 months'", family="trend", unit="ratio")
def sales_trend_3_to_9_month(sales_3_month_qty: Column, sales_9_month_qty: Column) -> Column:
    return _times(sales_3_month_qty * 3.0, sales_9_month_qty)


@F.feature("Forecast over sales, 3 months", family="trend", unit="ratio")
def forecast_to_sales_3_month(forecast_3_month_qty: Column, sales_3_month_qty: Column) -> Column:
    return _times(forecast_3_month_qty, sales_3_month_qty)


@F.feature("Forecast over sales, 6 months", family="trend", unit="ratio")
def forecast_to_sales_6_month(forecast_6_month_qty: Column, sales_6_month_qty: Column) -> Column:
    return _times(forecast_6_month_qty, sales_6_month_qty)


@F.feature("Risk flags on the item", family="supply", unit="count")
def item_risks(
    part_risk: Column, order_entry_constrained: Column, item_approval_pending: Column, revision_stopped: Column
) -> Column:
    return _zero(part_risk) + _zero(order_entry_constrained) + _zero(item_approval_pending) + _zero(revision_stopped)


@F.feature("Past-due units over 28 days' demand", family="supply", unit="ratio")
def past_due_to_demand(past_due_qty: Column, daily_qty: Column) -> Column:
    return _times(past_due_qty, daily_qty * 28.0)


@F.feature("Units in transit over 28 days' demand", family="supply", unit="ratio")
def in_transit_to_demand(in_transit_qty: Column, daily_qty: Column) -> Column:
    return _times(in_transit_qty, daily_qty * 28.0)


@F.feature("Confirmed over ordered units", family="supply", unit="fraction")
def confirmed_share(po_confirmed_qty: Column, po_ordered_qty: Column) -> Column:
    return _times(po_confirmed_qty, po_ordered_qty)


@F.feature("Days past the promised date", family="supply", unit="days")
def days_past_promise(as_of: Column, po_promised_on: Column) -> Column:
    return days_between(as_of, po_promised_on)


@F.feature("Hours since the last carrier scan", family="supply", unit="hours")
def hours_since_carrier_scan(as_of: Column, last_carrier_scan_at: Column) -> Column:
    return days_between(as_of, last_carrier_scan_at) * 24.0


@F.feature("Fall of the supplier's OTIF against 12 months", family="supply", unit="fraction")
def otif_drop(supplier_otif_12m: Column, supplier_otif_90d: Column, supplier_otif_6m: Column) -> Column:
    return supplier_otif_12m - _first(supplier_otif_90d, supplier_otif_6m)


@F.step
def need_qty(daily_qty: Column, lead_time_days: Column, review_period_days: Column) -> Column:
    """Return the demand in lead time and review."""
    return daily_qty * _first(lead_time_days + _zero(review_period_days), DEFAULT_HORIZON_DAYS)


@F.feature("Hours since the order was proposed", family="order", unit="hours")
def hours_order_waiting(as_of: Column, order_proposed_at: Column) -> Column:
    return days_between(as_of, order_proposed_at) * 24.0


@F.feature("Reorder point over demand in lead time and review", family="order", unit="ratio")
def reorder_point_to_need(reorder_point_qty: Column, need_qty: Column) -> Column:
    return _times(reorder_point_qty, need_qty)


@F.feature("Proposed order over demand in lead time and review", family="order", unit="ratio")
def proposed_order_to_need(proposed_order_qty: Column, need_qty: Column) -> Column:
    return _times(proposed_order_qty, need_qty)


@F.feature("Pack size over a week's demand", family="order", unit="ratio")
def pack_to_week(pack_size_qty: Column, daily_qty: Column) -> Column:
    return _times(pack_size_qty, daily_qty * 7.0)


@F.feature("Pack size over minimum order", family="order", unit="ratio")
def pack_to_min_order(pack_size_qty: Column, min_order_qty: Column) -> Column:
    return _times(pack_size_qty, min_order_qty)


@F.feature("On allocation", family="blocks")
def allocation_blocked(block_flags: Members) -> Column:
    return block_flags["allocation"]


@F.feature("Recalled or on quality hold", family="blocks")
def quality_blocked(block_flags: Members) -> Column:
    return np.maximum(block_flags["recall"], block_flags["quality_hold"])


@F.feature("Record below zero", family="record")
def negative_on_hand(on_hand: Column) -> Column:
    return flag(on_hand < 0.0)


@F.feature("Days since the last count", family="record", unit="days")
def days_since_count(as_of: Column, last_counted_at: Column) -> Column:
    return days_between(as_of, last_counted_at)


@F.feature("Age of the stock record", family="record", unit="minutes")
def record_age_minutes(as_of: Column, record_synced_at: Column) -> Column:
    return days_between(as_of, record_synced_at) * _MINUTES_PER_DAY


@F.step
def promo_starts_in_days(as_of: LocalTime, promo_starts_on: Column) -> Column:
    return days_between(promo_starts_on, as_of)


@F.feature("Promotion running", family="promotion")
def on_promotion(as_of: LocalTime, promo_starts_in_days: Column, promo_ends_on: Column) -> Column:
    ends_in_days = days_between(promo_ends_on, as_of) + 1.0
    return flag((promo_starts_in_days <= 0.0) & (ends_in_days > 0.0))


@F.feature("Days until the promotion starts", family="promotion", unit="days")
def days_to_promo(promo_starts_in_days: Column) -> Column:
    return promo_starts_in_days


@F.feature("Weekday", family="season")
def weekday(as_of: Column) -> Column:
    return weekday_of(as_of)


@F.feature("Month", family="season")
def month(as_of: Column) -> Column:
    return month_of(as_of)


def _wrong_rate(past: Window, *, days: int) -> Column:
    return shrunk_rate(past[f"wrong_{days}d"], past[f"labelled_{days}d"], prior=PRIOR_WRONG_RATE, strength=5.0)


def _cause_rate(past: Window, cause: str, *, prior: float) -> Column:
    return shrunk_rate(past[f"cause_{cause}_365d"], past["labelled_365d"], prior=prior, strength=8.0)


@F.feature("How often the item ran out when left alone", family="item_history", unit="fraction")
def sku_wrong_rate(sku: Window) -> Column:
    return _wrong_rate(sku, days=365)


@F.feature("How often items ran out at the site when left alone", family="site_history", unit="fraction")
def site_wrong_rate(site: Window) -> Column:
    return _wrong_rate(site, days=365)


@F.feature("How often the item ran out here when left alone", family="item_site_history", unit="fraction")
def sku_site_wrong_rate(sku_site: Window) -> Column:
    return _wrong_rate(sku_site, days=730)


@F.feature("How often the supplier's items ran out when left alone", family="supplier_history", unit="fraction")
def supplier_wrong_rate(supplier: Window) -> Column:
    return _wrong_rate(supplier, days=365)


@F.feature("How often the item's forecast was the cause", family="item_history", unit="fraction")
def sku_forecast_bias_rate(sku: Window) -> Column:
    return _cause_rate(sku, "forecast_bias", prior=0.07)


@F.feature("How often the item's promotions outran the plan", family="item_history", unit="fraction")
def sku_promo_surprise_rate(sku: Window) -> Column:
    return _cause_rate(sku, "promo_uplift_underforecast", prior=0.12)


@F.feature("How often the site had it in the backroom", family="site_history", unit="fraction")
def site_shelf_gap_rate(site: Window) -> Column:
    return _cause_rate(site, "shelf_gap_backroom", prior=0.2)


@F.feature("How often the site's records were wrong", family="site_history", unit="fraction")
def site_phantom_rate(site: Window) -> Column:
    return _cause_rate(site, "phantom_inventory", prior=0.1)


@F.feature("How often the site's DC was short", family="site_history", unit="fraction")
def site_dc_shortage_rate(site: Window) -> Column:
    return _cause_rate(site, "dc_shortage_allocation", prior=0.06)


@F.features(
    {
        "sku_site_record_rate": "How often the stock record was wrong here",
        "sku_site_shelf_rate": "How often it was in the backroom here",
        "sku_site_order_rate": "How often order parameters or releases were the cause here",
        "sku_site_demand_rate": "How often demand outran the plan here",
        "sku_site_supply_rate": "How often supply was the cause here",
    },
    family="item_site_history",
    unit="fraction",
)
def sku_site_causes(sku_site: Window) -> dict[str, Column]:
    rates = {}
    for group, causes in SKU_SITE_CAUSES.items():
        events = np.zeros_like(sku_site["labelled_730d"])
        for cause in causes:
            events = events + sku_site[f"cause_{cause}_730d"]
        prior = SKU_SITE_PRIORS[group]
        rates[f"sku_site_{group}_rate"] = shrunk_rate(events, sku_site["labelled_730d"], prior=prior, strength=2.0)
    return rates


@F.feature("How often the supplier was late", family="supplier_history", unit="fraction")
def supplier_late_rate(supplier: Window) -> Column:
    return _cause_rate(supplier, "supplier_late", prior=0.09)


@F.feature("How often the supplier shipped short", family="supplier_history", unit="fraction")
def supplier_short_ship_rate(supplier: Window) -> Column:
    return _cause_rate(supplier, "supplier_short_ship", prior=0.09)


@F.feature("How often the supplier's items ran out, 60 days", family="supplier_history", unit="fraction")
def supplier_wrong_rate_lately(supplier: Window) -> Column:
    return _wrong_rate(supplier, days=60)


@F.feature("How often the item was flagged here before", family="item_site_history", unit="count")
def sku_site_flags(sku_site_count_730d: Column) -> Column:
    return sku_site_count_730d


@F.feature("How often the item was flagged here, 90 days", family="item_site_history", unit="count")
def sku_site_flags_90d(sku_site_count_90d: Column) -> Column:
    return sku_site_count_90d


@F.feature("Outcomes known of the item here", family="item_site_history", unit="count")
def sku_site_labelled(sku_site_labelled_730d: Column) -> Column:
    return sku_site_labelled_730d


@F.feature("Days since the item was last flagged here", family="item_site_history", unit="days")
def sku_site_days_since_flag(sku_site_days_since_last: Column) -> Column:
    return sku_site_days_since_last


@F.feature("Days between the item's flags here", family="item_site_history", unit="days")
def sku_site_days_between_flags(sku_site_age_days: Column, sku_site_count_730d: Column) -> Column:
    # What is older than the window is no longer counted, so its days are not either.
    return np.minimum(sku_site_age_days, 730.0) / np.maximum(sku_site_count_730d, 1.0)


@F.feature("Kinds of danger named in the note", family="danger", unit="count")
def danger_named(note: Texts) -> Column:
    return dangers_per_text(note)


RECIPE: Final = Recipe(
    payload=ReplenishmentRisk,
    text_fields=("note",),
    trails=TRAILS,
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=margin_at_stake,
)
