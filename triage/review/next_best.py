"""The one next case of a person, over every queue they may work: what is theirs already, then the best free one.

The few best of each queue come from the index in the order of `triage.review.waiting`; among them the most urgent one
is chosen. Rulings that wait for a second person are offered the same way to whoever may approve them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, union_all, update

from triage.db.desk_schema import pending_rulings
from triage.db.schema import cases, tasks
from triage.identity.access import ROLES, Principal
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.review.approval import why_not
from triage.review.task_access import APPROVAL, back_again, may_see_queue, task_row
from triage.review.verbs import take
from triage.review.waiting import by_urgency

PER_QUEUE: Final = 5
"""Candidates of each queue: as many people may press Next at one instant before one of them has to look again."""
HELD: Final = 50


def next_for(
    connection: Connection,
    *,
    policies: InForce,
    requesters: Mapping[str, Sequence[str]],
    actor: Principal,
    now: datetime,
    hold: timedelta,
    but: str | None = None,
) -> str | None:
    """Claim the best case for somebody, over all queues they may work; None when nothing is left for them.

    A case they hold is offered before a new one, except `but`, the one in front of them. requesters: per domain, the
    payload fields that name who asked for what a case is about.
    """
    held = held_by(connection, actor, now=now)
    mine = next((row.case_id for row in held if row.case_id != but), None)
    if mine is not None:
        return str(mine)
    for candidate in sorted(_candidates(connection, policies, actor, now), key=lambda row: _rank(row, now)):
        if candidate.case_id == but:
            continue
        if candidate.state == APPROVAL:
            taken = _take_approval(connection, candidate, requesters, actor=actor, now=now, hold=hold)
        else:
            taken = _take_free(connection, candidate, actor=actor, now=now, hold=hold)
        if taken:
            return str(candidate.case_id)
    return None


def held_by(connection: Connection, actor: Principal, *, now: datetime) -> Sequence[Any]:
    """Return the tasks somebody holds now, also rulings they are about to approve, the first to run out first."""
    query = (
        select(tasks.c.case_id, tasks.c.claimed_until)
        .where(tasks.c.claimed_by == actor.name, tasks.c.state.in_(("claimed", APPROVAL)), tasks.c.claimed_until > now)
        # What they have ruled on and may still undo is theirs, but nothing to be done.
        .where(~select(pending_rulings.c.case_id).where(pending_rulings.c.case_id == tasks.c.case_id).exists())
        .order_by(tasks.c.claimed_until, tasks.c.seq)
        .limit(HELD)
    )
    return connection.execute(query).all()


def worth(saved_per_minute: float, *, created_at: datetime, due_at: datetime, now: datetime) -> float:
    """Return what a minute of review is worth now: the expected cost it saves, times urgency.

    Urgency is 1 when the case arrives and 2 when it is due.
    """
    allowed = (due_at - created_at).total_seconds()
    used = (now - created_at).total_seconds() / allowed if allowed > 0 else 1.0
    return saved_per_minute * (1.0 + min(1.0, max(0.0, used)))


def _rank(row: Row[Any], now: datetime) -> tuple[Any, ...]:
    """Order candidates: what is put before this person; late ones and what came back, then by priority, which all are
    promises; then by what a minute is worth."""
    value = worth(row.saved_per_minute, created_at=row.created_at, due_at=row.sla_due_at, now=now)
    waits_longer = row.sla_due_at > now and row.back_at is None
    return (
        row.assigned_to is None,
        waits_longer,
        row.priority,
        -value,
        -row.expected_loss,
        row.sla_due_at,
        row.created_at,
        row.seq,
    )


def _candidates(
    connection: Connection, policies: InForce, actor: Principal, now: datetime
) -> Iterator[Row[Any]] | Sequence[Row[Any]]:
    """Read the few best of every queue the actor may work, in one statement."""
    parts = [
        part.limit(PER_QUEUE).subquery()
        for domain in policies
        if actor.may("work_tasks", domain)
        for queue in policies.queues(domain)
        if may_see_queue(policies, domain, queue, actor)
        for part in by_urgency(_offered(domain, actor, now), queue, now)
    ]
    return connection.execute(union_all(*(select(part) for part in parts))).all() if parts else ()


def _offered(domain: str, actor: Principal, now: datetime) -> Any:
    """Select what of a domain may be handed to somebody."""
    columns = (
        tasks.c.case_id, tasks.c.state, tasks.c.priority, tasks.c.saved_per_minute, tasks.c.expected_loss,
        tasks.c.sla_due_at, tasks.c.created_at, tasks.c.seq, tasks.c.back_at, tasks.c.assigned_to,
    )  # fmt: skip
    return select(*columns).where(
        tasks.c.domain == domain, or_(_free(domain, actor, now), _to_approve(domain, actor, now))
    )


def _free(domain: str, actor: Principal, now: datetime) -> ColumnElement[bool]:
    unclaimed = _unclaimed(now)
    # Whoever submitted a case was told the answer, and so cannot audit it.
    own = select(cases.c.case_id).where(cases.c.case_id == tasks.c.case_id, cases.c.submitted_by == actor.name)
    suits = [or_(tasks.c.kind != AUDIT, ~own.exists())]
    # Nor is what is put before somebody else handed to anybody.
    suits.append(or_(tasks.c.assigned_to.is_(None), tasks.c.assigned_to == actor.name))
    # What only an approver may close is not handed to somebody who could only give it back.
    suits += [] if actor.may("approve", domain) else [tasks.c.disposition != "escalate"]
    return and_(unclaimed, *suits)


def _unclaimed(now: datetime) -> ColumnElement[bool]:
    ran_out = and_(tasks.c.state == "claimed", tasks.c.claimed_until <= now)
    return or_(tasks.c.state == "open", ran_out, back_again(now))


def _to_approve(domain: str, actor: Principal, now: datetime) -> ColumnElement[bool]:
    roles = [role for role in ROLES if actor.holds(role, domain)]
    nobody = or_(tasks.c.claimed_until.is_(None), tasks.c.claimed_until <= now)
    return and_(tasks.c.state == APPROVAL, tasks.c.approval_role.in_(roles), tasks.c.ruled_by != actor.name, nobody)


def _take_free(
    connection: Connection, candidate: Row[Any], *, actor: Principal, now: datetime, hold: timedelta
) -> bool:
    query = select(tasks).where(tasks.c.case_id == candidate.case_id, _unclaimed(now)).with_for_update(skip_locked=True)
    task = connection.execute(query).one_or_none()
    if task is None:
        return False
    take(connection, task, actor=actor, now=now, hold=hold)
    return True


def _take_approval(
    connection: Connection,
    candidate: Row[Any],
    requesters: Mapping[str, Sequence[str]],
    *,
    actor: Principal,
    now: datetime,
    hold: timedelta,
) -> bool:
    """Lend a ruling that waits to somebody, so that no second approver is sent to it meanwhile; its state stays."""
    task = task_row(connection, candidate.case_id)
    if task is None or why_not(connection, task, requesters.get(task.domain, ()), actor) is not None:
        return False
    nobody = or_(tasks.c.claimed_until.is_(None), tasks.c.claimed_until <= now)
    lent = (
        update(tasks)
        .where(tasks.c.case_id == candidate.case_id, tasks.c.state == APPROVAL, nobody)
        .values(claimed_by=actor.name, claimed_until=now + hold)
    )
    return connection.execute(lent).rowcount == 1
