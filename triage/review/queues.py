"""What waits in the queues, and what of it fits into the reviewers' day: stated, never dropped."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from policies.document.document import Queue
from policies.judging.routing import worked_queues
from triage.access import Principal
from triage.db.schema import tasks
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.review.case_reading import AT_RISK
from triage.review.task_access import APPROVAL, may_see_queue
from triage.review.waiting import in_order, waits

_TO_WORK_ON: Final = ("open", "claimed")


def queue_counts(connection: Connection, *, policies: InForce, actor: Principal, now: datetime) -> list[dict[str, Any]]:
    """Count what waits in every queue the actor may see: by claim, by SLA state, and in reviewers' minutes.

    Left out while they are empty: queues of versions and variants beside the domain's own policy, and those that only
    automatic cases are addressed to, for nobody waits there.
    """
    counted = {(row.domain, row.queue): row for row in connection.execute(_counts(now))}
    return [
        _written(domain, name, queue, counted.get((domain, name)))
        | {"capacity": _capacity(connection, domain, name, queue, counted.get((domain, name)), now)}
        for domain, policy in policies.items()
        for people in [worked_queues(policy.document)]
        for name, queue in policies.queues(domain).items()
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


def _counts(now: datetime) -> Any:
    overdue = tasks.c.sla_due_at <= now
    soon = and_(tasks.c.sla_due_at > now, tasks.c.sla_due_at <= now + AT_RISK)
    return (
        select(
            tasks.c.domain,
            tasks.c.queue,
            func.count().label("waiting"),
            func.count().filter(and_(tasks.c.state == "claimed", tasks.c.claimed_until > now)).label("claimed"),
            func.count().filter(tasks.c.state == APPROVAL).label("approval"),
            func.count().filter(tasks.c.kind == AUDIT).label("audits"),
            func.count().filter(overdue).label("overdue"),
            func.count().filter(soon).label("at_risk"),
            func.min(tasks.c.sla_due_at).label("next_due_at"),
            func.sum(tasks.c.minutes).filter(_to_work_on()).label("minutes"),
            func.count().filter(_to_work_on()).label("to_work_on"),
            func.sum(tasks.c.expected_loss).filter(_to_work_on()).label("loss"),
        )
        .where(waits())
        .group_by(tasks.c.domain, tasks.c.queue)
    )


def _to_work_on() -> ColumnElement[bool]:
    """Select what still takes a reviewer's time; a ruling that waits for approval has had its."""
    return tasks.c.state.in_(_TO_WORK_ON)


def _written(domain: str, name: str, queue: Queue, row: Row[Any] | None) -> dict[str, Any]:
    waiting, claimed, approval, overdue, at_risk = (
        (row.waiting, row.claimed, row.approval, row.overdue, row.at_risk) if row else (0, 0, 0, 0, 0)
    )
    return {
        "queue": name,
        "title": queue.title,
        "domain": domain,
        "owner_role": queue.owner_role,
        "restricted": queue.restricted,
        "open": waiting - claimed - approval,
        "claimed": claimed,
        "approval": approval,
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
    for task in in_order(connection, domain, name, _TO_WORK_ON, now=now) if counted else ():
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
    oldest = (
        select(tasks.c.case_id, tasks.c.created_at)
        .where(tasks.c.domain == domain, tasks.c.queue == name, _to_work_on(), waits())
        .order_by(tasks.c.created_at)
        .limit(len(fit) + 1)
    )
    return next((row.created_at for row in connection.execute(oldest) if row.case_id not in fit), None)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
