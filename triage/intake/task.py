"""The task a decision leaves for people: a review where somebody must decide, an audit where an automatic decision was drawn."""

from datetime import datetime, timedelta
from typing import Any, Final

from policies.document.document import Disposition, PolicyDocument
from policies.judging.verdict import Verdict
from triage.intake.audit_slice import AUDIT, Draw
from triage.intake.router import Route

REVIEW: Final = "review"


def first_task(
    case_id: str, *, verdict: Verdict, route: Route, draw: Draw, document: PolicyDocument, now: datetime
) -> dict[str, Any] | None:
    """Give the row of a decision's task, None where nobody has to look."""
    if route.queue is not None:
        return _review(case_id, verdict, route, document, now)
    return _audit(case_id, document, now) if draw.sampled else None


def _review(case_id: str, verdict: Verdict, route: Route, document: PolicyDocument, now: datetime) -> dict[str, Any]:
    assert route.queue is not None
    approval = verdict.approval
    return _row(case_id, document, route.queue, now) | {
        "owner_role": route.owner_role,
        "disposition": verdict.disposition.value,
        "priority": verdict.priority,
        "expected_loss": verdict.score.expected_loss if verdict.score else 0.0,
        "saved_per_minute": verdict.saved_per_minute,
        "sla_due_at": route.sla_due_at,
        "kind": REVIEW,
        "approval": approval.id if approval is not None else None,
        "approval_role": approval.role if approval is not None else None,
    }


def _audit(case_id: str, document: PolicyDocument, now: datetime) -> dict[str, Any]:
    """Give the row of a blind task: it holds nothing that came from the score, so that not even its place betrays it."""
    audit = document.audit
    assert audit is not None
    return _row(case_id, document, audit.queue, now) | {
        "owner_role": document.queues[audit.queue].owner_role,
        "disposition": Disposition.AUTO.value,
        "priority": "P4",
        "expected_loss": 0.0,
        "saved_per_minute": 0.0,
        "sla_due_at": now + timedelta(hours=audit.sla_hours),
        "kind": AUDIT,
        "approval": None,
        "approval_role": None,
    }


def _row(case_id: str, document: PolicyDocument, queue: str, now: datetime) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "domain": document.domain,
        "queue": queue,
        "minutes": document.queues[queue].minutes_per_case,
        "created_at": now,
        "state": "open",
    }
