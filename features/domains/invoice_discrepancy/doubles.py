"""Invoice lines as claims: the supplier's document number and the amount."""

from features.domains.invoice_discrepancy.payload import InvoiceDiscrepancy
from features.doubles import Claim, key, keys
from features.identifiers import normal_form


def claim(payload: InvoiceDiscrepancy) -> Claim | None:
    """Return what is compared of an invoice line, None where its supplier or number is none."""
    supplier, number = normal_form(payload.supplier_id, "entity"), normal_form(payload.invoice_id, "document")
    if supplier is None or number is None:
        return None
    # A credit note may bear the number of its invoice; it is no second bill.
    side = "credit" if payload.invoice_type == "credit_note" or payload.line_amount < 0 else "bill"
    amount = f"{abs(payload.line_amount):.4f}"
    return Claim(
        keys=keys(key("number", side, supplier, number), key("amount", side, supplier, amount)),
        number=number,
        written=payload.invoice_id,
        line=normal_form(payload.invoice_line_id, "entity"),
        amount=amount,
        day=payload.issued_on.toordinal() if payload.issued_on else None,
        apart={
            "order": normal_form(payload.po_id, "document"),
            "order line": normal_form(payload.po_line_id, "entity"),
            "site": normal_form(payload.site_id, "entity"),
            "item": normal_form(payload.sku, "entity"),
        },
    )
