"""What went wrong for users of brokers elsewhere, tried here: settings that lose messages in silence, limits that drop
them, clients that give up."""

import asyncio
import contextlib
from typing import Any

import aio_pika
import orjson
import pytest
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from tests.brokers import NATS, RABBITMQ, NatsTest, RabbitTest, require
from tests.triage.bus.conftest import eventually
from tests.triage.conftest import override
from triage.bus import bus_consumer
from triage.errors import BusyError
from triage.handoff.brokers.bus import NotTakenError, open_bus
from triage.handoff.brokers.bus_address import read_bus_address
from triage.handoff.brokers.nats import NatsBus
from triage.ids import new_id

pytestmark = [pytest.mark.broker, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]


@pytest.fixture
def nats(engine: Any) -> Any:
    require("NATS", NATS)
    made = NatsTest(new_id().replace("-", "")[:12])
    yield made
    made.close()


@pytest.fixture
def rabbit(engine: Any) -> Any:
    require("RabbitMQ", RABBITMQ)
    made = RabbitTest(new_id().replace("-", "")[:12])
    yield made
    made.close()


@pytest.fixture
def broker() -> None:
    """Each test says which broker it is about."""


LOSING = [
    {"ack_policy": AckPolicy.NONE},
    {"ack_policy": AckPolicy.EXPLICIT, "max_deliver": 5},
    {"ack_policy": AckPolicy.EXPLICIT, "deliver_subject": "push.here"},
]


@pytest.mark.parametrize("config", LOSING, ids=["no acknowledgement", "gives up", "push"])
def test_a_consumer_of_our_name_that_would_lose_messages_is_refused(nats: NatsTest, config: dict[str, Any]) -> None:
    async def prepare() -> None:
        await nats.js.add_stream(StreamConfig(name=f"S{nats.suffix}", subjects=[nats.subject]))
        await nats.js.add_consumer(f"S{nats.suffix}", ConsumerConfig(durable_name="triage", **config))

    async def consume() -> None:
        bus = open_bus(read_bus_address(nats.url, purpose="submissions"))
        await bus.connect()
        try:
            await bus.consume(lambda message: asyncio.sleep(0))
        finally:
            await bus.aclose()

    nats._loop.run(prepare())
    with pytest.raises(NotTakenError, match="must be a pull consumer with explicit acknowledgement"):
        asyncio.run(consume())


def test_a_client_that_gave_up_is_noticed_and_made_anew(nats: NatsTest, consume, monkeypatch) -> None:
    made: list[tuple[NatsBus, asyncio.AbstractEventLoop]] = []

    def opened(address: Any) -> NatsBus:
        bus = NatsBus(address)
        with contextlib.suppress(RuntimeError):  # it is also opened to see whether the library is there
            made.append((bus, asyncio.get_running_loop()))
        return bus

    monkeypatch.setattr(bus_consumer, "open_bus", opened)
    monkeypatch.setattr(bus_consumer, "_CHECK_SECONDS", 0.5)
    line = consume(url=nats.url)
    bus, loop = made[-1]
    client = bus._broker._connection
    assert client is not None
    asyncio.run_coroutine_threadsafe(client.close(), loop).result(10)
    eventually(lambda: not line.consumer.is_connected, 20)
    eventually(lambda: line.consumer.is_connected, 20)
    nats.send(orjson.dumps(override(1)))
    line.wait(stored=1)


def test_poison_as_large_as_the_server_takes_is_cut_and_says_so(nats: NatsTest, consume) -> None:
    line = consume(url=nats.url)
    body = b"{" + b"x" * (1_048_576 - 200)
    nats.send(body)
    line.wait(refused=1)
    (letter,) = nats.dead()
    assert body.startswith(letter.body) and len(letter.body) == 16_000
    assert letter.headers["triage-cut"] == f"the first 16000 of {len(body)} bytes"


def test_overload_for_longer_than_the_delivery_limit_drops_nothing(rabbit: RabbitTest, consume, monkeypatch) -> None:
    async def limited() -> None:
        channel = await rabbit.connection.channel()
        limit = {"x-queue-type": "quorum", "x-delivery-limit": 2}
        await channel.declare_queue(rabbit.queue, durable=True, arguments=limit)
        await channel.close()

    rabbit._loop.run(limited())
    monkeypatch.setattr(bus_consumer, "_BUSY_SECONDS", 0.05)
    line = consume(url=rabbit.url)
    submit, refused = line.house.intake.submit_message, []

    def busy(*message: Any, **actor: Any) -> Any:
        refused.append(message)
        if len(refused) <= 10:
            raise BusyError("4,000 cases wait already")
        return submit(*message, **actor)

    monkeypatch.setattr(line.house.intake, "submit_message", busy)
    rabbit.send(orjson.dumps(override(1)))
    line.wait(stored=1, rested=10)
    assert (line.stored(), rabbit.dead()) == (["X-1"], [])


def test_what_the_broker_itself_gives_up_lies_with_the_dead_letters(rabbit: RabbitTest, consume) -> None:
    line = consume(url=rabbit.url)
    line.consumer.stop()

    async def reject() -> None:
        channel = await rabbit.connection.channel()
        queue = await channel.declare_queue(rabbit.queue, passive=True)
        await channel.default_exchange.publish(aio_pika.Message(b"lost?"), rabbit.queue)
        message = await queue.get(timeout=5)
        await message.reject(requeue=False)
        await channel.close()

    rabbit._loop.run(reject())
    eventually(lambda: [letter.body for letter in rabbit.dead()] == [b"lost?"])
