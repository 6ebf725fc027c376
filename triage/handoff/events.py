"""The seam: what happened is written as deliveries, one per endpoint that wants it, by the transaction in which it
happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, insert, select

from triage.db.handoff_schema import deliveries, endpoints
from triage.handoff.callbacks import covers
from triage.handoff.database_time import database_now
from triage.handoff.event_kinds import ALL_EVENTS
from triage.handoff.lines import busy_lines, lock_lines
from triage.ids import new_id

_NOBODY: Final = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, to be told to other systems.

    body: of the event, or JSON of it that is written already. order_key: events of one key reach an endpoint in order;
    default: the case id; without either, in any order. to: the one endpoint it is addressed to; None: every endpoint
    that subscribes to the kind and domain.
    callback_url: a further address, which must lie below the url of an endpoint that takes callbacks. callback_body:
    what is sent there where that differs, since whoever named the address may know less than an endpoint does.
    delivery_id: of an addressed event, where whoever writes it must know its key beforehand.
    """

    kind: str
    body: Mapping[str, Any] | bytes
    domain: str | None = None
    case_id: str | None = None
    order_key: str | None = None
    to: str | None = None
    callback_url: str | None = None
    callback_body: Mapping[str, Any] | bytes | None = None
    delivery_id: str | None = None


def enqueue(connection: Connection, events: Sequence[Event]) -> int:
    """Write the deliveries of events in the caller's transaction; return how many.

    Call it last in a transaction that also writes the audit chain, so that all take their locks in one order. What is
    addressed to an endpoint that does not exist is written as a dead letter with that reason, to be redriven once it
    does.
    """
    known = connection.execute(select(endpoints)).all()
    if not known and all(event.to is None and event.callback_url is None for event in events):
        return 0
    now = database_now(connection)
    rows = [row for event in events for row in _rows(event, known, now)]
    lines = sorted({_line(row) for row in rows if row["order_key"] is not None and row["state"] == "waiting"})
    lock_lines(connection, [key for _, key in lines])
    busy = busy_lines(connection, lines)
    for row in rows:
        line = _line(row)
        if row["state"] != "waiting" or line[1] is None:
            continue
        if line in busy:
            row |= {"state": "blocked", "due_at": None}
        busy.add(line)
    if rows:
        connection.execute(insert(deliveries), rows)
    return len(rows)


def _rows(event: Event, known: Sequence[Row[Any]], now: datetime) -> Iterator[dict[str, Any]]:
    body = _json(event.body)
    for endpoint in known:
        if endpoint.name == event.to or (event.to is None and _subscribes(endpoint, event)):
            yield _row(event, body, now, endpoint=endpoint.name, hours=endpoint.deadline_hours)
    if event.to is not None and all(endpoint.name != event.to for endpoint in known):
        yield _dead(event, body, now, endpoint=event.to, reason=f"there was no endpoint named {event.to}")
    if event.callback_url is not None:
        if event.callback_body is not None:
            body = _json(event.callback_body)
        taker = next((each for each in known if each.callbacks and covers(each.url, event.callback_url)), None)
        if taker is None:
            reason = "no endpoint that takes callbacks covers the callback_url any more"
            yield _dead(event, body, now, endpoint="callback", reason=reason) | {"target_url": event.callback_url}
        else:
            row = _row(event, body, now, endpoint=taker.name, hours=taker.deadline_hours)
            yield row | {"target_url": event.callback_url}


def _json(body: Mapping[str, Any] | bytes) -> str:
    return (body if isinstance(body, bytes) else orjson.dumps(body, default=str)).decode()


def _subscribes(endpoint: Row[Any], event: Event) -> bool:
    kinds, domains = orjson.loads(endpoint.events), orjson.loads(endpoint.domains)
    return (event.kind in kinds or ALL_EVENTS in kinds) and (not domains or event.domain in domains)


def _row(event: Event, body: str, now: datetime, *, endpoint: str, hours: float) -> dict[str, Any]:
    return {
        "delivery_id": event.delivery_id or new_id(), "endpoint": endpoint, "target_url": None, "kind": event.kind,
        "domain": event.domain, "case_id": event.case_id, "order_key": event.order_key or event.case_id, "body": body,
        "created_at": now,
        "expires_at": now + timedelta(hours=hours), "state": "waiting", "due_at": now, "reason": None,
        "finished_at": None,
    }  # fmt: skip


def _dead(event: Event, body: str, now: datetime, *, endpoint: str, reason: str) -> dict[str, Any]:
    row = _row(event, body, now, endpoint=endpoint[:64], hours=_NOBODY / timedelta(hours=1))
    return row | {"state": "dead", "due_at": None, "reason": reason, "finished_at": now}


def _line(row: Mapping[str, Any]) -> tuple[str, Any]:
    return row["endpoint"], row["order_key"]
