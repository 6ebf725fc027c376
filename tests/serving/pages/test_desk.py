"""What is around a ruling: undoing it, asking colleagues, seeing who looks, letting a case rest and passing it on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from toy_domain import DOMAIN

from serving.app import create_app
from tests.serving.conftest import Clock, House, make_people, make_service
from tests.serving.contract import ContractClient
from tests.serving.pages.reading import PAGE, look, press
from triage.identity.access import create_user, grant
from triage.review.pending import let_stand


@pytest.fixture
def undoing(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app whose rulings can be undone for eight seconds, over SQLite and PostgreSQL."""
    clock = Clock()
    service = make_service(engine, clock, tmp_path, {DOMAIN.name: DOMAIN}, undo_seconds=8)
    make_people(service)
    with ContractClient(create_app(service), raise_server_exceptions=True, follow_redirects=False) as client:
        yield House(client=client, service=service, clock=clock)


def second_analyst(house: House) -> None:
    with house.service.engine.begin() as connection:
        create_user(connection, "ben", "correct horse battery", now=house.clock())
        grant(connection, "user:ben", "analyst", "price_override")


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def take(house: House) -> str:
    return press(house, look(house, "/"), "/next").partition("?")[0]


class TestUndo:
    def rule(self, house: House) -> str:
        case_id = house.review_case()
        house.sign_in("ann")
        page = look(house, take(house))
        fields = {"action": "corrected", "cause": "sweethearting", "reason_code": "not_justified"}
        assert press(house, page, f"/cases/{case_id}/resolve", **fields) == "/"
        return case_id

    def test_a_ruling_is_undone_with_the_button_of_the_note(self, undoing: House) -> None:
        case_id = self.rule(undoing)
        page = look(undoing, "/")
        assert "PRO-0001: Resolved." in page.text
        assert "You hold" not in page.text  # nor is what was ruled on offered again meanwhile
        assert press(undoing, page, f"/cases/{case_id}/undo") == f"/cases/{case_id}"
        page = look(undoing, f"/cases/{case_id}")
        assert "Nothing of the ruling has happened" in page.text and "Your ruling" in page.text

    def test_after_its_seconds_it_stands(self, undoing: House) -> None:
        case_id = self.rule(undoing)
        page = look(undoing, "/")
        undoing.clock.forward(seconds=9)
        service = undoing.service
        heads = {DOMAIN.name: DOMAIN.heads}
        assert let_stand(service.engine, policies=service.policies, heads=heads, now=service.clock()) == 1
        answer = undoing.client.post(f"/cases/{case_id}/undo", data=page.forms[f"/cases/{case_id}/undo"], headers=PAGE)
        assert answer.status_code == 409 and "stands already" in answer.text
        assert "Resolved: Corrected" in look(undoing, f"/cases/{case_id}").text


class TestNotes:
    def test_no_address_makes_a_page_say_anything(self, house: House) -> None:
        house.review_case()
        house.sign_in("ann")
        assert "Resolved" not in look(house, "/?note=resolved").text
        house.client.cookies.set("triage_note", "eyJuYW1lIjoicmVzb2x2ZWQifQ.forged")
        assert "Resolved." not in look(house, "/").text

    def test_a_note_is_for_the_page_it_was_written_for(self, house: House) -> None:
        case_id = house.review_case()
        house.sign_in("ann")
        page = look(house, take(house))
        press(house, page, f"/cases/{case_id}/release")
        assert "back in its queue" not in look(house, "/cases").text


class TestAsking:
    def test_a_colleague_named_in_a_comment_finds_the_case_and_answers(self, any_house: House) -> None:
        second_analyst(any_house)
        case_id = any_house.review_case()
        any_house.sign_in("ann")
        page = look(any_house, take(any_house))
        text = "@ben, did you see this before? Not @vic, @nobody, nor a@ben.com."
        press(any_house, page, f"/cases/{case_id}/comment", text=text)
        any_house.sign_in("vic")
        assert "You were asked about" not in look(any_house, "/").text
        any_house.sign_in("ben")
        page = look(any_house, "/")
        assert "You were asked about PRO-0001" in plain(page.text)
        press(any_house, look(any_house, f"/cases/{case_id}"), f"/cases/{case_id}/comment", text="Twice.")
        assert "You were asked about" not in look(any_house, "/").text


class TestPresence:
    def test_who_looks_is_told_to_others_for_a_while(self, any_house: House) -> None:
        second_analyst(any_house)
        case_id = any_house.review_case()
        ann = any_house.sign_in("ann")
        assert any_house.client.post(f"/cases/{case_id}/presence", headers=ann).json() == {"others": []}
        ben = any_house.sign_in("ben")
        assert any_house.client.post(f"/cases/{case_id}/presence", headers=ben).json() == {"others": ["ann"]}
        any_house.clock.forward(seconds=46)
        assert any_house.client.post(f"/cases/{case_id}/presence", headers=ben).json() == {"others": []}

    def test_nobody_is_told_of_a_case_they_may_not_see(self, house: House) -> None:
        case_id = house.escalated_case()
        paul = house.sign_in("paul")
        house.client.post(f"/cases/{case_id}/presence", headers=paul)
        ann = house.sign_in("ann")
        assert house.client.post(f"/cases/{case_id}/presence", headers=ann).json() == {"others": []}


class TestPassingOn:
    def test_hold_and_bring_back(self, house: House) -> None:
        case_id = house.review_case()
        house.sign_in("ann")
        page = look(house, take(house))
        assert press(house, page, f"/cases/{case_id}/hold", reason="Waits for the store", hours="4") == "/"
        page = look(house, f"/cases/{case_id}")
        assert "On hold" in page.text and "Waits for the store" in page.text
        press(house, page, f"/cases/{case_id}/resume")
        assert "Your ruling" in look(house, f"/cases/{case_id}").text

    def test_a_snoozed_case_comes_back_to_me_first(self, house: House) -> None:
        first, second = house.review_case(), house.review_case()
        house.sign_in("ann")
        page = look(house, take(house))
        assert press(house, page, f"/cases/{first}/snooze", hours="1") == f"/cases/{second}"
        press(house, look(house, f"/cases/{second}"), f"/cases/{second}/release")
        house.clock.forward(minutes=61)
        house.sign_in("ann")
        assert take(house) == f"/cases/{first}"

    def test_hand_on_and_send_back(self, house: House) -> None:
        second_analyst(house)
        case_id = house.review_case()
        house.sign_in("ann")
        page = look(house, take(house))
        press(house, page, f"/cases/{case_id}/hand-off", to="ben", comment="Yours, I think")
        house.sign_in("ben")
        assert take(house) == f"/cases/{case_id}"
        page = look(house, f"/cases/{case_id}")
        press(house, page, f"/cases/{case_id}/send-back", reason="Not mine")
        house.sign_in("ann")
        assert take(house) == f"/cases/{case_id}"

    def test_an_escalated_case_is_an_approvers_until_they_send_it_back(self, house: House) -> None:
        case_id = house.review_case()
        house.sign_in("ann")
        page = look(house, take(house))
        assert press(house, page, f"/cases/{case_id}/escalate", reason="The cashier is my sister") == "/"
        assert press(house, look(house, "/"), "/next") == "/"  # nobody but an approver is offered it
        house.sign_in("paul")
        assert take(house) == f"/cases/{case_id}"
        page = look(house, f"/cases/{case_id}")
        assert "Left to an approver" in page.text and "The cashier is my sister" in page.text
        assert f"/cases/{case_id}/escalate" not in page.forms
        press(house, page, f"/cases/{case_id}/send-back", reason="It is not")
        headers = house.sign_in("ann")
        assert take(house) == f"/cases/{case_id}"
        ruling = {"action": "accepted", "cause": "price_match", "reason_code": "justified"}
        assert house.client.post(f"/v1/cases/{case_id}/resolve", json=ruling, headers=headers).status_code == 200

    @pytest.mark.parametrize(("verb", "fields"), [("hold", {"reason": ""}), ("snooze", {"hours": "9999"})])
    def test_what_is_missing_is_named(self, house: House, verb: str, fields: dict[str, str]) -> None:
        case_id = house.review_case()
        house.sign_in("ann")
        page = look(house, take(house))
        sent = page.forms[f"/cases/{case_id}/{verb}"] | fields
        assert house.client.post(f"/cases/{case_id}/{verb}", data=sent, headers=PAGE).status_code == 422
