"""What is wrong with the clocks of a document: names nobody declared, hours that never come, holidays nobody knows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies.document.clocks import AROUND_THE_CLOCK, OWNER, Calendar, Clocked, Ladder, PublicHolidays, Stage
from policies.document.document import PolicyDocument, Route
from policies.document.source import Source
from policies.judging.business_time import holiday_names

_Path = tuple[str | int, ...]
_Problem = tuple[_Path, str]
MAX_WEEKS: Final = 260
"""Of a calendar that a route's time and its last step may take: five years."""
_YEARS_TRIED: Final = range(2024, 2032)
"""In which a holiday that is worked must occur at least once."""


def check_clocks(document: PolicyDocument, source: Source) -> list[str]:
    """Return every problem of calendars, ladders and of whatever names them."""
    found: list[_Problem] = []
    for name, calendar in document.calendars.items():
        found += _calendar(document, name, calendar)
    for name, ladder in document.ladders.items():
        for at, stage in enumerate(ladder.stages):
            found += _stage(document, ("ladders", name, "stages", at), stage)
        found += _stage(document, ("ladders", name, "nobody_acts"), ladder.nobody_acts)
    for at, route in enumerate(document.routes):
        found += _clocked(document, ("routes", at), route, _max_hours(route))
        found += _opened(document, ("routes", at, "ladder"), route)
        for place, step in enumerate(route.steps):
            found += _of_step(document, ("routes", at, "steps", place), step)
            found += _of_step(document, ("routes", at, "steps", place, "on_failure"), step.on_failure)
    for at, lookup in enumerate(document.lookups):
        found += _of_step(document, ("lookups", at, "ask"), lookup.ask)
    if document.audit is not None:
        found += _clocked(document, ("audit",), document.audit, document.audit.sla_hours)
    return [source.problem(path, message) for path, message in found]


def known_roles(document: PolicyDocument) -> frozenset[str]:
    """Return the roles a stage may name: those listed, the owners of queues and routes, and `owner`."""
    owners = {queue.owner_role for queue in document.queues.values()}
    owners |= {route.owner_role for route in document.routes if route.owner_role is not None}
    return frozenset({*document.roles, *owners, OWNER})


def _max_hours(route: Route) -> float:
    return max(route.sla_hours.values()) if isinstance(route.sla_hours, dict) else route.sla_hours


def _calendar(document: PolicyDocument, name: str, calendar: Calendar) -> Iterator[_Problem]:
    path = ("calendars", name)
    if name == AROUND_THE_CLOCK:
        yield path, "is the calendar that is always open; give yours another name"
    if not calendar.week_minutes():
        yield path, "is never open: give at least one day of the week its hours"
    for key, chosen in (("sites", calendar.sites), ("regions", calendar.regions)):
        for place, other in chosen.items():
            yield from _known("calendar", other, (*document.calendars, AROUND_THE_CLOCK), (*path, key, place))
    for at, holidays in enumerate(calendar.holidays):
        yield from _holidays((*path, "holidays", at), holidays)


def _holidays(path: _Path, holidays: PublicHolidays) -> Iterator[_Problem]:
    names: set[str] = set()
    try:
        for year in _YEARS_TRIED if holidays.worked or holidays.only else _YEARS_TRIED[:1]:
            for found in holiday_names(holidays.country, holidays.subdivision, year).values():
                names |= set(found.split("; "))
    except (NotImplementedError, KeyError):
        where = f"{holidays.subdivision} of {holidays.country}" if holidays.subdivision else holidays.country
        yield path, f"no public holidays are known of {where}; see the library `holidays` for what is"
        return
    for key in ("only", "worked"):
        for name in getattr(holidays, key):
            if name not in names:
                yield (*path, key), f"{name!r} is no holiday there; known are {', '.join(sorted(names))}"


def _stage(document: PolicyDocument, path: _Path, stage: Stage) -> Iterator[_Problem]:
    if stage.queue is not None:
        yield from _known("queue", stage.queue, document.queues, (*path, "queue"))
    roles = known_roles(document)
    for role in stage.notify:
        yield from _known("role", role, roles, (*path, "notify"))
    if stage.escalate_to is not None:
        yield from _known("role", stage.escalate_to, sorted(roles - {OWNER}), (*path, "escalate_to"))


def _clocked(document: PolicyDocument, path: _Path, rule: Clocked, hours: float) -> Iterator[_Problem]:
    ladder = None
    if rule.ladder is not None:
        yield from _known("ladder", rule.ladder, document.ladders, (*path, "ladder"))
        ladder = document.ladders.get(rule.ladder)
    for name in dict.fromkeys(rule.calendars()):
        yield from _known("calendar", name, (*document.calendars, AROUND_THE_CLOCK), (*path, "calendar"))
        for used in _may_hold(document.calendars, name):
            yield from _long_enough((*path, "calendar"), used, document.calendars[used], hours * _share(ladder))


def _of_step(document: PolicyDocument, path: _Path, part: object) -> Iterator[_Problem]:
    """Check the calendar of whatever has due hours of its own."""
    name, hours = getattr(part, "calendar", None), getattr(part, "due_hours", 0.0)
    if name is None:
        return
    yield from _known("calendar", name, (*document.calendars, AROUND_THE_CLOCK), (*path, "calendar"))
    for used in _may_hold(document.calendars, name):
        yield from _long_enough((*path, "calendar"), used, document.calendars[used], hours)


def _share(ladder: Ladder | None) -> float:
    return max(1.0, ladder.steps[-1].at_percent / 100.0) if ladder is not None else 1.0


def _may_hold(calendars: Mapping[str, Calendar], name: str) -> Sequence[str]:
    """Return a calendar and those that hold instead of it at some places."""
    own = calendars.get(name)
    if own is None:
        return ()
    return [each for each in dict.fromkeys((name, *own.sites.values(), *own.regions.values())) if each in calendars]


def _long_enough(path: _Path, name: str, calendar: Calendar, hours: float) -> Iterator[_Problem]:
    week = calendar.week_minutes() / 60.0
    if 0 < week * MAX_WEEKS < hours:
        yield path, f"{hours:g} hours of {name}, which is open {week:g} hours a week, would take over five years"


def _opened(document: PolicyDocument, path: _Path, route: Route) -> Iterator[_Problem]:
    """Refuse a ladder that takes cases of a restricted queue to one that everybody sees."""
    own, ladder = document.queues.get(route.queue), document.ladders.get(route.ladder or "")
    if own is None or ladder is None or not own.restricted:
        return
    for stage in ladder.steps:
        other = document.queues.get(stage.queue or "")
        if other is not None and not other.restricted:
            yield path, f"{route.ladder} would move cases of {route.queue}, which is restricted, to {stage.queue}"


def _known(
    what: str, name: str, known: Sequence[str] | Mapping[str, object] | frozenset[str], path: _Path
) -> Iterator[_Problem]:
    if name not in known:
        yield path, f"unknown {what} {name!r}; known are {', '.join(sorted(known)) or 'none'}"
