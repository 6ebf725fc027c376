"""The three-way match: a bill's lines beside the lines of their orders, what was received on them, and what was billed
on them before."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Final

from features.documents.en16931 import BrokenRule, check_arithmetic
from features.documents.line_pairing import is_same_item, pair_lines
from features.documents.match_result import (
    CURABLE,
    BilledShare,
    EarlierBill,
    LineMatch,
    MatchProblem,
    MatchResult,
    MatchRules,
)
from features.documents.trade_document import TradeDocument, TradeLine, TradeParty
from features.identifiers import normal_form
from features.units import units_per_unit

_ZERO: Final = Decimal(0)
_SAME_NAME: Final = 0.6
_NOISE: Final = Decimal("0.0000001")
"""What dividing prices leaves behind."""
_COPY_LETTERS: Final = 4
_TAX_RULES: Final = ("BR-CO-14", "BR-CO-17")


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What is known of a bill's orders. before: order units billed by earlier bills, by order line."""

    orders: Sequence[TradeDocument] = ()
    receipts: Sequence[TradeDocument] = ()
    advices: Sequence[TradeDocument] = ()
    before: Mapping[str, Decimal] = field(default_factory=dict)
    closest: EarlierBill | None = None


@dataclass(slots=True, kw_only=True)
class _OrderLine:
    """An order line with what was received and billed on it so far, in its units."""

    key: str
    order: TradeDocument
    line: TradeLine
    received: Decimal = _ZERO
    rejected: Decimal = _ZERO
    announced: Decimal | None = None
    receipts: set[str] = field(default_factory=set)
    last_receipt_on: date | None = None
    complete: bool = False
    before: Decimal = _ZERO

    @property
    def ordered(self) -> Decimal:
        """How much was ordered."""
        return self.line.quantity or _ZERO


def match_bill(bill: TradeDocument, related: Related, rules: MatchRules, *, final: bool = False) -> MatchResult:
    """Match a bill. final: that nothing more is waited for."""
    lines = _order_lines(related)
    findings = check_arithmetic(bill)
    matched = list(_matched(bill, lines, related, rules))
    problems = tuple(_problems_of_bill(bill, related, rules, findings))
    every = {*problems, *(each for line in matched for each in line.problems)}
    mended = {each for line in matched for each in line.problems if each in CURABLE and not line.receipts_complete}
    # What an order that is not there yet says of price and charges is not known; a duplicate is one whatever it says.
    may_still_match = every <= mended or ("order_unknown" in every and "duplicate" not in every)
    waits = bool(every) and may_still_match and not final
    return MatchResult(
        state="matched" if not every else "waiting" if waits else "exception",
        problems=problems,
        lines=tuple(matched),
        findings=(*(each.sentence for each in findings), *bill.broken_rules),
        tax_expected=_tax_expected(bill, findings),
        orders=tuple(order.number for order in related.orders),
        receipts=tuple(receipt.number for receipt in related.receipts),
        closest=related.closest,
    )


def line_key(order: TradeDocument, position: int) -> str:
    """Name an order's line for all that is billed on it."""
    line_id = normal_form(order.lines[position].line_id, "entity") or f"at {position + 1}"
    return f"{normal_form(order.number, 'document')}#{line_id}"


def _order_lines(related: Related) -> list[_OrderLine]:
    found = []
    for order in related.orders:
        for at, line in enumerate(order.lines):
            # A receipt or bill says which order a line is of; so the lines of an order must.
            of_order = line.model_copy(update={"order_id": order.number})
            key = line_key(order, at)
            before = related.before.get(key, _ZERO)
            found.append(_OrderLine(key=key, order=order, line=of_order, before=before))
    for receipt in related.receipts:
        _receive(receipt, found)
    for advice in related.advices:
        for line, partner in _paired(advice, found):
            partner.announced = (partner.announced or _ZERO) + _in_order_units(line, partner.line, line.quantity)
    return found


def _receive(receipt: TradeDocument, lines: Sequence[_OrderLine]) -> None:
    for line, partner in _paired(receipt, lines):
        partner.received += _in_order_units(line, partner.line, line.quantity)
        partner.rejected += _in_order_units(line, partner.line, line.rejected_quantity)
        partner.receipts.add(receipt.number)
        partner.complete = partner.complete or bool(receipt.complete)
        day = receipt.delivery_on or receipt.issued_on
        if day is not None and (partner.last_receipt_on is None or day > partner.last_receipt_on):
            partner.last_receipt_on = day


def _paired(document: TradeDocument, lines: Sequence[_OrderLine]) -> Iterator[tuple[TradeLine, _OrderLine]]:
    """Yield each line of a document with its order line, where it has one."""
    for line, partner in zip(document.lines, _partners(document, lines), strict=True):
        if partner is not None:
            yield line, partner


def _partners(document: TradeDocument, lines: Sequence[_OrderLine]) -> list[_OrderLine | None]:
    known = {normal_form(line.order.number, "document") for line in lines}
    single = document.order_ids[0] if len(document.order_ids) == 1 else None
    # A head that names one order means it for every line; an unknown one leaves its lines alone.
    own = [
        line if line.order_id is not None or single is None else line.model_copy(update={"order_id": single})
        for line in document.lines
    ]
    asked = [
        at for at, line in enumerate(own) if line.order_id is None or normal_form(line.order_id, "document") in known
    ]
    found: list[_OrderLine | None] = [None] * len(own)
    for at, partner in zip(asked, pair_lines([own[at] for at in asked], [each.line for each in lines]), strict=True):
        found[at] = lines[partner] if partner is not None else None
    return found


def _in_order_units(line: TradeLine, order_line: TradeLine, quantity: Decimal | None) -> Decimal:
    """Convert a quantity; one in a unit that nobody can convert counts as it is, as receipts usually mean it."""
    return (quantity or _ZERO) * (_factor(line, order_line) or Decimal(1))


def _factor(line: TradeLine, order_line: TradeLine) -> Decimal | None:
    """Return how many order units a unit of the line is; None where nobody says it."""
    if line.unit is None or order_line.unit is None:
        return Decimal(1)
    factor = units_per_unit(order_line.unit, line.unit)
    return None if factor is None else _exact(factor)


def _exact(number: float) -> Decimal:
    """Return the decimal that was written, not the double nearest to it."""
    return Decimal(repr(number)) if number != int(number) else Decimal(int(number))


def _matched(
    bill: TradeDocument, lines: Sequence[_OrderLine], related: Related, rules: MatchRules
) -> Iterator[LineMatch]:
    partners = _partners(bill, lines)
    taken = {partner.key for partner in partners if partner is not None}
    for at, (line, partner) in enumerate(zip(bill.lines, partners, strict=True)):
        if partner is None:
            yield LineMatch(
                position=at, line_id=line.line_id, order_id=line.order_id or next(iter(bill.order_ids), None),
                order_line_id=line.order_line_id, billed_quantity=line.quantity, billed_price=line.unit_price,
                problems=_without_partner(bill, line, related),
            )  # fmt: skip
            continue
        group = _group(bill, line, partner, lines, taken)
        found = _compared(bill, at, line, group, rules)
        for share in found.shares:
            next(each for each in group if each.key == share.order_line).before += share.quantity
        taken |= {each.key for each in group}
        yield found


def _without_partner(bill: TradeDocument, line: TradeLine, related: Related) -> tuple[MatchProblem, ...]:
    if _reduces(bill, line) and bill.kind != "credit_note":
        # A deduction that no order has costs nobody anything.
        return ()
    named = bill.orders_of(line)
    if not named:
        return ("no_order",)
    known = {normal_form(order.number, "document") for order in related.orders}
    return ("not_on_order",) if {normal_form(each, "document") for each in named} & known else ("order_unknown",)


def _group(
    bill: TradeDocument, line: TradeLine, partner: _OrderLine, lines: Sequence[_OrderLine], taken: set[str]
) -> list[_OrderLine]:
    """Return the order lines that a line bills: more than one where it puts several orders of an item together."""
    group, factor = [partner], _factor(line, partner.line)
    wanted = (line.quantity or _ZERO) * (factor or Decimal(1))
    for other in lines:
        if (
            _reduces(bill, line)
            or factor is None
            or wanted <= sum((each.ordered - each.before for each in group), _ZERO)
        ):
            break
        same = is_same_item(other.line, partner.line) and other.line.unit == partner.line.unit
        if (
            other.key not in taken
            and other is not partner
            and same
            and other.line.unit_price == partner.line.unit_price
        ):
            group.append(other)
    return group


def _reduces(bill: TradeDocument, line: TradeLine) -> bool:
    """Check whether a line gives back: by its document, or by a minus."""
    return bill.kind == "credit_note" or (line.quantity or _ZERO) < 0 or (line.net or _ZERO) < 0


def _compared(
    bill: TradeDocument, at: int, line: TradeLine, group: Sequence[_OrderLine], rules: MatchRules
) -> LineMatch:
    first = group[0]
    factor, reduces = _factor(line, first.line), _reduces(bill, line)
    quantity = None if factor is None or line.quantity is None else abs(line.quantity) * factor
    price = None if factor is None or line.unit_price is None else abs(line.unit_price) / factor
    ordered, before = (
        sum(values, _ZERO) for values in zip(*((each.ordered, each.before) for each in group), strict=True)
    )
    last = max((each.last_receipt_on for each in group if each.last_receipt_on is not None), default=None)
    announced = [each.announced for each in group if each.announced is not None]
    found = LineMatch(
        position=at,
        line_id=line.line_id,
        order_id=first.order.number,
        order_line_id=first.line.line_id,
        ordered_quantity=ordered,
        order_unit=first.line.unit,
        order_price=first.line.unit_price,
        ordered_on=first.order.issued_on,
        delivery_on=first.order.delivery_on,
        received_quantity=sum((each.received for each in group), _ZERO),
        rejected_quantity=sum((each.rejected for each in group), _ZERO),
        announced_quantity=sum(announced, _ZERO) if announced else None,
        receipt_count=len({number for each in group for number in each.receipts}),
        last_receipt_on=last,
        receipts_complete=all(each.complete for each in group) or None,
        billed_before=before,
        billed_quantity=quantity,
        billed_price=price,
        units_per_billed_unit=factor,
    )
    problems = [*_line_problems(found, line, first.line, rules, reduces=reduces)]
    if first.order.currency and bill.currency and first.order.currency != bill.currency:
        problems.append("currency_differs")
    shares = tuple(_shares(quantity or _ZERO, group, reduces=reduces))
    return found.model_copy(update={"problems": tuple(problems), "shares": shares})


def _line_problems(
    found: LineMatch, line: TradeLine, ordered: TradeLine, rules: MatchRules, *, reduces: bool
) -> Iterator[MatchProblem]:
    if found.units_per_billed_unit is None:
        yield "unit_unknown"
        return
    quantity = found.billed_quantity or _ZERO
    yield from _price_problems(found, quantity, rules, reduces=reduces)
    if reduces:
        if quantity > found.billed_before:
            yield "credited_over_billed"
        return
    in_all = found.billed_before + quantity
    allowed = min(_exact(rules.quantity_fraction) * (found.ordered_quantity or _ZERO), _exact(rules.quantity))
    if in_all - (found.ordered_quantity or _ZERO) > allowed:
        yield "billed_over_ordered"
    if rules.match == "three_way":
        accepted = (found.received_quantity or _ZERO) - (found.rejected_quantity or _ZERO)
        if in_all - accepted > allowed:
            yield "billed_over_received" if found.received_quantity else "no_receipt"
    if line.charges - ordered.charges > _exact(rules.charge_amount):
        yield "unplanned_charge"


def _price_problems(found: LineMatch, quantity: Decimal, rules: MatchRules, *, reduces: bool) -> Iterator[MatchProblem]:
    if found.billed_price is None or found.order_price is None:
        yield "price_unknown"
        return
    above = found.billed_price - found.order_price
    # What is in our favour overpays nobody.
    against = -above if reduces else above
    allowed = _exact(rules.price_fraction) * found.order_price
    if against > allowed + _NOISE or against * quantity > _exact(rules.price_amount) + _NOISE:
        yield "credit_below_order" if reduces else "price_above_order"


def _shares(quantity: Decimal, group: Sequence[_OrderLine], *, reduces: bool) -> Iterator[BilledShare]:
    """Share a billed quantity among order lines: each as much as is open on it, the last one the rest."""
    rest = quantity
    for at, each in enumerate(group):
        is_last = at == len(group) - 1
        part = rest if is_last else min(rest, max(each.ordered - each.before, _ZERO))
        rest -= part
        if part:
            yield BilledShare(order_line=each.key, quantity=-part if reduces else part)


def _problems_of_bill(
    bill: TradeDocument, related: Related, rules: MatchRules, findings: Sequence[BrokenRule]
) -> Iterator[MatchProblem]:
    if any(_is_other_party(order.supplier, bill.supplier) for order in related.orders):
        yield "supplier_differs"
    if any(not each.rule.startswith(_TAX_RULES) for each in findings):
        yield "arithmetic"
    if any(each.rule.startswith(_TAX_RULES) for each in findings):
        yield "tax"
    if bill.broken_rules:
        yield "rule_broken"
    charges = sum((each.amount for each in bill.adjustments if each.is_charge), _ZERO)
    planned = sum((each.amount for order in related.orders for each in order.adjustments if each.is_charge), _ZERO)
    if bill.kind == "invoice" and charges - planned > _exact(rules.charge_amount):
        yield "unplanned_charge"
    if related.closest is not None and related.closest.similarity >= rules.duplicate_similarity:
        yield "duplicate"
    if not bill.lines:
        yield "not_on_order" if bill.order_ids else "no_order"


def _is_other_party(one: TradeParty, other: TradeParty) -> bool:
    """Check whether two parties are surely not one: they share no identifier, and their names are unlike."""
    if one.keys() & other.keys() or not one.name or not other.name:
        return False
    return SequenceMatcher(None, one.name.casefold(), other.name.casefold(), autojunk=False).ratio() < _SAME_NAME


def _tax_expected(bill: TradeDocument, findings: Sequence[BrokenRule]) -> Decimal | None:
    if bill.totals.vat is None or not any(each.rule.startswith(_TAX_RULES) for each in findings):
        return None
    by_rate = [part.basis * part.rate / 100 for part in bill.vat if part.basis is not None and part.rate is not None]
    return sum(by_rate, _ZERO).quantize(Decimal("0.01")) if len(by_rate) == len(bill.vat) else None


def similarity(bill: TradeDocument, earlier: TradeDocument) -> float:
    """Return how alike two bills of one supplier are, 0 to 1: by number, amount, day and order.

    A bill and a credit note are never alike.
    """
    if bill.kind != earlier.kind:
        return 0.0
    number, other = (normal_form(each.number, "document") or "" for each in (bill, earlier))
    same_number = 1.0 if number == other else 0.75 * _is_near(number, other)
    same_amount = bill.totals.payable is not None and bill.totals.payable == earlier.totals.payable
    same_day = bill.issued_on is not None and bill.issued_on == earlier.issued_on
    same_order = bool(bill.order_keys() & earlier.order_keys())
    if number == other and same_amount:
        return 1.0
    return 0.4 * same_number + 0.3 * same_amount + 0.15 * same_day + 0.15 * same_order


def _is_near(one: str, other: str) -> bool:
    """Check whether a number is the other one with a little added, as copies are; numbers in a row are not alike."""
    shorter, longer = sorted((one, other), key=len)
    return bool(shorter) and len(longer) - len(shorter) <= _COPY_LETTERS and shorter in longer


def sum_shares(results: Sequence[MatchResult]) -> dict[str, Decimal]:
    """Return what bills took of each order line, order units."""
    found: dict[str, Decimal] = defaultdict(lambda: _ZERO)
    for result in results:
        for line in result.lines:
            for share in line.shares:
                found[share.order_line] += share.quantity
    return dict(found)
