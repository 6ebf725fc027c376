"""Replenishment risk: what is known of a flagged item at a site, and the features of whether it will run out too soon."""

from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from features.columns import Columns, field_kinds
from features.domains.replenishment_risk.features import (
    ITEM_RISKS,
    RAW,
    SKU_SITE_CAUSES,
    build_features,
    margin_at_stake,
)
from features.fields import (
    Code,
    Count,
    Fraction,
    Id,
    Instant,
    Money,
    Number,
    Payload,
    PlannedDay,
    PlannedInstant,
    Quantity,
    SignedMoney,
    SignedQuantity,
    Text,
    field_title,
)
from features.history import Trail
from features.recipe import Feature, Recipe

Days = Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)]
Ratio = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


# One field per line: the payload is a table, and reads best as one.
# fmt: off
class ReplenishmentRisk(Payload):
    """One item at one site that the replenishment watch has flagged."""

    sku: Id = Field(title="Item", description="The retailer's own item number.")
    on_hand: SignedQuantity = Field(title="On hand", description="Units on hand by the stock record; may be negative.")

    gtin: Code | None = Field(None, title="GTIN", description="Trade item number.")
    site_id: Id | None = Field(None, title="Site", description="Store or DC: GLN or local code.")
    site_type: Literal["store", "dc", "dark_store", "online"] | None = Field(None, title="Site type", description="Kind of site.")
    supplier_id: Id | None = Field(None, title="Supplier", description="Who delivers the item.")
    merch_category: Code | None = Field(None, title="Category", description="Merchandise category.")
    trigger: Literal["projected_oos", "oos", "zero_sales", "late_po", "short_ship", "overstock", "promo_gap", "negative_oh"] | None = Field(None, title="Trigger", description="Which watch raised the case.")
    lifecycle_phase: Literal["new", "core", "delist"] | None = Field(None, title="Lifecycle", description="Where the item is in its life.")
    abc_class: Literal["A", "B", "C"] | None = Field(None, title="ABC class", description="By share of sales.")
    xyz_class: Literal["X", "Y", "Z"] | None = Field(None, title="XYZ class", description="By steadiness of demand, X the steadiest.")
    is_kvi: bool | None = Field(None, title="Key value item", description="Customers judge the retailer by it.")
    price: Money | None = Field(None, title="Price", description="Selling price per unit.")
    unit_margin: SignedMoney | None = Field(None, title="Unit margin", description="Margin per unit sold.")
    shelf_life_days: Days | None = Field(None, title="Shelf life", description="Days from receipt to expiry.")
    waste_rate: Fraction | None = Field(None, title="Waste rate", description="Share of received units thrown away.")

    backroom_qty: Quantity | None = Field(None, title="In the backroom", description="Part of on hand not on the shelf, units.")
    shelf_capacity_qty: Quantity | None = Field(None, title="Shelf capacity", description="Units the shelf holds.")
    presentation_min_qty: Quantity | None = Field(None, title="Presentation minimum", description="Units that make the shelf look filled.")
    reserved_qty: Quantity | None = Field(None, title="Reserved", description="Units promised elsewhere.")
    open_customer_order_qty: Quantity | None = Field(None, title="Open customer orders", description="Units customers wait to collect.")
    backorder_qty: Quantity | None = Field(None, title="Backordered", description="Units already owed to customers.")
    in_transit_qty: Quantity | None = Field(None, title="In transit", description="Units on their way to the site.")
    on_order_qty: Quantity | None = Field(None, title="On order", description="Units ordered, not yet shipped.")
    past_due_qty: Quantity | None = Field(None, title="Past due", description="Units whose promised date has gone by.")
    next_receipt_at: PlannedInstant | None = Field(None, title="Next receipt", description="When the next receipt is expected.")
    dc_on_hand_qty: Quantity | None = Field(None, title="DC stock", description="Units on hand at the serving DC.")
    dc_allocatable_qty: Quantity | None = Field(None, title="DC allocatable", description="Units the serving DC may still allocate.")
    nearby_surplus_qty: Quantity | None = Field(None, title="Nearby surplus", description="Units to spare at nearby sites.")
    nearest_surplus_km: Number | None = Field(None, title="Nearest surplus", description="Distance to it, km.")

    reorder_point_qty: Quantity | None = Field(None, title="Reorder point", description="Units.")
    safety_stock_qty: Quantity | None = Field(None, title="Safety stock", description="Units.")
    min_stock_qty: Quantity | None = Field(None, title="Minimum stock", description="Least recommended stock, units.")
    max_stock_qty: Quantity | None = Field(None, title="Maximum stock", description="Order-up-to level, units.")
    pack_size_qty: Quantity | None = Field(None, title="Pack size", description="Units per pack ordered.")
    min_order_qty: Quantity | None = Field(None, title="Minimum order", description="Units.")
    allocation_limit_qty: Quantity | None = Field(None, title="Allocation limit", description="Most units contract or fair share allow.")
    transport_limit_qty: Quantity | None = Field(None, title="Transport limit", description="Most units the next vehicle takes.")
    review_period_days: Days | None = Field(None, title="Review period", description="Days between replenishment runs.")
    lead_time_days: Days | None = Field(None, title="Lead time", description="Mean days from order to receipt.")
    lead_time_sd_days: Days | None = Field(None, title="Lead time spread", description="Its standard deviation, days.")
    order_status: Literal["none", "proposed", "waiting_approval", "released", "confirmed", "shipped"] | None = Field(None, title="Order status", description="How far the current order has come.")
    order_proposed_at: Instant | None = Field(None, title="Order proposed", description="When the current order was proposed.")
    proposed_order_qty: Quantity | None = Field(None, title="Proposed order", description="Units the standard run would order.")
    proposed_order_value: Money | None = Field(None, title="Proposed order value", description="At cost.")
    open_to_buy: Money | None = Field(None, title="Open to buy", description="Budget left for the category.")

    sales_1d_qty: Quantity | None = Field(None, title="Sales, 1 day", description="Units sold the day before.")
    sales_7d_qty: Quantity | None = Field(None, title="Sales, 7 days", description="Units sold in the 7 days before.")
    sales_28d_qty: Quantity | None = Field(None, title="Sales, 28 days", description="Units sold in the 28 days before.")
    sales_1_month_qty: Quantity | None = Field(None, title="Sales, 1 month", description="Units sold in the month before.")
    sales_3_month_qty: Quantity | None = Field(None, title="Sales, 3 months", description="Units sold in the 3 months before.")
    sales_6_month_qty: Quantity | None = Field(None, title="Sales, 6 months", description="Units sold in the 6 months before.")
    sales_9_month_qty: Quantity | None = Field(None, title="Sales, 9 months", description="Units sold in the 9 months before.")
    days_since_last_sale: Count | None = Field(None, title="Days without a sale", description="Open days since the last sale.")
    stockout_days_28d: Count | None = Field(None, title="Stock-out days", description="Days out of stock in the last 28.")
    forecast_daily_qty: Quantity | None = Field(None, title="Forecast per day", description="Units a day until the next receipt, promotion included.")
    forecast_daily_sd_qty: Quantity | None = Field(None, title="Forecast spread", description="Standard deviation of a day's demand, units.")
    forecast_horizon_days: Days | None = Field(None, title="Forecast horizon", description="Days the daily forecast is meant for.")
    forecast_3_month_qty: Quantity | None = Field(None, title="Forecast, 3 months", description="Units expected in the next 3 months.")
    forecast_6_month_qty: Quantity | None = Field(None, title="Forecast, 6 months", description="Units expected in the next 6 months.")
    forecast_9_month_qty: Quantity | None = Field(None, title="Forecast, 9 months", description="Units expected in the next 9 months.")
    planned_7d_qty: Quantity | None = Field(None, title="Plan, last 7 days", description="Forecast of the 7 days before, as issued before them.")
    planned_28d_qty: Quantity | None = Field(None, title="Plan, last 28 days", description="Forecast of the 28 days before, as issued before them.")

    promo_id: Code | None = Field(None, title="Promotion", description="Promotion running or next.")
    promo_starts_on: PlannedDay | None = Field(None, title="Promotion starts", description="First day.")
    promo_ends_on: PlannedDay | None = Field(None, title="Promotion ends", description="Last day.")
    promo_mechanic: Literal["price_off", "multibuy", "coupon", "bundle", "loyalty", "other"] | None = Field(None, title="Promotion mechanic", description="How it works.")
    promo_discount_rate: Fraction | None = Field(None, title="Promotion discount", description="Fraction off the price.")
    promo_uplift_ratio: Ratio | None = Field(None, title="Planned uplift", description="Planned demand over normal demand.")
    promo_display: bool | None = Field(None, title="On display", description="Second placement in the site.")
    event: Literal["holiday", "local_event", "weather", "school", "competitor"] | None = Field(None, title="Event", description="What may move demand now.")
    temperature_anomaly_celsius: Number | None = Field(None, title="Temperature anomaly", description="Forecast against normal, degrees Celsius.")

    supplier_otif_90d: Fraction | None = Field(None, title="OTIF, 90 days", description="Supplier's share of orders on time in full, orders closed before.")
    supplier_otif_6m: Fraction | None = Field(None, title="OTIF, 6 months", description="The same over 6 months.")
    supplier_otif_12m: Fraction | None = Field(None, title="OTIF, 12 months", description="The same over 12 months.")
    po_ordered_qty: Quantity | None = Field(None, title="Ordered", description="Units on the open purchase order.")
    po_confirmed_qty: Quantity | None = Field(None, title="Confirmed", description="Units the supplier confirmed.")
    po_promised_on: PlannedDay | None = Field(None, title="Promised", description="Date the supplier promised.")
    last_carrier_scan_at: Instant | None = Field(None, title="Last carrier scan", description="Of the shipment on its way.")
    supply_issue: bool | None = Field(None, title="Supply issue", description="A sourcing problem is known.")
    part_risk: bool | None = Field(None, title="Item at risk", description="Planning has flagged the item as at risk.")
    order_entry_constrained: bool | None = Field(None, title="Order entry constrained", description="Orders for it are limited.")
    item_approval_pending: bool | None = Field(None, title="Approval pending", description="Item or supplier approval is not complete.")
    auto_order_stopped: bool | None = Field(None, title="Automatic order stopped", description="The item is taken out of automatic ordering.")
    revision_stopped: bool | None = Field(None, title="Stopped for revision", description="Held for a new version of the item.")

    last_counted_at: Instant | None = Field(None, title="Last counted", description="When the stock was last counted.")
    last_adjustment_qty: SignedQuantity | None = Field(None, title="Last adjustment", description="Units of the last stock correction.")
    last_adjustment_reason: Literal["count", "damage", "theft", "receiving", "sale_correction", "other"] | None = Field(None, title="Adjustment reason", description="Why it was made.")
    record_confidence: Fraction | None = Field(None, title="Record confidence", description="How far the stock record is trusted, 0-1.")
    record_synced_at: Instant | None = Field(None, title="Record synced", description="Last update of the stock record from the tills.")
    proposed_adjustment_value: Money | None = Field(None, title="Proposed adjustment", description="Value of a stock correction asked for.")
    transfer_qty: Quantity | None = Field(None, title="Proposed transfer", description="Units to be moved from the donor site.")
    donor_on_hand_qty: Quantity | None = Field(None, title="Donor on hand", description="Units at the donor site.")
    donor_reserved_qty: Quantity | None = Field(None, title="Donor reserved", description="Units promised to the donor's customers.")
    donor_reorder_point_qty: Quantity | None = Field(None, title="Donor reorder point", description="Units.")
    substitute_sku: Id | None = Field(None, title="Substitute", description="Item proposed instead.")
    substitute_allergens_differ: bool | None = Field(None, title="Allergens differ", description="The substitute has other allergens.")
    block_flags: tuple[Literal["recall", "quality_hold", "regulated", "licence", "allocation", "purchasing_block"], ...] = Field((), title="Blocks", description="Blocks on the item.")
    recall_class: Literal["I", "II", "III"] | None = Field(None, title="Recall class", description="Severity of a recall, I the gravest.")
    licence_valid: bool | None = Field(None, title="Licence valid", description="The site may sell the regulated item.")
    note: Text | None = Field(None, title="Note", description="What planner or store wrote.")


TRAILS: Final = (
    Trail(name="sku", key=("sku",), causes=("forecast_bias", "promo_uplift_underforecast")),
    Trail(name="site", key=("site_id",), causes=("shelf_gap_backroom", "phantom_inventory", "dc_shortage_allocation")),
    Trail(name="sku_site", key=("sku", "site_id"), windows_days=(90, 730), causes=tuple(dict.fromkeys(cause for group in SKU_SITE_CAUSES.values() for cause in group))),
    Trail(name="supplier", key=("supplier_id",), windows_days=(60, 365), causes=("supplier_late", "supplier_short_ship")),
)
# fmt: on
_DEMAND: Final = (
    "forecast_daily_qty",
    "forecast_3_month_qty",
    "sales_28d_qty",
    "sales_1_month_qty",
    "sales_3_month_qty",
)
_AVAILABLE: Final = ("on_hand", "reserved_qty", "open_customer_order_qty", "backorder_qty")
_POSITION: Final = (*_AVAILABLE, "in_transit_qty", "on_order_qty")
_HORIZON: Final = ("next_receipt_at", "lead_time_days")
_COVER: Final = (*_AVAILABLE, *_DEMAND, *_HORIZON, "lead_time_sd_days", "forecast_daily_sd_qty")
_RAW_FAMILIES: Final = {
    "on_hand": "position", "sales_1_month_qty": "demand", "sales_9_month_qty": "demand", "trigger": "trigger",
    "forecast_3_month_qty": "forecast", "forecast_9_month_qty": "forecast",
    "stockout_days_28d": "demand", "temperature_anomaly_celsius": "season", "event": "season",
    "promo_uplift_ratio": "promotion", "promo_discount_rate": "promotion", "promo_display": "promotion",
    "record_confidence": "record", "last_adjustment_reason": "record", "order_status": "order",
    "is_kvi": "item", "unit_margin": "item", "lifecycle_phase": "item",
}  # fmt: skip
_RAW_UNITS: Final = {
    "on_hand": "count", "sales_1_month_qty": "count", "sales_9_month_qty": "count", "forecast_3_month_qty": "count",
    "forecast_9_month_qty": "count", "lead_time_days": "days", "supplier_otif_90d": "fraction", "supplier_otif_6m": "fraction",
    "stockout_days_28d": "days", "promo_uplift_ratio": "ratio", "promo_discount_rate": "fraction",
    "temperature_anomaly_celsius": "°C", "record_confidence": "fraction", "unit_margin": "money",
}  # fmt: skip


def _raw(name: str) -> Feature:
    kind = next(kind for kind in field_kinds(ReplenishmentRisk) if kind.name == name)
    return Feature(
        name=name,
        title=field_title(ReplenishmentRisk, name),
        family=_RAW_FAMILIES.get(name, "supply"),
        kind="category" if kind.kind == "enum" else "number",
        sources=(name,),
        unit=_RAW_UNITS.get(name, ""),
        vocabulary=kind.vocabulary,
    )


def _feature(name: str, title: str, family: str, sources: tuple[str, ...], unit: str = "") -> Feature:
    return Feature(name=name, title=title, family=family, sources=sources, unit=unit)


# fmt: off
FEATURES: Final = (
    *(_raw(name) for name in RAW),
    _feature("inventory_position", "Units free, in transit and on order", "position", _POSITION, "count"),
    _feature("position_to_reorder_point", "Inventory position over reorder point", "position", (*_POSITION, "reorder_point_qty"), "ratio"),
    _feature("on_hand_to_min", "On hand over minimum stock", "position", ("on_hand", "min_stock_qty", "presentation_min_qty", "safety_stock_qty"), "ratio"),
    _feature("backroom_share", "Share of stock in the backroom", "shelf", ("backroom_qty", "on_hand"), "ratio"),
    _feature("dc_cover_weeks", "DC stock in weeks of demand here", "relief", ("dc_allocatable_qty", "dc_on_hand_qty", *_DEMAND), "ratio"),
    _feature("nearby_cover_weeks", "Nearby surplus in weeks of demand here", "relief", ("nearby_surplus_qty", *_DEMAND), "ratio"),
    _feature("days_of_supply", "Days the stock lasts", "cover", (*_AVAILABLE, *_DEMAND), "days"),
    _feature("days_to_receipt", "Days to the next receipt", "cover", _HORIZON, "days"),
    _feature("supply_gap_days", "Days of stock beyond the next receipt", "cover", (*_AVAILABLE, *_DEMAND, *_HORIZON), "days"),
    _feature("demand_to_free_stock", "Demand until the next receipt over free stock", "cover", (*_AVAILABLE, *_DEMAND, *_HORIZON), "ratio"),
    _feature("coverage_z", "Cover until the next receipt, in standard deviations", "cover", _COVER),
    _feature("stockout_probability", "Analytic chance to run out before the next receipt", "cover", _COVER, "fraction"),
    _feature("expected_lost_units", "Units expected to be lost before the next receipt", "cover", _COVER, "count"),
    _feature("margin_at_risk", "Margin expected to be lost before the next receipt", "value", (*_COVER, "unit_margin", "is_kvi"), "money"),
    _feature("sales_per_day_28d", "Units sold a day, 28 days", "demand", ("sales_28d_qty",), "count"),
    _feature("last_week_to_month", "Last week's pace over the month's", "demand", ("sales_7d_qty", "sales_28d_qty"), "ratio"),
    _feature("yesterday_to_week", "Yesterday's sales over the week's pace", "demand", ("sales_1d_qty", "sales_7d_qty"), "ratio"),
    _feature("silent_demand", "Units that should have sold since the last sale", "demand", ("days_since_last_sale", "planned_28d_qty", "sales_28d_qty", "forecast_daily_qty"), "count"),
    _feature("sales_to_plan_1d", "Sales over plan, 1 day", "forecast", ("sales_1d_qty", *_DEMAND), "ratio"),
    _feature("sales_to_plan_7d", "Sales over plan, 7 days", "forecast", ("sales_7d_qty", "planned_7d_qty"), "ratio"),
    _feature("sales_to_plan_28d", "Sales over plan, 28 days", "forecast", ("sales_28d_qty", "planned_28d_qty"), "ratio"),
    _feature("demand_cv", "Unsteadiness of demand", "demand", ("forecast_daily_sd_qty", "forecast_daily_qty"), "ratio"),
    _feature("cover_sales_3_month", "Free stock over 3 months' sales", "horizon_cover", (*_AVAILABLE, "sales_3_month_qty"), "ratio"),
    _feature("cover_forecast_3_month", "Stock and transit over 3 months' forecast", "horizon_cover", (*_AVAILABLE, "in_transit_qty", "forecast_3_month_qty"), "ratio"),
    _feature("cover_forecast_9_month", "Stock and transit over 9 months' forecast", "horizon_cover", (*_AVAILABLE, "in_transit_qty", "forecast_9_month_qty"), "ratio"),
    _feature("sales_trend_1_to_3_month", "Last month's pace over 3 months'", "trend", ("sales_1_month_qty", "sales_3_month_qty"), "ratio"),
    _feature("sales_trend_3_to_9_month", "3 months' pace over 9 months'", "trend", ("sales_3_month_qty", "sales_9_month_qty"), "ratio"),
    _feature("forecast_to_sales_3_month", "Forecast over sales, 3 months", "trend", ("forecast_3_month_qty", "sales_3_month_qty"), "ratio"),
    _feature("forecast_to_sales_6_month", "Forecast over sales, 6 months", "trend", ("forecast_6_month_qty", "sales_6_month_qty"), "ratio"),
    _feature("item_risks", "Risk flags on the item", "supply", ITEM_RISKS, "count"),
    _feature("past_due_to_demand", "Past-due units over 28 days' demand", "supply", ("past_due_qty", *_DEMAND), "ratio"),
    _feature("in_transit_to_demand", "Units in transit over 28 days' demand", "supply", ("in_transit_qty", *_DEMAND), "ratio"),
    _feature("confirmed_share", "Confirmed over ordered units", "supply", ("po_confirmed_qty", "po_ordered_qty"), "fraction"),
    _feature("days_past_promise", "Days past the promised date", "supply", ("po_promised_on",), "days"),
    _feature("hours_since_carrier_scan", "Hours since the last carrier scan", "supply", ("last_carrier_scan_at",), "hours"),
    _feature("otif_drop", "Fall of the supplier's OTIF against 12 months", "supply", ("supplier_otif_12m", "supplier_otif_90d", "supplier_otif_6m"), "fraction"),
    _feature("hours_order_waiting", "Hours since the order was proposed", "order", ("order_proposed_at",), "hours"),
    _feature("reorder_point_to_need", "Reorder point over demand in lead time and review", "order", ("reorder_point_qty", "lead_time_days", "review_period_days", *_DEMAND), "ratio"),
    _feature("proposed_order_to_need", "Proposed order over demand in lead time and review", "order", ("proposed_order_qty", "lead_time_days", "review_period_days", *_DEMAND), "ratio"),
    _feature("pack_to_week", "Pack size over a week's demand", "order", ("pack_size_qty", *_DEMAND), "ratio"),
    _feature("pack_to_min_order", "Pack size over minimum order", "order", ("pack_size_qty", "min_order_qty"), "ratio"),
    _feature("allocation_blocked", "On allocation", "blocks", ("block_flags",)),
    _feature("quality_blocked", "Recalled or on quality hold", "blocks", ("block_flags",)),
    _feature("negative_on_hand", "Record below zero", "record", ("on_hand",)),
    _feature("days_since_count", "Days since the last count", "record", ("last_counted_at",), "days"),
    _feature("record_age_minutes", "Age of the stock record", "record", ("record_synced_at",), "minutes"),
    _feature("on_promotion", "Promotion running", "promotion", ("promo_starts_on", "promo_ends_on")),
    _feature("days_to_promo", "Days until the promotion starts", "promotion", ("promo_starts_on",), "days"),
    _feature("weekday", "Weekday", "season", ("as_of",)),
    _feature("month", "Month", "season", ("as_of",)),
    _feature("sku_wrong_rate", "How often the item ran out when left alone", "item_history", ("sku",), "fraction"),
    _feature("site_wrong_rate", "How often items ran out at the site when left alone", "site_history", ("site",), "fraction"),
    _feature("sku_site_wrong_rate", "How often the item ran out here when left alone", "item_site_history", ("sku_site",), "fraction"),
    _feature("supplier_wrong_rate", "How often the supplier's items ran out when left alone", "supplier_history", ("supplier",), "fraction"),
    _feature("sku_forecast_bias_rate", "How often the item's forecast was the cause", "item_history", ("sku",), "fraction"),
    _feature("sku_promo_surprise_rate", "How often the item's promotions outran the plan", "item_history", ("sku",), "fraction"),
    _feature("site_shelf_gap_rate", "How often the site had it in the backroom", "site_history", ("site",), "fraction"),
    _feature("site_phantom_rate", "How often the site's records were wrong", "site_history", ("site",), "fraction"),
    _feature("site_dc_shortage_rate", "How often the site's DC was short", "site_history", ("site",), "fraction"),
    _feature("sku_site_record_rate", "How often the stock record was wrong here", "item_site_history", ("sku_site",), "fraction"),
    _feature("sku_site_shelf_rate", "How often it was in the backroom here", "item_site_history", ("sku_site",), "fraction"),
    _feature("sku_site_order_rate", "How often order parameters or releases were the cause here", "item_site_history", ("sku_site",), "fraction"),
    _feature("sku_site_demand_rate", "How often demand outran the plan here", "item_site_history", ("sku_site",), "fraction"),
    _feature("sku_site_supply_rate", "How often supply was the cause here", "item_site_history", ("sku_site",), "fraction"),
    _feature("supplier_late_rate", "How often the supplier was late", "supplier_history", ("supplier",), "fraction"),
    _feature("supplier_short_ship_rate", "How often the supplier shipped short", "supplier_history", ("supplier",), "fraction"),
    _feature("supplier_wrong_rate_lately", "How often the supplier's items ran out, 60 days", "supplier_history", ("supplier",), "fraction"),
    _feature("sku_site_flags", "How often the item was flagged here before", "item_site_history", ("sku_site",), "count"),
    _feature("sku_site_flags_90d", "How often the item was flagged here, 90 days", "item_site_history", ("sku_site",), "count"),
    _feature("sku_site_labelled", "Outcomes known of the item here", "item_site_history", ("sku_site",), "count"),
    _feature("sku_site_days_since_flag", "Days since the item was last flagged here", "item_site_history", ("sku_site",), "days"),
    _feature("sku_site_days_between_flags", "Days between the item's flags here", "item_site_history", ("sku_site",), "days"),
)
# fmt: on


def measures(columns: Columns) -> dict[str, NDArray[np.int64]]:
    """Give the exact integers a case leaves on its trails: none, counts and labels say enough here."""
    return {}


RECIPE: Final = Recipe(
    payload=ReplenishmentRisk,
    text_fields=("note",),
    trails=TRAILS,
    measures=measures,
    features=FEATURES,
    build=build_features,
    money_at_stake=margin_at_stake,
)
