"""Blind audits as a page: the disagreement matrix, kappa, agreement per reviewer, and known cases."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from serving.api import blind_audits as api
from serving.api.domains import AutomatedDomain
from serving.api.schemas.blind_audits import SeedBody
from serving.pages.visit import FormDep, VisitDep, body_of
from serving.transactions import Reads, Writes
from triage.review.audit_figures import audit_quality
from triage.review.known_cases import MAX_SEEDED

router = APIRouter(include_in_schema=False)
DAYS: Final = (30, 90, 365)


@router.get("/quality")
def first_quality(visit: VisitDep) -> Response:
    """Lead to the audits of the first kind whose automation one may manage."""
    own = [name for name in visit.service.domains if visit.caller.principal.may("manage_automation", name)]
    return RedirectResponse(f"/quality/{own[0]}" if own else "/", 303)


@router.get("/quality/{domain}")
def quality_page(
    card: AutomatedDomain, visit: VisitDep, reads: Reads, days: Annotated[int, Query(ge=1, le=3_650)] = 90
) -> Response:
    """Show what blind audits say of a kind."""
    with reads() as act:
        found = audit_quality(act.connection, card.name, since=act.now - timedelta(days=days))
        audited = act.policies[card.name].document.audit is not None
    return visit.page(
        "quality.html", wide=True, domain=card, quality=found, days=days, spans=DAYS, most=MAX_SEEDED, audited=audited
    )


@router.post("/quality/{domain}/known-cases")
def seed(card: AutomatedDomain, visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Put known cases among the audits."""
    made = api.post_known_cases(card, body_of(SeedBody, count=form.get("count")), writes)
    return visit.go(f"/quality/{card.name}", "seeded" if made["seeded"] else "none_seeded")
