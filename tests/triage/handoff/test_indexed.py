"""No statement of the handoff grows with what is stored: each is found through an index, and is bounded."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, insert

from tests.triage.handoff.conftest import FAILED, Handoff
from triage.db.database import reading
from triage.db.handoff_schema import deliveries
from triage.handoff import deliveries as stored
from triage.handoff.claiming import give_back, is_anything_due, still_held
from triage.handoff.database_time import database_now
from triage.handoff.deliveries import DeliveryFilter, delete_delivered
from triage.handoff.endpoint_states import endpoint_states
from triage.handoff.jobs import Job, JobLease, run_due_jobs
from triage.ids import new_id


@pytest.fixture
def statements(sqlite_engine: Engine) -> list[tuple[str, tuple[object, ...]]]:
    seen: list[tuple[str, tuple[object, ...]]] = []

    def keep(connection, cursor, statement, parameters, context, many) -> None:
        ours = "due_at IS NOT NULL" not in statement  # that is how these tests let time pass
        if ours and not many and "deliveries" in statement and statement.startswith(("SELECT", "UPDATE", "DELETE")):
            seen.append((statement, parameters))

    event.listen(sqlite_engine, "before_cursor_execute", keep)
    return seen


def everything(handoff: Handoff) -> None:
    handoff.add(rate_per_second=1000)
    handoff.enqueue("a", "a", "b", case_id="c")
    (claimed,) = handoff.claim(1)
    handoff.finish(claimed, FAILED)
    handoff.hurry()
    (claimed,) = handoff.claim(1)
    with handoff.engine.begin() as connection:
        assert is_anything_due(connection) in (True, False)
        still_held(connection, claimed)
        give_back(connection, claimed)
        endpoint_states(connection)
        for wanted in (
            DeliveryFilter(), DeliveryFilter(state="dead"), DeliveryFilter(endpoint="erp"),
            DeliveryFilter(kind="case.ruled"),
            DeliveryFilter(kind="case.ruled", state="dead"), DeliveryFilter(endpoint="erp", state="waiting"),
            DeliveryFilter(case_id="c"),
        ):  # fmt: skip
            stored.list_deliveries(connection, wanted, cursor=None, limit=50)
            stored.redrive_matching(connection, DeliveryFilter(endpoint=wanted.endpoint, kind=wanted.kind))
        stored.send_test(connection, "erp")
        stored.cancel_matching(connection, DeliveryFilter(endpoint="erp"), reason="test")

    def forget(hold: JobLease) -> None:
        delete_delivered(hold, older_than=timedelta(0))

    job = Job(name="forget", every=timedelta(hours=1), run=forget)
    run_due_jobs(handoff.engine, [job], worker="w")


def fill(engine: Engine, count: int) -> None:
    """Delivered and dead deliveries of long ago, of the same endpoint and another."""
    with engine.begin() as connection:
        now = database_now(connection)
        connection.execute(
            insert(deliveries),
            [
                {
                    "delivery_id": new_id(), "endpoint": "erp" if at % 2 else "old", "kind": "case.decided",
                    "body": "{}",
                    "case_id": f"old-{at}", "order_key": f"old-{at}", "created_at": now, "expires_at": now,
                    "state": "dead" if at % 3 else "delivered", "finished_at": now,
                }
                for at in range(count)
            ],
        )  # fmt: skip


def test_every_statement_uses_an_index(sqlite_engine: Engine, statements) -> None:
    fill(sqlite_engine, 600)
    everything(Handoff(sqlite_engine))
    assert len(statements) > 30
    with reading(sqlite_engine) as connection:
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = [row[3] for row in plan]
            scans = [step for step in steps if step.startswith("SCAN deliveries")]
            bounded = "LIMIT" in statement and "ORDER BY deliveries.seq" in statement
            assert not scans or bounded, (statement, steps)
            sorts = any("TEMP B-TREE FOR ORDER BY" in step for step in steps)
            assert not sorts or "FROM endpoints" in statement, (statement, steps)


def test_the_check_sees_a_scan(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN SELECT seq FROM deliveries WHERE reason = 'x'").all()
    assert plan[0][3].startswith("SCAN deliveries")
