"""Where a verdict goes: ordered rules, first match wins."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.document import Disposition, Level, PolicyDocument
from policies.document import Route as RouteRule
from policies.policy import Policy, Verdict


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
    rule = _first_match(document, verdict)
    if verdict.disposition is Disposition.AUTO:
        return Route(rule=rule.id, queue=None, owner_role=None, sla_due_at=None, action=document.auto_action)
    action = rule.action
    if verdict.queue is not None and verdict.queue != rule.queue:
        rule = _rule_of_queue(document, verdict) or rule.model_copy(update={"queue": verdict.queue, "owner_role": None})
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
        sla_due_at=now + timedelta(hours=_sla_hours(rule, verdict.priority)),
        action=action,
    )


def _first_match(document: PolicyDocument, verdict: Verdict) -> RouteRule:
    for rule, holds in zip(document.routes, verdict.route_holds, strict=True):
        fits_cause = rule.causes is None or verdict.cause in rule.causes
        fits_disposition = rule.dispositions is None or verdict.disposition in rule.dispositions
        if holds and fits_cause and fits_disposition:
            return rule
    raise LookupError("a checked policy ends with a route for every case")


def _rule_of_queue(document: PolicyDocument, verdict: Verdict) -> RouteRule | None:
    """Give the queue's route for the cause, else its first."""
    rules = [rule for rule in document.routes if rule.queue == verdict.queue]
    fitting = [rule for rule in rules if rule.causes is not None and verdict.cause in rule.causes]
    return next(iter(fitting + rules), None)


def _sla_hours(rule: RouteRule, priority: Level) -> float:
    """Give the hours a route allows; a level it does not list gets its shortest time."""
    if isinstance(rule.sla_hours, float):
        return rule.sla_hours
    return rule.sla_hours.get(priority, min(rule.sla_hours.values()))
