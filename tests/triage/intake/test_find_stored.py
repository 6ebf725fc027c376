"""Looking for what was submitted before costs the same however many cases are stored."""

from sqlalchemy import Engine, event

from triage.db.database import reading
from triage.intake.store import find_stored


def test_no_case_is_read_but_those_asked_for(sqlite_engine: Engine) -> None:
    seen: list[tuple[str, tuple[object, ...]]] = []

    def keep(connection, cursor, statement, parameters, context, many) -> None:
        seen.append((statement, parameters))

    event.listen(sqlite_engine, "before_cursor_execute", keep)
    with reading(sqlite_engine) as connection:
        find_stored(connection, [("return_fraud", "a"), ("return_fraud", "b"), ("invoice_discrepancy", "a")])
        (asked,) = [one for one in seen if "FROM cases" in one[0]]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1]).all()
    steps = [row[3] for row in plan]
    assert not any(step.startswith("SCAN") for step in steps), steps
    assert any("SEARCH cases USING INDEX" in step for step in steps), steps
