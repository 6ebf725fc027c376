"""Endpoints: the systems, mailboxes and chats that deliveries go to, as rows that operators change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection, RowMapping, delete, func, select, update

from triage.db.handoff_schema import deliveries, endpoint_secrets, endpoints
from triage.db.row_digests import insert_rows, note_row
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from triage.handoff.addresses import literal_address, refusal
from triage.handoff.brokers.bus import open_bus
from triage.handoff.brokers.bus_address import SCHEMES, read_bus_address
from triage.handoff.database_time import database_now
from triage.handoff.event_kinds import ALL_EVENTS, EVENT_KINDS
from triage.handoff.lines import UNFINISHED
from triage.handoff.secrets import (
    add_secret,
    check_signing_secret,
    delete_secrets,
    read_secrets,
    retire_secrets,
    split_source,
)
from triage.handoff.templates import LANGUAGES, check_template

MAX_ENDPOINTS: Final = 100
"""Every deciding transaction reads them all, so they are configuration and not data."""
MAX_TIMEOUT_SECONDS: Final = 20.0
LEASE: Final = timedelta(seconds=60)
"""How long a claimed delivery belongs to its worker; three times the longest timeout, so that an attempt ends within
it."""
MAX_URL_LENGTH: Final = 2_000
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
Kind = Literal["webhook", "message", "bus"]
KINDS: Final = ("webhook", "message", "bus")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndpoint:
    """An endpoint as an operator asks for it.

    url: of a webhook its address; of a message endpoint an apprise URL, of a bus its address, or for either env:NAME or
    file:PATH where it stands.
    secret: of a webhook, whsec_…, env:NAME or file:PATH; None generates one. events: kinds, ['*'] for all, [] for only
    what is addressed to it by name. domains: [] for every domain. callbacks: whether submissions may name callback URLs
    below `url`.
    """

    name: str
    url: str = field(repr=False)
    kind: Kind = "webhook"
    secret: str | None = field(default=None, repr=False)
    events: Sequence[str] = (ALL_EVENTS,)
    domains: Sequence[str] = ()
    callbacks: bool = False
    allow_private: bool = False
    rate_per_second: float = 50.0
    timeout_seconds: float = 10.0
    deadline_hours: float = 72.0
    template: str | None = None
    language: str = "en"


def add_endpoint(connection: Connection, wanted: NewEndpoint, *, actor: str) -> str | None:
    """Add an endpoint; return its generated signing secret, shown only this once, or None where one was given.

    Raises InvalidError naming the field, ConflictError where the name is taken or there are too many.
    """
    check_endpoint(wanted)
    if connection.execute(select(endpoints.c.name).where(endpoints.c.name == wanted.name)).one_or_none() is not None:
        raise ConflictError(f"there is an endpoint {wanted.name} already; remove it first, or choose another name")
    if connection.execute(select(func.count()).select_from(endpoints)).scalar_one() >= MAX_ENDPOINTS:
        raise ConflictError(f"there are {MAX_ENDPOINTS} endpoints, the most there may be; remove one first")
    now = database_now(connection)
    is_secret = wanted.kind != "webhook"
    row = {
        "name": wanted.name, "kind": wanted.kind, "url": _shown_url(wanted.url) if is_secret else wanted.url,
        "events": orjson.dumps(list(wanted.events)).decode(), "domains": orjson.dumps(list(wanted.domains)).decode(),
        "callbacks": wanted.callbacks, "allow_private": wanted.allow_private,
        "rate_per_second": wanted.rate_per_second, "timeout_seconds": wanted.timeout_seconds,
        "deadline_hours": wanted.deadline_hours, "template": wanted.template, "language": wanted.language,
        "created_at": now, "created_by": actor,
    }  # fmt: skip
    insert_rows(connection, endpoints, [row])
    # The address of a mailbox, chat or bus holds its password: it is kept as the secret.
    return add_secret(connection, wanted.name, wanted.url if is_secret else wanted.secret, now=now)


def list_endpoints(connection: Connection) -> list[dict[str, Any]]:
    """List endpoints by name with their state; never a secret."""
    now = database_now(connection)
    sources = select(endpoint_secrets.c.endpoint, endpoint_secrets.c.source, endpoint_secrets.c.retires_at)
    secrets: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(sources.order_by(endpoint_secrets.c.secret_id.desc())):
        secrets.setdefault(row.endpoint, []).append({"source": row.source, "retires_at": row.retires_at})
    found = connection.execute(select(endpoints).order_by(endpoints.c.name)).mappings()
    return [_listed(row, now) | {"secrets": secrets.get(row["name"], [])} for row in found]


def pause_endpoint(connection: Connection, name: str, *, because: str) -> None:
    """Stop sending to an endpoint; its deliveries wait, and their deadlines keep running."""
    _require(connection, name)
    now = database_now(connection)
    connection.execute(
        update(endpoints).where(endpoints.c.name == name).values(paused_at=now, paused_because=because[:500])
    )


def resume_endpoint(connection: Connection, name: str) -> None:
    """Send to an endpoint again, at once and one delivery at a time at first, whatever its breaker and backoff say."""
    _require(connection, name)
    fresh = {"failures_in_a_row": 0, "breaker_openings": 0, "breaker_open_until": None, "most_in_flight": 1}
    connection.execute(
        update(endpoints).where(endpoints.c.name == name).values(paused_at=None, paused_because=None, **fresh)
    )
    # Whoever resumes has mended the receiver: what failed does not wait for the end of its backoff, up to an hour.
    now = database_now(connection)
    waits = (deliveries.c.endpoint == name, deliveries.c.due_at > now, deliveries.c.state == "waiting")
    connection.execute(update(deliveries).where(*waits).values(due_at=now))


def rotate_secret(connection: Connection, name: str, *, secret: str | None, overlap: timedelta) -> str | None:
    """Set a new secret of an endpoint; the old one signs beside it until the overlap has passed. Return a generated
    one."""
    row = _require(connection, name)
    if row["kind"] != "webhook":
        raise InvalidError(f"{name} is a {row['kind']} endpoint: its secret is its address; remove it and add it again")
    _check_secret(secret)
    now = database_now(connection)
    retire_secrets(connection, name, now=now, overlap=overlap)
    return add_secret(connection, name, secret, now=now)


def remove_endpoint(connection: Connection, name: str) -> None:
    """Remove an endpoint to which nothing waits; what was delivered or died stays listed."""
    _require(connection, name)
    waiting = select(deliveries.c.seq).where(deliveries.c.endpoint == name, deliveries.c.state.in_(UNFINISHED)).limit(1)
    if connection.execute(waiting).one_or_none() is not None:
        raise ConflictError(
            f"deliveries to {name} still wait; let them go out, or give them up with `triage deliveries cancel "
            f"--endpoint {name}`"
        )
    delete_secrets(connection, name)
    connection.execute(delete(endpoints).where(endpoints.c.name == name))
    note_row(connection, endpoints, name=name)


def check_endpoint(wanted: NewEndpoint) -> None:
    """Raise InvalidError naming the first field of an endpoint that cannot be used, its value and what would do."""
    if not _NAME.fullmatch(wanted.name):
        raise _invalid("name", wanted.name, "must be 1 to 64 lower-case letters, digits, dots, dashes or underscores")
    if wanted.kind not in KINDS:
        raise _invalid("kind", wanted.kind, f"must be one of {', '.join(KINDS)}")
    known = (*EVENT_KINDS, ALL_EVENTS)
    for event in wanted.events:
        if event not in known:
            raise _invalid("events", event, f"must be one of {', '.join(known)}")
    for name, value, maximum in (
        ("rate_per_second", wanted.rate_per_second, 1_000.0),
        ("timeout_seconds", wanted.timeout_seconds, MAX_TIMEOUT_SECONDS),
        ("deadline_hours", wanted.deadline_hours, 24.0 * 90),
    ):
        if not 0.001 <= value <= maximum:
            raise _invalid(name, value, f"must be 0.001 to {maximum:g}")
    if wanted.language not in LANGUAGES:
        raise _invalid("language", wanted.language, f"must be one of {', '.join(LANGUAGES)}")
    _check_address(wanted)


def _check_address(wanted: NewEndpoint) -> None:
    if len(wanted.url) > MAX_URL_LENGTH:
        raise _invalid("url", f"{wanted.url[:20]}…", f"must have at most {MAX_URL_LENGTH:,} characters")
    if wanted.kind == "message":
        _check_message(wanted)
    elif wanted.kind == "bus":
        _check_bus(wanted)
    else:
        check_webhook_url("url", wanted.url, allow_private=wanted.allow_private)
        _check_secret(wanted.secret)


def check_webhook_url(name: str, url: str, *, allow_private: bool) -> None:
    """Raise InvalidError for an address that no webhook may be sent to; names are looked up only when sending."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _invalid(name, url, "is not a URL") from None
    if parts.scheme not in ("https", "http") or not host or port == 0 or not url.isascii() or not url.isprintable():
        raise _invalid(name, url, "must be an http or https URL")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _invalid(name, f"{parts.scheme}://…@{host}", "must have no user, password or fragment")
    if parts.scheme == "http" and not allow_private:
        raise _invalid(name, url, "must be https; plain http is for private networks and needs allow_private")
    literal = literal_address(host)
    refused = refusal(literal, allow_private=allow_private) if literal is not None else None
    if refused is None and host.rstrip(".").endswith("localhost") and not allow_private:
        refused = "localhost is this machine; an endpoint that may stand there needs --allow-private"
    if refused is not None:
        raise _invalid(name, url, refused)


def _check_message(wanted: NewEndpoint) -> None:
    if wanted.secret is not None or wanted.callbacks:
        raise _invalid("kind", "message", "takes neither a secret nor callbacks: its address holds its password")
    if wanted.template is not None:
        check_template(wanted.template)
    source, value = split_source(wanted.url)
    address = value if value is not None else read_secrets([(source, None)])[0]
    from triage.handoff.messages import is_known_address

    if not is_known_address(address):
        raise _invalid("url", _shown_url(wanted.url), "is not an address that apprise knows, mailtos://… for one")


def _check_bus(wanted: NewEndpoint) -> None:
    if wanted.secret is not None or wanted.callbacks or wanted.template is not None:
        raise _invalid("kind", "bus", "takes no secret, callbacks or template: its address holds its password")
    source, value = split_source(wanted.url)
    address = read_bus_address(value if value is not None else read_secrets([(source, None)])[0], purpose="events")
    for host, _ in address.hosts:
        literal = literal_address(host)
        refused = refusal(literal, allow_private=wanted.allow_private) if literal is not None else None
        if refused is not None:
            raise _invalid("url", address.shown, refused)
    open_bus(address)


def _check_secret(secret: str | None) -> None:
    if secret is None:
        return
    source, value = split_source(secret)
    check_signing_secret(value if value is not None else read_secrets([(source, None)])[0])


def _shown_url(url: str) -> str:
    """Shorten an address to what is no secret: its scheme and host, or where it stands."""
    if url.startswith(("env:", "file:")):
        return url
    scheme, _, rest = url.partition("://")
    if url.startswith(SCHEMES):
        return read_bus_address(url, purpose="events").shown
    return (
        f"{scheme}://{rest.split('/', 1)[0].split('?', 1)[0].rpartition('@')[2]}/…"
        if scheme.startswith("mail")
        else f"{scheme}://…"
    )


def _require(connection: Connection, name: str) -> RowMapping:
    row = (
        connection.execute(select(endpoints).where(endpoints.c.name == name).with_for_update()).mappings().one_or_none()
    )
    if row is None:
        raise NotFoundError(f"there is no endpoint {name[:64]!r}")
    return row


def _listed(row: RowMapping, now: datetime) -> dict[str, Any]:
    is_open = row["breaker_open_until"] is not None and row["breaker_open_until"] > now
    state = "paused" if row["paused_at"] is not None else "open breaker" if is_open else "sending"
    shown = ("name", "kind", "url")
    kept = (
        "callbacks", "allow_private", "rate_per_second", "timeout_seconds", "deadline_hours", "language",
        "failures_in_a_row", "breaker_open_until", "paused_because", "created_at", "created_by",
    )  # fmt: skip
    return (
        {name: row[name] for name in shown}
        | {"state": state, "events": orjson.loads(row["events"]), "domains": orjson.loads(row["domains"])}
        | {name: row[name] for name in kept}
    )


def _invalid(field_name: str, value: Any, message: str) -> InvalidError:
    text = repr(value)
    text = text if len(text) <= 80 else text[:77] + "..."
    problem = FieldProblem(field=field_name, value=text, message=message)
    return InvalidError(f"{field_name} {text} {message}", problems=[problem])
