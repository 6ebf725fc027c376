"""Real worker processes on one database, killed and stopped at random: every stage of every clock is reached once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import func, select, update

from tests.triage.conftest import override
from tests.triage.review.stage_desk import PARTS, StageDesk
from triage.db.audit_chain import verify_audit
from triage.db.clock_schema import clocks, reached_stages
from triage.db.handoff_schema import deliveries
from triage.db.schema import audit_events, tasks
from triage.handoff.database_time import database_now

CASES = 80
STAGES = 5
KILLS = 8
WORKER = """
import sys, time
from datetime import timedelta
from triage.db.database import open_engine
from triage.handoff.database_time import database_now
from triage.handoff.jobs import Job, run_due_jobs
from triage.review.stages import is_anything_due, reach_due_stages

def run(hold):
    while True:
        with hold.transaction() as connection:
            found = reach_due_stages(connection, now=database_now(connection), most=2)
            time.sleep(0.02)  # within the transaction, so that kills fall into it
        if not found:
            return

engine = open_engine(sys.argv[1])
job = Job(name="clocks", every=timedelta(0), run=run, is_wanted=is_anything_due, lease=timedelta(seconds=1))
while True:
    run_due_jobs(engine, [job], worker=sys.argv[2])
    time.sleep(0.01)
"""
"""The product's job in steps of two cases: killed between any two statements, or inside a transaction."""


def start(url: str, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, url, name], env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_and_stopped_workers_reach_every_stage_once(house) -> None:
    desk = StageDesk(house, **PARTS)
    engine = desk.house.engine
    for number in range(2, CASES + 1):
        desk.house.one(override(number))
    with engine.begin() as connection:
        past = database_now(connection) - timedelta(days=900)
        connection.execute(update(clocks).values(started_at=past, next_due_at=past))
    url = engine.url.render_as_string(hide_password=False)
    chance = random.Random(19)
    running = [start(url, f"w{number}") for number in range(2)]
    try:
        for number in range(KILLS):
            _wait_for_progress(engine)
            time.sleep(chance.uniform(0.0, 0.1))
            at = chance.randrange(len(running))
            if number % 4 == 3:
                running[at].send_signal(signal.SIGSTOP)
                time.sleep(1.2)
                running[at].send_signal(signal.SIGCONT)
            else:
                running[at].kill()
                running[at].wait()
                running[at] = start(url, f"k{number}")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and _left(engine):
            time.sleep(0.2)
    finally:
        for process in running:
            process.kill()
            process.wait()
    with engine.connect() as connection:
        rows = connection.execute(select(reached_stages.c.case_id, reached_stages.c.stage))
        reached = Counter((row.case_id, row.stage) for row in rows)
        assert (len(reached), set(reached.values())) == (CASES * STAGES, {1})
        stages = select(func.count()).where(audit_events.c.verb == "stage")
        assert connection.execute(stages).scalar_one() == CASES * STAGES
        sent = select(deliveries.c.endpoint, deliveries.c.body).where(deliveries.c.kind != "case.decided")
        keys = Counter(
            (row.endpoint, body["case_id"], body["stage"]["at_percent"])
            for row in connection.execute(sent)
            for body in [orjson.loads(row.body)]
        )
        # Each stage to who subscribes, the last one to the role's own endpoint too.
        assert (len(keys), set(keys.values())) == (CASES * (STAGES + 1), {1})
        assert set(connection.execute(select(tasks.c.queue)).scalars()) == {"SECOND_DESK"}
        assert verify_audit(connection)[1] is None


def _wait_for_progress(engine) -> None:
    before, deadline = _left(engine), time.monotonic() + 20
    while before and time.monotonic() < deadline and _stages(engine) == _stages(engine, wait=0.02):
        pass


def _stages(engine, wait: float = 0.0) -> int:
    time.sleep(wait)
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(reached_stages)).scalar_one()


def _left(engine) -> int:
    with engine.connect() as connection:
        due = select(func.count()).select_from(clocks).where(clocks.c.next_due_at.is_not(None))
        return connection.execute(due).scalar_one()
