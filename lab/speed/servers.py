"""The servers that are measured, each a process of its own that is ended afterwards."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lab.durability.processes import free_port

_START_SECONDS: Final = 180.0


@contextmanager
def served(
    command: Sequence[str], *, port: int, ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a server until the block ends; yield its port once `ready` answers on it."""
    with tempfile.NamedTemporaryFile(prefix="triage-speed-", suffix=".log", delete=False) as log:
        process = subprocess.Popen(
            command, env=os.environ | dict(environment or {}), stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{ready}", Path(log.name))
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)
        Path(log.name).unlink()


@contextmanager
def bare() -> Iterator[int]:
    """Run the bare FastAPI application."""
    port = free_port()
    with served([sys.executable, "-m", "lab.speed.bare", str(port)], port=port, ready="/openapi.json"):
        yield port


@contextmanager
def triage(home: Path, database: str, *, workers: int = 1) -> Iterator[int]:
    """Run the service with the champions of a home folder on a database."""
    port = free_port()
    environment = {"TRIAGE_HOME": str(home), "TRIAGE_DATABASE_URL": database, "TRIAGE_PORT": str(port)}
    command = [sys.executable, "-m", "cli.main", "serve", "--workers", str(workers)]
    with served(command, port=port, ready="/readyz", environment=environment):
        yield port


@contextmanager
def mlflow(tracking: str, model: str, *, workers: int) -> Iterator[int]:
    """Run MLflow's scoring server of a registered version, which builds features and predicts, and stores nothing."""
    port = free_port()
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model, "--env-manager", "local",
        "--port", str(port), "--workers", str(workers),
    ]  # fmt: skip
    with served(command, port=port, ready="/ping", environment={"MLFLOW_TRACKING_URI": tracking}):
        yield port


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"nothing answers at {url}: {log.read_text(errors='replace')[-2_000:]}")
