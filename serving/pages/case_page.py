"""The case page: the whole file of one case, and what a person does with it."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from policies.document.document import Disposition, PolicyDocument
from serving import review
from serving.api.problems import invalid
from serving.auth import Caller, CallerDep, ServiceDep
from serving.pages import values, views
from serving.pages.queue_pages import FormDep, page
from serving.pages.templating import words
from serving.transactions import Act, Reads, Writes
from triage.intake.blind import is_blind
from triage.review.approval import why_not
from triage.review.task_access import APPROVAL, task_row
from triage.review.verbs import Ruling

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id}")
def show_case(case_id: str, caller: CallerDep, service: ServiceDep, reads: Reads, note: str = "") -> Response:
    """Show a case with everything a ruling needs."""
    with reads() as act:
        found = review.read_case(act, case_id)
        refusal = _why_not_approve(found, act)
        evidence = views.evidence(found["decision"].reasons)
        doubles = review.read_cases_named(act, found["case"]["domain"], evidence.doubles)
    case, decision, payload = found["case"], found["decision"], found["payload"]
    domain = service.domains[case["domain"]]
    policies = service.policies
    document = policies.for_case(domain.name, found["case"]["envelope"]).document
    labels = domain.heads.labels
    queue = policies.queues(domain.name).get(found["task"]["queue"]) if found["task"] else None
    blind = found["task"] is not None and is_blind(found["task"]["kind"], found["task"]["state"])
    return page(
        "case.html",
        caller,
        service,
        note=note,
        case=case,
        decision=decision,
        task=found["task"],
        queue_title=queue.title if queue else found["task"]["queue"] if found["task"] else "",
        domain=domain,
        currency=decision.currency,
        subject=views.subject(domain, payload, case["currency"]),
        writings=views.writings(domain, payload, case["currency"]),
        sections=views.sections(domain, payload, case["currency"]),
        missing=views.missing(domain, payload),
        attributes=found["attributes"],
        blind=blind,
        causes=views.causes(decision.cause, labels),
        cause=labels.get(decision.cause.label, words(decision.cause.label)),
        waiting=_waiting_ruling(found["task"], document),
        evidence=evidence,
        doubles=doubles,
        controls=views.controls(domain, decision),
        promised=views.promised(decision),
        history=views.history(found, labels, document.reason_codes),
        reason_codes=document.reason_codes,
        plain=values.plain,
        may_close=decision.disposition != Disposition.ESCALATE or caller.principal.may("approve", domain.name),
        stand=_stand(found, caller),
        refusal=refusal,
    )


@router.post("/cases/{case_id}/claim")
def claim(case_id: str, writes: Writes) -> Response:
    """Take the case for oneself."""
    with writes() as act:
        review.claim(act, case_id)
    return _back(case_id, "claimed")


@router.post("/cases/{case_id}/release")
def release(case_id: str, writes: Writes) -> Response:
    """Return the case back."""
    with writes() as act:
        review.release(act, case_id)
    return _back(case_id, "released")


@router.post("/cases/{case_id}/comment")
def comment(case_id: str, writes: Writes, form: FormDep) -> Response:
    """Add a remark to the file."""
    with writes() as act:
        review.comment(act, case_id, form.get("text", ""))
    return _back(case_id, "commented")


@router.post("/cases/{case_id}/resolve")
def resolve(case_id: str, writes: Writes, form: FormDep) -> Response:
    """Close the case with a ruling and go on to the next one of its queue."""
    action = form.get("action", "")
    if action not in ("accepted", "corrected"):
        raise invalid("action", action, "choose whether straight through would have been right or wrong")
    ruling = Ruling(
        action=action,  # type: ignore[arg-type]
        cause=form.get("cause", ""),
        reason_code=form.get("reason_code", ""),
        comment=form.get("comment", "").strip() or None,
    )
    with writes() as act:
        done = review.resolve(act, case_id, ruling)
        task = task_row(act.connection, case_id)
    assert task is not None
    note = "ruled" if done["state"] == APPROVAL else "resolved"
    with writes() as act:
        following = review.claim_next(act, task.queue)
    return (
        _back(following, note) if following else RedirectResponse(f"/queues/{quote(task.queue)}?note={note}_last", 303)
    )


@router.post("/cases/{case_id}/approve")
def approve(case_id: str, writes: Writes, form: FormDep) -> Response:
    """Let a waiting ruling stand, or send the case back."""
    agreed = form.get("approve", "")
    if agreed not in ("yes", "no"):
        raise invalid("approve", agreed, "choose whether the ruling stands")
    with writes() as act:
        review.approve(act, case_id, agreed=agreed == "yes", remark=form.get("comment"))
    return _back(case_id, "approved" if agreed == "yes" else "sent_back")


def _waiting_ruling(task: dict[str, Any] | None, document: PolicyDocument) -> dict[str, Any] | None:
    """Return the ruling that waits for a second person, with the rule that wants one."""
    if task is None or task["ruling"] is None:
        return None
    rule = next((rule for rule in document.four_eyes if rule.id == task["approval"]), None)
    return {**task["ruling"], "by": task["ruled_by"], "because": rule.title if rule else task["approval"]}


def _why_not_approve(found: dict[str, Any], act: Act) -> str | None:
    """Return why this person may not approve the ruling that waits; None where they may, or none waits."""
    if found["task"] is None or found["task"]["state"] != APPROVAL:
        return None
    task = task_row(act.connection, found["case"]["case_id"])
    assert task is not None
    return why_not(act.connection, task, act.service.domains[task.domain].requesters, act.actor)


def _back(case_id: str, note: str) -> Response:
    return RedirectResponse(f"/cases/{case_id}?note={note}", 303)


def _stand(found: dict[str, Any], caller: Caller) -> str:
    """Return what this person can do with the case now.

    auto, done, mine, theirs, free, senior (takes an approver), own (an audit of what they submitted), approval (a
    ruling waits for a second person), or look (only read).
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
    if task["state"] != "claimed":
        return "free"
    if task["claimed_by"] != caller.principal.name:
        return "theirs"
    escalated = found["case"]["disposition"] == Disposition.ESCALATE
    return "senior" if escalated and not caller.principal.may("approve", found["case"]["domain"]) else "mine"
