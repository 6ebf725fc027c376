"""What a workflow that waits wants to know of a case: the decision, whether it is final, and the ruling where a person
made one."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from triage.db.schema import cases, decisions, resolutions, tasks
from triage.errors import NotFoundError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.intake.blind import is_blind
from triage.intake.decision import Decision
from triage.review.task_access import may_see_queue

_RULED: Final = ("action", "cause", "reason_code", "comment", "overrides", "resolved_by", "resolved_at")


def final_decision(connection: Connection, case_id: str, *, policies: InForce, actor: Principal) -> dict[str, Any]:
    """Return decision and ruling of a case; `final` once no person's ruling is awaited.

    The system that submitted a case learns of it even where its queue is restricted: that it is held and, in the end,
    the action.
    Raises NotFoundError for a case the actor may not know of.
    """
    query = (
        select(cases.c.domain, cases.c.submitted_by, decisions.c.answer, tasks.c.queue, tasks.c.kind, tasks.c.state)
        .select_from(
            cases.join(decisions, decisions.c.case_id == cases.c.case_id).outerjoin(
                tasks, tasks.c.case_id == cases.c.case_id
            )
        )
        .where(cases.c.case_id == case_id)
        .order_by(decisions.c.decision_id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    submitted = row is not None and row.submitted_by == actor.name
    sees = row is not None and _may_see(row.queue, row.domain, policies, actor)
    if row is None or not (sees or submitted):
        raise NotFoundError(f"there is no case {case_id}")
    decision = Decision.read(row.answer)
    if not sees:
        decision = decision.withheld()
    elif is_blind(row.kind, row.state) and not submitted:
        decision = decision.blinded()
    ruling = select(resolutions).where(resolutions.c.case_id == case_id).order_by(resolutions.c.resolution_id.desc())
    ruled = connection.execute(ruling.limit(1)).mappings().one_or_none() if row.kind != AUDIT else None
    shown = _RULED if sees else ("action", "resolved_at")
    return {
        "case_id": case_id,
        "final": row.state is None or row.state == "done" or row.kind == AUDIT,
        "decision": decision,
        "ruling": {name: ruled[name] for name in shown} if ruled is not None else None,
    }


def settled(connection: Connection, case_ids: Sequence[str]) -> set[str]:
    """Return which of some cases no longer wait for a person."""
    waits = select(tasks.c.case_id).where(tasks.c.case_id.in_(case_ids), tasks.c.state != "done", tasks.c.kind != AUDIT)
    return set(case_ids) - set(connection.execute(waits).scalars())


def _may_see(queue: str | None, domain: str, policies: InForce, actor: Principal) -> bool:
    return actor.may("read", domain) if queue is None else may_see_queue(policies, domain, queue, actor)
