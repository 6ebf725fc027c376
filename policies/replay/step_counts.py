"""What a policy's steps would do over many stored cases: how often each would begin on the decision, by whom it
reaches."""

from dataclasses import dataclass
from typing import Any

import cel
import numpy as np

from policies.document.document import Disposition
from policies.document.steps import RULINGS, Occasion
from policies.judging.policy import Policy
from policies.judging.rules import nested, run
from policies.judging.step_rules import DECIDED, CompiledStep
from policies.replay.columnar import DISPOSITIONS, Verdicts
from policies.replay.facts import Cases, Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """How often a step would begin.

    reaches: the system or queue; cases: on how many, at most where the answer of an earlier step, or the ruling of a
    person, has its say as well.
    """

    route: str
    step: str
    kind: str
    reaches: str
    cases: int
    at_most: bool


def count_steps(policy: Policy, cases: Cases, verdicts: Verdicts) -> list[StepCount]:
    """Count the steps of stored cases as a policy would decide them, in the order of its document."""
    if not policy.steps:
        return []
    facts = Facts(policy, cases)
    automatic = verdicts.dispositions == Disposition.AUTO.rank
    counts = []
    for route, steps in policy.steps.items():
        own = verdicts.routes == route
        for one in steps:
            members = [place for occasion in one.step.occasions for place in _places(occasion, own, automatic)]
            held = [at for at in dict.fromkeys(members) if _holds(one, facts, verdicts, at)]
            reaches = getattr(one.step, "system", None) or getattr(one.step, "queue", None) or "a callback"
            at_most = bool(one.late) or bool(RULINGS.intersection(one.step.occasions))
            counts.append(
                StepCount(
                    route=route, step=one.step.id, kind=one.step.kind, reaches=reaches, cases=len(held), at_most=at_most
                )
            )
    return counts


def _places(occasion: Occasion, own: Any, automatic: Any) -> list[int]:
    """Find the cases of a route on an occasion; a ruling may come to every one that waits for a person."""
    chosen = own & automatic if occasion is Occasion.AUTOMATIC else own & ~automatic
    places: list[int] = np.flatnonzero(chosen).tolist()
    return places


def _holds(one: CompiledStep, facts: Facts, verdicts: Verdicts, at: int) -> bool:
    if one.rule is None or one.late or any(name.startswith("ruling_") or name == "ruled_by" for name in one.rule.reads):
        return True
    decided = {
        "disposition": DISPOSITIONS[int(verdicts.dispositions[at])].value,
        "priority": verdicts.priorities[at], "queue": verdicts.queues[at],
    }  # fmt: skip
    read = facts.row(at, [name for name in one.rule.reads if name not in DECIDED])
    known = read | {name: decided[name] for name in DECIDED if name in one.rule.reads}
    return run(one.rule, cel.Context(nested(known))) is True
