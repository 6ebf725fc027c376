"""A database filled quickly: the cases it holds are copied until there are as many as wanted, with some of their tasks
open.

What is measured on it is the cost of statements over many rows. The copies are no cases anybody sent: nothing is
learned from them.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, Engine, Table, func, select, text

from triage.db.schema import cases, decisions, tasks

_CHUNK: Final = 50_000
_NUMBERS: Final = (
    "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last), "
    "seeds AS (SELECT case_id AS seed, row_number() OVER (ORDER BY seq) - 1 AS turn FROM cases WHERE seq <= :seeds) "
)
_SPREAD_MINUTES: Final = 10_000
"""Due times of open tasks lie within about a week on both sides of those they were copied from."""


def fill(engine: Engine, *, stored: int, open_tasks: int) -> None:
    """Copy what is stored until there are `stored` cases, of whose copies `open_tasks` wait and as many again are done.

    Raises ValueError where there is no case with a task to copy.
    """
    with engine.begin() as connection:
        seeds = connection.execute(select(func.max(cases.c.seq))).scalar()
        tasked = connection.execute(select(func.count()).select_from(tasks)).scalar_one()
    if not seeds or not tasked:
        raise ValueError("the database holds no case with a task to copy: submit some first")
    for first in range(seeds + 1, stored + 1, _CHUNK):
        bounds = {"first": first, "last": min(first + _CHUNK - 1, stored), "seeds": seeds}
        with engine.begin() as connection:
            for table in (cases, decisions):
                _copy(connection, table, bounds)
            _copy_tasks(connection, bounds, every=max(1, stored // (2 * open_tasks)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _copy(connection: Connection, table: Table, bounds: Mapping[str, int]) -> None:
    replaced = {
        "seq": "n", "case_id": "'copy-' || n", "exception_id": "'COPY-' || n", "delivery_id": "'copy-' || n",
    }  # fmt: skip
    names = [column.name for column in table.columns if column.name != "decision_id"]
    chosen = ", ".join(replaced.get(name, f"{table.name}.{name}") for name in names)
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(names)}) {_NUMBERS} SELECT {chosen} FROM numbers "
            f"JOIN seeds ON seeds.turn = numbers.n % :seeds JOIN {table.name} ON {table.name}.case_id = seeds.seed"
        ),
        bounds,
    )


def _copy_tasks(connection: Connection, bounds: Mapping[str, int], *, every: int) -> None:
    """Add a task to every so many-th case: one open, one done, in turns."""
    minutes = f"(numbers.n * 7919 % {2 * _SPREAD_MINUTES}) - {_SPREAD_MINUTES}"
    if connection.dialect.name == "sqlite":
        due = f"strftime('%Y-%m-%d %H:%M:%S.000000', tasks.sla_due_at, (({minutes}) || ' minutes'))"
    else:
        due = f"tasks.sla_due_at + ({minutes}) * interval '1 minute'"
    is_open = f"numbers.n / {every} % 2 = 0"
    replaced = {
        "seq": "n",
        "case_id": "'copy-' || n",
        "sla_due_at": due,
        "state": f"CASE WHEN {is_open} THEN 'open' ELSE 'done' END",
        "done_at": f"CASE WHEN {is_open} THEN NULL ELSE tasks.created_at END",
        "saved_per_minute": "(numbers.n * 104729 % 1000) / 100.0",
    }
    names = [column.name for column in tasks.columns]
    chosen = ", ".join(replaced.get(name, f"tasks.{name}") for name in names)
    turns = (
        "(SELECT case_id AS seed, row_number() OVER (ORDER BY seq) - 1 AS turn, count(*) OVER () AS turns FROM "
        "tasks WHERE seq <= :seeds)"
    )
    connection.execute(
        text(
            f"INSERT INTO tasks ({', '.join(names)}) {_NUMBERS} SELECT {chosen} FROM numbers "
            f"JOIN {turns} AS chosen ON chosen.turn = numbers.n / {every} % chosen.turns JOIN tasks ON tasks.case_id = "
            "chosen.seed "
            f"WHERE numbers.n % {every} = 0"
        ),
        bounds,
    )
