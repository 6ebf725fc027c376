"""Stages: each is reached once, whoever comes by, and does to the case and says to others what its ladder says."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.triage.conftest import ANN, BOB, DOMAIN, EVE
from tests.triage.review.desk import AGREED, OFFICE, QUEUES, ROUTES, Desk, at
from tests.triage.review.stage_desk import StageDesk
from triage.db.clock_schema import clocks
from triage.db.handoff_schema import jobs
from triage.db.schema import audit_events, tasks
from triage.handoff.database_time import database_now
from triage.handoff.jobs import Job, JobLease, LostLeaseError, run_due_jobs
from triage.review import verbs as review
from triage.review.stages import is_anything_due, is_stage_due, keep_clocks, open_rested, reach_due_stages


@pytest.fixture
def desk(house) -> StageDesk:
    return StageDesk(house)


@pytest.mark.parametrize(
    ("instant", "reached"),
    [
        ("2026-03-02T12:59", []), ("2026-03-02T13:00", [50]), ("2026-03-02T14:59", [50]),
        ("2026-03-02T15:00", [50, 75]), ("2026-03-02T16:12", [50, 75, 90]), ("2026-03-02T17:00", [50, 75, 90, 100]),
        # Twice its time has run a working day later, and never at night.
        ("2026-03-03T08:00", [50, 75, 90, 100]), ("2026-03-03T16:59", [50, 75, 90, 100]),
        ("2026-03-03T17:00", [50, 75, 90, 100, 200]), ("2027-03-03T17:00", [50, 75, 90, 100, 200]),
    ],
)  # fmt: skip
def test_each_stage_is_reached_at_its_share_of_business_time(desk, instant: str, reached: list[float]) -> None:
    desk.reach(instant)
    assert desk.reached == reached
    desk.reach(instant)
    assert desk.reached == reached, "and only once"


class TestEffects:
    def test_a_reminder_changes_nothing_and_tells_who_is_named(self, desk) -> None:
        desk.reach("2026-03-02T13:00")
        assert (desk.task.priority, desk.task.queue) == ("P3", "OVERRIDE_DESK")
        ((endpoint, kind, body),) = desk.delivered
        assert (endpoint, kind, body["case_id"]) == ("erp", "case.due_soon", desk.case_id)
        assert body["stage"] | {"at_percent": 50, "notify": ["Store supervisor"], "is_last": False} == body["stage"]
        assert body["task"] | {"queue": "OVERRIDE_DESK", "sla_due_at": "2026-03-02T17:00:00+00:00"} == body["task"]

    def test_priority_rises_by_one_level(self, desk) -> None:
        desk.reach("2026-03-02T16:30")
        assert desk.task.priority == "P2"
        assert desk.file()["clock"]["reached"][-1]["priority"] == "P2"

    def test_the_highest_level_stays(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            connection.execute(update(tasks).values(priority="P1"))
        desk.reach("2026-03-02T16:30")
        assert desk.task.priority == "P1"

    def test_at_the_due_time_it_moves_to_the_queue_and_its_owner(self, desk) -> None:
        desk.reach("2026-03-02T17:00")
        assert (desk.task.queue, desk.task.owner_role, desk.task.passed_by) == (
            "SECOND_DESK", "Area manager", "system:clock",
        )  # fmt: skip
        assert desk.next(queue="SECOND_DESK") == desk.case_id
        assert desk.send_back(ANN)["queue"] == "OVERRIDE_DESK"

    def test_when_nobody_acts_the_last_step_is_taken(self, desk) -> None:
        desk.reach("2026-03-03T17:00")
        assert desk.task.owner_role == "Regional manager"
        endpoint, kind, body = desk.delivered[-1]
        assert (endpoint, kind, body["role"], body["stage"]["is_last"]) == (
            "regional", "case.late", "Regional manager", True,
        )  # fmt: skip
        assert desk.file()["clock"]["next_stage"] is None

    def test_a_case_that_a_person_moved_stays_where_it_is(self, desk) -> None:
        desk.assign(queue="CLOSED_DESK", actor=EVE)
        desk.reach("2026-03-02T17:00")
        assert (desk.task.queue, desk.task.owner_role) == ("CLOSED_DESK", "Loss prevention")

    def test_who_works_on_it_keeps_it(self, desk) -> None:
        desk.to("2026-03-02T16:55")
        desk.claim()
        desk.reach("2026-03-02T17:00")
        desk.do(review.resolve, desk.case_id, ruling=AGREED, heads={DOMAIN.name: DOMAIN.heads})

    def test_everything_is_in_the_history_under_the_clocks_name(self, desk) -> None:
        desk.reach("2026-03-02T15:00")
        told = [event for event in desk.file()["history"] if event["verb"] == "stage"]
        assert [(event["actor"], event["detail"]["at_percent"]) for event in told] == [
            ("system:clock", 50), ("system:clock", 75),
        ]  # fmt: skip

    def test_an_audit_tells_nothing_of_the_decision(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            connection.execute(update(tasks).values(kind="audit", priority="P4"))
        desk.reach("2026-03-03T17:00")
        assert "risk" not in str(desk.delivered) and "cause" not in str(desk.delivered)
        assert "decide" not in [event["verb"] for event in desk.file()["history"]]


class TestPaused:
    def test_a_hold_moves_what_has_not_come_yet(self, desk) -> None:
        desk.to("2026-03-02T11:00")
        desk.claim()
        desk.hold("2026-03-03T11:00")
        desk.reach("2026-03-03T12:59")
        assert desk.reached == []
        desk.reach("2026-03-03T13:00")
        assert desk.reached == [50]

    def test_what_had_come_is_not_put_off_and_what_comes_next_is(self, desk) -> None:
        desk.to("2026-03-02T13:30")
        desk.claim()
        desk.hold("2026-03-02T14:30")
        desk.reach()
        assert desk.reached == [50]
        desk.reach("2026-03-02T15:59")
        assert desk.reached == [50]
        desk.reach("2026-03-02T16:00")
        assert desk.reached == [50, 75]

    def test_brought_back_early_the_stages_come_earlier_again(self, desk) -> None:
        desk.to("2026-03-02T11:00")
        desk.claim()
        desk.hold()
        desk.to("2026-03-02T12:00")
        desk.resume()
        assert desk.file()["clock"]["next_stage"]["due_at"] == "2026-03-02T14:00:00+00:00"

    def test_a_snoozed_case_is_woken_before_it_goes_to_somebody_else(self, desk) -> None:
        desk.to("2026-03-02T16:00")
        desk.claim()
        desk.snooze("2026-03-05T09:00")
        desk.reach("2026-03-02T17:00")
        assert (desk.task.state, desk.task.queue, desk.task.assigned_to) == ("open", "SECOND_DESK", None)
        assert desk.next(BOB, queue="SECOND_DESK") == desk.case_id


class TestOnce:
    def test_a_case_that_is_done_has_no_more_stages(self, desk) -> None:
        desk.claim()
        desk.do(review.resolve, desk.case_id, ruling=AGREED, heads={DOMAIN.name: DOMAIN.heads})
        desk.reach("2026-03-03T17:00")
        assert desk.reached == []
        with desk.house.engine.connect() as connection:
            assert not is_stage_due(connection, desk.now + timedelta(days=999))

    def test_a_clock_that_jumps_back_and_forth_reaches_nothing_twice(self, desk) -> None:
        for instant in ("2026-03-02T15:00", "2026-03-01T09:00", "2026-03-02T15:00", "2026-03-02T13:00"):
            desk.reach(instant)
        assert desk.reached == [50, 75]

    def test_a_jump_over_all_of_them_reaches_each_in_order(self, desk) -> None:
        desk.reach("2031-01-01T00:00")
        assert desk.reached == [50, 75, 90, 100, 200]

    def test_many_at_once_reach_each_once(self, desk) -> None:
        others = [desk.submit(number) for number in range(2, 40)]
        desk.to("2026-03-03T17:00")
        gate = threading.Barrier(4)

        def work() -> None:
            gate.wait()
            while True:
                with desk.house.engine.begin() as connection:
                    if not reach_due_stages(connection, now=desk.now, most=5):
                        return

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        desk.reach()
        assert len(desk.reached) == 5 * (1 + len(others))
        assert len(desk.delivered) == 6 * (1 + len(others))

    def test_a_clock_that_cannot_be_read_does_not_stop_the_others(self, desk) -> None:
        broken = desk.submit(2)
        with desk.house.engine.begin() as connection:
            connection.execute(update(clocks).where(clocks.c.case_id == broken).values(ladder="{"))
        desk.reach("2026-03-02T13:00")
        assert desk.reached == [50]
        desk.case_id = broken
        assert desk.file()["history"][-1]["verb"] == "clock_stopped", "and says so"


def test_what_has_rested_is_written_open_so_that_it_counts(desk) -> None:
    desk.claim()
    desk.snooze("2026-03-02T10:00")
    for instant, opened, state in (("2026-03-02T09:59", 0, "snoozed"), ("2026-03-02T10:00", 1, "open")):
        desk.to(instant)
        with desk.house.engine.begin() as connection:
            assert is_anything_due(connection, desk.now) is bool(opened)
            assert open_rested(connection, now=desk.now) == opened
        assert desk.task.state == state
    assert desk.next() == desk.case_id


class TestJob:
    """The job among workers: the database's own clock decides, so the case is made due by moving its clock."""

    def due(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            past = database_now(connection) - timedelta(seconds=1)
            connection.execute(update(clocks).values(next_due_at=past))

    def job(self, run=keep_clocks) -> Job:
        return Job(name="clocks", every=timedelta(0), run=run, is_wanted=is_anything_due)

    def test_an_idle_worker_writes_nothing(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            connection.execute(update(clocks).values(next_due_at=None))
        run_due_jobs(desk.house.engine, [self.job()], worker="w1")
        with desk.house.engine.connect() as connection:
            assert connection.execute(select(jobs.c.started_at)).scalar() is None

    def test_a_worker_that_died_midway_is_replaced_and_nothing_happens_twice(self, desk) -> None:
        self.due(desk)
        lost: list[JobLease] = []

        def die(hold: JobLease) -> None:
            lost.append(hold)
            with desk.house.engine.begin() as connection:
                past = database_now(connection) - timedelta(seconds=1)
                connection.execute(update(jobs).values(next_run_at=past, leased_until=past))
            assert run_due_jobs(desk.house.engine, [self.job()], worker="w2") == ["clocks"]
            with pytest.raises(LostLeaseError):
                keep_clocks(hold)

        run_due_jobs(desk.house.engine, [self.job(die)], worker="w1")
        # Under the real clock all stages of a case of March are due, one after another.
        assert (len(lost), desk.reached) == (1, [50, 75, 90, 100, 200])
        with desk.house.engine.connect() as connection:
            told = connection.execute(select(audit_events).where(audit_events.c.verb == "stage")).all()
        assert len(told) == 5


def test_a_route_without_a_ladder_has_no_stages(house) -> None:
    desk = Desk(house, routes=ROUTES, calendars=OFFICE, queues=QUEUES)
    with desk.house.engine.begin() as connection:
        assert reach_due_stages(connection, now=at("2031-01-01T00:00")) == 0
