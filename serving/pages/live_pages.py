"""Live counts of queues as server-sent events: sent when something happened, worked out once for all who may see the
same.

Whatever people and systems do appends to the audit chain, so its head says in one row, and for every process alike,
whether anything happened at all.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final

import orjson
from fastapi import APIRouter
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from serving.auth import CallerDep
from triage.db.database import reading
from triage.db.schema import audit_head
from triage.errors import UnavailableError
from triage.identity.access import Principal
from triage.review.queues import queue_counts
from triage.service import Service

router = APIRouter(include_in_schema=False)
MAX_STREAMS: Final = 64
"""Of a process; each is a connection that is kept open."""
MAX_STREAMS_OF_ONE: Final = 4
LOOK_SECONDS: Final = 2.0
STREAM_SECONDS: Final = 120.0
"""Then the browser connects anew, and is recognised anew: who signed out is told nothing for longer."""
_MAX_VIEWS: Final = 32
_COUNTS: Final = ("domain", "queue", "open", "claimed", "approval", "overdue", "at_risk", "on_track")


class LiveCounts:
    """The counts of a process's streams. Thread-safe."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._streams: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._head: tuple[float, int] = (-LOOK_SECONDS, 0)
        self._views: dict[frozenset[tuple[str, str | None]], tuple[int, bytes]] = {}

    def begin(self, name: str) -> None:
        """Count a stream of somebody; raise UnavailableError beyond what is kept open."""
        with self._lock:
            if self._streams.total() >= MAX_STREAMS or self._streams[name] >= MAX_STREAMS_OF_ONE:
                raise UnavailableError("Too many pages show live counts; this one shows those of when it was opened.")
            self._streams[name] += 1

    def end(self, name: str) -> None:
        """Count a stream no more."""
        with self._lock:
            self._streams[name] -= 1
            if self._streams[name] <= 0:
                del self._streams[name]

    def look(self, actor: Principal, seen: int) -> tuple[int, bytes | None]:
        """Return up to where things happened, and the counts as JSON where that is beyond `seen`."""
        with self._lock:
            at, head = self._head
            if monotonic() - at >= LOOK_SECONDS / 2:
                with reading(self._service.engine) as connection:
                    head = connection.execute(select(audit_head.c.seq)).scalar() or 0
                self._head = (monotonic(), head)
            if head == seen:
                return head, None
            kept = self._views.get(actor.grants)
            if kept is None or kept[0] != head:
                if len(self._views) >= _MAX_VIEWS:
                    self._views.clear()
                kept = self._views[actor.grants] = (head, self._counted(actor))
        return head, kept[1]

    def _counted(self, actor: Principal) -> bytes:
        service = self._service
        with reading(service.engine) as connection:
            queues = queue_counts(connection, policies=service.policies, actor=actor, now=service.clock())
        return orjson.dumps([{name: queue[name] for name in _COUNTS} for queue in queues])


@router.get("/live/queues")
async def live_queues(request: Request, caller: CallerDep) -> Response:
    """Send the counts of the queues one may see, at once and whenever something happened."""
    caller.principal.require("read")
    live: LiveCounts = request.app.state.live_counts
    live.begin(caller.principal.name)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(request, live, caller.principal), media_type="text/event-stream", headers=headers)


async def _events(request: Request, live: LiveCounts, actor: Principal) -> AsyncIterator[bytes]:
    seen, until = -1, monotonic() + STREAM_SECONDS
    try:
        yield b"retry: 5000\n\n"
        while monotonic() < until and not await request.is_disconnected():
            seen, counts = await run_in_threadpool(live.look, actor, seen)
            # A line that says nothing finds out whether anybody still listens.
            yield b"event: queues\ndata: " + counts + b"\n\n" if counts is not None else b":\n\n"
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        live.end(actor.name)
