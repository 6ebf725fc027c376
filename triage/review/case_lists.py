"""Lists of cases: filtered, searched, ordered, counted by value; a page at a time, and bounded however much is
stored."""

import base64
import binascii
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Row, Select, and_, func, literal_column, or_

from triage.db.schema import cases, decisions, tasks
from triage.errors import FieldProblem, InvalidError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.blind import is_blind, shown_openly
from triage.review.arrivals import MAX_LOOKED_AT, arrivals
from triage.review.case_reading import MAX_LIMIT, item_of, listing, state_of, visible
from triage.review.task_access import APPROVAL, RESTING, back_again

MAX_ORDERED: Final = 1_000
"""An order other than that of arrival is among so many of the newest cases that fit."""
Order = Literal["newest", "due", "expected_loss", "risk"]
COUNTED: Final = ("domain", "queue", "state", "disposition", "cause", "priority", "site_id")
_MAX_VALUES: Final = 30
_MAX_COUNTED: Final = 1_000
"""Cases that fit whose values are counted: each costs some tens of microseconds, on every page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to list; None means any.

    state: auto, open, claimed, approval, on_hold, snoozed or done. q: the beginning of an exception id, a case id, or
    words and identifiers of the case. received_from, received_to: instants, the first included, the second not.
    """

    domain: str | None = None
    queue: str | None = None
    state: str | None = None
    disposition: str | None = None
    cause: str | None = None
    priority: str | None = None
    site_id: str | None = None
    claimed_by: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    q: str | None = None


_NONE: Final[Any] = literal_column("''")
_STATE: Final[Any] = func.coalesce(tasks.c.state, _NONE)
_QUEUE: Final[Any] = func.coalesce(tasks.c.queue, _NONE)
_CLAIMED_BY: Final[Any] = func.coalesce(tasks.c.claimed_by, _NONE)
"""Columns that filter and must not drive: SQLite would walk all that is done to find the few of a page among it."""


def list_cases(
    connection: Connection,
    *,
    policies: InForce,
    actor: Principal,
    filters: Filters,
    cursor: str | None,
    limit: int,
    now: datetime,
    order: Order = "newest",
) -> dict[str, Any]:
    """List cases, newest first, a page at a time; `next_cursor` is None on the last page.

    A page looks at a bounded number of cases: one whose filters keep few of them may be short, or empty, and not be the
    last. Another order is among the MAX_ORDERED newest that fit.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    if order != "newest":
        return _ordered(connection, policies, actor, filters, order, cursor, limit, now)
    walk = _Walk(connection, policies, actor, filters, now, before=_read_cursor(cursor) if cursor is not None else None)
    # One more than the page holds says whether another follows.
    rows = walk.rows(limit + 1)
    last = rows[limit - 1].seq if len(rows) > limit else walk.goes_on_before
    return {
        "items": [item_of(row, now) for row in rows[:limit]],
        "next_cursor": _cursor(last) if last is not None else None,
    }


def every_case(
    connection: Connection, *, policies: InForce, actor: Principal, filters: Filters, now: datetime, most: int
) -> Iterator[dict[str, Any]]:
    """Yield the cases that fit, newest first, at most so many; however many are looked at for that."""
    before: int | None = None
    while most > 0:
        walk = _Walk(connection, policies, actor, filters, now, before=before)
        rows = walk.rows(min(most, MAX_ORDERED))
        yield from (item_of(row, now) for row in rows)
        most -= len(rows)
        before = rows[-1].seq if len(rows) == MAX_ORDERED else walk.goes_on_before
        if before is None:
            return


def count_values(
    connection: Connection, *, policies: InForce, actor: Principal, filters: Filters, now: datetime
) -> dict[str, Any]:
    """Count the newest cases that fit by their values, at most _MAX_COUNTED of them.

    Returns `counts` by field and value, the commonest first; `counted`, the cases that fit; `complete`, whether older
    ones were left out. What a blind audit hides is not counted.
    """
    walk = _Walk(connection, policies, actor, filters, now, before=None)
    found = walk.rows(_MAX_COUNTED)
    counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for row in found:
        hidden = is_blind(row.kind, row.state)
        values = {
            "domain": row.domain, "queue": row.queue, "state": state_of(row, now), "site_id": row.site_id,
            "disposition": None if hidden else row.disposition, "cause": None if hidden else row.cause,
            "priority": None if hidden else row.priority,
        }  # fmt: skip
        for name, value in values.items():
            if value is not None:
                counts[name][value] += 1
    return {
        "counts": {name: dict(counter.most_common(_MAX_VALUES)) for name, counter in counts.items()},
        "counted": len(found),
        "complete": walk.goes_on_before is None,
    }


class _Walk:
    """One walk over the cases that may fit, newest first, that ends after MAX_LOOKED_AT of them.

    goes_on_before: after it, the arrival number where another walk goes on; None where there is nothing more.
    """

    def __init__(
        self,
        connection: Connection,
        policies: InForce,
        actor: Principal,
        filters: Filters,
        now: datetime,
        *,
        before: int | None,
    ) -> None:
        self._connection = connection
        self._query = visible(_filtered(listing(), filters, now), policies, actor).order_by(cases.c.seq.desc())
        readable = actor.domains_for("read")
        self._parts = arrivals(
            connection,
            domains=[filters.domain] if filters.domain is not None else readable,
            queue=filters.queue,
            state=filters.state,
            claimed_by=filters.claimed_by,
            q=filters.q,
            before=before,
            received_from=filters.received_from,
            received_to=filters.received_to,
        )
        self.goes_on_before: int | None = None

    def rows(self, most: int) -> list[Row[Any]]:
        """Return the next cases that fit, at most so many."""
        found: list[Row[Any]] = []
        looked_at = 0
        for part in self._parts:
            found += self._connection.execute(self._query.where(cases.c.seq.in_(part)).limit(most - len(found)))
            looked_at, self.goes_on_before = looked_at + len(part), part[-1]
            if len(found) >= most or looked_at >= MAX_LOOKED_AT:
                return found
        self.goes_on_before = None
        return found


def _ordered(
    connection: Connection,
    policies: InForce,
    actor: Principal,
    filters: Filters,
    order: Order,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> dict[str, Any]:
    """List by another order; the cursor says how many were listed before."""
    if order not in get_args(Order):
        raise _invalid("order", order, f"must be one of {', '.join(get_args(Order))}")
    offset = _read_cursor(cursor) if cursor is not None else 0
    found = _Walk(connection, policies, actor, filters, now, before=None).rows(MAX_ORDERED)
    items = sorted((item_of(row, now) for row in found), key=lambda item: _place(item, order))
    following = offset + limit
    return {
        "items": items[offset:following],
        "next_cursor": _cursor(following) if following < len(items) else None,
    }


def _place(item: dict[str, Any], order: Order) -> tuple[Any, ...]:
    """Return what a case is ordered by: the earliest due or the largest first; what has no value comes last."""
    if order == "due":
        task = item["task"]
        waits = task is not None and item["state"] != "done"
        return (not waits, task["sla_due_at"] if waits else "")
    value = item[order]
    return (value is None, -(value or 0.0))


def _filtered(query: Select[Any], filters: Filters, now: datetime) -> Select[Any]:
    plain = (
        (cases.c.domain, filters.domain),
        (cases.c.site_id, filters.site_id),
        (_QUEUE, filters.queue),
        (decisions.c.disposition, filters.disposition),
        (decisions.c.cause, filters.cause),
        (decisions.c.priority, filters.priority),
        (_CLAIMED_BY, filters.claimed_by),
    )
    for column, value in plain:
        if value is not None:
            query = query.where(column == value)
    if filters.received_from is not None:
        query = query.where(cases.c.received_at >= filters.received_from)
    if filters.received_to is not None:
        query = query.where(cases.c.received_at < filters.received_to)
    if filters.disposition is not None or filters.cause is not None or filters.priority is not None:
        # A filter must not find out what the list does not show.
        query = query.where(shown_openly())
    if filters.state is not None:
        query = query.where(_in_state(filters.state, now))
    return query


def _in_state(state: str, now: datetime) -> Any:
    held = and_(_STATE == "claimed", tasks.c.claimed_until > now)
    states = {
        "auto": tasks.c.case_id.is_(None),
        # Where a claim or a rest is over a task is open again, whatever the row still says.
        "open": or_(_STATE == "open", and_(_STATE == "claimed", tasks.c.claimed_until <= now), back_again(now)),
        "claimed": held,
        APPROVAL: _STATE == APPROVAL,
        **{state: and_(state == _STATE, tasks.c.back_at > now) for state in RESTING},
        "done": _STATE == "done",
    }
    if state not in states:
        raise _invalid("state", state, f"must be one of {', '.join(states)}")
    return states[state]


def _cursor(seq: int) -> str:
    return base64.urlsafe_b64encode(str(seq).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> int:
    try:
        seq = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeError):
        seq = -1
    if not 0 <= seq < 2**63:
        raise _invalid("cursor", cursor, "must be a `next_cursor` of an earlier answer")
    return seq


def _invalid(field: str, value: str, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value=repr(value)[:80], message=message)
    return InvalidError(f"{field} {problem.value} {message}", problems=[problem])
