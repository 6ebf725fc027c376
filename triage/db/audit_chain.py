"""The audit chain: who did what when, each link holding the hash of the one before, so that nothing is changed
unseen."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, insert, select, update

from triage.db.schema import audit_events, audit_head

GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something done by somebody, before it is linked into the chain."""

    actor: str
    verb: str
    case_id: str | None
    detail: Mapping[str, Any]
    at: datetime


def lock_audit(connection: Connection) -> None:
    """Wait for everybody else who writes into the audit chain, and keep them waiting until this transaction ends."""
    connection.execute(select(audit_head.c.seq).with_for_update())


def append_audit(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Link events into the tamper-evident chain: each hash covers the event and the hash before it."""
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one_or_none()
    if head is None:
        connection.execute(insert(audit_head), {"one": 1, "seq": 0, "hash": GENESIS})
    seq, previous = (head.seq, head.hash) if head is not None else (0, GENESIS)
    rows = []
    for event in events:
        seq += 1
        detail = orjson.dumps(event.detail, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
        link = audit_hash(seq, event.at, event.actor, event.verb, event.case_id, detail, previous)
        rows.append(
            {
                "seq": seq, "at": event.at, "actor": event.actor, "verb": event.verb, "case_id": event.case_id,
                "detail": detail, "previous_hash": previous, "hash": link,
            }
        )  # fmt: skip
        previous = link
    connection.execute(insert(audit_events), rows)
    connection.execute(update(audit_head).values(seq=seq, hash=previous))


def audit(
    connection: Connection, *, actor: str, verb: str, case_id: str | None, detail: Mapping[str, Any], now: datetime
) -> None:
    """Link one event into the audit chain."""
    append_audit(connection, [AuditEvent(actor=actor, verb=verb, case_id=case_id, detail=detail, at=now)])


def audit_hash(seq: int, at: datetime, actor: str, verb: str, case_id: str | None, detail: str, previous: str) -> str:
    """Hash one link of the chain, as written down in the audit documentation."""
    body = orjson.dumps([seq, at.isoformat(timespec="microseconds"), actor, verb, case_id, detail, previous])
    return hashlib.sha256(body).hexdigest()


def verify_audit(connection: Connection) -> tuple[int, str | None]:
    """Walk the chain; give the number of links and what is broken first, None when nothing is."""
    previous, expected = GENESIS, 1
    for row in connection.execute(select(audit_events).order_by(audit_events.c.seq)):
        if row.seq != expected:
            return expected - 1, f"link {expected} is missing"
        link = audit_hash(row.seq, row.at, row.actor, row.verb, row.case_id, row.detail, previous)
        if row.previous_hash != previous or row.hash != link:
            return expected - 1, f"link {row.seq} was changed"
        previous, expected = link, expected + 1
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    if (head.seq, head.hash) != (expected - 1, previous) if head is not None else expected > 1:
        told = f"is link {head.seq}" if head is not None else "is gone"
        return expected - 1, f"the chain ends at link {expected - 1}, but its head {told}"
    return expected - 1, None
