"""Reading cases: lists, one case's whole file, and what waits in the queues. Nobody is shown what they may not know
of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, Select, func, or_, select

from triage.db.schema import audit_events, cases, comments, decisions, labels, resolutions, tasks
from triage.errors import ForbiddenError, NotFoundError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.blind import is_blind
from triage.intake.decision import Decision
from triage.review.clock_reading import clock_file
from triage.review.task_access import ESCALATED, RESTING, is_away, may_see_queue
from triage.review.waiting import in_order, read_position, written_position

MAX_LIMIT: Final = 200
AT_RISK: Final = timedelta(hours=2)
_TELLS: Final = ("decide", "outcome")
"""Verbs of events that an open audit hides."""
_DECIDED: Final = ("disposition", "cause", "risk", "expected_loss", "priority", "fallback")


def list_queue(
    connection: Connection,
    queue: str,
    *,
    policies: InForce,
    actor: Principal,
    limit: int,
    now: datetime,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List what waits in a queue in the order it should be worked, a page at a time; `next_cursor` is None on the last
    page.

    A page begins where the last one ended, so that its cost does not grow with its number; what became more urgent in
    between is found on a first page.
    """
    if not actor.may("read"):
        raise ForbiddenError(f"{actor.name} may not read cases")
    limit = max(1, min(limit, MAX_LIMIT))
    domains = [domain for domain in policies if may_see_queue(policies, domain, queue, actor)]
    after = read_position(cursor) if cursor is not None else None
    waiting = in_order(connection, queue, now=now, where=tasks.c.domain.in_(domains), at_once=limit + 1, after=after)
    found = [(position, row.case_id) for position, row in islice(waiting, limit + 1)]
    ids = [case_id for _, case_id in found[:limit]]
    rows = {row.case_id: row for row in connection.execute(listing().where(cases.c.case_id.in_(ids)))}
    return {
        "items": [item_of(rows[case_id], now) for case_id in ids],
        "next_cursor": written_position(found[limit - 1][0]) if len(found) > limit else None,
    }


def case_file(
    connection: Connection, case_id: str, *, policies: InForce, actor: Principal, now: datetime
) -> dict[str, Any]:
    """Return everything known of one case, with its history; while its audit is open, nothing of what was decided."""
    row = connection.execute(listing(whole=True).where(cases.c.case_id == case_id)).one_or_none()
    if row is None or not _may_see(row, policies, actor):
        raise NotFoundError(f"there is no case {case_id}")
    own, hidden = {"case_id": case_id}, is_blind(row.kind, row.state)
    decision = Decision.read(row.answer)
    event_columns = [column for column in audit_events.c if column.name != "wrote"]  # of use to a verification alone
    events = select(*event_columns).where(audit_events.c.case_id == case_id).order_by(audit_events.c.seq)
    return {
        "case": item_of(row, now) | {"submitted_by": row.submitted_by, "envelope": orjson.loads(row.envelope)},
        "payload": orjson.loads(row.payload),
        "attributes": orjson.loads(row.attributes),
        "decision": decision.blinded() if hidden else decision,
        "task": _task(row, now) if row.queue is not None else None,
        "clock": clock_file(connection, row, now=now) if row.queue is not None else None,
        "resolutions": _plain(connection, select(resolutions).filter_by(**own).order_by(resolutions.c.resolution_id)),
        "comments": _plain(connection, select(comments).filter_by(**own).order_by(comments.c.comment_id)),
        # What became known would tell an auditor what to say.
        "outcomes": []
        if hidden
        else _plain(
            connection,
            select(labels)
            .where(labels.c.domain == row.domain, labels.c.exception_id == row.exception_id)
            .order_by(labels.c.label_id),
        ),
        "history": [
            event | {"detail": orjson.loads(event["detail"])}
            for event in _plain(connection, events.where(audit_events.c.verb.not_in(_TELLS)) if hidden else events)
        ],
    }


def require_visible(connection: Connection, case_id: str, *, policies: InForce, actor: Principal) -> None:
    """Raise NotFoundError for a case the actor may not know of."""
    if connection.execute(visible(listing().where(cases.c.case_id == case_id), policies, actor)).first() is None:
        raise NotFoundError(f"there is no case {case_id}")


def cases_by_id(
    connection: Connection, case_ids: Sequence[str], *, policies: InForce, actor: Principal, now: datetime
) -> list[dict[str, Any]]:
    """Return a few cases as lists show them, in the order they are named; those the actor may see."""
    if not case_ids:
        return []
    rows = connection.execute(visible(listing().where(cases.c.case_id.in_(case_ids)), policies, actor))
    found = {row.case_id: row for row in rows}
    return [item_of(found[case_id], now) for case_id in case_ids if case_id in found]


def cases_named(
    connection: Connection, domain: str, exception_ids: Sequence[str], *, policies: InForce, actor: Principal
) -> dict[str, str]:
    """Return the case id of each of a few exceptions of a domain, of those the caller may see."""
    if not exception_ids:
        return {}
    query = listing().where(cases.c.domain == domain, cases.c.exception_id.in_(exception_ids))
    rows = connection.execute(visible(query, policies, actor))
    return {row.exception_id: row.case_id for row in rows}


def listing(*, whole: bool = False) -> Select[Any]:
    columns = [
        cases.c.seq, cases.c.case_id, cases.c.domain, cases.c.exception_id, cases.c.site_id, cases.c.as_of,
        cases.c.received_at, cases.c.currency, decisions.c.disposition, decisions.c.cause, decisions.c.risk,
        decisions.c.expected_loss, decisions.c.priority, decisions.c.fallback, decisions.c.decided_at,
        tasks.c.queue, tasks.c.owner_role, tasks.c.state, tasks.c.sla_due_at, tasks.c.claimed_by, tasks.c.claimed_until,
        tasks.c.created_at, tasks.c.done_at, tasks.c.kind, tasks.c.minutes, tasks.c.approval, tasks.c.approval_role,
        tasks.c.ruling, tasks.c.ruled_by, tasks.c.assigned_to, tasks.c.back_at, tasks.c.passed_by,
        tasks.c.disposition.label("task_disposition"),
    ]  # fmt: skip
    if whole:
        columns += [cases.c.submitted_by, cases.c.envelope, cases.c.payload, cases.c.attributes, decisions.c.answer]
    latest = (
        select(func.max(decisions.c.decision_id)).where(decisions.c.case_id == cases.c.case_id).correlate(cases)
    ).scalar_subquery()
    joined = cases.join(decisions, decisions.c.decision_id == latest).outerjoin(
        tasks, tasks.c.case_id == cases.c.case_id
    )
    return select(*columns).select_from(joined)


def visible(query: Select[Any], policies: InForce, actor: Principal) -> Select[Any]:
    """Keep what the actor may know of: their domains, without the restricted queues they are not granted."""
    if not actor.may("read"):
        raise ForbiddenError(f"{actor.name} may not read cases")
    readable = actor.domains_for("read")
    if readable is not None:
        query = query.where(cases.c.domain.in_(readable))
    for domain in policies:
        hidden = [name for name in policies.queues(domain) if not may_see_queue(policies, domain, name, actor)]
        if hidden:
            query = query.where(or_(cases.c.domain != domain, tasks.c.queue.is_(None), tasks.c.queue.not_in(hidden)))
    return query


def _may_see(row: Row[Any], policies: InForce, actor: Principal) -> bool:
    if row.queue is None:
        return actor.may("read", row.domain)
    return may_see_queue(policies, row.domain, row.queue, actor)


def item_of(row: Row[Any], now: datetime) -> dict[str, Any]:
    hidden = is_blind(row.kind, row.state)
    return {
        "case_id": row.case_id,
        "domain": row.domain,
        "exception_id": row.exception_id,
        "site_id": row.site_id,
        "as_of": _iso(row.as_of),
        "received_at": _iso(row.received_at),
        "currency": row.currency,
        **{name: None if hidden else getattr(row, name) for name in _DECIDED},
        "decided_at": _iso(row.decided_at),
        "state": state_of(row, now),
        "task": _task(row, now) if row.queue is not None else None,
    }


def state_of(row: Row[Any], now: datetime) -> str:
    if row.queue is None:
        return "auto"
    if row.state == "claimed" and row.claimed_until <= now:
        return "open"
    if row.state in RESTING and not is_away(row, now):
        return "open"
    return str(row.state)


def _task(row: Row[Any], now: datetime) -> dict[str, Any]:
    state = state_of(row, now)
    held = state == "claimed"
    return {
        "queue": row.queue,
        "kind": row.kind,
        "owner_role": row.owner_role,
        "state": state,
        "sla_due_at": _iso(row.sla_due_at),
        "sla_state": sla_state(row.sla_due_at, now=row.done_at or now),
        "claimed_by": row.claimed_by if held else None,
        "claimed_until": _iso(row.claimed_until) if held else None,
        "created_at": _iso(row.created_at),
        "done_at": _iso(row.done_at),
        "minutes": row.minutes,
        "approval": row.approval,
        "approval_role": row.approval_role,
        "ruling": orjson.loads(row.ruling) if row.ruling is not None else None,
        "ruled_by": row.ruled_by,
        "assigned_to": row.assigned_to,
        "back_at": _iso(row.back_at),
        "passed_by": row.passed_by,
        "escalated": row.task_disposition == ESCALATED,
    }


def sla_state(due_at: datetime, *, now: datetime) -> str:
    """Return whether a task is on_track, at_risk (due within two hours) or breached."""
    if due_at <= now:
        return "breached"
    return "at_risk" if due_at - now <= AT_RISK else "on_track"


def _plain(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [
        # A column's name is a subclass of str, which orjson takes for no key.
        {
            str(name): _iso(value) if isinstance(value, datetime) else value
            for name, value in row.items()
            if name != "salt"
        }
        for row in connection.execute(query).mappings()
    ]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
