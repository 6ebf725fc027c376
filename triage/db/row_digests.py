"""What the audit chain says of rows: the digest of every row that matters is part of the event that wrote it.

A writer inserts through `insert_rows`, or calls `note_row` after it changed or deleted one; the event that the same
transaction appends next carries the digests (`triage.db.audit_chain`). `triage audit verify` compares them with the
tables.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import Boolean, Column, ColumnElement, Connection, Float, Table, delete, insert, select, update

from triage.db.clock_schema import pauses, reached_stages
from triage.db.handoff_schema import endpoints
from triage.db.schema import (
    api_keys,
    cases,
    certificates,
    comments,
    decisions,
    grants,
    labels,
    model_bundles,
    past_cases,
    policy_publications,
    policy_versions,
    resolutions,
    second_factors,
    signatures,
    tasks,
    users,
)
from triage.ids import new_salt

_NOTES: Final = "triage_row_digests"
GONE: Final = "-"
"""Before a table's name in what an event wrote: rows of it that were deleted."""
REPLACED: Final = "="
"""Before a table's name in what an event wrote: rows of it that were written anew, number, old and new digest."""
RowNote = tuple[str, str | None, str | None, str | None]
"""Table, case id, key (None where rows are only added) and digest (None where the row is gone).

A replaced row has its number, old and new digest as the digest, joined by blanks.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenTable:
    """A table whose rows the chain proves.

    columns: what the digest covers; number: the column rows are read in the order of.
    key: what names a row that may change or go, empty where rows are only ever added.
    """

    table: Table
    columns: tuple[str, ...]
    number: str
    key: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the table."""
        return str(self.table.name)

    def key_of(self, row: Mapping[str, Any]) -> str:
        """Write a row's key as text."""
        return "|".join("" if row.get(name) is None else str(row[name]) for name in self.key)


def _proven(table: Table, number: str, *, without: Sequence[str] = (), key: Sequence[str] = ()) -> ProvenTable:
    # A number that the database gives says nothing of the row: it is not yet known where the digest is made.
    given = {number} if isinstance(table.c[number].type.python_type(), int) else set()
    columns = tuple(str(column.name) for column in table.columns if column.name not in given | set(without))
    return ProvenTable(table=table, columns=columns, number=number, key=tuple(key))


_TASK: Final = ("case_id", "domain", "disposition", "kind", "created_at", "approval", "approval_role")
_ENDPOINT_STATE: Final = (
    "paused_at", "paused_because", "failures_in_a_row", "breaker_openings", "breaker_open_until", "most_in_flight",
    "next_slot_at",
)  # fmt: skip
PROVEN: Final[Mapping[str, ProvenTable]] = {
    each.name: each
    for each in (
        _proven(cases, "seq"),
        _proven(decisions, "decision_id"),
        _proven(resolutions, "resolution_id"),
        _proven(comments, "comment_id"),
        _proven(labels, "label_id"),
        _proven(past_cases, "seq"),
        _proven(policy_versions, "policy_version_id"),
        _proven(policy_publications, "publication_id"),
        ProvenTable(table=tasks, columns=_TASK, number="case_id", key=("case_id",)),
        _proven(pauses, "pause_id", key=("pause_id",)),
        _proven(reached_stages, "reached_stage_id"),
        _proven(certificates, "certificate_id", key=("certificate_id",)),
        _proven(model_bundles, "model_version", key=("model_version",)),
        _proven(signatures, "name", key=("what", "name")),
        _proven(users, "user_id", key=("name",)),
        _proven(second_factors, "name", without=("last_step",), key=("name",)),
        _proven(api_keys, "key_id", without=("last_used_at",), key=("key_id",)),
        _proven(grants, "grant_id", key=("principal", "role", "domain")),
        _proven(endpoints, "name", without=_ENDPOINT_STATE, key=("name",)),
    )
}
UNPROVEN: Final[Mapping[str, str]] = {
    "audit_events": "is the chain",
    "audit_head": "is the chain's end, which anchors prove",
    "clocks": "starts as the decision and its policy say; what moves it is an event, a pause or a stage",
    "claims": "is derived from cases",
    "entity_cases": "is derived from cases",
    "shadow_decisions": "has no effect on any case",
    "sessions": "lasts hours, and gives no more than the grants of its user",
    "endpoint_secrets": "a changed one makes receivers refuse what is sent",
    "deliveries": "is forgotten after a while; each body is the answer of a decision or a ruling, which are proven",
    "lookup_sources": "says only where facts are asked for; what was found is part of the case",
    "lookup_rows": "is a copy of a file of the customer's",
    "steps": "is moved on by workers; what people, callbacks and time-outs make of one is told by events",
    "erasures": "says only which events of the chain to read first, and whose history to read anew",
    "jobs": "says only when something is done next",
    "pending_rulings": "holds for seconds a ruling that has not happened yet; when it stands, its rows are proven",
    "presences": "says only who looks at what now",
    "mentions": "is a person's list of what they were asked; the comment that asks is proven",
    "documents": "is named with the digest of its content by an event of its own",
    "document_files": "is named by its digest, which the event of each document in it carries",
    "document_orders": "is derived from documents",
    "document_cases": "says only which document a case came from, as the case does",
    "attachments": "is named with the digest of its content by an event of its own",
    "model_changes": "says who asked and agreed, which events say as well",
    "reader_preferences": "says only how pages are written for somebody",
    "known_cases": "is copied from outcomes, which are proven; an event names the cases",
    "bulk_acts": "says what was asked of many cases at once; what became of each is an event of that case",
    "saved_views": "is a person's own list of filters",
    "inbox": "says only which messages were taken; the cases they brought are proven",
    "waiting_counts": "is counted from tasks",
    "process_figures": "is added up from the chain and can be added up again",
    "process_marks": "says how far the chain was added up",
    "breach_models": "is learnt from the chain, and decides nothing",
    "breach_forecasts": "is made of such a model, and decides nothing",
    "recurring_causes": "is made of resolved cases, and decides nothing",
}
"""Every other table, and why no event proves its rows."""


@dataclass(slots=True)
class _Notes:
    """What a transaction wrote and no event carries yet."""

    transaction: Any
    rows: list[RowNote] = field(default_factory=list)


def row_digest(proven: ProvenTable, row: Mapping[str, Any]) -> str:
    """Hash what a row says, the same before it is written and after it is read on either database; hexadecimal sha256.

    What is null is left out, so that a column added later leaves the digests of older rows as they are.
    """
    named = {name: _plain(proven.table.c[name], row[name]) for name in proven.columns if row.get(name) is not None}
    body = orjson.dumps([proven.name, named], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).hexdigest()


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows and note what they say for the event that this transaction appends next.

    A row that may hold personal data is salted: its digest stays in the chain when what it says is erased.
    """
    written = [dict(row) for row in rows]
    if "salt" in table.c:
        for row in written:
            row["salt"] = new_salt()
    connection.execute(insert(table), written)
    note_rows(connection, table, written)


def replace_row(connection: Connection, table: Table, number: int, changes: Mapping[str, Any]) -> None:
    """Write a row anew that is otherwise never changed, with a new salt, and note what it said and says.

    number: the key that the database gave. Only for erasing: every other change of such a row is tampering.
    """
    proven = PROVEN[table.name]
    column = table.c[proven.number]
    query = select(*(table.c[name] for name in proven.columns)).where(column == number)
    before = dict(connection.execute(query).mappings().one())
    after = before | dict(changes) | ({"salt": new_salt()} if "salt" in table.c else {})
    connection.execute(update(table).where(column == number).values({name: after[name] for name in proven.columns}))
    digests = f"{number} {row_digest(proven, before)} {row_digest(proven, after)}"
    _notes(connection).rows.append((f"{REPLACED}{table.name}", None, None, digests))


def note_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what rows say that were inserted already."""
    proven, notes = PROVEN[table.name], _notes(connection)
    for row in rows:
        case_id = row.get("case_id")
        notes.rows.append(
            (str(table.name), case_id, proven.key_of(row) if proven.key else None, row_digest(proven, row))
        )


def delete_rows(connection: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    """Delete rows for good, as retention does, and note that they are gone; return how many."""
    proven = PROVEN.get(table.name)
    if proven is not None:
        names = dict.fromkeys((*proven.columns, *proven.key))
        found = connection.execute(select(*(table.c[name] for name in names)).where(*where)).mappings()
        rows = [dict(row) for row in found]
        name = str(table.name) if proven.key else f"{GONE}{table.name}"
        _notes(connection).rows += [
            # Not with the event of their case: the one that is written next says that it is forgotten.
            (name, None, proven.key_of(row) if proven.key else None, None if proven.key else row_digest(proven, row))
            for row in rows
        ]
    return connection.execute(delete(table).where(*where)).rowcount


def note_row(connection: Connection, table: Table, **key: Any) -> None:
    """Note what the row of a key says now that it was changed, or that it is gone."""
    proven = PROVEN[table.name]
    # Never IS NOT DISTINCT FROM: PostgreSQL does not look that up in an index.
    query = select(*(table.c[name] for name in proven.columns)).where(
        *(table.c[name].is_(None) if value is None else table.c[name] == value for name, value in key.items())
    )
    row = connection.execute(query).mappings().one_or_none()
    digest = row_digest(proven, dict(row)) if row is not None else None
    _notes(connection).rows.append((str(table.name), key.get("case_id"), proven.key_of(key), digest))


def take_notes(connection: Connection) -> list[RowNote]:
    """Hand over what this transaction has noted so far, and forget it."""
    notes = _notes(connection)
    taken, notes.rows = notes.rows, []
    return taken


def _notes(connection: Connection) -> _Notes:
    """Return the notes of the transaction under way: those of one that ended before are nobody's."""
    transaction = connection.get_transaction()
    notes = connection.info.get(_NOTES)
    if not isinstance(notes, _Notes) or notes.transaction is not transaction:
        notes = connection.info[_NOTES] = _Notes(transaction)
    return notes


def _plain(column: Column[Any], value: Any) -> Any:
    """Return a value as JSON writes it, whether it comes from a program or from a database."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(column.type, Boolean):
        return bool(value)
    return float(value) if isinstance(column.type, Float) else value
