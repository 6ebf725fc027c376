"""Reads request bodies: never more than the limit, never longer than the patience, and only what JSON really means."""

import asyncio
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from serving.api.problems import SlowBodyError, UnsupportedMediaError, invalid
from triage.errors import TooLargeError
from triage.intake.strict_json import parse_json

FORM: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 200
_FIELD_BYTES: Final = 100_000
"""Of a field as it is sent: the longest comment, escaped, and some more."""
_NOT_UTF8: Final = "\N{REPLACEMENT CHARACTER}"
_READ_SECONDS: Final = 30.0
# A client that writes before it reads never sees the 413 unless somebody listens; beyond this it is cut off.
_DRAIN_BYTES: Final = 32_000_000


async def read_json(request: Request) -> Any:
    """Read the body as JSON; raise a 4xx error that says what is wrong with it."""
    kind = _media_type(request)
    if kind not in ("", "application/json") and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaError(f"The body is {kind}; send application/json.")
    return parse_json(await read_body(request))


async def read_form(request: Request) -> dict[str, str]:
    """Read the body as a form's fields; the last of a name counts."""
    if not hasattr(request.state, "form"):
        if not is_form(request):
            raise UnsupportedMediaError(f"The body is not a form; send {FORM}.")
        request.state.form = await parse_form(await read_body(request), request)
    form: dict[str, str] = request.state.form
    return form


def is_form(request: Request) -> bool:
    """Return whether the body is a form."""
    return _media_type(request) == FORM


async def read_body(request: Request) -> bytes:
    """Read the body up to the limit, chunked or not; raise TooLargeError past it."""
    limit: int = request.app.state.service.settings.max_body_bytes
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise UnsupportedMediaError(f"The body is encoded as {encoding}; send it as it is, without Content-Encoding.")
    too_large = TooLargeError(f"The body is over the limit of {limit:,} bytes; send fewer cases at a time.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit and "expect" in request.headers:
        raise too_large
    try:
        async with asyncio.timeout(_READ_SECONDS):
            body = await _read_up_to(request, limit)
    except TimeoutError:
        raise SlowBodyError(f"The body did not arrive within {_READ_SECONDS:.0f} seconds.") from None
    if body is None:
        raise too_large
    return body


async def parse_form(body: bytes, request: Request) -> dict[str, str]:
    """Parse a form in UTF-8; refuse what is not, and a NUL, which no database column takes."""

    if not body.isascii():
        raise invalid("body", body[:40], "is no form: it must be percent-encoded UTF-8")

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        fields = await Request(request.scope, receive).form(
            max_files=0, max_fields=MAX_FIELDS, max_part_size=_FIELD_BYTES
        )
    except HTTPException as error:
        raise invalid("body", body[:40], str(error.detail)) from None
    form = {name: value for name, value in fields.multi_items() if isinstance(value, str)}
    for name, value in form.items():
        if "\x00" in value:
            raise invalid(name, value, "must not contain a NUL character")
        if _NOT_UTF8 in name + value:
            raise invalid(name, value, "is not written in UTF-8")
    return form


async def _read_up_to(request: Request, limit: int) -> bytes | None:
    """Return the body, or None once it has run past the limit and been drained."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
            if size > limit + _DRAIN_BYTES:
                break
    return b"".join(chunks) if size <= limit else None


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
