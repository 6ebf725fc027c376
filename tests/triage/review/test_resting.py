"""Holds, snoozes and what is passed on: the clock stays honest, and nobody is told what they may not know."""

import pytest
from sqlalchemy import insert, select, update

from tests.triage.conftest import ANN, BOB, DOMAIN, EVE
from tests.triage.review.desk import AGREED, Desk, at
from triage.db.clock_schema import clocks, pauses
from triage.db.schema import audit_events, cases, tasks
from triage.errors import ConflictError, InvalidError, NotFoundError
from triage.review import resting
from triage.review import verbs as review
from triage.review.case_lists import Filters, list_cases
from triage.review.case_reading import list_queue
from triage.review.queues import queue_counts


@pytest.fixture
def desk(house) -> Desk:
    return Desk(house)


class TestHold:
    def test_the_due_time_moves_by_the_business_time_that_was_paused(self, desk) -> None:
        assert desk.due == at("2026-03-02T17:00")
        desk.to("2026-03-02T11:00")
        desk.claim()
        # Eleven to Wednesday ten: six hours on Monday, eight on Tuesday, one on Wednesday.
        answer = desk.hold("2026-03-04T10:00")
        assert answer["sla_due_at"] == "2026-03-04T16:00:00+00:00" == desk.due.isoformat()
        clock = desk.file()["clock"]
        assert (clock["calendar"], clock["sla_hours"], clock["run_hours"]) == ("office", 8.0, 2.0)

    def test_brought_back_early_only_what_was_paused_counts(self, desk) -> None:
        desk.to("2026-03-02T11:00")
        desk.claim()
        desk.hold()
        desk.to("2026-03-02T12:00")
        assert desk.resume()["sla_due_at"] == "2026-03-03T10:00:00+00:00" == desk.due.isoformat()
        desk.to("2026-03-02T13:00")
        clock = desk.file()["clock"]
        assert (clock["run_hours"], clock["paused_hours"], clock["run_percent"]) == (3.0, 1.0, 37.5)
        (pause,) = clock["pauses"]
        assert pause | {"paused_hours": 1.0, "ended_by": "user:bob", "reason": "Waiting for the supplier"} == pause
        assert pause["ended_at"] == "2026-03-02T12:00:00+00:00"

    def test_a_weekend_on_hold_takes_no_business_time(self, desk) -> None:
        desk.to("2026-03-02T11:00")
        desk.claim()
        desk.hold("2026-03-02T12:00")
        desk.to("2026-03-06T17:00")
        desk.claim(BOB)
        desk.hold("2026-03-09T09:00", actor=BOB)
        assert [pause["paused_hours"] for pause in desk.file()["clock"]["pauses"]] == [1.0, 0.0]

    def test_two_holds_add_up(self, desk) -> None:
        for hour in (10, 12):
            desk.to(f"2026-03-02T{hour}:00")
            desk.claim()
            desk.hold(f"2026-03-02T{hour + 1}:00")
        assert desk.due == at("2026-03-03T11:00")

    def test_what_is_late_stays_late(self, desk) -> None:
        desk.to("2026-03-03T10:00")
        desk.claim()
        desk.hold("2026-03-03T12:00")
        assert desk.due == at("2026-03-02T17:00")

    def test_it_ends_by_itself_and_is_then_first_in_its_queue(self, desk) -> None:
        desk.claim()
        desk.hold("2026-03-02T12:00")
        other = desk.submit(2)
        assert desk.file()["case"]["state"] == "on_hold"
        assert [item["case_id"] for item in desk.do(list_queue, "OVERRIDE_DESK", limit=9)["items"]] == [other]
        desk.to("2026-03-02T12:00")
        assert desk.file()["case"]["state"] == "open"
        assert [item["case_id"] for item in desk.do(list_queue, "OVERRIDE_DESK", limit=9)["items"]] == [
            desk.case_id, other,
        ]  # fmt: skip
        assert desk.next() == desk.case_id

    def test_it_stays_with_whoever_put_it_there(self, desk) -> None:
        desk.claim()
        desk.hold("2026-03-02T12:00")
        desk.to("2026-03-02T13:00")
        assert desk.next(BOB) is None
        assert desk.claim(BOB)["claimed_by"] == "user:bob"

    def test_meanwhile_nobody_is_given_it_and_a_claim_says_why(self, desk) -> None:
        desk.claim()
        desk.hold("2026-03-02T12:00")
        assert desk.next(ANN) is None
        with pytest.raises(ConflictError, match="rests until 2026-03-02 12:00 UTC"):
            desk.claim(BOB)

    def test_only_the_holder_may_and_with_a_reason(self, desk) -> None:
        with pytest.raises(ConflictError, match="claim the case first"):
            desk.hold()
        desk.claim(BOB)
        with pytest.raises(ConflictError, match="user:bob holds"):
            desk.hold()
        with pytest.raises(InvalidError, match="reason"):
            desk.hold(reason="  ", actor=BOB)

    @pytest.mark.parametrize(
        ("until", "fits"), [("2026-03-02T09:00", False), ("2026-03-03T09:00", True), ("2026-03-03T09:01", False)]
    )
    def test_the_policy_says_how_long_a_case_may_rest_in_all(self, house, until: str, fits: bool) -> None:
        desk = Desk(house, rest={"most_hold_hours": 24})
        desk.claim()
        if fits:
            desk.hold(until)
            desk.to("2026-03-03T09:00")
            desk.claim()
            with pytest.raises(ConflictError, match="rested for the 24 hours its policy allows"):
                desk.hold()
        else:
            with pytest.raises(InvalidError, match="until"):
                desk.hold(until)

    def test_who_did_it_and_why_is_in_the_audit_chain(self, desk) -> None:
        desk.claim()
        desk.hold("2026-03-02T12:00")
        desk.resume(EVE)
        told = [(event["verb"], event["actor"]) for event in desk.file()["history"]]
        assert told[-2:] == [("hold", "user:ann"), ("resume", "user:eve")]

    def test_a_task_from_before_there_were_clocks_rests_by_the_wall_clock(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            connection.execute(clocks.delete())
        desk.claim()
        desk.hold("2026-03-03T09:00")
        assert desk.due == at("2026-03-03T17:00")
        assert desk.file()["clock"]["calendar"] == "around_the_clock"

    def test_resuming_what_does_not_rest_is_refused(self, desk) -> None:
        with pytest.raises(ConflictError, match="neither on hold nor snoozed"):
            desk.resume()


class TestSnooze:
    def test_it_is_out_of_sight_and_its_time_runs_on(self, desk) -> None:
        desk.claim()
        assert desk.snooze("2026-03-02T11:00")["stops_the_clock"] is False
        assert (desk.due, desk.next()) == (at("2026-03-02T17:00"), None)
        found = desk.do(list_cases, filters=Filters(state="snoozed"), cursor=None, limit=9)["items"]
        assert [item["case_id"] for item in found] == [desk.case_id]
        desk.to("2026-03-02T11:00")
        assert desk.do(list_cases, filters=Filters(state="snoozed"), cursor=None, limit=9)["items"] == []
        opened = desk.do(list_cases, filters=Filters(state="open"), cursor=None, limit=9)["items"]
        assert [item["case_id"] for item in opened] == [desk.case_id]
        assert desk.next() == desk.case_id

    def test_once_back_it_comes_with_what_is_late_before_all_else(self, desk) -> None:
        desk.claim()
        desk.snooze("2026-03-02T10:00")
        urgent = desk.submit(2)
        with desk.house.engine.begin() as connection:
            connection.execute(update(tasks).where(tasks.c.case_id == urgent).values(priority="P1"))
        assert desk.next() == urgent
        desk.do(review.release, urgent)
        desk.to("2026-03-02T10:00")
        assert (desk.next(), desk.next(BOB)) == (desk.case_id, urgent)

    def test_queues_count_what_rests_apart(self, desk) -> None:
        desk.claim()
        desk.snooze("2026-03-02T11:00")
        other = desk.submit(2)
        desk.claim(case_id=other)
        desk.do(resting.hold, other, reason="asked", until=at("2026-03-02T12:00"))
        desk.submit(3)

        def counts() -> tuple[int, int, int]:
            queue = next(each for each in desk.do(queue_counts) if each["queue"] == "OVERRIDE_DESK")
            return queue["open"], queue["on_hold"], queue["snoozed"]

        assert counts() == (1, 1, 1)
        desk.to("2026-03-02T11:00")
        assert counts() == (2, 1, 0)

    def test_the_policy_may_let_it_pause(self, house) -> None:
        desk = Desk(house, rest={"snooze_pauses": True})
        desk.claim()
        desk.snooze("2026-03-02T11:00")
        assert desk.due == at("2026-03-03T11:00")

    def test_not_longer_than_the_policy_allows(self, house) -> None:
        desk = Desk(house, rest={"most_snooze_hours": 2})
        desk.claim()
        with pytest.raises(InvalidError, match="by 2026-03-02T11:00:00"):
            desk.snooze("2026-03-02T11:01")


class TestPassingOn:
    def test_a_hand_off_keeps_clock_and_claim(self, desk) -> None:
        desk.to("2026-03-02T10:00")
        desk.claim()
        assert desk.hand_off("bob", comment="Yours")["claimed_until"].startswith("2026-03-02T10:30")
        assert desk.due == at("2026-03-02T17:00")
        with pytest.raises(ConflictError, match="user:bob holds"):
            desk.do(review.release, desk.case_id, actor=ANN)
        desk.do(review.resolve, desk.case_id, actor=BOB, ruling=AGREED, heads={DOMAIN.name: DOMAIN.heads})

    @pytest.mark.parametrize(
        ("to", "why"),
        [("nobody", "can sign in"), ("vic", "may work on OVERRIDE_DESK"), ("ann", "somebody else"), ("", "sign in")],
    )
    def test_only_to_somebody_who_may_work_on_it(self, desk, to: str, why: str) -> None:
        desk.claim()
        with pytest.raises(InvalidError, match=why):
            desk.hand_off(to)

    def test_a_reassigned_case_waits_first_for_that_person_alone(self, desk) -> None:
        other = desk.submit(2)
        desk.claim(case_id=other)
        desk.assign(to="bob", case_id=other)
        assert (desk.next(ANN), desk.next(BOB)) == (desk.case_id, other)

    def test_a_lead_may_assign_what_they_do_not_hold_and_others_may_not(self, desk) -> None:
        desk.claim(BOB)
        with pytest.raises(ConflictError, match="user:bob holds"):
            desk.assign(to="ann")
        assert desk.assign(to="ann", actor=EVE)["assigned_to"] == "user:ann"
        assert desk.next(ANN) == desk.case_id

    def test_another_queue_has_another_owner_and_the_same_clock(self, desk) -> None:
        desk.claim()
        moved = desk.assign(queue="SECOND_DESK", comment="Theirs")
        assert (moved["owner_role"], desk.due) == ("Area manager", at("2026-03-02T17:00"))
        assert (desk.next(), desk.next(queue="SECOND_DESK")) == (None, desk.case_id)

    def test_sent_back_it_returns_to_queue_and_person(self, desk) -> None:
        desk.claim()
        desk.assign(queue="SECOND_DESK", to="bob")
        desk.claim(BOB)
        back = desk.send_back(BOB)
        assert (back["queue"], back["assigned_to"]) == ("OVERRIDE_DESK", "user:ann")
        assert (desk.next(BOB), desk.next(ANN)) == (None, desk.case_id)
        with pytest.raises(ConflictError, match="nobody passed this case on"):
            desk.send_back(ANN)

    def test_a_case_on_hold_that_is_reassigned_is_paused_only_until_then(self, desk) -> None:
        desk.claim()
        desk.hold("2026-03-06T09:00")
        desk.to("2026-03-02T12:00")
        desk.assign(to="bob", actor=EVE)
        assert desk.due == at("2026-03-03T12:00")
        assert desk.next(BOB) == desk.case_id

    def test_a_restricted_case_does_not_get_out(self, desk) -> None:
        desk.assign(queue="CLOSED_DESK", actor=EVE)
        with pytest.raises(ConflictError, match="may not go to a queue that everybody sees"):
            desk.assign(queue="OVERRIDE_DESK", actor=EVE)
        with pytest.raises(NotFoundError):
            desk.claim(ANN)
        with pytest.raises(InvalidError, match="may work on CLOSED_DESK"):
            desk.assign(to="bob", actor=EVE)

    def test_an_analyst_cannot_see_or_name_a_restricted_queue(self, desk) -> None:
        desk.claim()
        with pytest.raises(InvalidError, match="must be one of") as refused:
            desk.assign(queue="CLOSED_DESK")
        assert "CLOSED_DESK" not in str(refused.value).partition("must be one of")[2]

    def test_an_audit_stays_in_its_queue_and_away_from_who_was_told(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            connection.execute(update(tasks).values(kind="audit"))
        desk.claim()
        with pytest.raises(ConflictError, match="an audit stays in its queue"):
            desk.assign(queue="SECOND_DESK")
        desk.hand_off("bob")
        assert "decide" not in [event["verb"] for event in desk.file()["history"]]

    def test_an_audit_is_not_given_to_who_submitted_the_case(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            connection.execute(update(tasks).values(kind="audit"))
            connection.execute(update(cases).values(submitted_by="user:bob"))
        desk.claim()
        for verb in (desk.hand_off, desk.assign):
            with pytest.raises(InvalidError, match="somebody else has to audit it"):
                verb("bob")

    def test_an_escalated_case_goes_to_approvers_alone(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            connection.execute(update(tasks).values(disposition="escalate"))
        desk.claim()
        with pytest.raises(InvalidError, match="must be an approver"):
            desk.hand_off("bob")
        assert desk.hand_off("eve")["claimed_by"] == "user:eve"

    def test_given_back_it_is_anybodys(self, desk) -> None:
        desk.claim()
        desk.hand_off("bob")
        desk.do(review.release, desk.case_id, actor=BOB)
        assert desk.next(ANN) == desk.case_id

    def test_every_verb_is_audited_under_who_did_it(self, desk) -> None:
        desk.claim()
        desk.hand_off("bob")
        desk.send_back(BOB)
        with desk.house.engine.connect() as connection:
            told = connection.execute(select(audit_events.c.verb, audit_events.c.actor).order_by(audit_events.c.seq))
            assert [tuple(row) for row in told][-2:] == [("hand_off", "user:ann"), ("send_back", "user:bob")]


def test_no_case_rests_more_often_than_somebody_could_read(desk) -> None:
    desk.claim()
    row = {
        "case_id": desk.case_id, "kind": "snooze", "reason": "", "paused_by": "user:ann", "started_at": desk.now,
        "until": desk.now, "paused_microseconds": 0, "due_before": desk.now,
    }  # fmt: skip
    with desk.house.engine.begin() as connection:
        connection.execute(insert(pauses), [row | {"pause_id": str(number)} for number in range(resting.MAX_PAUSES)])
    with pytest.raises(ConflictError, match="has rested 200 times"):
        desk.snooze("2026-03-02T10:00")
