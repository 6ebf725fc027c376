"""Which columns look as if they were filled only once the truth was known, before anything is learnt."""

from collections.abc import Mapping, Sequence
from typing import Final

from training.drafting.column_profile import ColumnProfile
from training.drafting.vocabulary import mentions
from training.tables.cells import Notation, reader

_MIN_OPEN: Final = 20
_MIN_LATER: Final = 0.3


def open_rows(label: ColumnProfile | None) -> list[int]:
    """Return the rows whose outcome is not known, by position."""
    return [at for at, cell in enumerate(label.cells) if cell is None] if label is not None else []


def why_later(
    column: ColumnProfile, *, as_of: ColumnProfile | None, label: ColumnProfile | None, is_field: bool = False
) -> str:
    """Return in words why a column looks known only later, nothing where it does not.

    is_field: it has a field's own name, which says nothing of outcomes.
    """
    waiting = open_rows(label)
    if len(waiting) >= _MIN_OPEN:
        filled_open = sum(column.cells[at] is not None for at in waiting) / len(waiting)
        known = set(waiting)
        others = [cell for at, cell in enumerate(column.cells) if at not in known]
        filled_known = sum(cell is not None for cell in others) / max(1, len(others))
        if filled_open <= 0.02 and filled_known >= 0.2:
            return (
                f"filled in {filled_known:.0%} of the cases with an outcome and in {filled_open:.0%} of the open ones"
            )
    if as_of is not None and column is not as_of and column.time is not None and as_of.time is not None:
        share = share_after(column, as_of)
        if share >= _MIN_LATER and not mentions(column.name, "not_as_of"):
            return f"lies after {as_of.name} in {share:.0%} of the rows"
        if share >= _MIN_LATER and mentions(column.name, "later"):
            return f"lies after {as_of.name} in {share:.0%} of the rows"
    if not is_field and mentions(column.name, "later"):
        return "its name speaks of an outcome"
    return ""


def share_after(column: ColumnProfile, other: ColumnProfile) -> float:
    """Return in which share of the rows a column's time lies after another's; days are compared as days."""
    later = both = 0
    by_day = not all(one.time is not None and one.time.has_clock for one in (column, other))
    for one, two in zip(moments(column), moments(other), strict=True):
        if one is not None and two is not None:
            both += 1
            later += one // 86_400 > two // 86_400 if by_day else one > two
    return later / both if both else 0.0


def moments(column: ColumnProfile) -> list[float | None]:
    """Read a column's times as seconds, None where a cell is none."""
    form = column.time.format if column.time is not None else None
    read = reader("instant", Notation(format=form))
    found: list[float | None] = []
    for cell in column.cells:
        moment = None
        if cell is not None:
            try:
                moment = read(cell).timestamp()
            except (ValueError, OverflowError):
                moment = None
        found.append(moment)
    return found


def likely_as_of(columns: Sequence[ColumnProfile]) -> list[tuple[float, ColumnProfile]]:
    """Weigh which column says when a case came up: by name, fullness and clock; the likeliest first."""
    found = []
    for column in columns:
        if column.time is None or column.filled < 0.5:
            continue
        weight = 0.35 + 0.35 * mentions(column.name, "as_of") - 0.3 * mentions(column.name, "not_as_of")
        weight += 0.15 * column.time.has_clock + 0.15 * (column.filled - 0.5) * 2 - 0.3 * (column.distinct == 1)
        found.append((max(0.0, min(0.95, weight)), column))
    return sorted(found, key=lambda one: -one[0])


def likely_labels(columns: Sequence[ColumnProfile], taken: Mapping[str, object]) -> list[tuple[float, ColumnProfile]]:
    """Weigh which column says whether acting straight through was wrong: by name, and as few values; the likeliest
    first."""
    found = []
    for column in columns:
        measured = column.flag is None and column.number is not None
        if column.name in taken or column.time is not None or measured or not 2 <= column.distinct <= 40:
            continue
        weight = (0.55 if mentions(column.name, "is") else 0.0) + (0.1 if mentions(column.name, "later") else 0.0)
        weight += 0.15 * (column.flag is not None) + (0.1 if column.filled < 0.999 else 0.0)
        if weight >= 0.55:
            found.append((min(0.9, weight), column))
    return sorted(found, key=lambda one: -one[0])
