"""Cases and the analyst's verbs as JSON."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from serving.api.body import read_json
from serving.api.problems import invalid, json_response, refused
from serving.auth import CallerDep, PrincipalDep, ServiceDep
from triage.db.database import reading
from triage.errors import TriageError, problem_document
from triage.review import verbs as review
from triage.review.approval import approve as approve_ruling
from triage.review.case_reading import MAX_LIMIT, Filters, case_file, list_cases
from triage.review.outcomes import record_outcome
from triage.review.queues import queue_counts

router = APIRouter()
MAX_OUTCOMES: Final = 1_000
_Body = TypeVar("_Body", bound=BaseModel)
Name = Annotated[str | None, Query(max_length=128)]


class CommentBody(BaseModel):
    """A remark for the file."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "Asked the store for the receipt."}]}
    )

    text: Annotated[str, Field(min_length=1, max_length=review.MAX_COMMENT)]


class RulingBody(BaseModel):
    """A person's ruling."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[
        review.Action,
        Field(
            description="accepted: acting straight through would have been right; corrected: it would have been wrong"
        ),
    ]
    cause: Annotated[str, Field(max_length=64, description="The true cause, one of the domain's labels")]
    reason_code: Annotated[str, Field(max_length=64, description="One of the policy's reason codes")]
    comment: Annotated[str | None, Field(max_length=review.MAX_COMMENT)] = None


class ApprovalBody(BaseModel):
    """What the second person says to a ruling."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"approve": True}]})

    approve: Annotated[StrictBool, Field(description="true: the ruling stands; false: the case goes back to its queue")]
    comment: Annotated[
        str | None, Field(max_length=review.MAX_COMMENT, description="Needed where the ruling is sent back")
    ] = None


async def json_body(request: Request, caller: CallerDep) -> Any:
    """Read the JSON body of somebody known."""
    del caller
    return await read_json(request)


JsonDep = Annotated[Any, Depends(json_body)]


@router.get("/v1/cases", tags=["cases"], summary="List cases")
def get_cases(
    service: ServiceDep,
    principal: PrincipalDep,
    domain: Name = None,
    queue: Name = None,
    state: Annotated[str | None, Query(description="auto, open, claimed, approval or done")] = None,
    disposition: Annotated[str | None, Query(description="auto, confirm, review or escalate")] = None,
    cause: Name = None,
    claimed_by: Name = None,
    q: Annotated[str | None, Query(max_length=128, description="Part of an exception id or case id")] = None,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> Response:
    """Lists cases you may see, newest first, a page at a time."""
    filters = Filters(
        domain=domain, queue=queue, state=state, disposition=disposition, cause=cause, claimed_by=claimed_by, q=q
    )
    with reading(service.engine) as connection:
        page = list_cases(
            connection,
            policies=service.policies,
            actor=principal,
            filters=filters,
            cursor=cursor,
            limit=limit,
            now=service.clock(),
        )
    return json_response(page)


@router.get("/v1/cases/{case_id}", tags=["cases"], summary="The whole file of one case")
def get_case(case_id: str, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Gives the case, its payload, decision, task, rulings, comments, outcomes and history."""
    with reading(service.engine) as connection:
        return json_response(
            case_file(connection, case_id, policies=service.policies, actor=principal, now=service.clock())
        )


@router.post("/v1/cases/{case_id}/claim", tags=["review"], summary="Claim a case")
def claim(case_id: str, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Takes the task for yourself for a while; 409 while somebody else holds it."""
    hold = timedelta(minutes=service.settings.claim_minutes)
    with service.engine.begin() as connection:
        return json_response(
            review.claim(
                connection, case_id, policies=service.policies, actor=principal, now=service.clock(), hold=hold
            )
        )


@router.post("/v1/cases/{case_id}/release", tags=["review"], summary="Give a case back")
def release(case_id: str, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Gives a task you hold back to its queue."""
    with service.engine.begin() as connection:
        return json_response(
            review.release(connection, case_id, policies=service.policies, actor=principal, now=service.clock())
        )


@router.post("/v1/cases/{case_id}/comment", tags=["review"], summary="Comment on a case", status_code=201)
def comment(case_id: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Adds a remark to the file."""
    text = read_body(CommentBody, body).text
    with service.engine.begin() as connection:
        written = review.comment(
            connection, case_id, text=text, policies=service.policies, actor=principal, now=service.clock()
        )
    return json_response(written, 201)


@router.post("/v1/cases/{case_id}/resolve", tags=["review"], summary="Resolve a case you hold")
def resolve(case_id: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Closes the task with your ruling, which becomes a training label; or leaves it to be approved where two must agree."""
    ruling = review.Ruling(**read_body(RulingBody, body).model_dump())
    with service.engine.begin() as connection:
        return json_response(
            review.resolve(
                connection,
                case_id,
                ruling=ruling,
                policies=service.policies,
                causes={name: domain.heads.labels for name, domain in service.domains.items()},
                actor=principal,
                now=service.clock(),
            )
        )


@router.post("/v1/cases/{case_id}/approve", tags=["review"], summary="Approve a ruling, or send it back")
def approve(case_id: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Closes a case whose ruling waits for a second person, or returns it to its queue with your comment.

    403 for whoever ruled, submitted the case, or asked for what it is about.
    """
    said = read_body(ApprovalBody, body)
    with service.engine.begin() as connection:
        return json_response(
            approve_ruling(
                connection,
                case_id,
                agreed=said.approve,
                comment=said.comment,
                policies=service.policies,
                requesters={name: domain.requesters for name, domain in service.domains.items()},
                actor=principal,
                now=service.clock(),
            )
        )


@router.get("/v1/queues", tags=["review"], summary="Queues with counts and SLA state")
def get_queues(service: ServiceDep, principal: PrincipalDep) -> Response:
    """Counts what waits in every queue you may see, and what of it fits into the reviewers' minutes of today."""
    principal.require("read")
    with reading(service.engine) as connection:
        queues = queue_counts(connection, policies=service.policies, actor=principal, now=service.clock())
    return json_response({"queues": queues})


@router.post(
    "/v1/queues/{queue}/next",
    tags=["review"],
    summary="Claim the next best case",
    responses={204: {"description": "The queue is empty"}},
)
def next_case(queue: str, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Claims the most urgent free case of a queue and gives its whole file; 204 when there is none."""
    hold = timedelta(minutes=service.settings.claim_minutes)
    with service.engine.begin() as connection:
        now = service.clock()
        case_id = review.next_case(connection, queue, policies=service.policies, actor=principal, now=now, hold=hold)
        if case_id is None:
            return Response(status_code=204)
        return json_response(case_file(connection, case_id, policies=service.policies, actor=principal, now=now))


@router.post("/v1/outcomes", tags=["outcomes"], summary="Record what turned out to be true", status_code=201)
def post_outcomes(body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Takes one outcome or an array of them; an array is answered one by one, and a bad one spoils no other."""
    if not isinstance(body, list):
        with service.engine.begin() as connection:
            recorded = _record(connection, body, service, principal)
        return json_response(recorded, 201)
    if len(body) > MAX_OUTCOMES:
        raise invalid("body", f"{len(body):,} outcomes", f"must be at most {MAX_OUTCOMES:,}")
    principal.require("record_outcome")
    with service.engine.begin() as connection:
        answers = [_outcome(connection, raw, service, principal) for raw in body]
    return json_response({"answers": answers})


def _record(connection: Any, raw: Any, service: ServiceDep, principal: PrincipalDep) -> Mapping[str, Any]:
    return record_outcome(
        connection, raw, domains=service.domains, policies=service.policies, actor=principal, now=service.clock()
    )


def _outcome(connection: Any, raw: Any, service: ServiceDep, principal: PrincipalDep) -> dict[str, Any]:
    """Record one of many: a refusal comes before anything is written, so the others can share the transaction."""
    try:
        recorded = _record(connection, raw, service, principal)
    except TriageError as error:
        return {"status": error.status, "body": problem_document(error)}
    return {"status": 201, "body": recorded}


def read_body(model: type[_Body], raw: Any) -> _Body:
    """Read a body; raise InvalidError naming every field that cannot be used."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise refused(error) from None
