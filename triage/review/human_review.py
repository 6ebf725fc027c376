"""A person who is affected asks for a human to decide: an automatic case gets a task, a waiting one says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, insert, select

from policies.document.clocks import sla_hours_for
from policies.document.document import Disposition, PolicyDocument, Route
from policies.document.parts import Level
from policies.judging.routing import of_queue
from triage.db.audit_chain import audit
from triage.db.clock_schema import clocks
from triage.db.row_digests import insert_rows
from triage.db.schema import cases, comments, decisions, tasks
from triage.errors import ConflictError, NotFoundError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.case import place_of
from triage.intake.task import REVIEW, clock_row
from triage.review.task_access import plain_text, task_row

PRIORITY: Final[Level] = "P2"
MAX_BECAUSE: Final = 2_000
_SAYS: Final = "The person affected asks for a human decision"


def request_human_review(
    connection: Connection, case_id: str, *, because: str, policies: InForce, actor: Principal, now: datetime
) -> Mapping[str, Any]:
    """Let a person decide a case again that was automatic, or tell whoever decides it that its person asks for it.

    because: what the person says, which becomes a comment. Raises NotFoundError for no case, ConflictError where a
    person has decided it already, or the policy in force has no open queue.
    """
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no case {case_id}")
    actor.require("answer_persons", row.domain)
    because = plain_text("because", because, most=MAX_BECAUSE)
    task = task_row(connection, case_id, lock=True)
    if task is not None and task.state == "done":
        raise ConflictError("a person has decided this case already: answer with the explanation, which says when")
    queue, due = (task.queue, task.sla_due_at) if task is not None else _open(connection, row, policies, now)
    said = {"case_id": case_id, "written_at": now, "written_by": actor.name, "text": f"{_SAYS}: {because}"}
    insert_rows(connection, comments, [said])
    audit(
        connection,
        actor=actor.name,
        verb="request_review",
        case_id=case_id,
        detail={"queue": queue, "text": because},
        now=now,
    )
    return {"case_id": case_id, "queue": queue, "sla_due_at": due.isoformat()}


def _open(connection: Connection, row: Any, policies: InForce, now: datetime) -> tuple[str, datetime]:
    """Make the task of a case that had none; return its queue and due time."""
    newest = (
        select(decisions).where(decisions.c.case_id == row.case_id).order_by(decisions.c.decision_id.desc()).limit(1)
    )
    decided = connection.execute(newest).one()
    policy = policies[row.domain]
    document = policy.document
    route = _route(document, decided.cause)
    if route is None:
        raise ConflictError(f"the policy of {row.domain} has no open queue in which a person could decide this case")
    queue = document.queues[route.queue]
    clock = policy.clocks.start(
        route,
        hours=sla_hours_for(route.sla_hours, PRIORITY),
        priority=PRIORITY,
        place=place_of(row.site_id, orjson.loads(row.envelope)),
        now=now,
    )
    task = {
        "case_id": row.case_id, "seq": row.seq, "domain": row.domain, "queue": route.queue,
        "owner_role": route.owner_role or queue.owner_role, "disposition": Disposition.REVIEW.value,
        "priority": PRIORITY, "expected_loss": decided.expected_loss or 0.0, "created_at": now,
        "sla_due_at": clock.due_at(), "kind": REVIEW, "minutes": queue.minutes_per_case, "saved_per_minute": 0.0,
        "approval": None, "approval_role": None, "state": "open",
    }  # fmt: skip
    insert_rows(connection, tasks, [task])
    connection.execute(insert(clocks), [clock_row(clock, task)])
    return route.queue, clock.due_at()


def _route(document: PolicyDocument, cause: str) -> Route | None:
    """Choose the route to the first queue in which people decide, those for the cause first."""
    audits = document.audit.queue if document.audit is not None else None
    open_queues = [name for name, queue in document.queues.items() if not queue.restricted and name != audits]
    found = [route for name in open_queues if (route := of_queue(document, name, cause=cause)) is not None]
    return next(
        (route for route in found if route.causes is not None and cause in route.causes), next(iter(found), None)
    )
