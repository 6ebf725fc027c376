"""What a billed line takes or gives back, in order units: what the other features of an invoice start from."""

from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import ratio
from features.columns import Column
from features.declaration import FeatureGroup, Texts
from features.domains.invoice_discrepancy.payload import InvoiceType
from features.units import units_per_unit

BEYOND: Final = 1e6  # stands for "more than any tolerance" where the tolerance is 0
BILLION: Final = 1e9
CREDIT_NOTE: Final = float(get_args(InvoiceType).index("credit_note"))

F: Final = FeatureGroup()


def lines_that_reduce(
    invoice_type: Column, line_amount: Column, invoiced_qty: Column, unit_price: Column
) -> NDArray[np.bool_]:
    """Return which lines reduce what is billed: by their document, or by a minus on the amount or on the quantity
    alone."""
    by_quantity = (invoiced_qty < 0.0) & ~(unit_price < 0.0)
    reduces: NDArray[np.bool_] = (invoice_type == CREDIT_NOTE) | (line_amount < 0.0) | by_quantity
    return reduces


def signed(reduces: NDArray[np.bool_], values: Column) -> Column:
    """Return what a line bills, negative where it reduces, whichever way the sender writes a credit."""
    return np.where(reduces, -np.abs(values), values)


def share(above: Column, below: Column, *, empty: float = float("nan")) -> Column:
    """Divide and drop binary noise, so that a price 2 % above the order's is not above a tolerance of 2 %."""
    return np.rint(ratio(above, below, empty=empty) * BILLION) / BILLION


def fraction_over(value: Column, reference: Column) -> Column:
    """Return by which fraction a value exceeds its reference; missing where the reference is 0."""
    return share(value - reference, reference)


@F.step
def reduces(
    invoice_type: Column, line_amount: Column, invoiced_qty: Column, invoice_unit_price: Column
) -> NDArray[np.bool_]:
    return lines_that_reduce(invoice_type, line_amount, invoiced_qty, invoice_unit_price)


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
    return signed(reduces, invoiced_qty) * comparable_units


@F.step
def billed_price(invoice_unit_price: Column, price_base_qty: Column, comparable_units: Column) -> Column:
    """Return the billed price per order unit."""
    return invoice_unit_price / np.where(price_base_qty > 0.0, price_base_qty, 1.0) / comparable_units


@F.step
def billed_amount(line_amount: Column, reduces: NDArray[np.bool_]) -> Column:
    return signed(reduces, line_amount)
