"""`triage bus` and `triage asyncapi` as an operator runs them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select
from typer.testing import CliRunner

from cli.main import app
from tests.brokers import NATS, NatsTest, require
from tests.triage.bus.conftest import eventually
from triage.clock import utc_now
from triage.db.database import _alembic, open_engine
from triage.db.schema import cases, metadata
from triage.identity import access
from triage.ids import new_id

TOY = Path(__file__).parents[1] / "toy"


def test_the_messages_are_described(monkeypatch) -> None:
    monkeypatch.setenv("TRIAGE_DOMAIN_MODULES", "toy_domain")
    told = json.loads(CliRunner().invoke(app, ["asyncapi"]).stdout)
    assert (told["asyncapi"], told["channels"]["submissions"]["address"]) == ("3.0.0", "triage.submissions")
    assert "price_override.submission" in told["components"]["messages"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no bus is named"),
        (["--url", "amqp://u:p4ss@127.0.0.1"], "holds a password"),
        (["--url", "http://127.0.0.1"], "must begin with nats://"),
    ],
)
def test_what_cannot_be_used_is_said_and_no_password_shown(arguments, said, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path))
    monkeypatch.delenv("TRIAGE_BUS_URL", raising=False)
    done = CliRunner().invoke(app, ["bus", *arguments])
    assert done.exit_code == 1
    shown = " ".join(f"{done.output} {done.exception}".split())
    assert said in shown and "p4ss" not in shown


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_it_takes_submissions_until_it_is_told_to_end(tmp_path: Path) -> None:
    require("NATS", NATS)
    broker = NatsTest(new_id().replace("-", "")[:12])
    engine = open_engine(f"sqlite:///{tmp_path / 'triage.db'}")
    metadata.create_all(engine)
    with engine.begin() as connection:
        command.stamp(_alembic(connection), "head")
        access.create_key(connection, "bus", now=utc_now())
        access.grant(connection, "key:bus", "service", None)
    environment = os.environ | {
        "TRIAGE_HOME": str(tmp_path / "home"), "TRIAGE_DATABASE_URL": f"sqlite:///{tmp_path / 'triage.db'}",
        "TRIAGE_DOMAIN_MODULES": "toy_domain",
        "PYTHONPATH": os.pathsep.join([str(TOY), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    (tmp_path / "bus").write_text(broker.url)
    started = [sys.executable, "-m", "cli.main", "bus", "--url", f"file:{tmp_path / 'bus'}"]
    running = subprocess.Popen(started, env=environment, stdout=subprocess.DEVNULL)

    def stored() -> int:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(cases)).scalar_one()

    payload = {"receipt_id": "R-1", "listed_price": "80.00", "charged_price": "64.00"}
    case = {"domain": "price_override", "exception_id": "B-1", "payload": payload}
    try:
        broker.send(json.dumps(case).encode(), message_id="m-1")
        eventually(lambda: stored() == 1, 120)
        eventually(lambda: broker.left() == 0)
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0
    engine.dispose()
    broker.close()
