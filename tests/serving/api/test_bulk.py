"""One act on many cases: what the preview says happens, what refuses says why, above a limit two people agree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from toy_domain import DOMAIN

from serving.app import create_app
from tests.serving.conftest import Clock, House, make_people, make_service, policy_domain
from tests.serving.contract import ContractClient
from tests.serving.pages.browsing import TO_CONFIRM
from tests.serving.pages.reading import look, press
from triage.db.desk_schema import bulk_acts as written_acts
from triage.identity.access import create_user, grant
from triage.review import bulk_acts
from triage.review.pending import let_stand

LIMIT = 3
FOUR_EYES = {
    "four_eyes": [{"id": "E-1", "title": "Much was given away.", "when": "pieces == 7.0", "if_missing": "skip"}]
}


def opened(engine: Engine, folder: Path) -> Iterator[House]:
    clock, domain = Clock(), policy_domain(folder, **TO_CONFIRM, **FOUR_EYES)
    service = make_service(engine, clock, folder, {domain.name: domain}, undo_seconds=8, bulk_four_eyes_cases=LIMIT)
    make_people(service)
    with service.engine.begin() as connection:
        create_user(connection, "petra", "correct horse battery", now=clock())
        grant(connection, "user:petra", "approver", None)
    with ContractClient(create_app(service), raise_server_exceptions=True, follow_redirects=False) as client:
        yield House(client=client, service=service, clock=clock)


@pytest.fixture
def many(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app where a person confirms everything, rulings can be undone, and more than LIMIT cases take two people."""
    yield from opened(sqlite_engine, tmp_path)


@pytest.fixture
def any_many(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """The same over SQLite and PostgreSQL."""
    yield from opened(engine, tmp_path)


def submit(house: House, count: int, **payload: Any) -> list[str]:
    return [house.submit(**payload)["case_id"] for _ in range(count)]


def propose(house: House, name: str, **body: Any) -> dict[str, Any]:
    answer = house.client.post("/v1/bulk", json=body, headers=house.sign_in(name))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def do(house: House, name: str, found: dict[str, Any], verb: str = "start", **body: Any) -> dict[str, Any]:
    sent = {"json": body} if body else {}
    answer = house.client.post(f"/v1/bulk/{found['bulk_id']}/{verb}", headers=house.sign_in(name), **sent)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def state(house: House, case_id: str) -> str:
    return str(house.client.get(f"/v1/cases/{case_id}").json()["task"]["state"])


def stand(house: House) -> int:
    service = house.service
    service_now = service.clock()
    return let_stand(service.engine, policies=service.policies, heads={DOMAIN.name: DOMAIN.heads}, now=service_now)


class TestPreview:
    def test_says_what_will_happen_to_how_many_and_does_nothing(self, any_many: House) -> None:
        plain = submit(any_many, 2)
        (unclear,) = submit(any_many, 1, pieces=7)
        (held,) = submit(any_many, 1)
        any_many.client.post(f"/v1/cases/{held}/claim", headers=any_many.sign_in("ann"))
        found = propose(any_many, "paul", verb="confirm", case_ids=[*plain, held, unclear])
        assert found["counts"] | {"ready": 2, "refused": 2} == found["counts"]
        told = {(one["outcome"]["state"], one["cases"]) for one in found["outcomes"]}
        assert told == {("done", 2)}
        assert {one["reason"] for one in found["refusals"]} == {
            "user:ann has claimed this case until 09:45 UTC",
            "nothing is suggested for this case; somebody has to look into it",
        }
        assert [state(any_many, case_id) for case_id in plain] == ["open", "open"]
        assert [event["verb"] for event in any_many.client.get(f"/v1/cases/{plain[0]}").json()["history"]] == ["decide"]

    def test_takes_the_open_cases_that_filters_keep(self, many: House) -> None:
        (here,) = submit(many, 1)
        submit(many, 1, attributes=None)
        exception_id = many.client.get(f"/v1/cases/{here}", headers=many.sign_in("paul")).json()["case"]["exception_id"]
        found = propose(many, "paul", verb="assign", to="ann", query=f"q={exception_id}")
        assert found["cases"] == 1
        assert found["outcomes"][0]["outcome"]["assigned_to"] == "user:ann"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"verb": "hold"}, "reason"),
            ({"verb": "snooze"}, "until"),
            ({"verb": "hand_off"}, "to"),
            ({"verb": "assign"}, "to"),
            ({"verb": "confirm", "query": "colour=red"}, "query.colour"),
        ],
    )
    def test_what_is_missing_is_named(self, many: House, body: dict[str, Any], field: str) -> None:
        submit(many, 1)
        answer = many.client.post("/v1/bulk", json=body, headers=many.sign_in("paul"))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)

    def test_takes_a_permission_of_its_own(self, many: House) -> None:
        submit(many, 1)
        answer = many.client.post("/v1/bulk", json={"verb": "confirm"}, headers=many.sign_in("ann"))
        assert answer.status_code == 403


class TestStart:
    def test_rules_as_suggested_and_can_be_undone_for_a_minute(self, any_many: House) -> None:
        cases = submit(any_many, 2)
        found = propose(any_many, "paul", verb="confirm", case_ids=cases)
        done = do(any_many, "paul", found)
        assert (done["state"], done["counts"]["done"]) == ("done", 2)
        any_many.clock.forward(seconds=30)
        assert stand(any_many) == 0
        undone = do(any_many, "paul", found, "undo")
        assert (undone["counts"]["undone"], undone["stands_at"]) == (2, None)
        assert {state(any_many, case_id) for case_id in cases} == {"open"}
        again = do(any_many, "paul", propose(any_many, "paul", verb="confirm", case_ids=cases[:1]))
        any_many.clock.forward(seconds=61)
        assert (again["counts"]["done"], stand(any_many)) == (1, 1)
        assert state(any_many, cases[0]) == "done"

    def test_undo_after_its_time_is_refused(self, many: House) -> None:
        found = propose(many, "paul", verb="confirm", case_ids=submit(many, 1))
        do(many, "paul", found)
        many.clock.forward(seconds=61)
        answer = many.client.post(f"/v1/bulk/{found['bulk_id']}/undo", headers=many.sign_in("paul"))
        assert answer.status_code == 409 and "outcome" in answer.json()["detail"]

    def test_a_case_that_changed_since_the_preview_is_left_and_says_why(self, any_many: House) -> None:
        cases = submit(any_many, 2)
        found = propose(any_many, "paul", verb="hold", reason="Waits for the store", case_ids=cases)
        any_many.client.post(f"/v1/cases/{cases[0]}/claim", headers=any_many.sign_in("ann"))
        done = do(any_many, "paul", found)
        assert (done["counts"]["done"], done["counts"]["failed"]) == (1, 1)
        assert "user:ann has claimed" in done["refusals"][0]["reason"]
        assert [state(any_many, case_id) for case_id in cases] == ["claimed", "on_hold"]

    def test_one_that_broke_off_is_gone_on_with(self, many: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk_acts, "CASES_AT_ONCE", 1)
        cases = submit(many, 3)
        found = propose(many, "paul", verb="snooze", until="2026-03-02T12:00:00Z", case_ids=cases)
        with many.service.engine.begin() as connection:
            connection.execute(update(written_acts).values(state="running", applied_at=many.clock()))
        done = do(many, "paul", found)
        assert (done["state"], done["counts"]["done"]) == ("done", 3)
        assert {state(many, case_id) for case_id in cases} == {"snoozed"}

    def test_hands_claims_on(self, many: House) -> None:
        (case_id,) = submit(many, 1)
        do(many, "paul", propose(many, "paul", verb="hand_off", to="ann", case_ids=[case_id]))
        many.sign_in("ann")
        assert many.client.get(f"/v1/cases/{case_id}").json()["task"]["claimed_by"] == "user:ann"

    def test_a_system_rules_at_once(self, many: House) -> None:
        cases = submit(many, 1)
        headers = many.key(("approver", None))
        found = many.client.post("/v1/bulk", json={"verb": "confirm", "case_ids": cases}, headers=headers).json()
        done = many.client.post(f"/v1/bulk/{found['bulk_id']}/start", headers=headers).json()
        many.sign_in("paul")
        assert (done["stands_at"], state(many, cases[0])) == (None, "done")


class TestFourEyes:
    def test_above_the_limit_somebody_else_agrees(self, any_many: House) -> None:
        cases = submit(any_many, LIMIT + 1)
        found = propose(any_many, "paul", verb="confirm", case_ids=cases)
        assert found["four_eyes"]
        waiting = do(any_many, "paul", found)
        assert waiting["state"] == "waiting" and {state(any_many, case_id) for case_id in cases} == {"open"}
        own = any_many.client.post(f"/v1/bulk/{found['bulk_id']}/decide", json={"agreed": True})
        assert own.status_code in (401, 403)
        answer = any_many.client.post(
            f"/v1/bulk/{found['bulk_id']}/decide", json={"agreed": True}, headers=any_many.sign_in("paul")
        )
        assert (answer.status_code, "yourself" in answer.json()["detail"]) == (403, True)
        any_many.sign_in("ann")
        assert any_many.client.get(f"/v1/bulk/{found['bulk_id']}").status_code == 404
        done = do(any_many, "petra", found, "decide", agreed=True)
        assert (done["state"], done["decided_by"], done["counts"]["done"]) == ("done", "user:petra", LIMIT + 1)
        any_many.clock.forward(seconds=61)
        stand(any_many)
        assert any_many.client.get(f"/v1/cases/{cases[0]}").json()["resolutions"][0]["resolved_by"] == "user:paul"

    def test_many_small_acts_count_together_for_an_hour(self, many: House) -> None:
        do(many, "paul", propose(many, "paul", verb="confirm", case_ids=submit(many, LIMIT)))
        assert propose(many, "paul", verb="confirm", case_ids=submit(many, 1))["four_eyes"]
        many.clock.forward(minutes=61)
        assert not propose(many, "paul", verb="confirm", case_ids=submit(many, 1))["four_eyes"]

    def test_refusing_takes_a_comment_and_ends_it(self, many: House) -> None:
        found = do(many, "paul", propose(many, "paul", verb="confirm", case_ids=submit(many, LIMIT + 1)))
        bare = many.client.post(
            f"/v1/bulk/{found['bulk_id']}/decide", json={"agreed": False}, headers=many.sign_in("petra")
        )
        assert bare.status_code == 422
        refused = do(many, "petra", found, "decide", agreed=False, comment="Look at them one by one.")
        assert refused["state"] == "rejected"
        again = many.client.post(f"/v1/bulk/{found['bulk_id']}/start", headers=many.sign_in("paul"))
        assert again.status_code == 409


class TestPages:
    def test_from_a_view_to_rulings_and_back(self, many: House) -> None:
        submit(many, 2)
        many.sign_in("paul")
        assert "/bulk?query=state%3Dopen" in look(many, "/cases?state=open").links
        page = look(many, "/bulk?query=state%3Dopen")
        where = press(many, page, "/bulk", verb="confirm")
        page = look(many, where)
        assert "What will happen" in page.text and "2 cases" in page.text
        press(many, page, f"{where}/start")
        page = look(many, where)
        assert "What happened" in page.text
        press(many, page, f"{where}/undo")
        assert "2 of them undone" in look(many, where).text
        many.sign_in("ann")
        assert not [link for link in look(many, "/cases").links if link.startswith("/bulk")]

    def test_a_second_person_finds_what_waits(self, many: House) -> None:
        submit(many, LIMIT + 1)
        many.sign_in("paul")
        where = press(many, look(many, "/bulk"), "/bulk", verb="confirm")
        press(many, look(many, where), f"{where}/start")
        many.sign_in("petra")
        assert "Waits for you" in look(many, "/bulk").text
        press(many, look(many, where), f"{where}/decide", agreed="yes")
        assert "What happened" in look(many, where).text
