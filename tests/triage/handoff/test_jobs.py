"""Jobs: one owner at a time among all workers, taken over when its lease runs out, fenced against who lost it."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.triage.handoff.conftest import Handoff
from triage.db.database import reading
from triage.db.handoff_schema import deliveries, jobs
from triage.handoff.database_time import database_now
from triage.handoff.deliveries import delete_delivered
from triage.handoff.jobs import Job, JobLease, LostLeaseError, run_due_jobs


def job(run, *, every: timedelta = timedelta(hours=1)) -> Job:
    return Job(name="clocks", every=every, run=run)


def due_now(handoff: Handoff, **values) -> None:
    with handoff.engine.begin() as connection:
        past = database_now(connection) - timedelta(seconds=1)
        connection.execute(update(jobs).values({"next_run_at": past} | dict.fromkeys(values, past)))


def row(handoff: Handoff):
    with reading(handoff.engine) as connection:
        return connection.execute(select(jobs)).one()


def test_it_runs_at_once_and_then_after_its_rest(handoff) -> None:
    runs = []
    wanted = [job(lambda hold: runs.append(hold.name))]
    assert run_due_jobs(handoff.engine, wanted, worker="w1") == ["clocks"]
    assert run_due_jobs(handoff.engine, wanted, worker="w1") == []
    due_now(handoff)
    assert run_due_jobs(handoff.engine, wanted, worker="w2") == ["clocks"]
    assert runs == ["clocks"] * 2
    assert (row(handoff).worker, row(handoff).leased_until) == ("w2", None)


def test_of_many_workers_one_runs_it(handoff) -> None:
    runs, gate = [], threading.Barrier(5)

    def run(hold: JobLease) -> None:
        runs.append(threading.current_thread().name)

    def work() -> None:
        gate.wait()
        run_due_jobs(handoff.engine, [job(run)], worker="w")

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1


def test_who_is_still_within_the_lease_keeps_it_and_a_dead_ones_job_is_taken_over(handoff) -> None:
    taken: list[JobLease] = []

    def die(hold: JobLease) -> None:
        taken.append(hold)
        due_now(handoff)
        assert run_due_jobs(handoff.engine, [job(lambda other: None)], worker="w2") == [], "it is held"
        due_now(handoff, leased_until=True)
        assert run_due_jobs(handoff.engine, [job(taken.append)], worker="w2") == ["clocks"]
        with hold.transaction():
            raise AssertionError("the first owner must not write any more")

    assert run_due_jobs(handoff.engine, [job(die)], worker="w1") == []
    assert len(taken) == 2
    with pytest.raises(LostLeaseError), taken[0].transaction():
        pass


def test_a_job_that_fails_is_told_and_does_not_keep_others_from_running(handoff) -> None:
    def fail(hold: JobLease) -> None:
        raise RuntimeError("no such table")

    other = Job(name="other", every=timedelta(hours=1), run=lambda hold: None)
    assert run_due_jobs(handoff.engine, [job(fail), other], worker="w") == ["clocks", "other"]
    with reading(handoff.engine) as connection:
        failed = connection.execute(select(jobs).where(jobs.c.name == "clocks")).one()
    assert (failed.reason, failed.failures_in_a_row) == ("RuntimeError: no such table", 1)
    assert failed.next_run_at > failed.finished_at


def test_work_renews_the_lease(handoff) -> None:
    def run(hold: JobLease) -> None:
        before = row(handoff).leased_until
        with hold.transaction():
            pass
        assert row(handoff).leased_until >= before

    assert run_due_jobs(handoff.engine, [job(run)], worker="w") == ["clocks"]
    assert row(handoff).reason is None


def test_delivered_deliveries_are_forgotten_and_dead_ones_stay(handoff) -> None:
    handoff.add()
    handoff.enqueue("a", "b", "c")
    with handoff.engine.begin() as connection:
        long_ago = database_now(connection) - timedelta(days=40)
        for seq, state in zip(
            [each.seq for each in handoff_rows(connection)], ("delivered", "dead", "delivered"), strict=True
        ):
            values = {"state": state, "due_at": None, "finished_at": long_ago}
            connection.execute(update(deliveries).where(deliveries.c.seq == seq).values(values))
        newest = max(each.seq for each in handoff_rows(connection))
        connection.execute(
            update(deliveries).where(deliveries.c.seq == newest).values(finished_at=database_now(connection))
        )
    forget = job(lambda hold: delete_delivered(hold, older_than=timedelta(days=30)))
    run_due_jobs(handoff.engine, [forget], worker="w")
    assert handoff.states == ["dead", "delivered"]


def handoff_rows(connection):
    return connection.execute(select(deliveries).order_by(deliveries.c.seq)).all()
