"""Which route a case takes: ordered rules, first match wins; a queue named by a control comes before the one of the cause."""

from collections.abc import Sequence

from policies.document.document import Disposition, Level, PolicyDocument, Route


def first_match(
    document: PolicyDocument, route_holds: Sequence[bool], *, cause: str, disposition: Disposition
) -> tuple[int, Route]:
    """Find the first route whose condition holds and whose causes and dispositions fit, and its place in the document."""
    for at, (rule, holds) in enumerate(zip(document.routes, route_holds, strict=True)):
        fits_cause = rule.causes is None or cause in rule.causes
        fits_disposition = rule.dispositions is None or disposition in rule.dispositions
        if holds and fits_cause and fits_disposition:
            return at, rule
    raise LookupError("a checked policy ends with a route for every case")


def of_queue(document: PolicyDocument, queue: str, *, cause: str) -> Route | None:
    """Give a queue's route for the cause, else its first; None where no route leads there."""
    rules = [rule for rule in document.routes if rule.queue == queue]
    fitting = [rule for rule in rules if rule.causes is not None and cause in rule.causes]
    return next(iter(fitting + rules), None)


def sla_hours(route: Route, priority: Level) -> float:
    """Return the hours from the decision to the due time; a level the route does not list gets its shortest time."""
    if isinstance(route.sla_hours, float):
        return route.sla_hours
    return route.sla_hours.get(priority, min(route.sla_hours.values()))


def worked_queues(document: PolicyDocument) -> frozenset[str]:
    """Name the queues in which a case can wait for a person; an automatic one waits in none, whatever its route says."""
    named = {rule.queue for rule in (*document.controls, *document.override_rules)}
    named |= {rule.queue for rule in document.fallback_rules}
    if document.audit is not None:
        named.add(document.audit.queue)
    for route in document.routes:
        if route.dispositions is None or set(route.dispositions) != {Disposition.AUTO}:
            named.add(route.queue)
    return frozenset(name for name in named if name is not None)
