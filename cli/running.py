"""`triage up` and `triage serve`: everything on one machine, or the service alone."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer

from cli.console import err, fail, out
from cli.options import settings as read_settings
from triage.settings import Settings

DEMO_PEOPLE: Final = {
    "admin": ["admin"],
    "ann": ["analyst"],
    "eve": ["analyst", "approver"],
    "pam": ["policy_editor", "model_reviewer"],
    "vic": ["viewer"],
}
MLFLOW_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 20.0


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(serve)


def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that share the port; default TRIAGE_WORKERS, or 1")
    ] = None,
) -> None:
    """Serve the API and the review queue: `TRIAGE_PORT=8080 triage serve --workers 2`."""
    from serving.app import serve as serve_settings

    if workers is not None:
        # The processes that are started read their settings themselves.
        os.environ["TRIAGE_WORKERS"] = str(workers)
    serve_settings(read_settings())


def up(
    sample: Annotated[bool, typer.Option(help="Feed sample exceptions into an empty queue")] = True,
) -> None:
    """Run everything on this machine: migrate, train what has no champion, serve, feed samples: `triage up`."""
    settings = read_settings()
    embedded_mlflow = not settings.mlflow_tracking_uri
    for host, port, name in [
        (settings.host, settings.port, "TRIAGE_PORT"),
        *([(MLFLOW_HOST, settings.mlflow_port, "TRIAGE_MLFLOW_PORT")] * embedded_mlflow),
    ]:
        _require_free(host, port, name)
    settings.home_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Children(settings.home_folder / "logs") as children:
        # MLflow takes longest to start. Only on the very first run must it wait, until training has made its database.
        early = embedded_mlflow and (settings.home_folder / "mlflow.db").exists()
        if early:
            children.start("MLflow", mlflow_command(settings), environment=mlflow_environment())
        # Training needs gigabytes of libraries that serving must not keep: it runs in a process of its own.
        _run_to_end("prepare")
        children.start("triage", [sys.executable, "-m", "cli.main", "serve"])
        if embedded_mlflow and not early:
            children.start("MLflow", mlflow_command(settings), environment=mlflow_environment())
        children.wait_for("triage", f"http://{settings.host}:{settings.port}/healthz")
        if sample:
            _run_to_end("demo_feed")
        if embedded_mlflow:
            children.wait_for("MLflow", f"http://{MLFLOW_HOST}:{settings.mlflow_port}/health")
        _announce(settings, _read_sign_ins(settings), embedded_mlflow=embedded_mlflow)
        children.watch()


class Children:
    """The processes `up` started: all stop when one dies, on Ctrl-C, or when this process is told to end."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Children":
        signal.signal(signal.SIGTERM, _interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        for child in self._running.values():
            _signal(child, signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._running.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.wait()
        err.print("everything has stopped")

    def start(self, name: str, command: Sequence[str], *, environment: dict[str, str] | None = None) -> None:
        """Start a process in a session of its own, so that Ctrl-C reaches it only through us, once; it writes to a log
        file."""
        merged = os.environ | (environment or {})
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                command, env=merged, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_for(self, name: str, url: str) -> None:
        """Wait until a process answers."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._running[name].poll() is not None:
                fail(f"{name} ended while starting: {self._last_words(name)}")
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        fail(f"{name} did not answer at {url} within {_START_SECONDS:.0f} seconds")

    def watch(self) -> None:
        """Wait until somebody presses Ctrl-C or a process ends by itself."""
        while True:
            for name, child in self._running.items():
                if child.poll() is not None:
                    fail(f"{name} ended with status {child.returncode}: {self._last_words(name)}")
            time.sleep(0.5)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name.lower()}.log"

    def _last_words(self, name: str) -> str:
        """Quote the end of a process's log, where it says why it ended."""
        lines = self._log(name).read_text(errors="replace").strip().splitlines()
        return "\n".join([f"see {self._log(name)}", *lines[-5:]])


def mlflow_command(settings: Settings) -> list[str]:
    """Return how the embedded MLflow server is started: for this machine only, whatever TRIAGE_HOST says, as it has no
    sign-in."""
    return [
        sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", MLFLOW_HOST,
        "--port", str(settings.mlflow_port), "--backend-store-uri", settings.tracking,
        "--artifacts-destination", str(settings.artifacts),
    ]  # fmt: skip


def mlflow_environment() -> dict[str, str]:
    """Turn off what the embedded MLflow server does not need: telemetry, job workers, chatter."""
    return {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_LOGGING_LEVEL": "ERROR",
        "MLFLOW_SERVER_LOG_LEVEL": "warning",
        "UVICORN_LOG_LEVEL": "warning",
    }


def ensure_sign_ins(settings: Settings) -> None:
    """Make the demo people with random passwords on a database that knows nobody; keep them in the home folder."""
    from triage.clock import utc_now
    from triage.db.audit_chain import audit
    from triage.db.database import open_engine
    from triage.identity.access import create_user, grant, list_users

    engine = open_engine(settings.database)
    with engine.begin() as connection:
        if list_users(connection):
            return
        lines = []
        for name, roles in DEMO_PEOPLE.items():
            password = secrets.token_urlsafe(12)
            create_user(connection, name, password, now=utc_now())
            for role in roles:
                grant(connection, f"user:{name}", role, None)
            lines.append(f"{name} {password} {'+'.join(roles)}")
        detail = {"people": DEMO_PEOPLE}
        audit(connection, actor="system:up", verb="create_demo_users", case_id=None, detail=detail, now=utc_now())
    file = sign_ins_file(settings)
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n")


def sign_ins_file(settings: Settings) -> Path:
    """Return where the demo sign-ins are kept."""
    return settings.home_folder / "demo-sign-ins.txt"


def _read_sign_ins(settings: Settings) -> list[list[str]]:
    file = sign_ins_file(settings)
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def _announce(settings: Settings, sign_ins: list[list[str]], *, embedded_mlflow: bool) -> None:
    out.print()
    out.print(f"  Review queue  http://{settings.host}:{settings.port}/")
    out.print(f"  API           http://{settings.host}:{settings.port}/docs")
    mlflow = f"http://{MLFLOW_HOST}:{settings.mlflow_port}/" if embedded_mlflow else settings.tracking
    out.print(f"  MLflow        {mlflow}")
    out.print()
    for name, password, roles in sign_ins:
        out.print(f"  sign in as  {name:6} {password:18} {roles}")
    out.print(f"\n  Logs in {settings.home_folder / 'logs'}. Ctrl-C stops everything.")


def _run_to_end(step: str) -> None:
    """Run a step of `up` as a process of its own; Ctrl-C reaches it too, and ends both."""
    done = subprocess.run([sys.executable, "-m", f"cli.{step}"], check=False)
    if done.returncode != 0:
        raise typer.Exit(done.returncode)


def _require_free(host: str, port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            fail(f"port {port} on {host} is in use; stop what uses it, or choose another with {setting}")


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    if child.poll() is None:
        os.killpg(child.pid, number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
