"""The short version of `triage benchmark durability`, on both stores; the whole of it is in
docs/benchmarks/durability.md."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from lab.durability.breaking import Plan
from lab.durability.clock_jumps import ProcessClocks
from lab.durability.counting import Findings, check
from lab.durability.disk import own_disk
from lab.durability.load import Load
from lab.durability.page import page
from lab.durability.receiver import MisbehavingReceiver
from lab.durability.run import run
from tests.conftest import POSTGRES
from tests.triage.handoff.conftest import Handoff

AT = "'2026-03-02 00:00:00.000000'"
PLANS = {
    "postgresql": Plan(
        kills=4, stops=0, apis=1, workers=2, callers=3, pause_seconds=0.3, min_gap_seconds=0.3, max_gap_seconds=0.8,
        outage=False, min_cases=20, seed=7,
    ),
    # Whatever this machine lets us break: a clock that jumps, a full disk, a broker that is killed.
    "sqlite": Plan(
        kills=4, stops=0, jumps=2, restarts=1, full_disks=1, apis=1, workers=2, callers=3, pause_seconds=0.3,
        min_gap_seconds=0.3, max_gap_seconds=0.6, outage=False, min_cases=20, seed=3,
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_what_is_broken_under_load_loses_nothing_and_does_nothing_twice(store: str, request) -> None:
    if store == "postgresql":
        request.getfixturevalue("postgres_url")  # skips where no server answers
    found = run(store, PLANS[store], postgres_url=POSTGRES)
    assert found.wrong == []
    assert found.counts["killed api"] + found.counts["killed worker"] == 4
    assert found.counts["cases accepted"] >= 20
    assert found.counts["effects at the receiver"] >= found.counts["cases accepted"]
    assert found.counts["stages reached"] > 0 and found.counts["steps"] > 0
    assert "lost, doubled" in page([found], PLANS[store], command="triage benchmark durability", stamp="in a test")


def test_a_full_disk_takes_nothing_more_until_it_is_freed(tmp_path: Path) -> None:
    with own_disk(tmp_path) as disk:
        if not disk.can_fill:
            pytest.skip("this user may not mount a disk")
        disk.fill_for(0.05)
        (disk.folder / "after").write_bytes(b"x")
        assert not (disk.folder / "ballast").exists()
    assert not list((tmp_path / "disk").iterdir())


def test_a_process_keeps_a_clock_of_its_own(tmp_path: Path) -> None:
    known = ProcessClocks(tmp_path)
    if not known.can_jump:
        pytest.skip("there is no C compiler on this machine")
    known.file_of("worker 0")
    known.set("worker 0", -240.0)
    assert (tmp_path / "worker-0.clock").stat().st_size == 8


class TestTheCountItself:
    """A check that could not fail would prove nothing."""

    @pytest.fixture
    def known(self, sqlite_engine):
        load = Load([1], "key", callers=0, pause_seconds=0, seed=0)
        receiver, findings = MisbehavingReceiver(0), Findings(store="sqlite")

        def wrong(published: Counter[str] | None = None) -> str:
            check(sqlite_engine, load, receiver, findings, published=published)
            return "; ".join(findings.wrong)

        return sqlite_engine, load, receiver, wrong

    def test_nothing_wrong_with_nothing(self, known) -> None:
        assert known[3]() == ""

    def test_a_lost_case(self, known) -> None:
        known[1].accepted["LAB-1"] = "case-1"
        assert "1 accepted cases are not stored" in known[3]()

    def test_a_ruling_without_delivery_task_or_step(self, known) -> None:
        known[1].ruled.add("case-1")
        told = known[3]()
        assert "1 answered rulings have not exactly one delivery" in told
        assert "1 rulings left their task open" in told
        assert "1 rulings have not their step once" in told and "1 rulings had no effect of their step" in told

    def test_a_double_effect_and_a_wrong_order(self, known) -> None:
        known[2].effects = {
            "a": ("case.ruled", "c", 0), "b": ("case.decided", "c", 1), "d": ("case.decided", "c", 2),
        }  # fmt: skip
        assert "1 events took effect twice" in (told := known[3]())
        assert "1 rulings took effect before their decision" in told

    def test_a_delivery_that_did_not_arrive(self, known, sqlite_engine) -> None:
        handoff = Handoff(sqlite_engine)
        handoff.add()
        handoff.enqueue("a")
        assert {"1 deliveries did not end delivered", "1 deliveries never took effect"} <= {
            part.split(" at the")[0].split(",")[0] for part in known[3]().split("; ")
        }

    def test_a_message_of_the_bus_that_is_no_event_or_is_there_twice(self, known) -> None:
        told = known[3](Counter({"x": 2}))
        assert "1 messages on the bus are no event's" in told and "1 events are on the bus twice" in told

    def test_a_clock_that_missed_its_stages_and_a_task_without_steps(self, known, sqlite_engine) -> None:
        with closing(sqlite3.connect(sqlite_engine.url.database)) as connection, connection:
            # Past the schema's own guards: there is no such case.
            connection.execute(
                "INSERT INTO tasks (case_id, seq, domain, queue, owner_role, disposition, priority, expected_loss,"
                f" created_at, sla_due_at, state) VALUES ('c', 1, 'd', 'q', 'r', 'review', 'P3', 0, {AT}, {AT}, 'open')"
            )
            connection.execute(
                "INSERT INTO clocks (case_id, calendar, time_zone, started_at, sla_microseconds, queue, next_due_at)"
                f" VALUES ('c', 'around_the_clock', 'UTC', {AT}, 1, 'q', {AT})"
            )
        told = known[3]()
        assert "1 clocks did not run down" in told and "1 clocks missed a stage" in told
        assert "1 tasks have not each of their steps once" in told

    def test_a_forged_request_and_a_refused_caller(self, known) -> None:
        known[2].requests = Counter(forged=1)
        known[1].errors.append("RuntimeError: LAB-1: 422")
        assert "no valid signature" in (told := known[3]())
        assert "1 requests of callers were refused" in told
