"""What is installed: domains with their schemas, policies, models; and whether all is well."""

from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from features.fields import required_fields
from serving.api.problems import json_response
from serving.auth import PrincipalDep, ServiceDep
from serving.telemetry import Measurements
from triage.db.database import reading
from triage.errors import NotFoundError
from triage.service import Service

router = APIRouter()


@router.get("/v1/domains", tags=["catalogue"], summary="Domains and their payload schemas")
def get_domains(service: ServiceDep, principal: PrincipalDep) -> Response:
    """Gives for every kind of exception its title, payload schema, causes, and what acting straight through means."""
    principal.require("read")
    automation = service.promises.describe()
    return json_response(
        {
            "domains": [
                {
                    "name": domain.name,
                    "title": domain.title,
                    "straight_through": domain.heads.straight_through,
                    "wrong_when": domain.heads.wrong_when,
                    "loss_is": domain.heads.loss_is,
                    "causes": dict(domain.heads.labels),
                    "required": sorted(required_fields(domain.recipe.payload)),
                    "payload_schema": domain.recipe.payload.model_json_schema(),
                    "policy_version": service.policies[domain.name].version,
                    "automation": [told for told in automation if told["domain"] == domain.name],
                }
                for domain in service.domains.values()
            ]
        }
    )


@router.get("/v1/policies/{domain}", tags=["catalogue"], summary="The policy of a domain")
def get_policy(domain: str, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Gives the policy document in force, with its version, and those of its variants."""
    in_force = service.policies
    policy = in_force.get(domain)
    if policy is None:
        raise NotFoundError(f"There is no domain {domain[:40]!r}; there are {', '.join(in_force)}.")
    principal.require("read", domain)
    return json_response(
        {
            "domain": domain,
            "version": policy.version,
            "document": policy.document.model_dump(mode="json"),
            "variants": {
                str(each.document.variant): each.document.model_dump(mode="json")
                for each in in_force.policies(domain)[1:]
            },
        }
    )


@router.get("/v1/models", tags=["catalogue"], summary="Which models serve")
def get_models(service: ServiceDep, principal: PrincipalDep) -> Response:
    """Gives for every domain the champion in use, or why the fallback rules decide."""
    principal.require("read")
    return json_response({"models": service.champions.describe()})


@router.get("/healthz", tags=["health"], summary="Alive")
def healthz() -> Response:
    """Answers as long as the process does; the only call besides `/readyz` that needs nobody known."""
    return json_response({"status": "alive"})


@router.get(
    "/readyz",
    tags=["health"],
    summary="Ready",
    responses={503: {"description": "The database does not answer, or the entity history is being read"}},
)
def readyz(service: ServiceDep) -> Response:
    """Says whether cases can be taken, and per domain whether a model or the fallback rules decide."""
    database, history = _database_answers(service), service.intake.is_ready
    policies = service.live_policies.describe()
    promised: dict[str, list[dict[str, Any]]] = {}
    for told in service.promises.describe():
        promised.setdefault(told["domain"], []).append(_automation(told))
    deciding = {
        name: _deciding(champion) | {"policy": _policy(policies[name]), "automation": promised.get(name, [])}
        for name, champion in service.champions.describe().items()
    }
    return json_response(
        {
            "status": "ready" if database and history else "not ready",
            "database": "ok" if database else "unreachable",
            "history": "in memory" if history else "being read; cases are taken and answered once it is",
            "domains": deciding,
        },
        200 if database and history else 503,
    )


@router.get("/metrics", tags=["health"], summary="Prometheus metrics", response_class=PlainTextResponse)
def metrics(request: Request, principal: PrincipalDep) -> Response:
    """Gives requests, latencies, decisions, queues and models in the Prometheus text format."""
    principal.require("read")
    measurements: Measurements = request.app.state.measurements
    return Response(generate_latest(measurements.registry), media_type=CONTENT_TYPE_LATEST)


def _database_answers(service: Service) -> bool:
    try:
        with reading(service.engine) as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _policy(described: dict[str, Any]) -> dict[str, Any]:
    """Say which policy decides; of a refused version only that there is one, for its problems are for those who edit it."""
    told = "a published version does not load; what served goes on" if described["refused"] else None
    return described | {"refused": told}


def _automation(told: dict[str, Any]) -> dict[str, Any]:
    """Say whether anything is automatic under a promise; why not in a word, for what a person wrote stays inside."""
    if not told["error_budget"]:
        word = "by thresholds, without a promise"
    elif told["stopped"]:
        word = "stopped"
    else:
        word = "certified" if told["certified"] else "not certified"
    return {"variant": told["variant"], "automation": word, "lapses_at": told["lapses_at"]}


def _deciding(champion: dict[str, Any]) -> dict[str, Any]:
    """Say what decides a domain. Nobody need be known to ask, so an error's own words, which may hold an address, stay inside."""
    if champion["model_version"] is not None:
        return {"decides": "model", "model_version": champion["model_version"], "registry": champion["registry"]}
    reasons = {
        "unreachable": "the model registry cannot be reached",
        "empty": "no champion is registered",
        "not asked yet": "the model registry has not been asked yet",
    }
    reason = reasons.get(champion["registry"], "the registered version was refused")
    return {"decides": "fallback rules", "reason": reason, "registry": champion["registry"]}
