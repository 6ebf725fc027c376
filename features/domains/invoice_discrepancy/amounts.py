"""Features of the line's amount: what is usual, who may approve it, charges, tax, and whether the sums agree."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import flag
from features.columns import Column
from features.declaration import FeatureGroup
from features.domains.invoice_discrepancy.billed_lines import BEYOND, share, signed

NEAR_LIMIT: Final = 0.95

F: Final = FeatureGroup()

F.field("line_amount", family="amount", unit="money", title="Line amount")


@F.feature("Line amount over the supplier's mean", family="amount", unit="ratio")
def amount_vs_supplier_mean(billed_amount: Column, supplier_count_365d: Column, supplier_amount_365d: Column) -> Column:
    # Sum over count: no mean is taken where the supplier is new.
    return share(billed_amount * supplier_count_365d * 100.0, supplier_amount_365d)


@F.step
def approval_share_of_line(billed_amount: Column, approval_limit_amount: Column) -> Column:
    return share(billed_amount, approval_limit_amount, empty=BEYOND)


@F.feature("Amount over the approval limit", family="amount", unit="ratio")
def approval_share(
    approval_share_of_line: Column, payable_amount: Column, approval_limit_amount: Column, reduces: NDArray[np.bool_]
) -> Column:
    whole = share(signed(reduces, payable_amount), approval_limit_amount, empty=BEYOND)
    return np.fmax(approval_share_of_line, whole)


@F.feature("Just below the approval limit", family="amount")
def just_below_limit(approval_share_of_line: Column) -> Column:
    return flag((approval_share_of_line >= NEAR_LIMIT) & (approval_share_of_line < 1.0))


@F.feature("Charges over line amount", family="charges and tax", unit="ratio")
def charges_share(charges_amount: Column, line_amount: Column) -> Column:
    return share(charges_amount, np.abs(line_amount))


@F.feature("Tax billed less expected, over line amount", family="charges and tax", unit="ratio")
def tax_residual_share(tax_amount: Column, expected_tax_amount: Column, line_amount: Column) -> Column:
    return share(tax_amount - expected_tax_amount, np.abs(line_amount))


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
