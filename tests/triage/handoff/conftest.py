"""Endpoints, a real receiver and real workers for the tests of the handoff."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select, update

from tests.receiving import Receiver, receiving
from triage.db.database import reading
from triage.db.handoff_schema import deliveries, endpoints
from triage.handoff.claiming import Attempt, Claimed, claim, finish
from triage.handoff.database_time import database_now
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.handoff.events import Event, enqueue
from triage.handoff.worker import Worker

TAKEN = Attempt(delivered=True, milliseconds=1, status=204)
FAILED = Attempt(delivered=False, milliseconds=1, status=500, reason="answered 500")
REFUSED = Attempt(delivered=False, milliseconds=1, status=422, reason="answered 422", is_final=True)


@dataclass
class Handoff:
    """The handoff on one database."""

    engine: Engine

    def add(self, name: str = "erp", url: str = "http://127.0.0.1:9/hook", **wanted: Any) -> str | None:
        wanted = {"allow_private": True} | wanted
        with self.engine.begin() as connection:
            return add_endpoint(connection, NewEndpoint(name=name, url=url, **wanted), actor="user:root")

    def enqueue(self, *keys: str | None, **event: Any) -> None:
        wanted = {"kind": "case.decided", "domain": "price_override"} | event
        with self.engine.begin() as connection:
            enqueue(connection, [Event(body={"n": at}, order_key=key, **wanted) for at, key in enumerate(keys)])

    def claim(self, most: int = 100) -> list[Claimed]:
        with self.engine.begin() as connection:
            return claim(connection, limit=most)

    def finish(self, claimed: Claimed, attempt: Attempt = TAKEN) -> bool:
        with self.engine.begin() as connection:
            return finish(connection, claimed, attempt)

    def rows(self) -> list[Row[Any]]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(deliveries).order_by(deliveries.c.seq)).all())

    @property
    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def endpoint(self, name: str = "erp") -> Row[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(endpoints).where(endpoints.c.name == name)).one()

    def room(self, name: str = "erp", most: int = 100) -> None:
        """Let an endpoint take many at once, as it does after some successes."""
        self.set_endpoint(name, most_in_flight=most)

    def set_endpoint(self, name: str = "erp", **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(endpoints).where(endpoints.c.name == name).values(next_slot_at=None, **values))

    def hurry(self) -> None:
        """Make whatever waits, or is leased, due now."""
        with self.engine.begin() as connection:
            past = database_now(connection) - timedelta(seconds=1)
            due = deliveries.c.due_at.is_not(None)
            connection.execute(update(deliveries).where(due).values(due_at=past))
            connection.execute(update(endpoints).values(next_slot_at=None))

    def wait_for_states(self, expected: dict[str, int], seconds: float = 10.0) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            states = self.states
            if {state: states.count(state) for state in set(states)} == expected:
                return
            time.sleep(0.02)
        raise AssertionError(f"{expected} expected; found {[(row.state, row.reason) for row in self.rows()]}")


@pytest.fixture
def handoff(engine: Engine) -> Handoff:
    return Handoff(engine)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def work(engine: Engine) -> Iterator[Callable[..., Worker]]:
    """Start a worker."""
    started: list[Worker] = []

    def start(**how: Any) -> Worker:
        started.append(Worker(engine, poll_seconds=0.02, **how))
        started[-1].start()
        return started[-1]

    yield start
    for worker in started:
        worker.stop()
