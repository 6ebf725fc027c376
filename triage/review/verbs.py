"""What people do with a task. Every verb is one transaction of the caller's, checks the state it finds, and is audited.

A ruling never edits a decision: it is added beside it, and becomes a label. Where a four-eyes rule wants a second
person, the ruling waits on the task until somebody approves it (`triage.review.approval`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, or_, select, update

from models.heads import Heads
from triage.db.audit_chain import audit
from triage.db.row_digests import insert_rows
from triage.db.schema import cases, comments, resolutions, tasks
from triage.errors import ConflictError, ForbiddenError, NotFoundError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.intake.store import add_label
from triage.review.announcing import announce_ruling
from triage.review.known_cases import is_known_case
from triage.review.ruling_steps import follow_ruling
from triage.review.suggestion import AS_SUGGESTED, Action, Suggestion, suggest
from triage.review.task_access import (
    APPROVAL,
    MAX_COMMENT,
    RESTING,
    back_again,
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
from triage.review.waiting import by_urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A person's ruling. accepted: acting straight through would have been right; corrected: it would have been
    wrong."""

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
    task = task_of(connection, case_id, policies, actor)
    require_open(task)
    _require_open_eyes(task, actor)
    if is_held(task, now) and task.claimed_by != actor.name:
        raise ConflictError(f"{task.claimed_by} has claimed this case until {task.claimed_until:%H:%M} UTC")
    if is_away(task, now):
        raise ConflictError(f"this case rests until {task.back_at:%Y-%m-%d %H:%M} UTC; bring it back first")
    return take(connection, task, actor=actor, now=now, hold=hold)


def next_case(
    connection: Connection,
    queue: str,
    *,
    policies: InForce,
    actor: Principal,
    now: datetime,
    hold: timedelta,
) -> str | None:
    """Claim the next best case of a queue in the order of `by_urgency`, None when it is empty."""
    domain = _domain_of_queue(policies, queue, actor)
    actor.require("work_tasks", domain)
    free = or_(tasks.c.state == "open", and_(tasks.c.state == "claimed", tasks.c.claimed_until <= now), back_again(now))
    # What only an approver may close is not handed to somebody who could only give it back.
    closable = [] if actor.may("approve", domain) else [tasks.c.disposition != "escalate"]
    # Nor is an audit handed to whoever submitted the case: the answer told them what was decided.
    own = select(cases.c.case_id).where(cases.c.case_id == tasks.c.case_id, cases.c.submitted_by == actor.name)
    closable.append(or_(tasks.c.kind != AUDIT, ~own.exists()))
    # Nor what is put before somebody else.
    closable.append(or_(tasks.c.assigned_to.is_(None), tasks.c.assigned_to == actor.name))
    query = select(tasks).where(tasks.c.domain == domain, free, *closable)
    parts = (part.limit(1).with_for_update(skip_locked=True) for part in by_urgency(query, queue, now))
    task = next((task for part in parts if (task := connection.execute(part).one_or_none()) is not None), None)
    if task is None:
        return None
    take(connection, task, actor=actor, now=now, hold=hold)
    return str(task.case_id)


def release(
    connection: Connection, case_id: str, *, policies: InForce, actor: Principal, now: datetime
) -> Mapping[str, Any]:
    """Put a claimed task back to its queue."""
    task = task_of(connection, case_id, policies, actor)
    require_holder(task, actor, now)
    set_task(connection, case_id, state="open", claimed_by=None, claimed_until=None, assigned_to=None)
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
        task_of(connection, case_id, policies, actor)
    actor.require("work_tasks", row.domain)
    text = plain_text("text", text, most=MAX_COMMENT)
    written = {"case_id": case_id, "written_at": now, "written_by": actor.name, "text": text}
    insert_rows(connection, comments, [written])
    audit(connection, actor=actor.name, verb="comment", case_id=case_id, detail={"text": text}, now=now)
    return {"case_id": case_id, "written_at": now.isoformat()}


def resolve(
    connection: Connection,
    case_id: str,
    *,
    ruling: Ruling,
    policies: InForce,
    heads: Mapping[str, Heads],
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    """Close a task with a ruling, which becomes a label; or leave the ruling for approval where a four-eyes rule wants
    that.

    The actor must hold the claim. An escalated case takes an approver. heads: per domain; a ruling may name their
    labels and the one decided, in an audit only they, for the one decided is not to be known. Raises InvalidError where
    cause and ruling contradict each other.
    """
    task = task_of(connection, case_id, policies, actor)
    require_holder(task, actor, now)
    _require_open_eyes(task, actor)
    if task.disposition == "escalate":
        actor.require("approve", task.domain)
    is_audit, may_name = task.kind == AUDIT, {*heads[task.domain].labels}
    suggestion = suggestion_for(task, heads[task.domain])
    _check_ruling(
        ruling,
        reason_codes=policies[task.domain].document.reason_codes,
        causes=may_name if is_audit else {*may_name, task.decided_cause},
        suggestion=suggestion,
    )
    contradiction = heads[task.domain].contradiction(ruling.cause, ruling.action == "corrected")
    if contradiction is not None:
        raise invalid("cause", ruling.cause, contradiction)
    if ruling.reason_code == "other" and not (ruling.comment or "").strip():
        raise invalid("comment", ruling.comment, "must say why when the reason is `other`")
    if task.approval is not None:
        return _leave_for_approval(connection, task, ruling, actor=actor, now=now)
    detail = close(connection, task, ruling, suggestion=suggestion, ruled_by=actor.name, now=now)
    audit(connection, actor=actor.name, verb="resolve", case_id=case_id, detail=detail, now=now)
    if is_audit and is_known_case(connection, case_id):
        return _closed(case_id, detail)
    announce_ruling(
        connection, task, ruling=asdict(ruling), ruled_by=actor.name,
        is_restricted=is_restricted(policies, task.domain, task.queue), now=now,
    )  # fmt: skip
    follow_ruling(connection, task, ruling=asdict(ruling), ruled_by=actor.name, policies=policies, now=now)
    return _closed(case_id, detail)


def suggestion_for(task: Row[Any], heads: Heads) -> Suggestion | None:
    """Return the ruling that a task's decision suggests; None where it does not say, and of a blind audit."""
    if task.kind == AUDIT:
        return None
    return suggest(cause=task.decided_cause, risk=task.decided_risk, disposition=task.decided_disposition, heads=heads)


def close(
    connection: Connection,
    task: Row[Any],
    ruling: Ruling,
    *,
    suggestion: Suggestion | None,
    ruled_by: str,
    now: datetime,
) -> dict[str, Any]:
    """Write a ruling that stands, with its label; return what the audit trail tells of it."""
    is_audit, overrides = task.kind == AUDIT, _overrides(ruling, task, suggestion)
    row = {
        "case_id": task.case_id, "resolved_at": now, "resolved_by": ruled_by, "action": ruling.action,
        "cause": ruling.cause, "reason_code": ruling.reason_code, "comment": ruling.comment,
        "overrides": overrides, "saw_suggestion": not is_audit,
    }  # fmt: skip
    insert_rows(connection, resolutions, [row])
    set_task(
        connection,
        task.case_id,
        state="done",
        claimed_by=None,
        claimed_until=None,
        done_at=now,
        ruling=None,
        ruled_by=None,
    )
    add_label(
        connection,
        domain=task.domain,
        exception_id=task.exception_id,
        source="audit" if is_audit else "resolution",
        cause=ruling.cause,
        wrong=ruling.action == "corrected",
        loss=None,
        known_at=now,
        recorded_by=ruled_by,
        now=now,
    )
    return {
        "action": ruling.action, "cause": ruling.cause, "previous_cause": task.decided_cause,
        "previous_disposition": task.decided_disposition, "reason_code": ruling.reason_code, "overrides": overrides,
        "audit": is_audit,
    }  # fmt: skip


def _closed(case_id: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"case_id": case_id, "state": "done"} | {name: detail[name] for name in ("action", "cause", "overrides")}


def _leave_for_approval(
    connection: Connection, task: Row[Any], ruling: Ruling, *, actor: Principal, now: datetime
) -> dict[str, Any]:
    written = asdict(ruling)
    set_task(
        connection, task.case_id, state=APPROVAL, claimed_by=None, claimed_until=None,
        ruling=orjson.dumps(written).decode(), ruled_by=actor.name,
    )  # fmt: skip
    detail = written | {"approval": task.approval, "approval_role": task.approval_role}
    audit(connection, actor=actor.name, verb="rule", case_id=task.case_id, detail=detail, now=now)
    return {
        "case_id": task.case_id, "state": APPROVAL, "action": ruling.action, "cause": ruling.cause,
        "approval": task.approval, "approval_role": task.approval_role,
    }  # fmt: skip


def _overrides(ruling: Ruling, task: Row[Any], suggestion: Suggestion | None) -> bool:
    """Return whether a ruling departs from what was suggested; where only a cause was, from it and from going straight
    through."""
    if suggestion is not None:
        return (ruling.action, ruling.cause) != (suggestion.action, suggestion.cause)
    return bool(ruling.action == "corrected" or ruling.cause != task.decided_cause)


def take(
    connection: Connection, task: Row[Any], *, actor: Principal, now: datetime, hold: timedelta
) -> Mapping[str, Any]:
    """Claim a task that was found free; raise ConflictError where somebody was quicker."""
    until = now + hold
    held_by_other = and_(tasks.c.claimed_by != actor.name, tasks.c.claimed_until > now)
    changed = connection.execute(
        update(tasks)
        .where(tasks.c.case_id == task.case_id, tasks.c.state.in_(["open", "claimed", *RESTING]))
        .where(or_(tasks.c.claimed_by.is_(None), ~held_by_other))
        .values(state="claimed", claimed_by=actor.name, claimed_until=until, back_at=None)
    ).rowcount
    if changed != 1:
        raise ConflictError("somebody else claimed this case a moment ago")
    detail = {"queue": task.queue, "claimed_until": until.isoformat()}
    audit(connection, actor=actor.name, verb="claim", case_id=task.case_id, detail=detail, now=now)
    return {"case_id": task.case_id, "state": "claimed", "claimed_by": actor.name, "claimed_until": until.isoformat()}


def _has_task(connection: Connection, case_id: str) -> bool:
    return connection.execute(select(tasks.c.case_id).where(tasks.c.case_id == case_id)).one_or_none() is not None


def _require_open_eyes(task: Row[Any], actor: Principal) -> None:
    """Keep whoever got the answer to a case from auditing it."""
    if task.kind == AUDIT and task.submitted_by == actor.name:
        raise ForbiddenError("you submitted this case and were told what was decided; somebody else has to audit it")


def _domain_of_queue(policies: InForce, queue: str, actor: Principal) -> str:
    for name in policies:
        if queue in policies.queues(name) and may_see_queue(policies, name, queue, actor):
            return name
    raise NotFoundError(f"there is no queue {queue}")


def _check_ruling(
    ruling: Ruling, *, reason_codes: Mapping[str, str], causes: set[str], suggestion: Suggestion | None
) -> None:
    if ruling.action not in ("accepted", "corrected"):
        raise invalid("action", ruling.action, "must be accepted or corrected")
    confirms = suggestion is not None and (ruling.action, ruling.cause) == (suggestion.action, suggestion.cause)
    if ruling.reason_code == AS_SUGGESTED and not confirms:
        raise invalid("reason_code", ruling.reason_code, "must say why, for the ruling is not the suggested one")
    if ruling.reason_code not in reason_codes and ruling.reason_code != AS_SUGGESTED:
        raise invalid("reason_code", ruling.reason_code, f"must be one of {', '.join(reason_codes)}")
    if ruling.cause not in causes:
        raise invalid("cause", ruling.cause, f"must be one of {', '.join(sorted(causes))}")
    if ruling.comment is not None and (len(ruling.comment) > MAX_COMMENT or "\x00" in ruling.comment):
        raise invalid("comment", ruling.comment[:40], f"must be at most {MAX_COMMENT} characters of plain text")
