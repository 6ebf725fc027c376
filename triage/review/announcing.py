"""What people and later truth say of a case, told to the systems that want to know: the last step of their
transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from triage.db.schema import cases, decisions
from triage.handoff.event_kinds import CASE_OUTCOME, CASE_RULED
from triage.handoff.events import Event, enqueue
from triage.intake.decision import Decision


def announce_ruling(
    connection: Connection,
    task: Row[Any],
    *,
    ruling: Mapping[str, Any],
    ruled_by: str,
    is_restricted: bool,
    now: datetime,
) -> None:
    """Write the deliveries of a ruling that stands, also to the callback address of the submission.

    is_restricted: the task's queue is; then the callback says only what was done, as the submitter was told only that
    it is held.
    """
    case_id = task.case_id
    query = (
        select(cases.c.domain, cases.c.exception_id, cases.c.envelope, decisions.c.answer)
        .join(decisions, decisions.c.case_id == cases.c.case_id)
        .where(cases.c.case_id == case_id)
        .order_by(decisions.c.decision_id.desc())
        .limit(1)
    )
    case = connection.execute(query).one()
    body = {
        "case_id": case_id,
        "exception_id": case.exception_id,
        "domain": case.domain,
        "ruling": {**ruling, "ruled_by": ruled_by, "ruled_at": now.isoformat()},
        "decision": orjson.loads(case.answer),
    }
    less = {"action": ruling["action"], "ruled_at": now.isoformat()}
    event = Event(
        kind=CASE_RULED,
        body=body,
        domain=case.domain,
        case_id=case_id,
        callback_url=orjson.loads(case.envelope).get("callback_url"),
        callback_body=body | {"ruling": less, "decision": orjson.loads(Decision.read(case.answer).withheld().written)}
        if is_restricted
        else None,
    )
    enqueue(connection, [event])


def announce_outcome(connection: Connection, case_id: str, *, domain: str, outcome: Mapping[str, Any]) -> None:
    """Write the deliveries of what became known of a case."""
    body = {"case_id": case_id, **outcome}
    enqueue(connection, [Event(kind=CASE_OUTCOME, body=body, domain=domain, case_id=case_id)])
