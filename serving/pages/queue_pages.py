"""The review queue as pages: sign-in, queues, a queue's cases, all cases, errors. Plain forms, no scripts."""

from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from policies.document.document import Disposition
from serving import review
from serving.api.body import read_form
from serving.api.problems import TooManyAttemptsError, error_headers
from serving.attempts import Attempts
from serving.auth import COOKIE, Caller, CallerDep, ServiceDep, refuse_foreign_site, set_cookie
from serving.pages.templating import render
from serving.transactions import Reads, Writes
from triage.access import check_password, close_session, open_session
from triage.db.database import reading
from triage.errors import NotFoundError, TriageError
from triage.review.case_lists import Filters, list_cases
from triage.review.case_reading import list_queue
from triage.service import Service

router = APIRouter(include_in_schema=False)
FormDep = Annotated[dict[str, str], Depends(read_form)]
NOTES: Final = {
    "empty": "Nothing is waiting there: every case of this queue is done or claimed.",
    "resolved": "Resolved. Here is the next case of the queue.",
    "resolved_last": "Resolved. That was the last free case of this queue.",
    "ruled": "Your ruling waits for a second person to approve it. Here is the next case of the queue.",
    "ruled_last": "Your ruling waits for a second person to approve it. That was the last free case of this queue.",
    "approved": "Approved. The ruling stands and the case is closed.",
    "sent_back": "Sent back. The case is open again, with your comment in the history.",
    "claimed": "The case is yours for now.",
    "released": "The case is back in its queue.",
    "commented": "Your comment is in the file.",
    "signed_out": "You are signed out.",
}
_MACHINE_PATHS: Final = ("/v1/", "/metrics", "/healthz", "/readyz", "/openapi.json", "/static/")
_PAGE_SIZE: Final = 50
Any128 = Annotated[str, Query(max_length=128)]


def page(
    template: str, caller: Caller, service: Service, *, status: int = 200, note: str = "", **values: Any
) -> Response:
    """Answer with a page for somebody known."""
    policies = service.policies
    titles = {(domain, name): queue.title for domain in policies for name, queue in policies.queues(domain).items()}
    return render(
        template,
        status=status,
        caller=caller,
        now=service.clock(),
        note=NOTES.get(note, ""),
        domains=service.domains,
        titles=titles,
        simulated=sorted(service.domains[name].title for name in service.promises.simulated() & service.domains.keys()),
        currencies={domain: policy.document.currency for domain, policy in policies.items()},
        **values,
    )


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
def sign_in_page(target: Annotated[str, Query(alias="next", max_length=500)] = "/", note: str = "") -> Response:
    """Show the sign-in form."""
    return render("sign_in.html", next=_local(target), name="", refusal="", note=NOTES.get(note, ""))


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
        answer = render("sign_in.html", status=error.status, next=target, name=name, refusal=error.detail, note="")
        answer.headers.update(error_headers(error))
        return answer
    if not right:
        refusal = "That name and password do not fit together."
        return render("sign_in.html", status=401, next=target, name=name, refusal=refusal, note="")
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
    response = RedirectResponse("/sign-in?note=signed_out", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/")
def queues_page(caller: CallerDep, service: ServiceDep, reads: Reads, note: str = "") -> Response:
    """Show every queue one may see, those with work first."""
    with reads() as act:
        act.actor.require("read")
        queues = review.read_queues(act)
        held = list_cases(
            act.connection,
            policies=act.policies,
            actor=act.actor,
            filters=Filters(claimed_by=act.actor.name, state="claimed"),
            cursor=None,
            limit=_PAGE_SIZE,
            now=act.now,
        )
    groups = [
        (domain, [queue for queue in queues if queue["domain"] == name]) for name, domain in service.domains.items()
    ]
    return page(
        "queues.html", caller, service, note=note, groups=[group for group in groups if group[1]], held=held["items"]
    )


@router.get("/queues/{queue}")
def queue_page(
    queue: str,
    caller: CallerDep,
    service: ServiceDep,
    reads: Reads,
    cursor: Annotated[str, Query(max_length=400)] = "",
    first: Annotated[int, Query(ge=1, le=100_000_000, description="The number of the first one, to be shown")] = 1,
    note: str = "",
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
            limit=_PAGE_SIZE,
            cursor=cursor or None,
            now=act.now,
        )
    items, next_cursor = listed["items"], listed["next_cursor"]
    following = urlencode({"cursor": next_cursor, "first": first + len(items)}) if next_cursor else ""
    return page(
        "queue.html", caller, service, note=note, queue=found, items=items, first=first if cursor else 1,
        following=following,
    )  # fmt: skip


@router.post("/queues/{queue}/next")
def take_next(queue: str, writes: Writes) -> Response:
    """Claim the next best case of a queue and open it."""
    with writes() as act:
        case_id = review.claim_next(act, queue)
    return RedirectResponse(f"/cases/{case_id}?note=claimed" if case_id else f"/queues/{quote(queue)}?note=empty", 303)


@router.get("/cases")
def cases_page(
    caller: CallerDep,
    service: ServiceDep,
    reads: Reads,
    domain: Any128 = "",
    queue: Any128 = "",
    state: Any128 = "",
    disposition: Any128 = "",
    cause: Any128 = "",
    claimed_by: Any128 = "",
    q: Any128 = "",
    cursor: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show all cases one may see, newest first, with filters."""
    given = {
        "domain": domain, "queue": queue, "state": state, "disposition": disposition, "cause": cause,
        "claimed_by": claimed_by, "q": q.strip(),
    }  # fmt: skip
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    with reads() as act:
        found = list_cases(
            act.connection,
            policies=act.policies,
            actor=act.actor,
            filters=Filters(**chosen),
            cursor=cursor or None,
            limit=_PAGE_SIZE,
            now=act.now,
        )
        queues = review.name_queues(act)
    following = urlencode(chosen | {"cursor": found["next_cursor"]}) if found["next_cursor"] else ""
    return page(
        "cases.html", caller, service, items=found["items"], following=following, first=not cursor, given=given,
        chosen=chosen,
        queues=queues, dispositions=[item.value for item in Disposition],
    )  # fmt: skip


def _page_before(request: Request) -> str:
    """Return where a failed form was sent from; a page that failed itself leads to the front page."""
    if request.method in ("GET", "HEAD"):
        return "/"
    return _local(urlsplit(request.headers.get("referer", "")).path)


def _local(address: str) -> str:
    """Keep an address on this site, or give the front page."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else "/"
