"""A database filled quickly: the cases it holds are copied until there are as many as wanted, with some of their tasks
open.

What is measured on it is the cost of statements over many rows. The copies are no cases anybody sent: nothing is
learned from them.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, Engine, String, Table, func, insert, literal, select, text, update

from triage.db.schema import audit_events, audit_head, cases, claims, decisions, entity_cases, labels, tasks

_CHUNK: Final = 125_000
_NUMBERS: Final = (
    "WITH RECURSIVE numbers(n) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM numbers "
    "WHERE n < CAST(:last AS BIGINT)), "
    "seeds AS (SELECT case_id AS seed, domain, exception_id, row_number() OVER (ORDER BY seq) - 1 AS turn FROM cases "
    "WHERE seq <= :seeds) "
)
_GIVEN_OUT: Final = frozenset({"decision_id", "claim_id", "entity_case_id"})
_SPREAD_MINUTES: Final = 10_000
"""Due times of open tasks lie within about a week on both sides of those they were copied from."""

_DONE_MINUTES: Final = 500_000
"""What is done was done within about a year."""


def fill(engine: Engine, *, stored: int, open_tasks: int) -> None:
    """Copy what is stored until there are `stored` cases, of whose copies `open_tasks` wait and as many again are done.

    Raises ValueError where there is no case with a task to copy.
    """
    with engine.begin() as connection:
        submitted = cases.c.exception_id.not_like("COPY-%")
        seeds = connection.execute(select(func.max(cases.c.seq)).where(submitted)).scalar()
        last = connection.execute(select(func.max(cases.c.seq))).scalar()
        tasked = connection.execute(select(func.count()).select_from(tasks)).scalar_one()
        own_rows = {
            table.name: connection.execute(
                select(func.max(*table.primary_key)).where(table.c.exception_id.not_like("COPY-%"))
            ).scalar()
            or 0
            for table in (claims, entity_cases)
        }
    if not seeds or not tasked:
        raise ValueError("the database holds no case with a task to copy: submit some first")
    for first in range((last or seeds) + 1, stored + 1, _CHUNK):
        bounds = {"first": first, "last": min(first + _CHUNK - 1, stored), "seeds": seeds}
        with engine.begin() as connection:
            for table in (cases, decisions):
                _copy(connection, table, bounds)
            for table in (claims, entity_cases):
                _copy_of_exceptions(connection, table, bounds | {"rows": own_rows[table.name]})
            _copy_events(connection, bounds)
            _copy_tasks(connection, bounds, every=max(1, stored // (2 * open_tasks)))
            _label_done(connection, bounds)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _copy(connection: Connection, table: Table, bounds: Mapping[str, int]) -> None:
    names, chosen = _columns(table)
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({names}) {_NUMBERS} SELECT {chosen} FROM numbers "
            "JOIN seeds ON seeds.turn = numbers.n % CAST(:seeds AS BIGINT) "
            f"JOIN {table.name} ON {table.name}.case_id = seeds.seed"
        ),
        bounds,
    )


def _copy_of_exceptions(connection: Connection, table: Table, bounds: Mapping[str, int]) -> None:
    """Copy rows that name their case by domain and exception id. rows: up to which number they are those of seeds."""
    names, chosen = _columns(table)
    number = next(iter(table.primary_key)).name
    # A table of its own, with an index: SQLite would look through all rows for every copy.
    for statement in (
        f"CREATE TEMPORARY TABLE own AS {_NUMBERS} SELECT seeds.turn, rows_of.* FROM {table.name} AS rows_of "
        # A cross join keeps SQLite to this order.
        f"CROSS JOIN seeds WHERE rows_of.{number} <= :rows "
        "AND seeds.domain = rows_of.domain AND seeds.exception_id = rows_of.exception_id",
        "CREATE INDEX own_turn ON own (turn)",
        f"INSERT INTO {table.name} ({names}) {_NUMBERS} SELECT {chosen.replace(table.name, 'own')} FROM numbers "
        "JOIN own ON own.turn = numbers.n % CAST(:seeds AS BIGINT)",
        "DROP TABLE own",
    ):
        connection.execute(text(statement), {name: bounds[name] for name in bounds if f":{name}" in statement})


def _columns(table: Table) -> tuple[str, str]:
    replaced = {"seq": "n", "case_id": "'copy-' || n", "exception_id": "'COPY-' || n"}
    names = [column.name for column in table.columns if column.name not in _GIVEN_OUT]
    return ", ".join(names), ", ".join(replaced.get(name, f"{table.name}.{name}") for name in names)


def _copy_events(connection: Connection, bounds: Mapping[str, int]) -> None:
    """Write an event a case at the end of the audit chain; all have one hash, so that the chain does not verify."""
    head = connection.execute(select(audit_head.c.seq)).scalar_one()
    count = bounds["last"] - bounds["first"] + 1
    names = [column.name for column in audit_events.columns]
    replaced = {"seq": ":head + n - :first + 1", "case_id": "'copy-' || n"}
    chosen = ", ".join(replaced.get(name, f"audit_events.{name}") for name in names)
    decided = "(SELECT * FROM audit_events WHERE verb = 'decide' ORDER BY seq LIMIT 1)"
    connection.execute(
        text(
            f"INSERT INTO audit_events ({', '.join(names)}) {_NUMBERS} SELECT {chosen} FROM numbers "
            f"CROSS JOIN {decided} AS audit_events"
        ),
        {**bounds, "head": head},
    )
    connection.execute(update(audit_head).values(seq=head + count))


def _label_done(connection: Connection, bounds: Mapping[str, int]) -> None:
    """Record what became of the copies whose task is done."""
    names = ("domain", "exception_id", "source", "cause", "wrong", "known_at", "recorded_at", "recorded_by")
    done = (
        select(
            cases.c.domain, cases.c.exception_id, literal("resolution"), literal(None, String), literal(False),
            tasks.c.done_at, tasks.c.done_at, literal("user:copy"),
        )
        .join(tasks, tasks.c.case_id == cases.c.case_id)
        .where(cases.c.seq.between(bounds["first"], bounds["last"]), tasks.c.state == "done")
    )  # fmt: skip
    connection.execute(insert(labels).from_select(names, done))


def _copy_tasks(connection: Connection, bounds: Mapping[str, int], *, every: int) -> None:
    """Add a task to every so many-th case: one open, one done, in turns."""
    due = _moved(connection, "tasks.sla_due_at", f"(numbers.n * 7919 % {2 * _SPREAD_MINUTES}) - {_SPREAD_MINUTES}")
    done = _moved(connection, "tasks.created_at", f"-(numbers.n * 7919 % {_DONE_MINUTES})")
    is_open = f"numbers.n / {every} % 2 = 0"
    replaced = {
        "seq": "n",
        "case_id": "'copy-' || n",
        "sla_due_at": due,
        "state": f"CASE WHEN {is_open} THEN 'open' ELSE 'done' END",
        "done_at": f"CASE WHEN {is_open} THEN NULL ELSE {done} END",
        "saved_per_minute": "(numbers.n * 104729 % 1000) / 100.0",
    }
    names = [column.name for column in tasks.columns]
    chosen = ", ".join(replaced.get(name, f"tasks.{name}") for name in names)
    tasked = connection.execute(
        select(func.count()).select_from(tasks).where(tasks.c.seq <= bounds["seeds"])
    ).scalar_one()
    for statement in (
        "CREATE TEMPORARY TABLE own AS SELECT row_number() OVER (ORDER BY seq) - 1 AS turn, tasks.* FROM tasks "
        "WHERE seq <= :seeds",
        "CREATE INDEX own_turn ON own (turn)",
        f"INSERT INTO tasks ({', '.join(names)}) {_NUMBERS} SELECT {chosen} FROM numbers "
        f"JOIN own AS tasks ON tasks.turn = numbers.n / {every} % {tasked} WHERE numbers.n % {every} = 0",
        "DROP TABLE own",
    ):
        connection.execute(text(statement), {name: bounds[name] for name in bounds if f":{name}" in statement})


def _moved(connection: Connection, instant: str, minutes: str) -> str:
    if connection.dialect.name == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', {instant}, (({minutes}) || ' minutes'))"
    return f"{instant} + ({minutes}) * interval '1 minute'"
