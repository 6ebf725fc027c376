"""What waits is counted as it changes: after any writes the counts are those of the tasks, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, update

from triage.db.schema import cases, tasks, waiting_counts
from triage.db.waiting_counts import is_counted, recount

START = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
STATES = ("open", "claimed", "approval", "done")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "update", "delete"]),
        st.integers(0, 4),
        st.sampled_from(STATES),
        st.sampled_from(["LANE_A", "LANE_B"]),
        st.integers(-90, 90),
        st.sampled_from(["review", "audit"]),
    ),
    max_size=12,
)


def row(at: int, state: str, queue: str, minutes: int, kind: str) -> dict[str, Any]:
    """Return a task's row."""
    return {
        "case_id": f"case-{at}", "seq": at + 1, "domain": "price_override", "queue": queue, "owner_role": "desk",
        "disposition": "review", "priority": "P3", "expected_loss": 1.5 * (at + 1), "created_at": START,
        "sla_due_at": START + timedelta(minutes=minutes), "kind": kind, "minutes": 10.0, "state": state,
    }  # fmt: skip


def write_cases(engine: Engine) -> None:
    """Write the cases that tasks are of."""
    with engine.begin() as connection:
        for table in (tasks, waiting_counts, cases):
            connection.execute(delete(table))
        rows = [
            {
                "seq": at + 1, "case_id": f"case-{at}", "domain": "price_override", "exception_id": f"E-{at}",
                "content_hash": "0", "as_of": START, "received_at": START, "known_at": START, "currency": "EUR",
                "fx_rate": 1.0, "envelope": "{}", "payload": "{}", "attributes": "{}", "submitted_by": "key:x",
            }
            for at in range(5)
        ]  # fmt: skip
        connection.execute(insert(cases), rows)


def counted(engine: Engine) -> list[tuple[Any, ...]]:
    """Return what is kept, in order."""
    with engine.begin() as connection:
        kept = connection.execute(select(waiting_counts).order_by(*waiting_counts.primary_key)).all()
    return [tuple(row) for row in kept]


@given(acts=ACTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_those_of_the_tasks_whatever_is_written(engine: Engine, acts: list[Any]) -> None:
    write_cases(engine)
    there: set[int] = set()
    for act, at, state, queue, minutes, kind in acts:
        with engine.begin() as connection:
            if act == "insert" and at not in there:
                connection.execute(insert(tasks), row(at, state, queue, minutes, kind))
                there.add(at)
            elif act == "update":
                values = row(at, state, queue, minutes, kind)
                connection.execute(update(tasks).where(tasks.c.case_id == f"case-{at}").values(values))
            elif act == "delete":
                connection.execute(delete(tasks).where(tasks.c.case_id == f"case-{at}"))
                there.discard(at)
    kept = counted(engine)
    with engine.begin() as connection:
        recount(connection)
    assert kept == counted(engine)


def test_many_rows_of_one_statement_are_counted(engine: Engine) -> None:
    write_cases(engine)
    with engine.begin() as connection:
        connection.execute(insert(tasks), [row(at, "open", "LANE_A", 0, "review") for at in range(5)])
        connection.execute(update(tasks).where(tasks.c.seq <= 2).values(state="done"))
    assert [(row[2], row[3:]) for row in counted(engine)] == [
        (START.replace(minute=0), (3, 0, 0, 3, 30.0, 1.5 * (3 + 4 + 5)))
    ]


def test_what_lost_its_triggers_is_seen_and_counted_anew(engine: Engine) -> None:
    write_cases(engine)
    with engine.begin() as connection:
        assert is_counted(connection)
        on = "" if connection.dialect.name == "sqlite" else " ON tasks"
        connection.exec_driver_sql(f"DROP TRIGGER count_insert{on}")
        assert not is_counted(connection)
        connection.execute(insert(tasks), row(0, "open", "LANE_A", 0, "review"))
        recount(connection)
        assert is_counted(connection)
    assert [row[3] for row in counted(engine)] == [1]
