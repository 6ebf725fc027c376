"""The database: SQLite or PostgreSQL, the same statements on both."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from triage.db.waiting_counts import is_counted, recount
from triage.errors import InvalidError

READ_ONLY: Final = "triage_read_only"
PROVES_ROWS: Final = "0008"
"""The first revision whose audit chain holds the digests of rows."""
_POSTGRES_NETWORK: Final[Mapping[str, int]] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""A server that vanished is noticed in a minute, where the system's own settings wait for hours; seconds, the last in
milliseconds. An address may name others."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def open_engine(url: str) -> Engine:
    """Connect to a database; an SQLite file gets its folder, the write-ahead log and full durability.

    Raises InvalidError for any other kind of database.
    """
    if not url.startswith(("sqlite:///", "sqlite+pysqlite:///", "postgresql://", "postgresql+psycopg://")):
        kind = url.partition(":")[0]
        raise InvalidError(f"database address {kind}:…: use sqlite:///FILE or postgresql://USER@HOST/DATABASE")
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith("sqlite"):
        named = make_url(url).query
        given = {name: value for name, value in _POSTGRES_NETWORK.items() if name not in named}
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, connect_args=given)
    path = url.removeprefix("sqlite:///")
    if path and path != ":memory:":
        # Others on the machine are kept out: it holds personal data.
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read in one consistent snapshot without waiting for a writer."""
    options: dict[str, Any] = {READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _configure_sqlite(connection: Any, record: Any) -> None:
    del record
    # SQLAlchemy, not the driver, says when a transaction begins: the driver would begin it too late to lock.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    # A writer that locks only at its first write can fail half way; one that locks at once can only wait.
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest version."""
    from alembic import command

    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Two replicas that start together must not migrate at once.
            connection.execute(text("SELECT pg_advisory_xact_lock(748217)"))
        before = _revision(connection)
        command.upgrade(_alembic(connection), "head")
        if before is not None and before < PROVES_ROWS:
            _seal(connection)
        # A table that is made anew, as SQLite's are to be changed, loses its triggers.
        if _revision(connection) != before or not is_counted(connection):
            recount(connection)


def _seal(connection: Connection) -> None:
    """Let the audit chain prove the rows that were there before it proved any."""
    from triage.clock import utc_now
    from triage.db.row_proof import seal

    seal(connection, actor="system:upgrade", why="there before the chain proved rows", now=utc_now())


def _revision(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Return whether the schema is the newest version."""
    from alembic.script import ScriptDirectory

    with reading(engine) as connection:
        head = ScriptDirectory.from_config(_alembic(connection)).get_current_head()
        return _revision(connection) == head


def _alembic(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
