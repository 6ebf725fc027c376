"""One process of the service under test: `python -m lab.durability.launch api PORT` or `… worker`.

It is the product's own service and worker. Only the models are left out, so that fallback rules decide and a start is
quick, and the lease is short, so that what a killed worker held is taken over within the run.
"""

import signal
import sys
import threading
from datetime import timedelta
from typing import Final

import structlog

from serving.logs import configure_logs
from triage.db.database import open_engine
from triage.handoff.worker import Worker
from triage.settings import Settings

LEASE: Final = timedelta(seconds=8)


def api(port: int) -> None:
    """Serve the API until killed."""
    # A worker does not pay for what only the API needs: it is killed and started again many times.
    import uvicorn

    from serving.app import create_app
    from triage.champions import NoModels
    from triage.service import open_service

    app = create_app(open_service(Settings(), models=NoModels()))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def worker() -> None:
    """Send deliveries until killed."""
    running, stop = Worker(open_engine(Settings().database), poll_seconds=0.1, lease=LEASE), threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    running.start()
    stop.wait()
    running.stop()
    structlog.get_logger(__name__).warning("worker_ended", **running.counts())


if __name__ == "__main__":
    configure_logs()
    if sys.argv[1] == "api":
        api(int(sys.argv[2]))
    else:
        worker()
