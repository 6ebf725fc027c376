"""What a person affected by a decision is told, as a page to read out, print or copy, and their wish for a human
decision."""

from fastapi import APIRouter
from starlette.responses import Response

from serving.api.persons import asked_for_review, explained
from serving.api.schemas.persons import ReviewRequestBody
from serving.pages.visit import FormDep, VisitDep, body_of
from serving.transactions import Reads, Writes

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id}/explanation")
def show_explanation(case_id: str, visit: VisitDep, reads: Reads) -> Response:
    """Show the explanation, and a form for what the person says to it."""
    with reads() as act:
        found = explained(act, case_id)
        may_ask = act.actor.may("answer_persons")
    return visit.page("explanation.html", told=found, may_ask=may_ask and found["person_decided_at"] is None)


@router.post("/cases/{case_id}/review-request")
def request_review(case_id: str, visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Let a person decide, as the one affected asks."""
    body = body_of(ReviewRequestBody, because=form.get("because", ""))
    with writes() as act:
        asked_for_review(act, case_id, body.because)
    return visit.go(f"/cases/{case_id}", "review_requested")
