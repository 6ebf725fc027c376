"""Outcomes: the truth that arrives later (a chargeback, a stock count, an inspection)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select

from features.fields import Code, Id, Instant
from triage.db.audit_chain import audit
from triage.db.schema import cases, tasks
from triage.domain import Domain
from triage.errors import FieldProblem, InvalidError, NotFoundError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.case import read_leniently
from triage.intake.data_quality import CLOCK_SKEW
from triage.intake.field_quality import shown
from triage.intake.store import add_label
from triage.review.announcing import announce_outcome
from triage.review.task_access import may_see_queue


class Outcome(BaseModel):
    """What turned out to be true of a case. Every field given must be right: a label is never half read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)

    domain: Annotated[str, Field(examples=["return_fraud"])]
    exception_id: Annotated[Id, Field(examples=["RET-2026-000553"])]
    wrong: Annotated[bool, Field(description="Whether acting straight through would have been wrong")]
    cause: Annotated[Code | None, Field(description="The true cause, one of the domain's labels")] = None
    loss: Annotated[
        Decimal | None, Field(ge=0, le=10**12, allow_inf_nan=False, description="Money lost, in the reporting currency")
    ] = None
    known_at: Annotated[Instant | None, Field(description="When it became known; default: on arrival")] = None


def record_outcome(
    connection: Connection,
    raw: Any,
    *,
    domains: Mapping[str, Domain],
    policies: InForce,
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    """Record an outcome of a stored case as its label; a later one replaces it.

    Raises InvalidError naming each field, NotFoundError for a case never submitted or one the actor may not know of,
    ForbiddenError.
    """
    outcome = _read(raw, domains, now)
    actor.require("record_outcome", outcome.domain)
    query = (
        select(cases.c.case_id, tasks.c.queue)
        .select_from(cases.outerjoin(tasks, tasks.c.case_id == cases.c.case_id))
        .where(cases.c.domain == outcome.domain, cases.c.exception_id == outcome.exception_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None or not _may_know_of(row.queue, outcome.domain, policies, actor):
        raise NotFoundError(f"no case of {outcome.domain} has the exception_id {shown(outcome.exception_id)}")
    case_id = row.case_id
    add_label(
        connection,
        domain=outcome.domain,
        exception_id=outcome.exception_id,
        source="outcome",
        cause=outcome.cause,
        wrong=outcome.wrong,
        loss=float(outcome.loss) if outcome.loss is not None else None,
        known_at=now,
        recorded_by=actor.name,
        now=now,
    )
    detail = outcome.model_dump(mode="json", exclude_none=True)
    audit(connection, actor=actor.name, verb="outcome", case_id=case_id, detail=detail, now=now)
    announce_outcome(connection, case_id, domain=outcome.domain, outcome=detail)
    return {"case_id": case_id, **detail}


def _may_know_of(queue: str | None, domain: str, policies: InForce, actor: Principal) -> bool:
    """Return whether the actor may learn that the case exists: a system that submits cases does, whatever their
    queue."""
    return queue is None or actor.may("submit", domain) or may_see_queue(policies, domain, queue, actor)


def _read(raw: Any, domains: Mapping[str, Domain], now: datetime) -> Outcome:
    if not isinstance(raw, dict):
        raise _invalid("", raw, "an outcome is a JSON object with `domain`, `exception_id` and `wrong`")
    outcome, odd = read_leniently(Outcome, raw, prefix="")
    if odd:
        raise InvalidError(f"{odd[0].field} {odd[0].value} {odd[0].message}", problems=odd)
    domain = domains.get(outcome.domain)
    if domain is None:
        raise _invalid("domain", outcome.domain, f"must be one of {', '.join(domains)}")
    if outcome.cause is not None and outcome.cause not in domain.heads.labels:
        raise _invalid("cause", outcome.cause, f"must be one of {', '.join(domain.heads.labels)}")
    contradiction = domain.heads.contradiction(outcome.cause, outcome.wrong)
    if contradiction is not None:
        raise _invalid("cause", outcome.cause, contradiction)
    if outcome.known_at is not None and outcome.known_at > now + CLOCK_SKEW:
        raise _invalid("known_at", outcome.known_at.isoformat(), "must not lie in the future")
    return outcome


def _invalid(field: str, value: Any, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value=shown(value), message=message)
    return InvalidError(f"{field} {problem.value} {message}", problems=[problem])
