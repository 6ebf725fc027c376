"""Passing a case on: to a person, to a queue, or back to whoever passed it on. Its clock runs as before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from triage.db.audit_chain import audit
from triage.errors import ConflictError
from triage.identity.access import Principal, known_person
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.review.task_access import (
    ESCALATED,
    MAX_COMMENT,
    invalid,
    is_away,
    is_held,
    is_restricted,
    may_see_queue,
    plain_text,
    require_holder,
    require_open,
    set_task,
    task_of,
)
from triage.review.task_clocks import end_pause


def hand_off(
    connection: Connection,
    case_id: str,
    *,
    to: str,
    comment: str | None,
    policies: InForce,
    actor: Principal,
    now: datetime,
    hold: timedelta,
) -> Mapping[str, Any]:
    """Hand the claim on a case to another person, who holds it until `now + hold`; nobody takes it in between.

    to: "ann" or "user:ann". Raises InvalidError for somebody who may not work on it.
    """
    task = task_of(connection, case_id, policies, actor)
    require_holder(task, actor, now)
    receiver = _receiver(connection, to, task, task.queue, policies)
    if receiver.name == actor.name:
        raise invalid("to", to, "must be somebody else")
    comment = _comment(comment)
    until = now + hold
    set_task(
        connection, case_id, claimed_by=receiver.name, claimed_until=until, assigned_to=receiver.name,
        passed_by=actor.name, passed_from_queue=None, passed_from_role=None,
    )  # fmt: skip
    detail = {"to": receiver.name, "claimed_until": until.isoformat(), "comment": comment}
    audit(connection, actor=actor.name, verb="hand_off", case_id=case_id, detail=detail, now=now)
    return {
        "case_id": case_id, "state": "claimed", "claimed_by": receiver.name, "claimed_until": until.isoformat()
    }  # fmt: skip


def assign(
    connection: Connection,
    case_id: str,
    *,
    to: str | None,
    queue: str | None,
    comment: str | None,
    policies: InForce,
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    """Put a case before a person, into another queue, or both; it waits there first of all, and its clock runs on.

    Who holds the case may do that, and whoever may approve. to: None for anybody of the queue. queue: None for the one
    it is in. A case that rests comes back. Raises ConflictError where the case may not leave its queue: an audit, and a
    restricted case for a queue that everybody sees.
    """
    task = task_of(connection, case_id, policies, actor)
    _require_say(task, actor, now)
    if to is None and queue is None:
        raise invalid("to", None, "must name a person, or `queue` a queue")
    comment = _comment(comment)
    role = task.owner_role
    if queue is not None and queue != task.queue:
        role = _require_way(task, queue, policies, actor)
    target = queue or task.queue
    receiver = _receiver(connection, to, task, target, policies) if to is not None else None
    due = end_pause(connection, task, ended_by=actor.name, now=now) if is_away(task, now) else task.sla_due_at
    set_task(
        connection, case_id, state="open", claimed_by=None, claimed_until=None, queue=target, owner_role=role,
        assigned_to=receiver.name if receiver is not None else None, back_at=now, sla_due_at=due,
        passed_by=actor.name, passed_from_queue=task.queue, passed_from_role=task.owner_role,
    )  # fmt: skip
    detail = {
        "to": receiver.name if receiver is not None else None, "queue": target, "queue_before": task.queue,
        "comment": comment,
    }  # fmt: skip
    audit(connection, actor=actor.name, verb="assign", case_id=case_id, detail=detail, now=now)
    return {
        "case_id": case_id, "state": "open", "queue": target, "owner_role": role, "assigned_to": detail["to"],
        "sla_due_at": due.isoformat(),
    }  # fmt: skip


def escalate(
    connection: Connection, case_id: str, *, reason: str, policies: InForce, actor: Principal, now: datetime
) -> Mapping[str, Any]:
    """Leave a case the actor holds to an approver, with a reason; it is the first in its queue, and its clock runs on.

    An approver who sends it back takes that back. Raises ConflictError for a case that waits for an approver already,
    and for an audit, of which nothing is known that could be escalated.
    """
    task = task_of(connection, case_id, policies, actor)
    require_holder(task, actor, now)
    if task.disposition == ESCALATED:
        raise ConflictError("this case waits for an approver already; give it back instead")
    if task.kind == AUDIT:
        raise ConflictError("an audit stays what it is; assign it to another person")
    reason = plain_text("reason", reason, most=MAX_COMMENT)
    set_task(
        connection, case_id, state="open", claimed_by=None, claimed_until=None, assigned_to=None, back_at=now,
        disposition=ESCALATED, passed_by=actor.name, passed_from_queue=task.queue, passed_from_role=task.owner_role,
    )  # fmt: skip
    audit(connection, actor=actor.name, verb="escalate", case_id=case_id, detail={"reason": reason}, now=now)
    return {
        "case_id": case_id, "state": "open", "queue": task.queue, "owner_role": task.owner_role, "assigned_to": None,
        "sla_due_at": task.sla_due_at.isoformat(),
    }  # fmt: skip


def send_back(
    connection: Connection, case_id: str, *, reason: str, policies: InForce, actor: Principal, now: datetime
) -> Mapping[str, Any]:
    """Return a case to the queue and the person it was passed on from, with a reason; its clock runs on.

    Who holds the case may do that, and whoever may approve. Raises ConflictError where nobody passed it on.
    """
    task = task_of(connection, case_id, policies, actor)
    _require_say(task, actor, now)
    if task.passed_by is None:
        raise ConflictError("nobody passed this case on, so there is nobody to send it back to; give it back instead")
    reason = plain_text("reason", reason, most=MAX_COMMENT)
    queue, role = task.passed_from_queue or task.queue, task.passed_from_role or task.owner_role
    person = task.passed_by if task.passed_by.startswith("user:") and task.passed_by != actor.name else None
    due = end_pause(connection, task, ended_by=actor.name, now=now) if is_away(task, now) else task.sla_due_at
    set_task(
        connection, case_id, state="open", claimed_by=None, claimed_until=None, queue=queue, owner_role=role,
        assigned_to=person, back_at=now, sla_due_at=due, passed_by=None, passed_from_queue=None, passed_from_role=None,
        # What a person escalated is theirs to rule on again.
        disposition=task.decided_disposition if task.kind != AUDIT else task.disposition,
    )  # fmt: skip
    detail = {"to": person, "queue": queue, "queue_before": task.queue, "reason": reason}
    audit(connection, actor=actor.name, verb="send_back", case_id=case_id, detail=detail, now=now)
    return {
        "case_id": case_id, "state": "open", "queue": queue, "owner_role": role, "assigned_to": person,
        "sla_due_at": due.isoformat(),
    }  # fmt: skip


def _require_say(task: Row[Any], actor: Principal, now: datetime) -> None:
    """Refuse who neither holds the case nor may approve."""
    require_open(task)
    if not (is_held(task, now) and task.claimed_by == actor.name) and not actor.may("approve", task.domain):
        require_holder(task, actor, now)


def _require_way(task: Row[Any], queue: str, policies: InForce, actor: Principal) -> str:
    """Return the owner of a queue a case may go to."""
    known = policies.queues(task.domain)
    if queue not in known or not may_see_queue(policies, task.domain, queue, actor):
        seen = [name for name in known if may_see_queue(policies, task.domain, name, actor)]
        raise invalid("queue", queue, f"must be one of {', '.join(seen)}")
    if task.kind == AUDIT:
        raise ConflictError("an audit stays in its queue; assign it to another person")
    if is_restricted(policies, task.domain, task.queue) and not is_restricted(policies, task.domain, queue):
        raise ConflictError(f"{task.queue} is restricted; its cases may not go to a queue that everybody sees")
    return known[queue].owner_role


def _receiver(connection: Connection, to: str, task: Row[Any], queue: str, policies: InForce) -> Principal:
    """Return somebody who may work on a case in a queue."""
    receiver = known_person(connection, to)
    if receiver is None:
        raise invalid("to", to, "must be the name of a person who can sign in")
    if not receiver.may("work_tasks", task.domain) or not may_see_queue(policies, task.domain, queue, receiver):
        raise invalid("to", to, f"must be somebody who may work on {queue}")
    if task.disposition == "escalate" and not receiver.may("approve", task.domain):
        raise invalid("to", to, "must be an approver: this case is escalated")
    if task.kind == AUDIT and task.submitted_by == receiver.name:
        raise invalid("to", to, "submitted this case and was told what was decided; somebody else has to audit it")
    return receiver


def _comment(comment: str | None) -> str | None:
    return plain_text("comment", comment, most=MAX_COMMENT) if comment is not None and comment.strip() else None
