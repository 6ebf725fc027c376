"""Replenishment risk: what is known of a flagged item at a site, and the features of whether it will run out too
soon."""

from typing import Annotated, Literal

from pydantic import Field

from features.fields import (
    Code,
    Count,
    Float,
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
)

Days = Annotated[Float, Field(ge=0, le=3650, allow_inf_nan=False)]
Ratio = Annotated[Float, Field(ge=0, le=1000, allow_inf_nan=False)]


# One field per line: the payload is a table, and reads best as one.
# fmt: off
class ReplenishmentRisk(Payload):
    """One item at one site that the replenishment watch has flagged."""

    sku: Id = Field(title="Item", description="The retailer's own item number.")
    on_hand: SignedQuantity = Field(title="On hand", description="Units on hand by the stock record; may be negative.")

    gtin: Id | None = Field(None, title="GTIN", description="Trade item number.")
    site_id: Id | None = Field(None, title="Site", description="Store or DC: GLN or local code.")
    site_type: Literal["store", "dc", "dark_store", "online"] | None = Field(None, title="Site type",
    description="Kind of site.")
    supplier_id: Id | None = Field(None, title="Supplier", description="Who delivers the item.")
    merch_category: Code | None = Field(None, title="Category", description="Merchandise category.")
    trigger: Literal["projected_oos", "oos", "zero_sales", "late_po", "short_ship", "overstock", "promo_gap",
    "negative_oh"] | None = Field(None, title="Trigger", description="Which watch raised the case.")
    lifecycle_phase: Literal["new", "core", "delist"] | None = Field(None, title="Lifecycle",
    description="Where the item is in its life.")
    abc_class: Literal["A", "B", "C"] | None = Field(None, title="ABC class", description="By share of sales.")
    xyz_class: Literal["X", "Y", "Z"] | None = Field(None, title="XYZ class", description="By steadiness of demand, X "
    "the steadiest.")
    is_kvi: bool | None = Field(None, title="Key value item", description="Customers judge the retailer by it.")
    price: Money | None = Field(None, title="Price", description="Selling price per unit.")
    unit_cost: Money | None = Field(None, title="Unit cost", description="What a unit costs to buy.")
    unit_margin: SignedMoney | None = Field(None, title="Unit margin", description="Margin per unit sold.")
    shelf_life_days: Days | None = Field(None, title="Shelf life", description="Days from receipt to expiry.")
    waste_rate: Fraction | None = Field(None, title="Waste rate", description="Share of received units thrown away.")

    backroom_qty: Quantity | None = Field(None, title="In the backroom", description="Part of on hand not on the "
    "shelf, units.")
    shelf_capacity_qty: Quantity | None = Field(None, title="Shelf capacity", description="Units the shelf holds.")
    presentation_min_qty: Quantity | None = Field(None, title="Presentation minimum",
    description="Units that make the shelf look filled.")
    reserved_qty: Quantity | None = Field(None, title="Reserved", description="Units promised elsewhere.")
    open_customer_order_qty: Quantity | None = Field(None, title="Open customer orders",
    description="Units customers wait to collect.")
    backorder_qty: Quantity | None = Field(None, title="Backordered", description="Units already owed to customers.")
    in_transit_qty: Quantity | None = Field(None, title="In transit", description="Units on their way to the site.")
    on_order_qty: Quantity | None = Field(None, title="On order", description="Units ordered, not yet shipped.")
    past_due_qty: Quantity | None = Field(None, title="Past due", description="Units whose promised date has gone by.")
    next_receipt_at: PlannedInstant | None = Field(None, title="Next receipt", description="When the next receipt is "
    "expected.")
    dc_on_hand_qty: Quantity | None = Field(None, title="DC stock", description="Units on hand at the serving DC.")
    dc_allocatable_qty: Quantity | None = Field(None, title="DC allocatable", description="Units the serving DC may "
    "still allocate.")
    nearby_surplus_qty: Quantity | None = Field(None, title="Nearby surplus", description="Units to spare at nearby "
    "sites.")
    nearest_surplus_km: Number | None = Field(None, title="Nearest surplus", description="Distance to it, km.")

    reorder_point_qty: Quantity | None = Field(None, title="Reorder point", description="Units.")
    safety_stock_qty: Quantity | None = Field(None, title="Safety stock", description="Units.")
    min_stock_qty: Quantity | None = Field(None, title="Minimum stock", description="Least recommended stock, units.")
    max_stock_qty: Quantity | None = Field(None, title="Maximum stock", description="Order-up-to level, units.")
    pack_size_qty: Quantity | None = Field(None, title="Pack size", description="Units per pack ordered.")
    min_order_qty: Quantity | None = Field(None, title="Minimum order", description="Units.")
    allocation_limit_qty: Quantity | None = Field(None, title="Allocation limit", description="Most units contract or "
    "fair share allow.")
    transport_limit_qty: Quantity | None = Field(None, title="Transport limit", description="Most units the next "
    "vehicle takes.")
    review_period_days: Days | None = Field(None, title="Review period", description="Days between replenishment runs.")
    lead_time_days: Days | None = Field(None, title="Lead time", description="Mean days from order to receipt.")
    lead_time_sd_days: Days | None = Field(None, title="Lead time spread", description="Its standard deviation, days.")
    order_status: Literal["none", "proposed", "waiting_approval", "released", "confirmed",
    "shipped"] | None = Field(None, title="Order status", description="How far the current order has come.")
    order_proposed_at: Instant | None = Field(None, title="Order proposed", description="When the current order was "
    "proposed.")
    proposed_order_qty: Quantity | None = Field(None, title="Proposed order", description="Units the standard run "
    "would order.")
    proposed_order_value: Money | None = Field(None, title="Proposed order value", description="At cost.")
    open_to_buy: Money | None = Field(None, title="Open to buy", description="Budget left for the category.")

    sales_1d_qty: Quantity | None = Field(None, title="Sales, 1 day", description="Units sold the day before.")
    sales_7d_qty: Quantity | None = Field(None, title="Sales, 7 days", description="Units sold in the 7 days before.")
    sales_28d_qty: Quantity | None = Field(None, title="Sales, 28 days", description="Units sold in the 28 days "
    "before.")
    sales_1_month_qty: Quantity | None = Field(None, title="Sales, 1 month", description="Units sold in the month "
    "before.")
    sales_3_month_qty: Quantity | None = Field(None, title="Sales, 3 months", description="Units sold in the 3 months "
    "before.")
    sales_6_month_qty: Quantity | None = Field(None, title="Sales, 6 months", description="Units sold in the 6 months "
    "before.")
    sales_9_month_qty: Quantity | None = Field(None, title="Sales, 9 months", description="Units sold in the 9 months "
    "before.")
    days_since_last_sale: Count | None = Field(None, title="Days without a sale", description="Open days since the "
    "last sale.")
    stockout_days_28d: Count | None = Field(None, title="Stock-out days", description="Days out of stock in the "
    "last 28.")
    forecast_daily_qty: Quantity | None = Field(None, title="Forecast per day", description="Units a day until the "
    "next receipt, promotion included.")
    forecast_daily_sd_qty: Quantity | None = Field(None, title="Forecast spread", description="Standard deviation of a "
    "day's demand, units.")
    forecast_horizon_days: Days | None = Field(None, title="Forecast horizon", description="Days the daily forecast is "
    "meant for.")
    forecast_3_month_qty: Quantity | None = Field(None, title="Forecast, 3 months",
    description="Units expected in the next 3 months.")
    forecast_6_month_qty: Quantity | None = Field(None, title="Forecast, 6 months",
    description="Units expected in the next 6 months.")
    forecast_9_month_qty: Quantity | None = Field(None, title="Forecast, 9 months",
    description="Units expected in the next 9 months.")
    planned_7d_qty: Quantity | None = Field(None, title="Plan, last 7 days", description="Forecast of the 7 days "
    "before, as issued before them.")
    planned_28d_qty: Quantity | None = Field(None, title="Plan, last 28 days", description="Forecast of the 28 days "
    "before, as issued before them.")

    promo_id: Code | None = Field(None, title="Promotion", description="Promotion running or next.")
    promo_starts_on: PlannedDay | None = Field(None, title="Promotion starts", description="First day.")
    promo_ends_on: PlannedDay | None = Field(None, title="Promotion ends", description="Last day.")
    promo_mechanic: Literal["price_off", "multibuy", "coupon", "bundle", "loyalty", "other"] | None = Field(None,
    title="Promotion mechanic", description="How it works.")
    promo_discount_rate: Fraction | None = Field(None, title="Promotion discount",
    description="Fraction off the price.")
    promo_uplift_ratio: Ratio | None = Field(None, title="Planned uplift", description="Planned demand over normal "
    "demand.")
    promo_display: bool | None = Field(None, title="On display", description="Second placement in the site.")
    event: Literal["holiday", "local_event", "weather", "school", "competitor"] | None = Field(None, title="Event",
    description="What may move demand now.")
    temperature_anomaly_celsius: Number | None = Field(None, title="Temperature anomaly",
    description="Forecast against normal, degrees Celsius.")

    supplier_otif_90d: Fraction | None = Field(None, title="OTIF, 90 days", description="Supplier's share of orders on "
    "time in full, orders closed before.")
    supplier_otif_6m: Fraction | None = Field(None, title="OTIF, 6 months", description="The same over 6 months.")
    supplier_otif_12m: Fraction | None = Field(None, title="OTIF, 12 months", description="The same over 12 months.")
    po_ordered_qty: Quantity | None = Field(None, title="Ordered", description="Units on the open purchase order.")
    po_confirmed_qty: Quantity | None = Field(None, title="Confirmed", description="Units the supplier confirmed.")
    po_promised_on: PlannedDay | None = Field(None, title="Promised", description="Date the supplier promised.")
    last_carrier_scan_at: Instant | None = Field(None, title="Last carrier scan", description="Of the shipment on its "
    "way.")
    supply_issue: bool | None = Field(None, title="Supply issue", description="A sourcing problem is known.")
    part_risk: bool | None = Field(None, title="Item at risk", description="Planning has flagged the item as at risk.")
    order_entry_constrained: bool | None = Field(None, title="Order entry constrained",
    description="Orders for it are limited.")
    item_approval_pending: bool | None = Field(None, title="Approval pending", description="Item or supplier approval "
    "is not complete.")
    auto_order_stopped: bool | None = Field(None, title="Automatic order stopped",
    description="The item is taken out of automatic ordering.")
    revision_stopped: bool | None = Field(None, title="Stopped for revision", description="Held for a new version of "
    "the item.")

    last_counted_at: Instant | None = Field(None, title="Last counted", description="When the stock was last counted.")
    last_adjustment_qty: SignedQuantity | None = Field(None, title="Last adjustment",
    description="Units of the last stock correction.")
    last_adjustment_reason: Literal["count", "damage", "theft", "receiving", "sale_correction",
    "other"] | None = Field(None, title="Adjustment reason", description="Why it was made.")
    record_confidence: Fraction | None = Field(None, title="Record confidence", description="How far the stock record "
    "is trusted, 0-1.")
    record_synced_at: Instant | None = Field(None, title="Record synced", description="Last update of the stock record "
    "from the tills.")
    proposed_adjustment_value: SignedMoney | None = Field(None, title="Proposed adjustment",
    description="Value of a stock correction asked for; a minus or a plus, as the system writes it.")
    transfer_qty: Quantity | None = Field(None, title="Proposed transfer", description="Units to be moved from the "
    "donor site.")
    donor_on_hand_qty: Quantity | None = Field(None, title="Donor on hand", description="Units at the donor site.")
    donor_reserved_qty: Quantity | None = Field(None, title="Donor reserved", description="Units promised to the "
    "donor's customers.")
    donor_reorder_point_qty: Quantity | None = Field(None, title="Donor reorder point", description="Units.")
    substitute_sku: Id | None = Field(None, title="Substitute", description="Item proposed instead.")
    substitute_allergens_differ: bool | None = Field(None, title="Allergens differ",
    description="The substitute has other allergens.")
    block_flags: tuple[Literal["recall", "quality_hold", "regulated", "licence", "allocation", "purchasing_block"],
    ...] = Field((), title="Blocks", description="Blocks on the item.")
    recall_class: Literal["I", "II", "III"] | None = Field(None, title="Recall class",
    description="Severity of a recall, I the gravest.")
    licence_valid: bool | None = Field(None, title="Licence valid", description="The site may sell the regulated item.")
    note: Text | None = Field(None, title="Note", description="What planner or store wrote.")
# fmt: on
