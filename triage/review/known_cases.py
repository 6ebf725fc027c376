"""Blind audits whose answer is known: cases of which an outcome was recorded, put among the audits to see who finds it.

Such a task looks like any other audit. Its ruling is compared with the outcome and goes no further: nobody outside is
told, and no step follows it.
"""

from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, insert, select

from policies.judging.policy import Policy
from triage.db.audit_chain import audit
from triage.db.clock_schema import clocks
from triage.db.desk_schema import known_cases
from triage.db.row_digests import insert_rows
from triage.db.schema import cases, decisions, labels, tasks
from triage.errors import ConflictError
from triage.identity.access import Principal
from triage.intake.audit_slice import AUDIT
from triage.intake.case import place_of
from triage.intake.task import AUDIT_PRIORITY, clock_row
from triage.review.task_access import invalid

MAX_SEEDED: Final = 50
"""Of one call."""
_NEWEST: Final = 2_000


def seed_known_cases(
    connection: Connection, policy: Policy, *, count: int, actor: Principal, now: datetime
) -> list[str]:
    """Put at most so many cases with a known answer into the audit queue of a policy; return their case ids.

    Taken are the newest automatic cases that nobody looked at and of which an outcome says whether it was right.
    Raises ConflictError where the policy audits nothing, so that there is no queue for them.
    """
    document = policy.document
    actor.require("manage_automation", document.domain)
    if not 1 <= count <= MAX_SEEDED:
        raise invalid("count", count, f"must be 1 to {MAX_SEEDED}")
    if document.audit is None:
        raise ConflictError(f"the policy of {document.domain} has no audit, so there is no queue for known cases")
    seeded = []
    for row in _candidates(connection, document.domain, count):
        place = place_of(row.site_id, orjson.loads(row.envelope))
        clock = policy.clocks.start(
            document.audit, hours=document.audit.sla_hours, priority=AUDIT_PRIORITY, place=place, now=now
        )
        queue = document.queues[document.audit.queue]
        task = {
            "case_id": row.case_id, "seq": row.seq, "domain": document.domain, "queue": document.audit.queue,
            "owner_role": queue.owner_role, "disposition": "auto", "priority": AUDIT_PRIORITY, "expected_loss": 0.0,
            "saved_per_minute": 0.0, "minutes": queue.minutes_per_case, "created_at": now, "sla_due_at": clock.due_at(),
            "kind": AUDIT, "approval": None, "approval_role": None, "state": "open",
        }  # fmt: skip
        insert_rows(connection, tasks, [task])
        connection.execute(insert(clocks), [clock_row(clock, task)])
        known = {"case_id": row.case_id, "wrong": row.wrong, "cause": row.cause, "seeded_by": actor.name}
        connection.execute(insert(known_cases), known | {"domain": document.domain, "seeded_at": now})
        seeded.append(str(row.case_id))
    # Under no case: its history must not say what it is.
    detail = {"domain": document.domain, "cases": seeded}
    audit(connection, actor=actor.name, verb="seed_known_cases", case_id=None, detail=detail, now=now)
    return seeded


def is_known_case(connection: Connection, case_id: str) -> bool:
    """Return whether the answer of an audit was known when it was put there."""
    query = select(known_cases.c.case_id).where(known_cases.c.case_id == case_id)
    return connection.execute(query).one_or_none() is not None


def _candidates(connection: Connection, domain: str, count: int) -> list[Any]:
    newest = (
        select(labels.c.label_id, labels.c.exception_id, labels.c.source, labels.c.wrong, labels.c.cause)
        .where(labels.c.domain == domain)
        .order_by(labels.c.label_id.desc())
        .limit(_NEWEST)
        .subquery()
    )
    query = (
        select(cases.c.case_id, cases.c.seq, cases.c.site_id, cases.c.envelope, newest.c.wrong, newest.c.cause)
        .select_from(newest)
        .join(cases, (cases.c.domain == domain) & (cases.c.exception_id == newest.c.exception_id))
        .join(decisions, decisions.c.case_id == cases.c.case_id)
        .outerjoin(tasks, tasks.c.case_id == cases.c.case_id)
        .where(newest.c.source == "outcome", newest.c.wrong.is_not(None))
        .where(decisions.c.disposition == "auto", tasks.c.case_id.is_(None))
        .order_by(newest.c.label_id.desc(), decisions.c.decision_id)
    )
    # The newest outcome of a case holds.
    found: dict[str, Any] = {}
    for row in connection.execute(query):
        found.setdefault(row.case_id, row)
        if len(found) == count:
            break
    return list(found.values())
