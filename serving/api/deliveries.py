"""Endpoints and deliveries as JSON, for administrators."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving.api.schemas import deliveries as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.transactions import Act, Reads, Writes
from triage.db.audit_chain import audit
from triage.handoff import deliveries as stored
from triage.handoff import endpoints as known
from triage.handoff.deliveries import DeliveryFilter
from triage.handoff.endpoints import NewEndpoint

router = APIRouter(tags=["deliveries"], route_class=StrictRoute, strict_content_type=False)
Filter = Annotated[str | None, Query(max_length=64)]


@router.get(
    "/v1/endpoints", summary="Endpoints and their state", response_model=schemas.Endpoints, responses=problems()
)
def list_endpoints(reads: Reads) -> Any:
    """Lists the systems, mailboxes and chats that deliveries go to; never a secret."""
    with reads() as act:
        act.actor.require("manage_deliveries")
        return {"endpoints": known.list_endpoints(act.connection)}


@router.post(
    "/v1/endpoints",
    summary="Add an endpoint",
    status_code=201,
    response_model=schemas.EndpointSecret,
    responses=body_problems(409),
)
def add_endpoint(body: schemas.EndpointBody, writes: Writes) -> Any:
    """Adds an endpoint; a generated signing secret is in the answer, and shown only this once."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        secret = known.add_endpoint(act.connection, NewEndpoint(**body.model_dump()), actor=act.actor.name)
        _audit(act, "add_endpoint", endpoint=body.name, kind=body.kind)
    return {"name": body.name, "secret": secret}


@router.delete("/v1/endpoints/{name}", summary="Remove an endpoint", status_code=204, responses=problems(404, 409))
def remove_endpoint(name: str, writes: Writes) -> None:
    """Removes an endpoint to which nothing waits; what was delivered or died stays listed. 409 while something
    waits."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        known.remove_endpoint(act.connection, name)
        _audit(act, "remove_endpoint", endpoint=name)


@router.post(
    "/v1/endpoints/{name}/pause",
    summary="Stop sending to an endpoint",
    response_model=schemas.EndpointStatus,
    responses=body_problems(404),
)
def pause_endpoint(name: str, body: schemas.PauseBody, writes: Writes) -> Any:
    """Stops sending; deliveries wait, and their deadlines keep running."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        known.pause_endpoint(act.connection, name, because=body.because)
        _audit(act, "pause_endpoint", endpoint=name, because=body.because)
    return {"name": name, "state": "paused"}


@router.post(
    "/v1/endpoints/{name}/resume",
    summary="Send to an endpoint again",
    response_model=schemas.EndpointStatus,
    responses=problems(404),
)
def resume_endpoint(name: str, writes: Writes) -> Any:
    """Sends again at once, one delivery at a time at first, whatever the circuit breaker says."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        known.resume_endpoint(act.connection, name)
        _audit(act, "resume_endpoint", endpoint=name)
    return {"name": name, "state": "sending"}


@router.post(
    "/v1/endpoints/{name}/rotate",
    summary="Give an endpoint a new secret",
    response_model=schemas.EndpointSecret,
    responses=body_problems(404),
)
def rotate_secret(name: str, body: schemas.RotateBody, writes: Writes) -> Any:
    """Signs with the new secret and, until the overlap has passed, with the old one; a generated one is shown only this
    once."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        overlap = timedelta(hours=body.overlap_hours)
        secret = known.rotate_secret(act.connection, name, secret=body.secret, overlap=overlap)
        _audit(act, "rotate_secret", endpoint=name)
    return {"name": name, "secret": secret}


@router.get(
    "/v1/deliveries", summary="Deliveries and dead letters", response_model=schemas.DeliveryPage, responses=problems()
)
def list_deliveries(
    reads: Reads,
    endpoint: Filter = None,
    state: Annotated[schemas.State | None, Query()] = None,
    kind: Filter = None,
    case_id: Filter = None,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=stored.MAX_LIMIT)] = 50,
) -> Any:
    """Lists deliveries, newest first, a page at a time; a dead one with the reason."""
    wanted = DeliveryFilter(endpoint=endpoint, state=state, kind=kind, case_id=case_id)
    with reads() as act:
        act.actor.require("manage_deliveries")
        return stored.list_deliveries(act.connection, wanted, cursor=cursor, limit=limit)


@router.post(
    "/v1/deliveries/redrive",
    summary="Send again what matches",
    response_model=schemas.Redriven,
    responses=body_problems(409),
)
def redrive_matching(body: schemas.RedriveBody, writes: Writes) -> Any:
    """Sends up to 1,000 dead deliveries that match again, oldest first, under their old keys; `more`: some are left."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        redriven = stored.redrive_matching(act.connection, DeliveryFilter(**body.model_dump()))
        _audit(act, "redrive", **body.model_dump(exclude_none=True), **redriven)
    return redriven


@router.post(
    "/v1/deliveries/test",
    summary="Try an endpoint",
    status_code=201,
    response_model=schemas.DeliveryFile,
    responses=body_problems(404),
)
def test_endpoint(body: schemas.TestBody, writes: Writes) -> Any:
    """Writes a delivery about no case; a worker sends it like any other. Read it again by its id to see what became of
    it."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        return stored.send_test(act.connection, body.endpoint)


@router.get(
    "/v1/deliveries/{delivery_id}",
    summary="One delivery with its body and last attempts",
    response_model=schemas.DeliveryFile,
    responses=problems(404),
)
def get_delivery(delivery_id: str, reads: Reads) -> Any:
    """Returns a delivery with its state, the last attempts with status and reason, and the data it carries."""
    with reads() as act:
        act.actor.require("manage_deliveries")
        return stored.show_delivery(act.connection, delivery_id)


@router.post(
    "/v1/deliveries/{delivery_id}/redrive",
    summary="Send a delivery again",
    response_model=schemas.DeliveryFile,
    responses=problems(404, 409),
)
def redrive_one(delivery_id: str, writes: Writes) -> Any:
    """Sends a dead or delivered delivery again under its old key; 409 for one that is still under way."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        redriven = stored.redrive_one(act.connection, delivery_id)
        _audit(act, "redrive", delivery_id=delivery_id)
    return redriven


def _audit(act: Act, verb: str, **detail: Any) -> None:
    audit(act.connection, actor=act.actor.name, verb=verb, case_id=None, detail=detail, now=act.now)
