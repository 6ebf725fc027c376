"""One run: load, breaking, recovery, and then the count of what was lost, done twice or out of order."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, func, select, text

from lab.durability.load import Load
from lab.durability.processes import Processes
from lab.durability.receiver import MisbehavingReceiver, misbehaving_receiver
from triage.access import create_key, grant
from triage.clock import utc_now
from triage.db.audit_chain import verify_audit
from triage.db.database import open_engine, reading, upgrade
from triage.db.handoff_schema import deliveries
from triage.db.schema import cases
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.ids import new_id

ENDPOINT: Final = "receiver"
CHILDREN: Final = f"triage-durability-{new_id()}"
"""How PostgreSQL knows the connections of this run's processes, so that no others are cut."""
MAX_RECOVERY_SECONDS: Final = 240.0
OUTAGE_SECONDS: Final = 6.0
MIN_CASES_WITH_RULINGS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard to break. kills: SIGKILLs of an API or worker; stops: workers stopped past their lease.

    min_cases: so many are accepted before the load ends, however long that takes after the last break.
    """

    kills: int
    stops: int
    apis: int = 2
    workers: int = 2
    callers: int = 4
    pause_seconds: float = 0.05
    min_gap_seconds: float = 0.4
    max_gap_seconds: float = 2.0
    outage: bool = True
    min_cases: int = 0
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class Findings:
    """What was done, what came of it, and what is wrong, in words; `wrong` is empty when nothing is."""

    store: str
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(database_url: str, plan: Plan, *, report: Callable[[str], None] = lambda step: None) -> Findings:
    """Break a service on an empty database as planned, let it recover, and count."""
    engine, started = open_engine(database_url), time.monotonic()
    upgrade(engine)
    findings = Findings(store=engine.dialect.name)
    with (
        tempfile.TemporaryDirectory(prefix="triage-durability-", ignore_cleanup_errors=True) as home,
        misbehaving_receiver(plan.seed) as (receiver, url),
    ):
        key = _prepare(engine, receiver, url)
        environment = {
            "TRIAGE_HOME": home,
            "TRIAGE_DATABASE_URL": database_url,
            "TRIAGE_WORKER": "false",
            "PGAPPNAME": CHILDREN,
        }
        processes = Processes(environment, Path(home), apis=plan.apis, workers=plan.workers, seed=plan.seed)
        try:
            report("starting")
            processes.start()
            load = Load(processes.ports, key, callers=plan.callers, pause_seconds=plan.pause_seconds, seed=plan.seed)
            load.start()
            _break(engine, processes, receiver, plan, report)
            report("recovering")
            load.wait_for(plan.min_cases, seconds=MAX_RECOVERY_SECONDS)
            load.stop()
            processes.wait_until_stopped_ones_are_awake()
            receiver.misbehaves = False
            _recover(engine, findings)
        finally:
            processes.end()
        findings.counts.update(processes.counts)
        findings.counts.update(load.counts)
        check(engine, load, receiver, findings)
    engine.dispose()
    findings.seconds = time.monotonic() - started
    return findings


def check(engine: Engine, load: Load, receiver: MisbehavingReceiver, findings: Findings) -> None:
    """Compare what callers were told, what is stored and what the receiver has done."""
    with reading(engine) as connection:
        stored = {
            row.exception_id: row.case_id for row in connection.execute(select(cases.c.exception_id, cases.c.case_id))
        }
        sent = connection.execute(
            select(deliveries.c.delivery_id, deliveries.c.case_id, deliveries.c.kind, deliveries.c.state)
        ).all()
        links, broken = verify_audit(connection)
    lost = [one for one, case_id in load.accepted.items() if stored.get(one) != case_id]
    written = Counter((row.case_id, row.kind) for row in sent)
    unwritten = [case_id for case_id in stored.values() if written[case_id, "case.decided"] != 1]
    unruled = [case_id for case_id in load.ruled if written[case_id, "case.ruled"] != 1]
    undelivered = [row.delivery_id for row in sent if row.state != "delivered"]
    unarrived = [row.delivery_id for row in sent if row.delivery_id not in receiver.effects]
    effects = Counter((case_id, kind) for kind, case_id, _ in receiver.effects.values())
    doubled = [event for event, count in effects.items() if count > 1]
    order = {(case_id, kind): at for kind, case_id, at in receiver.effects.values()}
    disordered = [
        case_id for case_id, kind in order
        if kind == "case.ruled" and order[case_id, kind] < order.get((case_id, "case.decided"), -1)
    ]  # fmt: skip
    for wrong, what in (
        (lost, "accepted cases are not stored as answered"),
        (unwritten, "stored cases have not exactly one delivery of their decision"),
        (unruled, "answered rulings have not exactly one delivery"),
        (undelivered, "deliveries did not end delivered"),
        (unarrived, "deliveries never took effect at the receiver"),
        (doubled, "events took effect twice at the receiver"),
        (disordered, "rulings took effect before their decision"),
    ):
        if wrong:
            findings.wrong.append(f"{len(wrong)} {what}, {wrong[0]} for one")
    if len(load.accepted) >= MIN_CASES_WITH_RULINGS and not load.ruled:
        findings.wrong.append("no ruling was answered, so nothing is known of them")
    if broken is not None:
        findings.wrong.append(f"the audit chain is broken: {broken}")
    if receiver.requests["forged"]:
        findings.wrong.append(f"{receiver.requests['forged']} requests carried no valid signature")
    findings.counts.update(
        {
            "cases accepted": len(load.accepted), "cases stored": len(stored), "rulings answered": len(load.ruled),
            "deliveries written": len(sent), "effects at the receiver": len(receiver.effects), "audit links": links,
        }
    )  # fmt: skip
    findings.counts.update({f"requests: {how}": count for how, count in receiver.requests.items()})


def _prepare(engine: Engine, receiver: MisbehavingReceiver, url: str) -> str:
    with engine.begin() as connection:
        key = create_key(connection, "lab", now=utc_now())
        for role in ("service", "analyst", "approver"):
            grant(connection, "key:lab", role)
        wanted = NewEndpoint(name=ENDPOINT, url=url, allow_private=True, timeout_seconds=1.0, rate_per_second=1_000.0)
        secret = add_endpoint(connection, wanted, actor="key:lab")
    assert secret is not None
    receiver.secret = secret
    return key


def _break(
    engine: Engine, processes: Processes, receiver: MisbehavingReceiver, plan: Plan, report: Callable[[str], None]
) -> None:
    drawn = random.Random(plan.seed)
    steps = ["kill"] * plan.kills + ["stop"] * plan.stops
    steps += ["cut"] * (plan.stops if engine.dialect.name == "postgresql" else 0)
    drawn.shuffle(steps)
    outage_at = len(steps) // 2 if plan.outage else -1
    for at, step in enumerate(steps):
        time.sleep(drawn.uniform(plan.min_gap_seconds, plan.max_gap_seconds))
        if at == outage_at:
            receiver.is_down = True
            time.sleep(OUTAGE_SECONDS)
            receiver.is_down = False
            processes.counts["receiver down"] += 1
        if step == "kill":
            report(f"killed {processes.kill_one()}, {at + 1} of {len(steps)}")
        elif step == "stop":
            report(f"stopped {processes.stop_one_past_its_lease()}, {at + 1} of {len(steps)}")
        else:
            with engine.begin() as connection:
                processes.counts["database connections cut"] += _cut(connection)
    time.sleep(plan.max_gap_seconds)


def _cut(connection: Connection) -> int:
    """End every connection of the processes under test, as a restart of the database does; return how many."""
    others = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = :name"
    )
    return int(connection.execute(others, {"name": CHILDREN[:63]}).scalar_one())


def _recover(engine: Engine, findings: Findings) -> None:
    began = time.monotonic()
    waiting = select(func.count()).where(deliveries.c.state.in_(["waiting", "blocked", "leased"]))
    while True:
        with reading(engine) as connection:
            left = connection.execute(waiting).scalar_one()
        if not left or time.monotonic() - began > MAX_RECOVERY_SECONDS:
            break
        time.sleep(0.25)
    findings.counts["seconds to drain after the last break"] = round(time.monotonic() - began)
