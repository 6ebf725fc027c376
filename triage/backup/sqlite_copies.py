"""Copies of SQLite files that are in use: by SQLite's own backup, which no writer waits for."""

import sqlite3
from contextlib import closing
from pathlib import Path

from triage.errors import InvalidError, UnavailableError


def copy_sqlite(source: Path, copy: Path) -> None:
    """Copy an SQLite file as of one moment, as one file without a log; raise UnavailableError where it cannot be read.

    In write-ahead mode nobody who writes meanwhile waits, and nothing of what they write is in the copy.
    """
    address = source.resolve().as_uri() + "?mode=ro"
    try:
        with (
            closing(sqlite3.connect(address, uri=True, timeout=30)) as opened,
            closing(sqlite3.connect(copy)) as target,
        ):
            opened.backup(target)
            # One file: without a log beside it that somebody could forget.
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise UnavailableError(f"{source} cannot be copied: {error}") from None
    copy.chmod(0o600)


def check_sqlite(file: Path) -> None:
    """Raise InvalidError where an SQLite file that nobody uses is damaged."""
    try:
        with closing(sqlite3.connect(file.resolve().as_uri() + "?mode=ro&immutable=1", uri=True)) as opened:
            (found,) = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise InvalidError(f"{file} is damaged: {error}") from None
    if found != "ok":
        raise InvalidError(f"{file} is damaged: {found}")


def is_sqlite_in_use(file: Path) -> bool:
    """Check whether another process has an SQLite file open: one alone could take it for itself."""
    if not file.is_file():
        return False
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as opened:
        try:
            opened.execute("PRAGMA locking_mode=EXCLUSIVE")
            opened.execute("BEGIN EXCLUSIVE")
            opened.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        except sqlite3.DatabaseError:
            return False  # no SQLite file any more: nothing to take care of
    return False
