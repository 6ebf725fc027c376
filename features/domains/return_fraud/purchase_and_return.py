"""Features of the return itself: its amount, goods, times, tender, receipt and parcel."""

from typing import Final

import numpy as np

from features.arithmetic import days_between, flag, ratio
from features.arithmetic import month as month_of
from features.arithmetic import weekday as weekday_of
from features.columns import Column
from features.declaration import FeatureGroup, Ids, LocalTime
from features.domains.return_fraud.claim_codes import INR, LAST_WORN, STORE_CREDIT

APPROVAL_LIMIT: Final = 200.0
"""Refund from which stores commonly ask a manager, in the reporting currency; refunds just below it are a known
sign."""
_DAY: Final = 86_400.0

F: Final = FeatureGroup()


@F.feature("Refund against price paid", family="amount", unit="ratio")
def refund_to_paid(refund_amount: Column, unit_price_paid: Column, qty_claimed: Column) -> Column:
    return ratio(refund_amount, unit_price_paid * qty_claimed)


@F.feature("Refund per piece", family="amount", unit="money")
def refund_per_piece(refund_amount: Column, qty_claimed: Column) -> Column:
    return ratio(refund_amount, qty_claimed)


@F.feature("Price today against the refund per piece", family="amount", unit="ratio")
def price_today_to_refund(unit_price_current: Column, refund_per_piece: Column) -> Column:
    return ratio(unit_price_current, refund_per_piece)


@F.feature("Refund per piece against the article's usual", family="amount", unit="ratio")
def piece_to_sku_mean(refund_per_piece: Column, sku_qty_365d: Column, sku_refund_365d: Column) -> Column:
    return ratio(refund_per_piece * sku_qty_365d / 1_000.0, sku_refund_365d / 100.0)


@F.feature("Price today against price paid", family="amount", unit="ratio")
def price_change(unit_price_current: Column, unit_price_paid: Column) -> Column:
    return ratio(unit_price_current, unit_price_paid)


@F.feature("Discount at purchase", family="amount", unit="fraction")
def discount_share(unit_discount: Column, unit_price_paid: Column) -> Column:
    return ratio(unit_discount, unit_price_paid + unit_discount)


@F.feature("Refund just under the approval limit", family="amount")
def just_under_limit(refund_amount: Column) -> Column:
    return flag((refund_amount >= 0.9 * APPROVAL_LIMIT) & (refund_amount < APPROVAL_LIMIT))


@F.feature("Refund against the article's usual refund", family="amount", unit="ratio")
def refund_to_sku_mean(refund_amount: Column, sku_count_365d: Column, sku_refund_365d: Column) -> Column:
    return ratio(refund_amount * sku_count_365d, sku_refund_365d / 100.0)


@F.feature("Serial number differs from the sale", family="item")
def serial_mismatch(serial_number_sold: Ids, serial_number_returned: Ids) -> Column:
    return _differ(serial_number_sold, serial_number_returned)


@F.feature("Pieces left to return after this claim", family="quantity", unit="count")
def qty_left_over(qty_purchased: Column, qty_already_returned: Column, qty_claimed: Column) -> Column:
    return qty_purchased - (qty_already_returned + qty_claimed)


@F.feature("Share of the purchase claimed back", family="quantity", unit="fraction")
def claimed_share(qty_claimed: Column, qty_already_returned: Column, qty_purchased: Column) -> Column:
    return ratio(qty_already_returned + qty_claimed, qty_purchased)


@F.feature("Days from purchase to return", family="timing", unit="days")
def days_to_return(as_of: Column, purchased_at: Column) -> Column:
    return days_between(as_of, purchased_at)


@F.feature("Days from purchase until the customer asked", family="timing", unit="days")
def days_kept(initiated_at: Column, purchased_at: Column) -> Column:
    return days_between(initiated_at, purchased_at)


@F.feature("Days beyond the return window", family="timing", unit="days")
def days_past_window(as_of: LocalTime, purchased_at: LocalTime, return_window_days: Column) -> Column:
    # Counted in days of the site's calendar: the last day of the window ends when the store's day does.
    return np.floor(as_of / _DAY) - np.floor(purchased_at / _DAY) - return_window_days


@F.feature("Days since the customer asked", family="timing", unit="days")
def days_since_initiated(as_of: Column, initiated_at: Column) -> Column:
    return days_between(as_of, initiated_at)


@F.feature("Age of the account", family="customer", unit="days")
def account_age_days(as_of: Column, account_created_at: Column) -> Column:
    return days_between(as_of, account_created_at)


@F.feature("Month", family="season")
def month(as_of: Column) -> Column:
    return month_of(as_of)


@F.feature("Weekday", family="season")
def weekday(as_of: Column) -> Column:
    return weekday_of(as_of)


@F.feature("Worn goods returned after a weekend", family="season")
def worn_after_weekend(category: Column, weekday: Column) -> Column:
    return flag((category <= LAST_WORN) & (weekday <= 1.0))


@F.feature("Refund tender differs from the original", family="tender")
def tender_differs(refund_tender: Column, original_tender: Column) -> Column:
    unknown = np.isnan(refund_tender) | np.isnan(original_tender)
    # Store credit is the mild answer everywhere, so it does not count as another tender.
    differs = (refund_tender != original_tender) & (refund_tender != STORE_CREDIT)
    return np.where(unknown, np.nan, differs)


@F.feature("Returned to another site than it was bought", family="receipt")
def foreign_site(site_id: Ids, purchase_site_id: Ids) -> Column:
    return _differ(site_id, purchase_site_id)


@F.feature("Earlier returns on this receipt", family="receipt", unit="count")
def receipt_returns_365d(receipt_count_365d: Column) -> Column:
    return receipt_count_365d


@F.feature("Pieces refunded beyond those on the receipt", family="receipt", unit="count")
def receipt_line_excess_qty(receipt_line_qty_365d: Column, qty_claimed: Column, qty_purchased: Column) -> Column:
    return receipt_line_qty_365d / 1_000.0 + qty_claimed - qty_purchased


@F.feature("Refunded in all on the purchase line, beyond the price paid", family="receipt", unit="money")
def part_refunds_over_paid(
    refund_amount: Column,
    receipt_line_refund_365d: Column,
    already_refunded_amount: Column,
    unit_price_paid: Column,
    qty_purchased: Column,
    qty_claimed: Column,
) -> Column:
    """Return by how much this and earlier refunds exceed what was paid, 0 where there was none before."""
    before = np.fmax(receipt_line_refund_365d / 100.0, already_refunded_amount)
    pieces = np.where(np.isnan(qty_purchased), np.maximum(qty_claimed, 1.0), qty_purchased)
    return np.where(before > 0.0, np.maximum(refund_amount + before - unit_price_paid * pieces, 0.0), 0.0)


@F.feature("Parcel lighter than expected", family="shipment", unit="fraction")
def weight_gap(carrier_weight_g: Column, expected_weight_g: Column) -> Column:
    return 1.0 - ratio(carrier_weight_g, expected_weight_g)


@F.feature("Not-received claim against proof of delivery", family="shipment")
def claim_against_proof(claim_type: Column, delivery_proof: Column) -> Column:
    return np.where(claim_type == INR, delivery_proof, 0.0)


@F.feature("Earlier returns on this tracking number", family="shipment", unit="count")
def tracking_seen_365d(tracking_count_365d: Column) -> Column:
    return tracking_count_365d


def _differ(one: Ids, other: Ids) -> Column:
    """Return 1 where two identifiers differ, 0 where they agree, NaN where one is missing."""
    pairs = zip(one, other, strict=True)
    return np.array([np.nan if a is None or b is None else float(a != b) for a, b in pairs], dtype=np.float64)
