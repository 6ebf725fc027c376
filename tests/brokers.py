"""Real brokers for tests, spoken to by their own clients and not by ours: NATS JetStream and RabbitMQ."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import aio_pika
import nats
import nats.errors
import nats.js.errors
import pytest
from nats.js.api import StreamConfig

NATS: Final = os.environ.get("TRIAGE_TEST_NATS_URL", "nats://127.0.0.1:4222")
RABBITMQ: Final = os.environ.get("TRIAGE_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")


@dataclass
class Got:
    """A message as it lies in a queue."""

    body: bytes
    headers: Mapping[str, str]
    message_id: str | None
    subject: str


class Broker(Protocol):
    """A broker with names of its own for one test."""

    name: str
    url: str
    """For what consumes submissions."""
    events_url: str
    """For what publishes events."""

    def send(self, body: bytes, *, message_id: str | None = None, **headers: str) -> None: ...
    def left(self) -> int: ...
    def dead(self) -> list[Got]: ...
    def events(self) -> list[Got]: ...
    def close(self) -> None: ...
    def leave(self) -> None: ...


class _Loop:
    """An event loop in a thread, so that tests stay plain."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def open(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run what opens a connection; where that fails, nobody is left to close the loop."""
        try:
            return self.run(work)
        except BaseException:
            self.close()
            raise

    def end(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run the last work and close, whether it succeeds or not."""
        try:
            self.run(work)
        finally:
            self.close()

    def close(self) -> None:
        """Close for good: a client that is collected later finds its loop closed and begins nothing."""
        with contextlib.suppress(Exception):
            self.run(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)


@dataclass
class NatsTest:
    """NATS JetStream."""

    suffix: str
    server: str = NATS
    name: str = "nats"
    _loop: _Loop = field(default_factory=_Loop)

    def __post_init__(self) -> None:
        self.client = self._loop.open(nats.connect(self.server, connect_timeout=2, max_reconnect_attempts=-1))
        self.js = self.client.jetstream(timeout=5)
        self.subject, self.kind = f"s{self.suffix}.in", f"e{self.suffix}"
        self.url = f"{self.server}?subject={self.subject}"
        self.events_url = f"{self.server}?subject={self.kind}"

    def send(self, body: bytes, *, message_id: str | None = None, **headers: str) -> None:
        self._loop.run(self._send(body, message_id, headers))

    def left(self) -> int:
        return self._loop.run(self._info(self.subject))

    def dead(self) -> list[Got]:
        return self._loop.run(self._all(f"{self.subject}.dead"))

    def events(self) -> list[Got]:
        return self._loop.run(self._all(f"{self.kind}.>"))

    def pending(self) -> int:
        """How many messages are delivered and not acknowledged."""

        async def ask() -> int:
            stream = await self.js.find_stream_name_by_subject(self.subject)
            return int((await self.js.consumer_info(stream, "triage")).num_ack_pending or 0)

        return self._loop.run(ask())

    def drop(self) -> None:
        """Delete the stream of submissions."""
        self._loop.run(self._delete(self.subject))

    def close(self) -> None:
        for subject in (self.subject, f"{self.subject}.dead", f"{self.kind}.>"):
            self._loop.run(self._delete(subject))
        self.leave()

    def leave(self) -> None:
        """Close the connection, and leave everything where it lies."""
        self._loop.end(self.client.close())

    async def _send(self, body: bytes, message_id: str | None, headers: Mapping[str, str]) -> None:
        try:
            await self.js.find_stream_name_by_subject(self.subject)
        except nats.js.errors.NotFoundError:
            await self.js.add_stream(StreamConfig(name=self.subject.replace(".", "_"), subjects=[self.subject]))
        given = {"Nats-Msg-Id": message_id} if message_id is not None else {}
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | given
        await self.js.publish(self.subject, body, headers=sent or None)

    async def _info(self, subject: str) -> int:
        """Count what nobody has acknowledged yet, whether the stream keeps the rest or not."""
        stream = await self.js.find_stream_name_by_subject(subject)
        try:
            told = await self.js.consumer_info(stream, "triage")
        except nats.js.errors.NotFoundError:
            return (await self.js.stream_info(stream)).state.messages
        return int((told.num_pending or 0) + (told.num_ack_pending or 0))

    async def _all(self, subject: str) -> list[Got]:
        try:
            stream = await self.js.find_stream_name_by_subject(subject)
        except nats.js.errors.NotFoundError:
            return []
        state = (await self.js.stream_info(stream)).state
        numbers = range(state.first_seq, state.last_seq + 1) if state.messages else ()
        found = [await self.js.get_msg(stream, seq) for seq in numbers]
        return [
            Got(each.data or b"", each.headers or {}, (each.headers or {}).get("Nats-Msg-Id"), each.subject or "")
            for each in found
        ]

    async def _delete(self, subject: str) -> None:
        with contextlib.suppress(nats.js.errors.NotFoundError):
            await self.js.delete_stream(await self.js.find_stream_name_by_subject(subject))


@dataclass
class RabbitTest:
    """RabbitMQ."""

    suffix: str
    server: str = RABBITMQ
    name: str = "rabbitmq"
    _loop: _Loop = field(default_factory=_Loop)

    def __post_init__(self) -> None:
        self.connection = self._loop.open(aio_pika.connect(self.server, timeout=5))
        self.queue, self.exchange = f"s{self.suffix}.in", f"e{self.suffix}"
        self.url = f"{self.server}?queue={self.queue}"
        self.events_url = f"{self.server}?exchange={self.exchange}"

    def send(self, body: bytes, *, message_id: str | None = None, **headers: str) -> None:
        self._loop.run(self._send(body, message_id, headers))

    def left(self) -> int:
        return self._loop.run(self._count(self.queue))

    def dead(self) -> list[Got]:
        return self._loop.run(self._all(f"{self.queue}.dead"))

    def events(self) -> list[Got]:
        return self._loop.run(self._all(self.exchange))

    def bind(self) -> None:
        """Bind a queue to the exchange of events, as its reader would."""

        async def bind() -> None:
            channel = await self.connection.channel()
            exchange = await channel.declare_exchange(self.exchange, "topic", durable=True)
            queue = await channel.declare_queue(self.exchange, durable=True)
            await queue.bind(exchange, "#")
            await channel.close()

        self._loop.run(bind())

    def drop(self) -> None:
        """Delete the queue of submissions."""

        async def drop() -> None:
            channel = await self.connection.channel()
            await channel.queue_delete(self.queue)
            await channel.close()

        self._loop.run(drop())

    def close(self) -> None:
        async def clean() -> None:
            channel = await self.connection.channel()
            for queue in (self.queue, f"{self.queue}.dead", self.exchange):
                await channel.queue_delete(queue)
            await channel.exchange_delete(self.exchange)

        self._loop.run(clean())
        self.leave()

    def leave(self) -> None:
        """Close the connection, and leave everything where it lies."""
        self._loop.end(self.connection.close())

    async def _send(self, body: bytes, message_id: str | None, headers: Mapping[str, str]) -> None:
        channel = await self.connection.channel()
        try:
            await channel.declare_queue(self.queue, passive=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            channel = await self.connection.channel()
            await channel.declare_queue(self.queue, durable=True, arguments={"x-queue-type": "quorum"})
        kind = headers.get("content_type")
        kept = {name.replace("_", "-"): value for name, value in headers.items() if name != "content_type"}
        message = aio_pika.Message(body, message_id=message_id, content_type=kind, headers=kept, delivery_mode=2)
        await channel.default_exchange.publish(message, self.queue)
        await channel.close()

    async def _count(self, queue: str) -> int:
        """Count what is not acknowledged: a passive look sees only what is ready, so the consumer is counted out."""
        channel = await self.connection.channel()
        found = await channel.declare_queue(queue, passive=True)
        await channel.close()
        return int(found.declaration_result.message_count or 0)

    async def _all(self, queue: str) -> list[Got]:
        channel = await self.connection.channel()
        try:
            found = await channel.declare_queue(queue, passive=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return []
        got = []
        while (message := await found.get(fail=False)) is not None:
            headers = {name: str(value) for name, value in message.headers.items()}
            got.append(Got(message.body, headers, message.message_id, message.routing_key or ""))
        await channel.close()  # what was looked at and not acknowledged lies there again
        return got


def require(name: str, url: str) -> None:
    """Skip where no broker answers."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2).close()
    except OSError as error:
        pytest.skip(f"no {name} at {parts.hostname}:{parts.port}: {error}")


@dataclass
class Cable:
    """A cable between a client and a server that can be cut, and mended."""

    server: tuple[str, int]
    is_cut: bool = False
    port: int = 0
    _pairs: list[socket.socket] = field(default_factory=list)

    def cut(self) -> None:
        """Break every connection, and let none through."""
        self.is_cut = True
        pairs, self._pairs = self._pairs, []
        for end in pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_cut = False

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            server = socket.create_connection(self.server)
            self._pairs += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := one.recv(65_536):
                other.sendall(part)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        one.close()


@contextlib.contextmanager
def cable_to(url: str) -> Iterator[tuple[Cable, str]]:
    """Lay a cable to a broker; gives it and the URL at its near end."""
    parts = urlsplit(url)
    cable = Cable((parts.hostname or "", parts.port or 0))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cable.port = listener.getsockname()[1]
        thread = threading.Thread(target=cable.serve, args=(listener,), daemon=True)
        thread.start()
        yield cable, url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{cable.port}")
        cable.cut()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
