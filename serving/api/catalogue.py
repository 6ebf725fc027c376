"""What is installed: domains with their schemas, policies, models; and whether all is well."""

from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from features.fields import required_fields
from serving.api.domains import ReadDomain
from serving.api.schemas import catalogue as schemas
from serving.api.schemas.base import problem_documents, problems
from serving.api.schemas.policies import Policy
from serving.api.strict_route import StrictRoute
from serving.auth import PrincipalDep, ServiceDep
from serving.telemetry import Measurements
from triage.db.probe import WriteProbe

router = APIRouter(route_class=StrictRoute)


@router.get(
    "/v1/domains",
    tags=["catalogue"],
    summary="Domains and their payload schemas",
    response_model=schemas.Domains,
    responses=problems(),
)
def get_domains(service: ServiceDep, principal: PrincipalDep) -> Any:
    """Returns for every kind of exception its title, payload schema, causes, and what acting straight through means."""
    principal.require("read")
    automation = service.promises.describe()
    return {
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
                "automation": [status for status in automation if status["domain"] == domain.name],
            }
            for domain in service.domains.values()
        ]
    }


@router.get(
    "/v1/policies/{domain}",
    tags=["catalogue"],
    summary="The policy of a domain",
    response_model=Policy,
    responses=problems(404),
)
def get_policy(card: ReadDomain, service: ServiceDep) -> Any:
    """Returns the policy document in force, with its version, and those of its variants."""
    policy, *variants = service.policies.policies(card.name)
    return {
        "domain": card.name,
        "version": policy.version,
        "document": policy.document.model_dump(mode="json"),
        "variants": {str(each.document.variant): each.document.model_dump(mode="json") for each in variants},
    }


@router.get(
    "/v1/models", tags=["catalogue"], summary="Which models serve", response_model=schemas.Models, responses=problems()
)
def get_models(service: ServiceDep, principal: PrincipalDep) -> Any:
    """Returns for every domain the champion in use, or why the fallback rules decide."""
    principal.require("read")
    return {"models": service.champions.describe()}


@router.get(
    "/healthz", tags=["health"], summary="Alive", response_model=schemas.Alive, responses=problem_documents(422, 500)
)
def healthz() -> Any:
    """Answers as long as the process does; the only call besides `/readyz` that needs nobody known."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    tags=["health"],
    summary="Ready",
    response_model=schemas.Ready,
    response_model_exclude_unset=True,
    responses={
        **problem_documents(422, 500),
        503: {
            "model": schemas.Ready,
            "description": "The database takes no write, or the entity history is being read",
        },
    },
)
def readyz(request: Request, service: ServiceDep, response: Response) -> Any:
    """Returns whether cases can be taken, and per domain whether a model or the fallback rules decide."""
    probe: WriteProbe = request.app.state.write_probe
    database, history = probe.check(), service.intake.is_ready
    ready = database == "ok" and history
    policies = service.live_policies.describe()
    promised: dict[str, list[dict[str, Any]]] = {}
    for status in service.promises.describe():
        promised.setdefault(status["domain"], []).append(_automation(status))
    deciding = {
        name: _deciding(champion) | {"policy": _policy(policies[name]), "automation": promised.get(name, [])}
        for name, champion in service.champions.describe().items()
    }
    if not ready:
        response.status_code = 503
    return {
        "status": "ready" if ready else "not ready",
        "database": database,
        "history": "in memory" if history else "being read; cases are taken and answered once it is",
        "domains": deciding,
    }


@router.get(
    "/metrics",
    tags=["health"],
    summary="Prometheus metrics",
    response_class=PlainTextResponse,
    responses=problems(),
)
def metrics(request: Request, principal: PrincipalDep) -> Response:
    """Returns requests, latencies, decisions, queues and models in the Prometheus text format."""
    principal.require("read")
    measurements: Measurements = request.app.state.measurements
    return Response(generate_latest(measurements.registry), media_type=CONTENT_TYPE_LATEST)


def _policy(described: dict[str, Any]) -> dict[str, Any]:
    """Return which policy decides; of a refused version only that there is one, for its problems are for those who edit
    it."""
    refused = "a published version does not load; what served goes on" if described["refused"] else None
    return described | {"refused": refused}


def _automation(status: dict[str, Any]) -> dict[str, Any]:
    """Return whether anything is automatic under a promise; why not in a word, for what a person wrote stays inside."""
    if not status["error_budget"]:
        word = "by thresholds, without a promise"
    elif status["stopped"]:
        word = "stopped"
    else:
        word = "certified" if status["certified"] else "not certified"
    answer = {"variant": status["variant"], "automation": word, "lapses_at": status["lapses_at"]}
    return answer | ({"differing": status["differing"]} if status.get("differing") else {})


def _deciding(champion: dict[str, Any]) -> dict[str, Any]:
    """Return what decides a domain. Nobody need be known to ask, so an error's own words, which may hold an address,
    stay inside."""
    if champion["model_version"] is not None:
        return {"decides": "model", "model_version": champion["model_version"], "registry": champion["registry"]}
    reasons = {
        "unreachable": "the model registry cannot be reached",
        "empty": "no champion is registered",
        "not asked yet": "the model registry has not been asked yet",
    }
    reason = reasons.get(champion["registry"], "the registered version was refused")
    return {"decides": "fallback rules", "reason": reason, "registry": champion["registry"]}
