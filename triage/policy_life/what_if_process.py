"""What-ifs in processes of their own, so that none takes computing time from the cases: one at a time on a machine,
bounded, behind everything else, and stopped where nobody waits for it any more."""

import fcntl
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from policies.judging.certificate import Certificate
from triage.db.database import open_engine, reading
from triage.domains import domains
from triage.errors import TriageError, UnavailableError
from triage.policy_life.acts import read_draft
from triage.policy_life.live import LivePolicies
from triage.policy_life.what_if import simulate

log = structlog.get_logger(__name__)
MAX_SECONDS: Final = 60.0
MAX_WAIT_SECONDS: Final = 10.0
"""How long one waits for another to end; that is a turn of most of them."""
MAX_WAITING: Final = 4
"""So many of a process wait or run; each holds one of the threads that answer calls."""
_LOOK_SECONDS: Final = 0.1
_BUSY: Final = "Another what-if is running; try again in a few seconds."


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWhatIf:
    """What is asked. document: the draft's text. certificate: of what is in force. now: the instant it is asked at."""

    domain: str
    document: str
    certificate: Certificate | None
    now: datetime
    since: datetime | None
    until: datetime | None
    limit: int
    changed_from: int
    changed_limit: int
    restricted: bool


class WhatIfs:
    """Replays drafts over stored cases of one database.

    home: where the lock lies that the processes of a machine share. wait_seconds: how long one waits for another to
    end. max_seconds: how long one may take.
    """

    def __init__(
        self,
        *,
        database: str,
        domain_modules: str,
        home: Path,
        wait_seconds: float = MAX_WAIT_SECONDS,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self.wait_seconds = wait_seconds
        self.max_seconds = max_seconds
        self._database = database
        self._domain_modules = domain_modules
        self._home = home
        self.waiting = 0
        """How many wait or run in this process."""
        self._counting = threading.Lock()
        # Begun with everything imported, which takes seconds; each what-if is then a fork of it, at once.
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(["__main__", __name__])

    def run(self, asked: AskedWhatIf, *, abandoned: Callable[[], bool] = lambda: False) -> dict[str, Any]:
        """Return what `triage.policy_life.what_if.simulate` finds; raise its errors, or UnavailableError.

        abandoned: whether nobody waits for the answer any more; it is asked ten times a second.
        """
        with self.turn(abandoned):
            return self._run(asked, abandoned)

    @contextmanager
    def turn(self, abandoned: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Wait for the one turn of the machine, and have it; raise UnavailableError where it does not come in time."""
        with self._place(), self._locked(abandoned):
            yield

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Take one of the places for those who wait."""
        with self._counting:
            if self.waiting >= MAX_WAITING:
                raise UnavailableError(_BUSY)
            self.waiting += 1
        try:
            yield
        finally:
            with self._counting:
                self.waiting -= 1

    @contextmanager
    def _locked(self, abandoned: Callable[[], bool]) -> Iterator[None]:
        """Hold the lock that the processes of a machine share."""
        self._home.mkdir(parents=True, exist_ok=True)
        until = monotonic() + self.wait_seconds
        with (self._home / "what-if.lock").open("w") as lock:
            while True:
                try:
                    # The lock is the open file's: threads of a process and other processes meet it alike, and a kill
                    # frees it.
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if monotonic() >= until or abandoned():
                        raise UnavailableError(_BUSY) from None
                    sleep(_LOOK_SECONDS)
            yield

    def _run(self, asked: AskedWhatIf, abandoned: Callable[[], bool]) -> dict[str, Any]:
        answers, answer = self._processes.Pipe(duplex=False)
        process = self._processes.Process(
            target=_replay, args=(answer, asked, self._database, self._domain_modules), daemon=True
        )
        until = monotonic() + self.max_seconds
        try:
            process.start()
            answer.close()
            while monotonic() < until:
                if abandoned():
                    raise UnavailableError("nobody waited for the what-if any more; it was stopped")
                if answers.poll(_LOOK_SECONDS):
                    break
            else:
                raise UnavailableError(
                    f"the what-if took longer than {self.max_seconds:g} s and was stopped: ask for fewer `cases`, "
                    "or a shorter stretch with `since` and `until`"
                )
            try:
                found = answers.recv()
            except EOFError:
                raise UnavailableError("the what-if ended without an answer; the log says why") from None
        finally:
            answers.close()
            if process.pid is not None:
                process.kill()
                process.join()
                process.close()
        if isinstance(found, TriageError):
            raise found
        result: dict[str, Any] = found
        return result


def _replay(answer: Pipe, asked: AskedWhatIf, database: str, domain_modules: str) -> None:
    """Answer one what-if, in a process of its own."""
    os.nice(10)
    try:
        answer.send(_replayed(asked, database, domain_modules))
    except TriageError as error:
        answer.send(error)
    except SQLAlchemyError:
        log.exception("what_if_failed", domain=asked.domain)
        answer.send(UnavailableError("the database did not answer the what-if; try again"))


def _replayed(asked: AskedWhatIf, database: str, domain_modules: str) -> dict[str, Any]:
    card = domains(domain_modules)[asked.domain]
    engine = open_engine(database)
    try:
        live = LivePolicies(engine, {card.name: card}, poll_seconds=MAX_SECONDS, clock=lambda: asked.now)
        with reading(engine) as connection:
            return simulate(
                connection,
                read_draft(connection, card, asked.document),
                in_force=live.at(asked.now),
                now=asked.now,
                certificate=asked.certificate,
                since=asked.since,
                until=asked.until,
                limit=asked.limit,
                changed_from=asked.changed_from,
                changed_limit=asked.changed_limit,
                restricted=asked.restricted,
            )
    finally:
        engine.dispose()
