"""Brokers of a test's own, which it may kill: on free ports, with their files in a folder of the test."""

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

RABBITMQ_SERVER: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Not the one on the path, which on Debian changes to a user who may not write where tests do."""

RABBITMQCTL: Final = RABBITMQ_SERVER.with_name("rabbitmqctl")
_ELECT: Final = (
    "[ra:trigger_election(amqqueue:get_pid(Q)) || Q <- rabbit_amqqueue:list(), "
    "amqqueue:get_type(Q) =:= rabbit_quorum_queue]."
)


@dataclass
class OwnBroker:
    """A broker's process, started and killed at will; what it took to disk stays."""

    name: str
    folder: Path
    port: int
    _running: subprocess.Popen[bytes] | None = field(default=None)
    _began_before: bool = field(default=False)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}" if self.name == "nats" else f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        command, given = (self._nats if self.name == "nats" else self._rabbitmq)()
        self._running = subprocess.Popen(
            command, env=os.environ | given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + 150
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise AssertionError(f"{self.name} did not start")
        if self.name == "rabbitmq" and self._began_before:
            self._elect(given)
        self._began_before = True

    def _elect(self, given: dict[str, str]) -> None:
        """Let every quorum queue elect its leader, as an operator would.

        A queue of one node may stay without one after a kill (rabbitmq-server#10070, seen with 3.10.8).
        """
        command = [str(RABBITMQCTL), "--node", given["RABBITMQ_NODENAME"], "eval", _ELECT]
        done = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, timeout=90)
        assert done.returncode == 0, done.stdout + done.stderr

    def kill(self) -> None:
        """Kill it as `kill -9` does, with everything it started."""
        if self._running is not None:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait(timeout=30)
            self._running = None
        while True:  # a child of it may hold the port a moment longer
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                return
            time.sleep(0.05)

    def _nats(self) -> tuple[list[str], dict[str, str]]:
        store = str(self.folder / "nats")
        return ["nats-server", "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", store], {}

    def _rabbitmq(self) -> tuple[list[str], dict[str, str]]:
        settings, plugins = self.folder / "rabbitmq.conf", self.folder / "plugins"
        settings.write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n")
        plugins.write_text("[].\n")
        given = {
            "HOME": str(self.folder), "RABBITMQ_NODENAME": f"t{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(settings), "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "db"), "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }  # fmt: skip
        return [str(RABBITMQ_SERVER)], given


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def own_broker(name: str, folder: Path) -> OwnBroker:
    """Start a broker of the test's own; skips where its program is not installed."""
    if name == "nats" and shutil.which("nats-server") is None:
        pytest.skip("there is no nats-server on this machine")
    if name == "rabbitmq" and not RABBITMQ_SERVER.exists():
        pytest.skip(f"there is no {RABBITMQ_SERVER} on this machine")
    made = OwnBroker(name, folder, free_port())
    made.start()
    return made
