"""The AsyncAPI 3 document: what an event bus brings and takes away, with the same schemas as the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from serving.api.payload_examples import case_schema, example_case, payload_schema
from serving.api.schemas.events import EVENT_BODIES
from triage.domain import Domain
from triage.handoff.brokers.bus_address import EVENTS, SUBMISSIONS
from triage.handoff.event_kinds import EVENT_KINDS
from triage.handoff.signing import MEDIA_TYPE, SCHEMA_VERSION, SOURCE
from triage.intake.case import Envelope

VERSION: Final = "1.0.0"
"""Of the messages. A field or a message more raises the second number; nothing is ever taken away or retyped."""
_REF: Final = "#/components/schemas/{model}"
_EVENT: Final = {
    "specversion": {"type": "string", "const": "1.0"},
    "id": {"type": "string", "minLength": 1, "maxLength": 256, "description": "With `source` the key of the message"},
    "source": {"type": "string", "minLength": 1, "maxLength": 256},
    "type": {"type": "string", "minLength": 1},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"type": "string", "description": "application/json"},
    "subject": {"type": "string"},
}


def asyncapi_document(domains: Mapping[str, Domain]) -> dict[str, Any]:
    """Describe every message; submissions are those of the registered domains."""
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    channels: dict[str, Any] = {
        "submissions": _channel(SUBMISSIONS, "Where submissions arrive: a subject, a queue or a topic"),
        "deadLetters": _channel(f"{SUBMISSIONS}.dead", "Submissions that were refused, as they came"),
    }
    for name, domain in domains.items():
        case = f"{domain.recipe.payload.__name__}Case"
        schemas |= {domain.recipe.payload.__name__: payload_schema(domain), case: case_schema(domain, Envelope)}
        event = f"{case}Event"
        schemas[event] = _submission_event(case)
        _add(messages, channels["submissions"], f"{name}.submission", _submission(domain, case, event))
    _add(messages, channels["deadLetters"], "deadLetter", _dead_letter())
    operations = {
        "takeSubmission": _operation("receive", "submissions", "Take a submission as a case, once"),
        "sendDeadLetter": _operation("send", "deadLetters", "Refuse a submission with the reason"),
    }
    for kind, meaning in EVENT_KINDS.items():
        words = "".join(word.capitalize() for word in kind.replace("_", ".").split("."))
        body = _body(schemas, EVENT_BODIES.get(kind), words)
        schemas[f"{words}Event"] = _given_event(kind, body)
        channels[kind] = _channel(f"{EVENTS}.{kind}", meaning)
        _add(messages, channels[kind], kind, _given(kind, meaning, f"{words}Event"))
        operations[f"send{words}"] = _operation("send", kind, meaning)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "triage",
            "version": VERSION,
            "description": "Exceptions in, decisions and rulings out. Addresses are the defaults; the URL of a bus "
            "names others. On RabbitMQ an event's kind is the routing key of the exchange `triage.events`; on Kafka "
            "all events are in one topic, with the case as key.",
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _channel(address: str, meaning: str) -> dict[str, Any]:
    return {"address": address, "description": meaning, "messages": {}}


def _operation(action: str, channel: str, summary: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _add(messages: dict[str, Any], channel: dict[str, Any], name: str, message: dict[str, Any]) -> None:
    messages[name] = message
    channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}


def _submission(domain: Domain, case: str, event: str) -> dict[str, Any]:
    example = example_case(domain)
    return {
        "title": domain.title,
        "contentType": MEDIA_TYPE,
        "summary": "A CloudEvent with the submission as its data, or the bare submission",
        "payload": {"oneOf": [_ref(event), _ref(case)]},
        "examples": [
            {"name": "event", "payload": _example_event(example)},
            {"name": "bare", "payload": example},
        ],
    }


def _example_event(submission: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "3f2c6a1e-1", "source": "/erp/invoices", "type": "com.example.exception.raised",
        "datacontenttype": "application/json", "data": submission,
    }  # fmt: skip


def _submission_event(case: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {**_EVENT, "data": _ref(case)},
    }


def _given(kind: str, meaning: str, event: str) -> dict[str, Any]:
    return {"title": kind, "contentType": MEDIA_TYPE, "summary": meaning, "payload": _ref(event)}


def _given_event(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    own = {
        "source": {"type": "string", "const": SOURCE},
        "type": {"type": "string", "const": kind},
        "subject": {"type": "string", "description": "The case id; left out where no case is meant"},
        "domain": {"type": "string"},
        "sequence": {"type": "string", "description": "Of two events of one case the greater is the later"},
        "schemaversion": {"type": "string", "const": SCHEMA_VERSION},
    }
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "sequence", "schemaversion", "data"],
        "properties": {**_EVENT, **own, "data": body},
    }


def _body(schemas: dict[str, Any], model: type[BaseModel] | None, words: str) -> dict[str, Any]:
    if model is None:
        return {"type": "object", "description": words}
    described = model.model_json_schema(ref_template=_REF, mode="serialization")
    schemas |= described.pop("$defs", {})
    schemas[model.__name__] = described
    return _ref(model.__name__)


def _dead_letter() -> dict[str, Any]:
    said = {
        "triage-status": "What the API would have answered: 409, 413, 422, …",
        "triage-reason": "The reason in a sentence",
        "triage-problem": "The problem document (RFC 9457) as JSON: each field with value and cure",
        "triage-from": "Where the message came from",
        "triage-message-id": "Its message id there, if it had one",
        "triage-cut": "Only where the body is cut, because with its reason it was too large",
    }
    return {
        "title": "A refused submission",
        "summary": "The message as it came, with the reason in its headers",
        "headers": {
            "type": "object",
            "required": ["triage-status", "triage-reason", "triage-problem", "triage-from"],
            "properties": {name: {"type": "string", "description": text} for name, text in said.items()},
        },
        "payload": {},
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
