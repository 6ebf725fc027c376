"""SAP IDocs as XML: INVOIC, ORDERS, DESADV (in the basic types INVOIC, ORDERS and DELVRY)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from features.documents.building import build_document, names
from features.documents.trade_document import DocumentKind, TradeDocument, UnreadableError
from features.documents.xml_tree import Element

_KINDS: Final[Mapping[str, DocumentKind]] = {
    "INVOIC": "invoice", "ORDERS": "order", "ORDCHG": "order", "DESADV": "despatch_advice",
}  # fmt: skip
_CREDITS: Final = frozenset({"CRME", "CRNO", "GUTS"})
_NO_DAY: Final = "00000000"


def is_idoc(root: Element) -> bool:
    """Check whether a document holds IDocs."""
    return root.name == "IDOC" or next(root.children("IDOC"), None) is not None


def read_idocs(root: Element) -> Iterator[TradeDocument | UnreadableError]:
    """Read each IDoc of a file; what cannot be read is yielded as its error, so that it spoils no other."""
    for idoc in [root] if root.name == "IDOC" else root.children("IDOC"):
        try:
            yield _read(idoc)
        except UnreadableError as error:
            yield error


def _read(idoc: Element) -> TradeDocument:
    message = (idoc.text("EDI_DC40/MESTYP") or "").upper()
    kind = _KINDS.get(message)
    if kind is None:
        raise UnreadableError(
            "unknown_format", f"is an IDoc of message type {message[:20]!r}; {', '.join(_KINDS)} are read"
        )
    delivery = idoc.first("E1EDL20")
    return _delivery(delivery) if delivery is not None else _order_or_invoice(idoc, kind)


def _order_or_invoice(idoc: Element, kind: DocumentKind) -> TradeDocument:
    head = idoc.first("E1EDK01")
    if head is None:
        raise UnreadableError("incomplete", "the IDoc has no E1EDK01")
    if kind == "invoice" and (head.text("BSART") or "").upper() in _CREDITS:
        kind = "credit_note"
    own = "009" if kind in ("invoice", "credit_note") else "001"
    days = {each.text("IDDAT") or each.text("QUALF"): _day(each.text("DATUM")) for each in idoc.children("E1EDK03")}
    references = [(each.text("QUALF"), each.text("BELNR")) for each in idoc.children("E1EDK02")]
    sums = {each.text("SUMID"): _number(each.text("SUMME")) for each in idoc.children("E1EDS01")}
    return build_document(
        {
            "kind": kind,
            "number": next((number for of, number in references if of == own and number), None) or head.text("BELNR"),
            "format": "idoc",
            "profile": idoc.text("EDI_DC40/IDOCTYP"),
            "issued_on": days.get("012") or days.get("026") or days.get("011"),
            "due_on": days.get("016"),
            "delivery_on": days.get("002") or days.get("001"),
            "currency": head.text("CURCY"),
            "supplier": _partner(idoc, "LF", "RS"),
            "buyer": _partner(idoc, "AG", "RE"),
            "site": _partner(idoc, "WE"),
            "order_ids": names(*(number for of, number in references if of == "001" and own != "001")),
            "vat": [
                {
                    "category": each.text("MWSKZ"),
                    "rate": _number(each.text("MSATZ")),
                    "tax": _number(each.text("MWSBT")),
                }
                for each in idoc.children("E1EDK04")
                if each.text("MWSBT")
            ],
            "adjustments": [adjustment for each in idoc.children("E1EDK05") if (adjustment := _condition(each))],
            "totals": {"net": sums.get("010"), "vat": sums.get("005"), "gross": sums.get("011"),
                       "payable": sums.get("011")},
            "lines": [_line(each) for each in idoc.children("E1EDP01")],
        }
    )  # fmt: skip


def _line(line: Element) -> dict[str, Any]:
    amounts = {each.text("QUALF"): _number(each.text("BETRG")) for each in line.children("E1EDP26")}
    items = {each.text("QUALF"): each for each in line.children("E1EDP19")}
    order = next((each for each in line.children("E1EDP02") if each.text("QUALF") == "001"), None)
    rate = next((each.text("MSATZ") for each in line.children("E1EDP04")), None)
    named = next((each.text("KTEXT") for each in items.values() if each.text("KTEXT")), None)
    return {
        "line_id": line.text("POSEX"),
        "quantity": _number(line.text("MENGE")),
        "unit": line.text("MENEE"),
        "net": amounts.get("003") or _number(line.text("NETWR")),
        "price": _number(line.text("VPREI")) or amounts.get("001"),
        "price_base_quantity": _number(line.text("PEINH")) if line.text("VPREI") else None,
        "adjustments": [adjustment for each in line.children("E1EDP05") if (adjustment := _condition(each))],
        "order_id": order.text("BELNR") if order is not None else None,
        "order_line_id": order.text("ZEILE") if order is not None else None,
        "buyer_item": items["001"].text("IDTNR") if "001" in items else None,
        "seller_item": items["002"].text("IDTNR") if "002" in items else None,
        "gtin": items["003"].text("IDTNR") if "003" in items else None,
        "description": named,
        "vat_rate": _number(rate),
    }


def _condition(each: Element) -> dict[str, Any] | None:
    """Read a condition that is a charge or an allowance; one without an amount is a rate that the price holds."""
    amount, sign = _number(each.text("BETRG")), each.text("ALCKZ")
    if amount is None or sign not in ("+", "-"):
        return None
    return {"amount": amount, "is_charge": sign == "+", "reason": each.text("KOTXT") or each.text("KSCHL")}


def _delivery(delivery: Element) -> TradeDocument:
    partners = {each.text("PARTNER_Q"): each for each in delivery.children("E1ADRM1")}
    days = {each.text("QUALF"): _day(each.text("NTANF")) for each in delivery.children("E1EDT13")}

    def party(*roles: str) -> dict[str, Any]:
        found = next((partners[role] for role in roles if role in partners), None)
        return {} if found is None else {"ids": names(found.text("PARTNER_ID")), "name": found.text("NAME1")}

    return build_document(
        {
            "kind": "despatch_advice",
            "number": delivery.text("VBELN"),
            "format": "idoc",
            "profile": "DELVRY",
            "issued_on": days.get("015") or days.get("006"),
            "delivery_on": days.get("007"),
            "supplier": party("LF", "OSP"),
            "buyer": party("AG"),
            "site": party("WE"),
            "order_ids": names(delivery.text("BSTNK"), *delivery.texts("E1EDL24/E1EDL41/BSTNR")),
            "lines": [
                {
                    "line_id": each.text("POSNR"),
                    "quantity": _number(each.text("LFIMG")),
                    "unit": each.text("VRKME") or each.text("MEINS"),
                    "order_id": each.text("E1EDL41/BSTNR") or each.text("VGBEL"),
                    "order_line_id": each.text("E1EDL41/POSEX") or each.text("VGPOS"),
                    "buyer_item": each.text("KDMAT"),
                    "seller_item": each.text("MATNR"),
                    "gtin": each.text("EAN11"),
                    "description": each.text("ARKTX"),
                }
                for each in delivery.children("E1EDL24")
            ],
        }
    )


def _partner(idoc: Element, *roles: str) -> dict[str, Any]:
    for role in roles:
        for each in idoc.children("E1EDKA1"):
            if each.text("PARVW") == role:
                return {
                    # Their number of ours, ours of theirs: whichever is there.
                    "ids": names(each.text("LIFNR"), each.text("PARTN"), each.text("ILNNR")),
                    "name": each.text("NAME1"),
                }
    return {}


def _number(text: str | None) -> str | None:
    """Return a number with its minus before it; SAP writes it behind."""
    if text is None:
        return None
    return f"-{text[:-1].strip()}" if text.endswith("-") else text.strip()


def _day(text: str | None) -> str | None:
    return None if text == _NO_DAY else text
