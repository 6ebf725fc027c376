"""What FastAPI cannot know of the calls: which payloads the registered domains have, with examples that can be
pasted."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from features.documents.trade_document import TradeDocument
from serving.api.payload_examples import case_schema, example_case, payload_schema
from serving.api.schemas.base import Problem
from serving.api.submission import MAX_BATCH
from triage.domain import Domain
from triage.intake.case import Envelope

_OPEN: Final = ("/healthz", "/readyz")


def openapi_document(app: FastAPI, domains: Mapping[str, Domain]) -> dict[str, Any]:
    """Describe every call; the bodies of cases are those of the registered domains."""
    document = get_openapi(
        title="triage",
        version="0.1.0",
        summary="Exception triage for retail: models advise, policy decides, people overrule, everything is auditable.",
        routes=app.routes,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas |= schemas["Problem"].pop("$defs", {})
    schemas |= {domain.recipe.payload.__name__: payload_schema(domain) for domain in domains.values()}
    schemas |= {_case_name(domain): case_schema(domain, Envelope) for domain in domains.values()}
    sent = TradeDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= sent.pop("$defs") | {"TradeDocument": sent}
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "bearerFormat": "trg_…", "description": "An API key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "triage_session"},
    }
    document["security"] = [{"key": []}, {"session": []}]
    for path in _OPEN:
        document["paths"][path]["get"]["security"] = []
    _describe_bodies(document["paths"], domains)
    _lift_examples(document["paths"], schemas)
    return document


def _describe_bodies(paths: dict[str, Any], domains: Mapping[str, Domain]) -> None:
    case = {
        "oneOf": [_ref(_case_name(domain)) for domain in domains.values()],
        "discriminator": {
            "propertyName": "domain",
            "mapping": {name: f"#/components/schemas/{_case_name(domain)}" for name, domain in domains.items()},
        },
    }
    cases = {"type": "array", "maxItems": MAX_BATCH, "items": case}
    batch = {"type": "object", "required": ["cases"], "properties": {"cases": cases}, "additionalProperties": False}
    examples = {name: {"summary": domain.title, "value": example_case(domain)} for name, domain in domains.items()}
    first = next(iter(domains.values()))
    cause = next(iter(first.heads.labels))
    _body(paths["/v1/score"], case, examples)
    _body(paths["/v1/cases"], case, examples)
    together = {"batch": {"value": {"cases": [example_case(domain) for domain in domains.values()]}}}
    _body(paths["/v1/cases/batch"], batch, together)
    outcome = {"domain": first.name, "exception_id": example_case(first)["exception_id"], "wrong": False}
    _example(paths["/v1/outcomes"], outcome=outcome)
    ruling = {"action": "accepted", "cause": cause, "reason_code": "one of the policy's"}
    _example(paths["/v1/cases/{case_id}/resolve"], ruling=ruling)
    back = {"approve": False, "comment": "The receipt is from another store."}
    _example(paths["/v1/cases/{case_id}/approve"], approve={"approve": True}, send_back=back)


def _lift_examples(paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Set the examples of a body's schema beside it, where readers of the reference look for them."""
    for path in paths.values():
        content = path.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        examples = schemas.get(name, {}).get("examples", [])
        if examples and "examples" not in content:
            _example(path, **{name: examples[0]})


def _body(path: dict[str, Any], schema: dict[str, Any], examples: dict[str, Any]) -> None:
    content = {"schema": schema, "examples": examples}
    path["post"]["requestBody"] = {"required": True, "content": {"application/json": content}}


def _example(path: dict[str, Any], **examples: dict[str, Any]) -> None:
    content = path["post"]["requestBody"]["content"]["application/json"]
    content["examples"] = {name: {"value": value} for name, value in examples.items()}


def _case_name(domain: Domain) -> str:
    return f"{domain.recipe.payload.__name__}Case"


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
