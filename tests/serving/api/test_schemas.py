"""Every operation declares what it is sent and what it answers, and answers that; no parameter is overlooked."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from tests.serving.conftest import House, open_house, policy_domain
from tests.serving.scenarios import PROMISED, OneModel
from tests.triage.policy_life.publishing import own
from triage.intake.decision import Decision
from triage.intake.store import add_label

OPERATIONS = 94
PROCESS = ("/v1/process", "/v1/process/ages", "/v1/process/breaches", "/v1/process/causes")
FOUR_EYES = [{"id": "E-1", "title": "Large", "when": "listed_price > 500.0", "role": "approver"}]
DOMAIN = "/v1/policies/price_override"
RULING = {"action": "accepted", "cause": "price_match", "reason_code": "justified"}


def operations(house: House) -> dict[str, dict[str, Any]]:
    paths = house.client.contract.document["paths"]
    return {f"{method.upper()} {path}": call for path, calls in paths.items() for method, call in calls.items()}


ROUTE = {
    "id": "R-ALL", "queue": "OVERRIDE_DESK", "sla_hours": 4, "action": "Look at it.",
    "steps": [
        {"id": "count", "kind": "task", "queue": "OVERRIDE_DESK", "title": "Count {receipt_id}", "due_hours": 4,
         "body": {"why": "{cause}"}, "returns": {"pieces": "number"}},
        {"id": "approve", "kind": "propose", "queue": "OVERRIDE_DESK", "title": "Write it off", "due_hours": 4},
        {"id": "answer", "kind": "wait", "until": "callback", "timeout_hours": 1, "returns": {"agreed": "flag"}},
        {"id": "look", "kind": "task", "queue": "OVERRIDE_DESK", "title": "Look", "due_hours": 4},
    ],
}  # fmt: skip


@pytest.fixture
def promising(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    """A house with a model, an error budget, audits and a four-eyes rule."""
    domain = policy_domain(tmp_path, **PROMISED, four_eyes=FOUR_EYES, routes=[ROUTE])
    yield from open_house(sqlite_engine, tmp_path, domain=domain, models=OneModel())


class TestDeclared:
    def test_all_operations_have_a_schema_for_what_they_are_sent_and_answer(self, lasting_house: House) -> None:
        described = operations(lasting_house)
        assert len(described) == OPERATIONS
        without_body = {"claim", "release", "resume", "next_case", "next_of_all", "resume_endpoint", "redrive_one"}
        without_body |= {"begin_bulk", "take_bulk_back"}
        for name, call in described.items():
            successes = {status: answer for status, answer in call["responses"].items() if status < "300"}
            for status, answer in successes.items():
                for media_type, content in answer.get("content", {}).items():
                    # A file or a sheet is what its media type says.
                    assert media_type != "application/json" or "$ref" in str(content["schema"]), (name, status)
                assert "content" in answer or status == "204", (name, status)
            if name.startswith("POST ") and call["operationId"] not in without_body:
                for media_type, content in call["requestBody"]["content"].items():
                    assert media_type == "application/octet-stream" or "$ref" in str(content["schema"]), name

    def test_every_problem_is_declared_as_one(self, lasting_house: House) -> None:
        for name, call in operations(lasting_house).items():
            for status, answer in call["responses"].items():
                if status >= "400" and (name, status) != ("GET /readyz", "503"):
                    assert answer["content"] == {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    }, (name, status)

    def test_operations_have_names_a_client_can_use(self, lasting_house: House) -> None:
        names = [call["operationId"] for call in operations(lasting_house).values()]
        assert len(set(names)) == OPERATIONS
        assert all(name.isidentifier() for name in names)


class TestAnswered:
    def test_one_life_of_everything_meets_every_operation(self, promising: House) -> None:
        house = promising
        self._cases(house)
        self._policies(house)
        self._automation(house)
        self._handoff(house)
        self._steps(house)
        self._lookups(house)
        self._finding(house)
        self._models(house)
        self._persons(house)
        for path in ("/v1/domains", DOMAIN, "/v1/models", "/healthz", "/readyz", "/metrics", *PROCESS):
            assert house.client.get(path, headers=house.system).status_code == 200, path
        answered = {name for name, status in house.client.answered if status < 300}
        # A dead letter takes a receiver that refuses (test_deliveries_api); four eyes and undo have test_bulk.
        elsewhere = {
            "POST /v1/deliveries/{delivery_id}/redrive",
            "POST /v1/bulk/{bulk_id}/decide",
            "POST /v1/bulk/{bulk_id}/undo",
            # Documents take the domain of invoices (test_documents_api).
            *(name for name in operations(house) if "/v1/documents" in name),
        }
        assert answered == set(operations(house)) - elsewhere

    def _cases(self, house: House) -> None:
        client, system, ann = house.client, house.system, house.key(("admin", None))
        assert client.post("/v1/score", json=house.case(), headers=system).status_code == 200
        case = house.case(charged_price="8.00")
        assert [client.post("/v1/cases", json=case, headers=system).status_code for _ in range(2)] == [201, 200]
        batch = [house.case(), {"domain": "price_override"}]
        statuses = [
            each["status"] for each in client.post("/v1/cases/batch", json=batch, headers=system).json()["answers"]
        ]
        assert statuses == [201, 422]
        case_id = client.post("/v1/queues/OVERRIDE_DESK/next", headers=ann).json()["case"]["case_id"]
        house.sign_in("paul")
        later = (house.clock() + timedelta(hours=1)).isoformat()
        for verb, body in (
            ("release", None), ("claim", None), ("hold", {"reason": "Asked."}), ("resume", None), ("claim", None),
            ("snooze", {"until": later}), ("resume", None), ("assign", {"queue": "OVERRIDE_DESK"}), ("claim", None),
            ("hand-off", {"to": "paul"}), ("send-back", {"reason": "Not yours."}), ("claim", None),
            ("escalate", {"reason": "Large."}), ("claim", None),
            ("comment", {"text": "Seen."}), ("resolve", RULING),
        ):  # fmt: skip
            answer = client.post(f"/v1/cases/{case_id}/{verb}", json=body, headers=ann)
            assert answer.status_code < 300, answer.text
        assert client.get(f"/v1/cases/{case_id}", headers=ann).status_code == 200
        files, png = f"/v1/cases/{case_id}/attachments", b"\x89PNG\r\n\x1a\n" + bytes(20)
        sent = ann | {"Content-Type": "application/octet-stream"}
        added = client.post(f"{files}?name=a.png", content=png, headers=sent).json()["attachment_id"]
        assert [client.get(path, headers=ann).status_code for path in (files, f"{files}/{added}")] == [200, 200]
        assert client.post("/v1/next", headers=ann).status_code == 200
        while client.post("/v1/queues/OVERRIDE_DESK/next", headers=ann).status_code == 200:
            pass
        assert ("POST /v1/queues/{queue}/next", 204) in client.answered
        dear = house.escalated_case()
        for who, verb, body in ((ann, "claim", None), (ann, "resolve", RULING)):
            assert client.post(f"/v1/cases/{dear}/{verb}", json=body, headers=who).status_code == 200
        second = house.key(("approver", None))
        assert client.post(f"/v1/cases/{dear}/approve", json={"approve": True}, headers=second).status_code == 200
        outcome = {"domain": "price_override", "exception_id": case["exception_id"], "wrong": False, "loss": "1.50"}
        assert client.post("/v1/outcomes", json=outcome, headers=system).status_code == 201
        several = client.post("/v1/outcomes", json=[outcome, {"domain": "price_override"}], headers=system)
        assert [each["status"] for each in several.json()["answers"]] == [201, 422]
        for path in ("/v1/cases", "/v1/cases?state=done&limit=1", "/v1/queues"):
            assert client.get(path, headers=ann).status_code == 200

    def _persons(self, house: House) -> None:
        client, officer, case_id = house.client, house.key(("privacy_officer", None)), house.submit()["case_id"]
        assert client.get(f"/v1/cases/{case_id}/explanation", headers=officer).status_code == 200
        asked = client.post(f"/v1/cases/{case_id}/review-request", json={"because": "Why?"}, headers=officer)
        assert asked.status_code == 201
        body = {"identifier": "C-0000"}
        assert client.post("/v1/persons/export", json=body, headers=officer).status_code == 200
        assert client.post("/v1/persons/erase", json=body | {"because": "DSR"}, headers=officer).status_code == 200

    def _finding(self, house: House) -> None:
        client, ann = house.client, house.sign_in("ann")
        for path in ("/v1/cases/counts", "/v1/cases/export", "/v1/cases/export?format=xlsx", "/v1/views"):
            assert client.get(path, headers=ann).status_code == 200, path
        paul = house.sign_in("paul")
        many = client.post(
            "/v1/bulk", json={"verb": "assign", "to": "ann", "case_ids": [house.review_case()]}, headers=paul
        )
        act = f"/v1/bulk/{many.json()['bulk_id']}"
        assert client.post(f"{act}/start", headers=paul).json()["counts"]["done"] == 1
        assert [client.get(path).status_code for path in ("/v1/bulk", act)] == [200, 200]
        ann = house.sign_in("ann")
        made = client.post("/v1/views", json={"name": "open", "query": "state=open"}, headers=ann)
        assert client.delete(f"/v1/views/{made.json()['view_id']}", headers=ann).status_code == 204

    def _handoff(self, house: House) -> None:
        client, admin = house.client, house.key(("admin", None))
        body = {"name": "erp", "url": "https://erp.example/hook", "events": []}
        assert client.post("/v1/endpoints", json=body, headers=admin).status_code == 201
        assert client.post("/v1/deliveries/test", json={"endpoint": "erp"}, headers=admin).status_code == 201
        delivery = client.get("/v1/deliveries", headers=admin).json()["items"][0]
        assert client.get(f"/v1/deliveries/{delivery['delivery_id']}", headers=admin).status_code == 200
        case_id = client.get("/v1/cases", headers=admin).json()["items"][0]["case_id"]
        assert client.get(f"/v1/cases/{case_id}/decision", headers=admin).status_code == 200
        for verb, sent in (("pause", {"because": "it is moved"}), ("resume", None), ("rotate", {})):
            answer = client.post(f"/v1/endpoints/erp/{verb}", json=sent, headers=admin)
            assert answer.status_code == 200, answer.text
        assert client.post("/v1/deliveries/redrive", json={"endpoint": "erp"}, headers=admin).status_code == 200
        assert client.get("/v1/endpoints", headers=admin).status_code == 200
        assert client.post("/v1/endpoints", json=body | {"name": "old"}, headers=admin).status_code == 201
        assert client.delete("/v1/endpoints/old", headers=admin).status_code == 204

    def _lookups(self, house: House) -> None:
        client, admin = house.client, house.key(("admin", None))
        rows = {"key": ["id"], "rows": [{"id": "1", "name": "Kim"}]}
        statuses = [
            client.post("/v1/lookups", json={"name": "staff"}, headers=admin).status_code,
            client.put("/v1/lookups/staff/rows", json=rows, headers=admin).status_code,
            client.get("/v1/lookups", headers=admin).status_code,
            client.delete("/v1/lookups/staff", headers=admin).status_code,
        ]
        assert statuses == [201, 200, 200, 204]

    def _steps(self, house: House) -> None:
        client, admin, system = house.client, house.key(("admin", None)), house.system
        case_id = client.get("/v1/steps", headers=admin).json()["steps"][0]["case_id"]
        steps = client.get(f"/v1/cases/{case_id}/steps", headers=admin).json()["steps"]
        ids = {step["name"]: step["step_id"] for step in steps}
        for name, verb, body, who in (
            ("count", "complete", {"result": {"pieces": 3}, "comment": "Counted."}, admin),
            ("approve", "decline", {"reason": "Too dear."}, admin),
            ("approve", "retry", {"reason": "It is not."}, admin),
            ("look", "skip", {"reason": "Seen already."}, admin),
            ("answer", "callback", {"result": {"agreed": True}}, system),
        ):
            answer = client.post(f"/v1/steps/{ids[name]}/{verb}", json=body, headers=who)
            assert answer.status_code == 200, (name, verb, answer.text)

    def _policies(self, house: House) -> None:
        client, editor = house.client, house.key(("policy_editor", None))
        draft = {"document": own("1.1.0")}
        assert [client.post(f"{DOMAIN}/versions", json=draft, headers=editor).status_code for _ in range(2)] == [
            201,
            200,
        ]
        assert client.post(f"{DOMAIN}/simulate", json={"version": "1.1.0"}, headers=editor).status_code == 200
        assert client.post(f"{DOMAIN}/shadow", json={"version": "1.1.0"}, headers=editor).status_code == 200
        house.submit()
        self._wait_for_shadows(house)
        assert client.get(f"{DOMAIN}/shadow", headers=editor).status_code == 200
        house.clock.forward(minutes=1)
        assert client.post(f"{DOMAIN}/publish", json={"version": "1.1.0"}, headers=editor).status_code == 200
        house.clock.forward(minutes=1)
        assert client.post(f"{DOMAIN}/rollback", json={}, headers=editor).status_code == 200
        for path in ("versions", "versions/1.1.0"):
            assert client.get(f"{DOMAIN}/{path}", headers=editor).status_code == 200

    def _wait_for_shadows(self, house: House) -> None:
        for _ in range(200):
            if house.service.shadows.counts()["decided"]:
                return
            time.sleep(0.05)
        raise AssertionError("the shadow did not decide within ten seconds")

    def _models(self, house: House) -> None:
        changes, body = "/v1/models/price_override/changes", {"verb": "promote", "version": 2, "reason": "Better."}
        asked = house.client.post(changes, json=body, headers=house.sign_in("mo"))
        for path in ("/v1/models/price_override", "/v1/models/price_override/comparison?cases=5"):
            assert house.client.get(path).status_code == 200
        assert house.client.get("/v1/quality/price_override").status_code == 200
        seed = "/v1/quality/price_override/known-cases"
        assert house.client.post(seed, json={"count": 1}, headers=house.sign_in("mo")).status_code == 201
        decide = f"{changes}/{asked.json()['change_id']}/decide"
        agreed = house.client.post(decide, json={"agreed": True}, headers=house.sign_in("pia"))
        assert (agreed.status_code, agreed.json()["state"]) == (200, "done")

    def _automation(self, house: House) -> None:
        client, reviewer = house.client, house.key(("model_reviewer", None))
        for _ in range(12):
            decision = house.submit()
            with house.service.engine.begin() as connection:
                add_label(
                    connection, domain="price_override", exception_id=decision["exception_id"], source="resolution",
                    cause="price_match", wrong=False, loss=None, known_at=house.clock(), recorded_by="user:ann",
                    now=house.clock(),
                )  # fmt: skip
        assert client.post(f"{DOMAIN}/certificate", json={}, headers=reviewer).json()["certified"] is True
        assert client.get(f"{DOMAIN}/certificates", headers=reviewer).status_code == 200
        stopped = client.post(f"{DOMAIN}/certificate/stop", json={"why": "New tills."}, headers=reviewer)
        assert stopped.json()["stopped"] is True
        assert client.get(f"{DOMAIN}/certificate?days=30", headers=reviewer).status_code == 200


class TestParameters:
    def test_a_query_parameter_that_a_call_does_not_have_is_named(self, lasting_house: House) -> None:
        places = {"{domain}": "price_override", "{case_id}": "x", "{queue}": "OVERRIDE_DESK", "{version}": "1.0.0"}
        for name in operations(lasting_house):
            method, _, path = name.partition(" ")
            for template, value in places.items():
                path = path.replace(template, value)
            answer = lasting_house.client.request(
                method, f"{path}?dispositon=auto", json={}, headers=lasting_house.key(("admin", None))
            )
            assert answer.status_code == 422, name
            assert [error["field"] for error in answer.json()["errors"]] == ["dispositon"], name

    def test_those_it_has_are_told(self, lasting_house: House) -> None:
        answer = lasting_house.client.get("/v1/cases?dispositon=auto", headers=lasting_house.system)
        assert "there are cause, claimed_by, cursor, disposition, domain, limit, order," in answer.text


class TestDecision:
    def test_nothing_undeclared_is_answered(self, lasting_house: House) -> None:
        written = lasting_house.submit()
        assert Decision.model_validate(written).model_dump(mode="json") == written
        with pytest.raises(ValidationError, match="undeclared"):
            Decision.model_validate(written | {"undeclared": 1})

    def test_withheld_keeps_that_it_is_held_and_by_which_versions(self, lasting_house: House) -> None:
        decision = Decision.model_validate(lasting_house.submit(charged_price="8.00"))
        shown = decision.withheld()
        kept = {name for name in Decision.model_fields if getattr(shown, name) == getattr(decision, name) != []}
        assert kept >= {"case_id", "disposition", "priority", "policy_version", "decided_at", "currency"}
        assert (shown.cause.label, shown.reasons, shown.controls, shown.route.queue) == (None, [], [], None)
        assert shown.recommended_action == shown.route.action == "Hold; a person decides."

    def test_blinded_keeps_what_was_submitted_and_nothing_that_was_decided(self, lasting_house: House) -> None:
        decision = Decision.model_validate(lasting_house.submit(charged_price="8.00"))
        shown = decision.blinded().model_dump(exclude_defaults=True)
        told = {name: value for name, value in shown.items() if value not in (None, [])}
        told.pop("cause"), told.pop("route")
        assert set(told) == {"case_id", "domain", "exception_id", "currency", "decided_at", "audit_sample"}
