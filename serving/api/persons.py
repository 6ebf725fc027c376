"""Requests of persons, under a role of their own: what is known of me, erase me, explain it, let a human decide."""

from typing import Any

from fastapi import APIRouter

from serving.api.schemas import persons as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.auth import PrincipalDep, ServiceDep
from serving.transactions import Act, Reads, Writes
from triage.db.audit_chain import audit
from triage.db.database import reading
from triage.privacy.erasure import erase_person
from triage.privacy.explanation import explain_decision
from triage.privacy.person_export import export_person
from triage.privacy.person_search import check_identifier
from triage.review.case_reading import require_visible
from triage.review.human_review import request_human_review

router = APIRouter(route_class=StrictRoute, strict_content_type=False)


@router.post(
    "/v1/persons/export",
    tags=["persons"],
    summary="Everything stored of one person",
    response_model=schemas.PersonExport,
    responses=body_problems(),
)
def export(body: schemas.PersonBody, service: ServiceDep, principal: PrincipalDep) -> Any:
    """Reads every stored case once, so it takes seconds per hundred thousand; the export itself is an audit event."""
    principal.require("manage_personal_data")
    identifier = check_identifier(body.identifier)
    with reading(service.engine) as connection:
        found = export_person(connection, service.domains, identifier, now=service.clock())
    detail = {"cases": len(found["cases"]), "past_cases": len(found["past_cases"])}
    with service.engine.begin() as connection:
        audit(connection, actor=principal.name, verb="export_person", case_id=None, detail=detail, now=service.clock())
    return found


@router.post(
    "/v1/persons/erase",
    tags=["persons"],
    summary="Erase one person from every case",
    response_model=schemas.Erased,
    responses=body_problems(409),
)
def erase(body: schemas.ErasureBody, service: ServiceDep, principal: PrincipalDep) -> Any:
    """Cannot be undone. The cases stay without the person; the audit chain says so and verifies."""
    principal.require("manage_personal_data")
    done = erase_person(
        service.engine, service.domains, check_identifier(body.identifier), because=body.because, actor=principal,
        now=service.clock(),
    )  # fmt: skip
    return {"cases": done.cases, "past_cases": done.past_cases, "audit_links_rewritten": done.links}


@router.get(
    "/v1/cases/{case_id}/explanation",
    tags=["persons"],
    summary="What the person affected is told",
    response_model=schemas.Explanation,
    responses=problems(404, 409),
)
def get_explanation(case_id: str, reads: Reads) -> Any:
    """Plain words on what was decided, how, on what, and the right to a human decision."""
    with reads() as act:
        return explained(act, case_id)


@router.post(
    "/v1/cases/{case_id}/review-request",
    tags=["persons"],
    summary="Let a human decide, as the person affected asks",
    status_code=201,
    response_model=schemas.ReviewRequested,
    responses=body_problems(404, 409),
)
def request_review(case_id: str, body: schemas.ReviewRequestBody, writes: Writes) -> Any:
    """Makes a task of an automatic case; one that waits already says that its person asks."""
    with writes() as act:
        return asked_for_review(act, case_id, body.because)


def explained(act: Act, case_id: str) -> dict[str, Any]:
    """Explain a case that the caller may see."""
    require_visible(act.connection, case_id, policies=act.policies, actor=act.actor)
    return explain_decision(act.connection, case_id, domains=act.service.domains, policies=act.policies)


def asked_for_review(act: Act, case_id: str, because: str) -> Any:
    """Ask for a human decision of a case that the caller may see."""
    require_visible(act.connection, case_id, policies=act.policies, actor=act.actor)
    return request_human_review(
        act.connection, case_id, because=because, policies=act.policies, actor=act.actor, now=act.now
    )
