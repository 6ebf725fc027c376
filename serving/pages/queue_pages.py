"""The review queue as pages: sign-in, a person's work, a queue's cases, all cases, errors.

Plain forms and links do everything; the scripts in static/ only make it quicker.
"""

from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving import review
from serving.api.problems import TooManyAttemptsError, error_headers
from serving.attempts import Attempts
from serving.auth import COOKIE, CallerDep, ServiceDep, recognise, refuse_foreign_site, set_cookie
from serving.pages.templating import render
from serving.pages.visit import PAGE_SIZE, FormDep, VisitDep
from serving.transactions import Reads, Writes
from triage.access import check_password, close_session, open_session
from triage.db.database import reading
from triage.errors import NotFoundError, TriageError
from triage.review.case_reading import list_queue

router = APIRouter(include_in_schema=False)
_MACHINE_PATHS: Final = ("/v1/", "/metrics", "/healthz", "/readyz", "/openapi.json", "/static/")
Any128 = Annotated[str, Query(max_length=128)]


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


@router.get("/sign-in")
def sign_in_page(target: Annotated[str, Query(alias="next", max_length=500)] = "/") -> Response:
    """Show the sign-in form."""
    return render("sign_in.html", next=_local(target), name="", refusal="", said="")


@router.get("/signed-out")
async def signed_out_page(request: Request) -> Response:
    """Show that nobody is signed in any more; whoever is goes to the front page."""
    if await recognise(request) is not None:
        return RedirectResponse("/", 303)
    return render("sign_in.html", next="/", name="", refusal="", said="You are signed out.")


@router.post("/sign-in")
def sign_in(request: Request, form: FormDep, service: ServiceDep) -> Response:
    """Open a session for the right name and password."""
    refuse_foreign_site(request)
    attempts: Attempts = request.app.state.attempts
    name, target, now = form.get("name", "").strip().lower()[:64], _local(form.get("next", "/")), service.clock()
    address = request.client.host if request.client else "unknown"
    try:
        attempts.begin(name, address, now=now)
        with attempts.hashing(), reading(service.engine) as connection:
            right = check_password(connection, name, form.get("password", ""))
    except TooManyAttemptsError as error:
        answer = render("sign_in.html", status=error.status, next=target, name=name, refusal=error.detail, said="")
        answer.headers.update(error_headers(error))
        return answer
    if not right:
        refusal = "Wrong name or password."
        return render("sign_in.html", status=401, next=target, name=name, refusal=refusal, said="")
    attempts.succeeded(name)
    with service.engine.begin() as connection:
        token = open_session(connection, name, now=now, holds=timedelta(hours=service.settings.session_hours))
    response = RedirectResponse(target, 303)
    set_cookie(response, token, service)
    return response


@router.post("/sign-out")
def sign_out(request: Request, caller: CallerDep, service: ServiceDep) -> Response:
    """Close the session."""
    del caller
    with service.engine.begin() as connection:
        close_session(connection, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/signed-out", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


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
    return _local(urlsplit(request.headers.get("referer", "")).path)


def _local(address: str) -> str:
    """Keep an address on this site, or give the front page."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else "/"
