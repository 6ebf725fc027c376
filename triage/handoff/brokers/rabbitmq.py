"""RabbitMQ: a durable quorum queue, manual acknowledgement, publisher confirms, and nothing unroutable."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aio_pika.abc import AbstractRobustConnection
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError, PublishError
from faststream.middlewares import AckPolicy
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.rabbit.message import RabbitMessage

from triage.handoff.brokers.bus import PREFETCH, WAIT_SECONDS, Handle, NotTakenError, Outgoing
from triage.handoff.brokers.bus_address import BusAddress
from triage.handoff.brokers.faststream_options import CURRENT_MESSAGE, raw_body

_RECONNECT_SECONDS: Final = 1.0


class _Arrived:
    """A message of a queue."""

    def __init__(self, message: RabbitMessage) -> None:
        self._message = message
        raw = message.raw_message
        self.body: bytes = raw.body
        self.headers: Mapping[str, str] = {name.lower(): _text(value) for name, value in raw.headers.items()}
        if raw.content_encoding:
            self.headers = {**self.headers, "content-encoding": raw.content_encoding}
        self.content_type = raw.content_type or ""
        self.message_id = raw.message_id
        self.place: str | None = None

    async def ack(self) -> None:
        """Acknowledge to the queue that it is handled for good."""
        await self._message.ack()

    async def rest(self, seconds: float) -> bool:
        """Keep it, unacknowledged, and have it handled again here.

        It is not given back: a queue counts what comes back and, from RabbitMQ 4 on, drops it after twenty times.
        """
        await asyncio.sleep(seconds)
        return True


class RabbitBus:
    """A connection to RabbitMQ."""

    def __init__(self, address: BusAddress) -> None:
        self._address = address
        self._broker = RabbitBroker(
            address.url, ssl_options=None, logger=None, graceful_timeout=10, fail_fast=True, timeout=WAIT_SECONDS,
            reconnect_interval=_RECONNECT_SECONDS, security=_security(address),
            default_channel=Channel(prefetch_count=PREFETCH, publisher_confirms=True, on_return_raises=True),
        )  # fmt: skip
        self._exchange = RabbitExchange(address.destination, type=ExchangeType.TOPIC, durable=True)
        self._is_exchange_known = False

    async def connect(self) -> None:
        """Connect."""
        await self._broker.connect()

    async def publish(self, destination: str, message: Outgoing) -> None:
        """Publish into a queue and wait until it is kept."""
        await self._publish(message, routing_key=destination, exchange=None)

    async def publish_event(self, kind: str, message: Outgoing) -> None:
        """Publish to the topic exchange, which is made where it is not there, with the kind as routing key."""
        if not self._is_exchange_known:
            await self._require_exchange()
        await self._publish(message, routing_key=kind, exchange=self._exchange)

    async def consume(self, handle: Handle) -> None:
        """Consume from the queue beside whoever else does."""
        source, dead = self._address.destination, self._address.dead_letters
        await self._require_queue(dead, {})
        # What the queue itself gives up, past a delivery limit, must lie with what we refuse, and not be gone.
        kept = {
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead, "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }  # fmt: skip
        await self._require_queue(source, kept)

        async def receive(message: Any = CURRENT_MESSAGE) -> None:
            await handle(_Arrived(message))

        queue = RabbitQueue(source, declare=False)
        self._broker.subscriber(queue, ack_policy=AckPolicy.MANUAL, no_reply=True, decoder=raw_body)(receive)
        await self._broker.start()

    async def is_consuming(self) -> bool:
        """Ask the server whether the queue is there and has a consumer."""
        channel = await self._connection.channel()
        try:
            queue = await channel.declare_queue(self._address.destination, passive=True, timeout=WAIT_SECONDS)
        except ChannelNotFoundEntity:
            return False
        finally:
            await channel.close()
        return bool(queue.declaration_result.consumer_count)

    async def aclose(self) -> None:
        """Stop and close."""
        await self._broker.stop()

    @property
    def _connection(self) -> AbstractRobustConnection:
        connection = self._broker._connection
        if connection is None:
            raise NotTakenError("not connected")
        return connection

    async def _publish(self, message: Outgoing, *, routing_key: str, exchange: RabbitExchange | None) -> None:
        try:
            await self._broker.publish(
                message.body, routing_key=routing_key, exchange=exchange, mandatory=True, persist=True,
                timeout=WAIT_SECONDS, headers=dict(message.headers), content_type=message.content_type,
                message_id=message.message_id,
            )  # fmt: skip
        except PublishError:
            where = f"exchange {exchange.name}" if exchange is not None else "default exchange"
            raise NotTakenError(f"no queue is bound to the {where} for {routing_key}: bind one") from None
        except DeliveryError:
            raise NotTakenError("the broker refused it: a queue is full") from None

    async def _require_exchange(self) -> None:
        """Use the exchange as it is; make a durable topic exchange only where there is none."""
        channel = await self._connection.channel()
        try:
            await channel.get_exchange(self._exchange.name, ensure=True)
            self._exchange = RabbitExchange(self._exchange.name, declare=False)
        except ChannelNotFoundEntity:
            await self._broker.declare_exchange(self._exchange)
        finally:
            await channel.close()
        self._is_exchange_known = True

    async def _require_queue(self, name: str, arguments: Any) -> None:
        """Use the queue as it is; make a durable quorum queue only where there is none."""
        channel = await self._connection.channel()
        try:
            await channel.declare_queue(name, passive=True, timeout=WAIT_SECONDS)
        except ChannelNotFoundEntity:
            wanted = RabbitQueue(name, QueueType.QUORUM, durable=True, arguments=arguments)
            await self._broker.declare_queue(wanted)
        finally:
            await channel.close()


def _security(address: BusAddress) -> Any:
    from faststream.security import BaseSecurity

    tls = address.tls()
    return BaseSecurity(ssl_context=tls, use_ssl=True) if tls is not None else None


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
