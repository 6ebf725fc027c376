"""A blocked invoice line as clerks see it: order, receipt and invoice side by side, with what differs marked."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from features.domains.invoice_discrepancy.payload import InvoiceDiscrepancy
from features.panels import (
    NOTHING,
    Background,
    CaseEvidence,
    FactList,
    Grid,
    Panel,
    Timeline,
    TimelineEntry,
    Tone,
    Value,
    fraction,
    known,
    money,
    number,
    plain,
    trimmed,
)
from features.units import units_per_unit

_LONG_AGO_DAYS: Final = 30
MAX_SHOWN: Final = 6


def panels(invoice: InvoiceDiscrepancy, background: Background) -> Sequence[Panel]:
    """Return the three-way match, who is paid, and the invoices before."""
    return [_match(invoice), _supplier(invoice, background), _earlier(invoice, background)]


EVIDENCE: Final = CaseEvidence(panels=panels, related=("order", "supplier"))


def _match(invoice: InvoiceDiscrepancy) -> Grid:
    rows = [_quantity(invoice), _price(invoice), _amount(invoice), _tax(invoice), _unit(invoice), _dates(invoice)]
    return Grid(
        title="Three-way match" if invoice.match_type != "two_way" else "Two-way match",
        columns=("", "Order", "Receipt", "Invoice", "Variance", "Tolerance"),
        rows=tuple(row for row in rows if any(cell.value is not None for cell in row[1])),
        note="" if _factor(invoice) is not None else "Nobody says how many order units make an invoice unit.",
    )


def _factor(invoice: InvoiceDiscrepancy) -> Decimal | None:
    """Return the order units in an invoice unit; None where the units differ and nothing says it."""
    if invoice.order_units_per_invoice_unit is not None:
        return Decimal(str(invoice.order_units_per_invoice_unit))
    if invoice.order_uom is None or invoice.invoice_uom is None:
        return Decimal(1)
    found = units_per_unit(invoice.order_uom, invoice.invoice_uom)
    return None if found is None else Decimal(str(found))


def _quantity(invoice: InvoiceDiscrepancy) -> tuple[str, tuple[Value, ...]]:
    factor, unit = _factor(invoice), invoice.order_uom or ""
    received = invoice.accepted_qty if invoice.accepted_qty is not None else invoice.received_qty
    billed = invoice.invoiced_qty * factor if invoice.invoiced_qty is not None and factor is not None else None
    so_far = billed + (invoice.previously_invoiced_qty or 0) if billed is not None else None
    covered = [quantity for quantity in (invoice.ordered_qty, received) if quantity is not None]
    over = so_far - min(covered) if so_far is not None and covered else None
    allowed = _allowed_quantity(invoice)
    tone: Tone = "" if over is None else "bad" if over > (allowed or 0) else "good" if over == 0 else "warn"
    before = invoice.previously_invoiced_qty
    return "Quantity", (
        number(invoice.ordered_qty, "ordered_qty", "order_uom", unit=unit),
        number(
            received,
            "received_qty",
            "accepted_qty",
            "rejected_qty",
            unit=unit,
            tone="bad" if received == 0 else "",
            note=f"{trimmed(invoice.rejected_qty)} rejected" if invoice.rejected_qty else "",
        ),
        number(
            billed if factor is not None else invoice.invoiced_qty,
            "invoiced_qty",
            "previously_invoiced_qty",
            unit=unit if factor is not None else invoice.invoice_uom or "",
            note=f"{trimmed(before)} billed before" if before else "",
        ),
        number(over, "invoiced_qty", "ordered_qty", "received_qty", signed=True, tone=tone),
        number(allowed, "tolerance_qty", "tolerance_qty_fraction"),
    )


def _allowed_quantity(invoice: InvoiceDiscrepancy) -> Decimal | None:
    """Return the tolerance in order units: the tighter of the two that were sent."""
    found = [invoice.tolerance_qty] if invoice.tolerance_qty is not None else []
    if invoice.tolerance_qty_fraction is not None and invoice.ordered_qty is not None:
        found.append(Decimal(str(invoice.tolerance_qty_fraction)) * invoice.ordered_qty)
    return min(found) if found else None


def _price(invoice: InvoiceDiscrepancy) -> tuple[str, tuple[Value, ...]]:
    factor, agreed = _factor(invoice), invoice.po_unit_price
    billed = None
    if invoice.invoice_unit_price is not None and factor:
        billed = invoice.invoice_unit_price / (invoice.price_base_qty or 1) / factor
    over = float(billed / agreed - 1) if billed is not None and agreed else None
    limit = invoice.tolerance_price_fraction
    tone: Tone = "" if over is None else "bad" if over > (limit or 0) else "warn" if abs(over) > 1e-6 else "good"
    contract, last = invoice.contract_unit_price, invoice.last_paid_unit_price
    return "Unit price", (
        money(
            agreed,
            "po_unit_price",
            note=f"contract {trimmed(contract)}" if contract is not None and contract != agreed else "",
        ),
        NOTHING,
        money(
            billed if billed is not None else invoice.invoice_unit_price,
            "invoice_unit_price",
            "price_base_qty",
            note=f"last paid {trimmed(last)}" if last is not None else "",
        ),
        fraction(over, "invoice_unit_price", "po_unit_price", signed=True, tone=tone),
        fraction(limit, "tolerance_price_fraction"),
    )


def _amount(invoice: InvoiceDiscrepancy) -> tuple[str, tuple[Value, ...]]:
    agreed = invoice.po_unit_price
    received = invoice.accepted_qty if invoice.accepted_qty is not None else invoice.received_qty
    ordered = invoice.ordered_qty * agreed if invoice.ordered_qty is not None and agreed is not None else None
    owed = received * agreed if received is not None and agreed is not None else None
    over = invoice.line_amount - owed if owed is not None else None
    limit = invoice.tolerance_price_amount
    tone: Tone = "" if over is None else "bad" if over > (limit or 0) else "warn" if over else "good"
    charges = f"{trimmed(invoice.charges_amount)} charges" if invoice.charges_amount else ""
    return "Line amount", (
        money(ordered, "ordered_qty", "po_unit_price"),
        money(owed, "received_qty", "po_unit_price"),
        money(invoice.line_amount, "line_amount", "charges_amount", note=charges),
        money(over, "line_amount", signed=True, tone=tone),
        money(limit, "tolerance_price_amount"),
    )


def _tax(invoice: InvoiceDiscrepancy) -> tuple[str, tuple[Value, ...]]:
    billed, expected = invoice.tax_amount, invoice.expected_tax_amount
    over = billed - expected if billed is not None and expected is not None else None
    return "Tax", (
        money(expected, "expected_tax_amount", note="by our tax engine" if expected is not None else ""),
        NOTHING,
        money(billed, "tax_amount"),
        money(over, "tax_amount", "expected_tax_amount", signed=True, tone="warn" if over else ""),
        NOTHING,
    )


def _unit(invoice: InvoiceDiscrepancy) -> tuple[str, tuple[Value, ...]]:
    factor = _factor(invoice)
    differ = None not in (invoice.order_uom, invoice.invoice_uom) and invoice.order_uom != invoice.invoice_uom
    said = "not comparable" if factor is None else f"1 = {trimmed(factor)}" if differ else None
    tone: Tone = "bad" if factor is None else "warn"
    return "Unit", (
        plain(invoice, "order_uom", kind="id"),
        NOTHING,
        plain(invoice, "invoice_uom", kind="id"),
        Value(value=said, fields=("order_units_per_invoice_unit", "order_uom", "invoice_uom"), tone=tone),
        NOTHING,
    )


def _dates(invoice: InvoiceDiscrepancy) -> tuple[str, tuple[Value, ...]]:
    posted, issued = invoice.last_gr_at, invoice.issued_on
    apart = (issued - posted.date()).days if posted is not None and issued is not None else None
    early = apart is not None and apart < 0
    return "Date", (
        plain(invoice, "po_on", kind="day"),
        Value(value=posted.date() if posted else None, kind="day", fields=("last_gr_at", "gr_count")),
        plain(invoice, "issued_on", kind="day"),
        number(apart, "issued_on", "last_gr_at", unit="days", signed=True, tone="warn" if early else ""),
        NOTHING,
    )


def _supplier(invoice: InvoiceDiscrepancy, background: Background) -> FactList:
    changed = invoice.bank_changed_at
    recent = changed is not None and (background.as_of - changed).days <= _LONG_AGO_DAYS
    status: Tone = "bad" if invoice.supplier_status in ("blocked", "sanctioned") else ""
    shared = invoice.suppliers_sharing_bank_count
    likeness = invoice.closest_invoice_similarity
    return FactList(
        title="Supplier and payment",
        items=known(
            ("Supplier", plain(invoice, "supplier_id", kind="id")),
            ("Status", plain(invoice, "supplier_status", kind="code", tone=status)),
            ("Supplier since", plain(invoice, "supplier_since_on", kind="day")),
            (
                "Paid so far",
                number(invoice.supplier_paid_invoice_count, "supplier_paid_invoice_count", unit="invoices"),
            ),
            (
                "Bank as in the master",
                plain(invoice, "bank_matches_master", kind="flag", tone=_wrong(invoice.bank_matches_master is False)),
            ),
            (
                "Bank details changed",
                plain(invoice, "bank_changed_at", kind="instant", tone="warn" if recent else ""),
            ),
            (
                "Others with this account",
                number(shared, "suppliers_sharing_bank_count", tone="bad" if shared else ""),
            ),
            (
                "Tax id matches",
                plain(
                    invoice, "supplier_tax_id_match", kind="flag", tone=_wrong(invoice.supplier_tax_id_match is False)
                ),
            ),
            ("Payable", money(invoice.payable_amount, "payable_amount")),
            ("Due", plain(invoice, "due_on", kind="day")),
            (
                "Like an earlier invoice",
                fraction(likeness, "closest_invoice_similarity", tone=_wrong((likeness or 0) >= 0.9)),
            ),
        ),
    )


def _earlier(invoice: InvoiceDiscrepancy, background: Background) -> Timeline:
    """Return the earlier invoice this one resembles, those of the same order, then of the supplier."""
    seen: set[str] = set()
    moments: list[TimelineEntry] = []
    for trail, words in (("order", "Same order"), ("supplier", "Same supplier")):
        for one in background.of(trail):
            if one.exception_id in seen or len(moments) >= MAX_SHOWN:
                continue
            seen.add(one.exception_id)
            double = one.exception_id in background.doubles
            amount = one.payload.get("line_amount")
            same = amount is not None and Decimal(str(amount)) == invoice.line_amount
            moments.append(
                TimelineEntry(
                    at=one.at,
                    title="Claims the same" if double else words,
                    detail=(
                        Value(value=one.payload.get("invoice_id"), kind="id"),
                        Value(
                            value=amount, kind="money", tone="warn" if same else "", note="same amount" if same else ""
                        ),
                        *_ended(one.wrong, one.cause),
                    ),
                    tone="bad" if double else "",
                    case=one.exception_id,
                )
            )
    return Timeline(title="Earlier invoices", moments=tuple(moments), empty="None of this order or supplier is known.")


def _ended(wrong: bool | None, cause: str | None) -> tuple[Value, ...]:
    if wrong is None:
        return ()
    return (Value(value=cause, kind="code", tone="bad" if wrong else "good", note="wrong to pay" if wrong else "owed"),)


def _wrong(is_wrong: bool) -> Tone:
    return "bad" if is_wrong else ""
