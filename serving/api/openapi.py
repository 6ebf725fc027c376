"""The OpenAPI document, with the domains' real schemas and examples that can be pasted."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from serving.api.cases import ApprovalBody, CommentBody, RulingBody
from serving.api.certificates import CertifyBody, StopBody
from serving.api.payload_examples import case_schema, example_case, payload_schema
from serving.api.policies import EXAMPLES as POLICY_BODIES
from serving.api.problems import MEDIA_TYPE
from triage.domain import Domain
from triage.intake.case import Envelope
from triage.review.outcomes import Outcome

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": ["number", "null"]}
_MAYBE: Final = {"type": ["string", "null"]}
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; `errors` names every field that cannot be used",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": _TEXT, "value": _TEXT, "message": _TEXT}},
        },
    },
}  # fmt: skip
DECISION: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Decision",
    "required": ["domain", "disposition", "cause", "reasons", "policy_version", "decided_at"],
    "properties": {
        "case_id": _MAYBE, "domain": _TEXT, "exception_id": _TEXT,
        "disposition": {"enum": ["auto", "confirm", "review", "escalate"]},
        "cause": {
            "type": "object",
            "properties": {
                "label": _MAYBE, "probability": _NUMBER,
                "alternatives": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"label": _TEXT, "probability": {"type": "number"}}},
                },
            },
        },
        "risk": _NUMBER | {"description": "Probability in [0, 1] that acting straight through would be wrong"},
        "impact": _NUMBER | {"description": "Expected loss if it is wrong, in `currency`"},
        "expected_loss": _NUMBER | {"description": "risk x impact, in `currency`"},
        "currency": _TEXT, "priority": {"enum": ["P1", "P2", "P3", "P4"]}, "recommended_action": _TEXT,
        "route": {
            "type": "object",
            "properties": {"queue": _MAYBE, "owner_role": _MAYBE, "sla_due_at": _MAYBE, "action": _TEXT, "rule": _TEXT},
        },
        "reasons": {
            "type": "array",
            "items": {"type": "object", "properties": {"code": _TEXT, "text": _TEXT, "weight": {"type": "number"}}},
        },
        "controls": {"type": "array", "items": {"type": "object"}},
        "fired": {
            "type": "array",
            "items": {"type": "object", "properties": {"part": _TEXT, "id": _TEXT, "values": {"type": "object"}}},
        },
        "segment": _MAYBE | {"description": "Part of the business that is certified by itself; null without an error budget"},
        "certificate": _MAYBE | {"description": "The certificate that was asked; null where nothing would be automatic anyway"},
        "uncertified": _MAYBE | {"description": "Why the case is not automatic although nothing else stands against it"},
        "approval": {
            "type": ["object", "null"],
            "description": "The four-eyes rule by which a second person approves the first one's ruling",
            "properties": {"id": _TEXT, "title": _TEXT, "role": _TEXT},
        },
        "similar_cases": {"type": "array", "items": {"type": "object"}},
        "model_version": _MAYBE, "policy_version": _TEXT,
        "fallback": _MAYBE | {"description": "Why no model spoke; null when one did"},
        "audit_sample": {"type": "boolean"}, "decided_at": {"type": "string", "format": "date-time"},
    },
}  # fmt: skip


def openapi_document(app: FastAPI, domains: Mapping[str, Domain]) -> dict[str, Any]:
    """Describe every call; the request schemas are those of the registered domains."""
    document = get_openapi(
        title="triage",
        version="0.1.0",
        summary="Exception triage for retail: models advise, policy decides, people overrule, everything is auditable.",
        routes=app.routes,
    )
    components = document.setdefault("components", {})
    schemas = {name: schema for name, schema in components.get("schemas", {}).items() if "ValidationError" not in name}
    schemas |= {"Problem": PROBLEM, "Decision": DECISION}
    schemas |= {domain.recipe.payload.__name__: payload_schema(domain) for domain in domains.values()}
    own: tuple[type[BaseModel], ...] = (ApprovalBody, CertifyBody, CommentBody, RulingBody, StopBody, Outcome)
    for model in (*own, *(body for body, _ in POLICY_BODIES.values())):
        schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {f"{domain.recipe.payload.__name__}Case": case_schema(domain, Envelope) for domain in domains.values()}
    components["schemas"] = schemas
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "bearerFormat": "trg_…", "description": "An API key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "triage_session"},
    }
    document["security"] = [{"key": []}, {"session": []}]
    _describe_bodies(document["paths"], domains)
    _describe_problems(document["paths"])
    return document


def _describe_bodies(paths: dict[str, Any], domains: Mapping[str, Domain]) -> None:
    case: dict[str, Any] = {"oneOf": [_ref(f"{domain.recipe.payload.__name__}Case") for domain in domains.values()]}
    case |= {
        "discriminator": {
            "propertyName": "domain",
            "mapping": {d.name: f"#/components/schemas/{d.recipe.payload.__name__}Case" for d in domains.values()},
        }
    }
    examples = {name: {"summary": d.title, "value": example_case(d)} for name, d in domains.items()}
    first = next(iter(domains.values()))
    batch = {
        "type": "object",
        "required": ["cases"],
        "properties": {"cases": {"type": "array", "maxItems": 1000, "items": case}},
    }
    answers = {
        "type": "array",
        "items": {"type": "object", "properties": {"status": {"type": "integer"}, "body": {"type": "object"}}},
    }
    outcome = {"domain": first.name, "exception_id": example_case(first)["exception_id"], "wrong": False}
    ruling = {"action": "accepted", "cause": next(iter(first.heads.labels)), "reason_code": "one of the policy's"}
    _body(paths["/v1/score"]["post"], case, examples)
    _body(paths["/v1/cases"]["post"], case, examples)
    _body(
        paths["/v1/cases/batch"]["post"],
        batch,
        {"batch": {"value": {"cases": [example_case(d) for d in domains.values()]}}},
    )
    _body(
        paths["/v1/outcomes"]["post"],
        {"oneOf": [_ref("Outcome"), {"type": "array", "items": _ref("Outcome")}]},
        {"outcome": {"value": outcome}},
    )
    _body(paths["/v1/cases/{case_id}/comment"]["post"], _ref("CommentBody"), {})
    _body(paths["/v1/cases/{case_id}/resolve"]["post"], _ref("RulingBody"), {"ruling": {"value": ruling}})
    for path, (model, example) in POLICY_BODIES.items():
        _body(paths[path]["post"], _ref(model.__name__), {model.__name__: {"value": example}})
    back = {"approve": False, "comment": "The receipt is from another store."}
    approvals = {"approve": {"value": {"approve": True}}, "send_back": {"value": back}}
    _body(paths["/v1/cases/{case_id}/approve"]["post"], _ref("ApprovalBody"), approvals)
    _body(paths["/v1/policies/{domain}/certificate"]["post"], _ref("CertifyBody"), {})
    _body(paths["/v1/policies/{domain}/certificate/stop"]["post"], _ref("StopBody"), {})
    paths["/v1/score"]["post"]["responses"] = {"200": _answer("The decision, not stored", _ref("Decision"))}
    paths["/v1/cases"]["post"]["responses"] = {
        "201": _answer("Decided and stored", _ref("Decision")),
        "200": _answer("Submitted before with the same content: the first decision", _ref("Decision")),
        "409": _answer("Submitted before with other content", _ref("Problem"), MEDIA_TYPE),
    }
    paths["/v1/cases/batch"]["post"]["responses"] = {
        "200": _answer("One answer per case, in order", {"type": "object", "properties": {"answers": answers}})
    }


def _describe_problems(paths: dict[str, Any]) -> None:
    words = {
        "401": "Nobody known is calling", "403": "Not allowed", "404": "No such thing, or not yours to know of",
        "409": "Does not fit the present state", "413": "The body is over the limit", "422": "Cannot be used; names each field",
    }  # fmt: skip
    for path, calls in paths.items():
        for method, call in calls.items():
            if path in ("/healthz", "/readyz"):
                call["security"] = []
                continue
            statuses = {"401", "403", "422"} | ({"404"} if "{" in path else set())
            statuses |= {"409", "413"} if method == "post" else set()
            call["responses"].pop("422", None)
            for status in sorted(statuses - set(call["responses"])):
                call["responses"][status] = _answer(words[status], _ref("Problem"), MEDIA_TYPE)


def _body(call: dict[str, Any], schema: dict[str, Any], examples: dict[str, Any]) -> None:
    content: dict[str, Any] = {"schema": schema} | ({"examples": examples} if examples else {})
    call["requestBody"] = {"required": True, "content": {"application/json": content}}


def _answer(description: str, schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
