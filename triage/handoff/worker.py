"""A worker: sends deliveries and runs jobs. Any number may run, on any machine that reaches the database.

One thread holds an event loop that claims a few deliveries, sends them side by side, and writes what became of each at
once. A second thread runs the jobs.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Engine

from triage.clock import utc_now
from triage.db.database import reading
from triage.handoff.claiming import (
    Attempt,
    Claimed,
    claim,
    deadline_passed,
    finish,
    give_back,
    is_anything_due,
    still_held,
)
from triage.handoff.endpoints import LEASE, MAX_TIMEOUT_SECONDS
from triage.handoff.jobs import Job, run_due_jobs
from triage.handoff.messages import send_message
from triage.handoff.publishing import BusPublisher
from triage.handoff.sending import WebhookSender
from triage.tracing import is_tracing, trace_delivery
from triage.watcher import Watcher

log = structlog.get_logger(__name__)
SENT_AT_ONCE: Final = 16
_AFTER_FAILURE_SECONDS: Final = 2.0
_WRITE_TRIES: Final = 3


class Worker:
    """Sends what is due and runs the jobs until it is stopped.

    poll_seconds: how often it looks when nothing was due. lease: how long what it claimed is its own; longer than any
    attempt.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        jobs: Sequence[Job] = (),
        poll_seconds: float = 0.5,
        lease: timedelta = LEASE,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._engine = engine
        self._poll_seconds = poll_seconds
        self._lease = lease
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._send_until_stopped, name="deliveries", daemon=True)
        self._jobs = Watcher(
            lambda: _run_jobs(engine, jobs, self.name),
            name="jobs",
            failed="jobs_failed",
            rest_seconds=max(poll_seconds, 0.2),
        )
        self._lock = threading.Lock()
        self._counts = {"delivered": 0, "failed": 0, "dead": 0, "lost_lease": 0}

    def start(self) -> None:
        """Begin to send and to run jobs."""
        self._thread.start()
        self._jobs.start()

    def stop(self) -> None:
        """Claim nothing more, let the attempts under way end, and stop."""
        self._stopping.set()
        self._jobs.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=MAX_TIMEOUT_SECONDS + 5)

    def counts(self) -> dict[str, int]:
        """Return what became of attempts since the start of this process."""
        with self._lock:
            return dict(self._counts)

    def _send_until_stopped(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._send())
            except Exception:
                # Whatever broke, a worker that no longer sends is the one thing that must not happen silently.
                log.exception("deliveries_failed")
                self._stopping.wait(_AFTER_FAILURE_SECONDS)

    async def _send(self) -> None:
        sender, publisher = WebhookSender(), BusPublisher()
        under_way = set[asyncio.Task[None]]()
        try:
            while not self._stopping.is_set():
                free = SENT_AT_ONCE - len(under_way)
                claimed = await asyncio.to_thread(self._claim, free) if free else []
                under_way |= {asyncio.create_task(self._deliver(sender, publisher, each)) for each in claimed}
                if claimed and len(under_way) < SENT_AT_ONCE:
                    await asyncio.sleep(0)
                    continue
                await self._rest(under_way)
                under_way = {task for task in under_way if not task.done()}
        finally:
            if under_way:
                await asyncio.wait(under_way, timeout=MAX_TIMEOUT_SECONDS)
            await sender.aclose()
            await publisher.aclose()

    async def _rest(self, under_way: set[asyncio.Task[None]]) -> None:
        """Wait until an attempt ends, which makes room, or until it is time to look again."""
        if under_way:
            await asyncio.wait(under_way, timeout=self._poll_seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.to_thread(self._stopping.wait, self._poll_seconds)

    def _claim(self, limit: int) -> list[Claimed]:
        # Looked at first without a lock: on SQLite an idle worker must not hold up those who write.
        with reading(self._engine) as connection:
            if not is_anything_due(connection):
                return []
        with self._engine.begin() as connection:
            return claim(connection, limit=limit, lease=self._lease)

    async def _deliver(self, sender: WebhookSender, publisher: BusPublisher, claimed: Claimed) -> None:
        try:
            now = await asyncio.to_thread(self._held_at, claimed)
            if now is None:
                self._count("lost_lease")
                log.warning("lease_lost_before_sending", delivery_id=claimed.delivery_id)
                return
            if self._stopping.is_set():
                await asyncio.to_thread(self._give_back, claimed)
                return
            begun = utc_now()
            if claimed.expired:
                attempt = deadline_passed(claimed)
            elif claimed.endpoint_kind == "message":
                attempt = await send_message(claimed)
            elif claimed.endpoint_kind == "bus":
                attempt = await publisher.send(claimed)
            else:
                attempt = await sender.send(claimed, now=now)
            if is_tracing():
                trace_delivery(
                    case_id=claimed.case_id, delivery_id=claimed.delivery_id, begun=begun, ended=utc_now(),
                    failed=None if attempt.delivered else attempt.reason or "not taken",
                    attributes={
                        "triage.endpoint": claimed.endpoint, "triage.kind": claimed.kind,
                        "triage.attempt": claimed.attempts,
                    },
                )  # fmt: skip
            await self._write(claimed, attempt)
        except Exception:
            # Nothing is known of the attempt: it is made again when the lease ends, under the same key.
            log.exception("delivery_failed", delivery_id=claimed.delivery_id, endpoint=claimed.endpoint)

    async def _write(self, claimed: Claimed, attempt: Attempt) -> None:
        for left in reversed(range(_WRITE_TRIES)):
            try:
                kept = await asyncio.to_thread(self._finish, claimed, attempt)
                break
            except Exception:
                if not left:
                    raise
                log.exception("delivery_not_written", delivery_id=claimed.delivery_id)
                await asyncio.sleep(1)
        outcome = "delivered" if attempt.delivered else "dead" if attempt.is_final else "failed"
        self._count(outcome if kept else "lost_lease")
        fields = {"delivery_id": claimed.delivery_id, "endpoint": claimed.endpoint, "kind": claimed.kind}
        if not kept:
            log.warning("lease_lost_after_sending", **fields)
        elif not attempt.delivered:
            log.warning(
                "delivery_not_taken", **fields, attempts=claimed.attempts, status=attempt.status, reason=attempt.reason
            )

    def _held_at(self, claimed: Claimed) -> datetime | None:
        with reading(self._engine) as connection:
            return still_held(connection, claimed)

    def _give_back(self, claimed: Claimed) -> bool:
        with self._engine.begin() as connection:
            return give_back(connection, claimed)

    def _finish(self, claimed: Claimed, attempt: Attempt) -> bool:
        with self._engine.begin() as connection:
            return finish(connection, claimed, attempt)

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1


def _run_jobs(engine: Engine, jobs: Sequence[Job], worker: str) -> None:
    run_due_jobs(engine, jobs, worker=worker)
