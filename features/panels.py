"""How a domain shows the evidence of a case: tables, facts, timelines and charts, declared without a word of HTML.

A domain's function makes panels of a payload and of what is known around it; the case page draws them. Every value
names the payload fields it was read from, so that a rule can light up what it read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from features.fields import Payload

Tone = Literal["", "good", "warn", "bad"]
Kind = Literal["text", "code", "money", "number", "fraction", "day", "instant", "flag", "id"]
Raw = str | int | float | Decimal | bool | date | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value and how it is written.

    fields: the payload fields it was read from. unit: after a number. signed: a number shows its plus. tone: what it
    means for whoever judges. note: a few words beside it.
    """

    value: Raw
    kind: Kind = "text"
    fields: tuple[str, ...] = ()
    unit: str = ""
    signed: bool = False
    tone: Tone = ""
    note: str = ""


NOTHING = Value(value=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactList:
    """Named values, in the order they should be read."""

    title: str
    items: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table. columns: heads, the first of the row names; rows: name and one value per further column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Value, ...]], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One entry of a timeline. case: the exception id of the case it is, None for an event of this one."""

    at: datetime
    title: str
    detail: tuple[Value, ...] = ()
    tone: Tone = ""
    case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened, the newest first. empty: what to say where nothing did."""

    title: str
    moments: tuple[TimelineEntry, ...]
    empty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of a chart: points of days from `as_of` (negative: before) and a quantity, in order of days."""

    name: str
    shape: Literal["line", "dashed", "bars", "level"]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something at a day, or from one day to another, of a chart."""

    name: str
    day: float
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Quantities over days around `as_of`; a table of the same numbers stands beside it."""

    title: str
    unit: str
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    note: str = ""


Panel = FactList | Grid | Timeline | Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedCase:
    """Another case of an entity of this one, as far as whoever looks may see it.

    payload: as stored, empty where the case is backfilled without one. wrong, cause: how it ended, None while that is
    unknown or not to be shown.
    """

    exception_id: str
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    wrong: bool | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What is known around a payload. related: other cases by the trail they share, the newest first; doubles: the
    exception ids of earlier cases that claim the same."""

    as_of: datetime
    currency: str
    related: Mapping[str, Sequence[RelatedCase]] = field(default_factory=dict)
    doubles: tuple[str, ...] = ()

    def of(self, trail: str) -> Sequence[RelatedCase]:
        """Return the other cases of an entity."""
        return self.related.get(trail, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvidence:
    """How a domain's cases are shown. related: the trails whose other cases `panels` wants to see."""

    panels: Callable[[Any, Background], Sequence[Panel]]
    related: tuple[str, ...] = ()


def money(value: Decimal | None, *fields: str, tone: Tone = "", note: str = "", signed: bool = False) -> Value:
    """Return an amount in the case's currency."""
    return Value(value=value, kind="money", fields=fields, tone=tone, note=note, signed=signed)


def number(value: Raw, *fields: str, unit: str = "", tone: Tone = "", note: str = "", signed: bool = False) -> Value:
    """Return a count, a quantity or a measure."""
    return Value(value=value, kind="number", fields=fields, unit=unit, tone=tone, note=note, signed=signed)


def fraction(value: float | None, *fields: str, tone: Tone = "", note: str = "", signed: bool = False) -> Value:
    """Return a fraction, written as a percentage."""
    return Value(value=value, kind="fraction", fields=fields, tone=tone, note=note, signed=signed)


def plain(payload: Payload, name: str, *, kind: Kind = "text", tone: Tone = "", note: str = "") -> Value:
    """Return a field as it is."""
    return Value(value=getattr(payload, name), kind=kind, fields=(name,), tone=tone, note=note)


def trimmed(value: Decimal) -> str:
    """Write a decimal number without the zeros at its end."""
    return f"{value.normalize():f}"


def known(*items: tuple[str, Value]) -> tuple[tuple[str, Value], ...]:
    """Keep the named values that are known."""
    return tuple((name, value) for name, value in items if value.value is not None)
