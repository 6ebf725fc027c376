"""A consumer in a process of its own that is killed between a commit and its acknowledgement: what `kill -9` does at
the worst moment.

python killed_consumer.py DATABASE_URL BUS_URL
"""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "tests" / "toy"))

from tests.triage.conftest import DOMAIN, DOMAINS, POLICIES
from triage.bus.bus_consumer import BusConsumer
from triage.champions import Champions, NoModels
from triage.clock import utc_now
from triage.db.database import open_engine
from triage.handoff.brokers import nats, rabbitmq
from triage.intake.intake import Intake


async def die(message: object) -> None:
    del message
    os.kill(os.getpid(), signal.SIGKILL)


nats._Arrived.ack = rabbitmq._Arrived.ack = die  # type: ignore[method-assign]
nats.ACK_WAIT_SECONDS = 2.0  # type: ignore[misc]
engine = open_engine(sys.argv[1])
champions = Champions(NoModels(), {DOMAIN.name: DOMAIN}, poll_seconds=3600, clock=utc_now)
intake = Intake(
    engine=engine, domains=DOMAINS, policies=lambda now: POLICIES, champions=champions, clock=utc_now, group_cases=64
)
intake.start()
consumer = BusConsumer(
    url=sys.argv[2], submitter="killed", engine=engine, intake=intake, max_bytes=1_000_000, clock=utc_now
)
consumer.start()
time.sleep(60)
