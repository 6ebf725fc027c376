"""The clock of a case as it is shown: its hours, how much of its time has run, its stages and its pauses."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from policies.judging.case_clock import Clock
from triage.db.clock_schema import clocks, pauses, reached_stages
from triage.review.task_clocks import TaskClock, read_clock


def clock_file(connection: Connection, task: Row[Any], *, now: datetime) -> dict[str, Any]:
    """Return the clock of a task: calendar, time given, run and paused in hours, stages and pauses.

    task: with case_id, created_at, sla_due_at, done_at and back_at. Hours are those of its calendar. What would come
    next is said only while the case waits.
    """
    own = {"case_id": task.case_id}
    row = connection.execute(select(clocks).filter_by(**own)).mappings().one_or_none()
    kept = read_clock(dict(row)) if row is not None else _old(task)
    rested = connection.execute(select(pauses).filter_by(**own).order_by(pauses.c.started_at)).all()
    until = task.done_at or now
    stood = sum((_stood(kept.clock, each, until) for each in rested), timedelta(0))
    run = max(kept.clock.time.between(kept.clock.started_at, until) - stood, timedelta(0))
    reached = connection.execute(select(reached_stages).filter_by(**own).order_by(reached_stages.c.stage)).all()
    return {
        "calendar": kept.clock.calendar,
        "time_zone": kept.clock.zone,
        "started_at": kept.clock.started_at.isoformat(),
        "sla_hours": _hours(kept.clock.sla),
        "run_hours": _hours(run),
        "run_percent": round(100.0 * (run / kept.clock.sla), 1) if kept.clock.sla else 100.0,
        "paused_hours": _hours(stood),
        "next_stage": _next(kept) if task.done_at is None else None,
        "reached": [
            orjson.loads(each.body)
            | {"due_at": each.due_at.isoformat(), "reached_at": each.reached_at.isoformat()}
            for each in reached
        ],
        "pauses": [_pause(kept.clock, each, until) for each in rested],
    }  # fmt: skip


def _old(task: Row[Any]) -> TaskClock:
    clock = Clock(started_at=task.created_at, sla=task.sla_due_at - task.created_at)
    return TaskClock(case_id=task.case_id, clock=clock, paused=timedelta(0), next_stage=0, next_due_at=None)


def _next(kept: TaskClock) -> dict[str, Any] | None:
    if kept.next_due_at is None:
        return None
    stage = kept.clock.stages[kept.next_stage]
    return {"at_percent": stage.at_percent, "due_at": kept.next_due_at.isoformat(), "notify": list(stage.notify)}


def _pause(clock: Clock, row: Row[Any], now: datetime) -> dict[str, Any]:
    ended = row.ended_at or (row.until if row.until <= now else None)
    return {
        "kind": row.kind,
        "reason": row.reason,
        "paused_by": row.paused_by,
        "started_at": row.started_at.isoformat(),
        "until": row.until.isoformat(),
        "ended_at": ended.isoformat() if ended is not None else None,
        "ended_by": row.ended_by,
        "stops_the_clock": row.paused_microseconds > 0,
        "paused_hours": _hours(_stood(clock, row, now)),
    }


def _stood(clock: Clock, row: Row[Any], now: datetime) -> timedelta:
    """Return the business time a pause has taken so far."""
    if not row.paused_microseconds:
        return timedelta(0)
    return clock.time.between(row.started_at, min(row.ended_at or row.until, now))


def _hours(time: timedelta) -> float:
    return round(time / timedelta(hours=1), 4)
