"""Slows down guessing: failed sign-ins are counted per name and per address, in a moving window."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from serving.api.problems import TooManyAttemptsError

WINDOW_MINUTES: Final = 5
PER_NAME: Final = RateLimitItemPerMinute(10, WINDOW_MINUTES, namespace="sign-in-name")
PER_ADDRESS: Final = RateLimitItemPerMinute(50, WINDOW_MINUTES, namespace="sign-in-address")

MAX_AT_ONCE: Final = 2
"""Passwords checked at once; argon2id takes 64 MiB and a core for each."""
_WAIT_SECONDS: Final = 5.0


class Attempts:
    """Failed sign-ins of the last minutes.

    limiter: where they are counted, by its own clock. The default is this process's memory; one over a storage that
    replicas share counts for all of them. processes: that serve on the same port; each allows its share, so that
    together they allow no more than one would.
    """

    def __init__(self, limiter: RateLimiter | None = None, *, processes: int = 1) -> None:
        self._processes = processes
        self._counting = threading.Lock()
        self._hashing = threading.BoundedSemaphore(MAX_AT_ONCE)
        self._limiter = limiter if limiter is not None else MovingWindowRateLimiter(MemoryStorage())

    def check(self, name: str, address: str, *, now: datetime) -> None:
        """Raise TooManyAttemptsError while a name or address has failed too often; `now` only tells how long to
        wait."""
        for limit, identifier in self._limits(name, address):
            if not self._limiter.test(limit, identifier):
                reset = self._limiter.get_window_stats(limit, identifier).reset_time
                wait = max(1, math.ceil(reset - now.timestamp()))
                raise TooManyAttemptsError(
                    f"Too many failed sign-ins; try again in {math.ceil(wait / 60)} minutes.", retry_after_seconds=wait
                )

    def begin(self, name: str, address: str, *, now: datetime) -> None:
        """Count an attempt as failed before its password is checked, so that no number of them at once gets past the
        limit.

        Raises TooManyAttemptsError as `check` does.
        """
        with self._counting:
            self.check(name, address, now=now)
            self.failed(name, address)

    def failed(self, name: str, address: str) -> None:
        """Count a failed sign-in."""
        for limit, identifier in self._limits(name, address):
            self._limiter.hit(limit, identifier)

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name that got in; those of its address stay."""
        self._limiter.clear(self._share(PER_NAME), name)

    @contextmanager
    def hashing(self) -> Iterator[None]:
        """Hold one of the few places for checking a password: each takes memory by design.

        Raises TooManyAttemptsError where none became free in time.
        """
        if not self._hashing.acquire(timeout=_WAIT_SECONDS):
            raise TooManyAttemptsError("Too many people sign in at once; try again.", retry_after_seconds=1)
        try:
            yield
        finally:
            self._hashing.release()

    def _limits(self, name: str, address: str) -> tuple[tuple[RateLimitItem, str], ...]:
        return (self._share(PER_NAME), name), (self._share(PER_ADDRESS), address)

    def _share(self, limit: RateLimitItem) -> RateLimitItem:
        if self._processes == 1:
            return limit
        return type(limit)(max(1, limit.amount // self._processes), limit.multiples, namespace=limit.namespace)
