"""The clock of a case: from when it runs, by whose hours, when it is due, and what happens on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from policies.document.clocks import AROUND_THE_CLOCK, SITE_ZONE, Clocked, Ladder
from policies.document.document import PolicyDocument
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
class KeptStage:
    """A stage as a case keeps it from the policy it was decided by.

    notify: the roles that are notified. queue: where the case moves; escalate_to: who owns it from then on.
    is_last: it is what happens when nobody acts.
    """

    at_percent: float
    notify: tuple[str, ...] = ()
    raise_priority: bool = False
    queue: str | None = None
    escalate_to: str | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLadder:
    """A ladder as a case keeps it. endpoints: of the roles that have one; the others subscribe."""

    stages: tuple[KeptStage, ...] = ()
    endpoints: dict[str, str] = field(default_factory=dict)


_LADDER: Final = TypeAdapter(KeptLadder)
_NO_LADDER: Final = KeptLadder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clock of one case, kept as it was when the case was decided.

    calendar: its name; hours: the calendar as JSON, None for a clock that always runs. sla: business time from
    `started_at` to the due time. ladder: its stages as JSON, None where nothing happens on the way.
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
    def zone_info(self) -> ZoneInfo:
        """The zone its hours are in."""
        return ZoneInfo(self.zone)

    @property
    def stages(self) -> tuple[KeptStage, ...]:
        """What happens on the way, in order, the last step last."""
        return self.kept_ladder.stages

    @property
    def kept_ladder(self) -> KeptLadder:
        """Its ladder; one without stages where it has none."""
        return read_ladder(self.ladder) if self.ladder is not None else _NO_LADDER

    def due_at(self, percent: float = 100.0, *, paused: timedelta = timedelta(0)) -> datetime:
        """Return when a share of its time has run; paused: business time that did not count."""
        return self.time.after(self.started_at, self.sla * (percent / 100.0) + paused)


def due_after(now: datetime, hours: float, kept: Mapping[str, str] | None) -> datetime:
    """Return when so many hours have passed. kept: the hours that count and their zone (`Clocks.hours_kept`)."""
    length = timedelta(hours=hours)
    return now + length if kept is None else business_time(kept["hours"], kept["zone"]).after(now, length)


class Clocks:
    """The calendars and ladders of a document, ready to start the clocks of its cases."""

    def __init__(self, document: PolicyDocument) -> None:
        self._calendars = document.calendars
        self._hours = {
            name: calendar.model_dump_json(exclude=_CHOOSING, exclude_defaults=True)
            for name, calendar in document.calendars.items()
        }
        self._ladders = {name: _kept(ladder, document) for name, ladder in document.ladders.items()}

    def start(self, rule: Clocked, *, hours: float, priority: Level, place: Place, now: datetime) -> Clock:
        """Start the clock of a case that a route or the audit gives so many hours, in the calendar of its place."""
        name = self.calendar_of(rule.calendar_for(priority), place)
        return Clock(
            calendar=name,
            hours=self._hours.get(name),
            zone=self._zone(name, place),
            started_at=now,
            sla=timedelta(hours=hours),
            ladder=self._ladders.get(rule.ladder) if rule.ladder is not None else None,
        )

    def hours_kept(self, calendar: str | None, place: Place) -> dict[str, str] | None:
        """Return the hours of a calendar at a place and their zone, as a step keeps them; None: every hour counts."""
        name = self.calendar_of(calendar or AROUND_THE_CLOCK, place)
        return {"hours": self._hours[name], "zone": self._zone(name, place)} if name in self._hours else None

    def _zone(self, name: str, place: Place) -> str:
        calendar = self._calendars.get(name)
        if calendar is None:
            return _UTC
        at_site = calendar.time_zone == SITE_ZONE
        return (place.zone or calendar.zone_if_unknown) if at_site else calendar.time_zone

    def calendar_of(self, name: str, place: Place) -> str:
        """Return the calendar that holds at a place in the stead of the one that is named."""
        calendar = self._calendars.get(name)
        if calendar is None:
            return AROUND_THE_CLOCK
        instead = calendar.sites.get(place.site_id or "") or calendar.regions.get(place.region or "")
        return instead or name


@lru_cache(maxsize=256)
def read_ladder(ladder: str) -> KeptLadder:
    """Read a ladder from its JSON; raise ValueError where it is none."""
    return _LADDER.validate_json(ladder)


def _kept(ladder: Ladder, document: PolicyDocument) -> str:
    stages = tuple(
        KeptStage(
            at_percent=stage.at_percent,
            notify=tuple(stage.notified),
            raise_priority=stage.raise_priority,
            queue=stage.queue,
            # Who owns a queue owns what moves there, unless the stage names somebody else.
            escalate_to=stage.escalate_to
            or (document.queues[stage.queue].owner_role if stage.queue is not None else None),
            is_last=stage is ladder.nobody_acts,
        )
        for stage in ladder.steps
    )
    endpoints = {name: role.endpoint for name, role in document.roles.items() if role.endpoint is not None}
    return _LADDER.dump_json(KeptLadder(stages=stages, endpoints=endpoints), exclude_defaults=True).decode()
