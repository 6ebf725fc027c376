"""Connections on a real socket: a head that does not end is cut off, ordinary requests on one connection are not."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from serving import connections
from serving.connections import PatientProtocol

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SECONDS = 0.5


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Answer every request with the same."""
    assert scope["type"] == "http"
    await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SECONDS)
    config = uvicorn.Config(hello, port=0, http=PatientProtocol, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[:2]
    server.should_exit = True
    thread.join(timeout=10)


def answer(connection: socket.socket) -> bytes:
    """Read one whole answer."""
    read = b""
    while not read.endswith(b"hello"):
        read += connection.recv(1000)
    return read


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "], ids=["nothing", "line", "head"]
)
def test_a_head_that_does_not_end_is_cut_off(address: tuple[str, int], sent: bytes) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(sent)
        assert connection.recv(1000) == b""


def test_a_head_that_drips_is_cut_off(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        began = time.monotonic()
        connection.settimeout(SECONDS / 10)
        closed = False
        while not closed and time.monotonic() - began < 20 * SECONDS:
            try:
                connection.sendall(b"a")
                closed = connection.recv(10) == b""
            except TimeoutError:
                continue
            except OSError:
                closed = True
        assert closed


def test_requests_one_after_the_other_are_answered_on_one_connection(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        for _ in range(3):
            connection.sendall(HEAD)
            assert answer(connection).startswith(b"HTTP/1.1 200")
            time.sleep(2 * SECONDS)


def test_the_second_head_of_a_connection_is_waited_for_as_long(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(HEAD)
        assert answer(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HT")
        assert connection.recv(1000) == b""


@pytest.mark.parametrize(("head_bytes", "refused"), [(65_000, False), (65_537, True)])
def test_a_head_without_end_is_refused_before_it_fills_the_memory(
    address: tuple[str, int], head_bytes: int, refused: bool
) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        beginning = b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: "
        connection.sendall(beginning + b"a" * (head_bytes - len(beginning)))
        assert connection.recv(1000).startswith(b"HTTP/1.1 431") is refused
