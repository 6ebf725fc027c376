"""The JSON surface: submitting, reading, working and closing cases."""

from typing import Any

import pytest

from tests.serving.conftest import House


class TestSubmitting:
    def test_a_new_case_is_decided_and_stored(self, any_house: House) -> None:
        decision = any_house.submit(exception_id="A-1")
        assert decision["disposition"] == "auto"
        assert decision["fallback"] == "no champion is registered"
        found = any_house.client.get(f"/v1/cases/{decision['case_id']}", headers=any_house.system).json()
        assert found["case"]["exception_id"] == "A-1"
        assert found["decision"] == decision
        assert [event["verb"] for event in found["history"]] == ["decide"]
        assert found["history"][0]["actor"] == "key:service.all"

    def test_the_same_content_again_answers_200_with_the_first_decision(self, any_house: House) -> None:
        case = any_house.case()
        first = any_house.client.post("/v1/cases", json=case, headers=any_house.system)
        any_house.clock.forward(hours=1)
        again = any_house.client.post("/v1/cases", json=case, headers=any_house.system)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()

    def test_other_content_under_the_same_id_answers_409(self, house: House) -> None:
        first = house.submit(exception_id="A-1")
        answer = house.client.post("/v1/cases", json=house.case(exception_id="A-1"), headers=house.system)
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["case_id"] == first["case_id"]

    def test_every_field_at_fault_is_named(self, house: House) -> None:
        case = house.case(listed_price=-1, charged_price="much", no_such_field=1)
        del case["payload"]["receipt_id"]
        answer = house.client.post("/v1/cases", json=case, headers=house.system)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert {error["field"] for error in answer.json()["errors"]} == {
            "payload.listed_price", "payload.charged_price", "payload.no_such_field", "payload.receipt_id",
        }  # fmt: skip
        assert all(error["message"] for error in answer.json()["errors"])

    def test_an_odd_optional_field_never_loses_the_case(self, house: House) -> None:
        decision = house.submit(kind="no such kind", overridden_at="yesterday", flags=["after_hours", "??"])
        codes = {reason["code"] for reason in decision["reasons"]}
        assert {"data_quality:payload.kind", "data_quality:payload.overridden_at"} <= codes

    def test_score_judges_and_stores_nothing(self, house: House) -> None:
        case = house.case()
        del case["exception_id"]
        answer = house.client.post("/v1/score", json=case, headers=house.system)
        assert answer.status_code == 200
        assert answer.json()["disposition"] == "auto"
        assert answer.json()["case_id"] is None
        assert house.client.get("/v1/cases", headers=house.system).json()["items"] == []


class TestBatch:
    @pytest.mark.parametrize("wrapped", [True, False])
    def test_an_answer_per_case_in_order_and_a_bad_one_spoils_no_other(self, house: House, wrapped: bool) -> None:
        house.submit(exception_id="OLD")
        cases = [
            house.case(exception_id="B-1"),
            {"nonsense": 1},
            house.case(exception_id="OLD"),
            7,
            house.case(exception_id="B-2"),
        ]
        body = {"cases": cases} if wrapped else cases
        answer = house.client.post("/v1/cases/batch", json=body, headers=house.system)
        assert answer.status_code == 200
        answers = answer.json()["answers"]
        assert [item["status"] for item in answers] == [201, 422, 409, 422, 201]
        assert [answers[at]["body"]["exception_id"] for at in (0, 4)] == ["B-1", "B-2"]

    def test_the_same_case_twice_in_one_batch_is_one_case(self, house: House) -> None:
        case = house.case()
        answers = house.client.post("/v1/cases/batch", json=[case, case], headers=house.system).json()["answers"]
        assert [item["status"] for item in answers] == [201, 200]
        assert answers[0]["body"] == answers[1]["body"]

    @pytest.mark.parametrize(("size", "status"), [(0, 200), (1000, 200), (1001, 422)])
    def test_takes_up_to_a_thousand(self, house: House, size: int, status: int) -> None:
        cases = [house.case() for _ in range(size)]
        answer = house.client.post("/v1/cases/batch", json=cases, headers=house.system)
        assert answer.status_code == status
        if status == 200:
            assert [item["status"] for item in answer.json()["answers"]] == [201] * size

    @pytest.mark.parametrize("body", [{}, {"cases": 3}, {"cases": [], "more": 1}, 3, "x", None])
    def test_anything_else_is_422(self, lasting_house: House, body: Any) -> None:
        assert lasting_house.client.post("/v1/cases/batch", json=body, headers=lasting_house.system).status_code == 422


class TestListing:
    def test_pages_join_without_gap_or_overlap(self, any_house: House) -> None:
        submitted = [any_house.submit()["case_id"] for _ in range(7)]
        seen: list[str] = []
        cursor = None
        for _ in range(4):
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = any_house.client.get("/v1/cases", params=query, headers=any_house.system).json()
            seen += [item["case_id"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None
        assert seen == submitted[::-1]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, {"auto", "review", "escalate"}),
            ({"disposition": "review"}, {"review"}),
            ({"state": "open"}, {"review", "escalate"}),
            ({"state": "auto"}, {"auto"}),
            ({"state": "done"}, set()),
            ({"queue": "OVERRIDE_LP"}, {"escalate"}),
            ({"domain": "price_override", "cause": "price_match"}, {"auto"}),
            ({"domain": "elsewhere"}, set()),
            ({"q": "pro-0"}, {"auto", "review", "escalate"}),
            ({"q": "ro-0"}, set()),
            ({"q": "%"}, set()),
            ({"claimed_by": "user:ann"}, set()),
        ],
    )
    def test_filters(self, house: House, query: dict[str, str], found: set[str]) -> None:
        house.submit(), house.review_case(), house.escalated_case()
        house.sign_in("root")
        items = house.client.get("/v1/cases", params=query).json()["items"]
        assert {item["disposition"] for item in items} == found

    @pytest.mark.parametrize(
        "query",
        [
            "state=odd",
            "limit=0",
            "limit=201",
            "limit=x",
            "cursor=%21",
            "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk",
            "q=%00",
            "cursor=-",
            f"q={'x' * 200}",
        ],
    )
    def test_bad_parameters_are_422(self, any_house: House, query: str) -> None:
        answer = any_house.client.get(f"/v1/cases?{query}", headers=any_house.system)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"]

    @pytest.mark.parametrize("case_id", ["none", "%00", "x" * 500, "%ff", "'; --"])
    def test_an_unknown_case_is_404_or_422(self, any_house: House, case_id: str) -> None:
        answer = any_house.client.get(f"/v1/cases/{case_id}", headers=any_house.system)
        assert answer.status_code == (422 if case_id == "%00" else 404)


class TestWorking:
    def ruling(self, **changes: Any) -> dict[str, Any]:
        return {
            "action": "corrected",
            "cause": "sweethearting",
            "reason_code": "not_justified",
            "comment": "Seen on video",
        } | changes

    def test_claim_comment_resolve(self, any_house: House) -> None:
        case_id, client = any_house.review_case(), any_house.client
        headers = any_house.sign_in("ann")
        claimed = client.post(f"/v1/cases/{case_id}/claim", headers=headers)
        assert (claimed.status_code, claimed.json()["claimed_by"]) == (200, "user:ann")
        assert (
            client.post(f"/v1/cases/{case_id}/comment", json={"text": "Héllo 🙂"}, headers=headers).status_code == 201
        )
        resolved = client.post(f"/v1/cases/{case_id}/resolve", json=self.ruling(), headers=headers)
        assert (resolved.status_code, resolved.json()["state"]) == (200, "done")
        found = client.get(f"/v1/cases/{case_id}").json()
        assert [event["verb"] for event in found["history"]] == ["decide", "claim", "comment", "resolve"]
        assert found["comments"][0]["text"] == "Héllo 🙂"
        assert found["resolutions"][0]["resolved_by"] == "user:ann"
        assert found["outcomes"][0]["wrong"] is True

    def test_conflicting_calls_answer_409(self, any_house: House) -> None:
        case_id, client = any_house.review_case(), any_house.client
        url = f"/v1/cases/{case_id}"
        headers = any_house.sign_in("ann")
        assert client.post(f"{url}/release", headers=headers).status_code == 409  # nobody holds it
        assert client.post(f"{url}/resolve", json=self.ruling(), headers=headers).status_code == 409
        client.post(f"{url}/claim", headers=headers)
        paul = any_house.sign_in("paul")
        answer = client.post(f"{url}/claim", headers=paul)
        assert answer.status_code == 409
        assert "user:ann" in answer.json()["detail"]
        assert client.post(f"{url}/resolve", json=self.ruling(), headers=paul).status_code == 409
        any_house.clock.forward(minutes=31)  # the claim has run out
        assert client.post(f"{url}/claim", headers=paul).status_code == 200
        assert client.post(f"{url}/resolve", json=self.ruling(), headers=paul).status_code == 200
        assert client.post(f"{url}/claim", headers=paul).status_code == 409  # closed
        assert client.post(f"/v1/cases/{any_house.submit()['case_id']}/claim", headers=paul).status_code == 409  # auto

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"action": "denied"}, "action"),
            ({"cause": "no_such"}, "cause"),
            ({"reason_code": ""}, "reason_code"),
            ({"comment": "\x00"}, "comment"),
            ({"comment": "x" * 5000}, "comment"),
            ({"more": 1}, "more"),
        ],
    )
    def test_a_bad_ruling_is_422_and_changes_nothing(
        self, lasting_house: House, changes: dict[str, Any], field: str
    ) -> None:
        case_id = lasting_house.review_case()
        headers = lasting_house.sign_in("ann")
        lasting_house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
        answer = lasting_house.client.post(f"/v1/cases/{case_id}/resolve", json=self.ruling(**changes), headers=headers)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert lasting_house.client.get(f"/v1/cases/{case_id}").json()["task"]["state"] == "claimed"

    @pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 5000, 7, None])
    def test_a_bad_comment_is_422(self, any_house: House, text: Any) -> None:
        case_id = any_house.review_case()
        answer = any_house.client.post(
            f"/v1/cases/{case_id}/comment", json={"text": text}, headers=any_house.sign_in("ann")
        )
        assert answer.status_code == 422

    def test_next_takes_the_most_urgent_free_case_until_the_queue_is_empty(self, any_house: House) -> None:
        usual = any_house.review_case()
        urgent = any_house.review_case(listed_price="600.00", charged_price="599.00", authorised=False)
        headers = any_house.sign_in("ann")
        taken = [any_house.client.post("/v1/queues/OVERRIDE_DESK/next", headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in taken] == [200, 200, 204]
        assert [answer.json()["case"]["case_id"] for answer in taken[:2]] == [urgent, usual]
        assert taken[0].json()["task"]["claimed_by"] == "user:ann"
        assert any_house.client.post("/v1/queues/NO_SUCH/next", headers=headers).status_code == 404

    def test_queues_count_by_sla_state(self, any_house: House) -> None:
        any_house.review_case()
        any_house.clock.forward(hours=20)
        any_house.review_case()
        any_house.clock.forward(hours=3)  # the first is due in one hour
        any_house.review_case()
        any_house.sign_in("ann")
        desk = any_house.client.get("/v1/queues").json()["queues"][0]
        assert {name: desk[name] for name in ("open", "claimed", "overdue", "at_risk", "on_track")} == {
            "open": 3, "claimed": 0, "overdue": 0, "at_risk": 1, "on_track": 2,
        }  # fmt: skip
        any_house.clock.forward(hours=2)
        assert any_house.client.get("/v1/queues").json()["queues"][0]["overdue"] == 1


class TestOutcomes:
    def outcome(self, **changes: Any) -> dict[str, Any]:
        return {
            "domain": "price_override",
            "exception_id": "A-1",
            "wrong": True,
            "cause": "sweethearting",
            "loss": "16.00",
        } | changes

    def test_one(self, any_house: House) -> None:
        any_house.submit(exception_id="A-1")
        answer = any_house.client.post("/v1/outcomes", json=self.outcome(), headers=any_house.system)
        assert answer.status_code == 201, answer.text

    def test_many_are_answered_one_by_one(self, any_house: House) -> None:
        case_id = any_house.submit(exception_id="A-1")["case_id"]
        many = [
            self.outcome(),
            self.outcome(exception_id="NONE"),
            self.outcome(cause="??"),
            3,
            self.outcome(wrong=False),
        ]
        answer = any_house.client.post("/v1/outcomes", json=many, headers=any_house.system)
        assert [item["status"] for item in answer.json()["answers"]] == [201, 404, 422, 422, 201]
        found = any_house.client.get(f"/v1/cases/{case_id}", headers=any_house.system).json()
        assert [label["wrong"] for label in found["outcomes"]] == [True, False]

    @pytest.mark.parametrize(
        "changes",
        [{"wrong": "perhaps"}, {"loss": -1}, {"known_at": "2199-01-01T00:00:00Z"}, {"x": 1}, {"exception_id": "\x00"}],
    )
    def test_a_bad_one_is_422(self, any_house: House, changes: dict[str, Any]) -> None:
        any_house.submit(exception_id="A-1")
        answer = any_house.client.post("/v1/outcomes", json=self.outcome(**changes), headers=any_house.system)
        assert answer.status_code == 422
