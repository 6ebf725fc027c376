"""Features of supply, orders and blocks, of the stock record, promotions and the calendar."""

from typing import Final

import numpy as np

from features.arithmetic import days_between, flag
from features.arithmetic import month as month_of
from features.arithmetic import weekday as weekday_of
from features.columns import Column
from features.declaration import FeatureGroup, LocalTime, Members
from features.domains.replenishment_risk.stock_and_cover import DEFAULT_HORIZON_DAYS
from features.domains.replenishment_risk.stock_arithmetic import at_least_zero, bounded_ratio, first_known

_MINUTES_PER_DAY: Final = 1440.0

F: Final = FeatureGroup()


@F.feature("Risk flags on the item", family="supply", unit="count")
def item_risks(
    part_risk: Column, order_entry_constrained: Column, item_approval_pending: Column, revision_stopped: Column
) -> Column:
    return (
        at_least_zero(part_risk)
        + at_least_zero(order_entry_constrained)
        + at_least_zero(item_approval_pending)
        + at_least_zero(revision_stopped)
    )


@F.feature("Past-due units over 28 days' demand", family="supply", unit="ratio")
def past_due_to_demand(past_due_qty: Column, daily_qty: Column) -> Column:
    return bounded_ratio(past_due_qty, daily_qty * 28.0)


@F.feature("Units in transit over 28 days' demand", family="supply", unit="ratio")
def in_transit_to_demand(in_transit_qty: Column, daily_qty: Column) -> Column:
    return bounded_ratio(in_transit_qty, daily_qty * 28.0)


@F.feature("Confirmed over ordered units", family="supply", unit="fraction")
def confirmed_share(po_confirmed_qty: Column, po_ordered_qty: Column) -> Column:
    return bounded_ratio(po_confirmed_qty, po_ordered_qty)


@F.feature("Days past the promised date", family="supply", unit="days")
def days_past_promise(as_of: Column, po_promised_on: Column) -> Column:
    return days_between(as_of, po_promised_on)


@F.feature("Hours since the last carrier scan", family="supply", unit="hours")
def hours_since_carrier_scan(as_of: Column, last_carrier_scan_at: Column) -> Column:
    return days_between(as_of, last_carrier_scan_at) * 24.0


@F.feature("Fall of the supplier's OTIF against 12 months", family="supply", unit="fraction")
def otif_drop(supplier_otif_12m: Column, supplier_otif_90d: Column, supplier_otif_6m: Column) -> Column:
    return supplier_otif_12m - first_known(supplier_otif_90d, supplier_otif_6m)


@F.step
def need_qty(daily_qty: Column, lead_time_days: Column, review_period_days: Column) -> Column:
    """Return the demand in lead time and review."""
    return daily_qty * first_known(lead_time_days + at_least_zero(review_period_days), DEFAULT_HORIZON_DAYS)


@F.feature("Hours since the order was proposed", family="order", unit="hours")
def hours_order_waiting(as_of: Column, order_proposed_at: Column) -> Column:
    return days_between(as_of, order_proposed_at) * 24.0


@F.feature("Reorder point over demand in lead time and review", family="order", unit="ratio")
def reorder_point_to_need(reorder_point_qty: Column, need_qty: Column) -> Column:
    return bounded_ratio(reorder_point_qty, need_qty)


@F.feature("Proposed order over demand in lead time and review", family="order", unit="ratio")
def proposed_order_to_need(proposed_order_qty: Column, need_qty: Column) -> Column:
    return bounded_ratio(proposed_order_qty, need_qty)


@F.feature("Pack size over a week's demand", family="order", unit="ratio")
def pack_to_week(pack_size_qty: Column, daily_qty: Column) -> Column:
    return bounded_ratio(pack_size_qty, daily_qty * 7.0)


@F.feature("Pack size over minimum order", family="order", unit="ratio")
def pack_to_min_order(pack_size_qty: Column, min_order_qty: Column) -> Column:
    return bounded_ratio(pack_size_qty, min_order_qty)


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
