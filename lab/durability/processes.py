"""The processes under test: started, killed, stopped past their lease, with a clock that jumps, and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from lab.durability.clock_jumps import FILE_VARIABLE, ProcessClocks
from lab.durability.launch import LEASE

START_SECONDS: Final = 120.0
JUMPS_SECONDS: Final = (-240.0, -30.0, 30.0, 240.0)
"""Within the five minutes that receivers let a signature be off, and up to thirty leases."""


class Processes:
    """API and worker processes on one database; `counts` says what was done to them."""

    def __init__(self, environment: Mapping[str, str], folder: Path, *, apis: int, workers: int, seed: int) -> None:
        self.ports = [free_port() for _ in range(apis)]
        self.counts: Counter[str] = Counter()
        self.clocks = ProcessClocks(folder)
        self.database_url = ""
        self._folder = folder
        self._random = random.Random(seed)
        self._ports: dict[str, int | None] = {f"api {port}": port for port in self.ports}
        self._ports |= {f"worker {at}": None for at in range(workers)}
        self._pids: dict[str, int] = {}
        self._stopped: list[threading.Timer] = []
        self._launcher = subprocess.Popen(
            [sys.executable, "-m", "lab.durability.launch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **environment, **self.clocks.environment},
        )  # fmt: skip

    def start(self) -> None:
        """Start them all, and wait until every API answers."""
        for name in self._ports:
            self._start(name)
        for port in self.ports:
            self._wait_for(port)

    def kill_one(self) -> str:
        """Kill one with SIGKILL, whatever it is doing, and start it again; return which.

        An API is killed only while it answers, and of several only while another does, so that kills fall under load.
        """
        name = self._random.choice(list(self._ports))
        if name.startswith("api"):
            for port in self.ports:
                self._wait_for(port)
        self._end(name, signal.SIGKILL)
        self.counts["killed " + name.split()[0]] += 1
        self._start(name)
        return name

    def stop_one_past_its_lease(self) -> str:
        """Stop a worker for longer than its lease: it wakes in the middle of what others have taken over."""
        name = self._random.choice([name for name in self._ports if name.startswith("worker")])
        pid = self._pids[name]
        os.kill(pid, signal.SIGSTOP)
        self.counts["stopped past the lease"] += 1
        waking = threading.Timer(LEASE.total_seconds() + 1.0, _wake, [pid])
        waking.start()
        self._stopped.append(waking)
        return name

    def jump_one(self) -> str:
        """Set the clock of one wrong, forward or backward, until it jumps again; return which and how far."""
        name, seconds = self._random.choice(list(self._ports)), self._random.choice(JUMPS_SECONDS)
        self.clocks.set(name, seconds)
        self.counts["clock jumps"] += 1
        return f"{name} to {seconds:+.0f} s"

    def set_every_clock(self, seconds: float) -> None:
        """Set every clock by so many seconds."""
        for name in self._ports:
            self.clocks.set(name, seconds)

    def end(self) -> None:
        """Wake what is stopped and end everything."""
        self.wait_until_stopped_ones_are_awake()
        for pid in self._pids.values():
            _signal(pid, signal.SIGTERM)
        for name in self._pids:
            try:
                self._wait_until_ended(name, seconds=30)
            except TimeoutError:
                self._end(name, signal.SIGKILL)
        self._pids.clear()
        assert self._launcher.stdin is not None and self._launcher.stdout is not None
        self._launcher.stdin.close()
        self._launcher.wait(timeout=30)
        self._launcher.stdout.close()

    def wait_until_stopped_ones_are_awake(self) -> None:
        """Wait until everything that was stopped goes on."""
        for waking in self._stopped:
            waking.join()

    def start_those_that_ended(self) -> None:
        """Start again what ended by itself, as whatever keeps a service running does."""
        for name, pid in self._pids.items():
            if not _is_alive(pid):
                self.counts["ended by themselves, started again"] += 1
                self._start(name)

    def _start(self, name: str) -> None:
        log, port = self._folder / f"{name.replace(' ', '-')}.log", self._ports[name]
        given = {FILE_VARIABLE: self.clocks.file_of(name), "TRIAGE_DATABASE_URL": self.database_url}
        assert self._launcher.stdin is not None and self._launcher.stdout is not None
        self._launcher.stdin.write(orjson.dumps({"port": port, "log": str(log), "environment": given}) + b"\n")
        self._launcher.stdin.flush()
        self._pids[name] = int(self._launcher.stdout.readline())

    def _end(self, name: str, number: signal.Signals) -> None:
        _signal(self._pids[name], number)
        self._wait_until_ended(name, seconds=30)

    def _wait_until_ended(self, name: str, *, seconds: float) -> None:
        until = time.monotonic() + seconds
        while _is_alive(self._pids[name]):
            if time.monotonic() > until:
                raise TimeoutError(f"{name} did not end")
            time.sleep(0.01)

    def _wait_for(self, port: int) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                self.start_those_that_ended()
                time.sleep(0.1)
        raise TimeoutError(f"the API on port {port} did not start; see {self._folder}")


def _wake(pid: int) -> None:
    _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    if _is_alive(pid):
        os.kill(pid, number)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
