"""NATS JetStream: a durable pull consumer with explicit acknowledgement; publishing waits for the stream."""

import json
from collections.abc import Mapping
from typing import Any, Final

from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsMessage
from faststream.nats.security import NatsCredentials, NatsSecurity, NatsToken, NatsUserPassword
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy as Acknowledge
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from triage.handoff.brokers.bus import PREFETCH, WAIT_SECONDS, Handle, NotTakenError, Outgoing
from triage.handoff.brokers.bus_address import BusAddress
from triage.handoff.brokers.faststream_options import CURRENT_MESSAGE, raw_body

ACK_WAIT_SECONDS: Final = 60.0
"""When the broker takes a message for lost that was not acknowledged; far more than judging a group of cases takes."""
EVENT_DAYS: Final = 30
_ADDED_BYTES: Final = 512
"""Room for the headers that the client adds."""
_DUPLICATE_SECONDS: Final = 3_600.0


class _Arrived:
    """A message of a stream."""

    def __init__(self, message: NatsMessage) -> None:
        self._message = message
        raw = message.raw_message
        self.body: bytes = raw.data
        self.headers: Mapping[str, str] = {name.lower(): str(value) for name, value in (raw.headers or {}).items()}
        self.content_type = self.headers.get("content-type", "")
        self.message_id = self.headers.get("nats-msg-id")
        self.place: str | None = (
            f"{raw.metadata.stream}:{raw.metadata.sequence.stream}:{raw.metadata.timestamp.isoformat()}"
        )

    async def ack(self) -> None:
        """Acknowledge to the stream that it is handled for good."""
        await self._message.ack()

    async def rest(self, seconds: float) -> bool:
        """Have it delivered again later, to whichever consumer has room by then."""
        await self._message.nack(delay=seconds)
        return False


class NatsBus:
    """A connection to NATS."""

    def __init__(self, address: BusAddress) -> None:
        self._address = address
        scheme = "tls" if address.is_tls else "nats"
        self._broker = NatsBroker(
            [f"{scheme}://{server}" for server in address.servers], security=_security(address), logger=None,
            # Who publishes makes a connection anew by himself. Who consumes lets the client try for ever: a client that
            # gave up would make FastStream ask it again and again without ever giving way to anything else.
            allow_reconnect=address.purpose == "submissions", closed_cb=self._give_way,
            max_reconnect_attempts=-1, reconnect_time_wait=1, connect_timeout=int(WAIT_SECONDS), graceful_timeout=10,
        )  # fmt: skip
        self._streams: dict[str, str] = {}

    async def connect(self) -> None:
        """Connect."""
        await self._broker.connect()

    async def publish(self, destination: str, message: Outgoing) -> None:
        """Publish into the stream that holds the subject, which must be there, and wait until it is kept."""
        headers = {**message.headers, "content-type": message.content_type, "Nats-Msg-Id": message.message_id}
        self._refuse_too_large(message, headers)
        try:
            # Known only until something fails: a stream may be gone, or be another by then.
            known = self._streams.pop(destination, None)
            stream = known or await self._jetstream.find_stream_name_by_subject(destination)
            await self._broker.publish(message.body, destination, headers=headers, stream=stream, timeout=WAIT_SECONDS)
            self._streams[destination] = stream
        except MaxPayloadError:
            raise NotTakenError("it is larger than the server takes (max_payload)", is_final=True) from None
        except NotFoundError:
            raise NotTakenError(f"no stream holds the subject {destination}: add one") from None

    async def publish_event(self, kind: str, message: Outgoing) -> None:
        """Publish as DESTINATION.KIND; the stream of all events is made where none is there."""
        events = f"{self._address.destination}.>"
        if events not in self._streams:
            kept = StreamConfig(
                subjects=[events], max_age=EVENT_DAYS * 86_400.0, duplicate_window=_DUPLICATE_SECONDS,
            )  # fmt: skip
            self._streams[events] = await self._require_stream(events, kept)
        await self.publish(f"{self._address.destination}.{kind}", message)

    async def consume(self, handle: Handle) -> None:
        """Consume as one durable consumer that all who run share."""
        source, dead = self._address.destination, self._address.dead_letters
        work = StreamConfig(subjects=[source], retention=RetentionPolicy.WORK_QUEUE, discard=DiscardPolicy.NEW)
        stream = await self._require_stream(source, work)
        await self._require_stream(dead, StreamConfig(subjects=[dead]))
        await self._require_consumer(stream)

        async def receive(message: Any = CURRENT_MESSAGE) -> None:
            await handle(_Arrived(message))

        self._broker.subscriber(
            source, stream=JStream(stream, declare=False), durable=self._address.consumer,
            pull_sub=PullSub(batch_size=PREFETCH, timeout=WAIT_SECONDS), ack_policy=AckPolicy.MANUAL, no_reply=True,
            decoder=raw_body,
        )(receive)  # fmt: skip
        await self._broker.start()

    async def is_consuming(self) -> bool:
        """Ask the server for our consumer."""
        try:
            stream = await self._jetstream.find_stream_name_by_subject(self._address.destination)
            await self._jetstream.consumer_info(stream, self._address.consumer)
        except NotFoundError:
            return False
        return True

    async def aclose(self) -> None:
        """Stop and close."""
        await self._broker.stop()

    def _refuse_too_large(self, message: Outgoing, headers: Mapping[str, str]) -> None:
        # Headers count too, and the client does not look at them: the server would cut the connection instead.
        client = self._broker._connection
        size = len(message.body) + sum(len(name) + len(value) + 4 for name, value in headers.items()) + _ADDED_BYTES
        if client is not None and size > client.max_payload:
            most = f"{client.max_payload:,}"
            raise NotTakenError(f"with its headers it has more than the {most} bytes of max_payload", is_final=True)

    async def _give_way(self) -> None:
        for subscriber in self._broker.subscribers:
            subscriber.running = False

    @property
    def _jetstream(self) -> JetStreamContext:
        client = self._broker._connection
        if client is None:
            raise NotTakenError("not connected")
        return client.jetstream(timeout=WAIT_SECONDS)

    async def _require_stream(self, subject: str, wanted: StreamConfig) -> str:
        """Find the stream of a subject, as it is; make one only where there is none."""
        try:
            return await self._jetstream.find_stream_name_by_subject(subject)
        except NotFoundError:
            name = subject.removesuffix(".>").replace(".", "_").replace("/", "_").upper()
            wanted = wanted.evolve(name=name, storage=StorageType.FILE)
            made = await self._jetstream.add_stream(wanted)
            return str(made.config.name)

    async def _require_consumer(self, stream: str) -> None:
        try:
            found = (await self._jetstream.consumer_info(stream, self._address.consumer)).config
        except NotFoundError:
            wanted = ConsumerConfig(
                durable_name=self._address.consumer, ack_policy=Acknowledge.EXPLICIT, ack_wait=ACK_WAIT_SECONDS,
                filter_subject=self._address.destination, max_deliver=-1,
            )  # fmt: skip
            await self._jetstream.add_consumer(stream, wanted)
            return
        # Any other policy takes what was handed out for handled, and a limit forgets what it could not hand out.
        if found.ack_policy != Acknowledge.EXPLICIT or (found.max_deliver or -1) > 0 or found.deliver_subject:
            shown = json.dumps({"ack_policy": str(found.ack_policy), "max_deliver": found.max_deliver})
            raise NotTakenError(
                f"the consumer {self._address.consumer} of stream {stream} must be a pull consumer with explicit "
                f"acknowledgement and no max_deliver, or messages are lost; it has {shown}. Delete it, or choose "
                "another with consumer=NAME",
                is_final=True,
            )


def _security(address: BusAddress) -> NatsSecurity | None:
    tls = address.tls()
    if address.credentials is not None:
        return NatsCredentials(address.credentials, ssl_context=tls)
    if address.password is not None:
        return NatsUserPassword(address.user or "", address.password, ssl_context=tls)
    if address.user is not None:
        return NatsToken(address.user, ssl_context=tls)
    return NatsSecurity(ssl_context=tls) if tls is not None else None
