"""What waits, in the order it should be worked: read from an index, a part at a time, however much waits."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal_column, or_, select

from triage.db.schema import tasks

_AT_ONCE: Final = 1_000
ORDER: Final = (
    tasks.c.priority,
    tasks.c.saved_per_minute.desc(),
    tasks.c.expected_loss.desc(),
    tasks.c.sla_due_at,
    tasks.c.created_at,
    tasks.c.seq,
)
"""Priority level, expected cost saved by a minute of review, expected loss, due time, order of arrival."""


def waits() -> ColumnElement[bool]:
    """Select what is not done; written out, for an index over what waits is not used where the word is a parameter."""
    return tasks.c.state != literal_column("'done'")


def by_urgency(query: Select[Any], queue: str, now: datetime) -> tuple[Select[Any], Select[Any]]:
    """Split what waits in a queue into two statements in order of urgency: what is past its due time or has come back
    for action (from a hold, a snooze, or by being passed on), then the rest. What rests is in neither.

    A due time, a level and a promise to look again are duties (safety, law, a hard control); money only chooses among
    cases equal in them.
    """
    own = query.where(tasks.c.queue == queue, waits(), or_(tasks.c.back_at.is_(None), tasks.c.back_at <= now))
    first = or_(tasks.c.sla_due_at <= now, tasks.c.back_at.is_not(None))
    return own.where(first).order_by(*ORDER), own.where(~first).order_by(*ORDER)


def waiting_ids(
    connection: Connection, queue: str, domains: Sequence[str], *, now: datetime, limit: int, offset: int
) -> list[str]:
    """Return the case ids that wait in a queue of some domains, most urgent first."""
    late, rest = by_urgency(select(tasks.c.case_id).where(tasks.c.domain.in_(domains)), queue, now)
    found = list(connection.execute(late.limit(limit).offset(offset)).scalars())
    if len(found) < limit:
        counted = offset + len(found) if found or not offset else _count(connection, late)
        beyond = rest.limit(limit - len(found)).offset(max(0, offset - counted))
        found += connection.execute(beyond).scalars()
    return found


def _count(connection: Connection, query: Select[Any]) -> int:
    return connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()


def in_order(
    connection: Connection, domain: str, queue: str, states: Sequence[str], *, now: datetime
) -> Iterator[Row[Any]]:
    """Return case_id, minutes, expected_loss and created_at of what waits in some states, most urgent first."""
    columns = (tasks.c.case_id, tasks.c.minutes, tasks.c.expected_loss, tasks.c.created_at)
    own = select(*columns).where(tasks.c.domain == domain, tasks.c.state.in_(states))
    for part in by_urgency(own, queue, now):
        # A part at a time: who asks stops where the day is full.
        for offset in count(0, _AT_ONCE):
            rows = connection.execute(part.limit(_AT_ONCE).offset(offset)).all()
            yield from rows
            if len(rows) < _AT_ONCE:
                break
