"""A case tried on its route: every step it would have, with what it would say and send. Nothing is sent or written."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from policies.document.document import Disposition
from policies.document.steps import Occasion
from policies.judging.policy import Policy
from policies.judging.step_plans import UnfilledError, filled, is_wanted
from triage.handoff.step_states import CaseStep
from triage.intake.following import Decided, follow
from triage.review.ruling_steps import ruling_facts

YOU = "user:you"


def try_route(
    policy: Policy,
    case: Decided,
    *,
    connected: Collection[str],
    results: Mapping[str, Any],
    now: datetime,
) -> list[dict[str, Any]]:
    """List the steps of a case on each of its occasions, in the order of the policy.

    connected: names of the endpoints there are. results: what earlier steps are taken to return, by `step_field`. The
    rulings are taken to be made by YOU, for the cause that was decided.
    """
    automatic = case.decision.disposition is Disposition.AUTO
    occasions = [Occasion.AUTOMATIC] if automatic else [Occasion.DECISION, Occasion.ACCEPTED, Occasion.CORRECTED]
    tried = []
    for occasion in occasions:
        ruling = {"action": occasion.value, "cause": case.decision.cause.label, "reason_code": "other", "comment": None}
        facts = ruling_facts(ruling, YOU) if occasion in (Occasion.ACCEPTED, Occasion.CORRECTED) else {}
        planned, left_out = follow(policy, occasion, replace(case, ruling=facts), now=now)
        tried += [_tried(step, connected, results) for step in planned]
        tried += [
            {"occasion": occasion.value, "step": name, "becomes": "its condition does not hold"} for name in left_out
        ]
    return tried


def _tried(step: CaseStep, connected: Collection[str], results: Mapping[str, Any]) -> dict[str, Any]:
    plan = step.plan
    known = {name: results.get(name) for name in plan["late"]}
    try:
        wanted, said = is_wanted(plan, known), filled(plan, known)
    except UnfilledError as error:
        return {"occasion": step.occasion, "step": step.name, "kind": step.kind, "becomes": f"fails: {error}"}
    system = plan.get("system")
    becomes = "begins" if not plan["after"] else f"begins after {', '.join(plan['after'])}"
    if plan["late"]:
        shown = ", ".join(f"{name} = {value}" for name, value in known.items())
        becomes = f"{becomes if wanted else 'is skipped'}, by {shown}"
    elif system is not None and system not in connected:
        becomes = f"not connected: add an endpoint named {system}"
    return {
        "occasion": step.occasion, "step": step.name, "kind": step.kind, "reaches": system or plan.get("queue"),
        "becomes": becomes, "operation": plan.get("operation"), "title": said.get("title"), "text": said.get("text"),
        "body": said["body"] or None, "on_failure": plan["on_failure"],
        "hours": plan.get("due_hours") or plan.get("timeout_hours"),
    }  # fmt: skip
