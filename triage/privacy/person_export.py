"""What is known of one person: every case that names them, with all that hangs on it, or what an account did."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table, select

from triage.db.desk_schema import attachments
from triage.db.handoff_schema import deliveries
from triage.db.schema import audit_events, comments, decisions, grants, labels, resolutions, tasks, users
from triage.db.step_schema import steps
from triage.domain import Domain
from triage.privacy.person_search import PersonCase, cases_of_person

ACCOUNT: Final = "user:"
MAX_ACTS: Final = 100_000
_OF_A_CASE: Final[Mapping[str, Table]] = {
    "decisions": decisions, "task": tasks, "rulings": resolutions, "comments": comments, "steps": steps,
    "attachments": attachments, "deliveries": deliveries,
}  # fmt: skip
_LEFT_OUT: Final = frozenset(
    {"salt", "content", "features", "features_on_arrival", "holds", "token_hash", "lease_token"}
)
"""Columns that say nothing to a person: numbers of the program. The content of a file is asked for by its own call."""
_AT_ONCE: Final = 1_000


def export_person(
    connection: Connection, domains: Mapping[str, Domain], identifier: str, *, now: datetime
) -> dict[str, Any]:
    """Return everything stored of a person as JSON can hold it.

    identifier: as cases hold it, such as a hashed customer number; or user:NAME for an account and what it did.
    """
    found: dict[str, Any] = {"identifier": identifier, "exported_at": now.isoformat(), "cases": [], "past_cases": []}
    for case in cases_of_person(connection, domains, identifier):
        found[str(case.table.name)].append(_case(connection, case))
    if identifier.startswith(ACCOUNT):
        found["account"] = _account(connection, identifier)
    return found


def _case(connection: Connection, case: PersonCase) -> dict[str, Any]:
    row = {name: value for name, value in _plain(case.row._mapping).items() if name not in _LEFT_OUT}
    row |= {"payload": case.payload, "attributes": case.attributes, "person_is": sorted(case.whose)}
    known = select(labels).where(labels.c.domain == case.domain.name, labels.c.exception_id == case.row.exception_id)
    row["known_of_it"] = [_plain(label) for label in connection.execute(known).mappings()]
    if "envelope" not in case.table.c:
        return row
    row["envelope"] = case.envelope
    for name, table in _OF_A_CASE.items():
        columns = [column for column in table.columns if column.name not in _LEFT_OUT]
        rows = connection.execute(select(*columns).where(table.c.case_id == case.row.case_id)).mappings()
        row[name] = [_plain(each) for each in rows]
    columns = [audit_events.c[name] for name in ("at", "actor", "verb", "detail")]
    events = select(*columns).where(audit_events.c.case_id == case.row.case_id).order_by(audit_events.c.seq)
    row["history"] = [
        _plain(event) | {"detail": orjson.loads(event["detail"])} for event in connection.execute(events).mappings()
    ]
    return row


def _account(connection: Connection, identifier: str) -> dict[str, Any] | None:
    name = identifier.removeprefix(ACCOUNT)
    user = connection.execute(
        select(users.c.name, users.c.created_at, users.c.disabled_at).where(users.c.name == name)
    ).mappings().one_or_none()  # fmt: skip
    if user is None:
        return None
    held = connection.execute(select(grants.c.role, grants.c.domain).where(grants.c.principal == identifier)).mappings()
    return _plain(user) | {"grants": [_plain(each) for each in held], "acts": list(_acts(connection, identifier))}


def _acts(connection: Connection, actor: str) -> Iterator[dict[str, Any]]:
    """Yield what an account did, from the audit chain read in parts; at most `MAX_ACTS`."""
    after, yielded = 0, 0
    while True:
        columns = [audit_events.c[name] for name in ("seq", "at", "actor", "verb", "case_id")]
        query = select(*columns).where(audit_events.c.seq > after).order_by(audit_events.c.seq).limit(_AT_ONCE)
        rows = connection.execute(query).all()
        for row in rows:
            if row.actor == actor:
                yield {"at": row.at.isoformat(), "verb": row.verb, "case_id": row.case_id}
                yielded += 1
        if len(rows) < _AT_ONCE or yielded >= MAX_ACTS:
            return
        after = rows[-1].seq


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(name): value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if not isinstance(value, bytes)
    }
