"""A consumer on a real broker and a real database."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, func, select

from tests.brokers import NATS, RABBITMQ, Broker, NatsTest, RabbitTest, require
from tests.triage.conftest import House
from tests.triage.handoff.conftest import handoff, work
from triage.bus.bus_consumer import BusConsumer
from triage.clock import utc_now
from triage.db.database import reading
from triage.db.inbox_schema import inbox
from triage.db.schema import cases
from triage.identity import access
from triage.ids import new_id

__all__ = ["handoff", "work"]


@dataclass
class Line:
    """A broker, a consumer and a database."""

    broker: Broker
    engine: Engine
    house: House
    consumer: BusConsumer

    def stored(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(cases.c.exception_id).order_by(cases.c.seq)).scalars())

    def receipts(self) -> int:
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(inbox)).scalar_one()

    def wait(self, seconds: float = 20.0, **outcomes: int) -> None:
        """Wait until so many messages were taken, refused and so on."""
        eventually(
            lambda: {name: self.consumer.counts()[name] for name in outcomes} == outcomes, seconds, self.consumer.counts
        )


def eventually(check: Callable[[], bool], seconds: float = 20.0, shown: Callable[[], Any] = lambda: "") -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():
            return
        time.sleep(0.03)
    raise AssertionError(f"it did not come to pass: {shown()}")


def event(submission: Any, **attributes: Any) -> bytes:
    """Write a CloudEvent that carries a submission."""
    wanted = {"specversion": "1.0", "id": "e-1", "source": "/erp", "type": "com.example.exception.raised"} | attributes
    return orjson.dumps({name: value for name, value in wanted.items() if value is not None} | {"data": submission})


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.broker) for name in ("nats", "rabbitmq")])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Each broker that is here, with names of its own."""
    suffix = new_id().replace("-", "")[:12]
    if request.param == "nats":
        require("NATS", NATS)
        made: Broker = NatsTest(suffix)
    else:
        require("RabbitMQ", RABBITMQ)
        made = RabbitTest(suffix)
    yield made
    made.close()


@pytest.fixture
def consume(broker: Broker, engine: Engine, house: Callable[..., House]) -> Iterator[Callable[..., Line]]:
    """Start a consumer; `role` is granted to the key it submits as."""
    started: list[BusConsumer] = []

    def start(*, url: str | None = None, role: tuple[str, str | None] = ("service", None), **limits: Any) -> Line:
        opened = house()
        name = f"bus{len(started)}"
        with engine.begin() as connection:
            access.create_key(connection, name, now=utc_now())
            access.grant(connection, f"key:{name}", *role)
        wanted: dict[str, Any] = {"max_bytes": 4_000_000, "clock": utc_now} | limits
        consumer = BusConsumer(url=url or broker.url, submitter=name, engine=engine, intake=opened.intake, **wanted)
        consumer.check()
        consumer.start()
        started.append(consumer)
        eventually(lambda: consumer.is_connected, 15)
        return Line(broker, engine, opened, consumer)

    yield start
    for consumer in started:
        consumer.stop()
