"""What people do with a task. Every verb is one transaction of the caller's, checks the state it finds, and is audited.

A ruling never edits a decision: it is added beside it, and becomes a label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, and_, case, insert, or_, select, update

from triage.access import Principal
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from triage.in_force import InForce
from triage.store import add_label, audit
from triage.tables import cases, comments, decisions, resolutions, tasks

MAX_COMMENT: Final = 4_000
Action = Literal["accepted", "corrected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A person's ruling. accepted: acting straight through would have been right; corrected: it would have been wrong."""

    action: Action
    cause: str
    reason_code: str
    comment: str | None = None


def claim(
    connection: Connection,
    case_id: str,
    *,
    policies: InForce,
    actor: Principal,
    now: datetime,
    hold: timedelta,
) -> Mapping[str, Any]:
    """Take a task for oneself until `now + hold`; taking one's own again renews it."""
    task = _task(connection, case_id, policies, actor)
    _require_open(task)
    if _is_held(task, now) and task.claimed_by != actor.name:
        raise ConflictError(f"{task.claimed_by} has claimed this case until {task.claimed_until:%H:%M} UTC")
    return _claim(connection, task, actor=actor, now=now, hold=hold)


def next_case(
    connection: Connection,
    queue: str,
    *,
    policies: InForce,
    actor: Principal,
    now: datetime,
    hold: timedelta,
) -> str | None:
    """Claim the next best case of a queue, None when it is empty: breached SLA first, then priority, then expected loss."""
    domain = _domain_of_queue(policies, queue, actor)
    actor.require("work_tasks", domain)
    free = or_(tasks.c.state == "open", and_(tasks.c.state == "claimed", tasks.c.claimed_until <= now))
    # What only an approver may close is not handed to somebody who could only give it back.
    closable = [] if actor.may("approve", domain) else [tasks.c.disposition != "escalate"]
    query = (
        select(tasks)
        .where(tasks.c.queue == queue, tasks.c.domain == domain, free, *closable)
        .order_by(*urgency(now))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    task = connection.execute(query).one_or_none()
    if task is None:
        return None
    _claim(connection, task, actor=actor, now=now, hold=hold)
    return str(task.case_id)


def release(
    connection: Connection, case_id: str, *, policies: InForce, actor: Principal, now: datetime
) -> Mapping[str, Any]:
    """Give a claimed task back to its queue."""
    task = _task(connection, case_id, policies, actor)
    _require_holder(task, actor, now)
    _set_task(connection, case_id, state="open", claimed_by=None, claimed_until=None)
    audit(connection, actor=actor.name, verb="release", case_id=case_id, detail={"queue": task.queue}, now=now)
    return {"case_id": case_id, "state": "open"}


def comment(
    connection: Connection, case_id: str, *, text: str, policies: InForce, actor: Principal, now: datetime
) -> Mapping[str, Any]:
    """Write a comment into a case's file."""
    row = connection.execute(select(cases.c.domain).where(cases.c.case_id == case_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no case {case_id}")
    if _has_task(connection, case_id):
        _task(connection, case_id, policies, actor)
    actor.require("work_tasks", row.domain)
    text = text.strip()
    if not text or len(text) > MAX_COMMENT or "\x00" in text:
        raise _invalid("text", text, f"must be 1 to {MAX_COMMENT} characters of plain text")
    connection.execute(
        insert(comments), {"case_id": case_id, "written_at": now, "written_by": actor.name, "text": text}
    )
    audit(connection, actor=actor.name, verb="comment", case_id=case_id, detail={"text": text}, now=now)
    return {"case_id": case_id, "written_at": now.isoformat()}


def resolve(
    connection: Connection,
    case_id: str,
    *,
    ruling: Ruling,
    policies: InForce,
    causes: Mapping[str, str],
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    """Close a task with a ruling, which becomes a label.

    The actor must hold the claim. An escalated case is closed by an approver. `causes` are the labels a ruling may name
    beside the one decided.
    """
    task = _task(connection, case_id, policies, actor)
    _require_holder(task, actor, now)
    if task.disposition == "escalate":
        actor.require("approve", task.domain)
    decision = _latest_decision(connection, case_id)
    document = policies[task.domain].document
    _check_ruling(ruling, reason_codes=document.reason_codes, causes={*causes, decision.cause})
    overrides = ruling.action == "corrected" or ruling.cause != decision.cause
    if overrides and not (ruling.comment or "").strip() and ruling.reason_code == "other":
        raise _invalid("comment", ruling.comment, "must say why when the reason is `other`")
    connection.execute(
        insert(resolutions),
        {
            "case_id": case_id, "resolved_at": now, "resolved_by": actor.name, "action": ruling.action,
            "cause": ruling.cause, "reason_code": ruling.reason_code, "comment": ruling.comment,
            "overrides": overrides, "saw_suggestion": True,
        },
    )  # fmt: skip
    _set_task(connection, case_id, state="done", claimed_by=None, claimed_until=None, done_at=now)
    add_label(
        connection,
        domain=task.domain,
        exception_id=_exception_id(connection, case_id),
        source="resolution",
        cause=ruling.cause,
        wrong=ruling.action == "corrected",
        loss=None,
        known_at=now,
        recorded_by=actor.name,
        now=now,
    )
    detail = {
        "action": ruling.action, "cause": ruling.cause, "previous_cause": decision.cause,
        "previous_disposition": decision.disposition, "reason_code": ruling.reason_code, "overrides": overrides,
    }  # fmt: skip
    audit(connection, actor=actor.name, verb="resolve", case_id=case_id, detail=detail, now=now)
    return {"case_id": case_id, "state": "done", "action": ruling.action, "cause": ruling.cause, "overrides": overrides}


def urgency(now: datetime) -> tuple[Any, ...]:
    """Order tasks: breached SLA first, then priority level, then expected loss, then due time, then arrival."""
    breached = case((tasks.c.sla_due_at <= now, 0), else_=1)
    return breached, tasks.c.priority, tasks.c.expected_loss.desc(), tasks.c.sla_due_at, tasks.c.created_at


def may_see_queue(policies: InForce, domain: str, queue: str, actor: Principal) -> bool:
    """Say whether somebody may know of a queue's cases: restricted ones need the right to see them in that domain."""
    found = policies.queues(domain).get(queue) if domain in policies else None
    restricted = found.restricted if found is not None else False
    return actor.may("see_restricted" if restricted else "read", domain)


def _claim(
    connection: Connection, task: Row[Any], *, actor: Principal, now: datetime, hold: timedelta
) -> Mapping[str, Any]:
    until = now + hold
    held_by_other = and_(tasks.c.claimed_by != actor.name, tasks.c.claimed_until > now)
    changed = connection.execute(
        update(tasks)
        .where(tasks.c.case_id == task.case_id, tasks.c.state != "done")
        .where(or_(tasks.c.claimed_by.is_(None), ~held_by_other))
        .values(state="claimed", claimed_by=actor.name, claimed_until=until)
    ).rowcount
    if changed != 1:
        raise ConflictError("somebody else claimed this case a moment ago")
    detail = {"queue": task.queue, "claimed_until": until.isoformat()}
    audit(connection, actor=actor.name, verb="claim", case_id=task.case_id, detail=detail, now=now)
    return {"case_id": task.case_id, "state": "claimed", "claimed_by": actor.name, "claimed_until": until.isoformat()}


def _task(connection: Connection, case_id: str, policies: InForce, actor: Principal) -> Row[Any]:
    task = connection.execute(select(tasks).where(tasks.c.case_id == case_id).with_for_update()).one_or_none()
    if task is None:
        known = connection.execute(select(cases.c.domain).where(cases.c.case_id == case_id)).one_or_none()
        if known is not None and actor.may("read", known.domain):
            raise ConflictError("this case was handled straight through; there is no task to work on")
        raise NotFoundError(f"there is no case {case_id}")
    if not may_see_queue(policies, task.domain, task.queue, actor):
        raise NotFoundError(f"there is no case {case_id}")
    actor.require("work_tasks", task.domain)
    return task


def _has_task(connection: Connection, case_id: str) -> bool:
    return connection.execute(select(tasks.c.case_id).where(tasks.c.case_id == case_id)).one_or_none() is not None


def _require_open(task: Row[Any]) -> None:
    if task.state == "done":
        raise ConflictError("this case is closed already")


def _is_held(task: Row[Any], now: datetime) -> bool:
    return bool(task.state == "claimed" and task.claimed_until > now)


def _require_holder(task: Row[Any], actor: Principal, now: datetime) -> None:
    _require_open(task)
    if not _is_held(task, now):
        raise ConflictError("claim the case first; nobody holds it now")
    if task.claimed_by != actor.name:
        raise ConflictError(f"{task.claimed_by} holds this case until {task.claimed_until:%H:%M} UTC")


def _domain_of_queue(policies: InForce, queue: str, actor: Principal) -> str:
    for name in policies:
        if queue in policies.queues(name) and may_see_queue(policies, name, queue, actor):
            return name
    raise NotFoundError(f"there is no queue {queue}")


def _latest_decision(connection: Connection, case_id: str) -> Row[Any]:
    query = select(decisions).where(decisions.c.case_id == case_id).order_by(decisions.c.decision_id.desc()).limit(1)
    return connection.execute(query).one()


def _exception_id(connection: Connection, case_id: str) -> str:
    return str(connection.execute(select(cases.c.exception_id).where(cases.c.case_id == case_id)).scalar_one())


def _set_task(connection: Connection, case_id: str, **values: Any) -> None:
    connection.execute(update(tasks).where(tasks.c.case_id == case_id).values(**values))


def _check_ruling(ruling: Ruling, *, reason_codes: Mapping[str, str], causes: set[str]) -> None:
    if ruling.action not in ("accepted", "corrected"):
        raise _invalid("action", ruling.action, "must be accepted or corrected")
    if ruling.reason_code not in reason_codes:
        raise _invalid("reason_code", ruling.reason_code, f"must be one of {', '.join(reason_codes)}")
    if ruling.cause not in causes:
        raise _invalid("cause", ruling.cause, f"must be one of {', '.join(sorted(causes))}")
    if ruling.comment is not None and (len(ruling.comment) > MAX_COMMENT or "\x00" in ruling.comment):
        raise _invalid("comment", ruling.comment[:40], f"must be at most {MAX_COMMENT} characters of plain text")


def _invalid(field: str, value: Any, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value=repr(value)[:80], message=message)
    return InvalidError(f"{field} {message}", problems=[problem])
