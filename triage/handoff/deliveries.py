"""What operators do with deliveries: list, show, send again, give up, try an endpoint; and forgetting old ones."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, RowMapping, Select, delete, select, update

from triage.db.audit_chain import lock_audit
from triage.db.handoff_schema import deliveries, endpoints
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from triage.handoff.callbacks import callback_endpoint
from triage.handoff.claiming import dead_letter
from triage.handoff.database_time import database_now
from triage.handoff.event_kinds import ENDPOINT_TEST
from triage.handoff.events import Event, enqueue
from triage.handoff.jobs import JobLease
from triage.handoff.lines import busy_lines, lock_lines

MAX_LIMIT: Final = 200
MAX_AT_ONCE: Final = 1_000
STATES: Final = ("waiting", "blocked", "leased", "delivered", "dead")
_FINISHED: Final = ("delivered", "dead")
_LISTED: Final = (
    "delivery_id", "endpoint", "kind", "state", "attempts", "reason", "case_id", "domain", "created_at", "due_at",
    "finished_at", "redrives",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries are meant; None means any. kind and state, endpoint and state, or case_id are indexed."""

    endpoint: str | None = None
    state: str | None = None
    kind: str | None = None
    case_id: str | None = None


def list_deliveries(
    connection: Connection, wanted: DeliveryFilter, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """List deliveries, newest first, a page at a time, without their bodies; `next_cursor` is None on the last page."""
    limit = max(1, min(limit, MAX_LIMIT))
    before = _read_cursor(cursor) if cursor is not None else None
    # State by state where none is named: each is the end of an index, where all states together would be sorted.
    by_state = wanted.state is None and wanted.case_id is None and (wanted.endpoint or wanted.kind) is not None
    parts = [replace(wanted, state=state) for state in STATES] if by_state else [wanted]
    found: list[RowMapping] = []
    for part in parts:
        query = _matching(part) if before is None else _matching(part).where(deliveries.c.seq < before)
        found += connection.execute(query.order_by(deliveries.c.seq.desc()).limit(limit + 1)).mappings().all()
    rows = sorted(found, key=lambda row: row["seq"], reverse=True)
    more = len(rows) > limit
    return {
        "items": [{name: row[name] for name in _LISTED} for row in rows[:limit]],
        "next_cursor": base64.urlsafe_b64encode(str(rows[limit - 1]["seq"]).encode()).decode() if more else None,
    }


def show_delivery(connection: Connection, delivery_id: str) -> dict[str, Any]:
    """Return everything known of one delivery, with its body and its last attempts."""
    row = _row(connection, delivery_id)._mapping
    kept = ("target_url", "order_key", "expires_at")
    written = {"history": orjson.loads(row["history"]), "body": orjson.loads(row["body"])}
    return {name: row[name] for name in (*_LISTED, *kept)} | written


def redrive_one(connection: Connection, delivery_id: str) -> dict[str, Any]:
    """Send a dead or delivered delivery again under its old key; raise ConflictError for one that is still under
    way."""
    lock_audit(connection)
    lock_lines(connection, [_row(connection, delivery_id).order_key])
    row = _row(connection, delivery_id, lock=True)
    if row.state not in _FINISHED:
        raise ConflictError(f"this delivery is {row.state}: it is still to be sent, or under way")
    _redrive(connection, [row])
    return show_delivery(connection, delivery_id)


def redrive_matching(connection: Connection, wanted: DeliveryFilter) -> dict[str, Any]:
    """Send dead deliveries that match again, oldest first, up to 1,000 at once; `more` says whether some are left.

    state: dead, which is the default, or delivered.
    """
    state = wanted.state or "dead"
    if state not in _FINISHED:
        raise _invalid("state", state, f"must be one of {', '.join(_FINISHED)}")
    lock_audit(connection)
    known = connection.execute(select(endpoints.c.name).order_by(endpoints.c.name)).scalars().all()
    rows: list[Row[Any]] = []
    # Endpoint by endpoint: what is addressed to one that does not exist cannot be sent, and must not be in the way.
    for endpoint in known if wanted.endpoint is None else [wanted.endpoint]:
        if len(rows) <= MAX_AT_ONCE:
            rows += _oldest(connection, replace(wanted, endpoint=endpoint, state=state))
    redriven = _redrive(connection, _locked(connection, rows[:MAX_AT_ONCE]))
    return {"redriven": redriven, "more": len(rows) > MAX_AT_ONCE}


def cancel_matching(connection: Connection, wanted: DeliveryFilter, *, reason: str) -> dict[str, Any]:
    """Make dead letters of deliveries that wait, up to 1,000 at once; what is under way is left to end."""
    lock_audit(connection)
    rows: list[Row[Any]] = []
    for state in ("blocked", "waiting"):
        rows += _oldest(connection, replace(wanted, state=state))
    now = database_now(connection)
    chosen = _locked(connection, rows[:MAX_AT_ONCE])
    # What is blocked first: else each would be let go by the one before it.
    for row in sorted(chosen, key=lambda row: row.state != "blocked"):
        dead_letter(connection, row, reason=reason, now=now)
    return {"canceled": len(chosen), "more": len(rows) > MAX_AT_ONCE}


def send_test(connection: Connection, endpoint: str) -> dict[str, Any]:
    """Write a test delivery to an endpoint, whatever it subscribes to; a worker sends it like any other."""
    if connection.execute(select(endpoints.c.name).where(endpoints.c.name == endpoint)).one_or_none() is None:
        raise NotFoundError(f"there is no endpoint {endpoint[:64]!r}")
    enqueue(connection, [Event(kind=ENDPOINT_TEST, body={"test": True, "endpoint": endpoint}, to=endpoint)])
    query = select(deliveries.c.delivery_id).where(
        deliveries.c.endpoint == endpoint, deliveries.c.kind == ENDPOINT_TEST, deliveries.c.state == "waiting"
    )
    return show_delivery(connection, connection.execute(query.order_by(deliveries.c.seq.desc()).limit(1)).scalar_one())


def delete_delivered(hold: JobLease, *, older_than: timedelta) -> int:
    """Delete what was delivered longer ago than this; return how many. Dead letters stay until somebody decides."""
    deleted = 0
    while True:
        with hold.transaction() as connection:
            before = database_now(connection) - older_than
            oldest = select(deliveries.c.seq, deliveries.c.finished_at).where(deliveries.c.state == "delivered")
            rows = connection.execute(oldest.order_by(deliveries.c.seq).limit(MAX_AT_ONCE)).all()
            old = [row.seq for row in rows if row.finished_at < before]
            if old:
                connection.execute(delete(deliveries).where(deliveries.c.seq.in_(old)))
        deleted += len(old)
        if len(old) < MAX_AT_ONCE:
            return deleted


def _redrive(connection: Connection, rows: list[Row[Any]]) -> int:
    now = database_now(connection)
    known = connection.execute(select(endpoints.c.name, endpoints.c.deadline_hours))
    hours = {row.name: row.deadline_hours for row in known}
    endpoint_of = {row.seq: _endpoint_of(connection, row, hours) for row in rows}
    lines = sorted({(endpoint_of[row.seq], row.order_key) for row in rows if row.order_key is not None})
    busy = busy_lines(connection, lines)
    for row in rows:
        line = (endpoint_of[row.seq], row.order_key)
        is_blocked = line in busy
        if row.order_key is not None:
            busy.add(line)
        connection.execute(
            update(deliveries)
            .where(deliveries.c.seq == row.seq)
            .values(
                endpoint=endpoint_of[row.seq], state="blocked" if is_blocked else "waiting",
                due_at=None if is_blocked else now, attempts=0,
                redrives=deliveries.c.redrives + 1, reason=None, finished_at=None,
                expires_at=now + timedelta(hours=hours[endpoint_of[row.seq]]),
            )
        )  # fmt: skip
    return len(rows)


def _endpoint_of(connection: Connection, row: Row[Any], known: Mapping[str, float]) -> str:
    """Return the endpoint a delivery goes to: its own, or the one that covers its callback address by now."""
    if row.endpoint in known:
        return str(row.endpoint)
    taker = callback_endpoint(connection, row.target_url) if row.target_url is not None else None
    if taker is None:
        raise ConflictError(f"there is no endpoint {row.endpoint!r} to send {row.delivery_id} to; add it first")
    return taker


def _oldest(connection: Connection, wanted: DeliveryFilter) -> list[Row[Any]]:
    return list(connection.execute(_matching(wanted).order_by(deliveries.c.seq).limit(MAX_AT_ONCE + 1)).all())


def _locked(connection: Connection, rows: list[Row[Any]]) -> list[Row[Any]]:
    """Lock the lines of deliveries and then themselves, and leave out what changed meanwhile."""
    lock_lines(connection, [row.order_key for row in rows])
    before = {row.seq: row.state for row in rows}
    query = select(deliveries).where(deliveries.c.seq.in_(before)).order_by(deliveries.c.seq).with_for_update()
    return [row for row in connection.execute(query) if row.state == before[row.seq]]


def _matching(wanted: DeliveryFilter) -> Select[Any]:
    if wanted.state is not None and wanted.state not in STATES:
        raise _invalid("state", wanted.state, f"must be one of {', '.join(STATES)}")
    query = select(deliveries)
    named: Mapping[str, str | None] = {
        "endpoint": wanted.endpoint, "state": wanted.state, "kind": wanted.kind, "case_id": wanted.case_id,
    }  # fmt: skip
    for name, value in named.items():
        if value is not None:
            query = query.where(deliveries.c[name] == value)
    return query


def _row(connection: Connection, delivery_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(deliveries).where(deliveries.c.delivery_id == delivery_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no delivery {delivery_id[:64]!r}")
    return row


def _read_cursor(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode())
    except (binascii.Error, ValueError):
        raise _invalid("cursor", cursor, "must be `next_cursor` of the page before") from None


def _invalid(name: str, value: str, message: str) -> InvalidError:
    problem = FieldProblem(field=name, value=repr(value[:80]), message=message)
    return InvalidError(f"{name} {problem.value} {message}", problems=[problem])
