"""A thread that does one thing over and over, whatever befalls it, until it is stopped."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

log = structlog.get_logger(__name__)
_LAST_ROUND_SECONDS: Final = 10


class Watcher:
    """Does one thing round after round in a thread of its own.

    rest_seconds: between two rounds; rests_first: also before the first one. failed: the event a round that fails is
    logged under, with its traceback; the next round comes all the same, for what is watched for may be well again by
    then.
    """

    def __init__(
        self, do: Callable[[], None], *, name: str, failed: str, rest_seconds: float = 0.0, rests_first: bool = False
    ) -> None:
        self._do = do
        self._failed = failed
        self._rest_seconds = rest_seconds
        self._rests_first = rests_first
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Begin with the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further round, and give the one that runs some seconds to end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_LAST_ROUND_SECONDS)

    def once(self) -> None:
        """Do one round now, in the caller's thread; like any other it is logged if it fails, and never raises."""
        try:
            self._do()
        except Exception:
            log.exception(self._failed)

    def _work(self) -> None:
        if self._rests_first:
            self._stopped.wait(self._rest_seconds)
        while not self._stopped.is_set():
            self.once()
            self._stopped.wait(self._rest_seconds)
