"""The consumer of an event bus: each message becomes a case through the same intake as the API's, and is acknowledged
after the commit.

What cannot be taken now rests and comes again; what can never be taken goes to the dead letters with its reason. A
connection that is lost is made anew, and whatever was not acknowledged is delivered again.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

import structlog
from sqlalchemy import Engine

from triage.bus.bus_message import read_message
from triage.bus.dead_letter import send_dead_letter
from triage.db.database import reading
from triage.errors import BusyError, ConflictError, TriageError, UnavailableError, problem_document
from triage.handoff.brokers.bus import Bus, Incoming, open_bus
from triage.handoff.brokers.bus_address import BusAddress, read_bus_address
from triage.handoff.inbox import Receipt, received_content
from triage.handoff.secrets import read_secrets, split_source
from triage.identity.access import Principal, principal_of_key_named
from triage.intake.answer import Answer
from triage.intake.intake import Intake

log = structlog.get_logger(__name__)
_LOOK_SECONDS: Final = 0.2
_CHECK_SECONDS: Final = 10.0
_RECONNECT_SECONDS: Final = 2.0
_CLOSE_SECONDS: Final = 15.0
_BUSY_SECONDS: Final = float(BusyError.retry_after_seconds)
_BROKEN_SECONDS: Final = 5.0
_SUBMITTER_HOLDS: Final = timedelta(seconds=5)
OUTCOMES: Final = ("stored", "repeated", "refused", "rested")


class BusConsumer:
    """Consumes until it is stopped.

    url: of the bus, env:NAME or file:PATH. submitter: name of the API key whose grants count for what arrives.
    """

    def __init__(
        self, *, url: str, submitter: str, engine: Engine, intake: Intake, max_bytes: int, clock: Callable[[], datetime]
    ) -> None:
        self._source = split_source(url)
        self._submitter_name = submitter
        self._engine = engine
        self._intake = intake
        self._max_bytes = max_bytes
        self._clock = clock
        self._principal: tuple[Principal, datetime] | None = None
        self._stopping = threading.Event()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._consume_until_stopped, name="bus", daemon=True)
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(OUTCOMES, 0)
        self.address = self._read_address()

    def check(self) -> None:
        """Raise UnavailableError where nobody may submit what arrives, or the libraries are missing."""
        open_bus(self.address)
        self._submitter().require("submit")

    def start(self) -> None:
        """Begin to consume."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, acknowledge what is being stored, and stop; the rest is delivered again."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_CLOSE_SECONDS + _BROKEN_SECONDS)

    @property
    def is_connected(self) -> bool:
        """Check whether the broker has us as a consumer."""
        return self._connected.is_set()

    def counts(self) -> dict[str, int]:
        """Return what became of messages since the start of this process."""
        with self._lock:
            return dict(self._counts)

    def _read_address(self) -> BusAddress:
        source, value = self._source
        return read_bus_address(
            value if value is not None else read_secrets([(source, None)])[0], purpose="submissions"
        )

    def _consume_until_stopped(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._consume())
            except Exception as error:
                # Whatever broke, a consumer that no longer consumes must say so and try again.
                reason = self.address.without_secrets(f"{type(error).__name__}: {error}")[:500]
                log.warning("bus_lost", bus=self.address.shown, reason=reason)
            self._connected.clear()
            self._stopping.wait(_RECONNECT_SECONDS)

    async def _consume(self) -> None:
        while not (self._intake.is_ready or self._stopping.is_set()):
            await asyncio.sleep(_LOOK_SECONDS)
        # Read again each time: a password may have been changed where it is kept.
        self.address = await asyncio.to_thread(self._read_address)
        bus = open_bus(self.address)
        try:
            await bus.connect()
            await bus.consume(lambda message: self._handle(bus, message))
            self._connected.set()
            log.info("bus_consuming", bus=self.address.shown)
            await self._watch(bus)
        finally:
            with suppress(Exception):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await bus.aclose()

    async def _watch(self, bus: Bus) -> None:
        """Wait for the end, and look now and then whether the broker still knows us."""
        checked = monotonic()
        while not self._stopping.is_set():
            await asyncio.sleep(_LOOK_SECONDS)
            if monotonic() - checked >= _CHECK_SECONDS:
                if not await bus.is_consuming():
                    raise ConnectionError("the broker no longer has us as a consumer")
                checked = monotonic()

    async def _handle(self, bus: Bus, message: Incoming) -> None:
        """Handle a message for good, however long that takes; what is left when we stop is delivered again."""
        while not self._stopping.is_set():
            seconds = await self._seconds_to_rest(bus, message)
            if seconds is None:
                return
            self._count("rested")
            if not await message.rest(seconds):
                return

    async def _seconds_to_rest(self, bus: Bus, message: Incoming) -> float | None:
        """Take a message or refuse it for good, and return None; or return how long it is to rest."""
        place = f"{self.address.broker}:{self.address.destination}"
        try:
            try:
                outcome = await self._take(message, place)
            except BusyError:
                return _BUSY_SECONDS
            except UnavailableError as error:
                log.warning("bus_message_rests", bus=self.address.shown, reason=error.detail)
                return _BROKEN_SECONDS
            except TriageError as error:
                outcome = problem_document(error)
            if isinstance(outcome, dict):
                await send_dead_letter(bus, self.address.dead_letters, message, place=place, problem=outcome)
                log.warning("bus_message_refused", bus=self.address.shown, reason=outcome["detail"])
            await message.ack()
        except Exception as error:
            # The broker or the database is in trouble: nothing is known for certain, so the message comes again.
            reason = self.address.without_secrets(f"{type(error).__name__}: {error}")[:500]
            log.warning("bus_message_not_handled", bus=self.address.shown, reason=reason)
            return _BROKEN_SECONDS
        self._count("refused" if isinstance(outcome, dict) else outcome)
        return None

    async def _take(self, message: Incoming, place: str) -> str | dict[str, Any]:
        """Store what a message brings; return "stored", "repeated", or the problem document of what is refused."""
        read = read_message(message, place=place, max_bytes=self._max_bytes)
        before, actor = await asyncio.to_thread(self._known, read.receipt)
        if before is not None:
            if before == read.receipt.content_hash:
                return "repeated"
            raise ConflictError(
                f"message {read.receipt.message_id!r} of {read.receipt.source!r} came before with other content; "
                "give every message an id of its own"
            )
        answer = await self._answer(read.submission, read.receipt, actor)
        if answer.problem is not None:
            if answer.status == BusyError.status:
                raise BusyError(str(answer.problem.get("detail")))
            if answer.status >= 500:
                raise UnavailableError(str(answer.problem.get("detail")))
            return dict(answer.problem)
        return "stored" if answer.status == 201 else "repeated"

    async def _answer(self, submission: Any, receipt: Receipt, actor: Principal) -> Answer:
        promised = self._intake.submit_message(submission, receipt, actor=actor)
        (answer,) = await asyncio.shield(asyncio.wrap_future(promised))
        return answer

    def _known(self, receipt: Receipt) -> tuple[str | None, Principal]:
        with reading(self._engine) as connection:
            before = received_content(connection, receipt)
        return before, self._submitter()

    def _submitter(self) -> Principal:
        """Return who submits, as the grants are now or were a moment ago."""
        now = self._clock()
        if self._principal is None or now >= self._principal[1]:
            with reading(self._engine) as connection:
                found = principal_of_key_named(connection, self._submitter_name, now=self._clock())
            if found is None:
                # Not the message's fault: it waits until somebody mends this.
                self._principal = None
                raise UnavailableError(
                    f"bus_submitter {self._submitter_name!r} is no living API key; make one with `triage key create "
                    f"{self._submitter_name} --role service` and name it in TRIAGE_BUS_SUBMITTER"
                )
            self._principal = found, now + _SUBMITTER_HOLDS
        return self._principal[0]

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
