"""Workers that are killed at random points: every step ends, and no system has a second effect."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.receiving import Receiver, receiving, status
from tests.triage.conftest import DOMAIN, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.db.handoff_schema import deliveries
from triage.db.step_schema import steps
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.in_force import InForce

CASES, KILLS = 30, 20


def call(name: str, *after: str) -> dict[str, Any]:
    body = {"n": {"fact": f"{after[0]}_n"}} if after else {}
    return {
        "id": name, "kind": "call", "system": "erp", "operation": f"{name}.do", "body": body,
        "returns": {"n": "number"}, "after": list(after),
    }  # fmt: skip


STEPS = [call("first"), call("second", "first"), call("third", "second")]
ROUTE = {"id": "R", "queue": "OVERRIDE_DESK", "sla_hours": 4, "action": "Look at it.", "steps": STEPS}
WORKER = """
import sys, time
from datetime import timedelta
from triage.db.database import open_engine
from triage.handoff.worker import Worker
worker = Worker(open_engine(sys.argv[1]), poll_seconds=0.05, lease=timedelta(seconds=8))
worker.start()
time.sleep(600)
"""


def worker(engine: Engine) -> subprocess.Popen[bytes]:
    url = engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.Popen([sys.executable, "-c", WORKER, url], env=environment, stderr=subprocess.DEVNULL)


def ended(engine: Engine) -> Counter[str]:
    with reading(engine) as connection:
        return Counter(connection.execute(select(steps.c.state)).scalars())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_step_ends_and_nothing_is_done_twice(house: Any, engine: Engine) -> None:
    policy = policy_with(routes=[ROUTE], systems={"erp": {"title": "ERP"}})
    found = house(ScriptedScorer(risk=0.5), policy=InForce({DOMAIN.name: policy}))
    with receiving() as receiver:
        receiver.answer = status(200, b'{"n": 1}')
        wanted = NewEndpoint(
            name="erp", url=receiver.url, events=(), allow_private=True, rate_per_second=40, timeout_seconds=1.0
        )
        with engine.begin() as connection:
            add_endpoint(connection, wanted, actor="user:root")
        found.submit(*(override(number) for number in range(CASES)))
        for kill in range(KILLS):
            running = worker(engine)
            time.sleep(1.0 + 0.05 * (kill % 7))
            running.send_signal(signal.SIGKILL)
            running.wait()
        last = worker(engine)
        until = time.monotonic() + 120
        while ended(engine) != Counter(done=3 * CASES) and time.monotonic() < until:
            time.sleep(0.2)
        last.kill()
        last.wait()
        check(engine, receiver)


def check(engine: Engine, receiver: Receiver) -> None:
    assert ended(engine) == Counter(done=3 * CASES)
    with reading(engine) as connection:
        keys = connection.execute(select(deliveries.c.delivery_id)).scalars().all()
        own = connection.execute(select(steps.c.delivery_id)).scalars().all()
    assert sorted(keys) == sorted(own) and len(set(keys)) == 3 * CASES
    # What came twice came under one key: an effect a receiver that keeps keys has once.
    asked: dict[tuple[str, str], set[str]] = {}
    for arrival in receiver.arrivals:
        if arrival.raw:  # a worker killed between head and body leaves a request that nobody could act on
            data = arrival.event["data"]
            asked.setdefault((data["case_id"], data["operation"]), set()).add(arrival.delivery_id)
    assert len(asked) == 3 * CASES and all(len(found) == 1 for found in asked.values())
