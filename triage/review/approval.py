"""Four eyes: a ruling that waits for a second person is approved, or sent back with a reason.

The second person has the role the rule names, and is neither who ruled, nor who submitted the case, nor whom the case
names as having asked for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from models.heads import Heads
from triage.db.audit_chain import audit
from triage.db.schema import cases
from triage.errors import ConflictError, ForbiddenError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.review.announcing import announce_ruling
from triage.review.ruling_steps import follow_ruling
from triage.review.task_access import APPROVAL, MAX_COMMENT, invalid, is_restricted, set_task, task_of
from triage.review.verbs import Ruling, close, suggestion_for


def approve(
    connection: Connection,
    case_id: str,
    *,
    agreed: bool,
    comment: str | None,
    policies: InForce,
    requesters: Mapping[str, Sequence[str]],
    heads: Mapping[str, Heads],
    actor: Principal,
    now: datetime,
) -> dict[str, Any]:
    """Let a waiting ruling stand, which closes the case with its label, or send the case back to its queue.

    requesters: per domain, the payload fields that name who asked for what the case is about. comment: needed to send
    back.
    Raises ConflictError where no ruling waits, ForbiddenError for somebody who may not be the second pair of eyes.
    """
    task = task_of(connection, case_id, policies, actor)
    if task.state != APPROVAL:
        raise ConflictError("no ruling of this case waits for approval")
    refusal = why_not(connection, task, requesters.get(task.domain, ()), actor)
    if refusal is not None:
        raise ForbiddenError(refusal)
    comment = (comment or "").strip() or None
    if comment is not None and (len(comment) > MAX_COMMENT or "\x00" in comment):
        raise invalid("comment", comment[:40], f"must be at most {MAX_COMMENT} characters of plain text")
    ruling = Ruling(**orjson.loads(task.ruling))
    shared = {"approval": task.approval, "ruled_by": task.ruled_by, "remark": comment}
    if agreed:
        suggestion = suggestion_for(task, heads[task.domain])
        detail = close(connection, task, ruling, suggestion=suggestion, ruled_by=task.ruled_by, now=now)
        audit(connection, actor=actor.name, verb="approve", case_id=case_id, detail=detail | shared, now=now)
        announce_ruling(
            connection, task, ruling=asdict(ruling), ruled_by=task.ruled_by,
            is_restricted=is_restricted(policies, task.domain, task.queue), now=now,
        )  # fmt: skip
        follow_ruling(connection, task, ruling=asdict(ruling), ruled_by=task.ruled_by, policies=policies, now=now)
        return {"case_id": case_id, "state": "done"} | {key: detail[key] for key in ("action", "cause", "overrides")}
    if comment is None:
        raise invalid("comment", comment, "must say why the ruling is sent back")
    set_task(
        connection, case_id, state="open", claimed_by=None, claimed_until=None, ruling=None, ruled_by=None, back_at=now,
        assigned_to=task.ruled_by if task.ruled_by.startswith("user:") else None,
    )  # fmt: skip
    rejected = {"action": ruling.action, "cause": ruling.cause, "reason_code": ruling.reason_code}
    audit(connection, actor=actor.name, verb="reject", case_id=case_id, detail=rejected | shared, now=now)
    return {"case_id": case_id, "state": "open", "comment": comment}


def why_not(connection: Connection, task: Row[Any], requesters: Sequence[str], actor: Principal) -> str | None:
    """Return why somebody may not approve the ruling of a task; None where they may."""
    if not actor.holds(task.approval_role, task.domain):
        return f"it takes the role {task.approval_role} for {task.domain} to approve this ruling"
    if task.ruled_by == actor.name:
        return "you ruled on this case yourself; somebody else has to approve it"
    if task.submitted_by == actor.name:
        return "you submitted this case; somebody else has to approve its ruling"
    if requesters:
        payload = orjson.loads(
            connection.execute(select(cases.c.payload).where(cases.c.case_id == task.case_id)).scalar_one()
        )
        own = actor.name.partition(":")[2].casefold()
        named = next((field for field in requesters if str(payload.get(field, "")).casefold() == own), None)
        if named is not None:
            return f"the case names you as {named.replace('_', ' ')}; somebody else has to approve its ruling"
    return None
