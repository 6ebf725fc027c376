"""The case page: the whole file of one case, and what a person does with it."""

from typing import Annotated, Final, get_args

from fastapi import APIRouter, Query
from starlette.responses import Response

from serving import review
from serving.api.problems import invalid, json_response
from serving.pages.case_view import case_view
from serving.pages.pass_on import go_on
from serving.pages.visit import FormDep, VisitDep
from serving.transactions import Reads, Writes
from triage.review.suggestion import Action
from triage.review.task_access import APPROVAL, task_row
from triage.review.verbs import Ruling

router = APIRouter(include_in_schema=False)
_ACTIONS: Final[dict[str, Action]] = {action: action for action in get_args(Action)}
QueueName = Annotated[str, Query(max_length=128)]


@router.get("/cases/{case_id}")
def show_case(case_id: str, visit: VisitDep, reads: Reads, queue: QueueName = "") -> Response:
    """Show a case with everything a ruling needs. queue: the one that is being worked, where it is only one."""
    with reads() as act:
        shown = case_view(act, visit, case_id)
    working = queue if shown["task"] and shown["task"]["queue"] == queue else ""
    return visit.page("case.html", working=working, **shown)


@router.post("/cases/{case_id}/claim")
def claim(case_id: str, visit: VisitDep, writes: Writes) -> Response:
    """Take the case for oneself."""
    with writes() as act:
        review.claim(act, case_id)
    return visit.go(f"/cases/{case_id}")


@router.post("/cases/{case_id}/release")
def release(case_id: str, visit: VisitDep, writes: Writes) -> Response:
    """Return the case back."""
    with writes() as act:
        review.release(act, case_id)
    return visit.go(f"/cases/{case_id}", "released")


@router.post("/cases/{case_id}/comment")
def comment(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Add a remark to the file."""
    with writes() as act:
        review.comment(act, case_id, form.get("text", ""))
    return visit.go(f"/cases/{case_id}", "commented")


@router.post("/cases/{case_id}/resolve")
def resolve(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Close the case with a ruling and go on to the next one."""
    action = _ACTIONS.get(form.get("action", ""))
    if action is None:
        raise invalid(
            "action", form.get("action", ""), "choose whether straight through would have been right or wrong"
        )
    ruling = Ruling(
        action=action,
        cause=form.get("cause", ""),
        reason_code=form.get("reason_code", ""),
        comment=form.get("comment", "").strip() or None,
    )
    if not ruling.reason_code:
        raise invalid("reason_code", "", "choose a reason; only the suggested ruling needs none")
    with writes() as act:
        state = review.resolve_pending(act, case_id, ruling)
        task = task_row(act.connection, case_id)
    note = "ruled" if state == APPROVAL else "resolved"
    return go_on(visit, writes, form, after=task, note=note, undoes=True)


@router.post("/cases/{case_id}/undo")
def undo(case_id: str, visit: VisitDep, writes: Writes) -> Response:
    """Take back a ruling that does not stand yet."""
    with writes() as act:
        review.undo(act, case_id)
    return visit.go(f"/cases/{case_id}", "undone")


@router.post("/cases/{case_id}/presence")
def presence(case_id: str, writes: Writes) -> Response:
    """Note that this person looks at the case, and name the others who do."""
    with writes() as act:
        return json_response({"others": review.see(act, case_id)})


@router.post("/cases/{case_id}/approve")
def approve(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Let a waiting ruling stand, or send the case back."""
    agreed = form.get("approve", "")
    if agreed not in ("yes", "no"):
        raise invalid("approve", agreed, "choose whether the ruling stands")
    with writes() as act:
        review.approve(act, case_id, agreed=agreed == "yes", remark=form.get("comment"))
        task = task_row(act.connection, case_id)
    assert task is not None
    note = "approved" if agreed == "yes" else "sent_back"
    return go_on(visit, writes, form, after=task, note=note)
