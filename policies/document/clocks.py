"""The clocks of a policy as written: calendars of business hours, what happens while a case's time runs, and how long
it may rest."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from features.readings import available_zones
from policies.document.parts import Hours, Level, QueueName, RoleName

AROUND_THE_CLOCK: Final = "around_the_clock"
"""The calendar every policy has: it is always open."""
SITE_ZONE: Final = "site"
OWNER: Final = "owner"
"""The role that owns a case at that moment."""
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_CALENDARS: Final = 100
MAX_STAGES: Final = 20
_MAX_SPANS: Final = 10
_MAX_DAYS: Final = 200
_MAX_CLOSURE_DAYS: Final = 60
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def minutes_of(span: str) -> tuple[int, int]:
    """Return when a span "08:00-18:00" begins and ends, in minutes from the local midnight; 24:00 ends the day."""
    begin, _, end = span.partition("-")
    return _minute(begin), _minute(end)


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes)


def _read_span(span: str) -> str:
    if not _SPAN.fullmatch(span):
        raise ValueError('must be hours of one day, as "08:00-18:00"; the day ends at 24:00')
    begin, end = minutes_of(span)
    if begin >= end:
        raise ValueError(f"{span} ends before it begins; write a night as two spans, to 24:00 and from 00:00")
    return span


def _in_order(spans: list[str]) -> list[str]:
    ordered = sorted(spans, key=minutes_of)
    for before, after in pairwise(ordered):
        if minutes_of(after)[0] < minutes_of(before)[1]:
            raise ValueError(f"{before} and {after} overlap")
    return ordered


def _one_as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _read_zone(name: str) -> str:
    if name not in available_zones():
        raise ValueError(f"{name!r} is no zone of the IANA time zone database, as America/New_York")
    return name


def _read_zone_or_site(name: str) -> str:
    return name if name == SITE_ZONE else _read_zone(name)


def _read_weekdays(days: str) -> str:
    first, _, last = days.partition("-")
    if first not in WEEKDAYS or (last and last not in WEEKDAYS) or days.endswith("-"):
        raise ValueError(f"must be a day or days of the week, as mon-fri; days are {', '.join(WEEKDAYS)}")
    if last and WEEKDAYS.index(last) < WEEKDAYS.index(first):
        raise ValueError(f"{days} runs over the end of the week; write its parts by themselves")
    return days


def days_of(closure: str) -> Iterator[date]:
    """List the days of a closure: one day, or the first and the last, as "2026-12-24/2026-12-31"."""
    first, _, last = closure.partition("/")
    start = date.fromisoformat(first)
    for at in range((date.fromisoformat(last or first) - start).days + 1):
        yield start + timedelta(days=at)


def _read_closure(value: Any) -> Any:
    closure = value.isoformat() if isinstance(value, date) else value
    if not isinstance(closure, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?", closure):
        raise ValueError("must be a day, as 2026-12-24, or days, as 2026-12-24/2026-12-31")
    try:
        days = sum(1 for _ in days_of(closure))
    except (ValueError, OverflowError):
        raise ValueError(f"{closure} names a day that does not exist") from None
    if not 0 < days <= _MAX_CLOSURE_DAYS:
        raise ValueError(f"{closure} must be 1 to {_MAX_CLOSURE_DAYS} days, the first before the last")
    return closure


Span = Annotated[str, AfterValidator(_read_span)]
Spans = Annotated[list[Span], BeforeValidator(_one_as_list), Field(max_length=_MAX_SPANS), AfterValidator(_in_order)]
"""Open hours of one local day, none where it is closed."""
Zone = Annotated[str, Field(max_length=64), AfterValidator(_read_zone)]
ZoneOrSite = Annotated[str, Field(max_length=64), AfterValidator(_read_zone_or_site)]
Weekdays = Annotated[str, AfterValidator(_read_weekdays)]
Closure = Annotated[str, BeforeValidator(_read_closure)]
CalendarName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
LadderName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
PlaceName = Annotated[str, Field(min_length=1, max_length=128)]


HolidayNames = Annotated[list[Annotated[str, Field(min_length=1, max_length=120)]], Field(max_length=40)]


class PublicHolidays(_Part):
    """The public holidays of a country or a part of it, as the library `holidays` knows them.

    country: ISO 3166-1 alpha-2. subdivision: its state or province, as ISO 3166-2 spells it behind the country.
    only: those of these English names alone. worked: holidays on which people work as on any other day. hours: of these
    holidays, by default closed.
    """

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    subdivision: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,6}$")] | None = None
    only: HolidayNames = []
    worked: HolidayNames = []
    hours: Spans = []

    def covers(self, name: str) -> bool:
        """Check whether this entry speaks of a day, which may have several names."""
        named = set(name.split("; "))
        return (not self.only or bool(named & set(self.only))) and not named <= set(self.worked)


class Calendar(_Part):
    """When people work. Of a day counts the first that is said of it: `open`, `closed`, a public holiday, the weekday.

    time_zone: in which its hours are, `site` for the one a case is sent with. zone_if_unknown: where a case has none.
    hours: of the days of the week, none where it is closed. holidays: the first entry that covers a day counts.
    open: single days with hours of their own. sites, regions: which calendar holds instead for a case of that site or
    region; the site's comes first.
    """

    title: Annotated[str, Field(min_length=1, max_length=120)]
    time_zone: ZoneOrSite = SITE_ZONE
    zone_if_unknown: Zone = "UTC"
    hours: Annotated[dict[Weekdays, Spans], Field(min_length=1, max_length=7)]
    holidays: Annotated[list[PublicHolidays], Field(max_length=10)] = []
    closed: Annotated[list[Closure], Field(max_length=100)] = []
    open: Annotated[dict[date, Spans], Field(max_length=_MAX_DAYS)] = {}
    sites: Annotated[dict[PlaceName, CalendarName], Field(max_length=5_000)] = {}
    regions: Annotated[dict[PlaceName, CalendarName], Field(max_length=500)] = {}

    @model_validator(mode="after")
    def _weekdays_once(self) -> "Calendar":
        named = [day for days in self.hours for day in weekdays_of(days)]
        twice = next((day for day in WEEKDAYS if named.count(day) > 1), None)
        if twice is not None:
            raise ValueError(f"hours: {twice} is given twice")
        return self

    def week(self) -> list[list[tuple[int, int]]]:
        """Return the open spans of Monday to Sunday, in minutes from the local midnight."""
        week: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
        for days, spans in self.hours.items():
            for day in weekdays_of(days):
                week[WEEKDAYS.index(day)] = [minutes_of(span) for span in spans]
        return week

    def week_minutes(self) -> int:
        """Return how long it is open in a week without holidays."""
        return sum(end - begin for day in self.week() for begin, end in day)


def weekdays_of(days: str) -> Sequence[str]:
    """Return the days of the week that "mon-fri" or "sat" names."""
    first, _, last = days.partition("-")
    return WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last or first) + 1]


class Role(_Part):
    """A role that is notified of late cases. endpoint: where, of this deployment; None: whoever subscribes to the
    event."""

    title: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    endpoint: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] | None = None


class Stage(_Part):
    """What happens when a share of a case's time has run and nobody has ruled.

    at_percent: of the time the route gives; over 100 is past the due time. notify: roles that get a message; `owner` is
    whoever owns the case then.
    raise_priority: by one level. queue: where the case moves. escalate_to: the role that owns it from then on; it is
    told too.
    """

    at_percent: Annotated[float, Field(gt=0, le=1000)]
    notify: Annotated[list[RoleName], Field(max_length=10)] = []
    raise_priority: bool = False
    queue: QueueName | None = None
    escalate_to: RoleName | None = None

    @property
    def notified(self) -> list[str]:
        """The roles that get a message, each once."""
        own = [self.escalate_to] if self.escalate_to is not None else []
        return list(dict.fromkeys((*self.notify, *own)))


class Ladder(_Part):
    """Stages in the order of their time, and the last step, for a case that nobody acts on at all."""

    stages: Annotated[list[Stage], Field(min_length=1, max_length=MAX_STAGES)]
    nobody_acts: Stage

    @model_validator(mode="after")
    def _in_order(self) -> "Ladder":
        percents = [stage.at_percent for stage in self.steps]
        for before, after in pairwise(percents):
            if after <= before:
                raise ValueError(f"stages must come in the order of their time: {after:g} % stands after {before:g} %")
        return self

    @property
    def steps(self) -> tuple[Stage, ...]:
        """Every stage, the last step too."""
        return (*self.stages, self.nobody_acts)


class Rest(_Part):
    """How long a case may rest.

    most_hold_hours: all holds of a case together, by the clock on the wall. most_snooze_hours: one snooze.
    snooze_pauses: whether a snooze stops the case's time as a hold does.
    """

    most_hold_hours: Annotated[float, Field(ge=0, le=24 * 365)] = 240.0
    most_snooze_hours: Annotated[float, Field(ge=0, le=24 * 90)] = 72.0
    snooze_pauses: bool = False


class Clocked(_Part):
    """What a clock needs beside its hours. calendar: whose hours count, one or one per priority; a priority that is not
    listed, and None, runs around the clock. ladder: what happens while time runs; None: nothing but being late."""

    calendar: CalendarName | dict[Level, CalendarName] | None = None
    ladder: LadderName | None = None

    def calendar_for(self, priority: Level) -> str:
        """Return the calendar of a case of this priority."""
        if self.calendar is None or isinstance(self.calendar, str):
            return self.calendar or AROUND_THE_CLOCK
        return self.calendar.get(priority, AROUND_THE_CLOCK)

    def calendars(self) -> list[str]:
        """Return every calendar it names."""
        if self.calendar is None:
            return []
        return [self.calendar] if isinstance(self.calendar, str) else list(self.calendar.values())


def sla_hours_for(sla_hours: Hours | dict[Level, Hours], priority: Level) -> float:
    """Return the hours of a priority; a level that is not listed gets the shortest time."""
    if isinstance(sla_hours, dict):
        return sla_hours.get(priority, min(sla_hours.values()))
    return sla_hours
