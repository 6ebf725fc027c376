"""The audit chain: who did what when, each link holding the hash of the one before, so that nothing is changed
unseen.

An event carries the digests of the rows it wrote (`triage.db.row_digests`), so that the chain proves the tables too.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from triage.db.privacy_schema import erasures
from triage.db.row_digests import RowNote, take_notes
from triage.db.schema import audit_events, audit_head

GENESIS: Final = "0" * 64
ERASE: Final = "erase_person"
"""The verb of an event that says which rows and which earlier events were written anew without a person's data."""
WRITE: Final = "write"
"""The verb of an event that only carries rows which another one wrote."""
MAX_ROWS: Final = 500
"""Row digests that one event carries, beside those of its own case."""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something done by somebody, before it is linked into the chain."""

    actor: str
    verb: str
    case_id: str | None
    detail: Mapping[str, Any]
    at: datetime


def lock_audit(connection: Connection) -> None:
    """Wait for everybody else who writes into the audit chain, and keep them waiting until this transaction ends."""
    connection.execute(select(audit_head.c.seq).with_for_update())


def append_audit(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Link events into the tamper-evident chain: each hash covers the event and the hash before it.

    The rows that this transaction noted go with the event of their case, the others with the last one.
    """
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one_or_none()
    if head is None:
        connection.execute(insert(audit_head), {"one": 1, "seq": 0, "hash": GENESIS})
    seq, previous = (head.seq, head.hash) if head is not None else (0, GENESIS)
    links = []
    for event, wrote in _with_rows(events, take_notes(connection)):
        seq += 1
        detail = orjson.dumps(event.detail, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
        link = audit_hash(seq, event.at, event.actor, event.verb, event.case_id, detail, previous, wrote)
        links.append(
            {
                "seq": seq, "at": event.at, "actor": event.actor, "verb": event.verb, "case_id": event.case_id,
                "detail": detail, "wrote": wrote, "previous_hash": previous, "hash": link,
            }
        )  # fmt: skip
        previous = link
    connection.execute(insert(audit_events), links)
    connection.execute(update(audit_head).values(seq=seq, hash=previous))


def _with_rows(events: Sequence[AuditEvent], notes: Sequence[RowNote]) -> Iterator[tuple[AuditEvent, str | None]]:
    """Return each event with the rows it wrote, as JSON; what is too much for one goes before, in events of its own."""
    own = {event.case_id for event in events if event.case_id is not None}
    of_case: dict[str, list[RowNote]] = {}
    others: list[RowNote] = []
    for note in notes:
        if note[1] is not None and note[1] in own:
            of_case.setdefault(note[1], []).append(note)
        else:
            others.append(note)
    *first, last = events
    while len(others) > MAX_ROWS:
        bulk, others = others[:MAX_ROWS], others[MAX_ROWS:]
        yield AuditEvent(actor=last.actor, verb=WRITE, case_id=None, detail={"for": last.verb}, at=last.at), _rows(bulk)
    for event in first:
        yield event, _rows(of_case.pop(event.case_id or "", []))
    yield last, _rows([*of_case.pop(last.case_id or "", []), *others])


def _rows(notes: Sequence[RowNote]) -> str | None:
    """Write row digests down: a list for a table whose rows stay, by key for one whose rows change."""
    written: dict[str, Any] = {}
    for table, _, key, digest in notes:
        if key is None:
            written.setdefault(table, []).append(digest)
        else:
            written.setdefault(table, {})[key] = digest
    return orjson.dumps(written, option=orjson.OPT_SORT_KEYS).decode() if written else None


def audit(
    connection: Connection, *, actor: str, verb: str, case_id: str | None, detail: Mapping[str, Any], now: datetime
) -> None:
    """Link one event into the audit chain."""
    append_audit(connection, [AuditEvent(actor=actor, verb=verb, case_id=case_id, detail=detail, at=now)])


def audit_hash(
    seq: int,
    at: datetime,
    actor: str,
    verb: str,
    case_id: str | None,
    detail: str,
    previous: str,
    wrote: str | None = None,
) -> str:
    """Hash one link of the chain, as docs/audit.md writes it down; one from before rows were noted has one part
    less."""
    parts = [seq, at.isoformat(timespec="microseconds"), actor, verb, case_id, detail, previous]
    return hashlib.sha256(orjson.dumps(parts if wrote is None else [*parts, wrote])).hexdigest()


def verify_audit(connection: Connection) -> tuple[int, str | None]:
    """Walk the chain; give the number of links and what is broken first, None when nothing is."""
    links = 0
    try:
        for row in walk_chain(connection):
            links = row.seq
    except BrokenChainError as broken:
        return links, str(broken)
    return links, None


class BrokenChainError(Exception):
    """A link of the audit chain is missing, changed, or not where the head says."""


def walk_chain(connection: Connection, *, after: int = 0, previous: str = GENESIS) -> Iterator[Row[Any]]:
    """Return every link behind one that is known to be right, in order; raise BrokenChainError at the first that is
    not.

    A link whose words were erased holds where a later one, which says so, names its hash and the hash of what it says
    now. Memory stays the same however long the chain is. The head is read first: what is appended meanwhile is left
    out.
    """
    erased: dict[int, tuple[str, str]] = {}
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    query = select(audit_events).where(audit_events.c.seq > after).order_by(audit_events.c.seq)
    if head is not None:
        query = query.where(audit_events.c.seq <= head.seq)
    expected = after + 1
    vouched = _vouched(connection, after)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for row in found:
            if row.seq != expected:
                raise BrokenChainError(f"link {expected} is missing")
            link = audit_hash(row.seq, row.at, row.actor, row.verb, row.case_id, row.detail, previous, row.wrote)
            if row.previous_hash != previous or (row.hash != link and row.seq not in vouched):
                raise BrokenChainError(f"link {row.seq} was changed")
            if row.hash != link:
                erased[row.seq] = (row.hash, link)
            elif row.verb == ERASE:
                _settle(erased, row.detail)
            yield row
            previous, expected = row.hash, expected + 1
    if erased:
        raise BrokenChainError(f"link {min(erased)} was changed, and no erasure says so")
    if (head.seq, head.hash) != (expected - 1, previous) if head is not None else expected > 1:
        is_now = f"is link {head.seq}" if head is not None else "is gone"
        raise BrokenChainError(f"the chain ends at link {expected - 1}, but its head {is_now}")


def _settle(erased: dict[int, tuple[str, str]], detail: str) -> None:
    """Take what an erasure vouches for off the links that were written anew."""
    for number, *hashes in orjson.loads(detail).get("links", ()):
        if erased.get(number) == tuple(hashes):
            del erased[number]


def _vouched(connection: Connection, after: int) -> set[int]:
    """Name the links that erasures behind one say were written anew; whether it is so, the walk finds out."""
    query = select(audit_events.c.detail).where(
        audit_events.c.seq.in_(select(erasures.c.event_seq).where(erasures.c.event_seq > after)),
        audit_events.c.verb == ERASE,
    )
    found: set[int] = set()
    for detail in connection.execute(query).scalars():
        found |= {number for number, *_ in orjson.loads(detail).get("links", ())}
    return found
