"""A trade document in one form, whatever format it came in.

Amounts are as written: a credit note's are positive, as EN 16931 has it. A missing value is None, never 0.
"""

import hashlib
import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from features.identifiers import normal_form
from features.readings import read_day

MAX_LINES: Final = 5_000
MAX_TEXT_LETTERS: Final = 2_000
DocumentKind = Literal["invoice", "credit_note", "order", "despatch_advice", "receipt"]
BILLS: Final = ("invoice", "credit_note")
"""The kinds that are matched; the others are what they are matched with."""
_DECIMAL: Final = re.compile(r"[+-]?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_VAT_NUMBER: Final = re.compile(r"[a-z]{2}(?=[a-z0-9]*\d)[a-z0-9]{7,12}", re.ASCII)
_GLN: Final = re.compile(r"\d{13}", re.ASCII)
_ZONED_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)", re.ASCII)


class UnreadableError(ValueError):
    """A document that cannot be read. reason: a code of its kind; the text says what is wrong and where."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def _decimal(value: Any) -> Any:
    if isinstance(value, str):
        text = value.strip()
        if not _DECIMAL.fullmatch(text):
            raise ValueError("must be a number of at most 18 digits with a decimal point, such as 1234.50")
        return Decimal(text)
    if isinstance(value, bool):
        raise ValueError("is true or false, not a number")
    return Decimal(repr(value)) if isinstance(value, float) else value


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # XML dates may carry a zone, which says nothing of the day that is meant.
    zoned = _ZONED_DAY.fullmatch(value.strip())
    return read_day(zoned[1] if zoned else value, zone=None)


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kept = " ".join(value.replace("\x00", " ").split())
    return kept[:MAX_TEXT_LETTERS] or None


Amount = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=-(10**12), le=10**12, allow_inf_nan=False)]
WrittenDay = Annotated[date, BeforeValidator(_day)]
WrittenText = Annotated[str | None, BeforeValidator(_text)]
WrittenId = Annotated[Annotated[str, Field(max_length=128)] | None, BeforeValidator(_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class TradeParty(_Part):
    """A buyer, a supplier or a place. ids: every identifier it is named by, the one the buyer gave first."""

    ids: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=128)], ...], Field(max_length=12)] = ()
    name: WrittenText = None

    @property
    def id(self) -> str | None:
        """The identifier to call it by: the first one, else its name."""
        return self.ids[0] if self.ids else (self.name[:128] if self.name else None)

    @property
    def main_key(self) -> str:
        """The identifier it is found by, in its normal form: a VAT number before a GLN before any other; empty where
        it has none."""
        keys = [key for one in self.ids if (key := normal_form(one, "entity")) is not None]
        for form in (_VAT_NUMBER, _GLN):
            for key in keys:
                if form.fullmatch(key):
                    return key
        return keys[0] if keys else (normal_form(self.name, "entity") or "")[:128]

    def keys(self) -> frozenset[str]:
        """Return its identifiers in their normal form, with its name where it has no identifier."""
        found = {normal_form(one, "entity") for one in self.ids} or {normal_form(self.name, "entity")}
        return frozenset(key for key in found if key is not None)


class Adjustment(_Part):
    """A charge on top, or an allowance taken off; the amount is positive where the document follows its rules."""

    amount: Amount
    is_charge: bool
    reason: WrittenText = None
    vat_category: WrittenId = None
    vat_rate: Amount | None = None


class VatPart(_Part):
    """One row of the VAT breakdown: what is taxed at one rate, and the tax. rate: percent."""

    category: WrittenId = None
    rate: Amount | None = None
    basis: Amount | None = None
    tax: Amount


class DocumentTotals(_Part):
    """Sums as the document states them: BT-106 to BT-115 of EN 16931."""

    lines: Amount | None = None
    allowances: Amount | None = None
    charges: Amount | None = None
    net: Amount | None = None
    vat: Amount | None = None
    gross: Amount | None = None
    prepaid: Amount | None = None
    rounding: Amount | None = None
    payable: Amount | None = None


class TradeLine(_Part):
    """A line. quantity: billed, ordered, announced or received; net: without VAT, with the line's own adjustments.

    price: of `price_base_quantity` units, 1 where not given. unit_price: price of one unit.
    """

    line_id: WrittenId = None
    quantity: Amount | None = None
    rejected_quantity: Amount | None = None
    unit: WrittenId = None
    net: Amount | None = None
    price: Amount | None = None
    price_base_quantity: Amount | None = None
    adjustments: Annotated[tuple[Adjustment, ...], Field(max_length=50)] = ()
    order_id: WrittenId = None
    order_line_id: WrittenId = None
    buyer_item: WrittenId = None
    seller_item: WrittenId = None
    gtin: WrittenId = None
    description: WrittenText = None
    vat_category: WrittenId = None
    vat_rate: Amount | None = None

    @property
    def unit_price(self) -> Decimal | None:
        """The price of one unit; from the net amount where no price is given, or one of 0 beside an amount."""
        base = self.price_base_quantity or Decimal(1)
        if self.price is not None and (self.price or not self.net):
            return self.price / base
        if self.net is not None and self.quantity:
            return (self.net - self.charges + self.allowances) / self.quantity
        return self.price

    @property
    def charges(self) -> Decimal:
        """What is charged on top on the line."""
        return sum((each.amount for each in self.adjustments if each.is_charge), Decimal(0))

    @property
    def allowances(self) -> Decimal:
        """What is taken off on the line."""
        return sum((each.amount for each in self.adjustments if not each.is_charge), Decimal(0))


class TradeDocument(_Part):
    """One document.

    number: given by who wrote it. order_ids: of the head; a line may name its own. preceding: numbers of the documents
    that a credit note corrects. broken_rules: of its standard's Schematron, in words. complete: of a receipt, that no
    more is coming.
    """

    kind: DocumentKind
    number: Annotated[str, Field(min_length=1, max_length=128), BeforeValidator(_text)]
    format: Annotated[str, Field(max_length=40)] = "json"
    profile: WrittenText = None
    issued_on: WrittenDay | None = None
    due_on: WrittenDay | None = None
    delivery_on: WrittenDay | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    supplier: TradeParty = TradeParty()
    buyer: TradeParty = TradeParty()
    site: TradeParty = TradeParty()
    order_ids: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=128)], ...], Field(max_length=200)] = ()
    preceding: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=128)], ...], Field(max_length=200)] = ()
    bank_account: WrittenId = None
    note: WrittenText = None
    broken_rules: Annotated[tuple[Annotated[str, Field(max_length=400)], ...], Field(max_length=100)] = ()
    complete: bool | None = None
    adjustments: Annotated[tuple[Adjustment, ...], Field(max_length=200)] = ()
    vat: Annotated[tuple[VatPart, ...], Field(max_length=100)] = ()
    totals: DocumentTotals = DocumentTotals()
    lines: Annotated[tuple[TradeLine, ...], Field(max_length=MAX_LINES)] = ()

    @property
    def is_bill(self) -> bool:
        """Whether it asks for money or gives some back, and so is matched."""
        return self.kind in BILLS

    def orders_of(self, line: TradeLine) -> tuple[str, ...]:
        """Name the orders a line may belong to: its own, else those of the head."""
        return (line.order_id,) if line.order_id is not None else self.order_ids

    def order_keys(self) -> frozenset[str]:
        """Return the numbers of all orders it speaks of, in their normal form; an order's own for an order."""
        written = {self.number} if self.kind == "order" else {*self.order_ids, *(line.order_id for line in self.lines)}
        found = {normal_form(each, "document") for each in written}
        return frozenset(key for key in found if key is not None)

    def content_digest(self) -> str:
        """Return the sha256 of what it says beside its number, the same for one document that comes in two formats."""
        said = self.model_dump(
            mode="json", exclude={"number", "format", "profile", "note", "broken_rules"}, exclude_none=True
        )
        return hashlib.sha256(orjson.dumps(_plain(said), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: Any) -> Any:
    """Write numbers alike: 100.0 and 100 say the same."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str) and _DECIMAL.fullmatch(value) and "." in value:
        return value.rstrip("0").rstrip(".")
    return value
