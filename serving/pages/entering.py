"""Between who somebody proved to be and their session: the second factor, where the person or the role takes one.

What was proved so far is in a sealed cookie of the sign-in pages alone, for some minutes.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.auth import COOKIE, address_of, set_cookie
from triage.db.database import reading
from triage.identity.second_factor import has_second_factor, needs_second_factor, new_totp_secret
from triage.identity.sessions import Opening, close_session, open_session
from triage.service import Service

log = structlog.get_logger("access")
PENDING_COOKIE: Final = "triage_sign_in"
PENDING_SECONDS: Final = 600
_PURPOSE: Final = "sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Somebody who proved who they are, by `how`, and has no session yet.

    target: the page they wanted. secret: of the authenticator app to enrol, empty where there is one. provider_session
    and id_token: of the provider, where it was the proof.
    """

    name: str
    how: str
    target: str
    secret: str = ""
    provider_session: str | None = None
    id_token: str | None = None


def enter(request: Request, service: Service, pending: Pending, *, strong: bool) -> Response:
    """Open the session, or ask for the second factor first; strong: one was asked for elsewhere."""
    roles = {role.strip() for role in service.settings.second_factor_roles.split(",")}
    with reading(service.engine) as connection:
        enrolled = has_second_factor(connection, pending.name)
        needed = needs_second_factor(connection, pending.name, roles)
    if strong or not (enrolled or needed):
        return open_door(request, service, pending)
    # The provider's token may be too long for a cookie; without it the provider asks at sign-out whom it is about.
    asked = asdict(pending) | {
        "secret": "" if enrolled else new_totp_secret(),
        "id_token": None if pending.id_token is None else "",
    }
    response = RedirectResponse("/sign-in/code" if enrolled else "/sign-in/enrol", 303)
    keep_sealed(request, response, PENDING_COOKIE, _PURPOSE, asked)
    return response


def read_pending(request: Request, service: Service) -> Pending | None:
    """Return who is on the way in, None for nobody."""
    found = read_sealed(request, service, PENDING_COOKIE, _PURPOSE)
    return Pending(**found) if found is not None else None


def open_door(
    request: Request, service: Service, pending: Pending, *, with_code: bool = False, answer: Response | None = None
) -> Response:
    """Open the session and end the one this browser had before; send the browser where it wanted to go."""
    opening = Opening(
        how=f"{pending.how}+code" if with_code else pending.how,
        agent="".join(filter(str.isprintable, request.headers.get("user-agent", ""))),
        address=address_of(request),
        provider_session=pending.provider_session,
        id_token=pending.id_token,
    )
    holds = timedelta(hours=service.settings.session_hours)
    with service.engine.begin() as connection:
        close_session(connection, request.cookies.get(COOKIE, ""))
        token = open_session(connection, pending.name, now=service.clock(), holds=holds, opening=opening)
    log.info("signed_in", name=pending.name, how=opening.how, address=opening.address)
    response = answer if answer is not None else RedirectResponse(pending.target, 303)
    set_cookie(response, token, service)
    response.delete_cookie(PENDING_COOKIE, path="/sign-in")
    return response


def keep_sealed(request: Request, response: Response, cookie: str, purpose: str, body: dict[str, object]) -> None:
    """Let the browser keep something for the sign-in pages that only this house can read."""
    service: Service = request.app.state.service
    response.set_cookie(
        cookie,
        request.app.state.seal.close(purpose, body, now=service.clock()),
        max_age=PENDING_SECONDS,
        httponly=True,
        samesite="lax",
        secure=service.settings.secure_cookies,
        path="/sign-in",
    )


def read_sealed(request: Request, service: Service, cookie: str, purpose: str) -> dict[str, str] | None:
    """Return what the browser kept, None where it is too old or was not sealed here."""
    found: dict[str, str] | None = request.app.state.seal.open(
        purpose, request.cookies.get(cookie, ""), now=service.clock(), max_age_seconds=PENDING_SECONDS
    )
    return found
