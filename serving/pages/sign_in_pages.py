"""Signing in with a password and, where it is asked for, a code; signing out."""

from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.problems import TooManyAttemptsError, error_headers
from serving.attempts import Attempts
from serving.auth import COOKIE, CallerDep, ServiceDep, address_of, recognise, refuse_foreign_site
from serving.identity_provider import IdentityProvider
from serving.pages.entering import PENDING_COOKIE, Pending, enter, open_door, read_pending
from serving.pages.qr import qr_picture
from serving.pages.templating import render
from serving.pages.visit import FormDep, local_address
from triage.db.audit_chain import audit
from triage.db.database import reading
from triage.errors import ForbiddenError, InvalidError
from triage.identity.access import check_password
from triage.identity.second_factor import app_address, check_code, enrol
from triage.identity.sessions import close_session
from triage.service import Service

log = structlog.get_logger("access")
router = APIRouter(include_in_schema=False)
_WRONG: Final = "Wrong name or password."


@router.get("/sign-in")
def sign_in_page(
    request: Request, service: ServiceDep, target: Annotated[str, Query(alias="next", max_length=500)] = "/"
) -> Response:
    """Show the ways to sign in."""
    return _form(request, service, target=local_address(target))


@router.get("/signed-out")
async def signed_out_page(request: Request, service: ServiceDep) -> Response:
    """Show that nobody is signed in any more; whoever is goes to the front page."""
    if await recognise(request) is not None:
        return RedirectResponse("/", 303)
    return _form(request, service, said="You are signed out.")


@router.post("/sign-in")
def sign_in(request: Request, form: FormDep, service: ServiceDep) -> Response:
    """Open a session for the right name and password, or ask for the second factor."""
    refuse_foreign_site(request)
    if not service.settings.password_sign_in:
        raise ForbiddenError("Passwords are turned off here: sign in through the identity provider.")
    attempts: Attempts = request.app.state.attempts
    name, target, now = form.get("name", "").strip().lower()[:64], local_address(form.get("next", "/")), service.clock()
    try:
        attempts.begin(name, address_of(request), now=now)
        with attempts.hashing(), reading(service.engine) as connection:
            right = check_password(connection, name, form.get("password", ""))
    except TooManyAttemptsError as error:
        log.warning("sign_in_refused", name=name, address=address_of(request), why="too many attempts")
        answer = _form(request, service, status=error.status, target=target, name=name, refusal=error.detail)
        answer.headers.update(error_headers(error))
        return answer
    if not right:
        log.warning("sign_in_refused", name=name, address=address_of(request), why="wrong name or password")
        return _form(request, service, status=401, target=target, name=name, refusal=_WRONG)
    attempts.succeeded(name)
    return enter(request, service, Pending(name=name, how="password", target=target), strong=False)


@router.get("/sign-in/code")
def code_page(request: Request, service: ServiceDep) -> Response:
    """Ask for the code of the authenticator app, of somebody whose password was right."""
    pending = read_pending(request, service)
    if pending is None or pending.secret:
        return RedirectResponse("/sign-in", 303)
    return render("sign_in_code.html", name=pending.name, refusal="")


@router.post("/sign-in/code")
def give_code(request: Request, form: FormDep, service: ServiceDep) -> Response:
    """Open the session for a right code; each code counts once."""
    refuse_foreign_site(request)
    pending = read_pending(request, service)
    if pending is None or pending.secret:
        return RedirectResponse("/sign-in", 303)
    now, attempts, name = service.clock(), request.app.state.attempts, pending.name
    try:
        attempts.begin(f"code of {name}", address_of(request), now=now)
    except TooManyAttemptsError as error:
        answer = render("sign_in_code.html", status=error.status, name=name, refusal=error.detail)
        answer.headers.update(error_headers(error))
        return answer
    with service.engine.begin() as connection:
        right = check_code(connection, name, form.get("code", ""), seal=request.app.state.seal, now=now)
        if right == "recovery":
            audit(
                connection, actor=f"user:{name}", verb="use_recovery_code", case_id=None, detail={"name": name}, now=now
            )
    if right is None:
        log.warning("sign_in_refused", name=name, address=address_of(request), why="wrong code")
        refusal = "That is not the code, or it was used already. Wait for the next one."
        return render("sign_in_code.html", status=401, name=name, refusal=refusal)
    attempts.succeeded(f"code of {name}")
    return open_door(request, service, pending, with_code=True)


@router.get("/sign-in/enrol")
def enrol_page(request: Request, service: ServiceDep) -> Response:
    """Show the authenticator app's secret to somebody whose role takes a second factor and who has none yet."""
    pending = read_pending(request, service)
    if pending is None or not pending.secret:
        return RedirectResponse("/sign-in", 303)
    return _enrolling(pending)


@router.post("/sign-in/enrol")
def enrol_first(request: Request, form: FormDep, service: ServiceDep) -> Response:
    """Keep the app that showed a right code, open the session, and show the recovery codes."""
    refuse_foreign_site(request)
    pending = read_pending(request, service)
    if pending is None or not pending.secret:
        return RedirectResponse("/sign-in", 303)
    codes = _enrol(request, service, pending, form.get("code", ""))
    if codes is None:
        return _enrolling(pending, status=401, refusal="That is not what the app shows now. Check the phone's clock.")
    shown = render("recovery_codes.html", name=pending.name, codes=codes, onward=pending.target)
    return open_door(request, service, pending, with_code=True, answer=shown)


@router.post("/sign-out")
def sign_out(request: Request, caller: CallerDep, service: ServiceDep) -> Response:
    """Close the session, and send the browser on to the provider's own where it was opened there."""
    del caller
    with service.engine.begin() as connection:
        id_token = close_session(connection, request.cookies.get(COOKIE, ""))
    provider: IdentityProvider | None = request.app.state.identity_provider
    onward = provider.sign_out_address(id_token) if provider is not None and id_token is not None else None
    # By a page, not a redirect: a form of ours may lead to no other site.
    response = render("leaving.html", onward=onward) if onward else RedirectResponse("/signed-out", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _enrol(request: Request, service: Service, pending: Pending, code: str) -> list[str] | None:
    now, name = service.clock(), pending.name
    request.app.state.attempts.begin(f"code of {name}", address_of(request), now=now)
    try:
        with service.engine.begin() as connection:
            codes = enrol(connection, name, pending.secret, code, seal=request.app.state.seal, now=now)
            detail = {"name": name}
            audit(connection, actor=f"user:{name}", verb="enrol_second_factor", case_id=None, detail=detail, now=now)
    except InvalidError:
        return None
    request.app.state.attempts.succeeded(f"code of {name}")
    return codes


def _enrolling(pending: Pending, *, status: int = 200, refusal: str = "") -> Response:
    picture = qr_picture(app_address(pending.name, pending.secret))
    return render(
        "sign_in_enrol.html", status=status, name=pending.name, secret=pending.secret, picture=picture, refusal=refusal
    )


def _form(request: Request, service: Service, *, status: int = 200, target: str = "/", **values: Any) -> Response:
    settings = service.settings
    shown = {"name": "", "refusal": "", "said": ""} | values
    answer = render(
        "sign_in.html", status=status, next=target, passwords=settings.password_sign_in,
        provider=bool(settings.oidc_issuer), **shown,
    )  # fmt: skip
    if PENDING_COOKIE in request.cookies:
        answer.delete_cookie(PENDING_COOKIE, path="/sign-in")
    return answer
