"""From every schema that was released, with what that release wrote: nothing is lost, the chain verifies, work goes on.

`released/REVISION.json` holds every row that the program of that release wrote while its own test house took cases,
rulings and outcomes. The files are never written again; a new release adds one.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, func, select, text

from policies.judging.policy import load_policy
from tests.triage.conftest import ANN, DOMAIN, House, override
from triage.db.audit_chain import verify_audit, walk_chain
from triage.db.database import MIGRATIONS, _alembic, is_current, open_engine, upgrade
from triage.db.row_proof import RowBook
from triage.db.schema import cases, decisions, tasks
from triage.db.search_schema import is_of_search
from triage.ids import new_id
from triage.review.queues import queue_counts
from triage.review.verbs import Ruling, claim, resolve

pytestmark = [
    # The index over lower(exception_id) cannot be read back from SQLite.
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
]
RELEASED = Path(__file__).parent / "released"
FILES = sorted(RELEASED.glob("*.json"))
GONE = {"outbox"}
"""Tables that an upgrade drops: what they held was never sent to anybody."""
DIALECTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=DIALECTS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
        yield engine
        engine.dispose()
        return
    base, _, _ = request.getfixturevalue("postgres_url").partition("?options")
    schema = f"old_{new_id()[:8]}"
    outside = create_engine(base)
    with outside.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine = open_engine(f"{base}?options=-csearch_path%3D{schema}")
    yield engine
    engine.dispose()
    with outside.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    outside.dispose()


def migrate(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        command.upgrade(_alembic(connection), revision)


def reflected(connection: Connection) -> dict[str, Table]:
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not is_of_search(name) and name != "alembic_version")
    return {table.name: table for table in found.sorted_tables}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if "hex" in value else datetime.fromisoformat(value["at"])
    return value


def fill(connection: Connection, release: dict[str, Any]) -> None:
    """Write the rows of a release, in an order that suits foreign keys."""
    for name, table in reflected(connection).items():
        rows = [{column: plain(value) for column, value in row.items()} for row in release["tables"].get(name, [])]
        if rows:
            connection.execute(table.insert(), rows)
            _count_on(connection, table)


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row behind those that brought their own numbers."""
    (key, *more) = table.primary_key.columns
    if connection.dialect.name != "postgresql" or more:
        return
    sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, key.name))).scalar()
    if sequence:
        connection.execute(select(func.setval(sequence, select(func.max(key)).scalar_subquery())))


def rows_of(connection: Connection, tables: dict[str, Table] | None = None) -> dict[str, list[dict[str, Any]]]:
    return {
        name: sorted(
            (dict(row) for row in connection.execute(select(table)).mappings()),
            key=lambda row: str([row[column.name] for column in table.primary_key.columns]),
        )
        for name, table in (tables or reflected(connection)).items()
    }


def lost(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Name the rows of before that are not there any more with the same values in the columns they had."""
    problems = []
    for name, rows in before.items():
        if name in GONE:
            continue
        if name not in after:
            problems.append(f"{name} is gone")
            continue
        for row in rows:
            if not any(all(other.get(column) == value for column, value in row.items()) for other in after[name]):
                problems.append(f"{name}: {row}")
    return problems


def mended(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leave out what goes on: the end of the chain, which sealing moves."""
    return {name: found for name, found in rows.items() if name != "audit_head"}


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def release(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(request.param.read_bytes())
    return found


@pytest.fixture
def old(empty: Engine, release: dict[str, Any]) -> Engine:
    """A database as a release left it."""
    migrate(empty, release["revision"])
    with empty.begin() as connection:
        fill(connection, release)
    return empty


def test_nothing_is_lost_and_the_chain_proves_every_row(old: Engine) -> None:
    with old.connect() as connection:
        before = mended(rows_of(connection))
    upgrade(old)
    upgrade(old)
    assert is_current(old)
    with old.connect() as connection:
        assert lost(before, rows_of(connection)) == []
        assert verify_audit(connection)[1] is None
        with closing(RowBook()) as book:
            for link in walk_chain(connection):
                book.read(link)
            assert [str(each) for each in book.mismatches(connection)] == []


class TestWorkGoesOn:
    @pytest.fixture
    def engine(self, old: Engine) -> Engine:
        """What a house is opened on: the upgraded database."""
        upgrade(old)
        return old

    @pytest.fixture
    def at(self, engine: Engine, house: Callable[..., House]) -> House:
        """A house under the policy that was in force."""
        with engine.connect() as connection:
            written = connection.execute(text("SELECT document FROM policy_versions")).scalar_one()
        opened = house(
            policy=load_policy(written, name="stored.yaml", recipe=DOMAIN.recipe, causes=tuple(DOMAIN.heads.labels))
        )
        opened.clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        return opened

    def test_a_case_of_then_is_ruled_on_and_counted(self, at: House) -> None:
        with at.engine.connect() as connection:
            case_id = connection.execute(
                select(tasks.c.case_id).where(tasks.c.state == "open", tasks.c.approval.is_(None)).limit(1)
            ).scalar_one()
            waits = connection.execute(select(func.count()).where(tasks.c.state != "done")).scalar_one()
            counted = queue_counts(connection, policies=at.policies, actor=ANN, now=at.clock())
            restricted = connection.execute(
                select(func.count()).where(tasks.c.state != "done", tasks.c.queue == "OVERRIDE_LP")
            ).scalar_one()
        assert sum(queue["open"] + queue["claimed"] for queue in counted) == waits - restricted
        ruling = Ruling(action="accepted", cause="price_match", reason_code="justified", comment=None)
        with at.engine.begin() as connection:
            claim(connection, case_id, policies=at.policies, actor=ANN, now=at.clock(), hold=timedelta(minutes=30))
        with at.engine.begin() as connection:
            resolve(
                connection, case_id, ruling=ruling, policies=at.policies, heads={DOMAIN.name: DOMAIN.heads}, actor=ANN,
                now=at.clock(),
            )  # fmt: skip
            state = select(tasks.c.state).where(tasks.c.case_id == case_id)
            assert connection.execute(state).scalar_one() == "done"
            assert verify_audit(connection)[1] is None

    def test_a_case_of_then_sent_again_gets_its_decision_and_a_new_one_is_decided(
        self, at: House, release: dict[str, Any]
    ) -> None:
        first = release["tables"]["cases"][0]
        again = at.one(
            {
                "domain": first["domain"],
                "exception_id": first["exception_id"],
                "payload": orjson.loads(first["payload"]),
            }
        )
        with at.engine.connect() as connection:
            stored = connection.execute(select(cases.c.case_id).where(cases.c.exception_id == first["exception_id"]))
            assert again.body["case_id"] == stored.scalar_one()
            before = connection.execute(select(func.count()).select_from(decisions)).scalar_one()
        assert at.one(override(9_999)).status == 201
        with at.engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(decisions)).scalar_one() == before + 1


@pytest.mark.slow
def test_every_step_since_the_first_release_meets_rows_in_every_table(empty: Engine) -> None:
    """One step at a time; tables that a step brings get a row before the next one."""
    release = orjson.loads(FILES[0].read_bytes())
    migrate(empty, release["revision"])
    with empty.begin() as connection:
        fill(connection, release)
    steps = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    with empty.begin() as connection:
        before = rows_of(connection)
    for revision in steps[steps.index(release["revision"]) + 1 :]:
        migrate(empty, revision)
        with empty.begin() as connection:
            tables = reflected(connection)
            after = rows_of(connection, tables)
            assert lost(before, after) == [], f"step {revision}"
            before = after | write_a_row_into_each_empty_table(connection, tables, after)


def write_a_row_into_each_empty_table(
    connection: Connection, tables: dict[str, Table], rows: dict[str, list[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    written = {}
    for table in tables.values():
        if table.name in GONE or rows[table.name]:
            continue
        row = {}
        for column in table.columns:
            foreign = next(iter(column.foreign_keys), None)
            if foreign is not None:
                row[column.name] = connection.execute(select(foreign.column).limit(1)).scalar_one()
            elif not column.nullable and column.server_default is None:
                row[column.name] = value_for(column.type.python_type, getattr(column.type, "length", None))
        connection.execute(table.insert(), row)
        written[table.name] = [dict(found) for found in connection.execute(select(table)).mappings()]
    return written


def value_for(kind: type, length: int | None) -> Any:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    values: dict[type, Any] = {
        str: "{}"[: length or 2], int: 7, float: 0.5, bool: False, bytes: b"\0", datetime: at,
    }  # fmt: skip
    return values.get(kind, at.date())


def test_what_the_last_release_writes_fits_the_newest_schema(empty: Engine) -> None:
    """While replicas are upgraded one at a time, the old program writes into the new schema."""
    upgrade(empty)
    release = orjson.loads(FILES[-1].read_bytes())
    with empty.begin() as connection:
        fill(connection, release)
        found = rows_of(connection)
    assert {name: len(found[name]) for name in release["tables"]} == {
        name: len(rows) for name, rows in release["tables"].items()
    }
    with empty.connect() as connection:
        waiting = connection.execute(text("SELECT SUM(waiting) FROM waiting_counts")).scalar_one()
    assert waiting == sum(task["state"] != "done" for task in release["tables"]["tasks"]), "triggers count its rows too"
