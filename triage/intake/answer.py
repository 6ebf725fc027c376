"""What a submission gets, and how much of it each caller may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from triage.errors import ConflictError, TriageError, problem_document
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.case import Case
from triage.intake.decision import Decision
from triage.intake.store import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a submission gets: an HTTP status, and the decision or, where decision is None, a problem document."""

    status: int
    decision: Decision | None = None
    problem: Mapping[str, Any] | None = None

    @classmethod
    def refusing(cls, error: TriageError, **more: Any) -> "Answer":
        """Return the answer to what cannot be taken; `more` are further members of the problem document."""
        return cls(status=error.status, problem=problem_document(error) | more)

    @property
    def written(self) -> bytes:
        """The decision or problem document as JSON."""
        return self.decision.written if self.decision is not None else orjson.dumps(self.problem)

    @property
    def body(self) -> dict[str, Any]:
        """The decision or problem document as a caller reads it."""
        read: dict[str, Any] = orjson.loads(self.written)
        return read


def repeated(case: Case, stored: Stored, actor: Principal) -> Answer:
    """Answer a case that is stored already: with its first decision, or, if its content is another now, with a
    conflict."""
    if case.content_hash == stored.content_hash:
        return Answer(status=200, decision=_seen_by(actor, stored))
    error = ConflictError(
        f"exception_id {case.exception_id!r} of {case.domain} was submitted before with other content; "
        "send corrections under a new exception_id"
    )
    return Answer.refusing(error, case_id=stored.decision.case_id)


def shown(answer: Answer, actor: Principal, in_force: InForce) -> Answer:
    """Keep from a caller what a restricted queue is there to keep: only that the case is held, and where to ask."""
    decision = answer.decision
    if decision is None or decision.route.queue is None or actor.may("see_restricted", decision.domain):
        return answer
    queue = in_force.queues(decision.domain).get(decision.route.queue)
    if queue is not None and not queue.restricted:
        return answer
    return Answer(status=answer.status, decision=decision.withheld())


def _seen_by(actor: Principal, stored: Stored) -> Decision:
    """Return a stored decision, blind to those who could be asked to audit it; the system that submitted it acts on
    it."""
    could_audit = actor.may("work_tasks", stored.decision.domain) and actor.name != stored.submitted_by
    return stored.decision.blinded() if stored.audited and could_audit else stored.decision
