"""The database's side: reached, migrated, written, its chain and anchors, workers, what waits to be sent, the clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from triage.backup.postgresql_tools import require_tool, server_major
from triage.db.audit_chain import audit_hash
from triage.db.database import is_current, reading
from triage.db.handoff_schema import jobs
from triage.db.probe import WriteProbe
from triage.db.schema import audit_events, audit_head, metadata
from triage.doctor.health_check import HealthCheck, failed, ok, warning
from triage.errors import InvalidError, UnavailableError
from triage.handoff.database_time import database_now
from triage.handoff.endpoint_states import MAX_COUNTED, endpoint_states
from triage.proof.anchor import anchor_file, read_anchors
from triage.proof.chain_key import chain_key, public_text
from triage.settings import Settings

MAX_CLOCK_SECONDS: Final = 2.0
MAX_SILENT_SECONDS: Final = 120.0
"""No job ended in all that time, though some are due every few seconds: no worker lives."""
MAX_LATE_SECONDS: Final = 300.0


def reached_checks(engine: Engine) -> Iterator[HealthCheck]:
    """Check that the database answers, has the newest schema and takes a write."""
    try:
        current = is_current(engine)
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield failed("database", f"it does not answer: {why}", "start it, or correct TRIAGE_DATABASE_URL")
        return
    if not current:
        yield failed("database", "its schema is not the newest", "back up, then `triage db upgrade`")
        return
    with reading(engine) as connection:
        missing = sorted(set(metadata.tables) - set(inspect(connection).get_table_names()))
    if missing:
        cure = "stop the service and restore the last backup: `triage restore FOLDER --overwrite`"
        yield failed("database", f"tables are gone: {', '.join(missing)}", cure)
        return
    health = WriteProbe(engine).check()
    if health != "ok":
        yield failed("database", f"it takes no write: {health}", "see docs/operations.md, Database")
        return
    yield ok("database", f"{engine.dialect.name} answers, has the newest schema and takes writes")
    if engine.dialect.name == "postgresql":
        yield _tools_check(engine)


def is_usable(checks: list[HealthCheck]) -> bool:
    """Check whether what was found lets the other checks of the database go on."""
    return all(check.level != "failed" for check in checks)


def stored_checks(engine: Engine, settings: Settings, now: datetime) -> Iterator[HealthCheck]:
    """Check what the database holds. now: this machine's clock."""
    with reading(engine) as connection:
        yield _clock_check(connection, now)
        yield _chain_check(connection)
        yield from _anchor_checks(connection, settings, now)
        yield from _worker_checks(connection)
        yield from _delivery_checks(connection)


def _tools_check(engine: Engine) -> HealthCheck:
    with reading(engine) as connection:
        server = server_major(connection)
    try:
        for tool in ("pg_dump", "pg_restore"):
            require_tool(tool, server)
    except UnavailableError as error:
        return warning("backup", error.detail.partition(":")[0], error.detail.partition(": ")[2])
    return ok("backup", f"pg_dump and pg_restore fit the server ({server})")


def _clock_check(connection: Connection, now: datetime) -> HealthCheck:
    last = connection.execute(select(audit_events.c.at).order_by(audit_events.c.seq.desc()).limit(1)).scalar()
    if last is not None and (last - now).total_seconds() > MAX_CLOCK_SECONDS:
        found = f"the last audit event is {(last - now).total_seconds():.0f} s in the future"
        return failed("clock", found, "set this machine's clock (NTP): due times and certificates go by it")
    if connection.dialect.name == "postgresql":
        apart = (now - database_now(connection)).total_seconds()
        if abs(apart) > MAX_CLOCK_SECONDS:
            found = f"this machine and the database server are {apart:+.1f} s apart"
            return failed("clock", found, "let both follow one time server (NTP)")
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, no contradiction")


def _chain_check(connection: Connection) -> HealthCheck:
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    if head is None or head.seq == 0:
        return ok("audit chain", "nothing has happened yet")
    last = connection.execute(select(audit_events).order_by(audit_events.c.seq.desc()).limit(1)).one_or_none()
    cure = "`triage audit verify` says more; see docs/audit.md"
    if last is None or (last.seq, last.hash) != (head.seq, head.hash):
        return failed("audit chain", f"its head says link {head.seq}, which is not the last one", cure)
    link = audit_hash(
        last.seq, last.at, last.actor, last.verb, last.case_id, last.detail, last.previous_hash, last.wrote
    )
    if link != last.hash:
        return failed("audit chain", f"link {last.seq} was changed", cure)
    return ok("audit chain", f"ends at link {head.seq} as its head says; `triage audit verify` reads all of it")


def _anchor_checks(connection: Connection, settings: Settings, now: datetime) -> Iterator[HealthCheck]:
    name = "audit anchors"
    try:
        key = chain_key(settings, make=False)
    except InvalidError as error:
        yield warning(name, error.detail, "`triage audit key` makes one; note its public part elsewhere")
        return
    file = anchor_file(settings)
    try:
        last = max(read_anchors(file, public_key=public_text(key)), key=lambda each: each.seq, default=None)
    except InvalidError as error:
        last, problem = None, error.detail
    else:
        problem = f"{file} holds none"
    if last is None:
        yield warning(name, problem, "`triage audit anchor`; a worker makes one every hour")
        return
    found = connection.execute(select(audit_events.c.hash).where(audit_events.c.seq == last.seq)).scalar()
    if found != last.hash:
        cure = "`triage audit verify`; after a restore of an older backup this is what is to be expected"
        yield failed(name, f"link {last.seq} is not the one that was anchored at {last.at}", cure)
        return
    age = now - datetime.fromisoformat(last.at)
    newest = connection.execute(select(audit_head.c.seq)).scalar() or 0
    if newest > last.seq and age > 3 * timedelta(hours=settings.audit_anchor_hours):
        yield warning(name, f"the last is {age.total_seconds() / 3600:.0f} hours old", "see whether a worker runs")
        return
    yield ok(name, f"link {last.seq} of {newest} is anchored in {file}")


def _worker_checks(connection: Connection) -> Iterator[HealthCheck]:
    name = "worker"
    rows = connection.execute(select(jobs).order_by(jobs.c.name)).all()
    now = database_now(connection)
    ended = [row.finished_at for row in rows if row.finished_at is not None]
    cure = "start `triage worker`, or `triage serve` with TRIAGE_WORKER=true"
    if not ended:
        yield warning(name, "no worker has run yet", cure)
    elif (now - max(ended)).total_seconds() > MAX_SILENT_SECONDS:
        minutes = (now - max(ended)).total_seconds() / 60
        yield failed(name, f"no job has ended for {minutes:.0f} minutes: nothing is delivered", cure)
    else:
        last = max((row for row in rows if row.finished_at is not None), key=lambda row: row.finished_at)
        yield ok(name, f"{last.worker} ran {last.name} {(now - last.finished_at).total_seconds():.0f} s ago")
    for row in rows:
        if row.failures_in_a_row:
            times = f"{row.failures_in_a_row} times in a row" if row.failures_in_a_row > 1 else "once"
            yield failed("jobs", f"{row.name} failed {times}: {row.reason}", "mend what it names; it is tried again")


def _delivery_checks(connection: Connection) -> Iterator[HealthCheck]:
    name = "deliveries"
    well = True
    for state in endpoint_states(connection):
        if state.late_seconds > MAX_LATE_SECONDS:
            well = False
            why = "" if state.sending else ", it is paused or keeps failing"
            found = f"{state.endpoint}: one waits for {state.late_seconds / 60:.0f} minutes{why}"
            cure = f"`triage deliveries list --endpoint {state.endpoint}` says why"
            yield failed(name, found, cure)
        if state.dead:
            well = False
            more = "or more " if state.dead >= MAX_COUNTED else ""
            cure = f"mend the receiver, then `triage deliveries redrive --endpoint {state.endpoint}`"
            yield warning(name, f"{state.endpoint}: {state.dead} {more}dead letters", cure)
    if well:
        yield ok(name, "none is late, no dead letters")
