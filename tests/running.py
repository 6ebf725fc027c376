"""Servers that a test starts as processes of their own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    words: Sequence[str], *, ready: str, environment: Mapping[str, str], log: Path, seconds: float = 90.0
) -> Iterator[None]:
    """Run a server with all its processes; begin when `ready` answers 200, and stop them at the end.

    Raises AssertionError with the end of its log where it ends before, or does not answer in time.
    """
    with log.open("wb") as written:
        process = subprocess.Popen(
            words, env=dict(environment), stdout=written, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        until = time.monotonic() + seconds
        while not _answers(ready):
            assert process.poll() is None, f"it ended with {process.returncode}: {log.read_text()[-3000:]}"
            assert time.monotonic() < until, f"no answer from {ready} in {seconds} s: {log.read_text()[-3000:]}"
            time.sleep(0.2)
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
