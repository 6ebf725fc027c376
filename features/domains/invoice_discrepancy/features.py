"""Invoice discrepancies: what a billed line leaves behind for later ones, and the features of one, each declared
once."""

from collections.abc import Mapping
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import days_between, flag, hundredths, millionths, ratio, shrunk_rate, year_share
from features.columns import Column, Columns
from features.danger.danger_kinds import dangers_per_text
from features.declaration import Features, Ids, LocalTime, Members, Texts, Window
from features.domains.invoice_discrepancy.payload import Block, InvoiceDiscrepancy, InvoiceType
from features.history import Trail
from features.recipe import Recipe
from features.units import units_per_unit

SUPPLIER_CAUSES: Final = (
    "receipt_not_posted", "po_price_outdated", "supplier_pricing_error", "short_shipment_or_damage",
    "unplanned_charge", "duplicate_invoice",
)  # fmt: skip
SITE_CAUSES: Final = ("receipt_not_posted", "short_shipment_or_damage", "missing_or_wrong_po")
BUYER_CAUSES: Final = ("po_price_outdated", "missing_or_wrong_po")
LANE_CAUSES: Final = (
    "receipt_not_posted", "po_price_outdated", "supplier_pricing_error", "short_shipment_or_damage", "over_shipment",
    "partial_delivery_split", "unplanned_charge", "missing_or_wrong_po", "duplicate_invoice", "vendor_master_mismatch",
    "data_capture_error",
)  # fmt: skip
USUAL_SHARES: Final = {
    "receipt_not_posted": 0.22, "po_price_outdated": 0.13, "supplier_pricing_error": 0.10,
    "short_shipment_or_damage": 0.09, "unplanned_charge": 0.07, "duplicate_invoice": 0.04,
    "missing_or_wrong_po": 0.08, "over_shipment": 0.03, "partial_delivery_split": 0.06, "vendor_master_mismatch": 0.025,
    "data_capture_error": 0.03,
}  # fmt: skip
"""Share of each cause over all suppliers, from which an entity without labels starts."""
WRONG_PRIOR: Final = 0.35
STRENGTH: Final = 2.0
NEAR_LIMIT: Final = 0.95
PACK_SLACK: Final = 0.03
BEYOND: Final = 1e6  # stands for "more than any tolerance" where the tolerance is 0
MONTH_END_DAYS: Final = 3
MONTH_DAYS: Final = 30.0
BILLION: Final = 1e9
LANE_DAYS: Final = 730  # few lines each, so they are remembered longer
_DAY: Final = 86_400.0
_PRICE_BLOCKS: Final = ("PP", "PS", "VP", "BR", "BW")
_QUANTITY_BLOCKS: Final = ("DQ", "DW")
CREDIT_NOTE: Final = float(get_args(InvoiceType).index("credit_note"))

TRAILS: Final = (
    Trail(name="supplier", key=("supplier_id",), windows_days=(30, 365), sums=("amount",), causes=SUPPLIER_CAUSES),
    Trail(name="site", key=("site_id",), windows_days=(90, 365), causes=SITE_CAUSES),
    Trail(name="buyer", key=("po_buyer",), windows_days=(365,), causes=BUYER_CAUSES),
    Trail(name="lane", key=("supplier_id", "site_id"), windows_days=(LANE_DAYS,), causes=LANE_CAUSES),
    Trail(name="item", key=("supplier_id", "sku"), windows_days=(365,), last=("unit_price",)),
    Trail(name="subcategory", key=("merch_category", "merch_subcategory"), windows_days=(365,)),
    Trail(name="order", key=("po_id",), windows_days=(365,), last=("amount",)),
    Trail(name="invoice", key=("supplier_id", "invoice_id"), windows_days=(365,), sums=("amount",)),
    # Whatever its line, and whatever the rate of the day: the same number and amount again is the same claim.
    Trail(name="claim", key=("supplier_id", "invoice_id", "line_amount"), windows_days=(365,)),
    Trail(name="account", key=("supplier_id", "supplier_bank_account_hash"), windows_days=(365,)),
)


def _reduces(invoice_type: Column, line_amount: Column, invoiced_qty: Column, unit_price: Column) -> NDArray[np.bool_]:
    """Return which lines reduce what is billed: by their document, or by a minus on the amount or on the quantity
    alone."""
    by_quantity = (invoiced_qty < 0.0) & ~(unit_price < 0.0)
    reduces: NDArray[np.bool_] = (invoice_type == CREDIT_NOTE) | (line_amount < 0.0) | by_quantity
    return reduces


def _signed(reduces: NDArray[np.bool_], values: Column) -> Column:
    """Return what a line bills, negative where it reduces, whichever way the sender writes a credit."""
    return np.where(reduces, -np.abs(values), values)


def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Return what a line adds to the totals of its entities, its amount in hundredths, its price in millionths; a
    credit takes away."""
    names = ("invoice_type", "line_amount", "invoiced_qty", "invoice_unit_price")
    reduces = _reduces(*(columns[name] for name in names))
    return {
        "amount": hundredths(_signed(reduces, columns["line_amount"])),
        "unit_price": millionths(columns["invoice_unit_price"]),
    }


def money_at_stake(columns: Columns) -> Column:
    """Return all that releasing the line would pay: line, charges and tax; nothing for a credit."""
    rest = np.nan_to_num(columns["charges_amount"], nan=0.0) + np.nan_to_num(columns["tax_amount"], nan=0.0)
    paid = np.where(columns["invoice_type"] == CREDIT_NOTE, 0.0, columns["line_amount"] + rest)
    return np.maximum(paid, 0.0)


def _share(above: Column, below: Column, *, empty: float = float("nan")) -> Column:
    """Divide and drop binary noise, so that a price 2 % above the order's is not above a tolerance of 2 %."""
    return np.rint(ratio(above, below, empty=empty) * BILLION) / BILLION


def _over(value: Column, reference: Column) -> Column:
    """Return by which fraction a value exceeds its reference; missing where the reference is 0."""
    return _share(value - reference, reference)


F: Final = Features(InvoiceDiscrepancy, trails=TRAILS)


@F.step
def reduces(
    invoice_type: Column, line_amount: Column, invoiced_qty: Column, invoice_unit_price: Column
) -> NDArray[np.bool_]:
    return _reduces(invoice_type, line_amount, invoiced_qty, invoice_unit_price)


@F.step
def order_units(invoice_uom: Texts, order_uom: Texts, order_units_per_invoice_unit: Column) -> Column:
    """Return the order units in an invoice unit, as sent or by the table of units; NaN where the units differ and none
    says it."""
    known = [
        1.0 if one is None or other is None else units_per_unit(other, one)
        for one, other in zip(invoice_uom, order_uom, strict=True)
    ]
    by_table = np.array([np.nan if factor is None else factor for factor in known], dtype=np.float64)
    return np.where(np.isnan(order_units_per_invoice_unit), by_table, order_units_per_invoice_unit)


@F.step
def comparable_units(order_units: Column) -> Column:
    # Where nobody knows the factor the models see the numbers as they are, and a control keeps people from trusting
    # them.
    return np.where(np.isnan(order_units), 1.0, order_units)


@F.step
def billed_qty(invoiced_qty: Column, reduces: NDArray[np.bool_], comparable_units: Column) -> Column:
    """Return what the line bills in order units, negative where it reduces."""
    return _signed(reduces, invoiced_qty) * comparable_units


@F.step
def billed_price(invoice_unit_price: Column, price_base_qty: Column, comparable_units: Column) -> Column:
    """Return the billed price per order unit."""
    return invoice_unit_price / np.where(price_base_qty > 0.0, price_base_qty, 1.0) / comparable_units


@F.step
def billed_amount(line_amount: Column, reduces: NDArray[np.bool_]) -> Column:
    return _signed(reduces, line_amount)


@F.feature("Invoice price over order price", family="price", unit="fraction")
def price_var_fraction(billed_price: Column, po_unit_price: Column) -> Column:
    return _over(billed_price, po_unit_price)


@F.feature("Price difference times quantity", family="price", unit="money")
def price_var_amount(billed_price: Column, po_unit_price: Column, billed_qty: Column) -> Column:
    return (billed_price - po_unit_price) * billed_qty


@F.feature("Price difference over its tolerance", family="price", unit="ratio")
def price_var_in_tolerances(
    price_var_fraction: Column,
    price_var_amount: Column,
    tolerance_price_fraction: Column,
    tolerance_price_amount: Column,
) -> Column:
    # Both limits apply, so the larger of the two shares decides; a tolerance of 0 forgives no difference.
    by_fraction = _share(np.abs(price_var_fraction), tolerance_price_fraction, empty=BEYOND)
    by_amount = _share(np.abs(price_var_amount), tolerance_price_amount, empty=BEYOND)
    return np.sign(price_var_fraction) * np.fmax(by_fraction, by_amount)


@F.feature("Invoice price over contract price", family="price", unit="fraction")
def price_vs_contract_fraction(billed_price: Column, contract_unit_price: Column) -> Column:
    return _over(billed_price, contract_unit_price)


@F.feature("Invoice price over last paid price", family="price", unit="fraction")
def price_vs_last_paid_fraction(billed_price: Column, last_paid_unit_price: Column) -> Column:
    return _over(billed_price, last_paid_unit_price)


@F.feature("Invoice price over the price billed last", family="item history", unit="fraction")
def price_vs_last_billed_fraction(invoice_unit_price: Column, item_last_unit_price: Column) -> Column:
    # A remembered 0 is a price that was not known.
    return _over(invoice_unit_price, item_last_unit_price / 1e6)


@F.feature("Days since the price changed", family="price", unit="days")
def days_since_price_change(as_of: Column, po_price_changed_at: Column) -> Column:
    return days_between(as_of, po_price_changed_at)


F.field("po_price_change_count", family="price", unit="count", title="Price changes so far")


@F.step
def billed_before(previously_invoiced_qty: Column) -> Column:
    return np.where(np.isnan(previously_invoiced_qty), 0.0, previously_invoiced_qty)


@F.step
def billed_in_all(billed_qty: Column, billed_before: Column) -> Column:
    return billed_qty + billed_before


@F.step
def not_received(billed_in_all: Column, received_qty: Column, reduces: NDArray[np.bool_]) -> Column:
    """Return what was billed in all and not received, in order units; a credit never makes it more."""
    rest = billed_in_all - received_qty
    return np.where(reduces, np.minimum(rest, 0.0), rest)


@F.step
def over_ordered(billed_in_all: Column, ordered_qty: Column, reduces: NDArray[np.bool_]) -> Column:
    """Return what was billed in all beyond the order, in order units; a credit never makes it more."""
    excess = billed_in_all - ordered_qty
    return np.where(reduces, np.minimum(excess, 0.0), excess)


@F.feature("Invoiced in all less received, over invoiced", family="quantity", unit="ratio")
def billed_not_received_fraction(not_received: Column, billed_qty: Column) -> Column:
    return _share(not_received, np.abs(billed_qty))


@F.feature("Invoiced in all over ordered", family="quantity", unit="fraction")
def billed_over_ordered_fraction(over_ordered: Column, ordered_qty: Column) -> Column:
    return _share(over_ordered, ordered_qty)


@F.feature("Quantity over the order, in tolerances", family="quantity", unit="ratio")
def ordered_excess_in_tolerances(
    over_ordered: Column, ordered_qty: Column, tolerance_qty_fraction: Column, tolerance_qty: Column
) -> Column:
    allowed = np.fmin(tolerance_qty_fraction * ordered_qty, tolerance_qty)
    return np.where(over_ordered <= 0.0, 0.0, _share(over_ordered, allowed, empty=BEYOND))


@F.feature("Rejected over received", family="quantity", unit="ratio")
def rejected_fraction(rejected_qty: Column, received_qty: Column) -> Column:
    return _share(rejected_qty, received_qty)


@F.feature("Announced over invoiced", family="quantity", unit="ratio")
def announced_fraction(asn_qty: Column, billed_qty: Column) -> Column:
    return _share(asn_qty, np.abs(billed_qty))


@F.feature("Billed for what was not received", family="quantity", unit="money")
def value_not_received(not_received: Column, billed_price: Column) -> Column:
    return not_received * billed_price


@F.feature("Line amount over the unpaid receipt at order price", family="quantity", unit="fraction")
def amount_vs_receipt_fraction(
    billed_amount: Column, received_qty: Column, billed_before: Column, po_unit_price: Column
) -> Column:
    return _over(billed_amount, np.maximum(received_qty - billed_before, 0.0) * po_unit_price)


@F.feature("Price or quantity off by a whole pack", family="unit")
def pack_likeness(billed_price: Column, po_unit_price: Column, billed_qty: Column, ordered_qty: Column) -> Column:
    """Return 1 where price or quantity is off by a whole factor of 2 and more, 0 where not, missing where neither is
    known."""
    billed, ordered = np.abs(np.array((billed_price, billed_qty))), np.array((po_unit_price, ordered_qty))
    factor = ratio(np.maximum(billed, ordered), np.minimum(billed, ordered))
    like = (factor >= 1.5) & (np.abs(factor - np.rint(factor)) <= PACK_SLACK * factor)
    either: Column = np.fmax.reduce(np.where(np.isnan(factor), factor, like))
    return either


@F.feature("Invoice unit is not the order unit, and nobody says how many make one", family="unit")
def uom_differs(invoice_uom: Texts, order_uom: Texts, order_units: Column) -> Column:
    unnamed = [one is None or other is None for one, other in zip(invoice_uom, order_uom, strict=True)]
    return np.where(np.array(unnamed, dtype=bool), np.nan, flag(np.isnan(order_units)))


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
    return np.where(reduces, np.nan, _share(po_open_amount, line_amount))  # a credit needs no room


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


F.field("line_amount", family="amount", unit="money", title="Line amount")


@F.feature("Line amount over the supplier's mean", family="amount", unit="ratio")
def amount_vs_supplier_mean(billed_amount: Column, supplier_count_365d: Column, supplier_amount_365d: Column) -> Column:
    # Sum over count: no mean is taken where the supplier is new.
    return _share(billed_amount * supplier_count_365d * 100.0, supplier_amount_365d)


@F.step
def approval_share_of_line(billed_amount: Column, approval_limit_amount: Column) -> Column:
    return _share(billed_amount, approval_limit_amount, empty=BEYOND)


@F.feature("Amount over the approval limit", family="amount", unit="ratio")
def approval_share(
    approval_share_of_line: Column, payable_amount: Column, approval_limit_amount: Column, reduces: NDArray[np.bool_]
) -> Column:
    whole = _share(_signed(reduces, payable_amount), approval_limit_amount, empty=BEYOND)
    return np.fmax(approval_share_of_line, whole)


@F.feature("Just below the approval limit", family="amount")
def just_below_limit(approval_share_of_line: Column) -> Column:
    return flag((approval_share_of_line >= NEAR_LIMIT) & (approval_share_of_line < 1.0))


@F.feature("Charges over line amount", family="charges and tax", unit="ratio")
def charges_share(charges_amount: Column, line_amount: Column) -> Column:
    return _share(charges_amount, np.abs(line_amount))


@F.feature("Tax billed less expected, over line amount", family="charges and tax", unit="ratio")
def tax_residual_share(tax_amount: Column, expected_tax_amount: Column, line_amount: Column) -> Column:
    return _share(tax_amount - expected_tax_amount, np.abs(line_amount))


@F.feature("Line reduces what is billed", family="document")
def line_reduces(reduces: NDArray[np.bool_]) -> Column:
    return reduces.astype(np.float64)


@F.feature("Credited beyond what was billed before", family="document", unit="count")
def credited_over_billed_qty(billed_qty: Column, previously_invoiced_qty: Column, reduces: NDArray[np.bool_]) -> Column:
    return np.where(reduces, np.maximum(-billed_qty - previously_invoiced_qty, 0.0), 0.0)


@F.feature("Amount that quantity, price, charges and allowances do not explain", family="arithmetic", unit="money")
def unexplained_amount(
    line_amount: Column,
    invoiced_qty: Column,
    invoice_unit_price: Column,
    price_base_qty: Column,
    charges_amount: Column,
    allowances_amount: Column,
) -> Column:
    """Return by how much a line lies outside price times quantity, less allowances to plus charges; signs are a matter
    of taste."""
    each = np.abs(invoice_unit_price) / np.where(price_base_qty > 0.0, price_base_qty, 1.0)
    apart = np.abs(line_amount) - np.abs(invoiced_qty) * each
    above = apart - np.abs(np.nan_to_num(charges_amount, nan=0.0))
    below = -apart - np.abs(np.nan_to_num(allowances_amount, nan=0.0))
    return np.maximum(np.maximum(above, below), 0.0)


@F.feature("Amount by which the invoice's parts do not make its total", family="arithmetic", unit="money")
def unexplained_total(
    payable_amount: Column,
    invoice_lines_amount: Column,
    invoice_charges_amount: Column,
    invoice_allowances_amount: Column,
    invoice_tax_amount: Column,
    prepaid_amount: Column,
) -> Column:
    added = np.nan_to_num(invoice_charges_amount, nan=0.0) + invoice_tax_amount
    taken = np.nan_to_num(invoice_allowances_amount, nan=0.0) + np.nan_to_num(prepaid_amount, nan=0.0)
    return np.abs(payable_amount - (invoice_lines_amount + added - taken))


@F.feature("Lines of the invoice so far beyond their sum", family="arithmetic", unit="money")
def lines_over_total(billed_amount: Column, invoice_lines_amount: Column, invoice_amount_365d: Column) -> Column:
    return np.maximum(billed_amount + invoice_amount_365d / 100.0 - invoice_lines_amount, 0.0)


F.field("supplier_status", family="supplier")


@F.feature("Supplier since", family="supplier", unit="days")
def supplier_tenure_days(as_of: Column, supplier_since_on: Column) -> Column:
    return days_between(as_of, supplier_since_on)


F.field("supplier_paid_invoice_count", family="supplier", unit="count")
F.field("supplier_tax_id_match", family="supplier")
F.field("bank_matches_master", family="bank")


@F.feature("Days since the bank details changed", family="bank", unit="days")
def days_since_bank_change(as_of: Column, bank_changed_at: Column) -> Column:
    return days_between(as_of, bank_changed_at)


F.field("suppliers_sharing_bank_count", family="bank", unit="count")


F.past("account_age_days", "Days the account has been seen", family="bank", unit="days")


F.field("closest_invoice_similarity", family="duplicate", unit="fraction")
F.field("closest_invoice_days_apart", family="duplicate", unit="days")


@F.step
def line_cents(billed_amount: Column) -> Column:
    return np.rint(billed_amount * 100.0)  # as in `measures`


@F.feature("Number and amount seen before", family="duplicate")
def same_number_and_amount(claim_count_365d: Column) -> Column:
    return flag(claim_count_365d > 0.0)


@F.feature("Same amount as the order's last line", family="duplicate")
def same_amount_on_order(order_last_amount: Column, line_cents: Column) -> Column:
    return flag(order_last_amount == line_cents)


F.field("invoice_type", family="document", title="Document")
F.field("capture_channel", family="document")
F.field("ocr_confidence", family="document", unit="fraction")


@F.feature("Blocks", family="blocks", unit="count")
def block_count(blocking_codes: Members) -> Column:
    count: Column = np.add.reduce([blocking_codes[code] for code in get_args(Block)])
    return count


@F.feature("Blocked for price", family="blocks")
def blocked_for_price(blocking_codes: Members) -> Column:
    blocked: Column = np.maximum.reduce([blocking_codes[code] for code in _PRICE_BLOCKS])
    return blocked


@F.feature("Blocked for quantity", family="blocks")
def blocked_for_quantity(blocking_codes: Members) -> Column:
    blocked: Column = np.maximum.reduce([blocking_codes[code] for code in _QUANTITY_BLOCKS])
    return blocked


@F.step
def today_days(as_of: LocalTime) -> Column:
    return np.floor(as_of / _DAY)


@F.feature("Days to the due date", family="timing", unit="days")
def days_to_due(due_on: Column, today_days: Column) -> Column:
    return days_between(due_on, today_days * _DAY)


@F.feature("Days to the end of the discount", family="timing", unit="days")
def days_to_discount_end(issued_on: Column, discount_days: Column, today_days: Column) -> Column:
    return days_between(issued_on + discount_days * _DAY, today_days * _DAY)


@F.feature("Last three days of the month", family="timing")
def month_end(today_days: Column) -> Column:
    dates = today_days.astype(np.int64).astype("datetime64[D]")
    next_month = (dates.astype("datetime64[M]") + 1).astype("datetime64[D]")
    return flag((next_month - dates).astype(np.int64) <= MONTH_END_DAYS)


def _wrong_rate(wrong: Column, labelled: Column) -> Column:
    return shrunk_rate(wrong, labelled, prior=WRONG_PRIOR, strength=STRENGTH)


def _titles(trail: str, words: str, causes: tuple[str, ...]) -> dict[str, str]:
    return {f"{trail}_share_{cause}": words.format(cause=cause.replace("_", " ")) for cause in causes}


def _cause_shares(trail: str, past: Window, causes: tuple[str, ...], *, days: int) -> dict[str, Column]:
    """Return how often each cause was an entity's, from what is usual where it has few labels."""
    events = np.array([past[f"cause_{cause}_{days}d"] for cause in causes])
    # Where outcomes come without causes, a share that sinks with their number would only tell how old the file is.
    labelled = past[f"labelled_{days}d"] * (events.sum(axis=0) > 0.0)
    usual = np.array([[USUAL_SHARES[cause]] for cause in causes])
    shares = shrunk_rate(events, labelled, prior=usual, strength=STRENGTH)
    return {f"{trail}_share_{cause}": share for cause, share in zip(causes, shares, strict=True)}


F.past("supplier_count_30d", "Supplier's exceptions in 30 days", family="supplier history", unit="count")


@F.feature("Supplier's share of exceptions wrong to pay", family="supplier history", unit="fraction")
def supplier_wrong_rate(supplier_wrong_365d: Column, supplier_labelled_365d: Column) -> Column:
    return _wrong_rate(supplier_wrong_365d, supplier_labelled_365d)


@F.features(
    _titles("supplier", "Supplier's share of {cause}", SUPPLIER_CAUSES), family="supplier history", unit="fraction"
)
def supplier_causes(supplier: Window) -> dict[str, Column]:
    return _cause_shares("supplier", supplier, SUPPLIER_CAUSES, days=365)


@F.feature("Site's share of exceptions wrong to pay", family="site history", unit="fraction")
def site_wrong_rate(site_wrong_365d: Column, site_labelled_365d: Column) -> Column:
    return _wrong_rate(site_wrong_365d, site_labelled_365d)


@F.features(_titles("site", "Site's share of {cause}", SITE_CAUSES), family="site history", unit="fraction")
def site_causes(site: Window) -> dict[str, Column]:
    return _cause_shares("site", site, SITE_CAUSES, days=365)


@F.feature("Buyer's share of exceptions wrong to pay", family="buyer history", unit="fraction")
def buyer_wrong_rate(buyer_wrong_365d: Column, buyer_labelled_365d: Column) -> Column:
    return _wrong_rate(buyer_wrong_365d, buyer_labelled_365d)


@F.features(_titles("buyer", "Buyer's share of {cause}", BUYER_CAUSES), family="buyer history", unit="fraction")
def buyer_causes(buyer: Window) -> dict[str, Column]:
    return _cause_shares("buyer", buyer, BUYER_CAUSES, days=365)


@F.step
def yearly_lane(lane: Window) -> Mapping[str, Column]:
    """Count a lane's longer past as one year."""
    year = year_share(lane["age_days"], within_days=LANE_DAYS)
    totals = ("count", "labelled", "wrong", *(f"cause_{cause}" for cause in LANE_CAUSES))
    return {f"{name}_{LANE_DAYS}d": lane[f"{name}_{LANE_DAYS}d"] * year for name in totals}


@F.step
def lane_count(yearly_lane: Mapping[str, Column]) -> Column:
    return yearly_lane[f"count_{LANE_DAYS}d"]


@F.feature("Supplier's share of exceptions wrong to pay at the site", family="lane history", unit="fraction")
def lane_wrong_rate(yearly_lane: Mapping[str, Column]) -> Column:
    return _wrong_rate(yearly_lane[f"wrong_{LANE_DAYS}d"], yearly_lane[f"labelled_{LANE_DAYS}d"])


@F.features(
    _titles("lane", "Supplier's share of {cause} at the site", LANE_CAUSES), family="lane history", unit="fraction"
)
def lane_causes(yearly_lane: Mapping[str, Column]) -> dict[str, Column]:
    return _cause_shares("lane", yearly_lane, LANE_CAUSES, days=LANE_DAYS)


@F.feature("Supplier's exceptions at the site, per year if known longer", family="lane history", unit="count")
def lane_yearly(lane_count: Column) -> Column:
    return lane_count


@F.feature(
    "Supplier's exceptions at the site whose outcome is known, per year if known longer",
    family="lane history",
    unit="count",
)
def lane_labelled_yearly(yearly_lane: Mapping[str, Column]) -> Column:
    return yearly_lane[f"labelled_{LANE_DAYS}d"]


@F.step
def lane_year_days(lane_age_days: Column) -> Column:
    return np.minimum(lane_age_days, 365.0)


@F.feature("Supplier's exceptions at the site per month", family="lane history", unit="count")
def lane_per_month(lane_count: Column, lane_year_days: Column) -> Column:
    return (lane_count + 1.0) / (np.nan_to_num(lane_year_days) / MONTH_DAYS + 2.0)


@F.feature("Days since the supplier's first exception at the site, up to a year", family="lane history", unit="days")
def lane_known_days(lane_year_days: Column) -> Column:
    return lane_year_days


F.past(
    "lane_days_since_last", "Days since the supplier's last exception at the site", family="lane history", unit="days"
)


@F.feature("Item's share of exceptions wrong to pay", family="item history", unit="fraction")
def item_wrong_rate(item_wrong_365d: Column, item_labelled_365d: Column) -> Column:
    return _wrong_rate(item_wrong_365d, item_labelled_365d)


F.past("item_days_since_last", "Days since the item's last exception", family="item history", unit="days")


@F.feature("Category's share of exceptions wrong to pay", family="category history", unit="fraction")
def subcategory_wrong_rate(subcategory_wrong_365d: Column, subcategory_labelled_365d: Column) -> Column:
    return _wrong_rate(subcategory_wrong_365d, subcategory_labelled_365d)


@F.feature("Order's exceptions so far", family="order history", unit="count")
def order_count(order_count_365d: Column) -> Column:
    return order_count_365d


@F.feature("Order's share of exceptions wrong to pay", family="order history", unit="fraction")
def order_wrong_rate(order_wrong_365d: Column, order_labelled_365d: Column) -> Column:
    return _wrong_rate(order_wrong_365d, order_labelled_365d)


F.past("order_days_since_last", "Days since the order's last exception", family="order history", unit="days")


@F.feature("Kinds of danger named in the notes", family="danger", unit="count")
def danger_named(notes: Texts) -> Column:
    return dangers_per_text(notes)


RECIPE: Final = Recipe(
    payload=InvoiceDiscrepancy,
    text_fields=("notes",),
    trails=TRAILS,
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=money_at_stake,
)
