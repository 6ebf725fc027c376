"""Checks of what follows a decision: steps nothing reaches, systems nobody calls, waits that nothing can end."""

from collections.abc import Iterator
from typing import Final

from policies.checking.findings import Finding, finding
from policies.document.document import Disposition, Route
from policies.document.steps import RULINGS, CallSystem, Occasion, Step, WaitFor
from policies.judging.policy import Policy
from policies.judging.step_rules import earlier

_NEVER: Final = frozenset({"false"})


def steps(policy: Policy) -> Iterator[Finding]:
    """Steps on an occasion their route never has, waited for in vain, or called back by nobody."""
    for at, route in enumerate(policy.document.routes):
        for place, step in enumerate(route.steps):
            here = ("routes", at, "steps", place)
            idle = [occasion for occasion in step.occasions if not _has(route, occasion)]
            if len(idle) == len(step.occasions) or (step.when or "").strip() in _NEVER:
                yield finding(
                    policy, "error", "step-not-reached", here,
                    f"{route.id} never comes to {step.id}: the route has no {', '.join(idle) or 'such'} cases",
                    "put it on another occasion or route, or remove it",
                )  # fmt: skip
            for name in step.after:
                other = next(one for one in route.steps if one.id == name)
                if not _meet(step, other):
                    yield finding(
                        policy, "warning", "step-order-idle", (*here, "after"),
                        f"{step.id} comes after {name}, which is never there on its occasions",
                        "give both one occasion, or leave `after` out",
                    )  # fmt: skip
            yield from _unanswered(policy, route, step, here)


def systems(policy: Policy) -> Iterator[Finding]:
    """Systems that no step reaches."""
    called = {getattr(step, "system", None) for route in policy.document.routes for step in route.steps}
    for name in policy.document.systems:
        if name not in called:
            yield finding(
                policy, "warning", "system-not-used", ("systems", name), f"no step reaches {name}",
                "use it or remove it",
            )  # fmt: skip


def _unanswered(policy: Policy, route: Route, step: Step, here: tuple[str | int, ...]) -> Iterator[Finding]:
    if isinstance(step, WaitFor) and step.until == "callback":
        asked = [one for one in earlier(route, step) if isinstance(one, CallSystem)]
        if not asked:
            yield finding(
                policy, "warning", "wait-unasked", here,
                f"{step.id} waits for a callback, and no call before it tells anybody where to",
                "put a call before it and name it in `after`",
            )  # fmt: skip


def _has(route: Route, occasion: Occasion) -> bool:
    if route.dispositions is None:
        return True
    automatic = Disposition.AUTO in route.dispositions
    if occasion is Occasion.AUTOMATIC:
        return automatic
    return not automatic or len(route.dispositions) > 1


def _meet(step: Step, before: Step) -> bool:
    """Return whether a step is ever there together with one before it."""
    found = set(before.occasions)
    return any(occasion in found or (occasion in RULINGS and Occasion.DECISION in found) for occasion in step.occasions)
