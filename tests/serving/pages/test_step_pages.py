"""Steps and look-ups as people see them: on the page of the case, in a list of their own, and for administrators."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, insert

from tests.serving.conftest import House, open_house, policy_domain
from tests.serving.pages.reading import PAGE, look, press
from triage.db.process_schema import recurring_causes
from triage.handoff.deliveries import send_test
from triage.handoff.endpoints import NewEndpoint, add_endpoint

STEPS: list[dict[str, Any]] = [
    {"id": "recount", "kind": "task", "queue": "OVERRIDE_DESK", "title": "Recount {receipt_id}", "due_hours": 4,
     "returns": {"pieces": "number", "sealed": "flag"}},
    {"id": "write_off", "kind": "propose", "queue": "OVERRIDE_DESK", "role": "approver", "due_hours": 8,
     "title": "Write it off", "after": ["recount"]},
    {"id": "tell", "kind": "call", "system": "erp", "operation": "tell", "body": {}},
    {"id": "book", "kind": "call", "system": "erp", "operation": "write.off", "after": ["write_off"],
     "body": {"left": {"fact": "recount_pieces"}}},
]  # fmt: skip
ROUTES = [{"id": "R-ALL", "queue": "OVERRIDE_DESK", "sla_hours": 4, "action": "Look at it.", "steps": STEPS}]


@pytest.fixture
def stepping(engine: Engine, tmp_path: Path) -> Iterator[House]:
    domain = policy_domain(tmp_path, routes=ROUTES, systems={"erp": {"title": "ERP"}})
    yield from open_house(engine, tmp_path, domain=domain)


def steps_of(house: House, case_id: str) -> dict[str, dict[str, Any]]:
    found = house.client.get(f"/v1/cases/{case_id}/steps", headers=house.sign_in("root")).json()["steps"]
    return {step["name"]: step for step in found}


class TestOnTheCase:
    def test_people_do_decline_retry_and_skip_as_their_roles_allow(self, stepping: House) -> None:
        case_id = stepping.review_case()
        known = steps_of(stepping, case_id)
        at = {name: f"/cases/{case_id}/steps/{step['step_id']}" for name, step in known.items()}
        stepping.sign_in("vic")
        page = look(stepping, f"/cases/{case_id}")
        assert "Recount R-1" in page.text and "Write off" in page.text
        assert not any("/steps/" in action for action in page.forms)  # a viewer only reads

        stepping.sign_in("ann")
        page = look(stepping, f"/cases/{case_id}")
        assert [action for action in page.forms if "/steps/" in action] == [at["recount"]]
        fields = {"result.pieces": "7", "result.sealed": "yes", "text": "Counted twice"}
        wrong = page.forms[at["recount"]] | fields | {"verb": "complete", "result.pieces": "seven"}
        assert stepping.client.post(at["recount"], data=wrong, headers=PAGE).status_code == 422
        press(stepping, page, at["recount"], verb="complete", **fields)
        page = look(stepping, f"/cases/{case_id}")
        assert "Counted twice" in page.text and "by ann" in " ".join(page.text.split())
        assert "7.0" in page.text or "7" in page.text
        assert at["write_off"] not in page.forms  # it takes an approver
        refused = stepping.client.post(
            at["write_off"], data=page.forms["/sign-out"] | {"verb": "complete"}, headers=PAGE
        )
        assert refused.status_code == 403

        stepping.sign_in("paul")
        page = look(stepping, f"/cases/{case_id}")
        press(stepping, page, at["write_off"], verb="decline", text="Sell it")
        assert steps_of(stepping, case_id)["write_off"]["state"] == "declined"
        stepping.sign_in("paul")
        page = look(stepping, f"/cases/{case_id}")
        assert "Sell it" in page.text and "not connected" in page.text  # no ERP yet
        assert at["tell"] in page.forms  # once there is one, it is begun anew
        press(stepping, page, at["book"], verb="skip", text="Booked by telephone")
        found = steps_of(stepping, case_id)
        assert (found["book"]["state"], found["book"]["ended_by"]) == ("skipped", "user:paul")
        assert found["recount"]["result"] == {"pieces": 7, "sealed": True}

    def test_a_step_ends_once_and_an_unknown_act_is_refused(self, stepping: House) -> None:
        case_id = stepping.review_case()
        place = f"/cases/{case_id}/steps/{steps_of(stepping, case_id)['recount']['step_id']}"
        stepping.sign_in("ann")
        page = look(stepping, f"/cases/{case_id}")
        press(stepping, page, place, verb="complete")
        again = stepping.client.post(place, data=page.forms[place] | {"verb": "complete"}, headers=PAGE)
        assert again.status_code == 409
        sent = page.forms[place] | {"verb": "burn"}
        assert stepping.client.post(place, data=sent, headers=PAGE).status_code == 422
        form = {name: value for name, value in page.forms[place].items() if name != "csrf_token"}
        assert stepping.client.post(place, data=form | {"verb": "complete"}, headers=PAGE).status_code == 403

    def test_what_waits_beside_the_cases_is_a_list(self, stepping: House) -> None:
        case_id = stepping.review_case()
        stepping.sign_in("ann")
        page = look(stepping, "/steps?queue=OVERRIDE_DESK")
        assert "Recount R-1" in page.text and f"/cases/{case_id}" in page.links
        (place,) = (action for action in page.forms if "/steps/" in action)
        assert press(stepping, page, place, verb="complete") == "/steps"
        assert "Recount" not in look(stepping, "/steps").text
        assert stepping.client.get("/steps?queue=OVERRIDE_LP", headers=PAGE).status_code == 404

    def test_of_an_open_blind_audit_nothing_is_shown(self, stepping: House) -> None:
        straight = stepping.submit()["case_id"]
        stepping.sign_in("ann")
        assert "What else is done" not in look(stepping, f"/cases/{straight}").text


class TestForAdministrators:
    def test_sources_of_look_ups(self, any_house: House) -> None:
        any_house.sign_in("root")
        page = look(any_house, "/admin/lookups")
        fields = {"name": "vendors", "url": "https://erp.example/v/{id}", "secret": "env:ERP"}
        press(any_house, page, "/admin/lookups", verb="add_lookup", **fields)
        page = look(any_house, "/admin/lookups")
        assert "https://erp.example/v/{id}" in page.text and "env:ERP" in page.text
        press(any_house, page, "/admin/lookups", verb="add_lookup", name="staff", url="", secret="")
        page = look(any_house, "/admin/lookups")
        for name in ("vendors", "staff"):
            press(any_house, page, "/admin/lookups", verb="remove_lookup", name=name)
        assert "No source is known" in look(any_house, "/admin/lookups").text
        refused = any_house.client.post(
            "/admin/lookups", data=page.forms["/admin/lookups"] | {"verb": "add_lookup", "name": "A b"}, headers=PAGE
        )
        assert refused.status_code == 422

    def test_how_endpoints_do(self, any_house: House) -> None:
        wanted = NewEndpoint(name="erp", url="http://127.0.0.1:9/", allow_private=True)
        with any_house.service.engine.begin() as connection:
            add_endpoint(connection, wanted, actor="user:root")
            send_test(connection, "erp")
            connection.exec_driver_sql("UPDATE deliveries SET state = 'dead', due_at = NULL")
        any_house.sign_in("root")
        page = look(any_house, "/admin/deliveries")
        assert "/admin/deliveries?state=dead&endpoint=erp" in page.links


class TestFigures:
    def test_what_recurs_leads_to_its_cases(self, any_house: House) -> None:
        case_id = any_house.review_case()
        body = {
            "name": "sweethearting: site 0042", "cause": "sweethearting", "kind": "site", "value": "0042", "cases": 12,
            "before": 3, "share": 0.5, "lift": 4.2, "evidence": 20.0, "overridden": 2, "words": ["friend"],
            "examples": [case_id],
        }  # fmt: skip
        row = {
            "domain": "price_override", "queue": "OVERRIDE_DESK", "made_at": datetime(2026, 3, 2, tzinfo=UTC),
            "body": orjson.dumps([body]).decode(),
        }  # fmt: skip
        with any_house.service.engine.begin() as connection:
            connection.execute(insert(recurring_causes), row)
        any_house.sign_in("ann")
        page = look(any_house, "/figures")
        assert "sweethearting: site 0042" in page.text and "4.2" in page.text
        assert "/cases?domain=price_override&cause=sweethearting&site_id=0042" in page.links
        assert f"/cases/{case_id}" in page.links
        assert "No open case is expected to be late" in page.text
