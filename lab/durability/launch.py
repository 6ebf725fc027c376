"""The processes of the service under test: `python -m lab.durability.launch` forks one for each line it reads.

They are the product's own service and worker. Only the models are left out, so that fallback rules decide and a start
is quick, and leases are short, so that what a killed worker held is taken over within the run. What Python has to
import is imported once, before anything is forked: a hundred starts would otherwise be most of the run.
"""

import importlib
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson

LEASE: Final = timedelta(seconds=8)
_JOBS: Final = ("clocks", "steps.expire", "audit.anchor")
_IMPORTED_ONCE: Final = ("uvicorn", "serving.app", "triage.shared_jobs", "nats")


def api(port: int) -> None:
    """Serve the API until killed."""
    import uvicorn

    from serving.app import create_app
    from triage.champions import NoModels
    from triage.service import open_service
    from triage.settings import Settings

    app = create_app(open_service(Settings(), models=NoModels()))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def worker() -> None:
    """Send deliveries and keep clocks until killed."""
    import structlog

    from triage.db.database import open_engine
    from triage.handoff.worker import Worker
    from triage.settings import Settings
    from triage.shared_jobs import shared_jobs

    settings = Settings()
    jobs = [replace(job, lease=LEASE) for job in shared_jobs(settings) if job.name in _JOBS]
    running = Worker(open_engine(settings.database), jobs=jobs, poll_seconds=0.1, lease=LEASE)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    running.start()
    stop.wait()
    running.stop()
    structlog.get_logger(__name__).warning("worker_ended", **running.counts())


def main() -> None:
    """Fork what each line asks for, and answer with its process id."""
    for module in _IMPORTED_ONCE:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what was killed leaves nothing behind
    for line in sys.stdin.buffer:
        asked = orjson.loads(line)
        child = os.fork()
        if not child:
            _become(asked)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _become(asked: dict[str, Any]) -> None:
    """Be the process that was asked for, in a session of its own, and never return."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.environ.update(asked["environment"])
        with Path(asked["log"]).open("ab") as log, Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            for stream in (1, 2):
                os.dup2(log.fileno(), stream)
        from serving.logs import configure_logs

        configure_logs()
        if asked["port"] is not None:
            api(asked["port"])
        else:
            worker()
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
