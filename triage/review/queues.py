"""What waits in the queues, and what of it fits into the reviewers' day: stated, never dropped."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from policies.document.document import Queue
from policies.judging.routing import worked_queues
from triage.access import Principal
from triage.db.schema import tasks
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.review.case_reading import AT_RISK
from triage.review.task_access import APPROVAL, may_see_queue, urgency


def queue_counts(connection: Connection, *, policies: InForce, actor: Principal, now: datetime) -> list[dict[str, Any]]:
    """Count what waits in every queue the actor may see: by claim, by SLA state, and in reviewers' minutes.

    Left out while they are empty: queues of versions and variants beside the domain's own policy, and those that only
    automatic cases are addressed to, for nobody waits there.
    """
    counted = {(row.domain, row.queue): row for row in connection.execute(_counts(now))}
    return [
        _written(domain, name, queue, counted.get((domain, name)))
        | {"capacity": _capacity(connection, domain, name, queue, now)}
        for domain, policy in policies.items()
        for people in [worked_queues(policy.document)]
        for name, queue in policies.queues(domain).items()
        if may_see_queue(policies, domain, name, actor) and (name in people or (domain, name) in counted)
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
        )
        .where(tasks.c.state != "done")
        .group_by(tasks.c.domain, tasks.c.queue)
    )


def _to_work_on() -> ColumnElement[bool]:
    """Select what still takes a reviewer's time; a ruling that waits for approval has had its."""
    return tasks.c.state.in_(["open", "claimed"])


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


def _capacity(connection: Connection, domain: str, name: str, queue: Queue, now: datetime) -> dict[str, Any] | None:
    """Return how many tasks fit into what is left of today's minutes, in the order they are worked, and what does not.

    Minutes are those expected of each task, also of the tasks done since midnight UTC. None where nobody counts
    minutes.
    """
    if queue.minutes_per_day is None:
        return None
    own = (tasks.c.domain == domain, tasks.c.queue == name)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = connection.execute(
        select(func.coalesce(func.sum(tasks.c.minutes), 0.0)).where(
            *own, tasks.c.state == "done", tasks.c.done_at >= midnight
        )
    ).scalar_one()
    left = max(0.0, queue.minutes_per_day - spent)
    ordered = (
        select(
            func.sum(tasks.c.minutes).over(order_by=urgency(now), rows=(None, 0)).label("until_done"),
            tasks.c.expected_loss,
            tasks.c.created_at,
        )
        .where(*own, _to_work_on())
        .subquery()
    )
    beyond = ordered.c.until_done > left
    row = connection.execute(
        select(
            func.count().filter(~beyond).label("fit"),
            func.count().filter(beyond).label("beyond"),
            func.sum(ordered.c.expected_loss).filter(beyond).label("loss"),
            func.min(ordered.c.created_at).filter(beyond).label("oldest"),
        ).select_from(ordered)
    ).one()
    return {
        "minutes_left_today": round(left, 1),
        "fit_today": row.fit,
        "beyond_today": {
            "count": row.beyond,
            "expected_loss": round(row.loss or 0.0, 2),
            "oldest_created_at": _iso(row.oldest),
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
