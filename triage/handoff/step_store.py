"""Steps read, moved on and written: always all of one case, under the lock of its line of deliveries.

The lock is that of `triage.handoff.lines`: whoever moves a case's steps takes it before any of their rows, so that a
callback, a person and the end of a delivery that come at once move them one after another.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import timedelta
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from triage.db.handoff_schema import deliveries, endpoints
from triage.db.step_schema import steps
from triage.handoff.database_time import database_now
from triage.handoff.events import Event, enqueue
from triage.handoff.jobs import JobLease
from triage.handoff.lines import lock_lines
from triage.handoff.step_states import (
    LOOKUP,
    OPEN,
    SENT,
    WAITING,
    CaseStep,
    begin_lookup,
    fail,
    revive,
    settle,
    succeed,
)

MAX_EXPIRED: Final = 100
_JSON: Final = frozenset({"plan", "said", "result"})
_COLUMNS: Final = tuple(field.name for field in fields(CaseStep) if field.name != "changed")
_FIXED: Final = frozenset({"step_id", "case_id", "domain", "name", "occasion", "kind", "created_at"})
Change = Callable[[Sequence[CaseStep]], None]


def begin(connection: Connection, planned: Sequence[CaseStep], *, all_new: bool = True) -> list[Event]:
    """Write the planned steps of cases and begin those that may; return what the caller is to enqueue.

    all_new: the cases have no other steps yet. A step whose name its case has already is not planned twice.
    """
    if not planned:
        return []
    now = database_now(connection)
    by_case: dict[str, list[CaseStep]] = {}
    for step in planned:
        by_case.setdefault(step.case_id, []).append(step)
    connected = _connected(connection, planned)
    events: list[Event] = []
    for case_id, own in by_case.items():
        known: list[CaseStep] = []
        if not all_new:
            lock_lines(connection, [case_id])
            known = load(connection, case_id)
            names = {step.name for step in known}
            own[:] = [step for step in own if step.name not in names]
        for step in own:
            if step.kind == LOOKUP:
                begin_lookup(step, now)
        events += settle([*known, *own], connected=connected, now=now)
        _write(connection, known)
    rows = [_row(step) for own in by_case.values() for step in own]
    if rows:
        connection.execute(insert(steps), rows)
    return events


def advance(connection: Connection, case_id: str, change: Change | None = None) -> list[CaseStep]:
    """Change steps of a case and move on whatever may be by then; return them all, in order of planning."""
    lock_lines(connection, [case_id])
    found = load(connection, case_id)
    if change is not None:
        change(found)
    events = settle(found, connected=_connected(connection, found), now=database_now(connection))
    _write(connection, found)
    enqueue(connection, events)
    return found


def load(connection: Connection, case_id: str) -> list[CaseStep]:
    """Read the steps of a case, in order of planning."""
    query = select(steps).where(steps.c.case_id == case_id).order_by(steps.c.seq)
    return [read_step(row) for row in connection.execute(query)]


def find(connection: Connection, step_id: str) -> CaseStep | None:
    """Read one step, None where there is none of the id."""
    row = connection.execute(select(steps).where(steps.c.step_id == step_id)).one_or_none()
    return read_step(row) if row is not None else None


def delivery_over(
    connection: Connection, delivery_id: str, *, delivered: bool, reason: str | None, answer: Any = None
) -> None:
    """Record with the step of a delivery what became of it, in the transaction that ends the delivery."""
    query = select(steps.c.case_id).where(steps.c.delivery_id == delivery_id)
    case_id = connection.execute(query).scalar_one_or_none()
    if case_id is None:
        return

    def announce(found: Sequence[CaseStep]) -> None:
        step = next(one for one in found if one.delivery_id == delivery_id)
        now = database_now(connection)
        if delivered and not (step.state == "done" or step.state == "skipped"):
            succeed(step, answer=answer, by=None, now=now)
            revive(step, found)
        elif not delivered and step.state == SENT:
            fail(step, reason or "it was not taken", now=now)

    advance(connection, case_id, announce)


def expire(hold: JobLease) -> int:
    """End the waits whose time-out has passed, and ask after deliveries nothing was heard of; return how many."""
    ended = 0
    while True:
        with hold.transaction() as connection:
            now = database_now(connection)
            due = (
                select(steps.c.case_id)
                .where(steps.c.expires_at <= now, steps.c.kind != LOOKUP)
                .order_by(steps.c.expires_at)
            )
            case_ids = list(dict.fromkeys(connection.execute(due.limit(MAX_EXPIRED)).scalars()))
        for case_id in case_ids:
            with hold.transaction() as connection:
                advance(connection, case_id, partial(_expire, connection))
                ended += 1
        if len(case_ids) < MAX_EXPIRED:
            return ended


def _expire(connection: Connection, found: Sequence[CaseStep]) -> None:
    now = database_now(connection)
    for step in found:
        if step.kind == LOOKUP or step.expires_at is None or step.expires_at > now:
            continue
        if step.state == SENT:
            _ask_after(connection, step, found)
        elif step.state in (OPEN, WAITING) and step.kind == "wait":
            hours = step.plan["timeout_hours"]
            fail(step, f"nobody answered within {hours:g} hours", now=now, state="failed")
        else:
            step.expires_at, step.changed = None, True


def _ask_after(connection: Connection, step: CaseStep, found: Sequence[CaseStep]) -> None:
    """Follow a delivery that ended without telling its step, or give it more time."""
    now = database_now(connection)
    query = select(deliveries.c.state, deliveries.c.reason, deliveries.c.expires_at)
    row = connection.execute(query.where(deliveries.c.delivery_id == step.delivery_id)).one_or_none()
    if row is None or row.state == "dead":
        fail(step, row.reason if row is not None else "its delivery is gone", now=now)
    elif row.state == "delivered":
        succeed(step, answer=None, by=None, now=now)
        revive(step, found)
    else:
        step.expires_at, step.changed = max(row.expires_at, now) + timedelta(hours=1), True


def _connected(connection: Connection, found: Iterable[CaseStep]) -> dict[str, float]:
    """Read which of the systems that steps name have an endpoint, and how long it is tried."""
    names = {step.plan["system"] for step in found if step.state == "blocked" and "system" in step.plan}
    if not names:
        return {}
    query = select(endpoints.c.name, endpoints.c.deadline_hours).where(endpoints.c.name.in_(sorted(names)))
    return {row.name: row.deadline_hours for row in connection.execute(query)}


def _write(connection: Connection, found: Iterable[CaseStep]) -> None:
    for step in found:
        if step.changed:
            values = {name: value for name, value in _row(step).items() if name not in _FIXED}
            connection.execute(update(steps).where(steps.c.step_id == step.step_id).values(values))
            step.changed = False


def _row(step: CaseStep) -> dict[str, Any]:
    row = {name: getattr(step, name) for name in _COLUMNS}
    for name in _JSON:
        if row[name] is not None:
            row[name] = orjson.dumps(row[name]).decode()
    return row


def read_step(row: Row[Any]) -> CaseStep:
    """Return a row as a step."""
    given = {name: getattr(row, name) for name in _COLUMNS}
    for name in _JSON:
        if given[name] is not None:
            given[name] = orjson.loads(given[name])
    return CaseStep(**given)
