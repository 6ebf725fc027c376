"""The inbox: one row a message, found by its key, forgotten after a while; no statement grows with what it holds."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text

from triage.db.database import reading
from triage.db.inbox_schema import inbox
from triage.handoff.database_time import database_now
from triage.handoff.inbox import Receipt, delete_receipts, keep_receipts, received_content
from triage.handoff.jobs import Job, JobLease, run_due_jobs


def receipt(number: int, content: str = "0") -> Receipt:
    return Receipt(source="/erp", message_id=f"m-{number}", content_hash=content * 64)


def keep(handoff, *receipts: Receipt) -> None:
    with handoff.engine.begin() as connection:
        keep_receipts(connection, receipts, now=database_now(connection))


def fill(handoff, count: int, *, days_ago: float) -> None:
    with handoff.engine.begin() as connection:
        at = database_now(connection) - timedelta(days=days_ago)
        rows = [
            {"source": "/old", "message_id": f"{days_ago}-{number}", "content_hash": "0" * 64, "received_at": at}
            for number in range(count)
        ]
        connection.execute(insert(inbox), rows)


def empty(handoff, days: float) -> list[int]:
    deleted: list[int] = []

    def run(hold: JobLease) -> None:
        deleted.append(delete_receipts(hold, older_than=timedelta(days=days)))

    run_due_jobs(handoff.engine, [Job(name="empty", every=timedelta(hours=1), run=run)], worker="w")
    return deleted


def test_the_first_of_a_key_stays(handoff) -> None:
    keep(handoff, receipt(1, "a"), receipt(2), receipt(1, "b"))
    keep(handoff, receipt(1, "c"))
    with reading(handoff.engine) as connection:
        assert received_content(connection, receipt(1)) in ("a" * 64, "b" * 64)
        assert received_content(connection, receipt(3)) is None
        other = Receipt(source="/pos", message_id="m-1", content_hash="")
        assert received_content(connection, other) is None, "an id is one message of one source"
        assert connection.execute(select(func.count()).select_from(inbox)).scalar_one() == 2


def test_old_receipts_are_forgotten_in_parts_and_young_ones_stay(handoff) -> None:
    fill(handoff, 1_500, days_ago=20)
    fill(handoff, 30, days_ago=1)
    assert empty(handoff, days=14) == [1_500]
    with reading(handoff.engine) as connection:
        assert connection.execute(select(func.count()).select_from(inbox)).scalar_one() == 30


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT content_hash FROM inbox WHERE source = '/erp' AND message_id = 'm-1'", "source_message_id"),
        ("SELECT seq, received_at FROM inbox ORDER BY seq LIMIT 1000", "pk_inbox"),
        ("DELETE FROM inbox WHERE seq IN (1, 2)", "pk_inbox"),
    ],
)
def test_every_statement_uses_an_index(handoff, statement, index) -> None:
    fill(handoff, 500, days_ago=1)
    with handoff.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            plan = " ".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            assert "SEARCH inbox" in plan or ("ORDER BY seq LIMIT" in statement and "TEMP B-TREE" not in plan), plan
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = " ".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}"))
            assert index in plan and "Sort" not in plan, plan
