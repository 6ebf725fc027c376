"""Where submissions wait to be judged: bounded by number and age, and fair between single cases and batches."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from triage.errors import BusyError
from triage.handoff.inbox import Receipt
from triage.identity.access import Principal
from triage.intake.answer import Answer
from triage.intake.case import Case
from triage.intake.judgement import Judgement
from triage.intake.looking_up import Looked

BATCH_PATIENCE: Final = 10.0
"""How many times as long as a single case a batch may have waited before another is refused."""
_RESERVED: Final = 4
"""One place in so many of a group is a batch's, whatever number of single cases wait."""


@dataclass(slots=True, eq=False)
class Submission:
    """A case on its way through: as it was sent and by whom, as it was read, and what is answered.

    store: whether it is kept, or only judged. case: None where it could not be read; then `answer` says why. receipt:
    of the message that brought it, kept together with the case. looked: what was looked up for it. judgement: what was
    made of one that is only judged.
    """

    raw: Any
    actor: Principal
    store: bool
    case: Case | None = None
    answer: Answer | None = None
    receipt: Receipt | None = None
    looked: Looked | None = None
    judgement: Judgement | None = None


@dataclass(slots=True, eq=False)
class Waiting:
    """What one caller sent and waits for. taken: how many of its submissions are being judged or are answered."""

    submissions: Sequence[Submission]
    answers: Future[list[Answer]]
    since: float = 0.0
    taken: int = 0

    @property
    def left(self) -> int:
        """How many of its submissions still wait."""
        return len(self.submissions) - self.taken


@dataclass(frozen=True, slots=True)
class Turn:
    """What is judged at once of what one caller sent."""

    waiting: Waiting
    submissions: Sequence[Submission]


@dataclass(slots=True)
class Line:
    """Two lines: of single cases, and of batches, which are judged in parts while single cases pass.

    max_cases: that may wait, all in all. max_seconds: that the oldest single case may have waited when another comes.
    """

    max_cases: int
    max_seconds: float
    now: Callable[[], float] = monotonic
    _singles: deque[Waiting] = field(default_factory=deque)
    _batches: deque[Waiting] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _cases: int = 0
    _taking: bool = False
    _closed: bool = False

    def put(self, waiting: Waiting) -> None:
        """Take a place at the end; raise BusyError where too much waits, or has waited for too long."""
        line = self._batches if len(waiting.submissions) > 1 else self._singles
        with self._changed:
            self._refuse_too_many(len(waiting.submissions))
            # Until the entity history is read nothing is taken: then only the number counts.
            if self._taking:
                self._refuse_too_old(line)
            waiting.since = self.now()
            self._cases += len(waiting.submissions)
            line.append(waiting)
            self._changed.notify()

    def take(self, limit: int) -> list[Turn]:
        """Wait for submissions and take up to `most`; nothing once the line is closed and empty."""
        with self._changed:
            self._taking = True
            while not (self._singles or self._batches or self._closed):
                self._changed.wait()
            reserved = max(1, limit // _RESERVED) if self._batches else 0
            parts: list[Turn] = []
            while self._singles and len(parts) < max(1, limit - reserved):
                single = self._singles.popleft()
                parts.append(self._turn(single, single.left))
            if self._batches:
                batch = self._batches[0]
                parts.append(self._turn(batch, min(batch.left, max(1, limit - len(parts)))))
                self._batches.popleft()
                if batch.left:
                    # Behind the others: batches take turns too.
                    self._batches.append(batch)
            return parts

    def waiting(self) -> tuple[int, float]:
        """Return how many cases wait, and how long the oldest has, in seconds."""
        with self._changed:
            ages = [self.now() - waiting.since for line in (self._singles, self._batches) for waiting in line]
            return self._cases, max(ages, default=0.0)

    def close(self) -> None:
        """Let `take` end once nothing waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _turn(self, waiting: Waiting, number: int) -> Turn:
        turn = Turn(waiting, waiting.submissions[waiting.taken : waiting.taken + number])
        waiting.taken += number
        self._cases -= number
        return turn

    def _refuse_too_many(self, more: int) -> None:
        # What comes to an empty line is taken, however much it is.
        if self._cases and self._cases + more > self.max_cases:
            raise BusyError(f"{self._cases:,} cases wait already; nothing was stored. Send it again in a second.")

    def _refuse_too_old(self, line: deque[Waiting]) -> None:
        limit = self.max_seconds * (BATCH_PATIENCE if line is self._batches else 1.0)
        age = max((self.now() - waiting.since for waiting in line), default=0.0)
        if age > limit:
            raise BusyError(f"Cases have waited for {age:.0f} seconds; nothing was stored. Send it again in a second.")
