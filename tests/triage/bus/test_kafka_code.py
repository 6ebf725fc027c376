"""Kafka by the same code, without a broker: FastStream's stand-in in memory carries the messages.

It shows that our code speaks to FastStream as it should. It shows nothing of a real broker, and the docs say so.
"""

import asyncio

import orjson
import pytest
from faststream.kafka import TestKafkaBroker

from tests.triage.conftest import override
from triage.bus.bus_message import read_message
from triage.bus.dead_letter import send_dead_letter
from triage.errors import InvalidError
from triage.handoff.brokers.bus import Incoming, Outgoing
from triage.handoff.brokers.bus_address import read_bus_address
from triage.handoff.brokers.kafka import KafkaBus

URL = "kafka://127.0.0.1:9092?topic=in"


def test_messages_arrive_with_headers_place_and_key() -> None:
    got: list[Incoming] = []

    async def handle(message: Incoming) -> None:
        got.append(message)

    async def run() -> None:
        bus = KafkaBus(read_bus_address(URL, purpose="submissions"))
        async with TestKafkaBroker(bus._broker):
            await bus.consume(handle)
            body = orjson.dumps(override(1))
            await bus.publish("in", Outgoing(body=body, content_type="application/json", message_id="m-1", key="c"))

    asyncio.run(run())
    (message,) = got
    read = read_message(message, place="kafka:in", max_bytes=10_000)
    assert (read.submission["exception_id"], read.receipt.message_id) == ("X-1", "m-1")
    assert message.place is not None and message.place.startswith("in:")


def test_poison_goes_to_the_dead_letters_of_its_own_topic() -> None:
    letters: list[Incoming] = []

    async def run() -> None:
        bus = KafkaBus(read_bus_address(URL, purpose="submissions"))
        dead = KafkaBus(read_bus_address("kafka://127.0.0.1:9092?topic=in.dead", purpose="submissions"))

        async def refuse(message: Incoming) -> None:
            with pytest.raises(InvalidError):
                read_message(message, place="kafka:in", max_bytes=10_000)
            problem = {"status": 422, "detail": "body is not JSON", "errors": []}
            await send_dead_letter(dead, "in.dead", message, place="kafka:in", problem=problem)

        async def keep(message: Incoming) -> None:
            letters.append(message)

        async with TestKafkaBroker(bus._broker), TestKafkaBroker(dead._broker):
            await bus.consume(refuse)
            await dead.consume(keep)
            await bus.publish("in", Outgoing(body=b"{half", content_type="application/json", message_id="m-1"))

    asyncio.run(run())
    (letter,) = letters
    assert (letter.body, letter.headers["triage-reason"]) == (b"{half", "body is not JSON")
