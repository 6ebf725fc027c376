"""What a submission gets, and how much of it each caller may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.access import Principal
from triage.errors import ConflictError, problem_document
from triage.in_force import InForce
from triage.intake.blind import blinded
from triage.intake.case import Case
from triage.intake.judgement import withheld
from triage.intake.store import Stored


@dataclass(frozen=True, slots=True)
class Answer:
    """What a submission gets: an HTTP status, and the decision or a problem document."""

    status: int
    body: Mapping[str, Any]


def repeated(case: Case, stored: Stored, actor: Principal) -> Answer:
    """Answer a case that is stored already: with its first decision, or, if its content is another now, with a conflict."""
    if case.content_hash == stored.content_hash:
        return Answer(200, _seen_by(actor, stored))
    error = ConflictError(
        f"exception_id {case.exception_id!r} of {case.domain} was submitted before with other content; "
        "send corrections under a new exception_id"
    )
    return Answer(409, problem_document(error) | {"case_id": stored.answer["case_id"]})


def shown(answer: Answer, actor: Principal, in_force: InForce) -> Answer:
    """Keep from a caller what a restricted queue is there to keep: only that the case is held, and where to ask."""
    queue_name = answer.body.get("route", {}).get("queue")
    if queue_name is None or actor.may("see_restricted", answer.body["domain"]):
        return answer
    queue = in_force.queues(answer.body["domain"]).get(queue_name)
    if queue is not None and not queue.restricted:
        return answer
    return Answer(answer.status, withheld(answer.body))


def _seen_by(actor: Principal, stored: Stored) -> Mapping[str, Any]:
    """Give a stored answer, blind to those who could be asked to audit it; the system that submitted it acts on it."""
    could_audit = actor.may("work_tasks", stored.answer["domain"]) and actor.name != stored.submitted_by
    return blinded(stored.answer) if stored.audited and could_audit else stored.answer
