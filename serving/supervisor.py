"""The parent of several serving processes: what dies is started again, but not for ever."""

import logging
from collections import deque
from time import monotonic
from typing import Any, Final

from uvicorn.supervisors import Multiprocess

MAX_DEATHS: Final = 8
WITHIN_SECONDS: Final = 60.0
MAX_REST_SECONDS: Final = 8.0
log = logging.getLogger("uvicorn.error")


class Supervisor(Multiprocess):
    """Starts processes again that died, each time after a longer rest, and gives up after MAX_DEATHS in a minute.

    gave_up: whether it did; processes that cannot live would otherwise keep a core busy starting.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gave_up = False
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)

    def keep_subprocess_alive(self) -> None:
        """Start again what died since the last look."""
        if self.should_exit.is_set():
            return
        before = list(self.processes)
        super().keep_subprocess_alive()
        # uvicorn ends the parent itself where a process could not load the application.
        self.gave_up = self.should_exit.is_set()
        now = monotonic()
        died = sum(old is not new for old, new in zip(before, self.processes, strict=True))
        self._deaths.extend([now] * died)
        if not died or self.should_exit.is_set():
            return
        lately = sum(now - at < WITHIN_SECONDS for at in self._deaths)
        if lately >= MAX_DEATHS:
            log.error("%d processes died within a minute; giving up", lately)
            self.gave_up = True
            self.should_exit.set()
            return
        self.should_exit.wait(min(MAX_REST_SECONDS, 0.25 * 2.0 ** max(0, lately - len(self.processes))))
