"""Finding cases: filters that a list, its counts and its export share, and the views that people keep."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from serving.api.problems import invalid
from serving.api.schemas import finding as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.sheets import MEDIA_TYPES, SheetFormat, write_sheet
from serving.api.strict_route import StrictRoute
from serving.transactions import Reads, Writes
from triage.review.case_lists import Filters, count_values, every_case
from triage.review.saved_views import delete_view, list_views, save_view

router = APIRouter(tags=["cases"], route_class=StrictRoute, strict_content_type=False)
MAX_EXPORTED: Final = 10_000
Name = Annotated[str | None, Query(max_length=128)]
_MOMENT: Final = "An instant, or a day (UTC)"
_COLUMNS: Final = (
    "exception_id", "case_id", "domain", "site_id", "received_at", "disposition", "cause", "risk", "expected_loss",
    "currency", "priority", "state", "queue", "sla_due_at", "sla_state", "claimed_by",
)  # fmt: skip
_OF_TASK: Final = ("queue", "sla_due_at", "sla_state", "claimed_by")
_MOMENTS: Final = ("received_at", "sla_due_at")


def filters(
    domain: Name = None,
    queue: Name = None,
    state: Annotated[str | None, Query(description="auto, open, claimed, approval, on_hold, snoozed or done")] = None,
    disposition: Annotated[str | None, Query(description="auto, confirm, review or escalate")] = None,
    cause: Name = None,
    priority: Annotated[str | None, Query(max_length=2, description="P1 to P4")] = None,
    site_id: Name = None,
    claimed_by: Name = None,
    received_from: Annotated[str | None, Query(max_length=40, description=f"{_MOMENT}: from its beginning")] = None,
    received_to: Annotated[str | None, Query(max_length=40, description=f"{_MOMENT}: to its end")] = None,
    q: Annotated[
        str | None,
        Query(
            max_length=128,
            description="Beginning of an exception id, a case id, or words and identifiers that the case holds",
        ),
    ] = None,
) -> Filters:
    """Read the filters of a list from the address."""
    return Filters(
        domain=domain, queue=queue, state=state, disposition=disposition, cause=cause, priority=priority,
        site_id=site_id, claimed_by=claimed_by, q=q,
        received_from=read_moment("received_from", received_from, at_end=False),
        received_to=read_moment("received_to", received_to, at_end=True),
    )  # fmt: skip


FiltersDep = Annotated[Filters, Depends(filters)]


def read_moment(name: str, written: str | None, *, at_end: bool) -> datetime | None:
    """Read an instant, or a day as its beginning or end in UTC; raise InvalidError for anything else."""
    if not written:
        return None
    try:
        if len(written) == len("2026-11-29"):
            day = datetime.combine(date.fromisoformat(written), time(), UTC)
            return day + timedelta(days=1) if at_end else day
        moment = datetime.fromisoformat(written)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(name, written, "must be a day such as 2026-11-29, or an instant with its zone")
    return moment


@router.get("/v1/cases/counts", summary="Count cases by value", response_model=schemas.CaseCounts, responses=problems())
def get_counts(reads: Reads, chosen: FiltersDep) -> Any:
    """Counts the newest cases that fit by kind, queue, state, decision, cause, priority and site, for those you may
    see.

    `complete` is false where older ones were left out of the count.
    """
    with reads() as act:
        return count_values(act.connection, policies=act.policies, actor=act.actor, filters=chosen, now=act.now)


@router.get(
    "/v1/cases/export",
    summary="Export cases as a file",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}, **problems()},
)
def export_cases(
    reads: Reads, chosen: FiltersDep, kind: Annotated[SheetFormat, Query(alias="format")] = "csv"
) -> Response:
    """Returns the newest 10,000 cases that fit as CSV or XLSX. Texts that a spreadsheet would run get an apostrophe in
    front."""
    with reads() as act:
        found = every_case(
            act.connection, policies=act.policies, actor=act.actor, filters=chosen, now=act.now, most=MAX_EXPORTED
        )
        content = write_sheet(_COLUMNS, map(_line, found), kind)
        name = f"cases-{act.now:%Y%m%d-%H%M}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


@router.get("/v1/views", summary="Saved views", response_model=schemas.SavedViews, responses=problems())
def get_views(reads: Reads) -> Any:
    """Lists your saved views and those that others share."""
    with reads() as act:
        return {"views": list_views(act.connection, actor=act.actor)}


@router.post(
    "/v1/views",
    summary="Save a view",
    status_code=201,
    response_model=schemas.SavedView,
    responses=body_problems(409),
)
def post_view(body: schemas.ViewBody, writes: Writes) -> Any:
    """Keeps filters under a name; your view of the same name is replaced."""
    with writes() as act:
        return save_view(act.connection, actor=act.actor, **body.model_dump(), now=act.now)


@router.delete("/v1/views/{view_id}", summary="Delete a view", status_code=204, responses=problems(404))
def remove_view(view_id: str, writes: Writes) -> None:
    """Deletes a view of yours; administrators may delete any."""
    with writes() as act:
        delete_view(act.connection, view_id, actor=act.actor)


def _line(item: dict[str, Any]) -> list[Any]:
    task = item["task"] or {}
    values: dict[str, Any] = {name: task.get(name) if name in _OF_TASK else item[name] for name in _COLUMNS}
    return [
        datetime.fromisoformat(value).astimezone(UTC) if name in _MOMENTS and value is not None else value
        for name, value in values.items()
    ]
