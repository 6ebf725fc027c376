"""How much waits in each queue, counted as it changes: triggers keep `waiting_counts` beside `tasks`, whoever writes.

A row counts the tasks of one queue that are not done and fall due in one hour, so that what is overdue is a sum of rows
and, of the hour that runs, a range of an index. On PostgreSQL the triggers run once for a statement and take rows in
one order, so that two writers wait for each other but never block each other.
"""

from typing import Any, Final

from sqlalchemy import Connection, event, text

from triage.db.schema import tasks

_KEY: Final = ("domain", "queue", "due_hour")
_COUNTED: Final = ("waiting", "approval", "audits", "to_work_on", "minutes", "loss")
_ACTS: Final = ("insert", "update", "delete")
_COLUMNS: Final = ", ".join((*_KEY, *_COUNTED))
_CHANGED: Final = " OR ".join(
    f"OLD.{name} <> NEW.{name}"
    for name in ("domain", "queue", "sla_due_at", "state", "kind", "minutes", "expected_loss")
)


def recount(connection: Connection) -> None:
    """Put the triggers in place and count anew what waits: after a schema change, which may have lost triggers."""
    for statement in (*_drop(connection.dialect.name), *_create(connection.dialect.name)):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("DELETE FROM waiting_counts")
    counted = _grouped(f"SELECT {_counts_of('tasks', connection.dialect.name)} FROM tasks WHERE state <> 'done'")
    connection.exec_driver_sql(f"INSERT INTO waiting_counts ({_COLUMNS}) {counted}")


def is_counted(connection: Connection) -> bool:
    """Return whether all triggers are in place."""
    query = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'tasks' AND name LIKE 'count_%'"
        if connection.dialect.name == "sqlite"
        else "SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass('tasks') AND tgname LIKE 'count_%'"
    )
    return bool(connection.execute(text(query)).scalar_one() == len(_ACTS))


def _hour(row: str, dialect: str) -> str:
    if dialect == "sqlite":
        return f"substr({row}.sla_due_at, 1, 13) || ':00:00.000000'"
    return f"date_trunc('hour', {row}.sla_due_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"


def _counts_of(row: str, dialect: str, sign: str = "") -> str:
    """Return what one task counts for, as SQL columns in the order of the table."""
    works = f"CASE WHEN {row}.state IN ('open', 'claimed') THEN {sign}{{}} ELSE 0 END"
    counts = (
        f"{sign}1",
        f"CASE WHEN {row}.state = 'approval' THEN {sign}1 ELSE 0 END",
        f"CASE WHEN {row}.kind = 'audit' THEN {sign}1 ELSE 0 END",
        works.format(1),
        works.format(f"{row}.minutes"),
        works.format(f"{row}.expected_loss"),
    )
    named = zip((*_KEY, *_COUNTED), (f"{row}.domain", f"{row}.queue", _hour(row, dialect), *counts), strict=True)
    return ", ".join(f"{value} AS {name}" for name, value in named)


def _grouped(rows: str, *, having: str = "") -> str:
    sums = ", ".join(f"sum({name}) AS {name}" for name in _COUNTED)
    keys = ", ".join(_KEY)
    return f"SELECT {keys}, {sums} FROM ({rows}) AS counted GROUP BY {keys} {having} ORDER BY {keys}"


_ADDED: Final = ", ".join(f"{name} = waiting_counts.{name} + excluded.{name}" for name in _COUNTED)
_UPSERT: Final = f"ON CONFLICT (domain, queue, due_hour) DO UPDATE SET {_ADDED}"


def _create(dialect: str) -> list[str]:
    return _sqlite_triggers() if dialect == "sqlite" else _postgresql_triggers()


def _drop(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS count_{act}" for act in _ACTS]
    return [f"DROP TRIGGER IF EXISTS count_{act} ON tasks" for act in _ACTS]


def _sqlite_triggers() -> list[str]:
    def changed(row: str, sign: str = "") -> str:
        counts = f"SELECT {_counts_of(row, 'sqlite', sign)} WHERE {row}.state <> 'done'"
        return f"INSERT INTO waiting_counts ({_COLUMNS}) {counts} {_UPSERT};"

    # A row of nothing is removed, so that sums of floats begin anew at zero.
    own = f"domain = OLD.domain AND queue = OLD.queue AND due_hour = {_hour('OLD', 'sqlite')}"
    removed = f"DELETE FROM waiting_counts WHERE {own} AND waiting <= 0;"
    return [
        f"CREATE TRIGGER count_insert AFTER INSERT ON tasks BEGIN {changed('NEW')} END",
        f"CREATE TRIGGER count_update AFTER UPDATE ON tasks WHEN {_CHANGED} "
        f"BEGIN {changed('OLD', '-')} {changed('NEW')} {removed} END",
        f"CREATE TRIGGER count_delete AFTER DELETE ON tasks BEGIN {changed('OLD', '-')} {removed} END",
    ]


def _postgresql_triggers() -> list[str]:
    def rows(table: str, sign: str = "") -> str:
        return f"SELECT {_counts_of(table, 'postgresql', sign)} FROM {table} WHERE state <> 'done'"

    def write(changes: str) -> str:
        some = " OR ".join(f"sum({name}) <> 0" for name in _COUNTED)
        counted = _grouped(changes, having=f"HAVING {some}")
        return f"INSERT INTO waiting_counts ({_COLUMNS}) {counted} {_UPSERT};"

    removed = "DELETE FROM waiting_counts WHERE waiting <= 0;"
    old, new = rows("old_tasks", "-"), rows("new_tasks")
    function = (
        "CREATE OR REPLACE FUNCTION count_waiting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN {write(new)} "
        f"ELSIF TG_OP = 'DELETE' THEN {write(old)} {removed} "
        f"ELSE {write(f'{old} UNION ALL {new}')} {removed} END IF; RETURN NULL; END $$"
    )
    seen = {
        "insert": "NEW TABLE AS new_tasks", "delete": "OLD TABLE AS old_tasks",
        "update": "OLD TABLE AS old_tasks NEW TABLE AS new_tasks",
    }  # fmt: skip
    return [
        function,
        *(
            f"CREATE TRIGGER count_{act} AFTER {act.upper()} ON tasks REFERENCING {tables} "
            "FOR EACH STATEMENT EXECUTE FUNCTION count_waiting()"
            for act, tables in seen.items()
        ),
    ]


def _after_create(target: Any, connection: Connection, **options: Any) -> None:
    del target, options
    for statement in _create(connection.dialect.name):
        connection.exec_driver_sql(statement)


event.listen(tasks, "after_create", _after_create)
