"""A write is proved where another process locks the file, and where PostgreSQL hangs, is cut off and restarted behind a
proxy; each is named in time, and the next look after it says that all is well."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic, sleep

import pytest
from sqlalchemy import Engine, make_url

from triage.db import probe
from triage.db.database import open_engine
from triage.db.probe import Health, WriteProbe

WAIT_SECONDS = 1.0
LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def every_look_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_HOLDS_SECONDS", 0.0)


def looked(looking: WriteProbe) -> Health:
    """Look once, in time."""
    started = monotonic()
    found = looking.check()
    assert monotonic() - started < WAIT_SECONDS + 5.0
    return found


def comes_to(looking: WriteProbe, wanted: Health) -> None:
    """Look again and again until all is as wanted."""
    until = monotonic() + 30
    while (found := looked(looking)) != wanted:
        assert monotonic() < until, found
        sleep(0.05)


def test_a_file_that_another_process_locks_is_named_and_recovers(sqlite_engine: Engine) -> None:
    looking = WriteProbe(sqlite_engine, wait_seconds=WAIT_SECONDS)
    assert looked(looking) == "ok"
    words = [sys.executable, "-c", LOCKING, sqlite_engine.url.database or ""]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "locked\n"
        comes_to(looking, "locked")
        other.stdin.close()
    assert looked(looking) == "ok"


class Proxy:
    """What stands between the service and PostgreSQL: it passes everything on, holds it back, or cuts it off."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._passing = threading.Event()
        self._passing.set()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    def hang(self) -> None:
        """Take what is sent, and pass nothing on."""
        self._passing.clear()

    def go_on(self) -> None:
        """Pass on what was held back, and what comes."""
        self._passing.set()

    def cut(self) -> None:
        """Close every connection and take no new one."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for end in self._open:
            with suppress(OSError):  # closed by its other side already
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def restart(self) -> None:
        """Take connections again."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._begin(self._accept)

    def end(self) -> None:
        self.go_on()
        self.cut()
        for thread in self._threads:
            thread.join(timeout=10)

    def _begin(self, work: Callable[..., None], *given: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=given))
        self._threads[-1].start()

    def _accept(self) -> None:
        listening = self._listening
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            far = socket.create_connection(self._server)
            self._open += [near, far]
            self._begin(self._pass, near, far)
            self._begin(self._pass, far, near)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while sent := source.recv(65536):
                self._passing.wait()
                target.sendall(sent)
        # Both directions end together; the one that ends last closes what it read from.
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()


@pytest.fixture
def proxied(postgres_url: str) -> Iterator[tuple[Proxy, WriteProbe]]:
    address = make_url(postgres_url)
    proxy = Proxy(address.host or "127.0.0.1", address.port or 5432)
    through = address.set(host="127.0.0.1", port=proxy.port)
    engine = open_engine(through.render_as_string(hide_password=False))
    yield proxy, WriteProbe(engine, wait_seconds=WAIT_SECONDS)
    engine.dispose()
    proxy.end()


@pytest.mark.postgres
class TestPostgreSQL:
    def test_that_hangs_gives_no_answer_in_time_and_recovers(self, proxied: tuple[Proxy, WriteProbe]) -> None:
        proxy, looking = proxied
        comes_to(looking, "ok")
        proxy.hang()
        assert [looked(looking) for _ in range(2)] == ["no answer in time"] * 2
        proxy.go_on()
        comes_to(looking, "ok")

    def test_that_hangs_before_anybody_was_connected_recovers_too(self, proxied: tuple[Proxy, WriteProbe]) -> None:
        proxy, looking = proxied
        proxy.hang()
        assert looked(looking) == "no answer in time"
        proxy.go_on()
        comes_to(looking, "ok")

    def test_that_is_stopped_and_started_is_unreachable_and_recovers(self, proxied: tuple[Proxy, WriteProbe]) -> None:
        proxy, looking = proxied
        comes_to(looking, "ok")
        proxy.cut()
        comes_to(looking, "unreachable")
        proxy.restart()
        comes_to(looking, "ok")
