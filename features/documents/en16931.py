"""The arithmetic rules of EN 16931 and Peppol BIS 3, computed in decimals: what a document states against what its
parts make.

Only what a document states is checked: a format without a VAT breakdown breaks no rule of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from features.documents.trade_document import Adjustment, TradeDocument, TradeLine

CENT: Final = Decimal("0.01")
HALF_CENT: Final = Decimal("0.005")
LINE_SLACK: Final = Decimal("0.02")
"""What Peppol's own rule of the line's amount forgives."""
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule that does not hold. rule: its id in the standard; line: the line it is about, None for the document."""

    rule: str
    title: str
    stated: Decimal
    computed: Decimal
    line: str | None = None

    @property
    def sentence(self) -> str:
        """What does not hold, for a person."""
        where = f"line {self.line}: " if self.line is not None else ""
        return f"{where}{self.title}: stated {self.stated}, computed {self.computed} ({self.rule})"


def check_arithmetic(document: TradeDocument) -> list[BrokenRule]:
    """Return every arithmetic rule that a bill breaks, lines first."""
    if not document.is_bill:
        return []
    return [*_lines(document), *_sums(document), *_vat(document)]


def _lines(document: TradeDocument) -> Iterator[BrokenRule]:
    for at, line in enumerate(document.lines):
        name = line.line_id or str(at + 1)
        if line.price_base_quantity is not None and line.price_base_quantity <= 0:
            yield BrokenRule(
                rule="PEPPOL-EN16931-R121", title="The quantity that the price is for must be above 0",
                stated=line.price_base_quantity, computed=Decimal(1), line=name,
            )  # fmt: skip
            continue
        computed = _line_net(line)
        if computed is not None and line.net is not None and abs(line.net - computed) > LINE_SLACK:
            yield BrokenRule(
                rule="PEPPOL-EN16931-R120", title="The line's amount is not quantity times price with its adjustments",
                stated=line.net, computed=computed, line=name,
            )  # fmt: skip


def _line_net(line: TradeLine) -> Decimal | None:
    if line.quantity is None or line.price is None:
        return None
    each = line.price / (line.price_base_quantity or Decimal(1))
    return _cents(line.quantity * each + line.charges - line.allowances)


def _sums(document: TradeDocument) -> Iterator[BrokenRule]:
    totals = document.totals
    nets = [line.net for line in document.lines]
    lines = sum((net for net in nets if net is not None), _ZERO)
    charges = sum((each.amount for each in document.adjustments if each.is_charge), _ZERO)
    allowances = sum((each.amount for each in document.adjustments if not each.is_charge), _ZERO)
    if None not in nets and nets:
        yield from _equal("BR-CO-10", "The sum of the lines", totals.lines, lines)
    yield from _equal("BR-CO-11", "The sum of the allowances", totals.allowances, allowances)
    yield from _equal("BR-CO-12", "The sum of the charges", totals.charges, charges)
    if totals.lines is not None:
        # What the head states counts, so that one wrong sum is found once.
        net = totals.lines - _or(totals.allowances, allowances) + _or(totals.charges, charges)
        yield from _equal("BR-CO-13", "The amount without VAT", totals.net, net)
    if document.vat and all(part.tax is not None for part in document.vat):
        tax = sum((part.tax for part in document.vat), _ZERO)
        yield from _equal("BR-CO-14", "The total VAT", totals.vat, tax)
    if totals.net is not None:
        yield from _equal("BR-CO-15", "The amount with VAT", totals.gross, totals.net + _or(totals.vat, _ZERO))
    if totals.gross is not None:
        due = totals.gross - _or(totals.prepaid, _ZERO) + _or(totals.rounding, _ZERO)
        yield from _equal("BR-CO-16", "The amount due", totals.payable, due)


def _vat(document: TradeDocument) -> Iterator[BrokenRule]:
    for part in document.vat:
        lines = [line for line in document.lines if _is_of(part.category, part.rate, line.vat_category, line.vat_rate)]
        adjusted = [
            each for each in document.adjustments if _is_of(part.category, part.rate, each.vat_category, each.vat_rate)
        ]
        if part.basis is not None and part.rate is not None:
            # Systems that round each line's tax are off by up to half a cent a line.
            slack = max(CENT, HALF_CENT * (len(lines) + len(adjusted)))
            tax = _cents(part.basis * part.rate / 100)
            yield from _equal("BR-CO-17", f"The VAT at {part.rate.normalize():f} %", part.tax, tax, slack=slack)
        stated = all(line.vat_rate is not None and line.net is not None for line in document.lines)
        if part.basis is not None and stated and lines and _all_named(document.adjustments):
            basis = sum((line.net for line in lines if line.net is not None), _ZERO) + _signed(adjusted)
            rule = f"BR-{part.category or 'S'}-08"
            yield from _equal(rule, f"What is taxed at {_rate(part.rate)}", part.basis, basis, slack=CENT)


def _is_of(category: str | None, rate: Decimal | None, other: str | None, other_rate: Decimal | None) -> bool:
    same_category = category is None or other is None or category == other
    return same_category and (rate or _ZERO) == (other_rate or _ZERO)


def _all_named(adjustments: Sequence[Adjustment]) -> bool:
    return all(each.vat_rate is not None or each.vat_category is not None for each in adjustments)


def _signed(adjustments: Sequence[Adjustment]) -> Decimal:
    return sum((each.amount if each.is_charge else -each.amount for each in adjustments), _ZERO)


def _rate(rate: Decimal | None) -> str:
    return f"{rate.normalize():f} %" if rate is not None else "no rate"


def _equal(
    rule: str, title: str, stated: Decimal | None, computed: Decimal, *, slack: Decimal = _ZERO
) -> Iterator[BrokenRule]:
    if stated is not None and abs(_cents(stated) - _cents(computed)) > slack:
        yield BrokenRule(rule=rule, title=title, stated=stated, computed=_cents(computed))


def _or(stated: Decimal | None, computed: Decimal) -> Decimal:
    return computed if stated is None else stated


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
