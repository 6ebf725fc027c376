"""Acts on many cases, as JSON: previewed first, then done, agreed to by a second person above a limit."""

from typing import Any

from fastapi import APIRouter

from serving.api.schemas import bulk as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.bulk_work import decide_bulk, propose_bulk, read_bulk, start_bulk, undo_bulk
from serving.transactions import Reads, Writes
from triage.review.bulk_acts import list_bulk
from triage.review.bulk_verbs import BulkOrder

router = APIRouter(tags=["review"], route_class=StrictRoute, strict_content_type=False)


@router.post(
    "/v1/bulk",
    summary="Preview an act on many cases",
    status_code=201,
    response_model=schemas.BulkAct,
    responses=body_problems(),
)
def preview_bulk(body: schemas.BulkBody, reads: Reads, writes: Writes) -> Any:
    """Finds the cases, and says what will happen to how many and which refuse it, and why. Nothing happens to them
    yet.

    At most 500 cases, the newest first. Takes the permission to work in bulk.
    """
    order = BulkOrder(**body.model_dump(exclude={"query", "case_ids"}))
    return propose_bulk(reads, writes, order=order, query=body.query, case_ids=body.case_ids)


@router.get("/v1/bulk", summary="List acts on many cases", response_model=schemas.BulkActs, responses=problems())
def get_bulk_acts(reads: Reads) -> Any:
    """Lists the acts that wait for you to agree, then yours, the newest first; they are kept for 30 days."""
    with reads() as act:
        act.actor.require("work_in_bulk")
        return {"acts": list_bulk(act.connection, actor=act.actor)}


@router.get(
    "/v1/bulk/{bulk_id}", summary="One act on many cases", response_model=schemas.BulkAct, responses=problems(404)
)
def get_bulk(bulk_id: str, reads: Reads) -> Any:
    """Returns what was asked, and what became of how many cases."""
    return read_bulk(reads, bulk_id)


@router.post(
    "/v1/bulk/{bulk_id}/start",
    summary="Do what was previewed",
    response_model=schemas.BulkAct,
    responses=problems(404, 409),
)
def begin_bulk(bulk_id: str, reads: Reads, writes: Writes) -> Any:
    """Does it to every case that did not refuse, some at a time; above the limit it waits for a second person.

    Called again after it broke off, it goes on with the cases that are left.
    """
    return start_bulk(reads, writes, bulk_id)


@router.post(
    "/v1/bulk/{bulk_id}/decide",
    summary="Agree to somebody else's act, or refuse it",
    response_model=schemas.BulkAct,
    responses=body_problems(404, 409),
)
def decide_on_bulk(bulk_id: str, body: schemas.BulkDecisionBody, reads: Reads, writes: Writes) -> Any:
    """Lets an act that waits happen in the name of who proposed it, or ends it with a comment."""
    return decide_bulk(reads, writes, bulk_id, agreed=body.agreed, comment=body.comment)


@router.post(
    "/v1/bulk/{bulk_id}/undo",
    summary="Undo rulings of an act",
    response_model=schemas.BulkAct,
    responses=problems(404, 409),
)
def take_bulk_back(bulk_id: str, reads: Reads, writes: Writes) -> Any:
    """Takes rulings back that do not stand yet, and gives the cases back to their queues."""
    return undo_bulk(reads, writes, bulk_id)
