"""The task a decision leaves for people: a review where somebody must decide, an audit where an automatic decision was
drawn."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from policies.document.document import Disposition
from policies.judging.case_clock import Clock
from triage.intake.audit_slice import AUDIT
from triage.intake.judgement import Judgement

REVIEW: Final = "review"
AUDIT_PRIORITY: Final = "P4"
"""Of every audit: not even its place in the queue says what was decided."""


def first_task(judgement: Judgement) -> dict[str, Any] | None:
    """Return the row of a recorded decision's task, None where nobody has to look."""
    if judgement.verdict.route.queue is not None:
        return _review(judgement, judgement.verdict.route.queue)
    return _audit(judgement) if judgement.draw.sampled else None


def first_clock(judgement: Judgement) -> Clock | None:
    """Return the clock of a recorded decision's task, None where nobody has to look."""
    if judgement.verdict.route.queue is not None:
        return judgement.verdict.route.clock
    return _audit_clock(judgement) if judgement.draw.sampled else None


def clock_row(clock: Clock, task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a task's clock as it starts; task: with case_id and queue."""
    stages = clock.stages
    return {
        "case_id": task["case_id"],
        "queue": task["queue"],
        "calendar": clock.calendar,
        "hours": clock.hours,
        "time_zone": clock.zone,
        "started_at": clock.started_at,
        "sla_microseconds": clock.sla // timedelta(microseconds=1),
        "ladder": clock.ladder,
        "next_due_at": clock.due_at(stages[0].at_percent) if stages else None,
    }


def _review(judgement: Judgement, queue: str) -> dict[str, Any]:
    verdict, approval = judgement.verdict, judgement.verdict.approval
    return _row(judgement, queue) | {
        "owner_role": verdict.route.owner_role,
        "disposition": verdict.disposition.value,
        "priority": verdict.priority,
        "expected_loss": verdict.score.expected_loss if verdict.score else 0.0,
        "saved_per_minute": verdict.saved_per_minute,
        "sla_due_at": verdict.route.sla_due_at,
        "kind": REVIEW,
        "approval": approval.id if approval is not None else None,
        "approval_role": approval.role if approval is not None else None,
    }


def _audit(judgement: Judgement) -> dict[str, Any]:
    """Return the row of a blind task: it holds nothing that came from the score, so that not even its place betrays
    it."""
    document = judgement.policy.document
    audit, clock = document.audit, _audit_clock(judgement)
    assert audit is not None
    return _row(judgement, audit.queue) | {
        "owner_role": document.queues[audit.queue].owner_role,
        "disposition": Disposition.AUTO.value,
        "priority": AUDIT_PRIORITY,
        "expected_loss": 0.0,
        "saved_per_minute": 0.0,
        "sla_due_at": clock.due_at(),
        "kind": AUDIT,
        "approval": None,
        "approval_role": None,
    }


def _audit_clock(judgement: Judgement) -> Clock:
    audit = judgement.policy.document.audit
    assert audit is not None
    return judgement.policy.clocks.start(
        audit, hours=audit.sla_hours, priority=AUDIT_PRIORITY, place=judgement.case.place, now=judgement.decided_at
    )


def _row(judgement: Judgement, queue: str) -> dict[str, Any]:
    document = judgement.policy.document
    return {
        "case_id": judgement.case_id,
        "domain": document.domain,
        "queue": queue,
        "minutes": document.queues[queue].minutes_per_case,
        "created_at": judgement.decided_at,
        "state": "open",
    }
