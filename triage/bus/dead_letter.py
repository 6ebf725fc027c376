"""A message that cannot be taken: as it came, with the reason in its headers, so that it can be mended and sent
again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from triage.handoff.brokers.bus import Bus, Incoming, NotTakenError, Outgoing

_MAX_REASON: Final = 1_000
_MAX_PROBLEM: Final = 8_000
_CUT_BYTES: Final = 16_000
_OF_A_BROKER: Final = ("nats-", "x-", "triage-", "content-type", "content-encoding", "message-id", "correlation_id")
"""Headers that belong to one delivery, and not to what was sent."""


async def send_dead_letter(
    bus: Bus, destination: str, message: Incoming, *, place: str, problem: Mapping[str, Any]
) -> None:
    """Publish a refused message to the dead letters and wait until the broker keeps it.

    The same message gives the same message id, so that a second copy is known. What is too large with its reason is
    cut, and says so.
    """
    letter = _letter(message, place=place, problem=problem)
    try:
        await bus.publish(destination, letter)
    except NotTakenError as error:
        if not error.is_final:
            raise
        headers = {**letter.headers, "triage-cut": f"the first {_CUT_BYTES} of {len(message.body)} bytes"}
        await bus.publish(destination, replace(letter, body=message.body[:_CUT_BYTES], headers=headers))


def _letter(message: Incoming, *, place: str, problem: Mapping[str, Any]) -> Outgoing:
    kept = {name: value for name, value in message.headers.items() if not name.startswith(_OF_A_BROKER)}
    known_by = message.message_id or message.place
    digest = hashlib.sha256(f"{place}\n{known_by}".encode() if known_by else message.body).hexdigest()
    headers = {
        **{name: _ascii(value, _MAX_REASON) for name, value in kept.items()},
        "triage-from": place,
        "triage-status": str(problem["status"]),
        "triage-reason": _ascii(str(problem["detail"]), _MAX_REASON),
        "triage-problem": _problem_json(problem),
    }
    if message.message_id:
        headers["triage-message-id"] = _ascii(message.message_id, _MAX_REASON)
    return Outgoing(
        body=message.body, content_type=message.content_type or "application/json", message_id=f"dead-{digest[:40]}",
        headers=headers,
    )  # fmt: skip


def _problem_json(problem: Mapping[str, Any]) -> str:
    written = json.dumps(problem, default=str)
    if len(written) <= _MAX_PROBLEM:
        return written
    fewer = {**problem, "detail": str(problem["detail"])[:_MAX_REASON], "errors": problem.get("errors", [])[:5]}
    written = json.dumps(fewer, default=str)
    return written if len(written) <= _MAX_PROBLEM else json.dumps({"status": problem["status"]})


def _ascii(text: str, most: int) -> str:
    """Write a text as a header of any broker takes it: printable ASCII on one line."""
    plain = text.encode("ascii", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in plain)[:most]
