"""The index by which cases are found: filled behind the intake by a job, asked newest first.

What a case is found by: its ids, every identifier and text of its payload and attributes, as stored (personal data is
masked there). Not by comments, and not by what was decided: a blind audit must not be found by its answer.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, cast, column, delete, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY

from triage.db.schema import cases
from triage.db.search_schema import SEARCH_TABLE
from triage.handoff.jobs import JobLease
from triage.review.search_words import asked_of, texts_in, words_of

_AT_ONCE: Final = 500
_MIN_BEGINNING: Final = 3
"""Letters from which a word stands for every word that begins so."""
_OVERLAP: Final = 1_000
"""A case of another process may become visible after one with a higher number: so far back is looked for such."""
_SQLITE: Final = table(SEARCH_TABLE, column("rowid"), column("words"))
_POSTGRES: Final = table(SEARCH_TABLE, column("seq"), column("words"))


def index_cases(hold: JobLease) -> None:
    """Index what came in since; one round of a job, in transactions of some hundred cases."""
    while True:
        with hold.transaction() as connection:
            if index_some(connection) < _AT_ONCE:
                return


def index_some(connection: Connection) -> int:
    """Index the next cases that are not indexed yet, at most some hundred; return how many."""
    own = _own(connection)
    newest = connection.scalar(select(own).order_by(own.desc()).limit(1)) or 0
    since = newest - _OVERLAP if connection.dialect.name == "postgresql" else newest
    query = (
        select(
            cases.c.seq, cases.c.case_id, cases.c.exception_id, cases.c.envelope, cases.c.payload, cases.c.attributes
        )
        .where(cases.c.seq > since, ~select(own).where(own == cases.c.seq).exists())
        .order_by(cases.c.seq)
        .limit(_AT_ONCE)
    )
    rows = connection.execute(query).all()
    _write(connection, [{"seq": row.seq, "words": " ".join(_words(row))} for row in rows])
    return len(rows)


def remove_from_index(connection: Connection, rows: Iterable[Any]) -> None:
    """Take cases out of the index, before they are deleted or changed. rows: of `cases`."""
    gone = [{"seq": row.seq, "words": " ".join(_words(row))} for row in rows]
    if not gone:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(delete(_POSTGRES).where(_POSTGRES.c.seq.in_([row["seq"] for row in gone])))
        return
    # FTS5 keeps no copy of the words, so it has to be told what to take out.
    indexed = set(
        connection.execute(select(_SQLITE.c.rowid).where(_SQLITE.c.rowid.in_([row["seq"] for row in gone]))).scalars()
    )
    there = [row for row in gone if row["seq"] in indexed]
    if there:
        command = f"INSERT INTO {SEARCH_TABLE} ({SEARCH_TABLE}, rowid, words) VALUES ('delete', :seq, :words)"
        connection.execute(text(command), there)


def index_again(connection: Connection, before: Any) -> None:
    """Index a case whose row was written anew; where it was not indexed yet, the job does it. before: the row as it
    was."""
    own = _own(connection)
    if connection.scalar(select(own).where(own == before.seq)) is None:
        return
    remove_from_index(connection, [before])
    row = connection.execute(select(cases).where(cases.c.seq == before.seq)).one()
    _write(connection, [{"seq": row.seq, "words": " ".join(_words(row))}])


def find_cases(connection: Connection, question: str, *, before: int | None, limit: int) -> list[int]:
    """Return the arrival numbers of cases that hold everything a question asks for, newest first, below `before`."""
    asked = asked_of(question)
    if not asked:
        return []
    own = _own(connection)
    if connection.dialect.name == "postgresql":
        holds: Any = literal_column("words").op("@@")(cast(_tsquery(asked), TSQUERY))
    else:
        holds = literal_column(SEARCH_TABLE).op("MATCH")(_fts5(asked))
    query = select(own).where(holds, *([own < before] if before is not None else []))
    return list(connection.execute(query.order_by(own.desc()).limit(limit)).scalars())


def _own(connection: Connection) -> Any:
    return _POSTGRES.c.seq if connection.dialect.name == "postgresql" else _SQLITE.c.rowid


def _words(row: Any) -> list[str]:
    envelope = orjson.loads(row.envelope)
    ids = [row.exception_id, row.case_id]
    return words_of([*ids, *texts_in(envelope), *texts_in([orjson.loads(row.payload), orjson.loads(row.attributes)])])


def _write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        statement = f"INSERT INTO {SEARCH_TABLE} (seq, words) VALUES (:seq, CAST(:words AS tsvector))"
    else:
        statement = f"INSERT INTO {SEARCH_TABLE} (rowid, words) VALUES (:seq, :words)"
    connection.execute(text(statement), list(rows))


def _fts5(asked: Collection[tuple[list[str], list[str]]]) -> str:
    """Write a question in the language of FTS5; words hold letters and digits only."""
    return " AND ".join(
        "(" + " OR ".join([*(f'"{word}"' + "*" * _begins(word) for word in whole), *_all(parts, '"{}"', " AND ")]) + ")"
        for whole, parts in asked
    )


def _tsquery(asked: Collection[tuple[list[str], list[str]]]) -> str:
    return " & ".join(
        "(" + " | ".join([*(f"'{word}'" + ":*" * _begins(word) for word in whole), *_all(parts, "'{}'", " & ")]) + ")"
        for whole, parts in asked
    )


def _begins(word: str) -> bool:
    return len(word) >= _MIN_BEGINNING


def _all(parts: Sequence[str], quoted: str, joint: str) -> list[str]:
    return ["(" + joint.join(quoted.format(part) for part in parts) + ")"] if parts else []
