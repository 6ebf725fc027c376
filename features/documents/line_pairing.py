"""Which lines of two documents speak of the same thing: identifiers first, then text and amounts, solved together.

Each pair of lines gets a likeness, and the pairing with the largest sum is taken (an assignment problem), so that one
line never takes the partner that another needs.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from features.documents.trade_document import TradeLine
from features.identifiers import normal_form

SAME_POSITION: Final = 4.0
SAME_ITEM: Final = 6.0
OTHER_ITEM: Final = -8.0
OTHER_ORDER: Final = -100.0
SAME_TEXT: Final = 2.0
SAME_PRICE: Final = 1.0
SAME_QUANTITY: Final = 0.5
SAME_AMOUNT: Final = 0.5
MIN_LIKENESS: Final = 2.0
"""Of a pair: less is no pair at all."""
MIN_IDENTIFIED: Final = SAME_POSITION
"""Of a line that shares its partner with another one: only identifiers say that surely."""
MAX_COMPARED: Final = 250_000
"""Pairs of lines that are compared with each other; beyond them lines are paired by identifiers alone."""
MAX_SPELLED: Final = 10_000
"""Pairs whose texts are compared letter by letter."""
_PRICE_SLACK: Final = 0.25
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A line as it is compared: identifiers in their normal form, the words of its text."""

    line: TradeLine
    order: str | None
    own_position: str | None
    order_position: str | None
    items: tuple[str | None, str | None, str | None]
    text: str
    words: frozenset[str]
    price: Decimal | None

    @classmethod
    def of(cls, line: TradeLine) -> "_Compared":
        text = (line.description or "").casefold()
        return cls(
            line=line,
            order=normal_form(line.order_id, "document"),
            own_position=normal_form(line.line_id, "entity"),
            order_position=normal_form(line.order_line_id, "entity"),
            items=(_item(line.gtin), _item(line.buyer_item), _item(line.seller_item)),
            text=text[:80],
            words=frozenset(_WORD.findall(text)),
            price=line.unit_price,
        )


def _item(number: str | None) -> str | None:
    return normal_form(number, "entity")


def pair_lines(lines: Sequence[TradeLine], others: Sequence[TradeLine]) -> list[int | None]:
    """Return, for each line, the position of its partner among the others, None where it has none.

    A line's order position is compared with the other's own position. Several lines may share a partner where
    identifiers say so: a delivery in parts, an order billed twice.
    """
    mine, theirs = [_Compared.of(line) for line in lines], [_Compared.of(line) for line in others]
    found: list[int | None] = [None] * len(mine)
    if len(mine) * len(theirs) > MAX_COMPARED:
        found = _by_identifiers(mine, theirs)
    rest = [at for at, partner in enumerate(found) if partner is None]
    free = sorted(set(range(len(theirs))) - {partner for partner in found if partner is not None})
    if rest and free and len(rest) * len(free) <= MAX_COMPARED:
        for at, partner in zip(rest, _assigned([mine[at] for at in rest], [theirs[at] for at in free]), strict=True):
            found[at] = free[partner] if partner is not None else None
    return found


def is_same_item(one: TradeLine, other: TradeLine) -> bool:
    """Check whether identifiers say that two lines are of one item."""
    return _item_likeness(_Compared.of(one), _Compared.of(other)) > 0.0


def _by_identifiers(lines: Sequence[_Compared], others: Sequence[_Compared]) -> list[int | None]:
    """Pair lines by the item, or else the order position, that exactly one other line has."""
    keyed: dict[tuple[str | None, int, str], list[int]] = defaultdict(list)
    for at, other in enumerate(others):
        for of, item in enumerate((*other.items, other.own_position)):
            if item is not None:
                keyed[(other.order, of, item)].append(at)
    found: list[int | None] = []
    for line in lines:
        asked = [(line.order, of, item) for of, item in enumerate((*line.items, line.order_position)) if item]
        only = [keyed[key][0] for key in asked if len(keyed.get(key, ())) == 1]
        found.append(only[0] if only else None)
    return found


def _assigned(lines: Sequence[_Compared], others: Sequence[_Compared]) -> list[int | None]:
    """Solve the assignment of lines to others."""
    spelled = len(lines) * len(others) <= MAX_SPELLED
    likeness = np.array([[_likeness(one, other, spelled) for other in others] for one in lines])
    # In the order they stand in, where nothing else distinguishes two.
    apart = np.abs(np.arange(len(lines))[:, None] / len(lines) - np.arange(len(others))[None, :] / len(others))
    weighed = likeness - 1e-6 * apart
    found: list[int | None] = [None] * len(lines)
    for row, column in zip(*linear_sum_assignment(np.maximum(weighed, 0.0), maximize=True), strict=True):
        if likeness[row, column] >= MIN_LIKENESS:
            found[int(row)] = int(column)
    for at, partner in enumerate(found):
        best = int(np.argmax(weighed[at]))
        if partner is None and likeness[at, best] >= MIN_IDENTIFIED:
            found[at] = best
    return found


def _likeness(one: _Compared, other: _Compared, spelled: bool) -> float:
    if one.order is not None and other.order is not None and one.order != other.order:
        return OTHER_ORDER
    found = _item_likeness(one, other) + SAME_TEXT * _text_likeness(one, other, spelled)
    if one.order_position is not None and one.order_position == other.own_position:
        found += SAME_POSITION
    found += SAME_PRICE * _closeness(one.price, other.price)
    found += SAME_QUANTITY * (one.line.quantity is not None and one.line.quantity == other.line.quantity)
    return found + SAME_AMOUNT * (one.line.net is not None and one.line.net == other.line.net)


def _item_likeness(one: _Compared, other: _Compared) -> float:
    """Compare items by the numbers both lines have; one that agrees outweighs one that differs."""
    known = [mine == theirs for mine, theirs in zip(one.items, other.items, strict=True) if mine and theirs]
    if not known:
        return 0.0
    return SAME_ITEM if any(known) else OTHER_ITEM


def _text_likeness(one: _Compared, other: _Compared, spelled: bool) -> float:
    """Return how alike two texts are, 0 to 1: by their words, or letter by letter, whichever says more."""
    if not one.words or not other.words:
        return 0.0
    shared = len(one.words & other.words) / len(one.words | other.words)
    if not spelled or shared == 1.0:
        return shared
    letters = SequenceMatcher(None, one.text, other.text, autojunk=False).ratio()
    return max(shared, letters if letters >= 0.6 else 0.0)


def _closeness(one: Decimal | None, other: Decimal | None) -> float:
    if one is None or other is None:
        return 0.0
    if one == other:
        return 1.0
    larger = max(abs(one), abs(other))
    return max(0.0, 1.0 - float(abs(one - other) / larger) / _PRICE_SLACK) if larger else 1.0
