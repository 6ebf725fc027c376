"""Models as JSON: versions, drift, what promotion would change, and the two acts that take two people."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving import models_work
from serving.api.domains import AutomatedDomain, ReadDomain
from serving.api.schemas import models as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.auth import PrincipalDep, ServiceDep
from serving.transactions import Reads, Writes
from triage.model_life.comparison import MAX_COMPARED

router = APIRouter(tags=["policies"], route_class=StrictRoute, strict_content_type=False)


@router.get(
    "/v1/models/{domain}",
    summary="The models of a domain",
    response_model=schemas.ModelLife,
    responses=problems(404),
)
def get_model(card: ReadDomain, service: ServiceDep) -> Any:
    """Returns the registered versions, what serves, whether scores drift, the next step of the promise, and changes."""
    return models_work.read_models(service, card)


@router.get(
    "/v1/models/{domain}/comparison",
    summary="What promoting the challenger would change",
    response_model=schemas.ModelComparison,
    responses=problems(404, 409),
)
def get_comparison(
    card: AutomatedDomain,
    reads: Reads,
    service: ServiceDep,
    cases: Annotated[int, Query(ge=1, le=MAX_COMPARED)] = MAX_COMPARED,
) -> Any:
    """Scores the newest cases again with the challenger and judges both sides by the policy in force; changes nothing.

    The challenger is given the certificate that it would get. One at a time: 503 while another runs.
    """
    return models_work.compare_challenger(reads, service, card, cases=cases)


@router.post(
    "/v1/models/{domain}/changes",
    summary="Ask that another model serve",
    status_code=201,
    response_model=schemas.ModelChange,
    responses=body_problems(404, 409),
)
def post_model_change(card: AutomatedDomain, body: schemas.ModelChangeBody, writes: Writes, service: ServiceDep) -> Any:
    """Asks to promote a version or to go back to the one before; a second model reviewer or policy editor agrees."""
    return models_work.change_model(
        writes, service, card, verb=body.verb, version=body.version, reason=body.reason
    )  # fmt: skip


@router.post(
    "/v1/models/{domain}/changes/{change_id}/decide",
    summary="Agree to a change of the model, or refuse it",
    response_model=schemas.ModelChange,
    responses=body_problems(404, 409),
)
def decide_on_model_change(
    card: AutomatedDomain,
    change_id: str,
    body: schemas.ModelDecisionBody,
    service: ServiceDep,
    principal: PrincipalDep,
) -> Any:
    """Makes a change that somebody else asked for, or ends it with a comment. It serves within seconds."""
    return models_work.decide_on_model(
        service, card, change_id, agreed=body.agreed, comment=body.comment, actor=principal
    )  # fmt: skip
