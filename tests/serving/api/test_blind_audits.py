"""Blind audits: who agrees with what was decided, and who finds what is known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.serving.conftest import House, open_house, policy_domain
from tests.serving.pages.reading import look, press
from triage.db.handoff_schema import deliveries

QUALITY = "/v1/quality/price_override"
DRAWN = {
    "audit": {"share": 1.0, "queue": "OVERRIDE_QA", "sla_hours": 48},
    "queues": {"OVERRIDE_QA": {"title": "Spot checks", "owner_role": "Till audit"}},
}
SELDOM = DRAWN | {"audit": {"share": 1e-9, "queue": "OVERRIDE_QA", "sla_hours": 48}}


@pytest.fixture
def drawn(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app that audits every automatic case."""
    yield from open_house(sqlite_engine, tmp_path, domain=policy_domain(tmp_path, **DRAWN))


@pytest.fixture
def seldom(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app, over both stores, that audits next to nothing by chance."""
    yield from open_house(engine, tmp_path, domain=policy_domain(tmp_path, **SELDOM))


def rule(house: House, case_id: str, *, cause: str, action: str = "accepted", name: str = "ann") -> None:
    headers = house.sign_in(name)
    house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
    body = {"action": action, "cause": cause, "reason_code": "justified"}
    answer = house.client.post(f"/v1/cases/{case_id}/resolve", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


def read(house: House) -> dict[str, Any]:
    house.sign_in("mo")
    found: dict[str, Any] = house.client.get(QUALITY).json()
    return found


def seed(house: House, count: int) -> int:
    answer = house.client.post(f"{QUALITY}/known-cases", json={"count": count}, headers=house.sign_in("mo"))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["seeded"])


def known(house: House, **changes: Any) -> dict[str, Any]:
    """Submit a case that goes through, of which an outcome says afterwards that this was wrong."""
    decision = house.submit(**changes)
    outcome = {
        "domain": "price_override", "exception_id": decision["exception_id"], "wrong": True, "cause": "sweethearting",
    }  # fmt: skip
    assert house.client.post("/v1/outcomes", json=outcome, headers=house.system).status_code == 201
    return decision


def test_matrix_agreement_and_kappa_by_reviewer(drawn: House) -> None:
    cases = [drawn.submit()["case_id"] for _ in range(4)]
    for case_id in cases[:2]:
        rule(drawn, case_id, cause="price_match")
    rule(drawn, cases[2], cause="sweethearting", action="corrected")
    rule(drawn, cases[3], cause="price_match", name="paul")
    found = read(drawn)
    assert {(cell["decided"], cell["ruled"]): cell["audits"] for cell in found["matrix"]} == {
        ("price_match", "price_match"): 3,
        ("price_match", "sweethearting"): 1,
    }
    ann, paul = found["reviewers"]
    assert (ann["name"], ann["audits"], ann["agreement"]["share"]) == ("user:ann", 3, pytest.approx(2 / 3))
    assert ann["agreement"]["low"] < 2 / 3 < ann["agreement"]["high"]
    assert (paul["agreement"]["share"], paul["kappa"]["value"]) == (1.0, None)
    assert found["kappa"]["value"] == pytest.approx(0.0)


def test_a_known_case_looks_like_any_audit_and_goes_no_further(seldom: House) -> None:
    decision = known(seldom)
    case_id = decision["case_id"]
    assert (seed(seldom, 5), seed(seldom, 5)) == (1, 0)
    seldom.sign_in("ann")
    shown = seldom.client.get(f"/v1/cases/{case_id}").json()
    assert (shown["case"]["cause"], shown["outcomes"], shown["history"]) == (None, [], [])
    assert "seed" not in look(seldom, f"/cases/{case_id}").text
    before = count_deliveries(seldom)
    rule(seldom, case_id, cause="sweethearting", action="corrected")
    assert count_deliveries(seldom) == before
    found = read(seldom)
    assert (found["audits"], found["known"], found["matrix"]) == (0, 1, [])
    (ann,) = found["reviewers"]
    assert (ann["known"]["share"], ann["known"]["of"], ann["audits"]) == (1.0, 1, 0)
    seldom.sign_in("mo")
    status = seldom.client.get("/v1/policies/price_override/certificate").json()
    assert status["audited"] is None or status["audited"]["audits"] == 0  # it was not drawn at random


def test_who_misses_what_is_known_is_seen(seldom: House) -> None:
    case_id = known(seldom)["case_id"]
    seed(seldom, 1)
    rule(seldom, case_id, cause="price_match")
    (ann,) = read(seldom)["reviewers"]
    assert (ann["known"]["share"], ann["known"]["of"]) == (0.0, 1)


def test_only_who_manages_automation_sees_and_seeds(drawn: House) -> None:
    headers = drawn.sign_in("ann")
    assert drawn.client.get(QUALITY).status_code == 403
    assert drawn.client.post(f"{QUALITY}/known-cases", json={"count": 1}, headers=headers).status_code == 403


def test_the_page_shows_and_seeds(seldom: House) -> None:
    known(seldom)
    seldom.sign_in("mo")
    page = look(seldom, "/quality/price_override")
    assert "No audit was ruled on" in page.text
    where = press(seldom, page, "/quality/price_override/known-cases", count="3")
    assert "among the audits now" in look(seldom, where).text


def count_deliveries(house: House) -> int:
    with house.service.engine.connect() as connection:
        return len(connection.execute(select(deliveries.c.delivery_id)).all())
