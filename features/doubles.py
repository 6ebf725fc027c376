"""Cases that claim the same thing twice, and cases that nearly do: what is compared of each, and how.

Two claims are the same where their document and amount are, whatever the line and the spelling; they are nearly the
same where one of document and amount differs by what a typing error makes of it, and nothing else tells them apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from features.identifiers import within_one_edit

Likeness = Literal["same", "near"]
NEAR_DAYS: Final = 3
"""Claims whose documents are dated so many days apart can be one claim sent twice."""
NEAR_ARRIVAL_SECONDS: Final = 7 * 86_400.0
"""So long apart, where a document has no date."""
MIN_LETTERS: Final = 4
"""A shorter document number is one edit away from too many others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is compared of one case, all of it in normal form but `written`.

    keys: what claims of the same document, or of the same amount, are found by. number, written: of the document. line:
    its part of the document. amount: in the currency of the case. day: of the document, an ordinal. apart: what makes
    two claims different where both know it and differ: order, site, item.
    """

    keys: tuple[str, ...]
    number: str
    written: str
    line: str | None = None
    amount: str | None = None
    day: int | None = None
    apart: Mapping[str, str | None] = field(default_factory=dict)


def likeness(mine: Claim, theirs: Claim, *, seconds_apart: float) -> Likeness | None:
    """Return whether a claim is the same as an earlier one, or nearly; None where it is neither."""
    if mine.number == theirs.number:
        if mine.amount == theirs.amount:
            return "same"
        return None if _differ(mine.line, theirs.line) or _apart(mine, theirs) else "near"
    close = min(len(mine.number), len(theirs.number)) >= MIN_LETTERS and within_one_edit(mine.number, theirs.number)
    if not close or mine.amount is None or mine.amount != theirs.amount or _apart(mine, theirs):
        return None
    if mine.day is not None and theirs.day is not None:
        return "near" if abs(mine.day - theirs.day) <= NEAR_DAYS else None
    return "near" if abs(seconds_apart) <= NEAR_ARRIVAL_SECONDS else None


def key(*parts: str | None) -> str | None:
    """Join what claims are found by; None where a part is missing."""
    return None if None in parts else "\x1f".join(part or "" for part in parts)


def keys(*found: str | None) -> tuple[str, ...]:
    """Keep the keys that are known."""
    return tuple(one for one in found if one is not None)


def _apart(mine: Claim, theirs: Claim) -> bool:
    return any(_differ(value, theirs.apart.get(name)) for name, value in mine.apart.items())


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
