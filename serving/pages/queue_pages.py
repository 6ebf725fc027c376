"""The review queue as pages: a person's work, a queue's cases, all cases, errors.

Plain forms and links do everything; the scripts in static/ only make it quicker.
"""

from typing import Annotated, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving import review
from serving.api.problems import error_headers
from serving.pages.templating import render
from serving.pages.visit import PAGE_SIZE, FormDep, VisitDep, local_address
from serving.transactions import Reads, Writes
from triage.errors import NotFoundError, TriageError
from triage.review.case_reading import list_queue

router = APIRouter(include_in_schema=False)
_MACHINE_PATHS: Final = ("/v1/", "/metrics", "/healthz", "/readyz", "/openapi.json", "/static/")


def wants_page(request: Request) -> bool:
    """Return whether a person with a browser is asking."""
    if request.url.path.startswith(_MACHINE_PATHS):
        return False
    return "text/html" in request.headers.get("accept", "")


def error_page(request: Request, error: TriageError) -> Response:
    """Answer an error with a page; whoever is not known is sent to sign in and comes back afterwards."""
    if error.status == 401:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = f"?next={quote(wanted)}" if request.method in ("GET", "HEAD") and wanted != "/" else ""
        return RedirectResponse(f"/sign-in{back}", 303)
    known = getattr(request.state, "signed_in", None)
    frame = {} if known is None else {"caller": known, "now": request.app.state.service.clock()}
    answer = render("error.html", status=error.status, error=error, back=_page_before(request), **frame)
    answer.headers.update(error_headers(error))
    return answer


@router.get("/")
def work_page(visit: VisitDep, reads: Reads) -> Response:
    """Show what waits for this person: what they hold, and the queues they may see, those with work first."""
    with reads() as act:
        act.actor.require("read")
        queues = review.read_queues(act)
        held, asked = review.read_held(act), review.read_asked(act)
    mine = [queue for queue in queues if act.actor.may("work_tasks", queue["domain"])]
    groups = [
        (domain, [queue for queue in queues if queue["domain"] == name])
        for name, domain in visit.service.domains.items()
    ]
    return visit.page("work.html", groups=[group for group in groups if group[1]], mine=mine, held=held, asked=asked)


@router.post("/next")
def take_best(visit: VisitDep, writes: Writes, form: FormDep) -> Response:
    """Claim the best case over all queues this person may work, and open it."""
    with writes() as act:
        case_id = review.claim_best(act, but=form.get("but"))
    return visit.go(f"/cases/{case_id}") if case_id else visit.go("/", "none_left")


@router.get("/queues/{queue}")
def queue_page(
    queue: str,
    visit: VisitDep,
    reads: Reads,
    cursor: Annotated[str, Query(max_length=400)] = "",
    first: Annotated[int, Query(ge=1, le=100_000_000, description="The number of the first one, to be shown")] = 1,
) -> Response:
    """Show what waits in a queue, in the order it should be worked."""
    with reads() as act:
        found = next(iter(review.read_queues(act, only=queue)), None)
        if found is None:
            raise NotFoundError(f"there is no queue {queue[:40]}")
        listed = list_queue(
            act.connection,
            queue,
            policies=act.policies,
            actor=act.actor,
            limit=PAGE_SIZE,
            cursor=cursor or None,
            now=act.now,
        )
    items, next_cursor = listed["items"], listed["next_cursor"]
    following = urlencode({"cursor": next_cursor, "first": first + len(items)}) if next_cursor else ""
    return visit.page("queue.html", queue=found, items=items, first=first if cursor else 1, following=following)


@router.post("/queues/{queue}/next")
def take_next(queue: str, visit: VisitDep, writes: Writes) -> Response:
    """Claim the next best case of a queue and open it; its rulings lead on to the next of the same queue."""
    with writes() as act:
        case_id = review.claim_next(act, queue)
    if case_id is None:
        return visit.go(f"/queues/{quote(queue)}", "empty")
    return visit.go(f"/cases/{case_id}?queue={quote(queue)}")


def _page_before(request: Request) -> str:
    """Return where a failed form was sent from; a page that failed itself leads to the front page."""
    if request.method in ("GET", "HEAD"):
        return "/"
    return local_address(urlsplit(request.headers.get("referer", "")).path)
