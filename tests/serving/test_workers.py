"""Two processes on one port and one database: the same id sent to both is one case with one decision."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from sqlalchemy import Engine, func, select

from triage.clock import utc_now
from triage.db.database import _alembic
from triage.db.schema import cases, decisions
from triage.identity import access

TOY = Path(__file__).parents[1] / "toy"
IDS = 20
SENT_TWICE = 2


@pytest.mark.slow
def test_one_id_is_one_decision(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        # The fixture makes the tables at once; who starts a service looks for the number of the migration.
        command.stamp(_alembic(connection), "head")
        key = access.create_key(connection, "tills", now=utc_now())
        access.grant(connection, "key:tills", "service", None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "TRIAGE_HOME": str(tmp_path / "home"),
        "TRIAGE_DATABASE_URL": engine.url.render_as_string(hide_password=False).replace("+psycopg", ""),
        "TRIAGE_PORT": str(port),
        "TRIAGE_DOMAIN_MODULES": "toy_domain",
        "PYTHONPATH": os.pathsep.join([str(TOY), os.environ.get("PYTHONPATH", "")]),
    }
    started = [sys.executable, "-m", "cli.main", "serve", "--workers", "2"]
    serving = subprocess.Popen(started, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz")
        answers = _send(f"http://127.0.0.1:{port}/v1/cases", key)
    finally:
        os.killpg(serving.pid, signal.SIGTERM)
        serving.wait(timeout=60)
    assert sorted(status for status, _ in answers) == [200] * IDS * (SENT_TWICE - 1) + [201] * IDS
    assert len({case_id for _, case_id in answers}) == IDS
    with engine.begin() as connection:
        counted = [connection.execute(select(func.count()).select_from(table)).scalar() for table in (cases, decisions)]
    assert counted == [IDS, IDS]


def _wait(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"{url} was not ready in time")


def _send(url: str, key: str) -> list[tuple[int, Any]]:
    """Send every id twice at once, each over a connection of its own, so that both processes take some."""

    def send(number: int) -> tuple[int, Any]:
        payload = {"receipt_id": f"R-{number}", "listed_price": "80.00", "charged_price": "64.00"}
        case = {"domain": "price_override", "exception_id": f"W-{number}", "payload": payload}
        answer = httpx.post(url, json=case, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        return answer.status_code, answer.json().get("case_id")

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, [number for number in range(IDS) for _ in range(SENT_TWICE)]))
