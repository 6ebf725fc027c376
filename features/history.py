"""What was known about an entity before a case: counts, sums and label rates over time windows.

Every total is an exact integer (counts, money in hundredths, quantities in thousandths), so the value computed online
from what has arrived so far equals the value computed offline over a whole file to the last digit, whatever the order.
For a model a fact counts only when it was known strictly before the case's `as_of`. What rules read beside that is in
`features.history_on_arrival`.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Final, Protocol

import numpy as np

from features.columns import Column, Columns

DAY_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What is remembered about one kind of entity.

    name: the entity's kind, the prefix of its columns ("supplier").
    key: payload fields (or declared attributes) that together name the entity, each as it is compared; a case missing
        one of them leaves no trace.
        An empty key is one entity that every case belongs to.
    windows_days: lengths of the windows that end just before `as_of`.
    sums: measures added up per window, by name.
    last: measures whose value at the latest earlier case is given.
    causes: labels counted over the longest window.
    """

    name: str
    key: tuple[str, ...]
    windows_days: tuple[int, ...] = (30, 365)
    sums: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    measures: tuple[str, ...] = field(init=False)
    """Measures a case leaves on this trail."""

    def __post_init__(self) -> None:
        if not self.windows_days or any(a >= b for a, b in pairwise(self.windows_days)):
            raise ValueError(f"trail {self.name}: windows_days must be given and rise")
        object.__setattr__(self, "measures", tuple(dict.fromkeys(self.sums + self.last)))

    def width(self, kind: str) -> int:
        """Return how many integers a row holds. kind: "cases" or "labels"."""
        return 1 + len(self.measures) if kind == "cases" else 2 + len(self.causes)

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns this trail yields, in order."""
        names = [f"{self.name}_age_days", f"{self.name}_days_since_last"]
        names += [f"{self.name}_last_{measure}" for measure in self.last]
        for days in self.windows_days:
            names += [f"{self.name}_count_{days}d"]
            names += [f"{self.name}_{measure}_{days}d" for measure in self.sums]
            names += [f"{self.name}_labelled_{days}d", f"{self.name}_wrong_{days}d"]
        names += [f"{self.name}_cause_{cause}_{self.windows_days[-1]}d" for cause in self.causes]
        return tuple(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFact:
    """What one case leaves behind: its entities' keys per trail, and its measures, known from `known_at` on."""

    known_at: float
    keys: Mapping[str, str]
    measures: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFact:
    """What became known of one case at `known_at`; `sign` -1 takes an earlier label back when it is revised."""

    known_at: float
    keys: Mapping[str, str]
    wrong: bool
    cause: str | None
    sign: int = 1


def case_row(trail: Trail, fact: CaseFact) -> tuple[int, ...]:
    """Return what a case adds to a trail: one, then its measures."""
    return (1, *(fact.measures.get(name, 0) for name in trail.measures))


def label_row(trail: Trail, fact: LabelFact) -> tuple[int, ...]:
    """Return what a label adds to a trail: whether it is one more or one less, whether wrong, then one per cause."""
    return (fact.sign, fact.sign * fact.wrong, *(fact.sign * (fact.cause == cause) for cause in trail.causes))


class Rows(Protocol):
    """The rows of one entity, in order of time; those of one instant in order of value."""

    @property
    def first_at(self) -> float: ...
    def at_of(self, position: int) -> float: ...
    def before(self, at: float) -> int: ...
    def between(self, first: int, end: int) -> tuple[int, ...]: ...


class FrozenPart(Protocol):
    """A part of the history that no longer changes, such as `features.history_segment.Segment`."""

    def log(self, trail: str, kind: str, key: str) -> Rows | None: ...


class Log:
    """A time-ordered list of integer rows with running totals, so that any window is one subtraction."""

    __slots__ = ("at", "totals", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self.at = array("d")
        self.totals = array("q", bytes(8 * width))

    def add(self, at: float, values: Sequence[int]) -> None:
        """Insert one row; a late row shifts the totals after it, and rows of one instant are ordered by value."""
        width, totals = self.width, self.totals
        if not self.at or at > self.at[-1]:
            # Computed before either is touched: a row that cannot be added must not be half there.
            row = array("q", [total + value for total, value in zip(totals[-width:], values, strict=True)])
            self.at.append(at)
            totals.extend(row)
            return
        position = bisect_right(self.at, at)
        first_of_instant = bisect_left(self.at, at)
        while position > first_of_instant and self.between(position - 1, position) > tuple(values):
            position -= 1
        self.at.insert(position, at)
        start = position * width
        totals[start + width : start + width] = array("q", (totals[start + k] + values[k] for k in range(width)))
        for later in range(start + 2 * width, len(totals), width):
            for k in range(width):
                totals[later + k] += values[k]

    @property
    def first_at(self) -> float:
        """The instant of the first row."""
        return self.at[0]

    def at_of(self, position: int) -> float:
        """Return the instant of a row."""
        return self.at[position]

    def before(self, at: float) -> int:
        """Count the rows strictly before an instant."""
        return bisect_left(self.at, at)

    def between(self, first: int, end: int) -> tuple[int, ...]:
        """Add up the rows from position `first` up to but without `end`."""
        width, totals = self.width, self.totals
        low, high = first * width, end * width
        return tuple(totals[high + k] - totals[low + k] for k in range(width))


class History:
    """Everything remembered along a domain's trails. Not thread-safe: one writer, which is also the reader.

    frozen: parts of the past that no longer change; they are never written to, and what is added counts beside them.
    horizon_days: an entity's cases from longer before count as never seen, whether or not they are forgotten by now.
    """

    def __init__(
        self, trails: Sequence[Trail], frozen: Sequence[FrozenPart] = (), *, horizon_days: float = inf
    ) -> None:
        self.trails = tuple(trails)
        self.horizon_seconds = horizon_days * DAY_SECONDS
        self._frozen = tuple(frozen)
        self._cases: dict[str, dict[str, Log]] = {trail.name: {} for trail in trails}
        self._labels: dict[str, dict[str, Log]] = {trail.name: {} for trail in trails}

    def add_case(self, fact: CaseFact) -> None:
        """Remember a case along every trail it names."""
        for trail in self.trails:
            key = fact.keys.get(trail.name)
            if key is not None:
                _log(self._cases[trail.name], key, trail.width("cases")).add(fact.known_at, case_row(trail, fact))

    def add_label(self, fact: LabelFact) -> None:
        """Remember what became known of a case."""
        for trail in self.trails:
            key = fact.keys.get(trail.name)
            if key is not None:
                _log(self._labels[trail.name], key, trail.width("labels")).add(fact.known_at, label_row(trail, fact))

    def look_up(self, keys: Mapping[str, Sequence[str | None]], as_of: Column) -> dict[str, Column]:
        """Return every trail's columns, float64 of shape (n,), as known strictly before each case's `as_of`.

        Counts and sums are 0 for an entity never seen; ages and last values are NaN.
        """
        past: dict[str, Column] = {}
        moments = as_of.tolist()
        for trail in self.trails:
            rows = [self._row(trail, key, at) for key, at in zip(keys[trail.name], moments, strict=True)]
            matrix = np.array(rows, dtype=np.float64).reshape(len(rows), len(trail.columns))
            past.update({name: matrix[:, position] for position, name in enumerate(trail.columns)})
        return past

    def rows_of(self, trail: str, kind: str, key: str) -> list[Rows]:
        """Return an entity's rows, part by part. kind: "cases" or "labels"."""
        live = (self._cases if kind == "cases" else self._labels)[trail].get(key)
        logs: list[Rows | None] = [part.log(trail, kind, key) for part in self._frozen]
        return [rows for rows in (*logs, live) if rows is not None]

    def _row(self, trail: Trail, key: str | None, at: float) -> list[float]:
        cases = self.rows_of(trail.name, "cases", key) if key is not None else []
        labels = self.rows_of(trail.name, "labels", key) if key is not None else []
        since = at - self.horizon_seconds
        return trail_row(trail, known_before(cases, at), known_before(labels, at), at, since=since)


def known_before(parts: Sequence[Rows], at: float) -> list[tuple[Rows, int]]:
    """Return the parts that hold anything known strictly before an instant, each with how many of its rows that is."""
    return [(rows, end) for rows in parts if (end := rows.before(at))]


def trail_row(
    trail: Trail,
    cases: Sequence[tuple[Rows, int]],
    labels: Sequence[tuple[Rows, int]],
    at: float,
    *,
    since: float = -inf,
) -> list[float]:
    """Compute a trail's columns for one case, in their order.

    cases, labels: the parts, with how many rows of each are known. since: before which a case counts as never seen; no
    window reaches further back.
    """
    row = _ages_and_last(trail, cases if since == -inf else _seen_since(cases, since), at, since)
    n_sums = len(trail.sums)
    no_cases, no_labels = (0,) * trail.width("cases"), (0,) * trail.width("labels")
    known = no_labels
    for days in trail.windows_days:
        since = at - days * DAY_SECONDS
        row += _total(cases, since, no_cases)[: 1 + n_sums]
        known = _total(labels, since, no_labels)
        row += known[:2]
    row += known[2:]
    return row


def _total(parts: Sequence[tuple[Rows, int]], since: float, empty: tuple[int, ...]) -> tuple[int, ...]:
    """Add up the rows from `since` on over all parts."""
    if len(parts) == 1:
        ((rows, end),) = parts
        return rows.between(rows.before(since), end)
    totals = [rows.between(rows.before(since), end) for rows, end in parts]
    return tuple(map(sum, zip(*totals, strict=True))) if totals else empty


def entity_keys(columns: Columns, trails: Sequence[Trail]) -> dict[str, list[str | None]]:
    """Name each case's entity per trail, by ids in their normal form; None where a part of the key is missing."""
    return {
        trail.name: [""] * columns.n
        if not trail.key
        else [
            # The unit separator cannot be typed by accident, so ("a", "bc") and ("ab", "c") stay apart.
            "\x1f".join(parts) if all(part is not None for part in parts) else None
            for parts in zip(*(columns.compared(field) for field in trail.key), strict=True)
        ]
        for trail in trails
    }


def _log(logs: dict[str, Log], key: str, width: int) -> Log:
    log = logs.get(key)
    if log is None:
        log = logs[key] = Log(width)
    return log


def _seen_since(cases: Sequence[tuple[Rows, int]], since: float) -> list[tuple[Rows, int]]:
    return [(rows, end) for rows, end in cases if rows.at_of(end - 1) >= since]


def _ages_and_last(trail: Trail, cases: Sequence[tuple[Rows, int]], at: float, since: float) -> list[float]:
    if not cases:
        return [float("nan")] * (2 + len(trail.last))
    first_at = min(rows.first_at if rows.first_at >= since else rows.at_of(rows.before(since)) for rows, _ in cases)
    latest_at, latest = max((rows.at_of(end - 1), rows.between(end - 1, end)) for rows, end in cases)
    values = [float(latest[1 + trail.measures.index(name)]) for name in trail.last]
    return [(at - first_at) / DAY_SECONDS, (at - latest_at) / DAY_SECONDS, *values]
