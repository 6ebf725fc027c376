"""The review queue as pages: sign-in, queues, a queue's cases, all cases, errors. Plain forms, no scripts."""

from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from policies.document.document import Disposition
from serving.api.body import read_form
from serving.api.problems import error_headers
from serving.attempts import Attempts
from serving.auth import COOKIE, Caller, CallerDep, ServiceDep, refuse_foreign_site, set_cookie
from serving.pages.templating import render
from triage.access import check_password, close_session, open_session
from triage.db.database import reading
from triage.errors import NotFoundError, TriageError
from triage.review.case_reading import Filters, list_cases, list_queue
from triage.review.queues import queue_counts
from triage.review.verbs import next_case
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
        currencies={domain: policy.document.currency for domain, policy in policies.items()},
        **values,
    )


def wants_page(request: Request) -> bool:
    """Say whether a person with a browser is asking."""
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
        attempts.check(name, address, now=now)
    except TriageError as error:
        answer = render("sign_in.html", status=error.status, next=target, name=name, refusal=error.detail, note="")
        answer.headers.update(error_headers(error))
        return answer
    with reading(service.engine) as connection:
        right = check_password(connection, name, form.get("password", ""))
    if not right:
        attempts.failed(name, address, now=now)
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
def queues_page(caller: CallerDep, service: ServiceDep, note: str = "") -> Response:
    """Show every queue one may see, those with work first."""
    caller.principal.require("read")
    queues = _queues(caller, service)
    groups = [
        (domain, [queue for queue in queues if queue["domain"] == name]) for name, domain in service.domains.items()
    ]
    with reading(service.engine) as connection:
        held = list_cases(
            connection,
            policies=service.policies,
            actor=caller.principal,
            filters=Filters(claimed_by=caller.principal.name, state="claimed"),
            cursor=None,
            limit=_PAGE_SIZE,
            now=service.clock(),
        )
    return page(
        "queues.html", caller, service, note=note, groups=[group for group in groups if group[1]], held=held["items"]
    )


@router.get("/queues/{queue}")
def queue_page(
    queue: str,
    caller: CallerDep,
    service: ServiceDep,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    note: str = "",
) -> Response:
    """Show what waits in a queue, in the order it should be worked."""
    found = _queue(queue, caller, service)
    with reading(service.engine) as connection:
        items = list_queue(
            connection,
            queue,
            policies=service.policies,
            actor=caller.principal,
            limit=_PAGE_SIZE + 1,
            offset=offset,
            now=service.clock(),
        )
    return page(
        "queue.html", caller, service, note=note, queue=found, items=items[:_PAGE_SIZE], offset=offset, size=_PAGE_SIZE,
        more=len(items) > _PAGE_SIZE,
    )  # fmt: skip


@router.post("/queues/{queue}/next")
def take_next(queue: str, caller: CallerDep, service: ServiceDep) -> Response:
    """Claim the next best case of a queue and open it."""
    case_id = claim_next(queue, caller, service)
    return RedirectResponse(f"/cases/{case_id}?note=claimed" if case_id else f"/queues/{quote(queue)}?note=empty", 303)


def claim_next(queue: str, caller: Caller, service: Service) -> str | None:
    """Claim the next best case of a queue, None when there is none."""
    hold = timedelta(minutes=service.settings.claim_minutes)
    with service.engine.begin() as connection:
        return next_case(
            connection, queue, policies=service.policies, actor=caller.principal, now=service.clock(), hold=hold
        )


@router.get("/cases")
def cases_page(
    caller: CallerDep,
    service: ServiceDep,
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
    chosen = {name: value for name, value in given.items() if value}
    with reading(service.engine) as connection:
        found = list_cases(
            connection,
            policies=service.policies,
            actor=caller.principal,
            filters=Filters(**chosen),
            cursor=cursor or None,
            limit=_PAGE_SIZE,
            now=service.clock(),
        )
    following = urlencode(chosen | {"cursor": found["next_cursor"]}) if found["next_cursor"] else ""
    return page(
        "cases.html", caller, service, items=found["items"], following=following, first=not cursor, given=given, chosen=chosen,
        queues=_queues(caller, service), dispositions=[item.value for item in Disposition],
    )  # fmt: skip


def _page_before(request: Request) -> str:
    """Give where a failed form was sent from; a page that failed itself leads to the front page."""
    if request.method in ("GET", "HEAD"):
        return "/"
    return _local(urlsplit(request.headers.get("referer", "")).path)


def _queues(caller: Caller, service: Service) -> list[dict[str, Any]]:
    with reading(service.engine) as connection:
        return queue_counts(connection, policies=service.policies, actor=caller.principal, now=service.clock())


def _queue(name: str, caller: Caller, service: Service) -> dict[str, Any]:
    found = next((queue for queue in _queues(caller, service) if queue["queue"] == name), None)
    if found is None:
        raise NotFoundError(f"there is no queue {name[:40]}")
    return found


def _local(address: str) -> str:
    """Keep an address on this site, or give the front page."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else "/"
