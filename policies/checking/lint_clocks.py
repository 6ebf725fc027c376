"""Checks of clocks: times nobody can keep, stages nobody notices, and what is written and never used."""

from collections.abc import Iterator
from typing import Final

from policies.checking.findings import Finding, finding
from policies.document.clocks import Ladder, Stage
from policies.document.document import Disposition, PolicyDocument, Route
from policies.judging.policy import Policy

_HOUR_MINUTES: Final = 60.0


def clocks(policy: Policy) -> Iterator[Finding]:
    """Times that are over before anybody could be done, and ladders of which a stage tells nobody."""
    document = policy.document
    for at, route in enumerate(document.routes):
        if not _is_automatic(route):
            yield from _too_short(policy, at, route)
            yield from _nothing_happens(policy, at, route)
    for name, ladder in document.ladders.items():
        for place, stage in enumerate(ladder.steps):
            last = place == len(ladder.stages)
            path = ("ladders", name, "nobody_acts") if last else ("ladders", name, "stages", place)
            yield from _unnoticed(policy, path, stage, is_last=last)
        yield from _early_end(policy, name, ladder)
    yield from _unused(policy)


def _is_automatic(route: Route) -> bool:
    return route.dispositions is not None and set(route.dispositions) == {Disposition.AUTO}


def _too_short(policy: Policy, at: int, route: Route) -> Iterator[Finding]:
    """A case is due before a reviewer who takes it the moment it arrives could be done with it."""
    needed = policy.document.queues[route.queue].minutes_per_case
    given = route.sla_hours if isinstance(route.sla_hours, dict) else {"": route.sla_hours}
    for level, hours in given.items():
        if hours * _HOUR_MINUTES < needed:
            which = f" of {level}" if level else ""
            yield finding(
                policy, "error", "late-on-arrival", ("routes", at, "sla_hours"),
                f"{route.id} gives{which} {hours * _HOUR_MINUTES:g} minutes, and a case of {route.queue} takes "
                f"{needed:g}: every one is late", "give it more time, or lower minutes_per_case of the queue",
            )  # fmt: skip


def _nothing_happens(policy: Policy, at: int, route: Route) -> Iterator[Finding]:
    """A policy that has ladders forgets a route."""
    if policy.document.ladders and route.ladder is None:
        yield finding(
            policy, "warning", "nobody-acts-not-said", ("routes", at),
            f"{route.id} does not say what happens when nobody acts", "name a ladder",
        )  # fmt: skip


def _unnoticed(policy: Policy, path: tuple[str | int, ...], stage: Stage, *, is_last: bool) -> Iterator[Finding]:
    does_something = stage.raise_priority or stage.queue is not None
    if not stage.notified and not does_something:
        yield finding(
            policy, "error", "stage-without-receiver", path,
            f"at {stage.at_percent:g} % nobody is notified and nothing changes",
            "name a role in notify or escalate_to, raise the priority, or remove the stage",
        )  # fmt: skip
    elif not stage.notified:
        yield finding(
            policy, "warning", "stage-without-receiver", path, f"at {stage.at_percent:g} % nobody is notified",
            "name a role in notify or escalate_to",
        )  # fmt: skip
    elif is_last and stage.escalate_to is None and stage.queue is None:
        yield finding(
            policy, "warning", "last-step-without-owner", path,
            "when nobody acts the case stays with who did not act", "name who owns it then in escalate_to, or a queue",
        )  # fmt: skip


def _early_end(policy: Policy, name: str, ladder: Ladder) -> Iterator[Finding]:
    if ladder.nobody_acts.at_percent < 100:
        yield finding(
            policy, "warning", "last-step-before-due", ("ladders", name, "nobody_acts"),
            f"the last step comes at {ladder.nobody_acts.at_percent:g} %, before the case is due",
            "put it at 100 % or later",
        )  # fmt: skip


def _unused(policy: Policy) -> Iterator[Finding]:
    document = policy.document
    used = _used_calendars(document)
    clocked = [*document.routes, *([document.audit] if document.audit is not None else [])]
    ladders = {rule.ladder for rule in clocked}
    named = {role for ladder in document.ladders.values() for stage in ladder.steps for role in stage.notified}
    named |= {queue.owner_role for queue in document.queues.values()}
    named |= {route.owner_role for route in document.routes if route.owner_role is not None}
    cure = "remove it, or name it where it is meant"
    for name in document.calendars:
        if name not in used:
            yield finding(policy, "warning", "calendar-not-used", ("calendars", name), f"nothing uses {name}", cure)
    for name in document.ladders:
        if name not in ladders:
            yield finding(policy, "warning", "ladder-not-used", ("ladders", name), f"nothing uses {name}", cure)
    for name in document.roles:
        if name not in named:
            yield finding(policy, "warning", "role-not-used", ("roles", name), f"nothing uses {name}", cure)


def _used_calendars(document: PolicyDocument) -> set[str]:
    clocked = [*document.routes, *([document.audit] if document.audit is not None else [])]
    used = {name for rule in clocked for name in rule.calendars()}
    steps = [step for route in document.routes for step in route.steps]
    dated = [*steps, *(step.on_failure for step in steps), *(lookup.ask for lookup in document.lookups)]
    used |= {name for part in dated if (name := getattr(part, "calendar", None)) is not None}
    for name in list(used):
        calendar = document.calendars.get(name)
        if calendar is not None:
            used |= {*calendar.sites.values(), *calendar.regions.values()}
    return used
