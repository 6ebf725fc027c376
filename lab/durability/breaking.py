"""What is broken while the load runs: drawn in an order of chance, each at a random instant."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, Engine, text

from lab.durability.disk import Disk
from lab.durability.own_servers import OwnNats, OwnPostgres
from lab.durability.processes import JUMPS_SECONDS, Processes
from lab.durability.receiver import MisbehavingReceiver
from triage.ids import new_id

CHILDREN: Final = f"triage-durability-{new_id()}"
"""How PostgreSQL knows the connections of this run's processes, so that no others are cut."""
DATABASE: Final = "database"
"""The name of the database server's clock."""
OUTAGE_SECONDS: Final = 6.0
FULL_SECONDS: Final = 4.0
BROKER_DOWN_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard to break.

    kills: SIGKILLs of an API or worker; stops: workers stopped past their lease; jumps: clocks set wrong; restarts: of
    the database and of the broker, each; full_disks: times the store's disk is full. What a machine cannot break is
    left out, and missing in the counts. min_cases: so many are accepted before the load ends, however long that takes
    after the last break.
    """

    kills: int
    stops: int
    jumps: int = 0
    restarts: int = 0
    full_disks: int = 0
    apis: int = 2
    workers: int = 2
    callers: int = 4
    pause_seconds: float = 0.6
    min_gap_seconds: float = 0.4
    max_gap_seconds: float = 2.0
    outage: bool = True
    min_cases: int = 0
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class UnderTest:
    """What there is to break."""

    engine: Engine
    processes: Processes
    receiver: MisbehavingReceiver
    disk: Disk
    postgres: OwnPostgres | None = None
    nats: OwnNats | None = None
    _last: float = field(default=0.0, init=False)

    def can(self, what: str) -> bool:
        """Check whether this machine and store let something be broken."""
        return {
            "cut": self.engine.dialect.name == "postgresql",
            "jump": self.processes.clocks.can_jump,
            "restart": self.postgres is not None,
            "broker": self.nats is not None,
            "fill": self.disk.can_fill,
        }.get(what, True)


def break_all(target: UnderTest, plan: Plan, report: Callable[[str], None]) -> None:
    """Break everything the plan says, in an order of chance."""
    drawn = random.Random(plan.seed)
    wanted = {
        "kill": plan.kills, "stop": plan.stops, "cut": plan.stops, "jump": plan.jumps, "restart": plan.restarts,
        "broker": plan.restarts, "fill": plan.full_disks, "outage": int(plan.outage),
    }  # fmt: skip
    steps = [what for what, times in wanted.items() if target.can(what) for _ in range(times)]
    drawn.shuffle(steps)
    for at, step in enumerate(steps):
        time.sleep(drawn.uniform(plan.min_gap_seconds, plan.max_gap_seconds))
        report(f"{_BREAKS[step](target, drawn)}, {at + 1} of {len(steps)}")
    time.sleep(plan.max_gap_seconds)


def set_clocks_forward(target: UnderTest) -> None:
    """Set every clock as far forward as any has been, so that nothing waits for what a wrong one wrote."""
    target.processes.set_every_clock(max(JUMPS_SECONDS))
    target.processes.clocks.set(DATABASE, max(JUMPS_SECONDS))


def _kill(target: UnderTest, drawn: random.Random) -> str:
    del drawn
    return f"killed {target.processes.kill_one()}"


def _stop(target: UnderTest, drawn: random.Random) -> str:
    del drawn
    return f"stopped {target.processes.stop_one_past_its_lease()}"


def _jump(target: UnderTest, drawn: random.Random) -> str:
    if target.postgres is None or drawn.uniform(0, 1) < 0.5:
        return f"set {target.processes.jump_one()}"
    seconds = drawn.choice(JUMPS_SECONDS)
    target.processes.clocks.set(DATABASE, seconds)
    target.processes.counts["clock jumps of the database"] += 1
    return f"set the database's clock to {seconds:+.0f} s"


def _cut(target: UnderTest, drawn: random.Random) -> str:
    del drawn
    with target.engine.begin() as connection:
        target.processes.counts["database connections cut"] += (cut := _cut_all(connection))
    return f"cut {cut} connections"


def _cut_all(connection: Connection) -> int:
    """End every connection of the processes under test; return how many."""
    others = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = :name"
    )
    return int(connection.execute(others, {"name": CHILDREN[:63]}).scalar_one())


def _restart(target: UnderTest, drawn: random.Random) -> str:
    del drawn
    assert target.postgres is not None
    target.postgres.restart()
    target.processes.counts["database restarted"] += 1
    return "restarted the database"


def _broker(target: UnderTest, drawn: random.Random) -> str:
    assert target.nats is not None
    target.nats.kill()
    time.sleep(drawn.uniform(0, BROKER_DOWN_SECONDS))
    target.nats.start()
    target.processes.counts["broker killed and started"] += 1
    return "restarted the broker"


def _fill(target: UnderTest, drawn: random.Random) -> str:
    del drawn
    target.disk.fill_for(FULL_SECONDS)
    target.processes.counts["disk full"] += 1
    if target.postgres is not None and target.postgres.has_ended:
        target.postgres.start()
        target.processes.counts["database ended on the full disk, started again"] += 1
    target.processes.start_those_that_ended()
    return "filled the disk"


def _outage(target: UnderTest, drawn: random.Random) -> str:
    del drawn
    target.receiver.is_down = True
    time.sleep(OUTAGE_SECONDS)
    target.receiver.is_down = False
    target.processes.counts["receiver down"] += 1
    return "the receiver was down"


_BREAKS: Final[dict[str, Callable[[UnderTest, random.Random], str]]] = {
    "kill": _kill, "stop": _stop, "jump": _jump, "cut": _cut, "restart": _restart, "broker": _broker, "fill": _fill,
    "outage": _outage,
}  # fmt: skip
