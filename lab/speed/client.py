"""Callers in a closed loop: each sends its next request when the one before is answered.

Written on the event loop's own protocol: a general HTTP client costs more for a request than the server under test.
"""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import numpy as np

_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(kw_only=True)
class Timings:
    """What one run saw. seconds: of each answered request, in the order of the answers; statuses: how many of each."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lasted_seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.lasted_seconds

    def quantile_ms(self, share: float) -> float:
        """Return the time within which a share of the requests was answered, in milliseconds."""
        return float(np.quantile(self.seconds, share)) * 1_000.0


class _Caller(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], measured: Timings, until: Callable[[], bool]) -> None:
        self._requests, self._measured, self._until = requests, measured, until
        self._read, self._sent_at = bytearray(), 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._read += data
        head_end = self._read.find(_HEAD_END)
        if head_end < 0:
            return
        length = _LENGTH.search(self._read, 0, head_end)
        if length is None or len(self._read) < head_end + len(_HEAD_END) + int(length[1]):
            return
        self._measured.seconds.append(perf_counter() - self._sent_at)
        self._measured.statuses[int(self._read[9:12])] += 1
        self._read.clear()
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed a connection under test"))

    def _send(self) -> None:
        if self._until():
            self._sent_at = perf_counter()
            self._transport.write(next(self._requests))
        else:
            self.done.set_result(None)
            self._transport.close()


async def load(port: int, requests: Iterator[bytes], *, callers: int, seconds: float) -> Timings:
    """Send requests to a port of this machine for some seconds, each of so many callers one at a time."""
    loop, measured, begun = asyncio.get_running_loop(), Timings(), perf_counter()
    made = [
        await loop.create_connection(
            lambda: _Caller(requests, measured, lambda: perf_counter() - begun < seconds), "127.0.0.1", port
        )
        for _ in range(callers)
    ]
    await asyncio.gather(*(caller.done for _, caller in made))
    measured.lasted_seconds = perf_counter() - begun
    return measured


def written(path: str, body: bytes, *, key: str = "") -> bytes:
    """Write a POST request with a JSON body."""
    authorization = f"authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"{authorization}content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def repeated(requests: list[bytes]) -> Iterator[bytes]:
    """Yield requests over and over."""
    return itertools.cycle(requests)
