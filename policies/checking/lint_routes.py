"""Checks of where cases go: routes nothing reaches, causes, priorities and queues nobody thought of."""

from collections.abc import Iterator, Sequence
from typing import Final, get_args

from models.score import UNKNOWN_CAUSE
from policies.checking.findings import Finding, finding
from policies.checking.lint_rules import same_condition
from policies.document.document import Disposition, Route
from policies.document.parts import Level
from policies.judging.policy import Policy
from policies.judging.step_rules import queues_of

_LEVELS: Final[Sequence[Level]] = get_args(Level)


def unreachable_routes(policy: Policy) -> Iterator[Finding]:
    """A route gets the causes and dispositions that no route without a condition takes before it."""
    causes = (*policy.causes, UNKNOWN_CAUSE)
    taken: dict[tuple[str, Disposition], str] = {}
    for at, route in enumerate(policy.document.routes):
        wanted = [
            (cause, disposition)
            for cause in route.causes or causes
            for disposition in route.dispositions or Disposition
        ]
        left = [pair for pair in wanted if pair not in taken]
        twin = next(
            (
                earlier
                for earlier in policy.document.routes[:at]
                if same_condition(earlier, route) and _within(route, earlier)
            ),
            None,
        )
        if not left or twin is not None:
            first = twin.id if twin is not None else taken[wanted[0]]
            yield finding(
                policy, "error", "unreachable-route", ("routes", at), f"{route.id} is never reached: {first} takes its "
                "cases",
                "remove it, put it before, or narrow the earlier one",
            )  # fmt: skip
        else:
            for cause in route.causes or ():
                if not any(pair[0] == cause for pair in left):
                    first = taken[next(pair for pair in wanted if pair[0] == cause)]
                    yield finding(
                        policy, "warning", "overlapping-routes", ("routes", at, "causes"),
                        f"{route.id} never gets {cause}: {first} takes it before", "name the cause in one of the two "
                        "only",
                    )  # fmt: skip
        if route.when is None:
            taken |= dict.fromkeys(left, route.id)


def gaps(policy: Policy) -> Iterator[Finding]:
    """Causes no route names, levels no rule gives, a policy that never escalates, levels without a time."""
    document = policy.document
    named = {cause for route in document.routes for cause in route.causes or ()}
    last = len(document.routes) - 1
    for cause in policy.causes:
        if cause not in named:
            yield finding(
                policy, "warning", "cause-without-route", ("routes", last),
                f"no route names {cause}; it goes to {document.routes[last].id}", f"add a route for {cause}, or name "
                "it in one",
            )  # fmt: skip
    given = {rule.level for rule in document.priorities}
    for level in _LEVELS:
        if level not in given:
            yield finding(
                policy, "warning", "priority-not-given", ("priorities",), f"no case ever gets {level}",
                f"add a priority {level}, or leave it if you work without one",
            )  # fmt: skip
    cut = document.thresholds
    raised: set[Disposition] = {rule.raise_to for rule in (*document.controls, *document.override_rules)}
    raised |= {rule.disposition for rule in document.fallback_rules}
    if Disposition.ESCALATE not in raised and cut.escalate_at_risk >= 1.0 and cut.escalate_at_expected_loss is None:
        yield finding(
            policy, "warning", "nothing-escalates", ("thresholds",), "no control, rule or cut-off ever escalates",
            "say which cases a senior person must see",
        )  # fmt: skip
    for at, route in enumerate(document.routes):
        missing = [level for level in _LEVELS if isinstance(route.sla_hours, dict) and level not in route.sla_hours]
        if missing:
            yield finding(
                policy, "warning", "time-not-given", ("routes", at, "sla_hours"),
                f"{route.id} gives no time for {', '.join(missing)}; they get its shortest", "give each level its "
                "hours",
            )  # fmt: skip


def queues(policy: Policy) -> Iterator[Finding]:
    """Queues nothing leads to, and queues that get cases no route gives a time."""
    document = policy.document
    routed = {route.queue for route in document.routes}
    sent = {rule.queue for rule in (*document.controls, *document.override_rules) if rule.queue is not None}
    sent |= {rule.queue for rule in document.fallback_rules if rule.queue is not None}
    stepped = {queue for route in document.routes for step in route.steps for queue in queues_of(step)}
    audited = {document.audit.queue} if document.audit is not None else set()
    for name in document.queues:
        if name not in routed | sent | audited | stepped:
            yield finding(
                policy, "warning", "queue-not-reached", ("queues", name), f"nothing ever waits in {name}",
                "remove the queue, or name it in a route",
            )  # fmt: skip
        elif name in sent - routed:
            yield finding(
                policy, "warning", "queue-without-route", ("queues", name),
                f"rules send cases to {name}, and no route says by when", "add a route to it, with its hours",
            )  # fmt: skip


def _within(route: Route, wider: Route) -> bool:
    fits_causes = wider.causes is None or (route.causes is not None and set(route.causes) <= set(wider.causes))
    return fits_causes and (
        wider.dispositions is None
        or (route.dispositions is not None and set(route.dispositions) <= set(wider.dispositions))
    )
