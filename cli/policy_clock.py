"""`triage policy clock`: by when a route's case is due, and what happens on the way."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, get_args

import typer

from cli.console import fail, out, show
from cli.options import AsJson, DomainName, domain_named
from policies.document.clocks import sla_hours_for
from policies.document.parts import Level
from policies.judging.case_clock import Clock, Place
from triage.clock import utc_now
from triage.domain import read_policy

_LEVELS: Final[tuple[Level, ...]] = get_args(Level)
_MINUTE: Final = "%a %Y-%m-%d %H:%M %Z"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("clock")(policy_clock)


def policy_clock(
    domain: DomainName,
    route: Annotated[str, typer.Argument(help="Id of a route, or `audit`")],
    file: Annotated[
        Path | None, typer.Option(help="Document; default: the built-in one", exists=True, dir_okay=False)
    ] = None,
    priority: Annotated[str, typer.Option(help="P1 to P4")] = "P3",
    at: Annotated[
        str | None, typer.Option(help="When it is decided, as 2026-11-25T20:55; default: now. Local to --zone")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Zone of the site (IANA); default: not known")] = None,
    site: Annotated[str | None, typer.Option(help="Site id")] = None,
    region: Annotated[str | None, typer.Option(help="Region")] = None,
    as_json: AsJson = False,
) -> None:
    """Show when a case of a route is due and its stages: `triage policy clock return_fraud R-RECEIPT --zone
    Europe/Berlin`."""
    card = domain_named(domain)
    policy = read_policy(card, file)
    document = policy.document
    rules = {rule.id: rule for rule in document.routes} | ({"audit": document.audit} if document.audit else {})
    rule = rules.get(route)
    if rule is None:
        fail(f"there is no route {route}; routes are {', '.join(rules)}")
    level = next((each for each in _LEVELS if each == priority), None)
    if level is None:
        fail(f"there is no priority {priority}; priorities are {', '.join(_LEVELS)}")
    place = Place(site_id=site, region=region, zone=_zone(zone))
    hours = sla_hours_for(rule.sla_hours, level)
    clock = policy.clocks.start(rule, hours=hours, priority=level, place=place, now=_instant(at, place.zone))
    _print(clock, hours=hours, as_json=as_json)


def _print(clock: Clock, *, hours: float, as_json: bool) -> None:
    local = clock.zone_info

    def steps(written: Callable[[datetime], str]) -> list[dict[str, Any]]:
        return [
            {
                "at_percent": stage.at_percent,
                "at": written(clock.due_at(stage.at_percent).astimezone(local)),
                "notify": ", ".join(stage.notify),
                "then": "; ".join(_effects(stage.raise_priority, stage.queue, stage.escalate_to)),
            }
            for stage in clock.stages
        ]

    started, due = clock.started_at.astimezone(local), clock.due_at().astimezone(local)
    if as_json:
        shown = {"calendar": clock.calendar, "zone": clock.zone, "sla_hours": hours, "started_at": started.isoformat()}
        show(shown | {"due_at": due.isoformat(), "stages": steps(datetime.isoformat)}, as_json=True)
        return
    out.print(f"{hours:g} hours of {clock.calendar}, from {started:{_MINUTE}}: due {due:{_MINUTE}}")
    if clock.stages:
        show(steps(lambda at: f"{at:{_MINUTE}}"), as_json=False)
    else:
        out.print("nothing happens on the way: it has no ladder")


def _effects(raises: bool, queue: str | None, role: str | None) -> list[str]:
    effects = ["priority rises"] if raises else []
    effects += [f"moves to {queue}"] if queue is not None else []
    return effects + ([f"goes to {role}"] if role is not None else [])


def _zone(name: str | None) -> str | None:
    from features.readings import available_zones

    if name is not None and name not in available_zones():
        fail(f"there is no zone {name} in the IANA time zone database; write one as America/New_York")
    return name


def _instant(text: str | None, zone: str | None) -> datetime:
    from zoneinfo import ZoneInfo

    from features.readings import read_instant

    if text is None:
        return utc_now()
    try:
        return read_instant(text, zone=ZoneInfo(zone or "UTC"))
    except ValueError as error:
        fail(f"--at {text} {error}")
