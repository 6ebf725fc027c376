"""A real HTTP receiver for tests and the laboratory: it remembers what arrived, and answers as it is told."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler", dict[str, Any]], None]


@dataclass(frozen=True)
class Arrival:
    path: str
    headers: dict[str, str]
    raw: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.raw)

    @property
    def delivery_id(self) -> str:
        return self.headers["webhook-id"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        arrival = Arrival(
            self.path, {name.lower(): value for name, value in self.headers.items()}, raw, time.monotonic()
        )
        with receiver.changed:
            receiver.arrivals.append(arrival)
            receiver.changed.notify_all()
            answer = receiver.script.pop(0) if receiver.script else receiver.answer
        answer(self)

    def log_message(self, *args: Any) -> None:
        pass

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@dataclass
class Receiver:
    port: int
    answer: Callable[[Handler], None] = lambda handler: handler.say(204)
    arrivals: list[Arrival] = field(default_factory=list)
    script: list[Callable[[Handler], None]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [arrival.delivery_id for arrival in self.arrivals]

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Arrival]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.arrivals) >= count, timeout=seconds), (
                f"{len(self.arrivals)} of {count} arrived"
            )
            return list(self.arrivals)


def status(code: int, body: bytes = b"", **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.say(code, body, **headers)


def twice(handler: Handler) -> None:
    """Answer one request with two answers, the second when the next request may be under way."""
    handler.say(204)
    time.sleep(3)
    handler.close_connection = False
    try:
        handler.say(204)
    except OSError:
        handler.close_connection = True


def hang(seconds: float) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        try:
            handler.say(204)
        except OSError:
            handler.close_connection = True

    return answer


def close_midway(handler: Handler) -> None:
    """Take the request and close before a status was said."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def drip(handler: Handler) -> None:
    """Send the head of an answer a byte at a time, each within any time-out for one read."""
    handler.close_connection = True
    try:
        for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 200:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *args: Any) -> None:
        pass


@contextmanager
def receiving(port: int = 0, *, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    server = _Server(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.receiver = receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
