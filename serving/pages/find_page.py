"""All cases one may see: searched, filtered, ordered, counted, exported, kept as views. The address is the view."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from policies.document.document import Disposition
from serving import review
from serving.api.finding import FiltersDep
from serving.pages.visit import PAGE_SIZE, FormDep, VisitDep
from serving.transactions import Reads, Writes
from triage.review.case_lists import Filters, Order, count_values, list_cases
from triage.review.saved_views import delete_view, list_views, save_view

router = APIRouter(include_in_schema=False)
ORDERS: Final = {
    "newest": "Newest first",
    "due": "Earliest due first",
    "expected_loss": "Largest expected loss first",
    "risk": "Highest risk first",
}
_FILTERS: Final = tuple(Filters.__dataclass_fields__)
_NARROWED_BY: Final = ("domain", "state", "queue", "disposition", "cause", "priority", "site_id")
_MAX_CHOICES: Final = 8


@router.get("/cases")
def cases_page(
    visit: VisitDep,
    reads: Reads,
    chosen: FiltersDep,
    order: Order = "newest",
    cursor: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show all cases one may see, with filters and how many have each value."""
    given = {name: visit.request.query_params.get(name, "").strip() for name in _FILTERS}
    kept = {name: value for name, value in given.items() if value}
    ordered = kept | ({"order": order} if order != "newest" else {})
    with reads() as act:
        asked: dict[str, Any] = {
            "policies": act.policies, "actor": act.actor, "filters": _without_empty(chosen), "now": act.now,
        }  # fmt: skip
        found = list_cases(act.connection, cursor=cursor or None, limit=PAGE_SIZE, order=order, **asked)
        counts = count_values(act.connection, **asked)
        queues = review.name_queues(act)
        views = list_views(act.connection, actor=act.actor)
    following = urlencode(ordered | {"cursor": found["next_cursor"]}) if found["next_cursor"] else ""
    return visit.page(
        "cases.html", wide=True, items=found["items"], following=following, first=not cursor, given=given,
        chosen=kept, order=order, orders=ORDERS, query=urlencode(ordered), counts=counts, views=views, queues=queues,
        narrowed=_narrowed(kept, order, counts["counts"]), dispositions=[item.value for item in Disposition],
    )  # fmt: skip


@router.post("/views")
def save(visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Keep the filters in force under a name."""
    query = form.get("query", "")
    with writes() as act:
        view = save_view(
            act.connection, actor=act.actor, name=form.get("name", ""), query=query, shared="shared" in form,
            now=act.now,
        )  # fmt: skip
    return visit.go(f"/cases?{view['query']}", "view_saved")


@router.post("/views/{view_id}/delete")
def delete(view_id: str, visit: VisitDep, writes: Writes) -> Response:
    """Delete a view."""
    with writes() as act:
        delete_view(act.connection, view_id, actor=act.actor)
    return visit.go("/cases", "view_deleted")


def _without_empty(chosen: Filters) -> Filters:
    """Take an empty field of the form for one that was not filled in."""
    values = {name: getattr(chosen, name) for name in _FILTERS}
    return Filters(**{name: value for name, value in values.items() if value not in (None, "")})


def _narrowed(kept: dict[str, str], order: str, counts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """Return, by field, the commonest values with the address of the view that each narrows to, or widens from."""
    further = {"order": order} if order != "newest" else {}
    fields = []
    for name in _NARROWED_BY:
        others = {field: value for field, value in kept.items() if field != name} | further
        choices = [
            {
                "value": value,
                "count": count,
                "on": kept.get(name) == value,
                "query": urlencode(others if kept.get(name) == value else others | {name: value}),
            }
            for value, count in list(counts[name].items())[:_MAX_CHOICES]
        ]
        if choices and (len(choices) > 1 or choices[0]["on"]):
            fields.append({"name": name, "choices": choices})
    return fields
