"""Sources of look-ups as JSON, for administrators."""

from typing import Any

from fastapi import APIRouter

from serving.api.schemas import fact_sources as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.transactions import Reads, Writes
from triage.handoff import lookup_sources as known
from triage.handoff.lookup_sources import LookupSource

router = APIRouter(tags=["lookups"], route_class=StrictRoute, strict_content_type=False)


@router.get("/v1/lookups", summary="Sources of look-ups", response_model=schemas.Sources, responses=problems())
def list_lookups(reads: Reads) -> Any:
    """Lists the systems and tables in which facts are looked up before a case is judged; never a secret."""
    with reads() as act:
        act.actor.require("manage_deliveries")
        return {"sources": known.describe_sources(act.connection)}


@router.post(
    "/v1/lookups",
    summary="Add a source of look-ups",
    status_code=201,
    response_model=schemas.Source,
    responses=body_problems(409),
)
def add_lookup(body: schemas.SourceBody, writes: Writes) -> Any:
    """Adds a system that is asked over HTTP or, without a URL, a table that is then loaded."""
    wanted = LookupSource(kind="http" if body.url is not None else "table", **body.model_dump())
    with writes() as act:
        act.actor.require("manage_deliveries")
        known.add_source(act.connection, wanted, actor=act.actor.name, now=act.now)
        return next(one for one in known.describe_sources(act.connection) if one["name"] == body.name)


@router.put(
    "/v1/lookups/{name}/rows",
    summary="Replace the rows of a table",
    response_model=schemas.LoadedRows,
    responses=body_problems(404),
)
def load_lookup(name: str, body: schemas.RowsBody, writes: Writes) -> Any:
    """Replaces all rows of a table in one transaction. Larger ones are loaded from a file: `triage lookup load`."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        count = known.load_rows(
            act.connection, name, body.rows, key=body.key, actor=act.actor.name, now=act.now
        )  # fmt: skip
    return {"name": name, "rows": count}


@router.delete("/v1/lookups/{name}", summary="Remove a source of look-ups", status_code=204, responses=problems(404))
def remove_lookup(name: str, writes: Writes) -> None:
    """Removes a source and what was loaded for it. What a policy still looks up there is unknown from then on."""
    with writes() as act:
        act.actor.require("manage_deliveries")
        known.remove_source(act.connection, name, actor=act.actor.name, now=act.now)
