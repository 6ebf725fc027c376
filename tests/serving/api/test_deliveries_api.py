"""Endpoints, deliveries, callbacks and waiting over HTTP; and the sample receiver, end to end."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.api import decision as decision_module
from tests.receiving import Receiver, receiving, status
from tests.serving.conftest import House
from triage.handoff.worker import Worker

ROOT = Path(__file__).parents[3]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def worker(house: House) -> Iterator[Worker]:
    running = Worker(house.service.engine, poll_seconds=0.02)
    running.start()
    yield running
    running.stop()


def add(house: House, url: str, **wanted) -> dict:
    body = {"name": "erp", "url": url, "allow_private": True} | wanted
    answer = house.client.post("/v1/endpoints", json=body, headers=house.key(("admin", None)))
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestDeliveries:
    def test_decision_ruling_and_outcome_arrive_in_order(
        self, house: House, receiver: Receiver, worker: Worker
    ) -> None:
        add(house, receiver.url)
        case_id = house.review_case(exception_id="PRO-X")
        ruled = resolve(house, case_id)
        outcome = {"domain": "price_override", "exception_id": "PRO-X", "wrong": True}
        assert house.client.post("/v1/outcomes", json=outcome, headers=house.system).status_code == 201
        arrivals = receiver.wait_for(3)
        assert [arrival.event["type"] for arrival in arrivals] == ["case.decided", "case.ruled", "case.outcome"]
        assert {arrival.event["subject"] for arrival in arrivals} == {case_id}
        assert arrivals[0].event["data"]["disposition"] == "review"
        assert arrivals[1].event["data"]["ruling"]["action"] == ruled["action"]
        assert arrivals[1].event["data"]["decision"]["case_id"] == case_id

    def test_a_dead_letter_is_listed_shown_and_sent_again(
        self, house: House, receiver: Receiver, worker: Worker
    ) -> None:
        add(house, receiver.url)
        admin = house.key(("admin", None))
        receiver.script = [status(422, b"unknown store")]
        house.submit()
        receiver.wait_for(1)
        until = time.monotonic() + 10
        while not (dead := house.client.get("/v1/deliveries?state=dead", headers=admin).json()["items"]):
            assert time.monotonic() < until
            time.sleep(0.02)
        (letter,) = dead
        assert letter["reason"] == "answered 422: unknown store"
        shown = house.client.get(f"/v1/deliveries/{letter['delivery_id']}", headers=admin).json()
        assert shown["history"][0]["status"] == 422
        told = house.client.post("/v1/deliveries/redrive", json={"endpoint": "erp"}, headers=admin).json()
        assert told == {"redriven": 1, "more": False}
        first, second = receiver.wait_for(2)
        assert first.delivery_id == second.delivery_id

    def test_a_test_delivery_concerns_no_case(self, house: House, receiver: Receiver, worker: Worker) -> None:
        add(house, receiver.url, events=[])
        answer = house.client.post("/v1/deliveries/test", json={"endpoint": "erp"}, headers=house.key(("admin", None)))
        assert answer.status_code == 201
        (arrival,) = receiver.wait_for(1)
        assert (arrival.event["type"], "subject" in arrival.event) == ("endpoint.test", False)

    def test_life_of_an_endpoint(self, house: House, receiver: Receiver) -> None:
        made, admin = add(house, receiver.url), house.key(("admin", None))
        assert made["secret"].startswith("whsec_")
        assert (
            house.client.post("/v1/endpoints/erp/pause", json={"because": "upgrade"}, headers=admin).status_code == 200
        )
        assert house.client.get("/v1/endpoints", headers=admin).json()["endpoints"][0]["state"] == "paused"
        assert house.client.post("/v1/endpoints/erp/resume", headers=admin).json()["state"] == "sending"
        rotated = house.client.post("/v1/endpoints/erp/rotate", json={}, headers=admin).json()
        listed = house.client.get("/v1/endpoints", headers=admin).text
        assert made["secret"] not in listed
        assert rotated["secret"] not in listed
        assert house.client.delete("/v1/endpoints/erp", headers=admin).status_code == 204
        assert house.client.get("/v1/endpoints", headers=admin).json() == {"endpoints": []}

    @pytest.mark.parametrize("role", ["service", "viewer", "analyst", "approver", "policy_editor", "model_reviewer"])
    def test_only_an_administrator_sees_or_changes_them(self, house: House, role: str) -> None:
        key = house.key((role, None))
        calls = [
            ("GET", "/v1/endpoints", None), ("POST", "/v1/endpoints", {"name": "x", "url": "https://x.example"}),
            ("DELETE", "/v1/endpoints/x", None), ("POST", "/v1/endpoints/x/pause", {"because": "x"}),
            ("POST", "/v1/endpoints/x/resume", None), ("POST", "/v1/endpoints/x/rotate", {}), ("GET", "/v1/deliveries",
            None),
            ("GET", "/v1/deliveries/x", None), ("POST", "/v1/deliveries/x/redrive", None),
            ("POST", "/v1/deliveries/redrive", {}), ("POST", "/v1/deliveries/test", {"endpoint": "x"}),
        ]  # fmt: skip
        for method, path, body in calls:
            assert house.client.request(method, path, json=body, headers=key).status_code == 403, path


class TestCallbacks:
    def test_decision_and_ruling_go_to_the_callback_address(
        self, house: House, receiver: Receiver, worker: Worker
    ) -> None:
        add(house, receiver.url, events=[], callbacks=True)
        case = house.case(charged_price="8.00") | {"callback_url": f"{receiver.url}/run/7"}
        answer = house.client.post("/v1/cases", json=case, headers=house.system)
        assert answer.status_code == 201, answer.text
        resolve(house, answer.json()["case_id"])
        arrivals = receiver.wait_for(2)
        assert [arrival.event["type"] for arrival in arrivals] == ["case.decided", "case.ruled"]
        assert {arrival.path for arrival in arrivals} == {"/hook/run/7"}

    def test_of_a_restricted_case_a_callback_says_only_that_it_is_held(
        self, house: House, receiver: Receiver, worker: Worker
    ) -> None:
        add(house, receiver.url, events=[], callbacks=True)
        add(house, receiver.url.replace("/hook", "/loss-prevention"), name="lp")
        case = house.case(listed_price="900.00", charged_price="90.00") | {"callback_url": f"{receiver.url}/run/7"}
        assert house.client.post("/v1/cases", json=case, headers=house.system).status_code == 201
        told = {arrival.path: arrival.event["data"] for arrival in receiver.wait_for(2)}
        assert told["/hook/run/7"]["route"]["queue"] is None
        assert told["/hook/run/7"]["reasons"] == []
        assert told["/loss-prevention"]["route"]["queue"] == "OVERRIDE_LP"

    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest",
            "https://erp.example/hookup",
            "http://127.0.0.1:1/hook",
            "file:///etc/passwd",
            7,
        ],
    )
    def test_one_that_no_endpoint_covers_is_refused_by_name_and_nothing_is_stored(self, house: House, url) -> None:
        add(house, "https://erp.example/hook", callbacks=True, allow_private=False)
        case = house.case() | {"callback_url": url}
        answer = house.client.post("/v1/cases", json=case, headers=house.system)
        assert answer.status_code == 422, answer.text
        assert [problem["field"] for problem in answer.json()["errors"]] == ["callback_url"]
        assert house.client.get("/v1/cases", headers=house.system).json()["items"] == []


class TestWaiting:
    def test_an_automatic_decision_is_final_at_once(self, house: House) -> None:
        case_id = house.submit()["case_id"]
        began = time.monotonic()
        told = house.client.get(f"/v1/cases/{case_id}/decision?wait=30", headers=house.system).json()
        assert (told["final"], told["ruling"]) == (True, None)
        assert told["decision"]["disposition"] == "auto"
        assert time.monotonic() - began < 5

    def test_whoever_waits_is_answered_when_a_person_has_ruled(self, house: House) -> None:
        case_id = house.review_case()
        system, answers = dict(house.system), []
        waits = threading.Thread(
            target=lambda: answers.append(
                house.client.get(f"/v1/cases/{case_id}/decision?wait=20", headers=system).json()
            )
        )
        waits.start()
        time.sleep(0.3)
        assert answers == []
        ruled = resolve(house, case_id)
        waits.join(timeout=10)
        (told,) = answers
        assert (told["final"], told["ruling"]["action"]) == (True, ruled["action"])

    def test_the_wait_ends_without_a_ruling(self, house: House) -> None:
        case_id = house.review_case()
        told = house.client.get(f"/v1/cases/{case_id}/decision?wait=0.3", headers=house.system).json()
        assert (told["final"], told["ruling"]) == (False, None)

    def test_there_is_an_end_to_how_many_wait(self, house: House, monkeypatch) -> None:
        monkeypatch.setattr(decision_module, "MAX_WAITING", 0)
        answer = house.client.get(f"/v1/cases/{house.review_case()}/decision?wait=5", headers=house.system)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"

    def test_of_a_restricted_case_its_submitter_learns_that_it_is_held_and_others_nothing(self, house: House) -> None:
        case_id = house.escalated_case()
        told = house.client.get(f"/v1/cases/{case_id}/decision", headers=house.system).json()
        assert (told["final"], told["decision"]["route"]["queue"]) == (False, None)
        other = house.key(("service", "price_override"))
        assert house.client.get(f"/v1/cases/{case_id}/decision", headers=other).status_code == 404

    @pytest.mark.parametrize("wait", ["-1", "61", "nan", "x"])
    def test_a_wait_has_bounds(self, house: House, wait: str) -> None:
        answer = house.client.get(f"/v1/cases/{house.submit()['case_id']}/decision?wait={wait}", headers=house.system)
        assert answer.status_code == 422


def test_the_sample_receiver_verifies_and_acts_once(house: House, worker: Worker, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secret = add(house, f"http://127.0.0.1:{port}/")["secret"]
    database = tmp_path / "receiver.db"
    running = subprocess.Popen(
        [sys.executable, str(ROOT / "examples/receiver/receiver.py"), str(port)],
        env=os.environ | {"SECRET": secret, "DATABASE": str(database)},
        stderr=subprocess.DEVNULL,
    )
    try:
        admin = house.key(("admin", None))
        case_id = house.submit()["case_id"]
        delivered = wait_for_delivered(house, admin, 1)
        house.client.post(f"/v1/deliveries/{delivered[0]['delivery_id']}/redrive", headers=admin)
        house.submit()
        wait_for_delivered(house, admin, 2)
        with sqlite3.connect(database) as kept:
            effects = kept.execute("SELECT subject FROM effects").fetchall()
        assert len(effects) == 2, "sent three times, of which one key twice"
        assert (case_id,) in effects
        forged = urllib.request.Request(f"http://127.0.0.1:{port}/", data=b"{}", headers={"webhook-id": "x"})
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(forged, timeout=5)
    finally:
        running.terminate()
        running.wait(timeout=10)


def wait_for_delivered(house: House, admin: dict[str, str], count: int) -> list[dict]:
    until = time.monotonic() + 20
    while len(items := house.client.get("/v1/deliveries?state=delivered", headers=admin).json()["items"]) < count:
        assert time.monotonic() < until, house.client.get("/v1/deliveries", headers=admin).json()
        time.sleep(0.05)
    return items


def resolve(house: House, case_id: str) -> dict:
    analyst = house.key(("analyst", "price_override"))
    assert house.client.post(f"/v1/cases/{case_id}/claim", headers=analyst).status_code == 200
    file = house.client.get(f"/v1/cases/{case_id}", headers=analyst).json()
    reason = next(iter(house.service.policies["price_override"].document.reason_codes))
    ruling = {
        "action": "accepted", "cause": file["decision"]["cause"]["label"], "reason_code": reason, "comment": "checked",
    }  # fmt: skip
    answer = house.client.post(f"/v1/cases/{case_id}/resolve", json=ruling, headers=analyst)
    assert answer.status_code == 200, answer.text
    return answer.json()
