"""What is old is forgotten: a case leaves with everything that hangs on it once nothing needs it any more.

A case is needed while its task is not done, while a delivery of it is under way, and while it, its ruling or anything
known of it lies within the days that are kept. Entity history counts nothing older than those days
(`features.history`), whether or not it was forgotten by then, so that no decision depends on when this runs. The audit
chain keeps its links; an event says which rows went.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, or_, select

from triage.db.audit_chain import AuditEvent, append_audit
from triage.db.clock_schema import clocks, pauses, reached_stages
from triage.db.desk_schema import attachments, known_cases, mentions, pending_rulings, presences
from triage.db.handoff_schema import deliveries
from triage.db.process_schema import breach_forecasts
from triage.db.row_digests import delete_rows
from triage.db.schema import (
    cases,
    claims,
    comments,
    decisions,
    entity_cases,
    labels,
    past_cases,
    resolutions,
    shadow_decisions,
    tasks,
)
from triage.db.step_schema import steps
from triage.domain import Domain
from triage.errors import InvalidError
from triage.intake.doubles import REMEMBERED
from triage.review.search_index import remove_from_index

ACTOR: Final = "system:retention"
FORGET: Final = "forget"
SLACK: Final = timedelta(days=31)
"""How much longer than they count rows stay: a case may arrive with an `as_of` that lies this far back."""
OF_A_CASE: Final = (
    known_cases, attachments, mentions, presences, pending_rulings,
    breach_forecasts, steps, reached_stages, pauses, clocks,
    deliveries, shadow_decisions, comments, resolutions,
    decisions, tasks,
)  # fmt: skip
"""The tables whose rows go with their case, those that point to others first.

Audit events stay. Which case came of a document goes with the document.
"""
_AT_ONCE: Final = 200
_DERIVED_AT_ONCE: Final = 5_000
_UNDER_WAY: Final = ("waiting", "blocked", "leased")
Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True)
class Forgotten:
    """How many rows went. derived: claims and entity keys, by which earlier cases are found."""

    cases: int = 0
    past_cases: int = 0
    derived: int = 0


def require_long_enough(days: float | None, domains: Mapping[str, Domain]) -> None:
    """Raise InvalidError where cases would be forgotten that a window of entity history or a look-up still reads."""
    if days is None:
        return
    longest = {
        name: max((max(trail.windows_days) for trail in domain.recipe.trails), default=0)
        for name, domain in domains.items()
    }
    name = max(longest, key=lambda each: longest[each], default="")
    least = max(longest.get(name, 0), REMEMBERED.days)
    if days <= least:
        raise InvalidError(
            f"TRIAGE_RETENTION_DAYS is {days:g}, and {name} looks back {least} days: keep cases longer than that"
        )


def forget(transaction: Transaction, domains: Collection[str], *, now: datetime, days: float) -> Forgotten:
    """Forget what is older than some days and SLACK, in short transactions; what a crash leaves is forgotten later."""
    before = now - timedelta(days=days) - SLACK
    found = Forgotten()
    for domain in domains:
        for table in (cases, past_cases):
            after: int | None = 0
            while after is not None:
                with transaction() as connection:
                    gone, after = _forget_some(connection, table, domain, before=before, after=after, now=now)
                if table is cases:
                    found.cases += gone
                else:
                    found.past_cases += gone
    for table in (claims, entity_cases):
        gone = _DERIVED_AT_ONCE
        while gone == _DERIVED_AT_ONCE:
            with transaction() as connection:
                gone = _forget_derived(connection, table, before)
            found.derived += gone
    return found


def _forget_some(
    connection: Connection, table: Table, domain: str, *, before: datetime, after: int, now: datetime
) -> tuple[int, int | None]:
    """Forget some of the oldest cases behind a number; return how many, and where to go on: None at the end."""
    query = select(table).where(table.c.domain == domain, table.c.seq > after).order_by(table.c.seq).limit(_AT_ONCE)
    rows = connection.execute(query).all()
    old = [row for row in rows if row.known_at < before]
    if old:
        needed = _labelled_since(connection, domain, old, before)
        if table is cases:
            needed |= _under_way(connection, old, before)
        old = [row for row in old if row.exception_id not in needed]
    if old:
        _delete(connection, table, domain, old)
        detail = {"domain": domain, "table": table.name, "cases": len(old), "known_before": before.isoformat()}
        append_audit(connection, [AuditEvent(actor=ACTOR, verb=FORGET, case_id=None, detail=detail, at=now)])
    # Numbers rise with the time of arrival: behind a part that is new as a whole nothing is old.
    ended = len(rows) < _AT_ONCE or rows[-1].known_at >= before + SLACK
    return len(old), None if ended else rows[-1].seq


def _labelled_since(connection: Connection, domain: str, rows: Sequence[Row[Any]], before: datetime) -> set[str]:
    """Name the cases of which something became known that still counts."""
    query = select(labels.c.exception_id).where(
        labels.c.domain == domain,
        labels.c.exception_id.in_([row.exception_id for row in rows]),
        or_(labels.c.known_at >= before, labels.c.recorded_at >= before),
    )
    return set(connection.execute(query).scalars())


def _under_way(connection: Connection, rows: Sequence[Row[Any]], before: datetime) -> set[str]:
    """Name the cases that somebody or something still works on, or did lately."""
    names = {row.case_id: row.exception_id for row in rows}
    waits = select(tasks.c.case_id).where(
        tasks.c.case_id.in_(names), or_(tasks.c.done_at.is_(None), tasks.c.done_at >= before)
    )
    sending = select(deliveries.c.case_id).where(deliveries.c.case_id.in_(names), deliveries.c.state.in_(_UNDER_WAY))
    return {names[case_id] for query in (waits, sending) for case_id in connection.execute(query).scalars()}


def _delete(connection: Connection, table: Table, domain: str, rows: Sequence[Row[Any]]) -> None:
    """Delete cases with everything that hangs on them, what points to others first."""
    if table is cases:
        remove_from_index(connection, rows)
        ids = [row.case_id for row in rows]
        for own in OF_A_CASE:
            delete_rows(connection, own, own.c.case_id.in_(ids))
    names = [row.exception_id for row in rows]
    other = past_cases if table is cases else cases
    kept = set(connection.execute(select(other.c.exception_id).where(_named(other, domain, names))).scalars())
    delete_rows(connection, labels, _named(labels, domain, [name for name in names if name not in kept]))
    delete_rows(connection, table, table.c.seq.in_([row.seq for row in rows]))


def _named(table: Table, domain: str, names: Sequence[str]) -> ColumnElement[bool]:
    return and_(table.c.domain == domain, table.c.exception_id.in_(names))


def _forget_derived(connection: Connection, table: Table, before: datetime) -> int:
    """Delete the oldest rows by which earlier cases are found; no look-up reaches back so far."""
    (number,) = table.primary_key
    oldest = select(number, table.c.known_at).order_by(number).limit(_DERIVED_AT_ONCE)
    old = [row[0] for row in connection.execute(oldest) if row.known_at < before]
    if old:
        connection.execute(delete(table).where(number.in_(old)))
    return len(old)
