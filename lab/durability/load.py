"""The load: callers that submit cases and rule on them, and send a case again until it is answered, as a careful caller
does."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

_TIMEOUT_SECONDS: Final = 15.0
_PAUSE_SECONDS: Final = 0.1
RULED_SHARE: Final = 0.3
"""Share of the cases that wait for a person on which the load rules at once."""


class Load:
    """Callers in threads. accepted: case id per exception_id that was answered 200 or 201; ruled: cases whose ruling
    was."""

    def __init__(self, ports: Sequence[int], key: str, *, callers: int, pause_seconds: float, seed: int) -> None:
        self.accepted: dict[str, str] = {}
        self.ruled: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.errors: list[str] = []
        self._ports, self._key, self._pause_seconds = ports, key, pause_seconds
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(at, random.Random(seed + at)), daemon=True)
            for at in range(callers)
        ]

    def start(self) -> None:
        """Begin to submit."""
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int, *, seconds: float) -> None:
        """Wait until so many cases were accepted, or the time is over."""
        until = time.monotonic() + seconds
        while len(self.accepted) < count and time.monotonic() < until:
            time.sleep(_PAUSE_SECONDS)

    def stop(self) -> None:
        """Submit nothing more, and wait until what was begun is answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self, caller: int, drawn: random.Random) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            try:
                self._submit(f"LAB-{caller}-{number}", drawn)
            except Exception as error:  # a caller that ends unseen would make the load less, and the run pass
                with self._lock:
                    self.errors.append(f"{type(error).__name__}: {error}")
            time.sleep(self._pause_seconds)

    def _submit(self, exception_id: str, drawn: random.Random) -> None:
        payload = {
            "claim_type": "return",
            "channel": "store",
            "sku": "4711",
            "qty_claimed": 1,
            "refund_amount": "19.90",
        }
        case = {"domain": "return_fraud", "exception_id": exception_id, "payload": payload}
        while True:
            status, answer = self._post("/v1/cases", case, drawn)
            if status in (200, 201):
                break
            if status in (429, 503):
                with self._lock:
                    self.counts["told to come back"] += 1
            elif 400 <= status < 500:
                raise RuntimeError(f"{exception_id}: {status} {answer}")
            # The very same case again, for ever: whoever gave up here would not know whether it was taken.
            time.sleep(_PAUSE_SECONDS)
        with self._lock:
            self.accepted[exception_id] = answer["case_id"]
        if answer["disposition"] not in ("auto", "escalate") and drawn.uniform(0, 1) < RULED_SHARE:
            self._rule(answer, drawn)

    def _rule(self, answer: dict[str, Any], drawn: random.Random) -> None:
        """Claim and resolve, once: a person who is not answered looks at the case again, which is no matter here."""
        case_id = answer["case_id"]
        ruling = {
            "action": "accepted",
            "cause": answer["cause"]["label"],
            "reason_code": "RECEIPT_FOUND",
            "comment": "lab",
        }
        if self._post(f"/v1/cases/{case_id}/claim", {}, drawn)[0] != 200:
            return
        status, answer = self._post(f"/v1/cases/{case_id}/resolve", ruling, drawn)
        if status == 200 and answer["state"] == "done":
            with self._lock:
                self.ruled.add(case_id)

    def _post(self, path: str, body: Any, drawn: random.Random) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{drawn.choice(self._ports)}{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answered:
                return answered.status, json.loads(answered.read())
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except (OSError, ValueError) as error:
            # Killed before, while or after it answered: the caller cannot know.
            with self._lock:
                self.counts["unanswered requests"] += 1
            return 0, str(error)
