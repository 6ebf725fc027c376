"""What waits in the queues, and what of it fits into the reviewers' day: stated, never dropped."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal_column, select

from policies.document.document import Queue
from policies.judging.routing import worked_queues
from triage.db.schema import tasks, waiting_counts
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.review.case_reading import AT_RISK
from triage.review.task_access import RESTING, may_see_queue, rests
from triage.review.waiting import in_order, waits

_TO_WORK_ON: Final = ("open", "claimed")


def queue_counts(
    connection: Connection, *, policies: InForce, actor: Principal, now: datetime, only: str | None = None
) -> list[dict[str, Any]]:
    """Count what waits in every queue the actor may see, or in one of that name: by claim, by SLA state, and in
    reviewers' minutes.

    Left out while they are empty: queues of versions and variants beside the domain's own policy, and those that only
    automatic cases are addressed to, for nobody waits there.
    """
    counted = {(row.domain, row.queue): row for row in connection.execute(_counts(now, only))}
    return [
        _written(domain, name, queue, counted.get((domain, name)))
        | {"capacity": _capacity(connection, domain, name, queue, counted.get((domain, name)), now)}
        for domain, policy in policies.items()
        for people in [worked_queues(policy.document)]
        for name, queue in policies.queues(domain).items()
        if only in (None, name)
        if may_see_queue(policies, domain, name, actor) and (name in people or (domain, name) in counted)
    ]


def queue_names(policies: InForce, actor: Principal) -> list[dict[str, Any]]:
    """Name the queues the actor may see in which somebody may ever wait."""
    return [
        {"domain": domain, "queue": name, "title": queue.title}
        for domain, policy in policies.items()
        for people in [worked_queues(policy.document)]
        for name, queue in policies.queues(domain).items()
        if name in people and may_see_queue(policies, domain, name, actor)
    ]


def _counts(now: datetime, only: str | None) -> Any:
    """Select what waits by queue: sums of the hours, and of the hours that `now` and `now + AT_RISK` lie in the tasks
    themselves."""
    soon, kept = now + AT_RISK, waiting_counts.c
    summed = select(
        kept.domain,
        kept.queue,
        *(func.sum(kept[name]).label(name) for name in ("waiting", "approval", "audits", "to_work_on")),
        *(func.sum(kept[name]).label(name) for name in ("minutes", "loss")),
        func.min(kept.due_hour).label("first_hour"),
        _waiting_before(_hour(now)).label("late"),
        _waiting_before(_hour(soon)).label("soon"),
    )
    if only is not None:
        summed = summed.where(kept.queue == only)
    sums = summed.where(kept.waiting > 0).group_by(kept.domain, kept.queue).subquery()
    held = and_(tasks.c.state == literal_column("'claimed'"), tasks.c.claimed_until > now)
    due = tasks.c.sla_due_at
    return select(
        sums,
        _tasks_of(sums, func.count(), held).label("claimed"),
        *(
            _tasks_of(sums, func.count(), rests(), tasks.c.back_at > now, tasks.c.state == state).label(state)
            for state in RESTING
        ),
        _tasks_of(sums, func.count(), waits(), due.between(_hour(now), now)).label("late_this_hour"),
        _tasks_of(sums, func.count(), waits(), due.between(_hour(soon), soon)).label("soon_that_hour"),
        _tasks_of(sums, func.min(due), waits(), due >= sums.c.first_hour).label("next_due_at"),
    )


def _waiting_before(hour: datetime) -> ColumnElement[int]:
    counted = func.sum(waiting_counts.c.waiting).filter(waiting_counts.c.due_hour < hour)
    return func.coalesce(counted, 0)


def _tasks_of(sums: Any, figure: Any, *conditions: ColumnElement[bool]) -> Any:
    own = (tasks.c.domain == sums.c.domain, tasks.c.queue == sums.c.queue)
    return select(figure).select_from(tasks).where(*own, *conditions).correlate(sums).scalar_subquery()


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _written(domain: str, name: str, queue: Queue, row: Row[Any] | None) -> dict[str, Any]:
    waiting, claimed, approval, overdue, at_risk = 0, 0, 0, 0, 0
    resting = {state: getattr(row, state) if row is not None else 0 for state in RESTING}
    if row is not None:
        waiting, claimed, approval, overdue = row.waiting, row.claimed, row.approval, row.late + row.late_this_hour
        at_risk = row.soon + row.soon_that_hour - overdue
    return {
        "queue": name,
        "title": queue.title,
        "domain": domain,
        "owner_role": queue.owner_role,
        "restricted": queue.restricted,
        "open": waiting - claimed - approval - sum(resting.values()),
        "claimed": claimed,
        "approval": approval,
        **resting,
        "audits": row.audits if row else 0,
        "overdue": overdue,
        "at_risk": at_risk,
        "on_track": waiting - overdue - at_risk,
        "next_due_at": _iso(row.next_due_at) if row else None,
        "minutes_waiting": round(row.minutes or 0.0, 1) if row else 0.0,
        "minutes_per_day": queue.minutes_per_day,
    }


def _capacity(
    connection: Connection, domain: str, name: str, queue: Queue, counted: Row[Any] | None, now: datetime
) -> dict[str, Any] | None:
    """Return how many tasks fit into what is left of today's minutes, in the order they are worked, and what does not.

    Minutes are those expected of each task, also of the tasks done since midnight UTC. None where nobody counts
    minutes.
    """
    if queue.minutes_per_day is None:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = connection.execute(
        select(func.coalesce(func.sum(tasks.c.minutes), 0.0)).where(
            tasks.c.domain == domain, tasks.c.queue == name, tasks.c.done_at >= midnight
        )
    ).scalar_one()
    left = max(0.0, queue.minutes_per_day - spent)
    fit, until_done, loss = set(), 0.0, 0.0
    workable = and_(tasks.c.domain == domain, tasks.c.state.in_(_TO_WORK_ON))
    for _, task in in_order(connection, name, now=now, where=workable) if counted else ():
        until_done += task.minutes
        if until_done > left:
            break
        fit.add(task.case_id)
        loss += task.expected_loss
    beyond = counted.to_work_on - len(fit) if counted else 0
    return {
        "minutes_left_today": round(left, 1),
        "fit_today": len(fit),
        "beyond_today": {
            "count": beyond,
            "expected_loss": round(counted.loss - loss, 2) if counted and beyond else 0.0,
            "oldest_created_at": _iso(_oldest_beyond(connection, domain, name, fit)) if beyond else None,
        },
    }


def _oldest_beyond(connection: Connection, domain: str, name: str, fit: Collection[str]) -> datetime | None:
    """Return when the oldest task that does not fit arrived: of one more than fit, at least one does not."""
    arrived: list[tuple[int, datetime]] = []
    # State by state: each is an index in the order of arrival.
    for state in _TO_WORK_ON:
        oldest = (
            select(tasks.c.case_id, tasks.c.seq, tasks.c.created_at)
            .where(tasks.c.queue == name, tasks.c.state == state, tasks.c.domain == domain)
            .order_by(tasks.c.seq)
            .limit(len(fit) + 1)
        )
        beyond = (row for row in connection.execute(oldest) if row.case_id not in fit)
        arrived += [(row.seq, row.created_at) for row in beyond][:1]
    return min(arrived)[1] if arrived else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
