"""The shared job that anchors the audit chain: in a file, at an endpoint, in an object store."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from triage.clock import utc_now
from triage.db.database import reading
from triage.errors import TriageError, UnavailableError
from triage.handoff.event_kinds import AUDIT_ANCHORED
from triage.handoff.events import Event, enqueue
from triage.handoff.jobs import JobLease
from triage.proof.anchor import Anchor, anchor_file, keep_in_file, sign_head
from triage.proof.chain_key import chain_key
from triage.settings import Settings

log = structlog.get_logger(__name__)
_PUT_SECONDS: Final = 20.0


def anchor_now(hold: JobLease, settings: Settings) -> Anchor | None:
    """Sign the chain's head and keep it in every place that the settings name; None while there is nothing to anchor.

    Every place is tried; raises UnavailableError naming those that did not take it.
    """
    key = chain_key(settings)
    with reading(hold.engine) as connection:
        anchor = sign_head(connection, key, now=utc_now())
    if anchor is None:
        return None
    failed = [
        f"{place}: {reason}"
        for place, keep in _places(hold, settings)
        if (reason := _tried(place, keep, anchor)) is not None
    ]
    if failed:
        raise UnavailableError(f"link {anchor.seq} is not anchored everywhere: {'; '.join(failed)}")
    log.info("audit_anchored", link=anchor.seq)
    return anchor


def _places(hold: JobLease, settings: Settings) -> list[tuple[str, Callable[[Anchor], None]]]:
    file = anchor_file(settings)
    found: list[tuple[str, Callable[[Anchor], None]]] = [(str(file), lambda anchor: keep_in_file(anchor, file))]
    if settings.audit_anchor_endpoint:
        name = settings.audit_anchor_endpoint
        found.append((f"endpoint {name}", lambda anchor: _send(hold, name, anchor)))
    if settings.audit_anchor_url:
        found.append(("object store", lambda anchor: put_object(anchor, settings)))
    return found


def _tried(place: str, keep: Callable[[Anchor], None], anchor: Anchor) -> str | None:
    try:
        keep(anchor)
    except (OSError, TriageError) as error:
        log.error("audit_not_anchored", place=place, link=anchor.seq, reason=str(error))
        return str(error)
    return None


def _send(hold: JobLease, name: str, anchor: Anchor) -> None:
    with hold.transaction() as connection:
        enqueue(connection, [Event(kind=AUDIT_ANCHORED, body=anchor.written.strip(), to=name)])


def put_object(anchor: Anchor, settings: Settings) -> None:
    """Put an anchor into an object store by plain HTTP; raise UnavailableError where it does not take it.

    `{seq}` in the address stands for the link's number, so that no anchor replaces another one.
    """
    import httpx

    headers = {"content-type": "application/json"}
    if settings.audit_anchor_header_file:
        name, _, value = Path(settings.audit_anchor_header_file).read_text().strip().partition(":")
        headers[name.strip()] = value.strip()
    url = settings.audit_anchor_url.replace("{seq}", str(anchor.seq))
    try:
        answer = httpx.put(url, content=anchor.written, headers=headers, timeout=_PUT_SECONDS, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"{type(error).__name__}: {error}") from None
    if not answer.is_success:
        raise UnavailableError(f"it answered {answer.status_code}")
