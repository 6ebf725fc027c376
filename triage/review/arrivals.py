"""Which cases a list looks at: newest first, by an index, a part at a time, and never more than a bound."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select

from triage.db.schema import LOWERED_ID, cases, tasks
from triage.review.search_index import find_cases
from triage.review.task_access import RESTING

MAX_LOOKED_AT: Final = 3_000
"""Cases a page looks at; where filters keep few of them, the page is short and names where to go on."""
MAX_FOUND: Final = 1_000
"""Cases that a search finds, by id in order; a longer beginning finds the others."""
_AT_ONCE: Final = 500
_OUT_OF_ORDER: Final = 1_000
"""So many cases of other processes may have numbers out of the order of their receipt."""
_NO_NUMBER: Final = 2**63 - 1
_LAST: Final = "\U0010ffff"
_STATES: Final = ("open", "claimed", "approval", *RESTING, "done")


def arrivals(
    connection: Connection,
    *,
    domains: Collection[str] | None,
    queue: str | None,
    state: str | None,
    claimed_by: str | None,
    q: str | None,
    before: int | None,
    received_from: datetime | None = None,
    received_to: datetime | None = None,
) -> Iterator[list[int]]:
    """Return the arrival numbers of cases that may fit, in parts, newest first, each below `before`; some may not fit.

    domains: None for all. q: the beginning of an exception id, in any case of letters, a whole case id, or words and
    identifiers that the case holds.
    """
    if received_to is not None:
        before = min(before or _NO_NUMBER, _number_at(connection, received_to) + _OUT_OF_ORDER)
    since = _number_at(connection, received_from) - _OUT_OF_ORDER if received_from is not None else 0
    look = _searched(connection, q) if q else _walked(connection, domains, queue, state, claimed_by)
    while True:
        numbers = sorted(look(before), reverse=True)[:_AT_ONCE]
        if numbers:
            yield numbers
        if len(numbers) < _AT_ONCE or numbers[-1] < since:
            return
        before = numbers[-1]


def _searched(connection: Connection, q: str) -> Callable[[int | None], set[int]]:
    by_id = _found(connection, q)

    def look(before: int | None) -> set[int]:
        found = {seq for seq in by_id if before is None or seq < before}
        return found | set(find_cases(connection, q, before=before, limit=_AT_ONCE))

    return look


def _walked(
    connection: Connection,
    domains: Collection[str] | None,
    queue: str | None,
    state: str | None,
    claimed_by: str | None,
) -> Callable[[int | None], set[int]]:
    seq, drives = _drives(domains, queue, state, claimed_by)

    def look(before: int | None) -> set[int]:
        part: set[int] = set()
        for drive in drives:
            query = select(seq).where(*drive, *([seq < before] if before is not None else []))
            part.update(connection.execute(query.order_by(seq.desc()).limit(_AT_ONCE)).scalars())
        return part

    return look


def _number_at(connection: Connection, moment: datetime) -> int:
    """Return the arrival number of the last case received before an instant, 0 where there is none."""
    query = select(cases.c.seq).where(cases.c.received_at < moment).order_by(cases.c.received_at.desc()).limit(1)
    return connection.scalar(query) or 0


def _drives(
    domains: Collection[str] | None, queue: str | None, state: str | None, claimed_by: str | None
) -> tuple[Any, Sequence[Sequence[ColumnElement[bool]]]]:
    """Return the column that orders, and one condition for each walk along an index."""
    if claimed_by is not None or queue is not None or state not in (None, "auto"):
        own = [tasks.c.claimed_by == claimed_by] if claimed_by is not None else []
        own += [tasks.c.queue == queue] if queue is not None and claimed_by is None else []
        return tasks.c.seq, [[*own, tasks.c.state == each] for each in _rows_of(state)]
    if domains is not None:
        return cases.c.seq, [[cases.c.domain == domain] for domain in domains]
    return cases.c.seq, [[]]


def _rows_of(state: str | None) -> Sequence[str]:
    """Return what a task's row may say in a state: once a claim or a rest is over it is open again, whatever the row
    says."""
    if state == "open":
        return ("open", "claimed", *RESTING)
    return _STATES if state in (None, "auto") else (state,)


def _found(connection: Connection, q: str) -> list[int]:
    lowered: Any = LOWERED_ID.collate("C") if connection.dialect.name == "postgresql" else LOWERED_ID
    first: Any = func.lower(literal(q))
    begins = and_(lowered >= first, lowered < first.concat(_LAST))
    by_id = select(cases.c.seq).where(begins).order_by(lowered).limit(MAX_FOUND)
    whole = select(cases.c.seq).where(cases.c.case_id == q.lower())
    return sorted({*connection.execute(by_id).scalars(), *connection.execute(whole).scalars()}, reverse=True)
