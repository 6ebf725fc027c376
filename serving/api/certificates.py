"""Certificates as JSON: what is promised and proven, and the two acts people have on it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from serving.api.cases import JsonDep, read_body
from serving.api.problems import json_response
from serving.auth import PrincipalDep, ServiceDep
from triage.db.database import reading
from triage.guarantee.certificates import history, stop
from triage.guarantee.status import ERROR_DAYS, written

router = APIRouter(tags=["policies"])
Variant = Annotated[str | None, Query(max_length=40, description="A variant of the policy; default: the domain's own")]


class CertifyBody(BaseModel):
    """Which policy to certify anew."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}]})

    variant: Annotated[str | None, Field(max_length=40, description="Default: the domain's own policy")] = None


class StopBody(BaseModel):
    """Why automation has to stop."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"why": "The tills are being replaced."}]}
    )

    why: Annotated[str, Field(min_length=1, max_length=400)]
    variant: Annotated[str | None, Field(max_length=40, description="Default: the domain's own policy")] = None


@router.get(
    "/v1/policies/{domain}/certificate", summary="What is certified, on which evidence, and what the audits say"
)
def get_certificate(
    domain: str,
    service: ServiceDep,
    principal: PrincipalDep,
    variant: Variant = None,
    days: Annotated[float, Query(gt=0, le=3650, description="Over how many days error rates are")] = ERROR_DAYS,
) -> Response:
    """Gives the newest certificate with thresholds per segment, the labels it took and would take, and audited error rates.

    `certified` says whether anything may be automatic now; `because` why something may not.
    """
    service.promises.policy(domain, variant)
    principal.require("read", domain)
    return json_response(service.promises.standing(domain, variant=variant, days=days))


@router.get("/v1/policies/{domain}/certificates", summary="All certificates of a policy, newest first")
def list_certificates(domain: str, service: ServiceDep, principal: PrincipalDep, variant: Variant = None) -> Response:
    """Gives the certificates there were, with who made and what stopped them."""
    service.promises.policy(domain, variant)
    principal.require("read", domain)
    with reading(service.engine) as connection:
        return json_response({"certificates": [written(told) for told in history(connection, domain, variant)]})


@router.post("/v1/policies/{domain}/certificate", summary="Certify anew", status_code=201)
def certify(domain: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Makes a certificate from all labels there are now, also after automation was stopped; takes a model reviewer or policy editor."""
    wanted = read_body(CertifyBody, body)
    service.promises.policy(domain, wanted.variant)
    principal.require("manage_automation", domain)
    service.promises.certify(domain, variant=wanted.variant, actor=principal.name)
    return json_response(service.promises.standing(domain, variant=wanted.variant), 201)


@router.post("/v1/policies/{domain}/certificate/stop", summary="Stop automation")
def stop_automation(domain: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Stops everything automatic under a policy within seconds, until a person certifies anew; every decision says why."""
    wanted = read_body(StopBody, body)
    service.promises.policy(domain, wanted.variant)
    principal.require("manage_automation", domain)
    with service.engine.begin() as connection:
        stop(connection, domain, wanted.variant, why=wanted.why, actor=principal.name, now=service.clock())
    service.promises.reread()
    return json_response(service.promises.standing(domain, variant=wanted.variant))
