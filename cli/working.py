"""`triage worker`: sends deliveries and runs jobs, beside or instead of the worker inside `triage serve`."""

import signal
import threading
from types import FrameType

import typer

from cli.console import err, fail
from cli.options import settings as read_settings


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker() -> None:
    """Send deliveries and run jobs until interrupted; any number may run: `triage worker`."""
    from serving.logs import configure_logs
    from triage.db.database import is_current, open_engine
    from triage.shared_jobs import open_worker
    from triage.tracing import start_tracing

    configure_logs()
    settings = read_settings()
    engine = open_engine(settings.database)
    if not is_current(engine):
        fail("the database schema is not the newest: run `triage db upgrade`")
    start_tracing(settings.otlp_endpoint)
    running, stop = open_worker(engine, settings), threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    running.start()
    err.print(f"worker {running.name} sends deliveries and runs jobs; Ctrl-C stops it")
    stop.wait()
    running.stop()
    engine.dispose()
