"""What callers were told, what is stored and what the receivers have done, compared: what is wrong, in words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select

from lab.durability.lab_policy import ON_ACCEPTED, ON_DECISION, STAGES
from lab.durability.load import Load
from lab.durability.receiver import MisbehavingReceiver
from triage.db.clock_schema import clocks, reached_stages
from triage.db.database import reading
from triage.db.handoff_schema import deliveries, jobs
from triage.db.schema import cases, resolutions, tasks, waiting_counts
from triage.db.step_schema import steps
from triage.proof.verification import verify

RECEIVER: Final = "receiver"
BUS: Final = "bus"
MIN_CASES_WITH_RULINGS: Final = 100


@dataclass(slots=True, kw_only=True)
class Findings:
    """What was done, what came of it, and what is wrong, in words; `wrong` is empty when nothing is."""

    store: str
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def refuse(self, wrong: Iterable[object], what: str) -> None:
        """Write down that some things are wrong, with one of them, unless there are none."""
        found = list(wrong)
        if found:
            self.wrong.append(f"{len(found)} {what}, {found[0]} for one")


def check(
    engine: Engine, load: Load, receiver: MisbehavingReceiver, findings: Findings, *, published: Counter[str] | None
) -> None:
    """Compare everything. published: messages of the bus by id; None where there was no bus."""
    with reading(engine) as connection:
        _check_cases(connection, load, findings)
        _check_deliveries(connection, load, receiver, findings, published)
        _check_clocks(connection, findings)
        _check_steps(connection, load, receiver, findings)
        _check_tasks(connection, load, findings)
        proof = verify(connection)
        failures = connection.execute(select(func.sum(jobs.c.failures_in_a_row))).scalar()
    findings.refuse(proof.broken, "links or rows break the audit chain")
    findings.refuse(load.errors, "requests of callers were refused")
    if failures:
        findings.wrong.append(f"{failures} runs of jobs failed last")
    if receiver.requests["forged"]:
        findings.wrong.append(f"{receiver.requests['forged']} requests carried no valid signature")
    findings.counts["audit links"] = proof.links
    findings.counts.update({f"requests: {how}": count for how, count in receiver.requests.items()})


def _check_cases(connection: Connection, load: Load, findings: Findings) -> None:
    stored = {
        row.exception_id: row.case_id for row in connection.execute(select(cases.c.exception_id, cases.c.case_id))
    }
    lost = [one for one, case_id in load.accepted.items() if stored.get(one) != case_id]
    findings.refuse(lost, "accepted cases are not stored as answered")
    if len(load.accepted) >= MIN_CASES_WITH_RULINGS and not load.ruled:
        findings.wrong.append("no ruling was answered, so nothing is known of them")
    findings.counts["cases accepted"], findings.counts["cases stored"] = len(load.accepted), len(stored)
    findings.counts["rulings answered"] = len(load.ruled)


def _check_deliveries(
    connection: Connection, load: Load, receiver: MisbehavingReceiver, findings: Findings,
    published: Counter[str] | None,
) -> None:  # fmt: skip
    columns = (deliveries.c.delivery_id, deliveries.c.case_id, deliveries.c.kind, deliveries.c.state)
    sent = connection.execute(select(*columns, deliveries.c.endpoint)).all()
    stored = connection.execute(select(cases.c.case_id)).scalars().all()
    called = [row for row in sent if row.endpoint != BUS]
    written = Counter((row.case_id, row.kind) for row in called)
    effects = Counter((case_id, done) for done, case_id, _ in receiver.effects.values())
    order = {(case_id, done): at for done, case_id, at in receiver.effects.values()}
    disordered = [
        case_id for (case_id, done), at in order.items()
        if done == "case.ruled" and at < order.get((case_id, "case.decided"), -1)
    ]  # fmt: skip
    for wrong, what in (
        ([one for one in stored if written[one, "case.decided"] != 1],
         "stored cases have not exactly one delivery of their decision"),
        ([one for one in load.ruled if written[one, "case.ruled"] != 1],
         "answered rulings have not exactly one delivery"),
        ([row.delivery_id for row in sent if row.state != "delivered"], "deliveries did not end delivered"),
        ([row.delivery_id for row in called if row.delivery_id not in receiver.effects],
         "deliveries never took effect at the receiver"),
        ([event for event, count in effects.items() if count > 1], "events took effect twice at the receiver"),
        (disordered, "rulings took effect before their decision"),
    ):  # fmt: skip
        findings.refuse(wrong, what)
    findings.counts["deliveries written"], findings.counts["effects at the receiver"] = len(sent), len(receiver.effects)
    if published is not None:
        ids = {row.delivery_id for row in sent if row.endpoint == BUS}
        findings.refuse(ids - set(published), "events never arrived on the bus")
        findings.refuse(set(published) - ids, "messages on the bus are no event's")
        findings.refuse([one for one, count in published.items() if count > 1], "events are on the bus twice")
        findings.counts["messages on the bus"] = published.total()


def _check_clocks(connection: Connection, findings: Findings) -> None:
    """Every stage of a case that nobody ruled on was reached once; of a case that was ruled on, none twice."""
    columns = (reached_stages.c.case_id, reached_stages.c.stage)
    reached = Counter((row.case_id, row.stage) for row in connection.execute(select(*columns)))
    per_case = Counter(case_id for case_id, _ in reached)
    running = connection.execute(select(clocks.c.case_id).where(clocks.c.next_due_at.is_not(None))).scalars().all()
    waiting = (
        connection.execute(select(clocks.c.case_id).join(tasks, tasks.c.case_id == clocks.c.case_id).where(_waits()))
        .scalars()
        .all()
    )
    findings.refuse([key for key, count in reached.items() if count > 1], "stages were reached twice")
    findings.refuse(running, "clocks did not run down")
    findings.refuse([one for one in waiting if per_case[one] != len(STAGES)], "clocks missed a stage")
    of_stages = deliveries.c.kind.in_(["case.due_soon", "case.late"])
    sent = connection.execute(select(func.count()).where(of_stages, deliveries.c.endpoint == RECEIVER)).scalar_one()
    if sent != len(reached):
        findings.wrong.append(f"{len(reached)} stages were reached, but {sent} are told of")
    findings.counts["stages reached"] = len(reached)


def _waits() -> Any:
    return tasks.c.state != "done"


def _check_steps(connection: Connection, load: Load, receiver: MisbehavingReceiver, findings: Findings) -> None:
    """Every call was done once and in its order, every wait ran out once, and the receiver knows each by one key."""
    rows = connection.execute(select(steps.c.case_id, steps.c.name, steps.c.kind, steps.c.state)).all()
    expected = {"call": "done", "wait": "failed"}
    findings.refuse(
        [(row.case_id, row.name, row.state) for row in rows if row.state != expected[row.kind]],
        "steps did not end as they must",
    )
    planned = Counter((row.case_id, row.name) for row in rows)
    waiting = connection.execute(select(tasks.c.case_id)).scalars().all()
    first, second = (f"step.call {operation}" for operation in ON_DECISION)
    done = {(case_id, what): at for what, case_id, at in receiver.effects.values() if what.startswith("step.")}
    findings.refuse(
        [one for one in waiting if any(planned[one, name] != 1 for name in ("check", "reserve", "hear"))],
        "tasks have not each of their steps once",
    )
    findings.refuse(
        [one for one in waiting if done.get((one, first), -1) >= done.get((one, second), -1)],
        "cases had a step done before the one it comes after, or not at all",
    )
    findings.refuse([one for one in load.ruled if planned[one, "post"] != 1], "rulings have not their step once")
    posted = [one for one in load.ruled if (one, f"step.call {ON_ACCEPTED}") not in done]
    findings.refuse(posted, "rulings had no effect of their step")
    findings.counts["steps"] = len(rows)


def _check_tasks(connection: Connection, load: Load, findings: Findings) -> None:
    """A task is done where it was ruled on, once, and what waits is counted as it is."""
    states = {row.case_id: row.state for row in connection.execute(select(tasks.c.case_id, tasks.c.state))}
    resolved = Counter(connection.execute(select(resolutions.c.case_id)).scalars())
    findings.refuse([one for one in load.ruled if states.get(one) != "done"], "rulings left their task open")
    findings.refuse([one for one, count in resolved.items() if count != 1], "tasks were ruled on twice")
    done = {one for one, state in states.items() if state == "done"}
    findings.refuse(done ^ set(resolved), "tasks are done without a ruling, or the other way round")
    counted = connection.execute(select(func.coalesce(func.sum(waiting_counts.c.waiting), 0))).scalar_one()
    if counted != len(states) - len(done):
        findings.wrong.append(f"{len(states) - len(done)} tasks wait, but {counted} are counted")
    findings.counts["tasks"], findings.counts["tasks done"] = len(states), len(done)
