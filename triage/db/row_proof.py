"""Whether the tables say what the audit chain says they do: every digest against every row, with flat memory."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Row, func, select

from triage.db.audit_chain import AuditEvent, append_audit, walk_chain
from triage.db.row_digests import GONE, PROVEN, REPLACED, ProvenTable, note_rows, row_digest
from triage.ids import new_id

_AT_ONCE: Final = 500
_SEALED_AT_ONCE: Final = 5_000
SLACK: Final = 10_000
"""How many numbers below an anchor's mark a row may have that was committed after the anchor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A row that is not what the chain says. row: as found, None where it is gone."""

    table: str
    problem: str
    row: Mapping[str, Any] | None = None
    is_unwritten: bool = False
    """No event wrote it at all."""

    def __str__(self) -> str:
        return f"{self.table}: {self.problem}"


class RowBook:
    """Every digest the chain holds, in a temporary file: the last one of a key, all of a table whose rows stay."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("")  # SQLite's name of a file that goes with its connection
        self._file.execute(
            "CREATE TABLE added (name TEXT, digest TEXT, n INT, link INT, PRIMARY KEY (name, digest)) WITHOUT ROWID"
        )
        self._file.execute(
            "CREATE TABLE keyed (name TEXT, key TEXT, digest TEXT, link INT, found INT DEFAULT 0,"
            " PRIMARY KEY (name, key)) WITHOUT ROWID"
        )
        self._file.execute(
            "CREATE TABLE replaced (name TEXT, number INT, digest TEXT, link INT, PRIMARY KEY (name, number))"
            " WITHOUT ROWID"
        )

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

    def read(self, link: Row[Any]) -> None:
        """Take down what one link of the chain wrote."""
        for name, written in (orjson.loads(link.wrote) if link.wrote is not None else {}).items():
            if name.startswith(GONE):
                self._file.executemany(
                    "UPDATE added SET n = n - 1 WHERE name = ? AND digest = ? AND n > 0",
                    [(name.removeprefix(GONE), digest) for digest in written],
                )
                self._file.executemany(
                    "DELETE FROM replaced WHERE name = ? AND digest = ?",
                    [(name.removeprefix(GONE), digest) for digest in written],
                )
            elif name.startswith(REPLACED):
                for each in written:
                    self._replace(name.removeprefix(REPLACED), link.seq, *each.split(" "))
            elif isinstance(written, list):
                self._file.executemany(
                    "INSERT INTO added VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET n = n + 1",
                    [(name, digest, link.seq) for digest in written],
                )
            else:
                self._file.executemany(
                    "INSERT INTO keyed (name, key, digest, link) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET digest = excluded.digest, link = excluded.link",
                    [(name, key, digest, link.seq) for key, digest in written.items()],
                )

    def _replace(self, name: str, link: int, number: str, old: str, new: str) -> None:
        """Take down that a row says something else now; one from before the links that are read is known by number."""
        taken = self._file.execute(
            "UPDATE added SET n = n - 1 WHERE name = ? AND digest = ? AND n > 0", (name, old)
        ).rowcount
        if taken:
            self._file.execute(
                "INSERT INTO added VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET n = n + 1", (name, new, link)
            )
        else:
            self._file.execute("REPLACE INTO replaced VALUES (?, ?, ?, ?)", (name, int(number), new, link))

    def mismatches(self, connection: Connection, marks: Mapping[str, Any] | None = None) -> Iterator[Mismatch]:
        """Compare the tables with what was taken down, row by row.

        marks: the highest number of each table whose rows stay, as an anchor holds it, where only later links were
        read; None where all were.
        """
        for proven in PROVEN.values():
            if proven.key:
                rows = _rows(connection, proven) if marks is None else self._named(connection, proven)
                yield from self._changed(proven, rows)
            else:
                mark = marks.get(proven.name, 0) if marks is not None else None
                yield from self._unwritten(proven, connection, mark)
                yield from self._otherwise(proven, connection)
        yield from self._gone()

    def _unwritten(self, proven: ProvenTable, connection: Connection, mark: int | None) -> Iterator[Mismatch]:
        take = "UPDATE added SET n = n - 1 WHERE name = ? AND digest = ? AND n > 0"
        number = proven.table.c[proven.number]
        within = [] if mark is None else [number > mark - SLACK]
        for row in _rows(connection, proven, *within):
            taken = self._file.execute(take, (proven.name, row_digest(proven, row))).rowcount
            if not taken and (mark is None or row[proven.number] > mark):
                problem = f"row {row[proven.number]}{_of_case(row)} is not what any event wrote"
                yield Mismatch(table=proven.name, problem=problem, row=row, is_unwritten=True)

    def _otherwise(self, proven: ProvenTable, connection: Connection) -> Iterator[Mismatch]:
        """Compare rows that were replaced and written before the links that were read."""
        found = self._file.execute("SELECT number, digest, link FROM replaced WHERE name = ?", (proven.name,))
        for number, digest, link in found:
            row = next(_rows(connection, proven, proven.table.c[proven.number] == number), None)
            if row is None or row_digest(proven, row) != digest:
                yield Mismatch(table=proven.name, problem=f"row {number}, which link {link} wrote anew, was changed")

    def _changed(self, proven: ProvenTable, rows: Iterator[Mapping[str, Any]]) -> Iterator[Mismatch]:
        for row in rows:
            key = proven.key_of(row)
            found = self._file.execute(
                "UPDATE keyed SET found = 1 WHERE name = ? AND key = ? RETURNING digest, link", (proven.name, key)
            ).fetchone()
            if found is None:
                yield Mismatch(table=proven.name, problem=f"no event wrote {key}", row=row, is_unwritten=True)
            elif found[0] != row_digest(proven, row):
                was = "changed" if found[0] is not None else "put back"
                yield Mismatch(table=proven.name, problem=f"{key} was {was} after link {found[1]} wrote it", row=row)

    def _named(self, connection: Connection, proven: ProvenTable) -> Iterator[Mapping[str, Any]]:
        """Look up the rows whose keys the links named."""
        columns = _columns(proven)
        for (key,) in self._file.execute("SELECT key FROM keyed WHERE name = ?", (proven.name,)).fetchall():
            parts = [part or None for part in key.split("|")]
            own = [
                proven.table.c[name].is_not_distinct_from(part) for name, part in zip(proven.key, parts, strict=True)
            ]
            row = connection.execute(select(*columns).where(*own)).mappings().one_or_none()
            if row is not None:
                yield dict(row)

    def _gone(self) -> Iterator[Mismatch]:
        for name, link in self._file.execute("SELECT name, link FROM added WHERE n > 0"):
            yield Mismatch(table=name, problem=f"a row that link {link} wrote was changed or is gone")
        for name, key, link in self._file.execute(
            "SELECT name, key, link FROM keyed WHERE digest IS NOT NULL AND NOT found"
        ):
            yield Mismatch(table=name, problem=f"{key}, which link {link} wrote, is gone")


def row_marks(connection: Connection) -> dict[str, int]:
    """Return the highest number of each table whose rows stay: what is above them later was written later."""
    return {
        proven.name: connection.execute(select(func.max(proven.table.c[proven.number]))).scalar() or 0
        for proven in PROVEN.values()
        if not proven.key
    }


def seal(connection: Connection, *, actor: str, why: str, now: datetime) -> dict[str, int]:
    """Let the chain prove, from now on, the rows that no event wrote: those from before it proved any. Say how many.

    What a row said before is not known. Each sealing is an event with who did it and why.
    """
    sealed: dict[str, int] = {}
    batch = new_id()
    with closing(RowBook()) as book:
        for link in walk_chain(connection):
            book.read(link)
        unwritten = (each for each in book.mismatches(connection) if each.is_unwritten)
        while part := list(islice(unwritten, _SEALED_AT_ONCE)):
            for each in part:
                assert each.row is not None
                note_rows(connection, PROVEN[each.table].table, [each.row])
                sealed[each.table] = sealed.get(each.table, 0) + 1
            detail = {"why": why, "batch": batch, "rows": len(part)}
            append_audit(connection, [AuditEvent(actor=actor, verb="seal", case_id=None, detail=detail, at=now)])
    return sealed


def _rows(connection: Connection, proven: ProvenTable, *within: ColumnElement[bool]) -> Iterator[Mapping[str, Any]]:
    query = select(*_columns(proven)).where(*within).order_by(proven.table.c[proven.number])
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for row in found.mappings():
            yield dict(row)


def _columns(proven: ProvenTable) -> list[Any]:
    return [proven.table.c[name] for name in dict.fromkeys((proven.number, *proven.columns))]


def _of_case(row: Mapping[str, Any]) -> str:
    case = row.get("case_id") or row.get("exception_id")
    return f" (case {case})" if case is not None else ""
