"""How long to wait: before the next attempt of a delivery, and while a circuit breaker is open. Pure; the jitter is
passed in."""

from datetime import timedelta
from typing import Final

FIRST_WAIT: Final = timedelta(seconds=1)
MAX_WAIT: Final = timedelta(hours=1)
FAILURES_THAT_OPEN: Final = 5
FIRST_OPENING: Final = timedelta(seconds=5)
MAX_OPENING: Final = timedelta(minutes=5)


def wait_before_retry(attempts: int, *, jitter: float, retry_after: timedelta | None = None) -> timedelta:
    """Compute the wait after a failed attempt: doubled each time, then between half and all of it.

    attempts: made so far, from 1. jitter: 0 to 1, uniformly random, so that what failed together does not return
    together.
    retry_after: what the receiver asked for; a longer wait than ours is granted, up to the longest.
    """
    doubled = _doubled(FIRST_WAIT, attempts - 1, MAX_WAIT)
    wait = doubled * (0.5 + 0.5 * jitter)
    return min(max(wait, retry_after), MAX_WAIT) if retry_after is not None else wait


def breaker_opening(openings: int, *, jitter: float) -> timedelta:
    """Compute how long a breaker stays open. openings: in a row before this one, from 0; jitter: 0 to 1."""
    return _doubled(FIRST_OPENING, openings, MAX_OPENING) * (0.5 + 0.5 * jitter)


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    doubled: timedelta = first * 2 ** min(times, 30)
    return min(doubled, longest)
