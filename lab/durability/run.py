"""One run: load, breaking, recovery, and then the count of what was lost, done twice or out of order."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select

from lab.durability.breaking import CHILDREN, DATABASE, Plan, UnderTest, break_all, set_clocks_forward
from lab.durability.clock_jumps import FILE_VARIABLE
from lab.durability.counting import BUS, RECEIVER, Findings, check
from lab.durability.disk import Disk, own_disk
from lab.durability.lab_policy import SYSTEM, write_lab_policy
from lab.durability.load import Load
from lab.durability.own_servers import OwnNats, OwnPostgres, has_nats, postgres_binaries
from lab.durability.processes import Processes
from lab.durability.receiver import misbehaving_receiver
from lab.durability.stores import empty_store
from triage.clock import utc_now
from triage.db.audit_chain import audit
from triage.db.clock_schema import clocks
from triage.db.database import open_engine, reading, upgrade
from triage.db.handoff_schema import deliveries
from triage.db.step_schema import steps
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.identity.access import create_key, grant

MAX_RECOVERY_SECONDS: Final = 900.0


def run(store: str, plan: Plan, *, postgres_url: str, report: Callable[[str], None] = lambda step: None) -> Findings:
    """Break a service on an empty database as planned, let it recover, and count.

    store: sqlite or postgresql. postgres_url: where a schema of its own is made if no server of the run's own can be
    started.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="triage-durability-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(temporary))
        folder.chmod(0o755)
        disk = stack.enter_context(own_disk(folder)) if plan.full_disks else Disk(folder, can_fill=False)
        receiver, url = stack.enter_context(misbehaving_receiver(plan.seed))
        environment = {
            "TRIAGE_HOME": str(folder / "home"), "TRIAGE_WORKER": "false",
            "TRIAGE_POLICY_FOLDER": str(folder / "policy"), "TRIAGE_AUDIT_ANCHOR_HOURS": "0.01",
            "PGAPPNAME": CHILDREN, "TRIAGE_MAX_WAITING_SECONDS": "10",
        }  # fmt: skip
        write_lab_policy(folder / "policy")
        processes = Processes(environment, folder, apis=plan.apis, workers=plan.workers, seed=plan.seed)
        stack.callback(processes.end)
        postgres = (
            stack.enter_context(_own_postgres(disk, processes)) if store == "postgresql" and plan.restarts else None
        )
        database_url = (
            postgres.url
            if postgres is not None
            else stack.enter_context(empty_store(store, folder=disk.folder, postgres_url=postgres_url))
        )
        processes.database_url = database_url
        nats = stack.enter_context(_own_nats(folder)) if plan.restarts and has_nats() else None
        engine = open_engine(database_url)
        stack.callback(engine.dispose)
        upgrade(engine)
        target = UnderTest(
            engine=engine, processes=processes, receiver=receiver, disk=disk, postgres=postgres, nats=nats
        )
        findings = _break_under_load(target, plan, _prepare(target, url), report)
    findings.seconds = time.monotonic() - started
    return findings


def _break_under_load(target: UnderTest, plan: Plan, key: str, report: Callable[[str], None]) -> Findings:
    processes, findings = target.processes, Findings(store=target.engine.dialect.name)
    report("starting")
    processes.start()
    load = Load(processes.ports, key, callers=plan.callers, pause_seconds=plan.pause_seconds, seed=plan.seed)
    load.start()
    break_all(target, plan, report)
    report("recovering")
    load.wait_for(plan.min_cases, seconds=MAX_RECOVERY_SECONDS)
    load.stop()
    processes.wait_until_stopped_ones_are_awake()
    processes.start_those_that_ended()
    target.receiver.misbehaves = False
    if processes.counts["clock jumps"]:
        set_clocks_forward(target)
    _recover(target.engine, findings)
    processes.end()
    findings.counts.update(processes.counts)
    findings.counts.update(load.counts)
    published = target.nats.published() if target.nats is not None else None
    check(target.engine, load, target.receiver, findings, published=published)
    return findings


@contextmanager
def _own_postgres(disk: Disk, processes: Processes) -> Iterator[OwnPostgres | None]:
    """Start a server whose clock can jump with the others; None where none is installed."""
    binaries = postgres_binaries()
    if binaries is None:
        yield None
        return
    given = {**processes.clocks.environment, FILE_VARIABLE: processes.clocks.file_of(DATABASE)}
    server = OwnPostgres(disk.folder / "postgresql", binaries, environment=given)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.end()


@contextmanager
def _own_nats(folder: Path) -> Iterator[OwnNats]:
    server = OwnNats(folder / "nats")
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _prepare(target: UnderTest, url: str) -> str:
    """Add the endpoints and a key that may submit and rule; return the key."""
    with target.engine.begin() as connection:
        key = create_key(connection, "lab", now=utc_now())
        for role in ("service", "analyst", "approver"):
            grant(connection, "key:lab", role)
        audit(connection, actor="key:lab", verb="create_key", case_id=None, detail={"name": "lab"}, now=utc_now())
        wanted = NewEndpoint(name=RECEIVER, url=url, allow_private=True, timeout_seconds=1.0, rate_per_second=1_000.0)
        secret = add_endpoint(connection, wanted, actor="key:lab")
        assert secret is not None
        add_endpoint(connection, replace(wanted, name=SYSTEM, events=(), secret=secret), actor="key:lab")
        if target.nats is not None:
            events = ("case.decided", "case.ruled")
            bus = replace(wanted, name=BUS, kind="bus", url=target.nats.url, events=events, timeout_seconds=2.0)
            add_endpoint(connection, bus, actor="key:lab")
        audit(connection, actor="key:lab", verb="add_endpoints", case_id=None, detail={}, now=utc_now())
    target.receiver.secret = secret
    return key


def _recover(engine: Engine, findings: Findings) -> None:
    """Wait until nothing is under way any more, or it takes too long: then the count says what is missing."""
    began = time.monotonic()
    waiting = (
        select(func.count()).where(deliveries.c.state.in_(["waiting", "blocked", "leased"])),
        select(func.count()).where(clocks.c.next_due_at.is_not(None)),
        select(func.count()).where(steps.c.state.in_(["blocked", "sent", "waiting", "open"])),
    )
    while time.monotonic() - began < MAX_RECOVERY_SECONDS:
        with reading(engine) as connection:
            if not any(connection.execute(query).scalar_one() for query in waiting):
                break
        time.sleep(0.25)
    findings.counts["seconds to drain after the last break"] = round(time.monotonic() - began)
