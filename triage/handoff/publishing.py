"""Publishing deliveries to event buses: over one connection per address, which is made anew after any failure."""

import asyncio
from contextlib import suppress
from time import perf_counter
from typing import Final

from triage.errors import TriageError
from triage.handoff.addresses import RefusedAddressError, checked_addresses
from triage.handoff.brokers.bus import Bus, NotTakenError, Outgoing, open_bus
from triage.handoff.brokers.bus_address import BusAddress, read_bus_address
from triage.handoff.claiming import Attempt, Claimed
from triage.handoff.secrets import UnreadableSecretError, read_secrets
from triage.handoff.signing import MEDIA_TYPE, cloud_event

_SHOWN_LETTERS: Final = 200
_CLOSE_SECONDS: Final = 5.0
_MAX_CONNECTIONS: Final = 20


class BusPublisher:
    """Publishes from one event loop."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[BusAddress, Bus]] = {}
        self._lock = asyncio.Lock()

    async def send(self, claimed: Claimed) -> Attempt:
        """Publish one delivery and return what became of it; never raises but when cancelled.

        The message id is the delivery id, and the broker's word that it keeps the message is the receiver's answer.
        """
        started = perf_counter()
        reason, is_final, url = None, False, None
        try:
            (url, *_) = read_secrets(claimed.secrets)
            async with asyncio.timeout(claimed.timeout_seconds):
                bus = await self._connected(url, allow_private=claimed.allow_private)
                await bus.publish_event(claimed.kind, _message(claimed))
        except NotTakenError as error:
            reason, is_final = str(error), error.is_final
        except TimeoutError:
            reason = f"not taken within {claimed.timeout_seconds:g} seconds"
        except (UnreadableSecretError, RefusedAddressError) as error:
            reason = str(error)
        except TriageError as error:
            reason = error.detail
        except Exception as error:
            # Each broker's library has exceptions of its own, and their words may hold the password.
            message = f"{type(error).__name__}: {error}"
            reason = self._without_secrets(url, message)[:_SHOWN_LETTERS].rstrip(": ")
        if reason is not None and url is not None and not is_final:
            await self._drop(url)
        took = int((perf_counter() - started) * 1000)
        return Attempt(delivered=reason is None, milliseconds=took, reason=reason, is_final=is_final)

    async def aclose(self) -> None:
        """Close every connection."""
        for url in list(self._open):
            await self._drop(url)

    async def _connected(self, url: str, *, allow_private: bool) -> Bus:
        async with self._lock:
            if url in self._open:
                return self._open[url][1]
            address = read_bus_address(url, purpose="events")
            for host, port in address.hosts:
                await checked_addresses(host, port, allow_private=allow_private)
            if len(self._open) >= _MAX_CONNECTIONS:
                await self._drop(next(iter(self._open)))
            bus = open_bus(address)
            try:
                await bus.connect()
            except BaseException:
                await _close(bus)
                raise
            self._open[url] = address, bus
            return bus

    async def _drop(self, url: str) -> None:
        _, bus = self._open.pop(url, (None, None))
        if bus is not None:
            await _close(bus)

    def _without_secrets(self, url: str | None, text: str) -> str:
        try:
            return read_bus_address(url or "", purpose="events").without_secrets(text)
        except TriageError:
            return text.partition(":")[0]


async def _close(bus: Bus) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await bus.aclose()


def _message(claimed: Claimed) -> Outgoing:
    # Structured mode: the bytes a webhook gets, whatever a broker makes of headers.
    return Outgoing(
        body=cloud_event(claimed), content_type=MEDIA_TYPE, message_id=claimed.delivery_id,
        key=claimed.order_key or claimed.delivery_id,
    )  # fmt: skip
