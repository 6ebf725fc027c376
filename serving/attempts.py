"""Slows down guessing: failed sign-ins are counted per name and per address, in a moving window."""

import math
from datetime import datetime
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from serving.api.problems import TooManyAttemptsError

WINDOW_MINUTES: Final = 5
PER_NAME: Final = RateLimitItemPerMinute(10, WINDOW_MINUTES, namespace="sign-in-name")
PER_ADDRESS: Final = RateLimitItemPerMinute(50, WINDOW_MINUTES, namespace="sign-in-address")


class Attempts:
    """Failed sign-ins of the last minutes.

    limiter: where they are counted, by its own clock. The default is this process's memory; one over a storage that
    replicas share counts for all of them.
    """

    def __init__(self, limiter: RateLimiter | None = None) -> None:
        self._limiter = limiter if limiter is not None else MovingWindowRateLimiter(MemoryStorage())

    def check(self, name: str, address: str, *, now: datetime) -> None:
        """Raise TooManyAttemptsError while a name or address has failed too often; `now` only tells how long to
        wait."""
        for limit, identifier in _limits(name, address):
            if not self._limiter.test(limit, identifier):
                reset = self._limiter.get_window_stats(limit, identifier).reset_time
                wait = max(1, math.ceil(reset - now.timestamp()))
                raise TooManyAttemptsError(
                    f"Too many failed sign-ins; try again in {math.ceil(wait / 60)} minutes.", retry_after_seconds=wait
                )

    def failed(self, name: str, address: str) -> None:
        """Count a failed sign-in."""
        for limit, identifier in _limits(name, address):
            self._limiter.hit(limit, identifier)

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name that got in; those of its address stay."""
        self._limiter.clear(PER_NAME, name)


def _limits(name: str, address: str) -> tuple[tuple[RateLimitItem, str], ...]:
    return (PER_NAME, name), (PER_ADDRESS, address)
