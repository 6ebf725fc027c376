"""Bills that did not match as cases: one for each line that differs, or one for the bill where only its head does."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from features.documents.match_result import LineMatch, MatchProblem, MatchResult, MatchRules
from features.documents.trade_document import TradeDocument, TradeLine
from features.domains.invoice_discrepancy.payload import Channel

BLOCKS: Final[Mapping[MatchProblem, str]] = {
    "price_above_order": "PP", "billed_over_ordered": "DQ", "billed_over_received": "DQ", "no_receipt": "DW",
    "unit_unknown": "BR", "unplanned_charge": "KW", "tax": "tax_difference",
}  # fmt: skip
"""The SAP tolerance key, or the hold, that says the same of a line."""
CHANNELS: Final[Mapping[str, Channel]] = {
    "ubl": "edi", "cii": "edi", "factur-x": "pdf", "edifact": "edi", "idoc": "edi"
}  # fmt: skip
MAX_SUPPLIER_LETTERS: Final = 128
MAX_LINE_CASES: Final = 100
UNNAMED: Final = "supplier not named"
NOBODY: Final = "unknown"
"""What identifiers of nobody read as: a case of it leaves no trace in entity history."""


def payloads(
    bill: TradeDocument, result: MatchResult, rules: MatchRules, *, received_at: datetime
) -> list[tuple[str | None, dict[str, Any]]]:
    """Return the line's name and the payload of each case; the bill's own problems go with the first line.

    Where more than MAX_LINE_CASES lines differ, the bill is one case: nobody rules so many one by one.
    """
    differing = [line for line in result.lines if line.problems]
    if not differing or len(differing) > MAX_LINE_CASES:
        whole = _head(bill, result, received_at) | _of_bill(bill, result)
        return [(None, _without_blanks(whole))] if result.all_problems else []
    names = _names(differing)
    found: list[tuple[str | None, dict[str, Any]]] = []
    for at, line in enumerate(differing):
        payload = _head(bill, result, received_at) | _of_line(bill, line, rules)
        if at == 0:
            payload |= _problems_of_bill(bill, result, line)
        found.append((names[at], _without_blanks(payload)))
    return found


def unread_payload(identity: str) -> dict[str, Any]:
    """Return the payload of a document that cannot be read: it names nobody, so that it is in nobody's history."""
    return {"invoice_id": f"unread-{identity[:12]}", "supplier_id": NOBODY, "line_amount": "0"}


def _names(lines: Sequence[LineMatch]) -> list[str]:
    """Name lines by their ids, those without one or with one twice by their position."""
    ids = [line.line_id for line in lines]
    return [
        line.line_id if line.line_id is not None and ids.count(line.line_id) == 1 else f"at {line.position + 1}"
        for line in lines
    ]


def _head(bill: TradeDocument, result: MatchResult, received_at: datetime) -> dict[str, Any]:
    totals = bill.totals
    account = bill.bank_account
    return {
        "invoice_id": bill.number,
        "supplier_id": (bill.supplier.id or UNNAMED)[:MAX_SUPPLIER_LETTERS],
        "invoice_type": bill.kind,
        "site_id": bill.site.id,
        "legal_entity": (bill.buyer.id or "")[:64] or None,
        "issued_on": bill.issued_on,
        "due_on": bill.due_on,
        "received_at": received_at,
        "supplier_bank_account_hash": sha256("".join(account.split()).upper().encode()).hexdigest()
        if account
        else None,
        "payable_amount": totals.payable,
        "invoice_lines_amount": totals.lines,
        "invoice_charges_amount": totals.charges,
        "invoice_allowances_amount": totals.allowances,
        "invoice_tax_amount": totals.vat,
        "prepaid_amount": totals.prepaid,
        "closest_invoice_similarity": round(result.closest.similarity, 4) if result.closest else None,
        "closest_invoice_days_apart": result.closest.days_apart if result.closest else None,
        "capture_channel": "peppol" if "peppol" in (bill.profile or "").lower() else CHANNELS.get(bill.format),
        "notes": bill.note,
    }


def _of_bill(bill: TradeDocument, result: MatchResult) -> dict[str, Any]:
    """Return what a case says that is about the bill as a whole."""
    nets = [line.net for line in bill.lines if line.net is not None]
    amount = bill.totals.lines if bill.totals.lines is not None else sum(nets, Decimal(0))
    return {
        "line_amount": amount if amount or nets else (bill.totals.payable or Decimal(0)),
        "po_id": next(iter((*result.orders, *bill.order_ids)), None),
        "charges_amount": _charges(bill),
        "tax_amount": bill.totals.vat,
        "expected_tax_amount": result.tax_expected,
        "blocking_codes": _blocks(result.all_problems),
    }


def _problems_of_bill(bill: TradeDocument, result: MatchResult, line: LineMatch) -> dict[str, Any]:
    found: dict[str, Any] = {"blocking_codes": _blocks((*line.problems, *result.problems))}
    if "unplanned_charge" in result.problems:
        found["charges_amount"] = bill.lines[line.position].charges + (_charges(bill) or Decimal(0))
    if result.tax_expected is not None:
        found |= {"tax_amount": bill.totals.vat, "expected_tax_amount": result.tax_expected}
    return found


def _of_line(bill: TradeDocument, match: LineMatch, rules: MatchRules) -> dict[str, Any]:
    line = bill.lines[match.position]
    three_way = rules.match == "three_way" and match.ordered_quantity is not None
    return {
        "invoice_line_id": line.line_id,
        "line_amount": _net(line),
        "po_id": match.order_id,
        "po_line_id": match.order_line_id,
        "match_type": rules.match,
        "po_on": match.ordered_on,
        "po_delivery_on": match.delivery_on,
        "po_unit_price": match.order_price if match.order_price is not None and match.order_price >= 0 else None,
        "sku": line.buyer_item or line.seller_item,
        "item_gtin": line.gtin,
        "item_description": line.description,
        "ordered_qty": match.ordered_quantity,
        "order_uom": match.order_unit,
        "received_qty": match.received_quantity if three_way else None,
        "accepted_qty": _accepted(match) if three_way else None,
        "rejected_qty": match.rejected_quantity if three_way else None,
        "previously_invoiced_qty": match.billed_before if match.ordered_quantity is not None else None,
        "asn_qty": match.announced_quantity,
        "last_gr_at": match.last_receipt_on.isoformat() + "T00:00:00Z" if match.last_receipt_on else None,
        "gr_final": match.receipts_complete,
        "gr_count": match.receipt_count if three_way else None,
        "invoiced_qty": line.quantity,
        "invoice_uom": line.unit,
        "invoice_unit_price": line.price if line.price is not None else line.unit_price,
        "price_base_qty": line.price_base_quantity if line.price is not None else None,
        "order_units_per_invoice_unit": match.units_per_billed_unit if line.unit and match.order_unit else None,
        "charges_amount": line.charges or None,
        "allowances_amount": line.allowances or None,
        "tolerance_price_fraction": min(rules.price_fraction, 1.0),
        "tolerance_price_amount": rules.price_amount,
        "tolerance_qty_fraction": min(rules.quantity_fraction, 1.0),
        "tolerance_qty": rules.quantity,
        "blocking_codes": _blocks(match.problems),
    }


def _net(line: TradeLine) -> Decimal:
    if line.net is not None:
        return line.net
    return (line.quantity or Decimal(0)) * (line.unit_price or Decimal(0)) + line.charges - line.allowances


def _accepted(match: LineMatch) -> Decimal | None:
    if match.received_quantity is None:
        return None
    return max(match.received_quantity - (match.rejected_quantity or Decimal(0)), Decimal(0))


def _charges(bill: TradeDocument) -> Decimal | None:
    return sum((each.amount for each in bill.adjustments if each.is_charge), Decimal(0)) or None


def _blocks(problems: Sequence[MatchProblem]) -> list[str]:
    return list(dict.fromkeys(BLOCKS[each] for each in problems if each in BLOCKS))


def _without_blanks(payload: dict[str, Any]) -> dict[str, Any]:
    return dict(_written(payload))


def _written(payload: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Write a payload as JSON has it: numbers as texts with the digits they came with."""
    for name, value in payload.items():
        if value is None or value == []:
            continue
        if isinstance(value, Decimal):
            yield name, f"{value:f}"
        elif hasattr(value, "isoformat"):
            yield name, value.isoformat()
        else:
            yield name, value
