"""A blind audit through every page and call that could betray what was decided; and four eyes as a person meets
them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from tests.serving.conftest import House, open_house, policy_domain
from tests.serving.pages.reading import PAGE, look, press
from tests.serving.scenarios import AUDITED

# What the answer told: disposition, cause, rule, action, versions.
BETRAYING = (
    "price_match",
    '"auto"',
    "F1",
    "Let the override stand",
    "Less than half was given away",
    '"1.0.0"',
    '"P3"',
)
# The same in the words of a page.
WORDS = (
    'class="chip auto"',
    "Less than half",
    "Let the override stand",
    "nobody was asked",
    "(suggested)",
    "by rules",
    "P3",
)


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """A house where every automatic decision is audited, over SQLite and PostgreSQL."""
    yield from open_house(engine, tmp_path, domain=policy_domain(tmp_path, **AUDITED))


def sampled(house: House) -> str:
    """Submit a case that goes straight through and is drawn."""
    decision = house.submit()
    assert (decision["disposition"], decision["audit_sample"]) == ("auto", True)
    assert (decision["cause"]["label"], decision["recommended_action"]) == ("price_match", "Let the override stand.")
    return str(decision["case_id"])


class TestCalls:
    @pytest.mark.parametrize("role", ["viewer", "analyst", "approver", "admin", "service", "policy_editor"])
    def test_no_role_is_told(self, house: House, role: str) -> None:
        case_id, key = sampled(house), house.key((role, None))
        found = [
            house.client.get(path, headers=key)
            for path in (
                f"/v1/cases/{case_id}", "/v1/cases", "/v1/cases?q=PRO-0001", "/v1/cases?queue=OVERRIDE_QA",
                "/v1/cases?state=open",
                "/v1/queues",
            )
        ]  # fmt: skip
        for answer in found:
            assert answer.status_code == 200
            assert [word for word in BETRAYING if word in answer.text] == [], answer.url
        assert [len(answer.json()["items"]) for answer in found[1:5]] == [1, 1, 1, 1]

    def test_the_next_case_of_the_queue_is_not_told_either(self, house: House) -> None:
        sampled(house)
        taken = house.client.post("/v1/queues/OVERRIDE_QA/next", headers=house.key(("analyst", None)))
        assert taken.status_code == 200
        assert [word for word in BETRAYING if word in taken.text] == []

    @pytest.mark.parametrize("query", ["cause=price_match", "disposition=auto", "state=auto"])
    def test_filters_find_nothing(self, house: House, query: str) -> None:
        sampled(house)
        assert house.client.get(f"/v1/cases?{query}", headers=house.key(("admin", None))).json()["items"] == []

    def test_only_the_system_that_submitted_hears_the_answer_again(self, house: House) -> None:
        raw = house.case()
        first = house.client.post("/v1/cases", json=raw, headers=house.system)
        assert house.client.post("/v1/cases", json=raw, headers=house.system).json() == first.json()
        told = house.client.post("/v1/cases", json=raw, headers=house.key(("admin", None)))
        assert (told.status_code, [word for word in BETRAYING if word in told.text]) == (200, [])

    def test_a_what_if_leaves_it_out_of_every_figure(self, house: House) -> None:
        sampled(house)
        written = house.service.policies["price_override"].document.model_dump(mode="json", exclude_none=True)
        written["fallback_rules"][0]["disposition"] = "review"
        draft = yaml.safe_dump(written | {"version": "2.0.0"})
        answer = house.client.post(
            "/v1/policies/price_override/simulate", json={"document": draft}, headers=house.key(("policy_editor", None))
        )
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["cases"], found["changed"]["dispositions"], found["changed_cases"]["total"]) == (0, 0, 0)
        assert found["stored"]["expected_error"] is None and found["curve"] == []

    def test_after_the_ruling_everything_is_told(self, house: House) -> None:
        case_id, key = sampled(house), house.key(("analyst", None))
        house.client.post(f"/v1/cases/{case_id}/claim", headers=key)
        ruling = {"action": "accepted", "cause": "price_match", "reason_code": "justified"}
        assert house.client.post(f"/v1/cases/{case_id}/resolve", json=ruling, headers=key).json()["state"] == "done"
        file = house.client.get(f"/v1/cases/{case_id}", headers=key).json()
        assert (file["decision"]["disposition"], file["case"]["cause"]) == ("auto", "price_match")
        assert file["resolutions"][0]["saw_suggestion"] is False
        assert file["outcomes"][0]["source"] == "audit"


class TestPages:
    @pytest.mark.parametrize("name", ["ann", "paul", "root", "vic"])
    def test_no_page_tells(self, house: House, name: str) -> None:
        case_id = sampled(house)
        house.sign_in(name)
        for path in (f"/cases/{case_id}", "/cases", "/cases?q=PRO", "/queues/OVERRIDE_QA", "/"):
            answer = house.client.get(path, headers=PAGE)
            main = answer.text.partition("<main")[2]
            # The filters of the list name every decision there is; what they stand for is in the rows.
            rows = main if path == "/" or ("/cases?" not in path and path != "/cases") else main.partition("<tbody")[2]
            assert [word for word in WORDS if word in rows] == [], path

    def test_the_form_suggests_nothing_and_the_ruling_teaches(self, house: House) -> None:
        case_id = sampled(house)
        house.sign_in("ann")
        opened = press(house, look(house, "/queues/OVERRIDE_QA"), "/queues/OVERRIDE_QA/next")
        assert opened == f"/cases/{case_id}?queue=OVERRIDE_QA"
        page = look(house, opened)
        assert "Blind audit." in page.text and "Nothing is filled in" in page.text
        assert page.forms[f"/cases/{case_id}/resolve"]["cause"] == ""
        chosen = {"action": "corrected", "cause": "sweethearting", "reason_code": "not_justified"}
        went = press(house, page, f"/cases/{case_id}/resolve", **chosen)
        assert went == "/queues/OVERRIDE_QA"
        after = look(house, f"/cases/{case_id}").text
        assert "Resolved: Corrected in a blind audit" in after and "Straight through" in after

    def test_whoever_submitted_it_is_told_that_it_is_not_theirs(self, house: House) -> None:
        raw, token = house.case(), house.sign_in("root")
        case_id = house.client.post("/v1/cases", json=raw, headers=token).json()["case_id"]
        assert "Not yours to audit" in look(house, f"/cases/{case_id}").text


class TestFourEyes:
    def rule(self, house: House) -> str:
        case_id = house.review_case()
        house.sign_in("ann")
        press(house, look(house, f"/cases/{case_id}"), f"/cases/{case_id}/claim")
        page = look(house, f"/cases/{case_id}")
        assert "A second person has to approve your ruling" in page.text
        chosen = {
            "action": "corrected",
            "cause": "sweethearting",
            "reason_code": "not_justified",
            "comment": "On video.",
        }
        assert press(house, page, f"/cases/{case_id}/resolve", **chosen) == "/"
        return case_id

    def test_it_waits_visibly_and_its_author_cannot_approve_it(self, house: House) -> None:
        case_id = self.rule(house)
        assert "waits for approval, ruled by ann" in re.sub(r"\s+", " ", look(house, "/queues/OVERRIDE_DESK").text)
        page = look(house, f"/cases/{case_id}")
        assert "You cannot approve it: it takes the role approver" in page.text
        assert f"/cases/{case_id}/approve" not in page.forms

    def test_a_second_person_approves_it(self, house: House) -> None:
        case_id = self.rule(house)
        house.sign_in("paul")
        page = look(house, f"/cases/{case_id}")
        assert "Much was given away." in page.text and "On video." in page.text
        assert press(house, page, f"/cases/{case_id}/approve", approve="yes") == "/"
        after = look(house, f"/cases/{case_id}").text
        assert "Approved: Corrected, ruled by ann" in after and "Closed" in after

    def test_or_sends_it_back_with_a_reason(self, house: House) -> None:
        case_id = self.rule(house)
        house.sign_in("paul")
        page = look(house, f"/cases/{case_id}")
        refused = house.client.post(
            f"/cases/{case_id}/approve", data=page.forms[f"/cases/{case_id}/approve"] | {"approve": "no"}, headers=PAGE
        )
        assert refused.status_code == 422
        press(house, page, f"/cases/{case_id}/approve", approve="no", comment="Ask the cashier first.")
        after = look(house, f"/cases/{case_id}").text
        assert "Sent back: Corrected, ruled by ann" in after and "Ask the cashier first." in after
        assert "Free to take" in after

    @pytest.mark.parametrize(
        ("role", "body", "status"),
        [
            ("analyst", {"approve": True}, 403), ("viewer", {"approve": True}, 403), ("approver", {"approve": True},
            200),
            ("approver", {"approve": False}, 422), ("approver", {"approve": "yes"}, 422), ("approver", {}, 422),
            ("approver", {"approve": False, "comment": "No."}, 200),
        ],
    )  # fmt: skip
    def test_the_call(self, house: House, role: str, body: dict[str, Any], status: int) -> None:
        case_id, key = self.rule(house), house.key((role, None))
        house.client.cookies.clear()
        answer = house.client.post(f"/v1/cases/{case_id}/approve", json=body, headers=key)
        assert answer.status_code == status, answer.text


class TestCapacity:
    def test_what_fits_and_what_does_not_is_said(self, house: House) -> None:
        for _ in range(3):
            house.review_case()
        house.sign_in("ann")
        told = re.sub(r"\s+", " ", look(house, "/queues/OVERRIDE_DESK").text)
        assert "Of today's 15 min of reviewers' time 15 min are left: 1 case fits" in told
        assert "2 do not" in told
        assert "2 beyond today" in look(house, "/").text
        queue = house.client.get("/v1/queues", headers=house.key(("viewer", None))).json()["queues"][0]
        assert (queue["minutes_waiting"], queue["minutes_per_day"]) == (30.0, 15.0)
        assert (queue["capacity"]["fit_today"], queue["capacity"]["beyond_today"]["count"]) == (1, 2)
