"""Cases and the analyst's verbs as JSON."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query
from pydantic import SkipValidation
from starlette.responses import Response

from serving import review
from serving.api.finding import FiltersDep
from serving.api.problems import invalid
from serving.api.schemas import cases as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.transactions import Act, Reads, Writes
from triage.errors import TriageError, problem_document
from triage.review.case_lists import Order, list_cases
from triage.review.case_reading import MAX_LIMIT
from triage.review.outcomes import Outcome, record_outcome
from triage.review.verbs import Ruling

router = APIRouter(route_class=StrictRoute, strict_content_type=False)
MAX_OUTCOMES: Final = 1_000
Outcomes = Annotated[Outcome | list[Outcome], SkipValidation, Body()]
"""Checked one by one, so that a bad outcome of many spoils no other."""


@router.get("/v1/cases", tags=["cases"], summary="List cases", response_model=schemas.CasePage, responses=problems())
def get_cases(
    reads: Reads,
    chosen: FiltersDep,
    order: Annotated[Order, Query(description="Other orders are among the newest 1,000 cases that fit")] = "newest",
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> Any:
    """Lists cases you may see, newest first, a page at a time."""
    with reads() as act:
        return list_cases(
            act.connection,
            policies=act.policies,
            actor=act.actor,
            filters=chosen,
            order=order,
            cursor=cursor,
            limit=limit,
            now=act.now,
        )


@router.get(
    "/v1/cases/{case_id}",
    tags=["cases"],
    summary="The whole file of one case",
    response_model=schemas.CaseFile,
    responses=problems(404),
)
def get_case(case_id: str, reads: Reads) -> Any:
    """Returns the case, its payload, decision, task, rulings, comments, outcomes and history."""
    with reads() as act:
        return review.read_case(act, case_id)


@router.post(
    "/v1/cases/{case_id}/claim",
    tags=["review"],
    summary="Claim a case",
    response_model=schemas.Claimed,
    responses=problems(404, 409),
)
def claim(case_id: str, writes: Writes) -> Any:
    """Takes the task for yourself for a while; 409 while somebody else holds it."""
    with writes() as act:
        return review.claim(act, case_id)


@router.post(
    "/v1/cases/{case_id}/release",
    tags=["review"],
    summary="Give a case back",
    response_model=schemas.Released,
    responses=problems(404, 409),
)
def release(case_id: str, writes: Writes) -> Any:
    """Puts a task you hold back to its queue."""
    with writes() as act:
        return review.release(act, case_id)


@router.post(
    "/v1/cases/{case_id}/comment",
    tags=["review"],
    summary="Comment on a case",
    status_code=201,
    response_model=schemas.Commented,
    responses=body_problems(404, 409),
)
def comment(case_id: str, body: schemas.CommentBody, writes: Writes) -> Any:
    """Adds a remark to the file."""
    with writes() as act:
        return review.comment(act, case_id, body.text)


@router.post(
    "/v1/cases/{case_id}/resolve",
    tags=["review"],
    summary="Resolve a case you hold",
    response_model=schemas.Closed | schemas.AwaitsApproval,
    responses=body_problems(404, 409),
)
def resolve(case_id: str, body: schemas.RulingBody, writes: Writes) -> Any:
    """Closes the task with your ruling, which becomes a training label; or leaves it to be approved where two must
    agree."""
    with writes() as act:
        return review.resolve(act, case_id, Ruling(**body.model_dump()))


@router.post(
    "/v1/cases/{case_id}/approve",
    tags=["review"],
    summary="Approve a ruling, or send it back",
    response_model=schemas.Closed | schemas.SentBack,
    responses=body_problems(404, 409),
)
def approve(case_id: str, body: schemas.ApprovalBody, writes: Writes) -> Any:
    """Closes a case whose ruling waits for a second person, or returns it to its queue with your comment.

    403 for whoever ruled, submitted the case, or asked for what it is about.
    """
    with writes() as act:
        return review.approve(act, case_id, agreed=body.approve, remark=body.comment)


@router.get(
    "/v1/queues",
    tags=["review"],
    summary="Queues with counts and SLA state",
    response_model=schemas.Queues,
    responses=problems(),
)
def get_queues(reads: Reads) -> Any:
    """Counts what waits in every queue you may see, and what of it fits into the reviewers' minutes of today."""
    with reads() as act:
        act.actor.require("read")
        return {"queues": review.read_queues(act)}


@router.post(
    "/v1/queues/{queue}/next",
    tags=["review"],
    summary="Claim the next best case",
    response_model=schemas.CaseFile,
    responses={204: {"description": "The queue is empty"}, **problems(404, 409)},
)
def next_case(queue: str, writes: Writes) -> Any:
    """Claims the most urgent free case of a queue and gives its whole file; 204 when there is none."""
    with writes() as act:
        case_id = review.claim_next(act, queue)
        return Response(status_code=204) if case_id is None else review.read_case(act, case_id)


@router.post(
    "/v1/next",
    tags=["review"],
    summary="Claim the best case over all queues",
    response_model=schemas.CaseFile,
    responses={204: {"description": "Nothing is left that you may work on"}, **problems()},
)
def next_of_all(writes: Writes) -> Any:
    """Claims the best free case over all queues you may work and gives its whole file; 204 when there is none.

    A case you hold is given before a new one. To an approver, a ruling that waits for approval is given as well.
    """
    with writes() as act:
        act.actor.require("work_tasks")
        case_id = review.claim_best(act)
        return Response(status_code=204) if case_id is None else review.read_case(act, case_id)


@router.post(
    "/v1/outcomes",
    tags=["outcomes"],
    summary="Record what turned out to be true",
    status_code=201,
    response_model=schemas.Recorded,
    response_model_exclude_unset=True,
    responses={
        200: {"model": schemas.OutcomeAnswers, "description": "An array was sent: one answer each, in order"},
        **body_problems(404),
    },
)
def post_outcomes(body: Outcomes, writes: Writes) -> Any:
    """Takes one outcome or an array of them; an array is answered one by one, and a bad one spoils no other."""
    if not isinstance(body, list):
        with writes() as act:
            return _record(act, body)
    if len(body) > MAX_OUTCOMES:
        raise invalid("body", f"{len(body):,} outcomes", f"must be at most {MAX_OUTCOMES:,}")
    with writes() as act:
        act.actor.require("record_outcome")
        answers = schemas.OutcomeAnswers.model_validate({"answers": [_answer(act, raw) for raw in body]})
    return Response(answers.model_dump_json(exclude_unset=True), media_type="application/json")


def _record(act: Act, raw: Any) -> Any:
    return record_outcome(
        act.connection, raw, domains=act.service.domains, policies=act.policies, actor=act.actor, now=act.now
    )


def _answer(act: Act, raw: Any) -> dict[str, Any]:
    """Record one of many: a refusal comes before anything is written, so the others can share the transaction."""
    try:
        recorded = _record(act, raw)
    except TriageError as error:
        return {"status": error.status, "body": problem_document(error)}
    return {"status": 201, "body": recorded}
