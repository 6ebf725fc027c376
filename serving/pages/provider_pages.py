"""Signing on through the identity provider: there and back, and out when it says so."""

from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.problems import HttpError
from serving.auth import ServiceDep, address_of
from serving.identity_provider import IdentityProvider
from serving.pages.entering import Pending, enter, keep_sealed, read_sealed
from serving.pages.visit import FormDep, local_address
from triage.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from triage.identity.access import known_person
from triage.identity.sessions import end_provider_sessions
from triage.identity.sign_on import read_roles, sign_on

log = structlog.get_logger("access")
router = APIRouter(include_in_schema=False)
ASKED_COOKIE: Final = "triage_sign_on"
_PURPOSE: Final = "sign-on"


@router.get("/sign-in/provider")
def go_to_provider(request: Request, target: Annotated[str, Query(alias="next", max_length=500)] = "/") -> Response:
    """Send the browser to the identity provider, and let it remember what it was sent with."""
    address, kept = _provider(request).begin()
    response = RedirectResponse(address, 303)
    keep_sealed(request, response, ASKED_COOKIE, _PURPOSE, {**kept, "target": local_address(target)})
    return response


@router.get("/sign-in/return")
def come_back(request: Request, service: ServiceDep) -> Response:
    """Take what the provider says, and let in whom it names."""
    provider = _provider(request)
    kept = read_sealed(request, service, ASKED_COOKIE, _PURPOSE)
    try:
        if kept is None:
            raise UnauthenticatedError("This sign-in was not begun in this browser, or long ago. Begin again.")
        signed_on = provider.finish(kept, dict(request.query_params))
    except UnauthenticatedError as error:
        log.warning("sign_in_refused", address=address_of(request), why=error.detail)
        # Not as nobody known: a page that leads to the sign-in again would lead into a circle.
        raise ForbiddenError(error.detail) from None
    roles = read_roles(service.settings.oidc_roles, service.domains)
    with service.engine.begin() as connection:
        name = sign_on(connection, signed_on.identity, roles, now=service.clock())
        person = known_person(connection, name)
    if person is None or not person.grants:
        raise ForbiddenError(f"None of the groups of {name} gives a role here any more. Ask an administrator.")
    pending = Pending(
        name=name, how="provider", target=kept["target"], provider_session=signed_on.session,
        id_token=signed_on.id_token,
    )  # fmt: skip
    response = enter(request, service, pending, strong=signed_on.strong)
    response.delete_cookie(ASKED_COOKIE, path="/sign-in")
    return response


@router.post("/sign-out/provider")
def provider_signs_out(request: Request, form: FormDep, service: ServiceDep) -> Response:
    """End the sessions that the provider says are over (OpenID Connect Back-Channel Logout)."""
    try:
        subject, session = _provider(request).verify_sign_out(form.get("logout_token", ""))
    except UnauthenticatedError as error:
        raise HttpError(400, "No logout token", error.detail) from None
    with service.engine.begin() as connection:
        ended = end_provider_sessions(connection, subject=subject, provider_session=session)
    log.info("provider_signed_out", ended=ended)
    return Response(status_code=200)


def _provider(request: Request) -> IdentityProvider:
    provider: IdentityProvider | None = request.app.state.identity_provider
    if provider is None:
        raise NotFoundError("No identity provider signs people on here.")
    return provider
