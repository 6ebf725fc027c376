"""The verbs that let a case rest or pass it on, as JSON."""

from typing import Any

from fastapi import APIRouter

from serving import review
from serving.api.schemas import clocks as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.transactions import Writes

router = APIRouter(route_class=StrictRoute, strict_content_type=False)


@router.post(
    "/v1/cases/{case_id}/hold",
    tags=["review"],
    summary="Put a case you hold on hold",
    response_model=schemas.Resting,
    responses=body_problems(404, 409),
)
def hold(case_id: str, body: schemas.HoldBody, writes: Writes) -> Any:
    """Stops the case's clock, with a reason, until an instant or for as long as the policy still allows."""
    with writes() as act:
        return review.hold(act, case_id, reason=body.reason, until=body.until)


@router.post(
    "/v1/cases/{case_id}/snooze",
    tags=["review"],
    summary="Hide a case you hold until an instant",
    response_model=schemas.Resting,
    responses=body_problems(404, 409),
)
def snooze(case_id: str, body: schemas.SnoozeBody, writes: Writes) -> Any:
    """Takes the case out of its queue until then; its clock runs on, unless the policy says that a snooze pauses."""
    with writes() as act:
        return review.snooze(act, case_id, until=body.until, reason=body.reason)


@router.post(
    "/v1/cases/{case_id}/resume",
    tags=["review"],
    summary="Bring a case back that is on hold or snoozed",
    response_model=schemas.Resumed,
    responses=problems(404, 409),
)
def resume(case_id: str, writes: Writes) -> Any:
    """Ends its rest; the clock goes on from where it stood, and the case is the first in its queue."""
    with writes() as act:
        return review.resume(act, case_id)


@router.post(
    "/v1/cases/{case_id}/hand-off",
    tags=["review"],
    summary="Hand a case you hold to somebody else",
    response_model=schemas.HandedOff,
    responses=body_problems(404, 409),
)
def hand_off(case_id: str, body: schemas.HandOffBody, writes: Writes) -> Any:
    """Hands your claim to another person; the clock runs on, and nobody takes the case in between."""
    with writes() as act:
        return review.hand_off(act, case_id, to=body.to, comment=body.comment)


@router.post(
    "/v1/cases/{case_id}/assign",
    tags=["review"],
    summary="Assign a case to a person or a queue",
    response_model=schemas.PassedOn,
    responses=body_problems(404, 409),
)
def assign(case_id: str, body: schemas.AssignBody, writes: Writes) -> Any:
    """Puts the case first before a person, into another queue, or both; the clock runs on.

    For whoever holds the case, and for approvers.
    """
    with writes() as act:
        return review.assign(act, case_id, to=body.to, queue=body.queue, comment=body.comment)


@router.post(
    "/v1/cases/{case_id}/escalate",
    tags=["review"],
    summary="Leave a case you hold to an approver",
    response_model=schemas.PassedOn,
    responses=body_problems(404, 409),
)
def escalate(case_id: str, body: schemas.EscalateBody, writes: Writes) -> Any:
    """Puts the case, with a reason, first in its queue for approvers alone to close; the clock runs on."""
    with writes() as act:
        return review.escalate(act, case_id, reason=body.reason)


@router.post(
    "/v1/cases/{case_id}/send-back",
    tags=["review"],
    summary="Send a case back to whoever passed it on",
    response_model=schemas.PassedOn,
    responses=body_problems(404, 409),
)
def send_back(case_id: str, body: schemas.SendBackBody, writes: Writes) -> Any:
    """Returns the case, with a reason, to the queue and the person it came from; the clock runs on."""
    with writes() as act:
        return review.send_back(act, case_id, reason=body.reason)
