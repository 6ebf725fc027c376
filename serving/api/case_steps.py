"""Steps of cases as JSON: what else is done, for people who work on it and systems that call back."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from serving.api.schemas import steps as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.auth import ServiceDep, identify
from serving.transactions import Reads, Writes
from triage.identity.access import Principal
from triage.review import step_acts
from triage.review.step_acts import MAX_LIMIT
from triage.service import Service

router = APIRouter(tags=["steps"], route_class=StrictRoute, strict_content_type=False)


@router.get(
    "/v1/cases/{case_id}/steps",
    summary="What else is done for a case",
    response_model=schemas.CaseSteps,
    responses=problems(404),
)
def get_case_steps(case_id: str, reads: Reads) -> Any:
    """Lists the steps of a case with their state, what they sent and what came back; none while its blind audit is
    open."""
    with reads() as act:
        found = step_acts.case_steps(act.connection, case_id, policies=act.policies, actor=act.actor)
    return {"steps": found}


@router.get(
    "/v1/steps", summary="Steps that wait for people", response_model=schemas.WaitingSteps, responses=problems(404)
)
def list_steps(
    reads: Reads,
    queue: Annotated[str | None, Query(max_length=40, description="Left out: every queue you see")] = None,
    site_id: Annotated[str | None, Query(max_length=128, description="Only those of this store or centre")] = None,
    after: Annotated[int, Query(ge=0, description="`seq` of the last one of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> Any:
    """Lists what waits in queues beside their cases: tasks, proposals, and calls that have to be made by hand."""
    with reads() as act:
        found = step_acts.open_steps(
            act.connection, queue=queue, site_id=site_id, policies=act.policies, actor=act.actor, after=after,
            limit=limit,
        )  # fmt: skip
    return {"steps": found}


@router.post(
    "/v1/steps/{step_id}/complete",
    summary="End a step that waits for a person",
    response_model=schemas.Step,
    responses=body_problems(404, 409),
)
def complete_step(step_id: str, body: schemas.CompleteBody, writes: Writes) -> Any:
    """A task is done, a proposal confirmed, a call made by hand; what comes after it begins."""
    with writes() as act:
        return step_acts.complete(
            act.connection, step_id, result=body.result, comment=body.comment, policies=act.policies,
            actor=act.actor, now=act.now,
        )  # fmt: skip


@router.post(
    "/v1/steps/{step_id}/decline",
    summary="Decline a proposal",
    response_model=schemas.Step,
    responses=body_problems(404, 409),
)
def decline_step(step_id: str, body: schemas.ReasonBody, writes: Writes) -> Any:
    """What comes after it is not done, or is given to whoever the policy names for that."""
    with writes() as act:
        return step_acts.decline(
            act.connection, step_id, reason=body.reason, policies=act.policies, actor=act.actor, now=act.now
        )


@router.post(
    "/v1/steps/{step_id}/skip",
    summary="End a step without doing it",
    response_model=schemas.Step,
    responses=body_problems(404, 409),
)
def skip_step(step_id: str, body: schemas.ReasonBody, writes: Writes) -> Any:
    """Those after it go on. For approvers."""
    with writes() as act:
        return step_acts.skip_step(
            act.connection, step_id, reason=body.reason, policies=act.policies, actor=act.actor, now=act.now
        )


@router.post(
    "/v1/steps/{step_id}/retry",
    summary="Begin a step anew that ended badly",
    response_model=schemas.Step,
    responses=body_problems(404, 409),
)
def retry_step(step_id: str, body: schemas.ReasonBody, writes: Writes) -> Any:
    """Begins it anew, and what was canceled for it; a call keeps its key. For approvers."""
    with writes() as act:
        return step_acts.retry_step(
            act.connection, step_id, reason=body.reason, policies=act.policies, actor=act.actor, now=act.now
        )


@router.post(
    "/v1/steps/{step_id}/callback",
    summary="Say what became of what a step asked for",
    response_model=schemas.Step,
    responses=body_problems(404, 409),
)
async def call_back(
    step_id: str,
    body: schemas.CallbackBody,
    request: Request,
    service: ServiceDep,
    x_step_token: Annotated[str | None, Header(max_length=200, description="Came with the call")] = None,
) -> Any:
    """Ends a wait for a callback: with the token that came with the call, or the key of a system that may submit cases.

    The same callback again changes nothing.
    """
    actor = None if x_step_token is not None else (await identify(request)).principal
    return await run_in_threadpool(_called_back, service, step_id, body, x_step_token, actor)


def _called_back(
    service: Service, step_id: str, body: schemas.CallbackBody, token: str | None, actor: Principal | None
) -> Any:
    with service.engine.begin() as connection:
        return step_acts.call_back(
            connection, step_id, result=body.result, failed=body.failed, token=token, actor=actor, now=service.clock()
        )
