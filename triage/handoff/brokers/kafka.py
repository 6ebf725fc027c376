"""Kafka by the same protocol: one consumer group, offsets committed by hand, one message at a time.

One at a time, because Kafka remembers only how far a group has read: with two under way, a crash between their commits
would lose the earlier one.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.middlewares import AckPolicy
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from triage.handoff.brokers.bus import WAIT_SECONDS, Handle, Outgoing
from triage.handoff.brokers.bus_address import BusAddress
from triage.handoff.brokers.faststream_options import CURRENT_MESSAGE, raw_body


class _Arrived:
    """A record of a topic."""

    def __init__(self, message: KafkaMessage) -> None:
        self._message = message
        raw: Any = message.raw_message
        self.body: bytes = raw.value or b""
        self.headers: Mapping[str, str] = {
            name.lower(): value.decode("utf-8", "replace") for name, value in raw.headers if value is not None
        }
        self.content_type = self.headers.get("content-type", "")
        self.message_id = self.headers.get("message-id")
        self.place: str | None = f"{raw.topic}:{raw.partition}:{raw.offset}:{raw.timestamp}"

    async def ack(self) -> None:
        """Commit the offset."""
        await self._message.ack()

    async def rest(self, seconds: float) -> bool:
        """Keep it, and with it all that lies behind it in its partition, and have it handled again here."""
        await asyncio.sleep(seconds)
        return True


class KafkaBus:
    """A connection to Kafka. Topics are the operator's to make."""

    def __init__(self, address: BusAddress) -> None:
        self._address = address
        self._broker = KafkaBroker(
            list(address.servers), security=_security(address), logger=None, graceful_timeout=10, acks="all",
            enable_idempotence=True, request_timeout_ms=int(WAIT_SECONDS * 1000),
        )  # fmt: skip
        self._subscriber: Any = None

    async def connect(self) -> None:
        """Connect."""
        await self._broker.connect()

    async def publish(self, destination: str, message: Outgoing) -> None:
        """Publish into a topic and wait until every replica in step keeps it."""
        headers = {**message.headers, "content-type": message.content_type, "message-id": message.message_id}
        key = message.key.encode() if message.key is not None else None
        await self._broker.publish(message.body, destination, key=key, headers=headers, no_confirm=False)

    async def publish_event(self, kind: str, message: Outgoing) -> None:
        """Publish into the one topic of all events, in which the key keeps those of a case in order."""
        await self.publish(self._address.destination, message)

    async def consume(self, handle: Handle) -> None:
        """Consume as one group that all who run share."""

        async def receive(message: Any = CURRENT_MESSAGE) -> None:
            await handle(_Arrived(message))

        self._subscriber = self._broker.subscriber(
            self._address.destination, group_id=self._address.consumer, auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL, no_reply=True, decoder=raw_body,
        )  # fmt: skip
        self._subscriber(receive)
        await self._broker.start()

    async def is_consuming(self) -> bool:
        """Ask the client: it rejoins its group by itself."""
        return bool(self._subscriber is not None and self._subscriber.running)

    async def aclose(self) -> None:
        """Stop and close."""
        await self._broker.stop()


def _security(address: BusAddress) -> BaseSecurity | None:
    tls = address.tls()
    if address.user is not None:
        kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        made = kinds.get(address.mechanism, SASLPlaintext)
        return made(address.user, address.password or "", ssl_context=tls, use_ssl=tls is not None)
    return BaseSecurity(ssl_context=tls, use_ssl=True) if tls is not None else None
