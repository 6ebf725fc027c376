"""Which route a case takes: ordered rules, first match wins; a queue named by a control comes before the one of the
cause."""

from collections.abc import Sequence
from datetime import datetime

from policies.document.clocks import sla_hours_for
from policies.document.document import Disposition, PolicyDocument, Route
from policies.document.parts import Level
from policies.judging.case_clock import Clocks, Place
from policies.judging.verdict import Assignment, Hit


def first_match(
    document: PolicyDocument, route_holds: Sequence[bool], *, cause: str, disposition: Disposition
) -> tuple[int, Route]:
    """Find the first route whose condition holds and whose causes and dispositions fit, and its place in the
    document."""
    for at, (rule, holds) in enumerate(zip(document.routes, route_holds, strict=True)):
        fits_cause = rule.causes is None or cause in rule.causes
        fits_disposition = rule.dispositions is None or disposition in rule.dispositions
        if holds and fits_cause and fits_disposition:
            return at, rule
    raise LookupError("a checked policy ends with a route for every case")


def of_queue(document: PolicyDocument, queue: str, *, cause: str) -> Route | None:
    """Return a queue's route for the cause, else its first; None where no route leads there."""
    rules = [rule for rule in document.routes if rule.queue == queue]
    fitting = [rule for rule in rules if rule.causes is not None and cause in rule.causes]
    return next(iter(fitting + rules), None)


def assign(
    document: PolicyDocument,
    rule: Route,
    *,
    cause: str,
    disposition: Disposition,
    priority: Level,
    queue: str | None,
    sent_by: Hit | None,
    clocks: Clocks,
    place: Place,
    now: datetime,
) -> Assignment:
    """Return who handles a case by when; clocks: the document's.

    rule: the first route that matches. queue: where a control, override or fallback rule sends the case instead;
    sent_by: the control or override rule that does.
    """
    if disposition is Disposition.AUTO:
        return Assignment(rule=rule.id, queue=None, owner_role=None, clock=None, action=document.auto_action)
    action = rule.action
    if queue is not None and queue != rule.queue:
        theirs = of_queue(document, queue, cause=cause)
        # Nor may a ladder written for another queue take cases out of this one.
        rule = theirs or rule.model_copy(update={"queue": queue, "owner_role": None, "ladder": None})
        # The queue's own route was written for its causes; what a control found is shown instead.
        instruction = f"{sent_by.title.rstrip('.')}. Look into that first." if sent_by is not None else rule.action
        action = rule.action if rule.causes is not None and cause in rule.causes else instruction
    if sent_by is not None and sent_by.action is not None:
        action = sent_by.action
    return Assignment(
        rule=rule.id,
        queue=rule.queue,
        owner_role=rule.owner_role or document.queues[rule.queue].owner_role,
        clock=clocks.start(
            rule, hours=sla_hours_for(rule.sla_hours, priority), priority=priority, place=place, now=now
        ),
        action=action,
    )


def worked_queues(document: PolicyDocument) -> frozenset[str]:
    """Name the queues in which a case can wait for a person; an automatic one waits in none, whatever its route
    says."""
    named = {rule.queue for rule in (*document.controls, *document.override_rules)}
    named |= {rule.queue for rule in document.fallback_rules}
    if document.audit is not None:
        named.add(document.audit.queue)
    for route in document.routes:
        if route.dispositions is None or set(route.dispositions) != {Disposition.AUTO}:
            named.add(route.queue)
    return frozenset(name for name in named if name is not None)
