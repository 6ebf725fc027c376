"""Certificates as JSON: what is promised and proven, and the two acts people have on it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving.api.domains import AutomatedDomain, ReadDomain
from serving.api.schemas import certificates as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.auth import PrincipalDep, ServiceDep
from serving.transactions import Reads, Writes
from triage.guarantee.certificates import history, stop
from triage.guarantee.status import ERROR_DAYS, written

router = APIRouter(tags=["policies"], route_class=StrictRoute, strict_content_type=False)
Variant = Annotated[str | None, Query(max_length=40, description="A variant of the policy; default: the domain's own")]


@router.get(
    "/v1/policies/{domain}/certificate",
    summary="What is certified, on which evidence, and what the audits say",
    response_model=schemas.Guarantee,
    response_model_exclude_unset=True,
    responses=problems(404),
)
def get_certificate(
    card: ReadDomain,
    service: ServiceDep,
    variant: Variant = None,
    days: Annotated[float, Query(gt=0, le=3650, description="Over how many days error rates are")] = ERROR_DAYS,
) -> Any:
    """Returns the newest certificate with thresholds per segment, the labels it took and would take, and audited error
    rates.

    `certified` says whether anything may be automatic now; `because` why something may not.
    """
    return service.promises.describe_status(card.name, variant=variant, days=days)


@router.get(
    "/v1/policies/{domain}/certificates",
    summary="All certificates of a policy, newest first",
    response_model=schemas.Certificates,
    responses=problems(404),
)
def list_certificates(card: ReadDomain, reads: Reads, variant: Variant = None) -> Any:
    """Returns the certificates there were, with who made and what stopped them."""
    with reads() as act:
        act.service.promises.policy(card.name, variant)
        return {"certificates": [written(record) for record in history(act.connection, card.name, variant)]}


@router.post(
    "/v1/policies/{domain}/certificate",
    summary="Certify anew",
    status_code=201,
    response_model=schemas.Guarantee,
    response_model_exclude_unset=True,
    responses=body_problems(404, 409),
)
def certify(card: AutomatedDomain, body: schemas.CertifyBody, service: ServiceDep, principal: PrincipalDep) -> Any:
    """Makes a certificate from all labels there are now, also after automation was stopped; takes a model reviewer or
    policy editor."""
    service.promises.certify(card.name, variant=body.variant, actor=principal.name)
    return service.promises.describe_status(card.name, variant=body.variant)


@router.post(
    "/v1/policies/{domain}/certificate/stop",
    summary="Stop automation",
    response_model=schemas.Guarantee,
    response_model_exclude_unset=True,
    responses=body_problems(404, 409),
)
def stop_automation(card: AutomatedDomain, body: schemas.StopBody, writes: Writes, service: ServiceDep) -> Any:
    """Stops everything automatic under a policy within seconds, until a person certifies anew; every decision says
    why."""
    with writes() as act:
        service.promises.policy(card.name, body.variant)
        stop(act.connection, card.name, body.variant, why=body.why, actor=act.actor.name, now=act.now)
    service.promises.reread()
    return service.promises.describe_status(card.name, variant=body.variant)
