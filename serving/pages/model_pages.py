"""Models as pages: who serves, what promotion would change, whether scores drift; promote and roll back."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from serving import models_work
from serving.api.domains import AutomatedDomain, ReadDomain
from serving.api.schemas.models import ModelChangeBody, ModelDecisionBody
from serving.auth import ServiceDep
from serving.pages.visit import FormDep, VisitDep, body_of
from serving.transactions import Reads, Writes
from triage.errors import ConflictError, NotFoundError, UnavailableError
from triage.model_life.comparison import MAX_COMPARED

router = APIRouter(include_in_schema=False)


@router.get("/models")
def first_model(visit: VisitDep) -> Response:
    """Lead to the models of the first kind that one may read."""
    readable = [name for name in visit.service.domains if visit.caller.principal.may("read", name)]
    return RedirectResponse(f"/models/{readable[0]}" if readable else "/", 303)


@router.get("/models/{domain}")
def model_page(
    card: ReadDomain, visit: VisitDep, reads: Reads, compare: Annotated[str, Query(max_length=3)] = ""
) -> Response:
    """Show the models of a kind; with `compare` what promoting the challenger would change."""
    found = models_work.read_models(visit.service, card)
    compared, refusal = None, ""
    if compare and visit.caller.principal.may("manage_automation", card.name):
        try:
            compared = models_work.compare_challenger(reads, visit.service, card, cases=MAX_COMPARED)
        except (ConflictError, NotFoundError, UnavailableError) as error:
            refusal = error.detail
    return visit.page(
        "models.html", wide=True, domain=card, models=found, compared=compared, refusal=refusal,
        mlflow=models_work.mlflow_address(visit.service, visit.caller),
        status_of=visit.service.promises.describe_status(card.name, variant=None),
        own=visit.caller.principal.name,
    )  # fmt: skip


@router.post("/models/{domain}/changes")
def ask(card: AutomatedDomain, visit: VisitDep, form: FormDep, writes: Writes, service: ServiceDep) -> Response:
    """Ask that another version serve."""
    body = body_of(
        ModelChangeBody, verb=form.get("verb"), version=form.get("version"), reason=form.get("reason", "").strip()
    )
    made = models_work.change_model(writes, service, card, verb=body.verb, version=body.version, reason=body.reason)
    return visit.go(f"/models/{card.name}", f"model_{made['state']}")


@router.post("/models/{domain}/changes/{change_id}/decide")
def decide(card: AutomatedDomain, change_id: str, visit: VisitDep, form: FormDep, service: ServiceDep) -> Response:
    """Agree to a change that somebody else asked for, or refuse it."""
    body = body_of(ModelDecisionBody, agreed=form.get("agreed") == "yes", comment=form.get("comment"))
    made = models_work.decide_on_model(
        service, card, change_id, agreed=body.agreed, comment=body.comment, actor=visit.caller.principal
    )
    return visit.go(f"/models/{card.name}", f"model_{made['state']}")
