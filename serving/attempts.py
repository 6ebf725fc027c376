"""Slows down guessing: failed sign-ins are counted per name and per address, in this process's memory."""

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from serving.api.problems import TooManyAttemptsError

WINDOW: Final = timedelta(minutes=5)
PER_NAME: Final = 10
PER_ADDRESS: Final = 50
_MOST_REMEMBERED: Final = 10_000


class Attempts:
    """Failed sign-ins of the last minutes."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def check(self, name: str, address: str, *, now: datetime) -> None:
        """Raise TooManyAttemptsError while a name or address has failed too often."""
        with self._lock:
            for key, most in ((f"name {name}", PER_NAME), (f"address {address}", PER_ADDRESS)):
                failures = self._recent(key, now)
                if len(failures) >= most:
                    wait = int((failures[0] + WINDOW - now).total_seconds()) + 1
                    raise TooManyAttemptsError(
                        f"Too many failed sign-ins; try again in {wait // 60 + 1} minutes.", retry_after_seconds=wait
                    )

    def failed(self, name: str, address: str, *, now: datetime) -> None:
        """Count a failed sign-in."""
        with self._lock:
            if len(self._failures) > _MOST_REMEMBERED:
                self._failures = {key: kept for key in list(self._failures) if (kept := self._recent(key, now))}
            for key in (f"name {name}", f"address {address}"):
                self._failures.setdefault(key, deque(maxlen=max(PER_NAME, PER_ADDRESS))).append(now)

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name that got in; those of its address stay."""
        with self._lock:
            self._failures.pop(f"name {name}", None)

    def _recent(self, key: str, now: datetime) -> deque[datetime]:
        failures = self._failures.get(key, deque())
        while failures and failures[0] <= now - WINDOW:
            failures.popleft()
        return failures
