"""Servers of the laboratory's own, which it may kill and start again: PostgreSQL and NATS, on free ports."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab.durability.processes import free_port

_START_SECONDS: Final = 60.0


class OwnPostgres:
    """A PostgreSQL server on a folder. environment: what is preloaded into it, so that its clock can jump too."""

    def __init__(self, folder: Path, binaries: Path, *, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"postgresql+psycopg://lab@127.0.0.1:{self.port}/postgres"
        self._folder, self._binaries = folder, binaries
        self._environment = {**os.environ, **environment}
        # The server refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        self._running: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the cluster; only its own user may read the folder."""
        self._folder.mkdir(mode=0o700)
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        how = ["-U", "lab", "--auth=trust", "--wal-segsize=1", "-E", "UTF8"]
        subprocess.run(
            [str(self._binaries / "initdb"), "-D", str(self._folder), *how],
            check=True,
            capture_output=True,
            user=self._user,
        )
        settings = {
            "port": self.port, "listen_addresses": "'127.0.0.1'", "unix_socket_directories": "''",
            "max_wal_size": "'64MB'", "min_wal_size": "'8MB'", "shared_buffers": "'64MB'", "max_connections": 100,
        }  # fmt: skip
        with (self._folder / "postgresql.conf").open("a") as out:
            out.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with (self._folder.parent / "postgresql.log").open("ab") as log:
            self._running = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._folder], env=self._environment, stdout=log, stderr=log,
                user=self._user, start_new_session=True,
            )  # fmt: skip
        ready = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "lab"]
        until = time.monotonic() + _START_SECONDS
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > until:
                raise TimeoutError("PostgreSQL did not start")
            time.sleep(0.1)

    def restart(self) -> None:
        """End it at once, as a crash does: nothing is written any more, and it recovers from its log."""
        self.end(signal.SIGQUIT)
        self.start()

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself, as it does where it cannot write its log."""
        return self._running is not None and self._running.poll() is not None

    def end(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(number)
            self._running.wait(timeout=_START_SECONDS)


class OwnNats:
    """A NATS server with JetStream on a folder."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self._running: subprocess.Popen[bytes] | None = None
        self.url = f"nats://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        command = ["nats-server", "-a", "127.0.0.1", "-p", str(self._port), "-js", "-sd", str(self._folder)]
        self._running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("NATS did not start")

    def kill(self) -> None:
        """Kill it."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    def published(self) -> Counter[str]:
        """Count the messages of every stream by their id."""
        return asyncio.run(self._published())

    async def _published(self) -> Counter[str]:
        import nats

        found: Counter[str] = Counter()
        client = await nats.connect(self.url)
        try:
            jetstream = client.jetstream()
            for stream in await jetstream.streams_info():
                reader = await jetstream.subscribe(">", stream=stream.config.name, ordered_consumer=True)
                for _ in range(stream.state.messages):
                    message = await reader.next_msg(timeout=30)
                    found[(message.headers or {}).get("Nats-Msg-Id", "")] += 1
                await reader.unsubscribe()
        finally:
            await client.close()
        return found


def postgres_binaries() -> Path | None:
    """Find the programs of a PostgreSQL server; the newest of several."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    return found[-1].parent if found else None


def has_nats() -> bool:
    """Check whether a NATS server is installed."""
    return shutil.which("nats-server") is not None
