"""What was known of a case's entities when it arrived: more than before its `as_of`, and what rules go by.

Cases that arrived in the same instant but were sent before it are known too. A label counts once it was known before
the arrival.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np

from features.columns import Column
from features.history import CaseFact, History, Rows, case_row, known_before, trail_row


class WithoutRow:
    """The rows of an entity but for one. position: of the one left out."""

    def __init__(self, rows: Rows, position: int) -> None:
        self._rows = rows
        self._without = position

    @property
    def first_at(self) -> float:
        """The instant of the first row."""
        return self.at_of(0)

    def at_of(self, position: int) -> float:
        """Return the instant of a row."""
        return self._rows.at_of(position + (position >= self._without))

    def before(self, at: float) -> int:
        """Count the rows strictly before an instant."""
        count = self._rows.before(at)
        return count - (count > self._without)

    def between(self, first: int, end: int) -> tuple[int, ...]:
        """Add up the rows from position `first` up to but without `end`."""
        out = self._without
        whole = self._rows.between(first + (first > out), end + (end > out))
        if not first <= out < end:
            return whole
        return tuple(a - b for a, b in zip(whole, self._rows.between(out, out + 1), strict=True))


def look_up_on_arrival(
    history: History,
    facts: Sequence[CaseFact],
    *,
    as_of: Sequence[float],
    arrivals: Sequence[float],
    own_facts: Callable[[int], Sequence[CaseFact]],
) -> tuple[list[int], dict[str, Column]]:
    """Look up what cases find known on arrival, where that is more than was known before their `as_of`.

    history: of what was sent before these cases. facts: what they leave behind themselves, in the order sent; known_at
    is their arrival. as_of, arrivals: seconds. own_facts: what the case at a position has left in the history already,
    which it must not find there.
    Returns the positions of the cases it is more for, and every trail's columns of these cases as of their arrival.
    """
    earlier, found = History(history.trails), []
    rows: dict[str, list[list[float]]] = {trail.name: [] for trail in history.trails}
    for at, fact in enumerate(facts):
        if as_of[at] < arrivals[at] or _knows_more(fact, as_of[at], history, earlier):
            found.append(at)
            own = own_facts(at)
            for trail in history.trails:
                rows[trail.name].append(_row(trail.name, fact, arrivals[at], own, history, earlier))
        earlier.add_case(fact)
    past: dict[str, Column] = {}
    for trail in history.trails:
        matrix = np.array(rows[trail.name], dtype=np.float64).reshape(len(found), len(trail.columns))
        past.update({name: matrix[:, position] for position, name in enumerate(trail.columns)})
    return found, past


def _knows_more(fact: CaseFact, at: float, history: History, earlier: History) -> bool:
    """Return whether any of a case's entities left something at an instant or after it."""
    return any(
        rows.before(at) < rows.before(math.inf)
        for trail, key in fact.keys.items()
        for rows in (*history.rows_of(trail, "cases", key), *earlier.rows_of(trail, "cases", key))
    )


def _row(
    name: str, fact: CaseFact, at: float, own: Sequence[CaseFact], history: History, earlier: History
) -> list[float]:
    trail = next(trail for trail in history.trails if trail.name == name)
    key = fact.keys.get(name)
    if key is None:
        return trail_row(trail, [], [], at)
    cases = history.rows_of(name, "cases", key)
    for one in own:
        if one.keys.get(name) == key:
            cases = _without(cases, one.known_at, case_row(trail, one))
    cases += earlier.rows_of(name, "cases", key)
    # The next number after it: what was known in the very instant of arrival counts.
    through = math.nextafter(at, math.inf)
    labels = known_before(history.rows_of(name, "labels", key), at)
    return trail_row(trail, known_before(cases, through), labels, at, since=at - history.horizon_seconds)


def _without(parts: Sequence[Rows], at: float, values: tuple[int, ...]) -> list[Rows]:
    """Leave out one row with this instant and these values; rows of one instant are in order of value."""
    kept = list(parts)
    for place, rows in enumerate(kept):
        position = _find(rows, at, values)
        if position is not None:
            kept[place] = WithoutRow(rows, position)
            break
    return kept


def _find(rows: Rows, at: float, values: tuple[int, ...]) -> int | None:
    instant = range(rows.before(at), rows.before(math.nextafter(at, math.inf)))
    found = bisect_left(instant, values, key=lambda row: rows.between(row, row + 1))
    if found == len(instant) or rows.between(instant[found], instant[found] + 1) != values:
        return None
    return instant[found]
