"""The API reference: the OpenAPI document, and the same as a page that needs no network and no script."""

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from features.columns import field_kinds
from features.fields import field_title
from serving.api.asyncapi import asyncapi_document
from serving.api.problems import json_response
from serving.auth import PrincipalDep, ServiceDep
from serving.pages.visit import VisitDep
from triage.domain import Domain

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
def openapi(request: Request, principal: PrincipalDep) -> Response:
    """Return the OpenAPI document."""
    principal.require("read")
    return json_response(request.app.openapi())


@router.get("/asyncapi.json")
def asyncapi(service: ServiceDep, principal: PrincipalDep) -> Response:
    """Return the AsyncAPI document of the event bus."""
    principal.require("read")
    return json_response(asyncapi_document(service.domains))


@router.get("/docs")
def docs(request: Request, visit: VisitDep) -> Response:
    """Show every call with an example that can be pasted into a shell."""
    visit.caller.principal.require("read")
    document = request.app.openapi()
    address = str(request.base_url).rstrip("/")
    calls: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            tag = (call.get("tags") or ["other"])[0]
            calls.setdefault(tag, []).append(_call(method.upper(), path, call, address))
    payloads = [_payload(domain) for domain in visit.service.domains.values()]
    return visit.page("docs.html", calls=calls, payloads=payloads)


def _call(method: str, path: str, call: dict[str, Any], address: str) -> dict[str, Any]:
    examples = call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
    return {
        "method": method,
        "path": path,
        "summary": call.get("summary", ""),
        "text": call.get("description", ""),
        "parameters": call.get("parameters", []),
        "responses": {status: answer["description"] for status, answer in sorted(call["responses"].items())},
        "examples": [
            (name, _curl(method, address + path, example["value"])) for name, example in examples.items()
        ] or [("", _curl(method, address + path, None))],
    }  # fmt: skip


def _curl(method: str, address: str, body: Any) -> str:
    lines = ["curl -s" + (f" -X {method}" if method != "GET" and body is None else "") + f" '{address}'"]
    lines.append('-H "Authorization: Bearer $TRIAGE_KEY"')
    if body is not None:
        text = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode().replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{text}'"]
    return " \\\n  ".join(lines)


def _payload(domain: Domain) -> dict[str, Any]:
    model = domain.recipe.payload
    return {
        "domain": domain,
        "name": model.__name__,
        "fields": [
            {
                "name": kind.name,
                "title": field_title(model, kind.name),
                "kind": "one of " + ", ".join(kind.vocabulary) if kind.kind == "enum"
                else "any of " + ", ".join(kind.vocabulary) if kind.kind == "flags" else kind.kind,
                "required": model.model_fields[kind.name].is_required(),
                "text": model.model_fields[kind.name].description or "",
            }
            for kind in field_kinds(model)
        ],
    }  # fmt: skip
