"""Letting a case rest: a hold stops its clock, a snooze hides it until an instant; neither lasts for ever."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from triage.db.audit_chain import audit
from triage.errors import ConflictError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.review.task_access import (
    MAX_COMMENT,
    ON_HOLD,
    SNOOZED,
    invalid,
    is_away,
    plain_text,
    require_holder,
    set_task,
    task_of,
)
from triage.review.task_clocks import HOLD, SNOOZE, end_pause, pause, paused_so_far

MAX_PAUSES: Final = 200
"""Of one case: beyond, somebody should decide it."""


def hold(
    connection: Connection,
    case_id: str,
    *,
    reason: str,
    until: datetime | None,
    policies: InForce,
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    """Stop the clock of a case the actor holds, until an instant or for as long as the policy still allows.

    It stays the actor's: when it is back, `next` gives it to nobody else. Raises InvalidError for an `until` that has
    passed or lies beyond what is left of the policy's `most_hold_hours`, ConflictError where nothing is left.
    """
    task = task_of(connection, case_id, policies, actor)
    require_holder(task, actor, now)
    left = _left(connection, task, policies, now=now)
    reason = plain_text("reason", reason, most=MAX_COMMENT)
    until = _until(until, now=now, most=left, limit="holds of a case by its policy's most_hold_hours")
    return _rest(connection, task, ON_HOLD, HOLD, reason=reason, until=until, stops=True, actor=actor, now=now)


def snooze(
    connection: Connection,
    case_id: str,
    *,
    until: datetime,
    reason: str | None,
    policies: InForce,
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    """Hide a case the actor holds until an instant; its clock runs on, unless the policy says that a snooze pauses.

    Then it is the first in its queue, for the actor. Raises InvalidError for an `until` that has passed or lies beyond
    the policy's `most_snooze_hours`.
    """
    task = task_of(connection, case_id, policies, actor)
    require_holder(task, actor, now)
    rest = policies[task.domain].document.rest
    most = timedelta(hours=rest.most_snooze_hours)
    if rest.snooze_pauses:
        most = min(most, _left(connection, task, policies, now=now))
    else:
        _require_few_pauses(paused_so_far(connection, case_id, now=now)[0])
    until = _until(until, now=now, most=most, limit="a snooze by its policy's most_snooze_hours")
    reason = plain_text("reason", reason, most=MAX_COMMENT) if reason is not None else ""
    return _rest(
        connection, task, SNOOZED, SNOOZE, reason=reason, until=until, stops=rest.snooze_pauses, actor=actor, now=now
    )


def resume(
    connection: Connection, case_id: str, *, policies: InForce, actor: Principal, now: datetime
) -> Mapping[str, Any]:
    """Bring a case on hold, or a snoozed one, back at once; its clock goes on from where it stood."""
    task = task_of(connection, case_id, policies, actor)
    if not is_away(task, now):
        raise ConflictError("this case is neither on hold nor snoozed")
    due = end_pause(connection, task, ended_by=actor.name, now=now)
    set_task(connection, case_id, state="open", back_at=now, sla_due_at=due)
    detail = {"was": task.state, "until": task.back_at.isoformat(), "sla_due_at": due.isoformat()}
    audit(connection, actor=actor.name, verb="resume", case_id=case_id, detail=detail, now=now)
    return {"case_id": case_id, "state": "open", "sla_due_at": due.isoformat()}


def _rest(
    connection: Connection,
    task: Row[Any],
    state: str,
    kind: str,
    *,
    reason: str,
    until: datetime,
    stops: bool,
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    due = pause(
        connection, task, kind=kind, reason=reason, until=until, stops=stops, paused_by=actor.name, now=now
    )  # fmt: skip
    set_task(
        connection, task.case_id, state=state, claimed_by=None, claimed_until=None, assigned_to=actor.name,
        back_at=until, sla_due_at=due,
    )  # fmt: skip
    detail = {
        "reason": reason, "until": until.isoformat(), "stops_the_clock": stops,
        "sla_due_before": task.sla_due_at.isoformat(), "sla_due_at": due.isoformat(),
    }  # fmt: skip
    audit(connection, actor=actor.name, verb=kind, case_id=task.case_id, detail=detail, now=now)
    return {
        "case_id": task.case_id, "state": state, "until": until.isoformat(), "sla_due_at": due.isoformat(),
        "stops_the_clock": stops,
    }  # fmt: skip


def _left(connection: Connection, task: Row[Any], policies: InForce, *, now: datetime) -> timedelta:
    count, rested = paused_so_far(connection, task.case_id, now=now)
    _require_few_pauses(count)
    hours = policies[task.domain].document.rest.most_hold_hours
    left = timedelta(hours=hours) - rested
    if left <= timedelta(0):
        raise ConflictError(f"this case has rested for the {hours:g} hours its policy allows; decide it or hand it on")
    return left


def _require_few_pauses(count: int) -> None:
    if count >= MAX_PAUSES:
        raise ConflictError(f"this case has rested {count} times; decide it or hand it on")


def _until(until: datetime | None, *, now: datetime, most: timedelta, limit: str) -> datetime:
    latest = now + most
    if until is None:
        return latest
    if not now < until <= latest:
        raise invalid("until", until.isoformat(), f"must be after now and by {latest.isoformat()}, as long as {limit}")
    return until
