"""My profile: what I may do, where I am signed in, my password, my authenticator app."""

from zoneinfo import available_timezones

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.problems import invalid
from serving.auth import COOKIE, address_of
from serving.pages.language import LANGUAGES
from serving.pages.qr import qr_picture
from serving.pages.templating import render
from serving.pages.visit import FormDep, Visit, VisitDep
from serving.transactions import Act, Reads, Writes
from triage.db.audit_chain import audit
from triage.db.database import reading
from triage.errors import ForbiddenError, NotFoundError
from triage.identity.access import check_password, known_user, set_password
from triage.identity.reader_preferences import choose_preferences, preferences_of
from triage.identity.second_factor import (
    app_address,
    check_code,
    enrol,
    has_second_factor,
    new_totp_secret,
    remove_second_factor,
)
from triage.identity.sessions import end_session, end_sessions, list_sessions

router = APIRouter(include_in_schema=False, prefix="/me")
_PURPOSE = "enrol"
_SECONDS = 600


@router.get("")
def profile_page(request: Request, visit: VisitDep, reads: Reads) -> Response:
    """Show a person's own sign-ins and proofs."""
    name = _name(visit)
    with reads() as act:
        open_sessions = list_sessions(act.connection, name, now=act.now, token=request.cookies.get(COOKIE, ""))
        enrolled = has_second_factor(act.connection, name)
        chosen = preferences_of(act.connection, act.actor.name)
        has_password = bool(known_user(act.connection, name)["password_hash"])
    passwords = has_password and visit.service.settings.password_sign_in
    return visit.page(
        "profile.html", sessions=open_sessions, enrolled=enrolled, passwords=passwords, languages=LANGUAGES,
        chosen=chosen, zones=sorted(available_timezones()),
    )  # fmt: skip


@router.post("/reading")
def choose_reading(request: Request, visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Keep in which language and time zone pages are written for a person."""
    _name(visit)
    with writes() as act:
        choose_preferences(
            act.connection, act.actor, language=form.get("language") or None,
            time_zone=form.get("time_zone", "").strip() or None, languages=LANGUAGES,
        )  # fmt: skip
    request.app.state.readers.pop(visit.caller.principal.name, None)
    return visit.go("/me", "changed")


@router.post("/sessions")
def end_my_sessions(request: Request, visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """End one of a person's own sessions, or all but this one."""
    name = _name(visit)
    with writes() as act:
        if one := form.get("session"):
            end_session(act.connection, one[:64], of=name)
        else:
            end_sessions(act.connection, name, but=request.cookies.get(COOKIE, ""))
    return visit.go("/me", "sessions_ended")


@router.post("/password")
def change_password(request: Request, visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Take a new password from who knows the present one; every session ends, also this one."""
    name, settings = _name(visit), visit.service.settings
    if not settings.password_sign_in:
        raise ForbiddenError("Passwords are turned off here.")
    attempts = request.app.state.attempts
    attempts.begin(name, address_of(request), now=visit.service.clock())
    with attempts.hashing(), reading(visit.service.engine) as connection:
        right = check_password(connection, name, form.get("present", ""))
    if not right:
        raise invalid("present", "(hidden)", "is not your present password")
    attempts.succeeded(name)
    with writes() as act:
        set_password(act.connection, name, form.get("password", ""))
        _audit(act, "set_password", name)
    return RedirectResponse("/sign-in", 303)


@router.post("/second-factor/new")
def begin_enrolment(request: Request, visit: VisitDep) -> Response:
    """Show a new authenticator app's key."""
    name, secret = _name(visit), new_totp_secret()
    sealed = request.app.state.seal.close(_PURPOSE, {"name": name, "secret": secret}, now=visit.service.clock())
    return visit.page("enrol.html", secret=secret, sealed=sealed, picture=qr_picture(app_address(name, secret)))


@router.post("/second-factor")
def add_second_factor(request: Request, visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Keep the app that shows a right code, and show the recovery codes."""
    name, seal = _name(visit), request.app.state.seal
    opened = seal.open(_PURPOSE, form.get("sealed", ""), now=visit.service.clock(), max_age_seconds=_SECONDS)
    if opened is None or opened["name"] != name:
        raise invalid("sealed", "(hidden)", "is too old: begin again")
    with writes() as act:
        codes = enrol(act.connection, name, opened["secret"], form.get("code", ""), seal=seal, now=act.now)
        _audit(act, "enrol_second_factor", name)
    return render("recovery_codes.html", name=name, codes=codes, onward="/me")


@router.post("/second-factor/remove")
def remove_own(request: Request, visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Forget the authenticator app of who can still show a code of it."""
    name, attempts = _name(visit), request.app.state.attempts
    attempts.begin(f"code of {name}", address_of(request), now=visit.service.clock())
    with writes() as act:
        if check_code(act.connection, name, form.get("code", ""), seal=request.app.state.seal, now=act.now) is None:
            raise invalid("code", "(hidden)", "is not what the app shows now, or was used already")
        remove_second_factor(act.connection, name)
        _audit(act, "remove_second_factor", name)
    attempts.succeeded(f"code of {name}")
    return visit.go("/me", "changed")


def _name(visit: Visit) -> str:
    kind, _, name = visit.caller.principal.name.partition(":")
    if kind != "user":
        raise NotFoundError("Only people have a profile.")
    return name


def _audit(act: Act, verb: str, name: str) -> None:
    audit(act.connection, actor=act.actor.name, verb=verb, case_id=None, detail={"name": name}, now=act.now)
