"""Features of price, quantity and unit: the line against its order, its receipt and earlier prices."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import days_between, flag, ratio
from features.columns import Column
from features.declaration import FeatureGroup, Texts
from features.domains.invoice_discrepancy.billed_lines import BEYOND, fraction_over, share

PACK_SLACK: Final = 0.03

F: Final = FeatureGroup()


@F.feature("Invoice price over order price", family="price", unit="fraction")
def price_var_fraction(billed_price: Column, po_unit_price: Column) -> Column:
    return fraction_over(billed_price, po_unit_price)


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
    by_fraction = share(np.abs(price_var_fraction), tolerance_price_fraction, empty=BEYOND)
    by_amount = share(np.abs(price_var_amount), tolerance_price_amount, empty=BEYOND)
    return np.sign(price_var_fraction) * np.fmax(by_fraction, by_amount)


@F.feature("Invoice price over contract price", family="price", unit="fraction")
def price_vs_contract_fraction(billed_price: Column, contract_unit_price: Column) -> Column:
    return fraction_over(billed_price, contract_unit_price)


@F.feature("Invoice price over last paid price", family="price", unit="fraction")
def price_vs_last_paid_fraction(billed_price: Column, last_paid_unit_price: Column) -> Column:
    return fraction_over(billed_price, last_paid_unit_price)


@F.feature("Invoice price over the price billed last", family="item history", unit="fraction")
def price_vs_last_billed_fraction(invoice_unit_price: Column, item_last_unit_price: Column) -> Column:
    # A remembered 0 is a price that was not known.
    return fraction_over(invoice_unit_price, item_last_unit_price / 1e6)


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
    return share(not_received, np.abs(billed_qty))


@F.feature("Invoiced in all over ordered", family="quantity", unit="fraction")
def billed_over_ordered_fraction(over_ordered: Column, ordered_qty: Column) -> Column:
    return share(over_ordered, ordered_qty)


@F.feature("Quantity over the order, in tolerances", family="quantity", unit="ratio")
def ordered_excess_in_tolerances(
    over_ordered: Column, ordered_qty: Column, tolerance_qty_fraction: Column, tolerance_qty: Column
) -> Column:
    allowed = np.fmin(tolerance_qty_fraction * ordered_qty, tolerance_qty)
    return np.where(over_ordered <= 0.0, 0.0, share(over_ordered, allowed, empty=BEYOND))


@F.feature("Rejected over received", family="quantity", unit="ratio")
def rejected_fraction(rejected_qty: Column, received_qty: Column) -> Column:
    return share(rejected_qty, received_qty)


@F.feature("Announced over invoiced", family="quantity", unit="ratio")
def announced_fraction(asn_qty: Column, billed_qty: Column) -> Column:
    return share(asn_qty, np.abs(billed_qty))


@F.feature("Billed for what was not received", family="quantity", unit="money")
def value_not_received(not_received: Column, billed_price: Column) -> Column:
    return not_received * billed_price


@F.feature("Line amount over the unpaid receipt at order price", family="quantity", unit="fraction")
def amount_vs_receipt_fraction(
    billed_amount: Column, received_qty: Column, billed_before: Column, po_unit_price: Column
) -> Column:
    return fraction_over(billed_amount, np.maximum(received_qty - billed_before, 0.0) * po_unit_price)


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
