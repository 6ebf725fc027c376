"""What the case page shows of one case, worked out before the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policies.document.document import Disposition, PolicyDocument
from serving import review
from serving.auth import Caller
from serving.pages import panels, values, views
from serving.pages.pass_on import RESTS
from serving.pages.step_pages import shown_steps
from serving.pages.templating import words
from serving.pages.visit import Visit
from serving.transactions import Act
from triage.domain import Domain
from triage.intake.blind import is_blind
from triage.intake.decision import Decision
from triage.review.approval import why_not
from triage.review.suggestion import AS_SUGGESTED, Suggestion, suggest
from triage.review.task_access import APPROVAL, RESTING, task_row

KEYS: Final = "1234567890"
"""The keys of the first choices of a list; the others are chosen by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice of a ruling. key: what picks it, empty for none. settles: the only action it allows, empty for
    both."""

    value: str
    text: str
    key: str = ""
    suggested: bool = False
    settles: str = ""


def case_view(act: Act, visit: Visit, case_id: str) -> dict[str, Any]:
    """Return everything the case page shows; raises NotFoundError for a case this person may not know of."""
    found = review.read_case(act, case_id)
    case, decision, payload, task = found["case"], found["decision"], found["payload"], found["task"]
    domain = visit.service.domains[case["domain"]]
    document = visit.service.policies.for_case(domain.name, case["envelope"]).document
    queue = visit.service.policies.queues(domain.name).get(task["queue"]) if task else None
    blind = task is not None and is_blind(task["kind"], task["state"])
    evidence = views.evidence(decision.reasons)
    related, links = review.read_related(act, domain, found)
    links |= review.read_cases_named(act, domain.name, evidence.doubles)
    suggestion = None if blind else suggest(
        cause=decision.cause.label, risk=decision.risk, disposition=decision.disposition, heads=domain.heads
    )  # fmt: skip
    around = panels.background(
        related, as_of=case["as_of"], currency=case["currency"], doubles=() if blind else evidence.doubles
    )
    labels = domain.heads.labels
    return {
        "case": case,
        "decision": decision,
        "task": task,
        "queue_title": queue.title if queue else task["queue"] if task else "",
        "domain": domain,
        "currency": decision.currency,
        "subject": views.subject(domain, payload, case["currency"]),
        "writings": views.writings(domain, payload, case["currency"]),
        "panels": panels.shown_panels(domain, payload, background=around),
        "sections": views.sections(domain, payload, case["currency"]),
        "missing": views.missing(domain, payload),
        "attributes": found["attributes"],
        "blind": blind,
        "causes": views.causes(decision.cause, labels),
        "cause": labels.get(decision.cause.label, words(decision.cause.label)),
        "suggestion": suggestion,
        "cause_choices": _causes(domain, decision, suggestion),
        "reason_choices": _choices(document.reason_codes),
        "waiting": _waiting_ruling(task, document),
        "evidence": evidence,
        "links": links,
        "controls": views.controls(domain, decision),
        "policy_text": _policy_text(document, decision, task),
        "promised": views.promised(decision),
        "history": views.history(found, labels, document.reason_codes | {AS_SUGGESTED: "As suggested"}),
        "reason_codes": document.reason_codes | {AS_SUGGESTED: "As suggested"},
        "plain": values.plain,
        "may_close": decision.disposition != Disposition.ESCALATE or visit.caller.principal.may("approve", domain.name),
        "stand": _stand(found, visit.caller),
        "files": review.read_attachments(act, case_id),
        "steps": shown_steps(act, case_id),
        "looked_up": {} if blind else case["envelope"].get("looked_up") or {},
        "rests": RESTS,
        "colleagues": review.read_colleagues(act, domain.name),
        "other_queues": [
            (one["queue"], one["title"])
            for one in review.name_queues(act)
            if task and one["domain"] == domain.name and one["queue"] != task["queue"]
        ],
        "refusal": _why_not_approve(found, act),
    }


def _causes(domain: Domain, decision: Decision, suggestion: Suggestion | None) -> list[Choice]:
    """Return the causes a ruling may name, the likeliest first; of a blind audit in the order of the domain."""
    heads = domain.heads
    cause = decision.cause
    likely = [] if cause.label is None else [cause.label, *(one.label for one in cause.alternatives)]
    ordered = list(dict.fromkeys([*(name for name in likely if name in heads.labels), *heads.labels]))
    settled = dict.fromkeys(heads.always_wrong, "corrected") | dict.fromkeys(heads.never_wrong, "accepted")
    suggested = suggestion.cause if suggestion is not None else cause.label
    return [
        Choice(
            value=name,
            text=heads.labels[name],
            key=KEYS[at] if at < len(KEYS) else "",
            suggested=name == suggested,
            settles=settled.get(name, ""),
        )
        for at, name in enumerate(ordered)
    ]


def _choices(codes: Mapping[str, str]) -> list[Choice]:
    return [
        Choice(value=code, text=text.rstrip("."), key=KEYS[at] if at < len(KEYS) else "")
        for at, (code, text) in enumerate(codes.items())
    ]


def _policy_text(
    document: PolicyDocument, decision: Decision, task: Mapping[str, Any] | None
) -> Sequence[tuple[str, str, str]]:
    """Return id, title and condition of each rule that had a say, as the policy in force words them; nothing of a blind
    audit."""
    fired = {hit.id for hit in decision.controls} | {rule.id for rule in decision.fired}
    fired |= {decision.route.rule} if decision.route.rule else set()
    fired |= {task["approval"]} if task and task["approval"] and decision.disposition is not None else set()
    rules = [(control.id, control.title, control.when) for control in document.controls]
    rules += [(rule.id, rule.title, rule.when) for rule in document.override_rules]
    rules += [(rule.id, rule.title, rule.when or "") for rule in document.fallback_rules]
    rules += [(rule.id, rule.title, rule.when) for rule in document.four_eyes]
    rules += [(route.id, route.action, route.when or "") for route in document.routes]
    return [(id_, title, when or "otherwise") for id_, title, when in rules if id_ in fired]


def _waiting_ruling(task: dict[str, Any] | None, document: PolicyDocument) -> dict[str, Any] | None:
    """Return the ruling that waits for a second person, with the rule that wants one."""
    if task is None or task["ruling"] is None:
        return None
    rule = next((rule for rule in document.four_eyes if rule.id == task["approval"]), None)
    return {**task["ruling"], "by": task["ruled_by"], "because": rule.title if rule else task["approval"]}


def _why_not_approve(found: Mapping[str, Any], act: Act) -> str | None:
    """Return why this person may not approve the ruling that waits; None where they may, or none waits."""
    if found["task"] is None or found["task"]["state"] != APPROVAL:
        return None
    task = task_row(act.connection, found["case"]["case_id"])
    assert task is not None
    return why_not(act.connection, task, act.service.domains[task.domain].requesters, act.actor)


def _stand(found: Mapping[str, Any], caller: Caller) -> str:
    """Return what this person can do with the case now.

    auto, done, mine, theirs, free, away (it rests), senior (takes an approver), own (an audit of what they submitted),
    approval (a ruling waits for a second person), or look (only read).
    """
    task = found["task"]
    if task is None:
        return "auto"
    if task["state"] == "done":
        return "done"
    if not caller.principal.may("work_tasks", found["case"]["domain"]):
        return "look"
    if task["state"] == APPROVAL:
        return "approval"
    if is_blind(task["kind"], task["state"]) and found["case"]["submitted_by"] == caller.principal.name:
        return "own"
    if task["state"] in RESTING:
        return "away"
    if task["state"] != "claimed":
        return "free"
    if task["claimed_by"] != caller.principal.name:
        return "theirs"
    return "senior" if task["escalated"] and not caller.principal.may("approve", found["case"]["domain"]) else "mine"
