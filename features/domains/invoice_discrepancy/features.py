"""Invoice discrepancies: the features of a billed line, group by group in row order, and the recipe."""

from typing import Final

import numpy as np

from features.columns import Column, Columns
from features.danger.danger_kinds import dangers_per_text
from features.declaration import Features, Texts
from features.domains.invoice_discrepancy import (
    amounts,
    billed_lines,
    past_outcomes,
    price_and_quantity,
    receipt_and_order,
    supplier_and_document,
)
from features.domains.invoice_discrepancy.billed_lines import CREDIT_NOTE
from features.domains.invoice_discrepancy.payload import InvoiceDiscrepancy
from features.domains.invoice_discrepancy.trails import TRAILS, measures
from features.recipe import Recipe


def money_at_stake(columns: Columns) -> Column:
    """Return all that releasing the line would pay: line, charges and tax; nothing for a credit."""
    rest = np.nan_to_num(columns["charges_amount"], nan=0.0) + np.nan_to_num(columns["tax_amount"], nan=0.0)
    paid = np.where(columns["invoice_type"] == CREDIT_NOTE, 0.0, columns["line_amount"] + rest)
    return np.maximum(paid, 0.0)


F: Final = Features(InvoiceDiscrepancy, trails=TRAILS)
F.include(
    billed_lines.F,
    price_and_quantity.F,
    receipt_and_order.F,
    amounts.F,
    supplier_and_document.F,
    past_outcomes.F,
)


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
