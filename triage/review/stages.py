"""What happens while a case's time runs and nobody rules: each stage of its ladder is reached exactly once.

The stage, its effects on the task, the audit event and the deliveries are one transaction, which holds the job's lease:
of two workers one does it, and one that lost its lease writes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

import orjson
import structlog
from sqlalchemy import Connection, Row, select, update

from policies.document.clocks import OWNER
from policies.document.parts import Level
from policies.judging.business_time import ClosedCalendarError
from policies.judging.case_clock import KeptStage
from triage.db.audit_chain import AuditEvent, append_audit
from triage.db.clock_schema import clocks, reached_stages
from triage.db.row_digests import insert_rows
from triage.db.schema import cases, tasks
from triage.handoff.database_time import database_now
from triage.handoff.event_kinds import CASE_DUE_SOON, CASE_LATE
from triage.handoff.events import Event, enqueue
from triage.handoff.jobs import JobLease
from triage.review.task_access import back_again, is_away, set_task
from triage.review.task_clocks import TaskClock, clock_of, end_pause, read_clock

log = structlog.get_logger(__name__)
CLOCK: Final = "system:clock"
"""Who does what a ladder says."""
_AT_ONCE: Final = 50
_LEVELS: Final[Sequence[Level]] = get_args(Level)
_CLOCK_COLUMNS: Final = tuple(column.label(f"clock_{column.name}") for column in clocks.c)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    event: AuditEvent
    row: dict[str, Any] | None = None
    deliveries: Sequence[Event] = ()


def is_anything_due(connection: Connection, now: datetime) -> bool:
    """Check whether any stage is due, or any rest over."""
    back = select(tasks.c.case_id).where(back_again(now)).limit(1)
    return is_stage_due(connection, now) or connection.execute(back).first() is not None


def keep_clocks(hold: JobLease) -> None:
    """Open what has rested long enough, and reach every stage that is due."""
    while True:
        with hold.transaction() as connection:
            if not open_rested(connection, now=database_now(connection)):
                break
    reach_stages(hold)


def open_rested(connection: Connection, *, now: datetime, most: int = _AT_ONCE) -> int:
    """Write of a few tasks whose rest is over that they are open, as they are read already; return of how many."""
    query = select(tasks.c.case_id).where(back_again(now)).order_by(tasks.c.back_at).limit(most)
    found = connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
    if found:
        connection.execute(update(tasks).where(tasks.c.case_id.in_(found)).values(state="open"))
    return len(found)


def is_stage_due(connection: Connection, now: datetime) -> bool:
    """Check whether any stage is due."""
    return connection.execute(select(clocks.c.case_id).where(clocks.c.next_due_at <= now).limit(1)).first() is not None


def reach_stages(hold: JobLease) -> None:
    """Reach every stage that is due, some cases at a time, the oldest first."""
    while True:
        with hold.transaction() as connection:
            if not reach_due_stages(connection, now=database_now(connection)):
                return


def reach_due_stages(connection: Connection, *, now: datetime, most: int = _AT_ONCE) -> int:
    """Reach the next stage of each of a few cases that are due; return of how many clocks one was due.

    A task that somebody is working on at this moment is left for the next time.
    """
    query = (
        select(tasks, *_CLOCK_COLUMNS, cases.c.exception_id, cases.c.site_id)
        .join_from(clocks, tasks, tasks.c.case_id == clocks.c.case_id)
        .join(cases, cases.c.case_id == tasks.c.case_id)
        .where(clocks.c.next_due_at <= now)
        .order_by(clocks.c.next_due_at)
        .limit(most)
        .with_for_update(of=(clocks, tasks), skip_locked=True)
    )
    rows = connection.execute(query).all()
    reached = [done for row in rows if (done := _reach_next(connection, row, now)) is not None]
    written = [each.row for each in reached if each.row is not None]
    if written:
        insert_rows(connection, reached_stages, written)
    if reached:
        append_audit(connection, [each.event for each in reached])
        enqueue(connection, [event for each in reached for event in each.deliveries])
    return len(rows)


def _reach_next(connection: Connection, row: Row[Any], now: datetime) -> _Reached | None:
    """Do what the next stage of a case says; None where it needs nothing more, or cannot be read."""
    if row.state == "done":
        _stop(connection, row.case_id)
        return None
    try:
        kept = _clock(row)
        stage = kept.clock.stages[kept.next_stage]
        upcoming = kept.next_stage + 1
        due_at = kept.stage_due_at(upcoming)
    except (ValueError, LookupError, ClosedCalendarError):
        # One clock that cannot be read must not keep the others from being looked at.
        log.exception("clock_stopped", case_id=row.case_id)
        _stop(connection, row.case_id)
        detail = {"because": "its calendar or ladder cannot be read"}
        return _Reached(event=AuditEvent(actor=CLOCK, verb="clock_stopped", case_id=row.case_id, at=now, detail=detail))
    done = _apply(connection, row, stage, now=now)
    if is_away(row, now):
        due_at = clock_of(connection, row).stage_due_at(upcoming)  # it may have been woken
    own = clocks.c.case_id == row.case_id
    values = {"next_stage": upcoming, "next_due_at": due_at} | ({"queue": done["queue"]} if done["queue"] else {})
    connection.execute(update(clocks).where(own).values(**values))
    owner = done["escalate_to"] or row.owner_role
    notified = list(dict.fromkeys(owner if role == OWNER else role for role in stage.notify))
    body = {"at_percent": stage.at_percent, "notify": notified} | done
    return _Reached(
        row={
            "case_id": row.case_id, "stage": kept.next_stage, "body": orjson.dumps(body).decode(),
            "due_at": kept.next_due_at, "reached_at": now,
        },
        event=AuditEvent(
            actor=CLOCK, verb="stage", case_id=row.case_id, at=now,
            detail=body | {"due_at": _iso(kept.next_due_at), "is_last": stage.is_last},
        ),
        deliveries=list(_events(row, kept, stage, body)),
    )  # fmt: skip


def _clock(row: Row[Any]) -> TaskClock:
    values = {column.name: row._mapping[f"clock_{column.name}"] for column in clocks.c}
    return read_clock(values)


def _stop(connection: Connection, case_id: str) -> None:
    connection.execute(update(clocks).where(clocks.c.case_id == case_id).values(next_due_at=None))


def _apply(connection: Connection, row: Row[Any], stage: KeptStage, *, now: datetime) -> dict[str, Any]:
    """Change the task as a stage says and return what changed: priority, queue and role, None where it did not.

    A case that a person put into another queue stays there. One that rests is woken before it goes to somebody else.
    """
    changed: dict[str, Any] = {}
    level = _LEVELS.index(row.priority) if stage.raise_priority else 0
    if level:
        changed["priority"] = _LEVELS[level - 1]
    stays = stage.queue is None or row.queue != row.clock_queue or stage.queue == row.queue
    queue = None if stays else stage.queue
    role = stage.escalate_to if stage.queue is None or not stays else None
    role = role if role != row.owner_role else None
    if queue is not None or role is not None:
        changed |= {"queue": queue or row.queue, "owner_role": role or row.owner_role, "assigned_to": None}
        changed |= {"passed_by": CLOCK, "passed_from_queue": row.queue, "passed_from_role": row.owner_role}
        if is_away(row, now):
            due = end_pause(connection, row, ended_by=CLOCK, now=now)
            changed |= {"state": "open", "back_at": now, "sla_due_at": due}
    if changed:
        set_task(connection, row.case_id, **changed)
    return {"priority": changed.get("priority"), "queue": queue, "escalate_to": role}


def _events(row: Row[Any], kept: TaskClock, stage: KeptStage, body: Mapping[str, Any]) -> Iterator[Event]:
    """Return one event for whoever subscribes, and one for the endpoint of each role that has its own."""
    kind = CASE_LATE if stage.at_percent >= 100 else CASE_DUE_SOON
    sent = {
        "case_id": row.case_id, "exception_id": row.exception_id, "domain": row.domain, "site_id": row.site_id,
        "stage": {**body, "due_at": _iso(kept.next_due_at), "is_last": stage.is_last},
        "task": {
            "queue": body["queue"] or row.queue, "owner_role": body["escalate_to"] or row.owner_role,
            "priority": body["priority"] or row.priority, "sla_due_at": _iso(row.sla_due_at),
            "claimed_by": row.claimed_by,
        },
    }  # fmt: skip
    yield Event(kind=kind, body=sent, domain=row.domain, case_id=row.case_id)
    for role in body["notify"]:
        endpoint = kept.clock.kept_ladder.endpoints.get(role)
        if endpoint is not None:
            yield Event(kind=kind, body={**sent, "role": role}, domain=row.domain, case_id=row.case_id, to=endpoint)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
