"""The hot calls: score, submit one case, submit many. The body is parsed once, the decision written once, before the
commit."""

import asyncio
from concurrent.futures import Future
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from serving.api.body import read_json
from serving.api.problems import invalid
from serving.api.schemas.base import MEDIA_TYPE, body_problems
from serving.api.schemas.cases import BatchAnswers
from serving.api.strict_route import StrictRoute
from serving.auth import identify, service_of
from serving.telemetry import Measurements
from triage.intake.answer import Answer
from triage.intake.decision import Decision

MAX_BATCH: Final = 1_000
_JSON: Final = "application/json"
router = APIRouter(tags=["cases"], route_class=StrictRoute)


@router.post(
    "/v1/score",
    summary="Judge a case without storing it",
    response_model=Decision,
    response_description="The decision, not stored",
    responses=body_problems(),
)
async def score(request: Request) -> Response:
    """Scores and decides as `POST /v1/cases` would, and stores nothing; `exception_id` may be left out."""
    caller = await identify(request)
    caller.principal.require("submit")
    raw = await read_json(request)
    (answer,) = await _wait(service_of(request).intake.preview_later(raw, actor=caller.principal))
    return _respond(answer)


@router.post(
    "/v1/cases",
    summary="Submit a case",
    status_code=201,
    response_model=Decision,
    response_description="Decided and stored",
    responses={
        200: {"model": Decision, "description": "Submitted before with the same content: the first decision"},
        **body_problems(409),
    },
)
async def submit_case(request: Request) -> Response:
    """Validates, scores, decides, routes and stores a case, and answers with the decision once it is committed.

    Idempotent by `exception_id`: the same content again answers 200 with the first decision; other content answers 409.
    """
    caller = await identify(request)
    caller.principal.require("submit")
    raw = await read_json(request)
    (answer,) = await _wait(service_of(request).intake.submit_later([raw], actor=caller.principal))
    _count(request, [answer])
    if answer.decision is not None:
        request.state.case_id = answer.decision.case_id
    return _respond(answer)


@router.post(
    "/v1/cases/batch", summary="Submit up to 1,000 cases", response_model=BatchAnswers, responses=body_problems()
)
async def submit_batch(request: Request) -> Response:
    """Takes an array of cases, or `{"cases": [...]}`, and answers `{"answers": [{"status", "body"}, ...]}` in the same
    order.

    Each answer is what `POST /v1/cases` would have said; a bad case spoils no other.
    """
    caller = await identify(request)
    caller.principal.require("submit")
    raws = _batch(await read_json(request))
    answers = await _wait(service_of(request).intake.submit_later(raws, actor=caller.principal)) if raws else []
    _count(request, answers)
    written = b",".join(b'{"status":%d,"body":%b}' % (answer.status, answer.written) for answer in answers)
    return Response(b'{"answers":[%b]}' % written, media_type=_JSON)


def _batch(content: Any) -> list[Any]:
    raws = content.get("cases") if isinstance(content, dict) and set(content) == {"cases"} else content
    if not isinstance(raws, list):
        raise invalid("body", raws, 'must be an array of cases, or {"cases": [...]} and nothing else')
    if len(raws) > MAX_BATCH:
        raise invalid("cases", f"{len(raws):,} cases", f"must be at most {MAX_BATCH:,}; send the rest in another call")
    return raws


async def _wait(promised: Future[list[Answer]]) -> list[Answer]:
    # Shielded: a caller that went away must not cancel what others share a commit with.
    return await asyncio.shield(asyncio.wrap_future(promised))


def _respond(answer: Answer) -> Response:
    return Response(answer.written, answer.status, media_type=_JSON if answer.decision is not None else MEDIA_TYPE)


def _count(request: Request, answers: list[Answer]) -> None:
    measurements: Measurements = request.app.state.measurements
    for answer in answers:
        if answer.status == 201 and answer.decision is not None:
            measurements.count(answer.decision)
