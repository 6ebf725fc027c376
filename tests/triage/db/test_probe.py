"""A write is proved, and what stands in its way is named; when it is gone the next look says so."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from triage.db import probe
from triage.db.database import open_engine
from triage.db.probe import WriteProbe


@pytest.fixture(autouse=True)
def every_look_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_HOLDS_SECONDS", 0.0)


def test_a_database_that_takes_writes_is_ok(engine: Engine) -> None:
    assert WriteProbe(engine).check() == "ok"


def test_a_locked_one_is_named_and_recovers(sqlite_engine: Engine) -> None:
    looking = WriteProbe(sqlite_engine, wait_seconds=1.0)
    other = sqlite3.connect(sqlite_engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert looking.check() == "locked"
    other.execute("ROLLBACK")
    other.close()
    assert looking.check() == "ok"


@pytest.mark.postgres
def test_a_locked_row_of_postgresql_is_named_and_recovers(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    looking = WriteProbe(engine, wait_seconds=0.3)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE audit_head"))
        assert looking.check() in ("locked", "no answer in time")
    running = looking._running
    if running is not None:
        running.result(timeout=30)
    assert looking.check() == "ok"
    engine.dispose()


def test_one_that_was_moved_away_is_named_and_recovers(sqlite_engine: Engine) -> None:
    looking = WriteProbe(sqlite_engine)
    path = Path(sqlite_engine.url.database or "")
    assert looking.check() == "ok"
    path.rename(path.with_suffix(".elsewhere"))
    assert looking.check() == "moved away"
    path.with_suffix(".elsewhere").rename(path)
    assert looking.check() == "ok"


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (sqlite3.SQLITE_FULL, "full"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "locked"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "read-only"),
        (sqlite3.SQLITE_NOTADB, "unreachable"),
    ],
)
def test_sqlite_says_what_is_wrong(code: int, named: str) -> None:
    class Refused(Exception):
        sqlite_errorcode = code

    assert probe._named(probe.DBAPIError("UPDATE", {}, Refused())) == named
