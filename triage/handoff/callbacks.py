"""Callback addresses of submissions: only below the url of an endpoint that takes callbacks, so that nobody else can be
made to call."""

from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import Connection, select

from triage.db.handoff_schema import endpoints
from triage.errors import FieldProblem, InvalidError


def require_callback(connection: Connection, url: str) -> None:
    """Raise InvalidError unless an endpoint that takes callbacks covers the address."""
    if callback_endpoint(connection, url) is not None:
        return
    message = (
        "must lie below the URL of an endpoint that takes callbacks; an administrator adds one with `triage "
        "endpoint add NAME URL --callbacks`"
    )
    problem = FieldProblem(field="callback_url", value=repr(url[:80]), message=message)
    raise InvalidError(f"callback_url {problem.value} {message}", problems=[problem])


def callback_endpoint(connection: Connection, url: str) -> str | None:
    """Return the name of the endpoint that takes callbacks at this address, None where there is none."""
    query = select(endpoints.c.name, endpoints.c.url).where(endpoints.c.callbacks).order_by(endpoints.c.name)
    return next((row.name for row in connection.execute(query) if covers(row.url, url)), None)


def covers(base: str, url: str) -> bool:
    """Check whether an address lies below another: same scheme, host and port, and its path at or under the other's."""
    try:
        outer, inner = urlsplit(base), urlsplit(url)
        same = (outer.scheme, outer.hostname, _port(outer)) == (inner.scheme, inner.hostname, _port(inner))
    except ValueError:
        return False
    if not same or inner.username is not None or inner.password is not None or inner.fragment:
        return False
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return False
    # A path that climbs, plainly or percent-encoded, could leave what was allowed.
    path = unquote(unquote(inner.path))
    if any(segment in ("..", ".") for segment in path.replace("\\", "/").split("/")):
        return False
    allowed = outer.path.rstrip("/")
    return inner.path == allowed or inner.path.startswith(f"{allowed}/")


def _port(parts: SplitResult) -> int | None:
    return parts.port if parts.port is not None else {"https": 443, "http": 80}.get(parts.scheme)
