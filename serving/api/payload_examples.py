"""Examples that work when pasted, made from a payload's own fields: nothing to write for a fifth domain."""

from typing import Any

from pydantic import BaseModel

from features.columns import FieldKind, field_kinds
from features.fields import Payload
from triage.domain import Domain


def example_case(domain: Domain) -> dict[str, Any]:
    """Return a submission of a domain that is accepted as it stands."""
    return {
        "domain": domain.name,
        "exception_id": f"EXAMPLE-{domain.name.upper().replace('_', '-')}-1",
        "as_of": "2026-03-02T09:15:00Z",
        "payload": example_payload(domain.recipe.payload),
    }


def example_payload(payload: type[Payload]) -> dict[str, Any]:
    """Return the required fields, and those that bring an example of their own."""
    example: dict[str, Any] = {}
    for kind in field_kinds(payload):
        field = payload.model_fields[kind.name]
        if field.examples:
            example[kind.name] = field.examples[0]
        elif field.is_required():
            example[kind.name] = _value(payload, kind)
    return example


def case_schema(domain: Domain, envelope: type[BaseModel]) -> dict[str, Any]:
    """Describe a submission of a domain as JSON schema: the envelope with the domain's own payload."""
    schema = envelope.model_json_schema()
    properties = schema["properties"] | {
        "domain": {"const": domain.name, "title": "Domain"},
        "payload": {"$ref": f"#/components/schemas/{domain.recipe.payload.__name__}"},
        "attributes": {
            "type": "object",
            "title": "Attributes",
            "description": "Your own columns, flat; they count once a mapping or policy declares them",
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
        },
    }
    return {
        "type": "object",
        "title": f"{domain.recipe.payload.__name__}Case",
        "description": domain.title,
        "required": ["domain", "exception_id", "payload"],
        "properties": properties,
        "additionalProperties": False,
        "examples": [example_case(domain)],
    }


def payload_schema(domain: Domain) -> dict[str, Any]:
    """Describe a domain's payload as JSON schema, self-contained."""
    schema = domain.recipe.payload.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema | {"examples": [example_payload(domain.recipe.payload)]}


def _value(payload: type[Payload], kind: FieldKind) -> Any:
    if kind.kind == "string":
        return f"{kind.name.removesuffix('_id').replace('_', '-').upper()}-1001"[:64]
    if kind.kind == "number" or kind.kind == "money":
        return _number(payload, kind)
    fixed: dict[str, Any] = {
        "flag": True, "instant": "2026-03-02T09:15:00Z", "day": "2026-03-02", "enum": (kind.vocabulary or ("",))[0],
        "flags": list(kind.vocabulary[:1]),
    }  # fmt: skip
    return fixed[kind.kind]


def _number(payload: type[Payload], kind: FieldKind) -> Any:
    """Choose a number inside the field's bounds."""
    schema = payload.model_json_schema()["properties"][kind.name]
    options = [schema, *schema.get("anyOf", [])]
    low = max([float(option.get("minimum", option.get("exclusiveMinimum", 0))) for option in options])
    high = min([float(option.get("maximum", option.get("exclusiveMaximum", 100))) for option in options])
    if kind.kind == "money":
        return f"{max(low, min(high, 125.0)):.2f}"
    value = low + (high - low) / 2 if high - low <= 1 else min(low + 1, high)
    return int(value) if any(option.get("type") == "integer" for option in options) else value
