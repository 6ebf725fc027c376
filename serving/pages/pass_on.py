"""What a person does with a case they do not rule on now: let it rest, pass it on, ask somebody, send it back."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from sqlalchemy import Row
from starlette.responses import Response

from serving import review
from serving.api.problems import invalid
from serving.pages.visit import FormDep, Visit, VisitDep
from serving.transactions import Writes
from triage.review.task_access import task_row

router = APIRouter(include_in_schema=False)
RESTS: Final = {"1": "1 hour", "4": "4 hours", "24": "1 day", "72": "3 days", "168": "1 week"}
"""How long a case may rest, in hours, and in words."""


@router.post("/cases/{case_id}/hold")
def hold(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Stop the clock of a case for a while, with a reason, and go on to the next one."""
    hours = _hours(form) if form.get("hours") else None
    with writes() as act:
        until = act.now + timedelta(hours=hours) if hours is not None else None
        review.hold(act, case_id, reason=form.get("reason", ""), until=until)
        task = task_row(act.connection, case_id)
    return go_on(visit, writes, form, after=task, note="held")


@router.post("/cases/{case_id}/snooze")
def snooze(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Hide a case for a while, and go on to the next one."""
    with writes() as act:
        until = act.now + timedelta(hours=_hours(form))
        review.snooze(act, case_id, until=until, reason=form.get("reason", "").strip() or None)
        task = task_row(act.connection, case_id)
    return go_on(visit, writes, form, after=task, note="snoozed")


@router.post("/cases/{case_id}/resume")
def resume(case_id: str, visit: VisitDep, writes: Writes) -> Response:
    """Bring a case back that rests, and take it."""
    with writes() as act:
        review.resume(act, case_id)
        review.claim(act, case_id)
    return visit.go(f"/cases/{case_id}", "claimed")


@router.post("/cases/{case_id}/hand-off")
def hand_off(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Hand a case one holds to somebody else, and go on to the next one."""
    with writes() as act:
        review.hand_off(act, case_id, to=form.get("to", "").strip(), comment=form.get("comment"))
        task = task_row(act.connection, case_id)
    return go_on(visit, writes, form, after=task, note="handed_off")


@router.post("/cases/{case_id}/assign")
def assign(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Put a case into another queue, before somebody, or both, and go on to the next one."""
    to, queue = form.get("to", "").strip() or None, form.get("target", "").strip() or None
    with writes() as act:
        review.assign(act, case_id, to=to, queue=queue, comment=form.get("comment"))
        task = task_row(act.connection, case_id)
    return go_on(visit, writes, form, after=task, note="assigned")


@router.post("/cases/{case_id}/escalate")
def escalate(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Leave a case to an approver, and go on to the next one."""
    with writes() as act:
        review.escalate(act, case_id, reason=form.get("reason", ""))
        task = task_row(act.connection, case_id)
    return go_on(visit, writes, form, after=task, note="escalated")


@router.post("/cases/{case_id}/send-back")
def send_back(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Return a case to whoever passed it on, and go on to the next one."""
    with writes() as act:
        review.send_back(act, case_id, reason=form.get("reason", ""))
        task = task_row(act.connection, case_id)
    return go_on(visit, writes, form, after=task, note="passed_back")


def go_on(
    visit: Visit, writes: Writes, form: FormDep, *, after: Row[Any] | None, note: str, undoes: bool = False
) -> Response:
    """Serve the next case: of the queue that is being worked, else the best of all; never the one just left."""
    assert after is not None
    within = visit.service.settings.undo_seconds if undoes else 0.0
    note_values: dict[str, Any] = {
        "note": note,
        "subject": after.exception_id,
        "undo": after.case_id if within else "",
        "seconds": within,
    }
    queue = form.get("queue", "")
    with writes() as act:
        following = review.claim_next(act, queue) if queue else review.claim_best(act, but=after.case_id)
    if following is None:
        return visit.go(f"/queues/{quote(queue)}" if queue else "/", **note_values)
    return visit.go(f"/cases/{following}" + (f"?queue={quote(queue)}" if queue else ""), **note_values)


def _hours(form: FormDep) -> float:
    given = form.get("hours", "")
    if given not in RESTS:
        raise invalid("hours", given, f"must be one of {', '.join(RESTS)}")
    return float(given)
