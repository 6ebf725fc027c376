"""Whether the database takes a write now, and if not, what is wrong with it."""

import sqlite3
import threading
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any, Final, Literal

from sqlalchemy import Engine, text, update
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from triage.db.schema import audit_head

Health = Literal["ok", "unreachable", "full", "locked", "moved away", "read-only", "no answer in time"]
WAIT_SECONDS: Final = 2.0
_HOLDS_SECONDS: Final = 0.5
_SHARE_OF_WAIT: Final = 0.75
"""A locked file is named before the asker stops waiting."""
_WRITE: Final = update(audit_head).values(one=audit_head.c.one)
_SQLITE: Final[dict[int, Health]] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read-only",
}
_POSTGRES: Final[dict[str, Health]] = {
    "53100": "full",
    "55P03": "locked",
    "25006": "read-only",
}
"""By SQLSTATE: disk_full, lock_not_available, read_only_sql_transaction."""


class WriteProbe:
    """Proves a write, one at a time: while one hangs no other is begun, and every asker is told after a while."""

    def __init__(self, engine: Engine, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._engine = engine
        self._wait_seconds = wait_seconds
        self._asking = threading.Lock()
        self._running: Future[Health] | None = None
        self._found: tuple[float, Health] | None = None

    def check(self) -> Health:
        """Return what a write met; what was found half a second ago still counts."""
        with self._asking:
            if self._found is not None and monotonic() - self._found[0] < _HOLDS_SECONDS:
                return self._found[1]
            if self._running is None:
                self._running = Future()
                threading.Thread(target=self._write, args=(self._running,), name="write probe", daemon=True).start()
            running = self._running
        try:
            return running.result(timeout=self._wait_seconds)
        except TimeoutError:
            return "no answer in time"

    def _write(self, running: "Future[Health]") -> None:
        try:
            found = self._meet()
        except Exception:
            found = "unreachable"
        with self._asking:
            self._found, self._running = (monotonic(), found), None
        running.set_result(found)

    def _meet(self) -> Health:
        path = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        if path and path != ":memory:":
            return _meet_file(Path(path), wait_seconds=_SHARE_OF_WAIT * self._wait_seconds)
        try:
            with self._engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    wait_ms = int(self._wait_seconds * 1000)
                    connection.execute(text(f"SET LOCAL lock_timeout = {wait_ms}"))
                connection.execute(_WRITE)
        except DBAPIError as error:
            return _named(error)
        except SQLAlchemyError:
            return "unreachable"
        return "ok"


def _meet_file(path: Path, *, wait_seconds: float) -> Health:
    """Write to an SQLite file over a connection of its own, which waits for a lock so long and is no longer."""
    # A connection that is open writes on into a file that was moved or deleted, where no later start finds it.
    if not path.exists():
        return "moved away"
    try:
        address = f"{path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=wait_seconds, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(str(_WRITE.compile(dialect=sqlite_dialect())))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        return _named_sqlite(error)
    return "ok"


def _named_sqlite(error: Any) -> Health:
    # The low byte is the kind; the rest says more about it.
    return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "unreachable")


def _named(error: DBAPIError) -> Health:
    if hasattr(error.orig, "sqlite_errorcode"):
        return _named_sqlite(error.orig)
    return _POSTGRES.get(getattr(error.orig, "sqlstate", None) or "", "unreachable")
