"""Blind audits as JSON: who agrees with what, and cases with a known answer put among them."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving.api.domains import AutomatedDomain
from serving.api.schemas import blind_audits as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.transactions import Reads, Writes
from triage.review.audit_figures import audit_quality
from triage.review.known_cases import seed_known_cases

router = APIRouter(tags=["review"], route_class=StrictRoute, strict_content_type=False)
Days = Annotated[int, Query(ge=1, le=3_650, description="Over how many days")]


@router.get(
    "/v1/quality/{domain}",
    summary="What blind audits say",
    response_model=schemas.AuditQuality,
    responses=problems(404),
)
def get_quality(card: AutomatedDomain, reads: Reads, days: Days = 90) -> Any:
    """Returns the disagreement matrix, Cohen's kappa, agreement per reviewer with exact intervals, and known cases
    found."""
    with reads() as act:
        return audit_quality(act.connection, card.name, since=act.now - timedelta(days=days))


@router.post(
    "/v1/quality/{domain}/known-cases",
    summary="Put known cases among the audits",
    status_code=201,
    response_model=schemas.SeededCases,
    responses=body_problems(404, 409),
)
def post_known_cases(card: AutomatedDomain, body: schemas.SeedBody, writes: Writes) -> Any:
    """Makes audits of automatic cases whose outcome is known, the newest first. Nothing about them says so."""
    with writes() as act:
        policy = act.policies[card.name]
        seeded = seed_known_cases(act.connection, policy, count=body.count, actor=act.actor, now=act.now)
    return {"seeded": len(seeded)}
