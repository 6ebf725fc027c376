"""What waits, in the order it should be worked: read from an index, a part at a time, however much waits."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, UnaryExpression, and_, literal_column, or_, select, true

from triage.db.schema import tasks
from triage.errors import FieldProblem, InvalidError

_AT_ONCE: Final = 64
ORDER: Final[tuple[Any, ...]] = (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePosition:
    """Where a task stands in a queue: past its due time or not, and its values in `ORDER`."""

    is_late: bool
    values: tuple[Any, ...]


def in_order(
    connection: Connection,
    queue: str,
    *,
    now: datetime,
    where: ColumnElement[bool],
    at_once: int = _AT_ONCE,
    after: QueuePosition | None = None,
) -> Iterator[tuple[QueuePosition, Row[Any]]]:
    """Return each task that waits in a queue, most urgent first, with its position; `after` one, what follows it.

    A row holds case_id, minutes and the columns of `ORDER`. Who asks stops where enough was read: `at_once` rows are
    read from the index at a time, from where the last ended.
    """
    own = select(tasks.c.case_id, tasks.c.minutes, *map(_plain, ORDER)).where(where)
    for is_late, part in zip((True, False), by_urgency(own, queue, now), strict=True):
        if after is None or after.is_late == is_late:
            start, after = after, None
            for row in _following(connection, part, start.values if start is not None else None, at_once):
                yield QueuePosition(is_late=is_late, values=tuple(row)[2:]), row


def _following(
    connection: Connection, part: Select[Any], after: tuple[Any, ...] | None, at_once: int
) -> Iterator[Row[Any]]:
    """Read a part from a position on, step by step along the index, never what lies before the position."""
    while True:
        found: list[Row[Any]] = []
        for condition in _ranges_after(after) if after is not None else (true(),):
            found += connection.execute(part.where(condition).limit(at_once - len(found)))
            if len(found) == at_once:
                break
        yield from found
        if len(found) < at_once:
            return
        after = tuple(found[-1])[2:]


def _ranges_after(values: tuple[Any, ...]) -> Iterator[ColumnElement[bool]]:
    """Return what lies behind a position as ranges of the index, in order, each with one beginning.

    As one condition the database would look through all that lies before it, since some columns rise and others fall.
    """
    for at in reversed(range(len(ORDER))):
        column, value = _plain(ORDER[at]), values[at]
        equal = [_plain(ORDER[before]) == values[before] for before in range(at)]
        yield and_(*equal, column > value if column is ORDER[at] else column < value)


def _plain(column: Any) -> Any:
    """Return a column of `ORDER` without its direction."""
    return column.element if isinstance(column, UnaryExpression) else column


def written_position(position: QueuePosition) -> str:
    """Write a position as a cursor."""
    return base64.urlsafe_b64encode(orjson.dumps([position.is_late, *position.values])).decode().rstrip("=")


def read_position(cursor: str) -> QueuePosition:
    """Read a cursor; raise InvalidError for one that nobody was given."""
    try:
        is_late, priority, saved, loss, due_at, created_at, seq = orjson.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        moments = [datetime.fromisoformat(moment).astimezone(UTC) for moment in (due_at, created_at)]
        values = (str(priority)[:2], float(saved), float(loss), *moments, int(seq) % 2**63)
        return QueuePosition(is_late=bool(is_late), values=values)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        problem = FieldProblem(field="cursor", value=repr(cursor)[:80], message="must be the end of an earlier page")
        raise InvalidError(f"cursor {problem.value} {problem.message}", problems=[problem]) from None
