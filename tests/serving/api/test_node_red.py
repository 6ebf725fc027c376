"""A workflow tool that nobody here wrote waits for a decision and goes on: Node-RED runs the flows of
`examples/node-red` as they are.

`make clients` installs it; without it the tests are skipped and say so.
"""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from toy_domain import DOMAIN

from serving.app import create_app
from tests.receiving import Receiver, receiving, status
from tests.serving.conftest import make_service
from triage.clock import utc_now
from triage.db.database import open_engine
from triage.db.schema import metadata
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.handoff.worker import Worker
from triage.identity import access

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
NODE_RED = Path(__file__).parent / "workflow" / "node_modules" / "node-red" / "red.js"
EXAMPLE = Path(__file__).parents[3] / "examples" / "node-red"


@dataclass
class Works:
    """A service, Node-RED beside it, and an ERP that notes what it is told."""

    triage: str
    flows: str
    system: str
    analyst: str
    erp: Receiver
    restart: Callable[[], None]

    def raise_exception(self, number: int, *, way: str = "", price: str = "8.00") -> str:
        """Have the calling system start the flow; gives the case that it waits for."""
        payload = {"receipt_id": f"R-{number}", "listed_price": "80.00", "charged_price": price}
        case = {"domain": DOMAIN.name, "exception_id": f"F-{number}", "payload": payload}
        answer = httpx.post(f"{self.flows}/exceptions{way}", json=case, timeout=60)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["case_id"])

    def rule(self, case_id: str, action: str) -> None:
        """Rule as an analyst does."""
        headers = {"Authorization": f"Bearer {self.analyst}"}
        ruling = {"action": action, "cause": "price_match", "reason_code": "justified"}
        if action == "corrected":
            ruling |= {"reason_code": "other", "comment": "the receipt is from another store"}
        for act, body in (("claim", None), ("resolve", ruling)):
            answer = httpx.post(f"{self.triage}/v1/cases/{case_id}/{act}", json=body, headers=headers, timeout=60)
            assert answer.status_code == 200, answer.text

    def told(self, count: int) -> list[tuple[str, str, str]]:
        """Wait until the ERP was told so often; gives path, exception and by whom it was settled."""
        return [
            (each.path, each.event["exception_id"], each.event["by"]) for each in self.erp.wait_for(count, seconds=60)
        ]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    if shutil.which("node") is None:
        pytest.skip("there is no node on this machine")
    if not NODE_RED.exists():
        pytest.skip("Node-RED is not installed: run `make clients`")
    folder, port = tmp_path_factory.mktemp("works"), free_port()
    engine = open_engine(f"sqlite:///{folder / 'triage.db'}")
    metadata.create_all(engine)
    service = make_service(engine, utc_now, folder, {DOMAIN.name: DOMAIN})
    service = replace(service, worker=Worker(engine, poll_seconds=0.1))
    with engine.begin() as connection:
        keys = {}
        for name, role in (("flows", "service"), ("desk", "analyst")):
            keys[name] = access.create_key(connection, name, now=utc_now())
            access.grant(connection, f"key:{name}", role)
        flows = NewEndpoint(name="flows", url=f"http://127.0.0.1:{port}", events=(), callbacks=True, allow_private=True)
        secret = add_endpoint(connection, flows, actor="user:root")
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    with receiving() as erp:
        erp.answer = status(200)
        given = {
            "TRIAGE": address, "TRIAGE_KEY": keys["flows"], "TRIAGE_SECRET": secret or "", "PORT": str(port),
            "FLOWS": f"http://127.0.0.1:{port}", "ERP": f"http://127.0.0.1:{erp.port}", "LOG_LEVEL": "warn",
        }  # fmt: skip
        shutil.copy(EXAMPLE / "flows.json", folder)
        command = ["node", str(NODE_RED), "--settings", str(EXAMPLE / "settings.js"), "--userDir", str(folder)]
        running = [_start([*command, str(folder / "flows.json")], given)]

        def restart() -> None:
            _stop(running.pop())
            running.append(_start([*command, str(folder / "flows.json")], given))

        yield Works(address, given["FLOWS"], keys["flows"], keys["desk"], erp, restart)
        _stop(running.pop())
    server.should_exit = True
    thread.join(timeout=30)


def _start(command: list[str], given: dict[str, str]) -> subprocess.Popen[bytes]:
    started = subprocess.Popen(command, env=os.environ | given, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            # 401 by the flow itself: it is there, and takes nothing unsigned.
            if httpx.post(f"{given['FLOWS']}/resume", content=b"{}", timeout=5).status_code == 401:
                return started
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("Node-RED was not ready in time")


def _stop(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    running.wait(timeout=30)


@pytest.fixture(autouse=True)
def fresh_erp(works: Works) -> None:
    works.erp.arrivals.clear()
    works.erp.script.clear()


@pytest.mark.parametrize(("way", "first"), [("", 10), ("/polling", 20)], ids=["callback", "asking"])
class TestEitherWay:
    def test_what_needs_nobody_goes_on_at_once(self, works: Works, way: str, first: int) -> None:
        works.raise_exception(first, way=way, price="64.00")
        assert works.told(1) == [("/release", f"F-{first}", "policy")]

    def test_it_waits_for_a_person_and_goes_on_when_one_agrees(self, works: Works, way: str, first: int) -> None:
        case_id = works.raise_exception(first + 1, way=way)
        time.sleep(1)
        assert works.erp.arrivals == []
        works.rule(case_id, "accepted")
        assert works.told(1) == [("/release", f"F-{first + 1}", "key:desk")]

    def test_it_waits_for_a_person_and_goes_the_other_way_when_one_overrides(
        self, works: Works, way: str, first: int
    ) -> None:
        works.rule(works.raise_exception(first + 2, way=way), "corrected")
        assert works.told(1) == [("/override", f"F-{first + 2}", "key:desk")]


def test_an_erp_that_fails_is_told_again_under_the_same_key(works: Works) -> None:
    works.erp.script += [status(500), status(503)]
    works.raise_exception(30, price="64.00")
    assert works.told(3) == [("/release", "F-30", "policy")] * 3
    assert len({each.headers["idempotency-key"] for each in works.erp.arrivals}) == 1


def test_what_waits_still_waits_after_a_restart_of_the_tool(works: Works) -> None:
    case_id = works.raise_exception(31)
    time.sleep(2)
    works.restart()
    works.rule(case_id, "accepted")
    assert works.told(1) == [("/release", "F-31", "key:desk")]


def test_a_call_that_triage_did_not_sign_changes_nothing(works: Works) -> None:
    case_id = works.raise_exception(32)
    event: dict[str, Any] = {"type": "case.ruled", "subject": case_id, "data": {"ruling": {"action": "accepted"}}}
    headers = {
        "content-type": "application/cloudevents+json", "webhook-id": "1", "webhook-signature": "v1,AAAA",
        "webhook-timestamp": str(int(utc_now().timestamp())),
    }  # fmt: skip
    assert httpx.post(f"{works.flows}/resume", json=event, headers=headers, timeout=20).status_code == 401
    assert works.erp.arrivals == []
