"""What a message of the bus says: a submission, bare or as the data of a CloudEvent 1.0, and the key it is known by."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from triage.errors import FieldProblem, InvalidError, TooLargeError
from triage.handoff.brokers.bus import Incoming
from triage.handoff.inbox import MAX_KEY_LETTERS, Receipt
from triage.handoff.signing import SOURCE
from triage.intake.case import content_hash
from triage.intake.field_quality import shown
from triage.intake.strict_json import parse_json

_BATCH: Final = "application/cloudevents-batch"
_STRUCTURED: Final = "application/cloudevents"
_BINARY: Final = ("ce-", "ce_", "cloudevents:", "cloudevents_")
"""How the bindings of HTTP and NATS, Kafka, and AMQP (old and new) begin the names of an event's attributes."""
_REQUIRED: Final = ("id", "source", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusMessage:
    """A message that could be read: the submission as sent, and its receipt."""

    submission: Any
    receipt: Receipt


def read_message(message: Incoming, *, place: str, max_bytes: int) -> BusMessage:
    """Read a message; raise InvalidError that names field, value and cure, or TooLargeError.

    place: source of messages that are no events.
    """
    if len(message.body) > max_bytes:
        raise TooLargeError(
            f"The message has {len(message.body):,} bytes, over the limit of {max_bytes:,}; send one case a message."
        )
    encoding = message.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise _invalid("content-encoding", encoding, "is not read; send the message as it is")
    kind = message.content_type.partition(";")[0].strip().lower()
    if kind.startswith(_BATCH):
        raise _invalid("content-type", kind, "is not read; send one event a message")
    attributes = _binary(message.headers)
    if "specversion" in attributes:
        return _event(attributes, parse_json(message.body))
    content = parse_json(message.body)
    if kind.startswith(_STRUCTURED) or (isinstance(content, dict) and "specversion" in content):
        if not isinstance(content, dict):
            raise _invalid("body", content, "must be one CloudEvent, a JSON object")
        return _event(content, _data(content))
    given = message.message_id or message.place or hashlib.sha256(message.body).hexdigest()
    return BusMessage(submission=content, receipt=_receipt(place, given, content, field="message id"))


def _binary(headers: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, value in headers.items():
        prefix = next((prefix for prefix in _BINARY if name.startswith(prefix)), None)
        if prefix is not None:
            found[name.removeprefix(prefix)] = value
    return found


def _event(attributes: Mapping[str, Any], data: Any) -> BusMessage:
    version = attributes.get("specversion")
    if version != "1.0":
        raise _invalid("specversion", version, "must be 1.0")
    for name in _REQUIRED:
        value = attributes.get(name)
        if not isinstance(value, str) or not value.strip():
            raise _invalid(name, value, "is required of a CloudEvent: a text that is not empty")
    media = str(attributes.get("datacontenttype") or "application/json").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise _invalid("datacontenttype", media, "is not read; send application/json")
    if attributes["source"] == SOURCE:
        raise _invalid("source", SOURCE, "is this service itself; keep its events out of the submissions")
    return BusMessage(submission=data, receipt=_receipt(attributes["source"], attributes["id"], data, field="id"))


def _data(event: Mapping[str, Any]) -> Any:
    if "data_base64" not in event:
        return event.get("data")
    encoded = event["data_base64"]
    try:
        return parse_json(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, TypeError):
        raise _invalid("data_base64", encoded, "must be JSON in base64; or send it as `data`") from None


def _receipt(source: str, message_id: str, submission: Any, *, field: str) -> Receipt:
    for name, value in (("source", source), (field, message_id)):
        if len(value) > MAX_KEY_LETTERS or "\x00" in value:
            raise _invalid(name, value, f"must have at most {MAX_KEY_LETTERS} letters and no NUL")
    return Receipt(source=source, message_id=message_id, content_hash=content_hash(submission))


def _invalid(field: str, value: Any, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value="" if value is None else shown(value), message=message)
    return InvalidError(f"{field} {problem.value}: {message}", problems=[problem])
