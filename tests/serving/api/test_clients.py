"""Clients made from the OpenAPI document by other people's generators compile, and complete one case's life.

`make clients` installs the generators; without them the tests are skipped and say so.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from toy_domain import DOMAIN

from serving.api.sheets import MEDIA_TYPES
from serving.app import create_app
from tests.serving.conftest import Clock, make_service
from triage.db.database import open_engine
from triage.db.schema import metadata
from triage.identity import access

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent / "clients"
GENERATOR = Path(sys.prefix) / "generator" / "bin"
SEEN = {"disposition": "review", "state": "done", "wrong": False, "outcomes": ["resolution", "outcome"]}


@dataclass(frozen=True)
class Served:
    """A running service: where it is, the keys of a system and of an analyst, and its description in a file."""

    address: str
    system: str
    analyst: str
    document: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clients")
    engine = open_engine(f"sqlite:///{folder / 'triage.db'}")
    metadata.create_all(engine)
    service = make_service(engine, Clock(), folder, {DOMAIN.name: DOMAIN})
    with engine.begin() as connection:
        keys = {}
        for name, role in (("pos", "service"), ("desk", "analyst")):
            keys[name] = access.create_key(connection, name, now=service.clock())
            access.grant(connection, f"key:{name}", role)
    app = create_app(service)
    document = folder / "openapi.json"
    document.write_text(json.dumps(app.openapi()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(f"http://127.0.0.1:{port}", keys["pos"], keys["desk"], document)
    server.should_exit = True
    thread.join(timeout=20)


def run(*command: str, cwd: Path) -> str:
    path = f"{GENERATOR}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=110, env=os.environ | {"PATH": path}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(240)
def test_python(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (GENERATOR / "openapi-python-client").exists():
        pytest.skip("openapi-python-client is not installed: run `make clients`")
    # What the generator does not know, a picture or a sheet, is bytes to it.
    files = ("image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf", *MEDIA_TYPES.values())
    overrides = dict.fromkeys(files, "application/octet-stream")
    (tmp_path / "generator.json").write_text(json.dumps({"content_type_overrides": overrides}))
    made = (
        "generate", "--path", str(served.document), "--output-path", "triage_client", "--meta", "none",
        "--config", "generator.json",
    )  # fmt: skip
    run("openapi-python-client", *made, "--fail-on-warning", cwd=tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    client = importlib.import_module("triage_client")
    models = importlib.import_module("triage_client.models")

    def call(tag: str, name: str, *path: str, key: str, **more: Any) -> Any:
        operation = importlib.import_module(f"triage_client.api.{tag}.{name}")
        with client.AuthenticatedClient(served.address, token=key, raise_on_unexpected_status=True) as known:
            answer = operation.sync(*path, client=known, **more)
        assert not isinstance(answer, models.Problem), answer
        return answer

    payload = models.PriceOverride(receipt_id="R-1", listed_price="80.00", charged_price="8.00")
    case = models.PriceOverrideCase(domain="price_override", exception_id="PY-1", payload=payload)
    ruling = models.RulingBody(action=models.RulingBodyAction.ACCEPTED, cause="price_match", reason_code="justified")
    outcome = models.Outcome(domain="price_override", exception_id="PY-1", wrong=False)
    decided = call("cases", "submit_case", key=served.system, body=case)
    listed = call("cases", "get_cases", key=served.analyst, state="open", q="PY-1")
    call("review", "claim", decided.case_id, key=served.analyst)
    closed = call("review", "resolve", decided.case_id, key=served.analyst, body=ruling)
    recorded = call("outcomes", "post_outcomes", key=served.system, body=outcome)
    file = call("cases", "get_case", decided.case_id, key=served.analyst)
    assert [item.exception_id for item in listed.items] == ["PY-1"]
    assert {
        "disposition": decided.disposition, "state": closed.state, "wrong": recorded.wrong,
        "outcomes": [label.source for label in file.outcomes],
    } == SEEN  # fmt: skip


@pytest.mark.timeout(240)
def test_typescript(served: Served, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node on this machine")
    if not (FOLDER / "node_modules").exists():
        pytest.skip("openapi-typescript is not installed: run `make clients`")
    for name in ("life.ts", "package.json", "tsconfig.json"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    tools = tmp_path / "node_modules" / ".bin"
    # A body field with a default may be left out; without the flag the generator would require it.
    made = (str(served.document), "--output", "api.ts", "--default-non-nullable=false")
    run(str(tools / "openapi-typescript"), *made, cwd=tmp_path)
    run(str(tools / "tsc"), "--project", ".", cwd=tmp_path)
    told = json.loads(run("node", "life.js", served.address, served.system, served.analyst, cwd=tmp_path))
    assert told == SEEN | {"listed": ["TS-1"]}
