"""An operator connects a receiver, breaks it, and sends again what died: with the commands alone and a worker of its
own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.receiving import Receiver, receiving, status
from triage.champions import NoModels
from triage.db.audit_chain import verify_audit
from triage.db.database import open_engine, reading, upgrade
from triage.service import open_service
from triage.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def triage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command on a database of its own; it must end well unless another end is expected."""
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path))
    monkeypatch.setenv("TRIAGE_WORKER_POLL_SECONDS", "0.05")
    upgrade(open_engine(Settings().database))

    def command(*words: str, ends: int = 0) -> Result:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == ends, (words, done.output, done.exception)
        return done

    return command


@pytest.fixture
def worker(triage) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "worker"], cwd=ROOT, env=os.environ.copy(), stderr=subprocess.DEVNULL
    )
    yield running
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=40) == 0


def listed(triage, *words: str) -> list[dict]:
    return json.loads(triage("deliveries", "list", "--json", *words).stdout)["items"]


def wait_for(triage, count: int, *words: str) -> list[dict]:
    until = time.monotonic() + 40
    while len(found := listed(triage, *words)) < count:
        assert time.monotonic() < until, listed(triage)
        time.sleep(0.1)
    return found


@pytest.mark.slow
def test_connect_break_and_redrive(triage, worker, receiver: Receiver) -> None:
    made = triage("endpoint", "add", "erp", receiver.url, "--allow-private")
    assert made.stdout.strip().startswith("whsec_")
    assert made.stdout.strip() not in triage("endpoint", "list", "--json").stdout
    triage("deliveries", "test", "erp")
    wait_for(triage, 1, "--state", "delivered")

    receiver.answer = status(422, b"unknown store")
    triage("deliveries", "test", "erp")
    (dead,) = wait_for(triage, 1, "--state", "dead")
    assert dead["reason"] == "answered 422: unknown store"
    assert json.loads(triage("deliveries", "show", dead["delivery_id"], "--json").stdout)["history"][0]["status"] == 422

    receiver.answer = status(204)
    assert "1 deliveries are sent again" in triage("deliveries", "redrive", "--endpoint", "erp").stdout
    wait_for(triage, 2, "--state", "delivered")
    assert len(set(receiver.ids)) == 2, "the dead one came again under its old key"
    with reading(open_engine(Settings().database)) as connection:
        assert verify_audit(connection) == (2, None)


def test_pause_rotate_resume_cancel_remove(triage) -> None:
    triage("endpoint", "add", "erp", "https://erp.example/hook")
    triage("endpoint", "pause", "erp", "--because", "upgrade")
    assert "paused" in triage("endpoint", "list").stdout
    triage("endpoint", "resume", "erp")
    assert triage("endpoint", "rotate", "erp").stdout.startswith("whsec_")
    triage("deliveries", "test", "erp")
    triage("endpoint", "remove", "erp", ends=1)
    assert "1 deliveries are dead letters" in triage("deliveries", "cancel", "--endpoint", "erp").stdout
    triage("endpoint", "remove", "erp")
    assert json.loads(triage("endpoint", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "told", "ends"),
    [
        (("endpoint", "add", "erp", "https://erp.example", "--secret", "whsec_abc"), "env:NAME or file:PATH", 1),
        (("endpoint", "add", "erp", "https://erp.example", "--kind", "pigeon"), "webhook", 2),
        (("deliveries", "redrive"), "say which with", 1),
    ],
)
def test_what_would_go_wrong_is_refused_with_the_cure(triage, words, told, ends) -> None:
    assert told in triage(*words, ends=ends).output


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [True, False])
def test_serve_has_a_worker_unless_it_is_turned_off(triage, wanted: bool) -> None:
    service = open_service(Settings(worker=wanted), models=NoModels())
    assert (service.worker is not None) is wanted
    service.engine.dispose()
