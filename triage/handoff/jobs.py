"""Jobs that recur: each has one owner at a time among all workers, and another one takes over when its lease runs
out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection, Engine, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from triage.db.database import reading
from triage.db.handoff_schema import jobs
from triage.handoff.database_time import database_now
from triage.ids import new_id

log = structlog.get_logger(__name__)
_MAX_REASON: Final = 500


class LostLeaseError(Exception):
    """Another worker has taken the job over; what this one was about to write must not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLease:
    """A job's lease. Work is written through `transaction`, so that a worker that lost it writes nothing."""

    engine: Engine
    name: str
    token: str
    lease: timedelta

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Begin a transaction that holds the job; it renews the lease, and raises LostLeaseError where that is gone."""
        with self.engine.begin() as connection:
            held = (jobs.c.name == self.name, jobs.c.lease_token == self.token)
            renewed = {"leased_until": database_now(connection) + self.lease}
            if connection.execute(update(jobs).where(*held).values(renewed)).rowcount == 0:
                raise LostLeaseError(f"another worker has taken over {self.name}")
            yield connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done every so often by one worker at a time.

    run: does it, in transactions of the hold, each shorter than the lease. It must bear being done again: a worker that
    died halfway has done some of it.
    is_wanted: checks whether there is anything to do, without a lock; None: whenever it is time. On SQLite an idle
    worker must not hold up those who write.
    """

    name: str
    every: timedelta
    run: Callable[[JobLease], None]
    lease: timedelta = timedelta(minutes=2)
    is_wanted: Callable[[Connection, datetime], bool] | None = None


def run_due_jobs(engine: Engine, registered: Sequence[Job], *, worker: str) -> list[str]:
    """Run what is due and belongs to nobody; return the names of what was run. A job that fails is logged and tried
    again."""
    with reading(engine) as connection:
        now = database_now(connection)
        rows = {row.name: row for row in connection.execute(select(jobs))}
        idle = {job.name for job in registered if job.is_wanted is not None and not job.is_wanted(connection, now)}
    missing = [job for job in registered if job.name not in rows]
    for job in missing:
        _register(engine, job, now)
    wanted = [job for job in registered if job.name not in idle]
    due = [job for job in wanted if job in missing or _is_free(rows[job.name], now)]
    return [job.name for job in due if _run(engine, job, worker)]


def run_job_now(engine: Engine, job: Job, *, worker: str) -> str | None:
    """Run a job although it is not due yet; return why it failed, None where it did not.

    Where another worker runs it just now, that is the reason.
    """
    with engine.begin() as connection:
        now = database_now(connection)
        if connection.execute(select(jobs.c.name).where(jobs.c.name == job.name)).one_or_none() is None:
            connection.execute(insert(jobs), {"name": job.name, "next_run_at": now})
        connection.execute(update(jobs).where(jobs.c.name == job.name).values(next_run_at=now))
    if not _run(engine, job, worker):
        return f"another worker runs {job.name} at the moment"
    with reading(engine) as connection:
        reason: str | None = connection.execute(select(jobs.c.reason).where(jobs.c.name == job.name)).scalar()
    return reason


def _is_free(row: object, now: datetime) -> bool:
    next_run_at, leased_until = getattr(row, "next_run_at", None), getattr(row, "leased_until", None)
    return next_run_at is not None and next_run_at <= now and (leased_until is None or leased_until <= now)


def _register(engine: Engine, job: Job, now: datetime) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(insert(jobs), {"name": job.name, "next_run_at": now})
    except IntegrityError:
        # Another worker registered it a moment ago, which is as good.
        log.debug("job_registered_elsewhere", job=job.name)


def _run(engine: Engine, job: Job, worker: str) -> bool:
    hold = _take(engine, job, worker)
    if hold is None:
        return False
    reason = None
    try:
        job.run(hold)
    except LostLeaseError as lost:
        log.warning("job_lost", job=job.name, reason=str(lost))
        return False
    except Exception as error:
        # One job that fails must not keep the others from running; it is told, and tried again after its rest.
        log.exception("job_failed", job=job.name)
        reason = f"{type(error).__name__}: {error}".replace("\x00", "")[:_MAX_REASON]
    _end(engine, job, hold, reason)
    return True


def _take(engine: Engine, job: Job, worker: str) -> JobLease | None:
    token = new_id()
    with engine.begin() as connection:
        now = database_now(connection)
        free = or_(jobs.c.leased_until.is_(None), jobs.c.leased_until <= now)
        taken = {"lease_token": token, "leased_until": now + job.lease, "worker": worker[:128], "started_at": now}
        changed = connection.execute(
            update(jobs).where(jobs.c.name == job.name, jobs.c.next_run_at <= now, free).values(taken)
        ).rowcount
    return JobLease(engine=engine, name=job.name, token=token, lease=job.lease) if changed else None


def _end(engine: Engine, job: Job, hold: JobLease, reason: str | None) -> None:
    with engine.begin() as connection:
        now = database_now(connection)
        failures = jobs.c.failures_in_a_row + 1 if reason is not None else 0
        connection.execute(
            update(jobs)
            .where(jobs.c.name == job.name, jobs.c.lease_token == hold.token)
            .values(
                next_run_at=now + job.every, lease_token=None, leased_until=None, finished_at=now, reason=reason,
                failures_in_a_row=failures,
            )
        )  # fmt: skip
