"""EDIFACT: INVOIC, ORDERS, DESADV and RECADV of the directories D.96A to D.01B, as EANCOM uses them.

pydifact splits an interchange into segments; what they mean is read here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydifact.exceptions import EDISyntaxError
from pydifact.parser import Parser
from pydifact.tokenizer import Tokenizer

from features.documents.building import build_document, names
from features.documents.trade_document import DocumentKind, TradeDocument, UnreadableError
from features.documents.ubl import CREDIT_CODES

MAX_EDIFACT_BYTES: Final = 2_000_000
_KINDS: Final[Mapping[str, DocumentKind]] = {
    "INVOIC": "invoice", "ORDERS": "order", "ORDCHG": "order", "DESADV": "despatch_advice", "RECADV": "receipt",
}  # fmt: skip
_QUANTITIES: Final[Mapping[DocumentKind, tuple[str, ...]]] = {
    "invoice": ("47",), "credit_note": ("47", "61"), "order": ("21",), "despatch_advice": ("12",),
    "receipt": ("194", "48"),
}  # fmt: skip
_ROLES: Final = {"SU": "supplier", "SE": "supplier", "BY": "buyer", "IV": "invoiced", "DP": "site", "ST": "site"}
_DAYS: Final = {"137": "issued_on", "3": "issued_on", "13": "due_on", "35": "delivery_on", "50": "delivery_on",
                "2": "delivery_on"}  # fmt: skip
_TOTALS: Final = {"79": "lines", "125": "net", "124": "vat", "176": "vat", "77": "gross", "86": "gross", "9": "payable",
                  "113": "prepaid", "260": "allowances", "259": "charges"}  # fmt: skip
_ITEMS: Final = {"IN": "buyer_item", "BP": "buyer_item", "SA": "seller_item", "VP": "seller_item", "EN": "gtin",
                 "SRV": "gtin", "UP": "gtin"}  # fmt: skip
_NEXT_INTERCHANGE: Final = re.compile(r"(?<=[^\s])\s*(?=UNA[^\w\s].{5}\s*UNB)")
_CHARSETS: Final = {"UNOW": "utf-8", "UNOX": "utf-8", "UNOY": "utf-8", "UNOC": "iso-8859-1", "UNOD": "iso-8859-2",
                    "UNOE": "iso-8859-5", "UNOF": "iso-8859-7"}  # fmt: skip


def is_edifact(content: bytes) -> bool:
    """Check whether a file is an interchange, by its first segment."""
    return content.lstrip()[:3] in (b"UNA", b"UNB")


def read_interchange(content: bytes) -> Iterator[TradeDocument | UnreadableError]:
    """Read each message of an interchange, or of several one after another; an unreadable one is yielded as its
    error."""
    if len(content) > MAX_EDIFACT_BYTES:
        raise UnreadableError(
            "too_large", f"the interchange has {len(content):,} bytes; at most {MAX_EDIFACT_BYTES:,} are read"
        )
    for part in _NEXT_INTERCHANGE.split(_decoded(content)):
        for message in _messages(part):
            try:
                yield _read(message)
            except UnreadableError as error:
                yield error


def _decoded(content: bytes) -> str:
    found = re.search(rb"UNB\W(UNO[A-Z])", content[:200])
    charset = _CHARSETS.get(found[1].decode() if found else "", "utf-8")
    try:
        return content.decode(charset).strip()
    except UnicodeDecodeError:
        # UNOA and UNOB are ASCII by name; what stands there in practice is Latin 1.
        return content.decode("iso-8859-1").strip()


Segment = tuple[str, list[list[str]]]


def _segments(text: str) -> Iterator[Segment]:
    try:
        # Split only: the library's check of each segment against its directory would refuse what is sent every day.
        parser, characters = Parser(), Parser.get_control_characters(text)
        content = text[9:] if text.startswith("UNA") else text
        tokens = Tokenizer().get_tokens(content.lstrip(), characters)
        for tag, *elements in parser.convert_tokens_to_raw_segments(tokens):
            yield str(tag), [[each] if isinstance(each, str) else [str(part) for part in each] for each in elements]
    except (EDISyntaxError, ValueError, IndexError, TypeError, AttributeError, AssertionError) as error:
        raise UnreadableError("malformed", f"is no well-formed EDIFACT: {str(error)[:200]}") from None


def _messages(text: str) -> Iterator[list[Segment]]:
    message: list[Segment] | None = None
    found = 0
    for tag, elements in _segments(text):
        if tag == "UNH":
            message = [(tag, elements)]
        elif message is not None:
            message.append((tag, elements))
            if tag == "UNT":
                found += 1
                yield message
                message = None
    if message is not None:
        raise UnreadableError("malformed", "the last message has no end (UNT): the interchange was cut off")
    if not found:
        raise UnreadableError("incomplete", "the interchange holds no message")


def _read(segments: Sequence[Segment]) -> TradeDocument:
    kind_name = _at(segments[0][1], 1, 0)
    if kind_name not in _KINDS:
        raise UnreadableError(
            "unknown_format", f"is an EDIFACT message {kind_name[:20]!r}; {', '.join(_KINDS)} are read"
        )
    return build_document(_Reader(_KINDS[kind_name], kind_name).read(segments))


class _Reader:
    """What is known while the segments of one message are read: groups are told apart by their first segment."""

    def __init__(self, kind: DocumentKind, message: str) -> None:
        self.kind = kind
        self.head: dict[str, Any] = {"format": "edifact", "profile": message}
        self.parties: dict[str, dict[str, Any]] = {}
        self.party: dict[str, Any] | None = None
        self.orders: list[str] = []
        self.preceding: list[str] = []
        self.lines: list[dict[str, Any]] = []
        self.vat: list[dict[str, Any]] = []
        self.totals: dict[str, str] = {}
        self.adjustments: list[dict[str, Any]] = []
        self.adjustment: dict[str, Any] | None = None
        self.place = "head"
        self.rate: str | None = None

    def read(self, segments: Sequence[Segment]) -> dict[str, Any]:
        """Return the parts of the document."""
        for tag, elements in segments:
            read = getattr(self, f"_{tag.lower()}", None)
            if read is not None:
                read(elements)
        for line in self.lines:
            line.setdefault("vat_rate", self.rate)
        buyer = self.parties.get("buyer") or self.parties.get("invoiced") or {}
        totals = dict(self.totals)
        if "payable" not in totals and "gross" in totals:
            totals["payable"] = totals["gross"]
        return self.head | {
            "kind": self.kind, "supplier": self.parties.get("supplier", {}), "buyer": buyer,
            "site": self.parties.get("site", {}), "order_ids": names(*self.orders),
            "preceding": names(*self.preceding), "adjustments": [a for a in self.adjustments if "amount" in a],
            "vat": [part for part in self.vat if "tax" in part],
            "totals": totals if self.kind in ("invoice", "credit_note") else {},
            "lines": self.lines,
        }  # fmt: skip

    def _bgm(self, elements: list[list[str]]) -> None:
        if self.kind == "invoice" and _at(elements, 0, 0) in CREDIT_CODES:
            self.kind = "credit_note"
        self.head["number"] = _at(elements, 1, 0) or None

    def _dtm(self, elements: list[list[str]]) -> None:
        name = _DAYS.get(_at(elements, 0, 0))
        if name is not None and self.place == "head":
            self.head.setdefault(name, _at(elements, 0, 1)[:8])

    def _cux(self, elements: list[list[str]]) -> None:
        self.head.setdefault("currency", _at(elements, 0, 1) or None)

    def _nad(self, elements: list[list[str]]) -> None:
        self.adjustment = None
        role = _ROLES.get(_at(elements, 0, 0))
        if role is None or self.place != "head":
            self.party = None
            return
        name = " ".join(part for part in (elements[3] if len(elements) > 3 else []) if part)
        self.party = self.parties.setdefault(role, {"ids": list(names(_at(elements, 1, 0))), "name": name or None})

    def _rff(self, elements: list[list[str]]) -> None:
        of, number, line = (_at(elements, 0, at) for at in range(3))
        if not number:
            return
        if of == "ON" and self.place == "line":
            self.lines[-1] |= {"order_id": number, "order_line_id": line or None}
        elif of == "ON":
            self.orders.append(number)
        elif of in ("IV", "OI"):
            self.preceding.append(number)
        elif of in ("VA", "FC", "GN") and self.party is not None and len(self.party["ids"]) < 12:
            self.party["ids"].append(number)

    def _fii(self, elements: list[list[str]]) -> None:
        if _at(elements, 0, 0) in ("BF", "RB"):
            self.head.setdefault("bank_account", _at(elements, 1, 0) or None)

    def _ftx(self, elements: list[list[str]]) -> None:
        if self.place == "head" and len(elements) > 3:
            self.head.setdefault("note", " ".join(part for part in elements[3] if part) or None)

    def _lin(self, elements: list[list[str]]) -> None:
        self.place, self.party, self.adjustment = "line", None, None
        line: dict[str, Any] = {"line_id": _at(elements, 0, 0) or None, "adjustments": []}
        number, of = _at(elements, 2, 0), _at(elements, 2, 1)
        if number:
            line[_ITEMS.get(of, "gtin")] = number
        self.lines.append(line)

    def _pia(self, elements: list[list[str]]) -> None:
        if self.place == "line":
            for each in elements[1:]:
                name = _ITEMS.get(each[1] if len(each) > 1 else "")
                if name is not None:
                    self.lines[-1].setdefault(name, each[0])

    def _imd(self, elements: list[list[str]]) -> None:
        if self.place == "line":
            text = " ".join(part for part in (elements[2][3:] if len(elements) > 2 else []) if part)
            self.lines[-1].setdefault("description", text or None)

    def _qty(self, elements: list[list[str]]) -> None:
        of, amount, unit = (_at(elements, 0, at) for at in range(3))
        if self.place != "line":
            return
        if of in _QUANTITIES[self.kind]:
            self.lines[-1] |= {"quantity": _number(amount), "unit": unit or None}
        elif of in ("195", "124") and self.kind == "receipt":
            self.lines[-1]["rejected_quantity"] = _number(amount)

    def _pri(self, elements: list[list[str]]) -> None:
        of, price, base = _at(elements, 0, 0), _at(elements, 0, 1), _at(elements, 0, 4)
        if self.place == "line" and (of == "AAA" or "price" not in self.lines[-1]) and of in ("AAA", "INV", "AAB"):
            self.lines[-1] |= {"price": _number(price), "price_base_quantity": _number(base) if base else None}

    def _alc(self, elements: list[list[str]]) -> None:
        reason = _at(elements, 1, 3) or _at(elements, 4, 3) or _at(elements, 4, 0) or None
        self.adjustment = {"is_charge": _at(elements, 0, 0) == "C", "reason": reason}
        into = self.lines[-1]["adjustments"] if self.place == "line" else self.adjustments
        if self.place != "summary":
            into.append(self.adjustment)

    def _tax(self, elements: list[list[str]]) -> None:
        rate, category = _number(_at(elements, 4, 3)) or None, _at(elements, 5, 0) or None
        if self.adjustment is not None:
            self.adjustment |= {"vat_rate": rate, "vat_category": category}
        elif self.place == "line":
            self.lines[-1] |= {"vat_rate": rate, "vat_category": category}
        elif self.place == "summary":
            self.vat.append({"rate": rate, "category": category})
        else:
            self.rate = rate

    def _moa(self, elements: list[list[str]]) -> None:
        of, amount = _at(elements, 0, 0), _number(_at(elements, 0, 1))
        if self.adjustment is not None and of in ("8", "23", "204", "25"):
            self.adjustment["amount"] = amount
        elif self.place == "line":
            if of == "203" or (of == "66" and "net" not in self.lines[-1]):
                self.lines[-1]["net"] = amount
        elif self.place == "summary" and self.vat and of in ("124", "125"):
            self.vat[-1]["tax" if of == "124" else "basis"] = amount
        elif self.place == "summary" and of in _TOTALS:
            self.totals.setdefault(_TOTALS[of], amount)

    def _uns(self, elements: list[list[str]]) -> None:
        self.adjustment = self.party = None
        self.place = "summary" if _at(elements, 0, 0) == "S" else self.place

    def _cps(self, elements: list[list[str]]) -> None:
        del elements
        self.party = None


def _at(elements: list[list[str]], element: int, component: int) -> str:
    """Return a component, empty where it is not there."""
    found = elements[element] if element < len(elements) else []
    return found[component].strip() if component < len(found) else ""


def _number(text: str) -> str:
    """Return a number with a decimal point; both marks occur whatever the interchange declares, and a minus behind."""
    text = text.strip()
    text = f"-{text[:-1]}" if text.endswith("-") else text
    return text.replace(",", ".") if "." not in text else text
