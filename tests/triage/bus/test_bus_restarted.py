"""A broker that is killed and started again, with cases under way in both directions: nothing is lost, nothing is done
twice."""

import contextlib
import gc
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.brokers import Broker, NatsTest, RabbitTest
from tests.own_brokers import OwnBroker, own_broker
from tests.triage.bus.conftest import Line, event, eventually
from tests.triage.conftest import override
from tests.triage.handoff.conftest import Handoff
from triage.handoff.worker import Worker
from triage.ids import new_id

CASES = 60
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    # Clients leave sockets of connections that broke to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(params=["nats", "rabbitmq"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OwnBroker]:
    made = own_broker(request.param, tmp_path)
    yield made
    made.kill()
    gc.collect()  # here, where a connection that broke may be collected, and not in whichever test comes next


@pytest.fixture
def names() -> str:
    return new_id().replace("-", "")[:12]


def client(server: OwnBroker, names: str) -> Broker:
    """Speak to the server as it is now."""
    until = time.monotonic() + 150
    while True:
        try:
            return NatsTest(names, server.url) if server.name == "nats" else RabbitTest(names, server.url)
        except Exception:
            assert time.monotonic() < until
            time.sleep(0.3)


@pytest.fixture
def broker(server: OwnBroker, names: str) -> Iterator[Broker]:
    made = client(server, names)
    yield made
    with contextlib.suppress(Exception):  # the server it spoke to is gone
        made.leave()


def send_all(server: OwnBroker, names: str) -> None:
    """Send as a sender that keeps what was not confirmed does: again, under the same id."""
    speaking = client(server, names)
    for number in range(CASES):
        while True:
            try:
                speaking.send(event(override(number), id=f"e-{number}"))
                break
            except Exception:
                with contextlib.suppress(Exception):
                    speaking.leave()
                speaking = client(server, names)
        time.sleep(0.02)
    speaking.leave()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nothing_is_lost_and_nothing_done_twice(
    server: OwnBroker,
    names: str,
    broker: Broker,
    consume: Callable[..., Line],
    handoff: Handoff,
    work: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("triage.bus.bus_consumer._CHECK_SECONDS", 1.0)
    monkeypatch.setattr("triage.bus.bus_consumer._BROKEN_SECONDS", 0.5)
    monkeypatch.setattr("triage.handoff.brokers.nats.ACK_WAIT_SECONDS", 5.0)
    if isinstance(broker, RabbitTest):
        broker.bind()
    handoff.add("stream", broker.events_url, kind="bus", timeout_seconds=3)
    line = consume()
    work()

    sending = threading.Thread(target=send_all, args=(server, names))
    sending.start()
    eventually(lambda: len(line.stored()) >= CASES // 3, 90, line.consumer.counts)
    server.kill()
    server.start()
    sending.join(timeout=160)
    assert not sending.is_alive()
    eventually(lambda: len(line.stored()) == CASES, 90, lambda: (len(line.stored()), line.consumer.counts()))
    assert sorted(line.stored()) == sorted(f"X-{number}" for number in range(CASES))
    assert line.receipts() == CASES

    def all_out() -> bool:
        handoff.set_endpoint("stream", breaker_open_until=None)
        return handoff.states == ["delivered"] * CASES

    eventually(all_out, 90, lambda: [(row.state, row.reason) for row in handoff.rows() if row.state != "delivered"])
    after = client(server, names)
    told = [json.loads(got.body) for got in after.events()]
    assert {each["data"]["exception_id"] for each in told} == {f"X-{number}" for number in range(CASES)}
    assert {each["id"] for each in told} == {row.delivery_id for row in handoff.rows()}, "second copies have old keys"
    eventually(lambda: after.left() == 0, 60)
    assert after.dead() == []
    after.leave()
