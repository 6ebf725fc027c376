"""What follows for a case by its route: the steps that its policy plans, ready to be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from features.columns import field_kinds
from features.fields import Payload
from models.score import SCORE_FACTS
from policies.document.document import Disposition
from policies.document.steps import Occasion
from policies.judging.case_clock import NOWHERE, Place
from policies.judging.policy import Policy
from triage.handoff.step_states import BLOCKED, LOOKUP, OPEN, WAITING, CaseStep
from triage.ids import new_id
from triage.intake.decision import Decision
from triage.intake.judgement import Judgement
from triage.intake.looking_up import Unknown

_RETURNED: Final = {"number": "number", "money": "number", "flag": "flag"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decided case, as its steps see it. features: of the decision; ruling: what a person ruled, by name."""

    case_id: str
    decision: Decision
    payload: Payload
    attributes: Mapping[str, Any]
    features: Sequence[float]
    fx_rate: float
    currency: str
    site_id: str | None
    ruling: Mapping[str, Any]
    place: Place = NOWHERE


def first_steps(judged: Judgement) -> list[CaseStep]:
    """Plan what follows the decision on a recorded case."""
    asked = [_lookup_step(judged, one) for one in judged.case.unknown]
    if not judged.policy.steps:
        return asked
    return asked + follow(judged.policy, first_occasion(judged), decided(judged), now=judged.decided_at)[0]


def _lookup_step(judged: Judgement, unknown: Unknown) -> CaseStep:
    """Return the step that finds out what a look-up did not: asked again by itself, and of people where it matters."""
    lookup, case = unknown.lookup, judged.case
    kinds = {kind.name: _RETURNED.get(kind.kind, "text") for kind in field_kinds(judged.policy.recipe.payload)}
    declared = {f"attributes.{name}": kind for name, kind in judged.policy.document.attributes.items()}
    returns = {target: (kinds | declared)[target] for target in lookup.gives}
    asked = dict(zip(lookup.key, unknown.values, strict=True))
    ask = lookup.ask if lookup.matters else None
    return CaseStep(
        step_id=new_id(), case_id=judged.case_id or "", domain=case.domain, name=f"lookup_{lookup.id}"[:40],
        occasion=LOOKUP, kind=LOOKUP, state=OPEN if ask is not None else WAITING, created_at=judged.decided_at,
        plan={
            "after": [], "on_failure": "go_on", "returns": returns, "lookup": lookup.model_dump(mode="json"),
            "values": list(unknown.values), "exception_id": case.exception_id,
            "due_hours": ask.due_hours if ask is not None else None,
            "counted": judged.policy.clocks.hours_kept(ask.calendar if ask is not None else None, case.place),
        },
        said={"title": f"Find out: {lookup.title}", "text": unknown.why, "body": {"asked_by": asked}},
        queue=ask.queue if ask is not None else None,
        owner_role=judged.policy.document.queues[ask.queue].owner_role if ask is not None else None,
        site_id=case.site_id,
    )  # fmt: skip


def first_occasion(judged: Judgement) -> Occasion:
    """Return the occasion that a decision is."""
    automatic = judged.verdict.disposition is Disposition.AUTO
    return Occasion.AUTOMATIC if automatic else Occasion.DECISION


def decided(judged: Judgement, *, ruling: Mapping[str, Any] | None = None) -> Decided:
    """Return a judgement as its steps see it."""
    case = judged.case
    return Decided(
        case_id=judged.case_id or "", decision=judged.decision, payload=case.payload, attributes=case.attributes,
        features=judged.features, fx_rate=case.fx_rate, currency=case.currency, site_id=case.site_id,
        ruling=ruling or {}, place=case.place,
    )  # fmt: skip


def follow(policy: Policy, occasion: Occasion, case: Decided, *, now: datetime) -> tuple[list[CaseStep], list[str]]:
    """Plan what follows for a case on an occasion; return the steps, and the names of those left out."""
    decision = case.decision
    context = {
        "case_id": case.case_id, "exception_id": decision.exception_id, "domain": decision.domain,
        "site_id": case.site_id, "currency": case.currency, "disposition": decision.disposition,
        "priority": decision.priority, "queue": decision.route.queue, "action": decision.recommended_action,
    }  # fmt: skip
    planned, left_out = policy.follow(
        decision.route.rule or "", occasion, payload=case.payload, attributes=case.attributes, features=case.features,
        fx_rate=case.fx_rate, score=_score(policy, decision), context=context | dict(case.ruling),
        place=case.place,
    )  # fmt: skip
    return [
        CaseStep(
            step_id=new_id(), case_id=case.case_id, domain=decision.domain, name=one.id, occasion=occasion.value,
            kind=one.kind, state=BLOCKED, plan=one.plan | {"exception_id": decision.exception_id}, created_at=now,
            site_id=case.site_id,
        )
        for one in planned
    ], left_out  # fmt: skip


def _score(policy: Policy, decision: Decision) -> dict[str, float | str | None]:
    """Return the score's facts; under a fallback rule only the cause that it names, where it names one."""
    facts: dict[str, float | str | None] = dict.fromkeys(SCORE_FACTS)
    facts["cause"] = decision.cause.label if decision.cause.label in policy.causes else None
    if decision.risk is not None:
        facts |= {name: getattr(decision, name) for name in ("risk", "impact", "expected_loss")}
        facts["cause_probability"] = decision.cause.probability if facts["cause"] is not None else None
    return facts
