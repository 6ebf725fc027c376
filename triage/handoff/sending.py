"""Sending one webhook: to an address that was checked, within its time, following no redirect."""

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import perf_counter
from typing import Any, Final

import httpx
import orjson

from triage.handoff.addresses import RefusedAddressError, checked_addresses
from triage.handoff.backoff import MAX_WAIT
from triage.handoff.claiming import Attempt, Claimed
from triage.handoff.event_kinds import STEP_CALL
from triage.handoff.secrets import UnreadableSecretError, read_secrets
from triage.handoff.signing import cloud_event, signed_headers
from triage.tracing import traceparent

_ANSWER_READ_BYTES: Final = 64_000
_SHOWN_LETTERS: Final = 200
_REFUSED_FOR_GOOD: Final = frozenset({400, 410, 413, 415, 422})
"""The receiver has read this very message and will never take it. Anything else may be mended: a wrong route, key or
certificate."""


class WebhookSender:
    """Sends webhooks from one event loop, each on a connection of its own.

    Never on one that is kept open: a receiver that answers a request twice would have its second answer read as that to
    the next delivery, which then counts as taken though it was not. Nor may two names at one address meet on a
    connection that was verified for one of them.
    """

    def __init__(self) -> None:
        # trust_env: a proxy of the environment would resolve names again, past the check.
        self._client = httpx.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=httpx.Timeout(30.0), verify=httpx.create_ssl_context(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )  # fmt: skip

    async def send(self, claimed: Claimed, *, now: datetime) -> Attempt:
        """Send one delivery and return what became of it; never raises but when cancelled.

        now: by the database, not by this machine, whose clock may be off by more than a receiver lets a signature be.
        """
        started = perf_counter()
        try:
            async with asyncio.timeout(claimed.timeout_seconds):
                attempt = await self._send(claimed, now)
        except TimeoutError:
            attempt = _failed(f"no answer within {claimed.timeout_seconds:g} seconds")
        except (UnreadableSecretError, RefusedAddressError) as error:
            attempt = _failed(str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            attempt = _failed(f"{type(error).__name__}: {str(error)[:_SHOWN_LETTERS]}".rstrip(": "))
        took = int((perf_counter() - started) * 1000)
        return Attempt(
            delivered=attempt.delivered, milliseconds=took, status=attempt.status, reason=attempt.reason,
            is_final=attempt.is_final, gone=attempt.gone, retry_after=attempt.retry_after, answer=attempt.answer,
        )  # fmt: skip

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _send(self, claimed: Claimed, now: datetime) -> Attempt:
        url = httpx.URL(claimed.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await checked_addresses(url.host, port, allow_private=claimed.allow_private)
        body = cloud_event(claimed)
        headers = signed_headers(claimed.delivery_id, body, read_secrets(claimed.secrets), now=now)
        answer: httpx.Response | None = None
        for at, address in enumerate(addresses):
            request = self._client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers=headers
                | traceparent(claimed.case_id, claimed.delivery_id)
                | {"host": url.netloc.decode("ascii"), "connection": "close"},
                # The certificate is checked against the name, though the connection goes to the checked address.
                extensions={"sni_hostname": url.host},
            )
            try:
                answer = await self._client.send(request, stream=True)
                break
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing was sent yet, so another address of the same name may be tried.
                if at == len(addresses) - 1:
                    raise
        assert answer is not None
        try:
            return await _judged(answer, now, is_call=claimed.kind == STEP_CALL)
        finally:
            await answer.aclose()


async def _judged(answer: httpx.Response, now: datetime, *, is_call: bool) -> Attempt:
    """Judge an answer by its status; its body is read so far as it helps."""
    status = answer.status_code
    if 200 <= status < 300:
        # Its status is its word; what else it says is read only of a step's call, which may want to know.
        said = _json(await _read(answer)) if is_call else None
        return Attempt(delivered=True, milliseconds=0, status=status, answer=said)
    if 300 <= status < 400:
        return _failed(f"answered {status}; redirects are not followed, so give the final URL", status=status)
    body = " ".join((await _read(answer)).decode("utf-8", "replace").replace("\x00", "").split())[:_SHOWN_LETTERS]
    return Attempt(
        delivered=False, milliseconds=0, status=status, reason=f"answered {status}" + (f": {body}" if body else ""),
        is_final=status in _REFUSED_FOR_GOOD, gone=status == 410,
        retry_after=_retry_after(answer.headers.get("retry-after"), now),
    )  # fmt: skip


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


async def _read(answer: httpx.Response) -> bytes:
    """Read the beginning of a body; what breaks off after its status has said all that counts."""
    read = b""
    try:
        async for part in answer.aiter_raw():
            read += part
            if len(read) >= _ANSWER_READ_BYTES:
                break
    except httpx.HTTPError as error:
        read += f" (broke off: {type(error).__name__})".encode()
    return read[:_ANSWER_READ_BYTES]


def _retry_after(text: str | None, now: datetime) -> timedelta | None:
    if text is None:
        return None
    try:
        wait = timedelta(seconds=int(text)) if text.strip().isdigit() else parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), MAX_WAIT)


def _failed(reason: str, *, status: int | None = None) -> Attempt:
    return Attempt(delivered=False, milliseconds=0, status=status, reason=reason)
