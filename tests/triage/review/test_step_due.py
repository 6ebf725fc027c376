"""When a step is due: by the hours of the calendar it names, at the site the case is of, in that site's zone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from policies.document.errors import PolicyError
from policies.judging.case_clock import due_after
from tests.triage.conftest import DOMAIN, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.db.step_schema import steps
from triage.handoff.step_states import fail
from triage.handoff.step_store import read_step
from triage.in_force import InForce

CALENDARS = {
    "office": {
        "title": "Office", "time_zone": "site", "zone_if_unknown": "America/New_York",
        "hours": {"mon-fri": "09:00-17:00"}, "sites": {"S-7": "kiosk"},
    },
    "kiosk": {"title": "Kiosk", "time_zone": "UTC", "hours": {"mon-sun": "06:00-07:00"}},
}  # fmt: skip
TASK = {
    "id": "recount", "kind": "task", "queue": "OVERRIDE_DESK", "title": "Recount", "due_hours": 8,
    "calendar": "office",
}  # fmt: skip
CALL = {
    "id": "book", "kind": "call", "system": "erp", "operation": "book", "body": {"why": "{receipt_id}"},
    "on_failure": {"queue": "OVERRIDE_DESK", "due_hours": 2, "calendar": "office"},
}  # fmt: skip


def policy(*wanted: dict[str, Any]) -> Any:
    route = {"id": "R", "queue": "OVERRIDE_DESK", "sla_hours": 4, "action": "Look.", "steps": list(wanted)}
    return policy_with(routes=[route], calendars=CALENDARS, systems={"erp": {"title": "ERP"}})


def kept(house: Any, *wanted: dict[str, Any], number: int = 1, **envelope: Any) -> Any:
    """Store a case and return its first step."""
    found = house(ScriptedScorer(risk=0.5), policy=InForce({DOMAIN.name: policy(*wanted)}))
    case_id = found.one(override(number) | envelope).body["case_id"]
    with reading(found.engine) as connection:
        return read_step(connection.execute(select(steps).where(steps.c.case_id == case_id)).first())


class TestTasks:
    def test_a_task_is_due_after_hours_of_its_calendar(self, house: Any) -> None:
        step = kept(house, TASK, time_zone="America/Chicago")
        assert step.plan["counted"]["zone"] == "America/Chicago"
        assert step.due_at == due_after(step.begun_at, 8, step.plan["counted"])
        assert step.due_at - step.begun_at > timedelta(hours=8)
        # Friday 16:00 in Chicago: one hour that day, seven on Monday, over which summer time begins.
        friday = datetime(2026, 3, 6, 22, tzinfo=UTC)
        assert due_after(friday, 8, step.plan["counted"]) == datetime(2026, 3, 9, 21, tzinfo=UTC)

    def test_a_site_has_its_own_hours_and_every_hour_counts_without_a_calendar(self, house: Any) -> None:
        step = kept(house, TASK, site_id="S-7")
        assert due_after(datetime(2026, 3, 2, 6, tzinfo=UTC), 2, step.plan["counted"]) == datetime(
            2026, 3, 3, 7, tzinfo=UTC
        )
        step = kept(house, {name: value for name, value in TASK.items() if name != "calendar"}, number=2)
        assert "counted" not in step.plan and step.due_at == step.begun_at + timedelta(hours=8)

    def test_what_is_done_by_hand_is_due_by_its_own(self, house: Any) -> None:
        step = kept(house, CALL, time_zone="Europe/Berlin")
        now = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)  # Friday 16:30 in Berlin
        fail(step, "answered 422", now=now)
        assert (step.state, step.due_at) == ("open", datetime(2026, 3, 9, 9, 30, tzinfo=UTC))

    def test_a_calendar_that_is_closed_for_too_long_loses_no_step(self, house: Any) -> None:
        step = kept(house, CALL)
        step.plan["on_failure"]["counted"]["hours"] = orjson.dumps(
            {"title": "Rarely", "hours": {"mon": "09:00-09:01"}}
        ).decode()
        step.plan["on_failure"]["due_hours"] = 500
        now = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)
        fail(step, "answered 422", now=now)
        assert step.due_at == now + timedelta(hours=500)


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        (TASK | {"calendar": "ofice"}, r"routes\.0\.steps\.0\.calendar"),
        (CALL | {"on_failure": CALL["on_failure"] | {"calendar": "ofice"}}, r"steps\.0\.on_failure\.calendar"),
    ],
)
def test_an_unknown_calendar_is_refused(wanted: dict[str, Any], place: str) -> None:
    with pytest.raises(PolicyError, match=f"{place}: unknown calendar 'ofice'; known are around_the_clock, kiosk"):
        policy(wanted)
