"""A receiver that verifies, keeps one effect per key, and then misbehaves: it fails, hangs, answers late or twice, or
closes midway."""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

MISBEHAVIOUR: Final = {"fails": 0.06, "hangs": 0.03, "late": 0.05, "twice": 0.05, "closes": 0.05}
"""Shares of requests. What hangs, answers late or twice, or closes has kept the effect before; what fails has not."""
HANG_SECONDS: Final = 2.0
LATE_SECONDS: Final = 0.6


class MisbehavingReceiver:
    """What arrived, and how it is answered. effects: per key, what was done, for which case, in which order.

    What was done is the event's type; of a step with its operation, of a stage with its share of the time.
    """

    def __init__(self, seed: int) -> None:
        self.secret = ""
        self.misbehaves = True
        self.is_down = False
        self.effects: dict[str, tuple[str, str, int]] = {}
        self.requests: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._random = random.Random(seed)

    def take(self, headers: Any, body: bytes) -> str:
        """Take one request; return how to answer: well, forged, down, or a kind of misbehaviour."""
        with self._lock:
            how = self._choose()
            if how in ("down", "fails"):
                self.requests[how] += 1
                return how
            try:
                Webhook(self.secret).verify(body, dict(headers))
            except WebhookVerificationError:
                self.requests["forged"] += 1
                return "forged"
            key, event = headers["webhook-id"], json.loads(body)
            self.requests["repeated" if key in self.effects else "first"] += 1
            self.effects.setdefault(key, (_done(event), event.get("subject", ""), len(self.effects)))
            if how != "well":
                self.requests[how] += 1
            return how

    def cut_off(self) -> None:
        """Count a request whose body did not arrive whole."""
        with self._lock:
            self.requests["cut off"] += 1

    def _choose(self) -> str:
        if self.is_down:
            return "down"
        if not self.misbehaves:
            return "well"
        drawn = self._random.uniform(0, 1)
        for how, share in MISBEHAVIOUR.items():
            if drawn < share:
                return how
            drawn -= share
        return "well"


def _done(event: dict[str, Any]) -> str:
    data = event["data"]
    if "operation" in data:
        return f"{event['type']} {data['operation']}"
    return f"{event['type']} {data['stage']['at_percent']:g}" if "stage" in data else str(event["type"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a webhook."""
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        assert isinstance(self.server, _Server)
        if len(body) < length:
            # A sender that was killed between head and body: there is nothing to verify, and nobody to answer.
            self.server.receiver.cut_off()
            self.close_connection = True
            return
        how = self.server.receiver.take(self.headers, body)
        statuses = {"down": 503, "fails": 500, "forged": 401}
        if how == "closes":
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 20")
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        time.sleep({"hangs": HANG_SECONDS, "late": LATE_SECONDS}.get(how, 0))
        for _ in range(2 if how == "twice" else 1):
            self._answer(statuses.get(how, 200))

    def _answer(self, status: int) -> None:
        said = b'{"on_hand": 3}' if status == 200 else b""
        try:
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
        except OSError:
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, receiver: MisbehavingReceiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver

    def handle_error(self, *args: Any) -> None:
        """Log nothing of senders that were killed."""


@contextmanager
def misbehaving_receiver(seed: int) -> Iterator[tuple[MisbehavingReceiver, str]]:
    """Run a receiver in a thread; yield it with its address."""
    receiver = MisbehavingReceiver(seed)
    server = _Server(receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield receiver, f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()
