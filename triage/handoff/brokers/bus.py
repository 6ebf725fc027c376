"""What is asked of an event broker, whichever it is: take a message for good, and give messages that are handled for
good."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from triage.errors import UnavailableError
from triage.handoff.brokers.bus_address import BusAddress

PREFETCH: Final = 64
"""Messages under way in one consumer: as many as share one commit."""
WAIT_SECONDS: Final = 5.0
"""How long a broker may take for one small answer."""


class NotTakenError(Exception):
    """A broker did not take a message. is_final: it never will."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be published.

    message_id: by which receivers, and brokers that can, know a second copy. key: messages of one key stay in order
    where a broker divides its topics.
    """

    body: bytes = field(repr=False)
    content_type: str
    message_id: str
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Incoming(Protocol):
    """A message that is ours until it is acknowledged.

    headers: with names in lower case. message_id: what the sender gave; None: nothing. place: where the broker keeps
    it, the same at every redelivery; None: it does not say.
    """

    body: bytes
    content_type: str
    headers: Mapping[str, str]
    message_id: str | None
    place: str | None

    async def ack(self) -> None:
        """Acknowledge to the broker that it is handled for good."""

    async def rest(self, seconds: float) -> bool:
        """Let it rest: True once it is to be handled again here, False where the broker delivers it again later."""


Handle = Callable[[Incoming], Awaitable[None]]


class Bus(Protocol):
    """A connection to a broker; whatever fails on the way is an exception of the broker's own library."""

    async def connect(self) -> None:
        """Connect, once; the address says where."""

    async def publish(self, destination: str, message: Outgoing) -> None:
        """Publish and wait until the broker keeps it; raise NotTakenError where it will not."""

    async def publish_event(self, kind: str, message: Outgoing) -> None:
        """Publish an event of a kind below the destination that the address names."""

    async def consume(self, handle: Handle) -> None:
        """Begin to hand every submission to `handle`, up to PREFETCH at once; makes what is not there yet."""

    async def is_consuming(self) -> bool:
        """Check that the broker still has us as a consumer."""

    async def aclose(self) -> None:
        """Stop consuming, let what is under way end, and close."""


def open_bus(address: BusAddress) -> Bus:
    """Return the bus of an address, not connected; raise UnavailableError where the extra `bus` is not installed."""
    try:
        if address.broker == "nats":
            from triage.handoff.brokers.nats import NatsBus

            return NatsBus(address)
        if address.broker == "rabbitmq":
            from triage.handoff.brokers.rabbitmq import RabbitBus

            return RabbitBus(address)
        from triage.handoff.brokers.kafka import KafkaBus

        return KafkaBus(address)
    except ImportError as error:
        missing = f"an event bus needs the extra `bus`: pip install 'retail-exception-triage[bus]' ({error.name})"
        raise UnavailableError(missing) from None
