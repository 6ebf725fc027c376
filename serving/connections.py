"""The protocol of a connection: who does not finish sending a request's head in time is cut off."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with a time-out for the head of a request; the body's is kept where bodies are read."""

    _head_timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take what was sent; once a request began, its head is no longer waited for."""
        # Between two requests the keep-alive time-out counts; it ends with the first byte, and this one begins.
        if self._head_timeout is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_timeout = self.loop.call_later(HEAD_SECONDS, self._cut_off)

    def _stop_waiting(self) -> None:
        if self._head_timeout is not None:
            self._head_timeout.cancel()
            self._head_timeout = None

    def _cut_off(self) -> None:
        self._head_timeout = None
        transport: Any = self.transport
        if not transport.is_closing():
            transport.close()
