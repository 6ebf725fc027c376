"""Capacity: what waits in minutes, what of it fits into the reviewers' day, and what does not; nothing is dropped."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.triage.conftest import ANN, DOMAIN, ScriptedScorer, override, policy_with
from triage.db.schema import tasks
from triage.errors import InvalidError
from triage.in_force import InForce
from triage.review import verbs as review
from triage.review.case_reading import list_queue
from triage.review.queues import queue_counts
from triage.review.verbs import Ruling

HOLD = timedelta(minutes=30)


class Desk:
    """A house with a queue of so many minutes a day, where a case takes ten."""

    def __init__(self, house, minutes_per_day: float | None) -> None:
        queue = {"title": "Override desk", "owner_role": "Store supervisor", "minutes_per_case": 10.0}
        if minutes_per_day is not None:
            queue["minutes_per_day"] = minutes_per_day
        self.house = house(ScriptedScorer(risk=0.5), policy_with(queues={"OVERRIDE_DESK": queue}))

    def do(self, verb, *args, **options):
        with self.house.engine.begin() as connection:
            return verb(connection, *args, policies=self.house.policies, actor=ANN, now=self.house.clock(), **options)

    def queue(self):
        return next(queue for queue in self.do(queue_counts) if queue["queue"] == "OVERRIDE_DESK")

    def submit(self, number: int) -> str:
        return self.house.one(override(number)).body["case_id"]

    def worth(self, case_id: str, saved_per_minute: float) -> None:
        with self.house.engine.begin() as connection:
            connection.execute(
                update(tasks).where(tasks.c.case_id == case_id).values(saved_per_minute=saved_per_minute)
            )

    def close_next(self) -> None:
        case_id = self.do(review.next_case, "OVERRIDE_DESK", hold=HOLD)
        ruling = Ruling(action="accepted", cause="price_match", reason_code="justified")
        self.do(review.resolve, case_id, ruling=ruling, heads={DOMAIN.name: DOMAIN.heads})


class TestListed:
    def test_a_queue_only_automatic_cases_are_addressed_to_is_left_out_until_somebody_waits_in_it(self, house) -> None:
        desk = Desk(house, None)
        routes = [
            {"id": "R-AUTO", "dispositions": ["auto"], "queue": "TILL", "sla_hours": 1, "action": "Sell."},
            {"id": "R-DESK", "queue": "OVERRIDE_DESK", "sla_hours": 1, "action": "Ask."},
        ]
        till = {"TILL": {"title": "Sold at once", "owner_role": "Till", "minutes_per_case": 1.0}}
        desk.house.policies = InForce({DOMAIN.name: policy_with(queues=till, routes=routes)})
        assert [queue["queue"] for queue in desk.do(queue_counts)] == ["OVERRIDE_DESK"]
        desk.house.policies = InForce({DOMAIN.name: policy_with(queues=till)})
        assert "TILL" not in [queue["queue"] for queue in desk.do(queue_counts)]
        case_id = desk.submit(1)
        with desk.house.engine.begin() as connection:
            connection.execute(update(tasks).where(tasks.c.case_id == case_id).values(queue="TILL"))
        assert "TILL" in [queue["queue"] for queue in desk.do(queue_counts)]


class TestCapacity:
    @pytest.mark.parametrize(
        ("minutes_per_day", "fit", "beyond"), [(29.9, 2, 1), (30.0, 3, 0), (30.1, 3, 0), (0.0, 0, 3), (9.99, 0, 3)]
    )
    def test_what_fits_today(self, house, minutes_per_day: float, fit: int, beyond: int) -> None:
        desk = Desk(house, minutes_per_day)
        for number in range(3):
            desk.submit(number)
        capacity = desk.queue()["capacity"]
        assert (capacity["fit_today"], capacity["beyond_today"]["count"]) == (fit, beyond)

    def test_what_does_not_fit_is_stated_and_still_waits(self, house) -> None:
        desk = Desk(house, 10.0)
        for number in range(3):
            desk.submit(number)
            desk.house.clock.forward(hours=1)
        queue = desk.queue()
        # Expected loss is risk x impact: 0.5 x 10 each.
        assert queue["capacity"]["beyond_today"] == {
            "count": 2, "expected_loss": 10.0, "oldest_created_at": "2026-03-02T10:00:00+00:00"
        }  # fmt: skip
        assert (queue["open"], queue["minutes_waiting"], queue["minutes_per_day"]) == (3, 30.0, 10.0)
        assert len(desk.do(list_queue, "OVERRIDE_DESK", limit=10)["items"]) == 3

    def test_what_was_done_today_is_spent_and_comes_back_tomorrow(self, house) -> None:
        desk = Desk(house, 25.0)
        for number in range(3):
            desk.submit(number)
        desk.close_next()
        assert (desk.queue()["capacity"]["minutes_left_today"], desk.queue()["capacity"]["fit_today"]) == (15.0, 1)
        desk.house.clock.forward(hours=15)
        assert (desk.queue()["capacity"]["minutes_left_today"], desk.queue()["capacity"]["fit_today"]) == (25.0, 2)

    def test_nothing_is_said_where_nobody_counts_minutes(self, house) -> None:
        desk = Desk(house, None)
        desk.submit(1)
        assert (desk.queue()["capacity"], desk.queue()["minutes_waiting"]) == (None, 10.0)


class TestOrder:
    def test_among_equals_the_more_worth_a_minute_comes_first(self, house) -> None:
        desk = Desk(house, None)
        little, much = desk.submit(1), desk.submit(2)
        desk.worth(little, 0.5)
        desk.worth(much, 0.6)
        listed = [item["case_id"] for item in desk.do(list_queue, "OVERRIDE_DESK", limit=10)["items"]]
        assert listed == [much, little]
        assert desk.do(review.next_case, "OVERRIDE_DESK", hold=HOLD) == much

    def test_a_level_comes_before_money(self, house) -> None:
        desk = Desk(house, None)
        cheap = desk.submit(1)
        desk.worth(cheap, 1000.0)
        dear = desk.house.one(override(2, listed_price="900.00", charged_price="850.00")).body["case_id"]
        assert desk.do(review.next_case, "OVERRIDE_DESK", hold=HOLD) == dear

    def test_a_breach_comes_before_both(self, house) -> None:
        desk = Desk(house, None)
        late = desk.submit(1)
        desk.house.clock.forward(hours=25)
        desk.worth(desk.submit(2), 1000.0)
        assert desk.do(review.next_case, "OVERRIDE_DESK", hold=HOLD) == late


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_pages_together_are_the_queue_in_order(self, house, limit: int) -> None:
        desk = Desk(house, None)
        ids = [desk.submit(number) for number in range(3)]
        desk.house.clock.forward(hours=25)
        ids += [desk.submit(number) for number in range(3, 7)]
        for at, case_id in enumerate(ids):
            desk.worth(case_id, float(at % 3))
        whole = [item["case_id"] for item in desk.do(list_queue, "OVERRIDE_DESK", limit=100)["items"]]
        assert set(whole[:3]) == set(ids[:3]), "what is past its due time comes first"
        found, cursor = [], None
        for _ in range(8):
            page = desk.do(list_queue, "OVERRIDE_DESK", limit=limit, cursor=cursor)
            found += [item["case_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert (found, cursor) == (whole, None)

    @pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "WzEsMl0", "W3RydWUsMSwxLDEsMSwxLDFd", "é"])
    def test_a_cursor_nobody_was_given_is_refused(self, house, cursor: str) -> None:
        with pytest.raises(InvalidError, match="cursor"):
            Desk(house, None).do(list_queue, "OVERRIDE_DESK", limit=1, cursor=cursor)


class TestDue:
    @pytest.mark.parametrize(
        ("hours", "overdue", "at_risk"),
        [(0, 0, 0), (21.99, 0, 0), (22, 0, 1), (23.5, 0, 2), (24, 1, 1), (25.5, 2, 0), (50, 2, 0)],
    )
    def test_what_is_due_is_counted_to_the_minute(self, house, hours: float, overdue: int, at_risk: int) -> None:
        desk = Desk(house, None)
        desk.submit(1)
        desk.house.clock.forward(hours=1.5)
        desk.submit(2)
        desk.house.clock.forward(hours=hours - 1.5)
        queue = desk.queue()
        assert (queue["overdue"], queue["at_risk"], queue["on_track"]) == (overdue, at_risk, 2 - overdue - at_risk)
        assert queue["next_due_at"] == "2026-03-03T09:00:00+00:00"
