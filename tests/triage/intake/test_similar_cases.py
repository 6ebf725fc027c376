"""Resolved cases like a case: of the same entities, nearest first, only those known by `as_of`, none that must not be
named."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.triage.conftest import SYSTEM, ScriptedScorer, override, policy_with
from tests.triage.guarantee.promising import QUEUE, Desk
from triage.db.schema import decisions, entity_cases
from triage.intake.similar_cases import LOOKED_AT, SHOWN

ODD = {"pieces": 1000}  # waits in the desk whatever a model says


@pytest.fixture
def desk(house: Any) -> Desk:
    """A desk under which everything waits for a person."""
    return Desk(house, policy_with(), ScriptedScorer(risk=0.5))


def send(desk: Desk, number: int, **payload: Any) -> dict[str, Any]:
    desk.house.clock.forward(minutes=1)
    answer: dict[str, Any] = desk.house.one(override(number, **payload)).body
    return answer


def similar(desk: Desk, number: int = 99, as_of: Any = None, **payload: Any) -> list[dict[str, Any]]:
    """Preview a case and list what is like it."""
    desk.house.clock.forward(minutes=1)
    raw = override(number, **payload)
    raw |= {"as_of": as_of.isoformat()} if as_of is not None else {}
    found: list[dict[str, Any]] = desk.house.intake.preview(raw, actor=SYSTEM).body["similar_cases"]
    return found


def named(found: list[dict[str, Any]]) -> list[str]:
    return [one["exception_id"] for one in found]


class TestWhich:
    def test_a_resolved_case_of_the_same_entity_with_how_it_ended(self, desk: Desk) -> None:
        first = send(desk, 1)
        desk.label([first], wrong=1)
        (one,) = similar(desk)
        assert (one["case_id"], one["exception_id"]) == (first["case_id"], "X-1")
        assert (one["wrong"], one["cause"], one["source"]) == (True, "sweethearting", "resolution")
        assert (one["shared"], one["likeness"]) == (["cashier"], 1.0)

    def test_none_that_is_not_resolved_of_another_entity_or_itself(self, desk: Desk) -> None:
        open_case, stranger, own = send(desk, 1), send(desk, 2, cashier_id="C-2"), send(desk, 3)
        desk.label([stranger, own])
        assert named(similar(desk, 3)) == []
        desk.label([open_case])
        assert named(similar(desk, 3)) == ["X-1"]

    def test_a_case_that_names_no_entity_has_none(self, desk: Desk) -> None:
        desk.label([send(desk, 1)])
        assert similar(desk, cashier_id=None) == []

    def test_the_label_that_holds_tells_how_it_ended(self, desk: Desk) -> None:
        first = send(desk, 1)
        desk.label([first], wrong=1, source="outcome")
        desk.label([first])
        assert [(one["source"], one["wrong"]) for one in similar(desk)] == [("outcome", True)]

    def test_nearest_in_figures_and_text_first_and_at_most_five(self, desk: Desk) -> None:
        prices = ("20.00", "60.00", "64.00", "30.00", "10.00", "70.00")
        desk.label([send(desk, at, charged_price=price, note="same story") for at, price in enumerate(prices)])
        desk.label([send(desk, 9, charged_price="64.00", note="torn label on the box")])
        found = similar(desk, charged_price="64.00", note="torn label on box")
        assert named(found)[:3] == ["X-9", "X-2", "X-1"]
        assert len(found) == SHOWN
        assert [one["likeness"] for one in found] == sorted((one["likeness"] for one in found), reverse=True)

    def test_only_what_was_known_by_as_of(self, desk: Desk) -> None:
        first = send(desk, 1)
        arrived = desk.house.clock()
        labelled = desk.house.clock.forward(hours=1)
        desk.label([first], wrong=1)
        asked = {
            moment: named(similar(desk, as_of=arrived + moment))
            for moment in (timedelta(minutes=-1), timedelta(minutes=5))
        }
        assert list(asked.values()) == [[], []]
        assert named(similar(desk, as_of=labelled)) == ["X-1"]


class TestWhoMaySee:
    def test_none_of_a_restricted_queue(self, desk: Desk) -> None:
        desk.label([send(desk, 1, listed_price="900.00", charged_price="90.00")])
        assert similar(desk) == []

    def test_none_whose_audit_is_open(self, house: Any) -> None:
        policy = policy_with(audit={"share": 1.0, "queue": "OVERRIDE_QA"}, queues=QUEUE)
        desk = Desk(house, policy, ScriptedScorer(risk=0.0))
        first = send(desk, 1)
        assert first["disposition"] == "auto"
        desk.label([first], source="outcome")
        assert similar(desk, **ODD) == []

    def test_none_for_an_automatic_decision(self, house: Any) -> None:
        desk = Desk(house, policy_with(), ScriptedScorer(risk=0.0))
        desk.label([send(desk, 1, **ODD)])
        assert send(desk, 2)["similar_cases"] == []
        assert named(send(desk, 3, **ODD)["similar_cases"]) == ["X-1"]


class TestCost:
    def test_it_is_stored_with_the_decision(self, desk: Desk) -> None:
        desk.label([send(desk, 1)])
        told = send(desk, 2)["similar_cases"]
        with desk.house.engine.connect() as connection:
            written = (
                connection.execute(select(decisions.c.answer).order_by(decisions.c.decision_id.desc()))
                .scalars()
                .first()
            )
        assert named(told) == ["X-1"]
        assert '"X-1"' in (written or "")

    def test_what_is_looked_at_is_bounded(self, desk: Desk) -> None:
        oldest = send(desk, 1000)
        desk.label([oldest])
        desk.house.submit(*(override(at) for at in range(LOOKED_AT)))
        assert similar(desk) == []
        seen: list[str] = []
        event.listen(desk.house.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        similar(desk)
        assert sum("entity_cases" in statement for statement in seen) == 1

    def test_a_case_is_found_by_its_entities_and_not_by_every_case(self, desk: Desk) -> None:
        send(desk, 1)
        send(desk, 2, cashier_id=None)
        with desk.house.engine.connect() as connection:
            assert connection.execute(select(entity_cases.c.exception_id)).scalars().all() == ["X-1"]
