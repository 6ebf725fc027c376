"""Features of the goods receipt, the purchase order and the people behind them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import days_between, flag
from features.columns import Column
from features.declaration import FeatureGroup, Ids, Texts
from features.domains.invoice_discrepancy.billed_lines import share

F: Final = FeatureGroup()


@F.feature("Nothing received", family="receipt")
def no_receipt(received_qty: Column, gr_count: Column) -> Column:
    return flag((received_qty == 0.0) | (np.isnan(received_qty) & (gr_count == 0.0)))


F.field("pod_available", family="receipt")


@F.feature("Announced or delivered, not received", family="receipt")
def proof_without_receipt(pod_available: Column, asn_qty: Column, no_receipt: Column) -> Column:
    return flag(((pod_available == 1.0) | (asn_qty > 0.0)) & (no_receipt == 1.0))


@F.feature("Days since the last receipt", family="receipt", unit="days")
def days_since_last_gr(as_of: Column, last_gr_at: Column) -> Column:
    return days_between(as_of, last_gr_at)


@F.feature("Days from receipt to invoice", family="receipt", unit="days")
def days_gr_to_invoice(received_at: Column, last_gr_at: Column) -> Column:
    return days_between(received_at, last_gr_at)


@F.feature("Days past the scheduled delivery", family="receipt", unit="days")
def days_past_delivery(as_of: Column, po_delivery_on: Column) -> Column:
    return days_between(as_of, po_delivery_on)


F.field("gr_final", family="receipt", title="Receipt final")
F.field("gr_count", family="receipt", unit="count", title="Receipts so far")
F.field("gr_cancellation_count", family="receipt", unit="count", title="Receipts cancelled so far")
F.field("po_qty_change_count", family="order", unit="count", title="Quantity changes so far")


@F.feature("No purchase order", family="order")
def no_po(po_id: Texts) -> Column:
    return np.array([float(order is None) for order in po_id], dtype=np.float64)


F.field("po_type", family="order", title="Order type")
F.field("match_type", family="order", title="Match")
F.field("po_closed", family="order", title="Order closed")


@F.feature("Open order value over line amount", family="order", unit="ratio")
def order_room_ratio(po_open_amount: Column, line_amount: Column, reduces: NDArray[np.bool_]) -> Column:
    return np.where(reduces, np.nan, share(po_open_amount, line_amount))  # a credit needs no room


@F.feature("Age of the order", family="order", unit="days")
def order_age_days(as_of: Column, po_on: Column) -> Column:
    return days_between(as_of, po_on)


@F.feature("Order dated after the invoice", family="order")
def order_after_invoice(po_on: Column, issued_on: Column) -> Column:
    return flag(po_on > issued_on)


F.field("prior_invoice_count", family="order", unit="count", title="Invoices before on the line")
F.field("prior_credit_count", family="order", unit="count", title="Credit or debit memos before")


@F.feature("Duties one person holds twice", family="people", unit="count")
def hands_in_common(created_by: Ids, approver: Ids, po_requester: Ids, gr_poster: Ids) -> Column:
    rows = zip(created_by, approver, po_requester, gr_poster, strict=True)
    known = ([hand for hand in row if hand is not None] for row in rows)
    return np.array([float(len(row) - len(set(row))) for row in known], dtype=np.float64)
