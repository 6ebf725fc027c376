"""The clock of a case: from when it runs, by whose hours, when it is due, and what happens on the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

from policies.document.clocks import AROUND_THE_CLOCK, SITE_ZONE, Calendar, Clocked, Ladder, Stage
from policies.document.parts import Level
from policies.judging.business_time import BusinessTime, WallClock, business_time

_UTC: Final = "UTC"
_CHOOSING: Final = {"sites", "regions", "zone_if_unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a case happened, as far as that chooses its calendar. zone: IANA, None where it is not known."""

    site_id: str | None = None
    region: str | None = None
    zone: str | None = None


NOWHERE: Final = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clock of one case, kept as it was when the case was decided.

    calendar: its name; hours: the calendar as JSON, None for a clock that always runs. sla: business time from
    `started_at` to the due time. ladder: as JSON, None where nothing happens on the way.
    """

    calendar: str = AROUND_THE_CLOCK
    hours: str | None = None
    zone: str = _UTC
    started_at: datetime
    sla: timedelta
    ladder: str | None = None

    @property
    def time(self) -> BusinessTime | WallClock:
        """The hours it runs in."""
        return business_time(self.hours, self.zone)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What happens on the way, in order, the last step last."""
        return read_stages(self.ladder) if self.ladder is not None else ()

    def due_at(self, percent: float = 100.0, *, paused: timedelta = timedelta(0)) -> datetime:
        """Return when a share of its time has run; paused: business time that did not count."""
        return self.time.after(self.started_at, self.sla * (percent / 100.0) + paused)


class _Document(Protocol):
    @property
    def calendars(self) -> dict[str, Calendar]: ...

    @property
    def ladders(self) -> dict[str, Ladder]: ...


class Clocks:
    """The calendars and ladders of a document, ready to start the clocks of its cases."""

    def __init__(self, document: _Document) -> None:
        self._calendars = document.calendars
        self._hours = {
            name: calendar.model_dump_json(exclude=_CHOOSING, exclude_defaults=True)
            for name, calendar in document.calendars.items()
        }
        self._ladders = {
            name: ladder.model_dump_json(exclude_defaults=True) for name, ladder in document.ladders.items()
        }

    def start(self, rule: Clocked, *, hours: float, priority: Level, place: Place, now: datetime) -> Clock:
        """Start the clock of a case that a route or the audit gives so many hours, in the calendar of its place."""
        name = self.calendar_of(rule.calendar_for(priority), place)
        calendar = self._calendars.get(name)
        zone = _UTC
        if calendar is not None:
            at_site = calendar.time_zone == SITE_ZONE
            zone = (place.zone or calendar.zone_if_unknown) if at_site else calendar.time_zone
        return Clock(
            calendar=name,
            hours=self._hours.get(name),
            zone=zone,
            started_at=now,
            sla=timedelta(hours=hours),
            ladder=self._ladders.get(rule.ladder) if rule.ladder is not None else None,
        )

    def calendar_of(self, name: str, place: Place) -> str:
        """Return the calendar that holds at a place in the stead of the one that is named."""
        calendar = self._calendars.get(name)
        if calendar is None:
            return AROUND_THE_CLOCK
        instead = calendar.sites.get(place.site_id or "") or calendar.regions.get(place.region or "")
        return instead or name


@lru_cache(maxsize=256)
def read_stages(ladder: str) -> tuple[Stage, ...]:
    """Read the stages of a ladder from its JSON, the last step last."""
    return Ladder.model_validate_json(ladder).steps
