"""Acts on many cases, as pages: chosen on *Cases*, previewed, done, undone, and agreed to by a second person."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from serving import bulk_work, review
from serving.api.problems import invalid
from serving.api.schemas.bulk import BulkBody
from serving.pages.pass_on import RESTS
from serving.pages.visit import FormDep, Visit, VisitDep, body_of
from serving.transactions import Reads, Writes
from triage.review.bulk_acts import MAX_CASES, list_bulk
from triage.review.bulk_verbs import BulkOrder

router = APIRouter(include_in_schema=False)
VERB_TITLES: Final = {
    "confirm": "Confirm what is suggested",
    "assign": "Assign to a person or a queue",
    "hold": "Put on hold",
    "snooze": "Snooze",
    "hand_off": "Hand to somebody",
}


@router.get("/bulk")
def bulk_page(visit: VisitDep, reads: Reads, query: Annotated[str, Query(max_length=2_000)] = "") -> Response:
    """Show what can be done to the cases that fit, and the acts there are."""
    with reads() as act:
        act.actor.require("work_in_bulk")
        acts, queues = list_bulk(act.connection, actor=act.actor), review.name_queues(act)
        own = act.actor.domains_for("work_in_bulk")
        domains = [name for name in visit.service.domains if own is None or name in own]
        colleagues = sorted({name for domain in domains for name in review.read_colleagues(act, domain)})
    return visit.page(
        "bulk.html", wide=True, query=query, acts=acts, queues=queues, colleagues=colleagues, rests=RESTS,
        verbs=VERB_TITLES, most=MAX_CASES, limit=visit.service.settings.bulk_four_eyes_cases,
    )  # fmt: skip


@router.post("/bulk")
def preview(visit: VisitDep, form: FormDep, reads: Reads, writes: Writes) -> Response:
    """Preview what the form asks for, and show it."""
    given = {name: form.get(name, "").strip() for name in ("verb", "reason", "to", "queue", "comment")}
    query = form.get("query", "")
    hours = form.get("hours", "")
    if hours and hours not in RESTS:
        raise invalid("hours", hours, f"must be one of {', '.join(RESTS)}")
    until = visit.service.clock() + timedelta(hours=float(hours)) if hours else None
    body = (
        body_of(BulkBody, **given, until=until) if not query else body_of(BulkBody, **given, until=until, query=query)
    )
    order = BulkOrder(**body.model_dump(exclude={"query", "case_ids"}))
    found = bulk_work.propose_bulk(reads, writes, order=order, query=query)
    return visit.go(f"/bulk/{found['bulk_id']}")


@router.get("/bulk/{bulk_id}")
def act_page(bulk_id: str, visit: VisitDep, reads: Reads) -> Response:
    """Show an act: what will become of how many cases, or what became."""
    found = bulk_work.read_bulk(reads, bulk_id)
    return visit.page("bulk_act.html", act=found, verbs=VERB_TITLES, most=MAX_CASES)


@router.post("/bulk/{bulk_id}/start")
def start(bulk_id: str, visit: VisitDep, reads: Reads, writes: Writes) -> Response:
    """Do what was previewed."""
    return _show(visit, bulk_work.start_bulk(reads, writes, bulk_id))


@router.post("/bulk/{bulk_id}/decide")
def decide(bulk_id: str, visit: VisitDep, form: FormDep, reads: Reads, writes: Writes) -> Response:
    """Agree to somebody else's act, or refuse it."""
    agreed = form.get("agreed") == "yes"
    return _show(visit, bulk_work.decide_bulk(reads, writes, bulk_id, agreed=agreed, comment=form.get("comment")))


@router.post("/bulk/{bulk_id}/undo")
def undo(bulk_id: str, visit: VisitDep, reads: Reads, writes: Writes) -> Response:
    """Undo the rulings of an act."""
    return _show(visit, bulk_work.undo_bulk(reads, writes, bulk_id))


def _show(visit: Visit, found: dict[str, Any]) -> Response:
    return visit.go(f"/bulk/{found['bulk_id']}", f"bulk_{found['state']}")
