"""Whether the audit chain, the tables it proves and the anchors outside agree: read as a stream, with flat memory."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, select

from triage.db.audit_chain import GENESIS, BrokenChainError, walk_chain
from triage.db.row_proof import RowBook
from triage.db.schema import audit_events, audit_head, decisions
from triage.proof.anchor import Anchor

MAX_FINDINGS: Final = 100
_AT_ONCE: Final = 500


@dataclass(slots=True, kw_only=True)
class Verification:
    """What was found. after: the link taken as right; links: the last that is. broken: at most `MAX_FINDINGS`."""

    after: int = 0
    links: int = 0
    anchors: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.broken


def verify(
    connection: Connection, anchors: Sequence[Anchor] = (), *, since: Anchor | None = None, rows: bool = True
) -> Verification:
    """Verify the chain against itself, its anchors and the tables.

    since: an anchor that is taken as right: only later links, and the rows they wrote, are read. rows: whether the
    tables are compared too.
    """
    found = Verification(after=since.seq if since is not None else 0, anchors=len(anchors))
    found.broken += _shortened(connection, anchors)
    if since is not None and _hash_of(connection, since.seq) != since.hash:
        found.broken.append(f"link {since.seq} is not the one that was anchored at {since.at}")
        return found
    pinned = {anchor.seq: anchor for anchor in anchors}
    with closing(RowBook()) as book:
        try:
            for link in _walked(connection, since, book, found):
                anchor = pinned.get(link.seq)
                if anchor is not None and anchor.hash != link.hash:
                    problem = (
                        f"link {link.seq} is not the one that was anchored at {anchor.at}: the chain was rewritten"
                    )
                    found.broken.append(problem)
                    return found
        except BrokenChainError as broken:
            found.broken.append(str(broken))
            return found
        if rows:
            marks = since.marks if since is not None else None
            found.broken += map(str, islice(book.mismatches(connection, marks), MAX_FINDINGS))
    return found


def _walked(connection: Connection, since: Anchor | None, book: RowBook, found: Verification) -> Iterator[Row[Any]]:
    """Yield each link after it was taken down; on the way, compare the answers of decisions from before rows were."""
    after, previous = (since.seq, since.hash) if since is not None else (0, GENESIS)
    found.links = found.after
    old: dict[str, tuple[int, str]] = {}
    for link in walk_chain(connection, after=after, previous=previous):
        found.links = link.seq
        book.read(link)
        if link.verb == "decide" and link.wrote is None:
            old[link.case_id] = (link.seq, orjson.loads(link.detail)["answer_sha256"])
            if len(old) >= _AT_ONCE:
                found.broken += _answers(connection, old)
                old.clear()
        yield link
    found.broken += _answers(connection, old)


def _answers(connection: Connection, expected: Mapping[str, tuple[int, str]]) -> list[str]:
    """Compare answers with what their links say of them."""
    query = select(decisions.c.case_id, decisions.c.answer).where(decisions.c.case_id.in_(expected))
    hashes: dict[str, set[str]] = {}
    for row in connection.execute(query):
        hashes.setdefault(row.case_id, set()).add(hashlib.sha256(row.answer.encode()).hexdigest())
    return [
        f"decisions: the answer of case {case_id} is not the one that link {seq} names"
        for case_id, (seq, digest) in expected.items()
        if digest not in hashes.get(case_id, ())
    ]


def _shortened(connection: Connection, anchors: Sequence[Anchor]) -> list[str]:
    """Compare the chain's length and beginning with what was anchored."""
    if not anchors:
        return []
    longest = max(anchors, key=lambda anchor: anchor.seq)
    head = connection.execute(select(audit_head.c.seq)).scalar() or 0
    if not head:
        return [f"the chain is empty, but link {longest.seq} was anchored at {longest.at}"]
    if head < longest.seq:
        return [f"the chain ends at link {head}, but link {longest.seq} was anchored at {longest.at}: its tail is gone"]
    if longest.chain != _hash_of(connection, 1):
        return ["the chain begins with another link than the anchored one"]
    return []


def _hash_of(connection: Connection, seq: int) -> str | None:
    if seq == 0:
        return GENESIS
    return connection.execute(select(audit_events.c.hash).where(audit_events.c.seq == seq)).scalar()
