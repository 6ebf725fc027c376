"""The clock of a task as the database keeps it: read, stopped for a while, and set right when it goes on earlier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from policies.judging.case_clock import Clock
from triage.db.clock_schema import clocks, pauses
from triage.db.row_digests import insert_rows, note_row
from triage.ids import new_id
from triage.intake.task import clock_row

HOLD: Final = "hold"
SNOOZE: Final = "snooze"
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClock:
    """The clock of one task. paused: business time that did not count. next_stage: position of the stage that comes
    next; next_due_at: when, None where none is left."""

    case_id: str
    clock: Clock
    paused: timedelta
    next_stage: int
    next_due_at: datetime | None

    def stage_due_at(self, stage: int) -> datetime | None:
        """Return when a stage comes, None behind the last."""
        stages = self.clock.stages
        if stage >= len(stages):
            return None
        return self.clock.due_at(stages[stage].at_percent, paused=self.paused)


def clock_of(connection: Connection, task: Row[Any]) -> TaskClock:
    """Read the clock of a task, given with case_id, queue, created_at and sla_due_at.

    A task from before there were clocks gets one that runs around the clock and has no stages.
    """
    row = connection.execute(select(clocks).where(clocks.c.case_id == task.case_id)).mappings().one_or_none()
    if row is None:
        clock = Clock(started_at=task.created_at, sla=task.sla_due_at - task.created_at)
        connection.execute(insert(clocks), [clock_row(clock, task._asdict())])
        return TaskClock(
            case_id=task.case_id, clock=clock, paused=timedelta(0), next_stage=0, next_due_at=None
        )  # fmt: skip
    return read_clock(dict(row))


def read_clock(row: Mapping[str, Any]) -> TaskClock:
    """Read a row of `clocks`."""
    clock = Clock(
        calendar=row["calendar"],
        hours=row["hours"],
        zone=row["time_zone"],
        started_at=row["started_at"],
        sla=row["sla_microseconds"] * _MICROSECOND,
        ladder=row["ladder"],
    )
    return TaskClock(
        case_id=row["case_id"],
        clock=clock,
        paused=row["paused_microseconds"] * _MICROSECOND,
        next_stage=row["next_stage"],
        next_due_at=row["next_due_at"],
    )


def pause(
    connection: Connection,
    task: Row[Any],
    *,
    kind: str,
    reason: str,
    until: datetime,
    stops: bool,
    paused_by: str,
    now: datetime,
) -> datetime:
    """Record a pause until an instant and return the task's due time with it.

    stops: whether the clock stands still meanwhile. A due time that has passed does not move: late stays late. A stage
    that has come is not taken back, those after it move.
    """
    kept = clock_of(connection, task)
    taken = kept.clock.time.between(now, until) if stops else timedelta(0)
    row = {
        "pause_id": new_id(), "case_id": task.case_id, "kind": kind, "reason": reason, "paused_by": paused_by,
        "started_at": now, "until": until, "paused_microseconds": taken // _MICROSECOND,
        "due_before": task.sla_due_at,
    }  # fmt: skip
    insert_rows(connection, pauses, [row])
    if taken:
        _move(connection, kept, by=taken, now=now)
    return _moved(kept.clock, task.sla_due_at, taken, began=now)


def end_pause(connection: Connection, task: Row[Any], *, ended_by: str, now: datetime) -> datetime:
    """End the pause a task is in before its time and return the due time with what was really paused."""
    query = select(pauses).where(pauses.c.case_id == task.case_id).order_by(pauses.c.started_at.desc()).limit(1)
    row = connection.execute(query).one()
    kept = clock_of(connection, task)
    planned = row.paused_microseconds * _MICROSECOND
    taken = kept.clock.time.between(row.started_at, now) if planned else timedelta(0)
    connection.execute(
        update(pauses)
        .where(pauses.c.pause_id == row.pause_id)
        .values(ended_at=now, ended_by=ended_by, paused_microseconds=taken // _MICROSECOND)
    )
    note_row(connection, pauses, pause_id=row.pause_id)
    if taken != planned:
        _move(connection, kept, by=taken - planned, now=now)
    return _moved(kept.clock, row.due_before, taken, began=row.started_at)


def paused_so_far(connection: Connection, case_id: str, *, now: datetime) -> tuple[int, timedelta]:
    """Return how many pauses a case had, and how long its clock stood in them by the clock on the wall."""
    query = select(pauses).where(pauses.c.case_id == case_id)
    rows = connection.execute(query).all()
    stopped = [row for row in rows if row.kind == HOLD or row.paused_microseconds]
    lasted = [min(row.ended_at or row.until, max(now, row.started_at)) - row.started_at for row in stopped]
    return len(rows), sum(lasted, timedelta(0))


def _moved(clock: Clock, due_before: datetime, taken: timedelta, *, began: datetime) -> datetime:
    return clock.time.after(due_before, taken) if due_before > began else due_before


def _move(connection: Connection, kept: TaskClock, *, by: timedelta, now: datetime) -> None:
    moved = TaskClock(
        case_id=kept.case_id,
        clock=kept.clock,
        paused=kept.paused + by,
        next_stage=kept.next_stage,
        next_due_at=kept.next_due_at,
    )
    values: dict[str, Any] = {"paused_microseconds": moved.paused // _MICROSECOND}
    if kept.next_due_at is not None and kept.next_due_at > now:
        values["next_due_at"] = moved.stage_due_at(kept.next_stage)
    connection.execute(update(clocks).where(clocks.c.case_id == kept.case_id).values(**values))
