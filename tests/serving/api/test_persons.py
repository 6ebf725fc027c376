"""Requests of persons over the API and the page: who may, what they get, and that a human decides when asked."""

from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from tests.serving.conftest import House, open_house, policy_domain
from triage.db.schema import audit_events, tasks

OFFICER = ("privacy_officer", None)


class TestPersons:
    def test_an_export_and_an_erasure_are_events_without_the_person(self, house: House) -> None:
        house.submit(cashier_id="C-4711", note="C-4711 was tired")
        officer = house.key(OFFICER)
        found = house.client.post("/v1/persons/export", json={"identifier": "C-4711"}, headers=officer)
        assert (found.status_code, len(found.json()["cases"])) == (200, 1)
        body = {"identifier": "C-4711", "because": "DSR-1"}
        done = house.client.post("/v1/persons/erase", json=body, headers=officer)
        assert done.json() == {"cases": 1, "past_cases": 0, "audit_links_rewritten": 0}
        assert house.client.post("/v1/persons/erase", json=body, headers=officer).json()["cases"] == 0
        with house.service.engine.connect() as connection:
            events = connection.execute(
                select(audit_events.c.verb, audit_events.c.detail).where(audit_events.c.verb.like("%_person"))
            ).all()
        assert [event.verb for event in events] == ["export_person", "erase_person"]
        assert not any("4711" in event.detail for event in events)

    @pytest.mark.parametrize("role", ["viewer", "analyst", "approver", "policy_editor", "model_reviewer", "service"])
    def test_no_other_role_may(self, lasting_house: House, role: str) -> None:
        key = lasting_house.key((role, None))
        body = {"identifier": "C-4711"}
        assert lasting_house.client.post("/v1/persons/export", json=body, headers=key).status_code == 403
        body["because"] = "x"
        assert lasting_house.client.post("/v1/persons/erase", json=body, headers=key).status_code == 403


class TestExplanation:
    def test_it_says_that_a_program_decided_and_what_it_looked_at_but_no_colleague(self, lasting_house: House) -> None:
        case_id = lasting_house.submit(cashier_id="C-17")["case_id"]
        answer = lasting_house.client.get(
            f"/v1/cases/{case_id}/explanation", headers=lasting_house.key(("viewer", None))
        )
        told = answer.json()
        assert (answer.status_code, told["automatic"], told["person_decided_at"]) == (200, True, None)
        assert {"field": "Listed price", "value": "80.0000"} in told["looked_at"]
        assert "C-17" not in told["text"] and told["rights"] in told["text"]

    def test_one_who_may_not_see_the_case_gets_nothing(self, lasting_house: House) -> None:
        case_id = lasting_house.escalated_case()
        answer = lasting_house.client.get(
            f"/v1/cases/{case_id}/explanation", headers=lasting_house.key(("viewer", None))
        )
        assert answer.status_code == 404


class TestHumanReview:
    def test_an_automatic_case_gets_a_task_and_a_ruling_ends_it(self, any_house: House) -> None:
        house = any_house
        case_id = house.submit()["case_id"]
        ann = house.key(("analyst", None))
        path = f"/v1/cases/{case_id}"
        asked = house.client.post(f"{path}/review-request", json={"because": "I had the receipt"}, headers=ann)
        assert (asked.status_code, asked.json()["queue"]) == (201, "OVERRIDE_DESK")
        file = house.client.get(path, headers=ann).json()
        assert (file["case"]["state"], file["task"]["queue"]) == ("open", "OVERRIDE_DESK")
        assert file["comments"][0]["text"] == "The person affected asks for a human decision: I had the receipt"
        assert house.client.post(f"{path}/claim", headers=ann).status_code == 200
        ruling = {"action": "corrected", "cause": "wrong_label", "reason_code": "not_justified"}
        assert house.client.post(f"{path}/resolve", json=ruling, headers=ann).status_code == 200
        told = house.client.get(f"{path}/explanation", headers=ann).json()
        assert told["automatic"] is False and told["person_decided_at"] is not None
        assert told["outcome"].startswith("A person decided not to")
        again = house.client.post(f"{path}/review-request", json={"because": "still"}, headers=ann)
        assert again.status_code == 409

    def test_its_task_is_due_by_the_hours_and_the_zone_of_its_site(self, sqlite_engine: Engine, tmp_path: Path) -> None:
        office = {
            "title": "Office", "time_zone": "site", "zone_if_unknown": "Europe/Berlin",
            "hours": {"mon-sun": "09:00-17:00"},
        }  # fmt: skip
        route = {"id": "R", "queue": "OVERRIDE_DESK", "sla_hours": 4, "calendar": "office", "action": "Look."}
        domain = policy_domain(tmp_path, routes=[route], calendars={"office": office})
        for house in open_house(sqlite_engine, tmp_path, domain=domain):
            due = {}
            for zone in ("Europe/Berlin", "Pacific/Auckland"):
                sent = house.client.post("/v1/cases", json=house.case() | {"time_zone": zone}, headers=house.system)
                path = f"/v1/cases/{sent.json()['case_id']}/review-request"
                asked = house.client.post(path, json={"because": "please"}, headers=house.key(OFFICER))
                at = datetime.fromisoformat(asked.json()["sla_due_at"]).astimezone(ZoneInfo(zone))
                due[zone] = at
                assert time(9) <= at.time() <= time(17), (zone, at)
            assert due["Europe/Berlin"] != due["Pacific/Auckland"]

    def test_a_case_that_waits_says_that_its_person_asks(self, house: House) -> None:
        case_id = house.review_case()
        before = house.client.get(f"/v1/cases/{case_id}", headers=house.key(("viewer", None))).json()["task"]
        asked = house.client.post(
            f"/v1/cases/{case_id}/review-request", json={"because": "please"}, headers=house.key(OFFICER)
        )
        assert (asked.status_code, asked.json()["queue"]) == (201, before["queue"])
        with house.service.engine.connect() as connection:
            assert len(connection.execute(select(tasks).where(tasks.c.case_id == case_id)).all()) == 1

    def test_who_only_looks_may_not_ask(self, house: House) -> None:
        case_id = house.submit()["case_id"]
        answer = house.client.post(
            f"/v1/cases/{case_id}/review-request", json={"because": "x"}, headers=house.key(("viewer", None))
        )
        assert answer.status_code == 403

    def test_the_page_shows_both(self, house: House) -> None:
        case_id = house.submit()["case_id"]
        token = house.sign_in("ann")
        page = house.client.get(f"/cases/{case_id}/explanation")
        assert page.status_code == 200 and "They want a human decision" in page.text
        assert f"/cases/{case_id}/explanation" in house.client.get(f"/cases/{case_id}").text
        form = {"because": "I had the receipt", "csrf_token": token["X-CSRF-Token"]}
        assert house.client.post(f"/cases/{case_id}/review-request", data=form).status_code == 303
        page = house.client.get(f"/cases/{case_id}")
        assert "The person affected asked for a human decision" in page.text
