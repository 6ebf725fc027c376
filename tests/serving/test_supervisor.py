"""Processes that die are started again; those that cannot live are given up on, with a sentence."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from serving import supervisor
from serving.supervisor import Supervisor

pytestmark = pytest.mark.slow


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Do nothing: no request is sent."""


@contextmanager
def supervised_by(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[Supervisor]:
    """Prepare to supervise two processes of an application."""
    # Signal handlers belong to the main thread, which waits here.
    monkeypatch.setattr(signal, "signal", lambda *args: None)
    monkeypatch.setattr(supervisor, "MAX_REST_SECONDS", 0.2)
    config = uvicorn.Config(name, workers=2, port=0, log_level="critical", lifespan="off")
    listening = config.bind_socket()
    with contextlib.closing(listening):
        yield Supervisor(config, sockets=[listening])


@pytest.mark.parametrize("name", ["no_such_module:app", "dying:app"])
def test_what_cannot_live_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    (tmp_path / "dying.py").write_text("import os\nos._exit(1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with supervised_by(monkeypatch, name) as supervised:
        supervised.run()
    assert supervised.gave_up


def test_what_dies_now_and_then_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with supervised_by(monkeypatch, "tests.serving.test_supervisor:app") as supervised:
        running = threading.Thread(target=supervised.run)
        running.start()
        deadline = time.monotonic() + 60
        while len(supervised.processes) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        first = supervised.processes[0]
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        # Counted once it is started again: a stop in between would look like giving up.
        while not supervised._deaths and time.monotonic() < deadline:
            time.sleep(0.05)
        supervised.should_exit.set()
        running.join(timeout=60)
        assert supervised.processes[0] is not first
        assert not supervised.gave_up
