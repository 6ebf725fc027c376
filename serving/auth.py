"""Who is calling: a system by its API key, a person by the session cookie. Nobody else gets past the door."""

import hmac
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Final

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from serving.api.body import is_form, read_form
from serving.identity_provider import IdentityProvider
from triage.db.database import reading
from triage.errors import ForbiddenError, UnauthenticatedError
from triage.identity.access import Principal, note_use, principal_of_key, principal_of_subject
from triage.identity.sessions import principal_of_session
from triage.service import Service

COOKIE: Final = "triage_session"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf_token"
_KEY_HOLDS: Final = timedelta(seconds=2)
_MAX_KEYS: Final = 1_000
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling. csrf_token is that of the session, None for a key."""

    principal: Principal
    csrf_token: str | None


class KnownKeys:
    """Keys recognised in the last two seconds: a busy system is looked up every two seconds, and a revoked key lives no
    longer."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Principal, datetime]] = {}
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def get(self, presented: str, now: datetime) -> Principal | None:
        """Return who was recognised by this key a moment ago."""
        found = self._known.get(_fingerprint(presented))
        return found[0] if found is not None and now < found[1] else None

    def remember(self, presented: str, principal: Principal, now: datetime) -> None:
        """Keep who was recognised, for a moment."""
        with self._lock:
            if len(self._known) >= _MAX_KEYS:
                self._known.clear()
            self._known[_fingerprint(presented)] = (principal, now + _KEY_HOLDS)
            self._used[principal.name.removeprefix("key:")] = now

    def write_uses(self, service: Service) -> None:
        """Keep in the database when keys were last used: one write for each that was, however often."""
        with self._lock:
            used, self._used = self._used, {}
        if used:
            with service.engine.begin() as connection:
                note_use(connection, used)


def service_of(request: Request) -> Service:
    """Return the service the app was made for."""
    service: Service = request.app.state.service
    return service


async def identify(request: Request) -> Caller:
    """Recognise the caller; raise UnauthenticatedError for nobody, ForbiddenError for a write without its CSRF
    token."""
    known: Caller | None = getattr(request.state, "signed_in", None)
    if known is not None:
        return known
    caller = await recognise(request)
    if caller is not None:
        request.app.state.request_rates.count("key", caller.principal.name, now=service_of(request).clock())
    if caller is None:
        raise UnauthenticatedError("Send `Authorization: Bearer trg_…` with a living API key, or sign in at /sign-in.")
    if caller.csrf_token is not None and request.method not in _SAFE:
        await _check_csrf(request, caller.csrf_token)
    request.state.caller = caller.principal.name
    request.state.signed_in = caller
    return caller


async def recognise(request: Request) -> Caller | None:
    """Return who is calling, None for nobody; a key counts before a cookie."""
    service = service_of(request)
    now = service.clock()
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, presented = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        keys: KnownKeys = request.app.state.known_keys
        principal = keys.get(presented, now)
        if principal is None:
            provider: IdentityProvider | None = request.app.state.identity_provider
            principal = await run_in_threadpool(_principal_of_bearer, service, provider, presented, now)
            if principal is None:
                return None
            keys.remember(presented, principal, now)
        return Caller(principal=principal, csrf_token=None)
    token = request.cookies.get(COOKIE)
    return await run_in_threadpool(_caller_of_session, service, token, now) if token else None


async def principal_of(caller: Annotated[Caller, Depends(identify)]) -> Principal:
    """Return the principal who is calling."""
    return caller.principal


ServiceDep = Annotated[Service, Depends(service_of)]
CallerDep = Annotated[Caller, Depends(identify)]
PrincipalDep = Annotated[Principal, Depends(principal_of)]


def set_cookie(response: Response, token: str, service: Service) -> None:
    """Hand the session to the browser: not to scripts, not to other sites."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(service.settings.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=service.settings.secure_cookies,
        path="/",
    )


def address_of(request: Request) -> str:
    """Return where a request comes from, as far as it is known."""
    return request.client.host if request.client else "unknown"


def refuse_foreign_site(request: Request) -> None:
    """Refuse a form that a page of another site sent; browsers say so in a header that pages cannot forge."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForbiddenError("This form was sent by another site.")


async def _check_csrf(request: Request, expected: str) -> None:
    refuse_foreign_site(request)
    given = request.headers.get(CSRF_HEADER)
    if given is None and is_form(request):
        given = (await read_form(request)).get(CSRF_FIELD)
    if given is None or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise ForbiddenError(
            f"A signed-in person's write must carry the session's CSRF token (header {CSRF_HEADER} or form field "
            f"{CSRF_FIELD}). "
            "Reload the page and try again."
        )


def _principal_of_bearer(
    service: Service, provider: IdentityProvider | None, presented: str, now: datetime
) -> Principal | None:
    """Recognise an API key, or an access token of the provider's where it issues some for this service."""
    if provider is not None and service.settings.oidc_audience and presented.count(".") == 2:
        subject = provider.subject_of(presented)
        with reading(service.engine) as connection:
            principal = principal_of_subject(connection, subject, now=now)
        if principal is None:
            raise UnauthenticatedError(
                f"No living key names the service account {subject[:80]}: triage key create NAME --subject SUBJECT"
            )
        return principal
    with reading(service.engine) as connection:
        return principal_of_key(connection, presented, now=now)


def _caller_of_session(service: Service, token: str, now: datetime) -> Caller | None:
    with reading(service.engine) as connection:
        signed_in = principal_of_session(connection, token, now=now)
    return Caller(principal=signed_in.principal, csrf_token=signed_in.csrf_token) if signed_in else None


def _fingerprint(presented: str) -> bytes:
    return sha256(presented.encode("utf-8", "surrogatepass")).digest()
