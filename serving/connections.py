"""The protocol of a connection: who does not finish a request's head in time, or within bounds, is cut off."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
MAX_HEAD_BYTES: Final = 65_536
"""Of a head that has not ended yet; the parser itself has no bound."""
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\ncontent-length: 46\r\n"
    b"connection: close\r\n\r\nThe head of a request may have 65,536 bytes.\r\n"
)


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a time-out and a bound for the head of a request; the body's are kept where bodies are read."""

    _head_timeout: asyncio.TimerHandle | None = None
    _head_bytes: int = 0

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
        elif self._head_timeout is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._cut_off(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Refuse a head that another server may read in another way; the parser refuses two lengths, or one beside
        chunks.

        Raises ValueError, which the parser answers with 400. Source: RFC 9112, 3.2 and 6.1.
        """
        version = self.parser.get_http_version()
        hosts = sum(name == b"host" for name, _ in self.headers)
        codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            raise ValueError("a request names one host")
        if codings and (version != "1.1" or codings != [b"chunked"]):
            raise ValueError("a body is chunked, or has a length")
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timeout = self.loop.call_later(HEAD_SECONDS, self._cut_off)

    def _stop_waiting(self) -> None:
        if self._head_timeout is not None:
            self._head_timeout.cancel()
            self._head_timeout = None

    def _cut_off(self, answer: bytes = b"") -> None:
        self._stop_waiting()
        transport: Any = self.transport
        if not transport.is_closing():
            transport.write(answer)
            transport.close()
