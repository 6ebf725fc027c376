"""How many requests a caller or an address may send in a minute, where the settings set a limit."""

import math
from datetime import datetime
from typing import Final, Literal

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from serving.api.problems import TooManyRequestsError

Of = Literal["key", "address"]
_WHOSE: Final = {"key": "This caller", "address": "This address"}


class RequestRates:
    """Requests of the last minute, by caller and by address.

    key, address: requests a minute, 0 for any number. processes: that serve on the same port; each allows its share.
    """

    def __init__(self, *, key: int, address: int, processes: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limits = {
            of: RateLimitItemPerMinute(max(1, amount // processes), namespace=f"requests-{of}")
            for of, amount in (("key", key), ("address", address))
            if amount
        }

    def count(self, of: Of, identifier: str, *, now: datetime) -> None:
        """Count a request; raise TooManyRequestsError, with the seconds to wait, for one too many."""
        limit = self._limits.get(of)
        if limit is None or self._limiter.hit(limit, identifier):
            return
        reset = self._limiter.get_window_stats(limit, identifier).reset_time
        wait = min(60, max(1, math.ceil(reset - now.timestamp())))
        raise TooManyRequestsError(
            f"{_WHOSE[of]} may send {limit.amount} requests a minute to this process; try again in {wait} seconds.",
            retry_after_seconds=wait,
        )
