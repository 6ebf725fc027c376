"""Where a verdict goes: ordered rules, first match wins."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.document.document import Disposition
from policies.judging.policy import Policy
from policies.judging.routing import first_match, of_queue, sla_hours
from policies.judging.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Who handles a case by when. queue, owner_role and sla_due_at are None where nobody has to."""

    rule: str
    queue: str | None
    owner_role: str | None
    sla_due_at: datetime | None
    action: str


def route(policy: Policy, verdict: Verdict, *, now: datetime) -> Route:
    """Choose the route of a verdict; a queue named by a control comes before the one of the cause."""
    document = policy.document
    _, rule = first_match(document, verdict.route_holds, cause=verdict.cause, disposition=verdict.disposition)
    if verdict.disposition is Disposition.AUTO:
        return Route(rule=rule.id, queue=None, owner_role=None, sla_due_at=None, action=document.auto_action)
    action = rule.action
    if verdict.queue is not None and verdict.queue != rule.queue:
        theirs = of_queue(document, verdict.queue, cause=verdict.cause)
        rule = theirs or rule.model_copy(update={"queue": verdict.queue, "owner_role": None})
        # The queue's own route was written for its causes; what a control found is told instead.
        told = (
            f"{verdict.sent_by.title.rstrip('.')}. Look into that first."
            if verdict.sent_by is not None
            else rule.action
        )
        action = rule.action if rule.causes is not None and verdict.cause in rule.causes else told
    if verdict.sent_by is not None and verdict.sent_by.action is not None:
        action = verdict.sent_by.action
    return Route(
        rule=rule.id,
        queue=rule.queue,
        owner_role=rule.owner_role or document.queues[rule.queue].owner_role,
        sla_due_at=now + timedelta(hours=sla_hours(rule, verdict.priority)),
        action=action,
    )
