"""Whether anybody could sign in with these settings: checked before the service starts, so that nobody is locked out
unseen."""

from collections.abc import Collection
from ipaddress import ip_network
from urllib.parse import urlsplit

import structlog

from triage.errors import FieldProblem, InvalidError
from triage.identity.access import ROLES
from triage.identity.sign_on import read_roles
from triage.settings import Settings

log = structlog.get_logger("access")
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def check_sign_on(settings: Settings, domains: Collection[str]) -> None:
    """Raise InvalidError, naming the setting and the cure, where sign-on could not work."""
    proxy_addresses(settings.trusted_proxies)
    named = [role.strip() for role in settings.second_factor_roles.split(",") if role.strip()]
    unknown = sorted(set(named) - set(ROLES))
    _require(not unknown, "TRIAGE_SECOND_FACTOR_ROLES", ",".join(unknown), f"must be some of {', '.join(ROLES)}")
    roles = read_roles(settings.oidc_roles, domains)
    if not settings.oidc_issuer:
        cure = "lets nobody in: name an identity provider in TRIAGE_OIDC_ISSUER, or leave passwords on"
        _require(settings.password_sign_in, "TRIAGE_PASSWORD_SIGN_IN", "false", cure)
        return
    _require(bool(settings.oidc_client_id), "TRIAGE_OIDC_CLIENT_ID", "", "is needed with TRIAGE_OIDC_ISSUER")
    for name, address in (("TRIAGE_OIDC_ISSUER", settings.oidc_issuer), ("TRIAGE_PUBLIC_URL", settings.public_url)):
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
        _require(safe and bool(parts.hostname), name, address, "must be an https:// address (http:// on this machine)")
    if not any(role == "admin" for given in roles.values() for role, _ in given):
        # Administrators may have been granted by hand, so this is no reason not to start.
        log.warning("no_group_gives_admin", setting="TRIAGE_OIDC_ROLES", passwords=settings.password_sign_in)


def proxy_addresses(written: str) -> list[str]:
    """Read the proxies whose word counts; raise InvalidError for what is no address and no network."""
    named = [one.strip() for one in written.split(",") if one.strip()]
    for one in named:
        try:
            ip_network(one)
        except ValueError:
            cure = "must be an address such as 10.0.0.5 or a network such as 10.0.0.0/24"
            _require(False, "TRIAGE_TRUSTED_PROXIES", one, cure)
    return named


def _require(holds: bool, setting: str, value: str, message: str) -> None:
    if not holds:
        problem = FieldProblem(field=setting, value=value[:80], message=message)
        raise InvalidError(f"{setting} {value[:80]!r} {message}", problems=[problem])
