"""The processes under test: started, killed, stopped past their lease, and started again."""

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

from lab.durability.launch import LEASE

START_SECONDS: Final = 120.0


class Processes:
    """API and worker processes on one database; `counts` says what was done to them."""

    def __init__(self, environment: Mapping[str, str], logs: Path, *, apis: int, workers: int, seed: int) -> None:
        self.ports = [free_port() for _ in range(apis)]
        self.counts: Counter[str] = Counter()
        self._environment = {**os.environ, **environment}
        self._logs = logs
        self._random = random.Random(seed)
        self._commands = {f"api {port}": ["api", str(port)] for port in self.ports}
        self._commands |= {f"worker {at}": ["worker"] for at in range(workers)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopped: list[threading.Timer] = []

    def start(self) -> None:
        """Start them all, and wait until every API answers."""
        for name in self._commands:
            self._start(name)
        for port in self.ports:
            self._wait_for(port)

    def kill_one(self) -> str:
        """Kill one with SIGKILL, whatever it is doing, and start it again; return which.

        An API is killed only while it answers, and of several only while another does, so that kills fall under load.
        """
        name = self._random.choice(list(self._commands))
        if name.startswith("api"):
            for port in self.ports:
                self._wait_for(port)
        self._running[name].kill()
        self._running[name].wait()
        self.counts["killed " + name.split()[0]] += 1
        self._start(name)
        return name

    def stop_one_past_its_lease(self) -> str:
        """Stop a worker for longer than its lease: it wakes in the middle of what others have taken over."""
        name = self._random.choice([name for name in self._commands if name.startswith("worker")])
        process = self._running[name]
        process.send_signal(signal.SIGSTOP)
        self.counts["stopped past the lease"] += 1
        waking = threading.Timer(LEASE.total_seconds() + 1.0, _wake, [process])
        waking.start()
        self._stopped.append(waking)
        return name

    def end(self) -> None:
        """Wake what is stopped and end everything."""
        for waking in self._stopped:
            waking.join()
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_until_stopped_ones_are_awake(self) -> None:
        """WaitingTime until everything that was stopped goes on."""
        for waking in self._stopped:
            waking.join()

    def _start(self, name: str) -> None:
        command = [sys.executable, "-m", "lab.durability.launch", *self._commands[name]]
        with (self._logs / f"{name.replace(' ', '-')}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def _wait_for(self, port: int) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise TimeoutError(f"the API on port {port} did not start; see {self._logs}")


def _wake(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
