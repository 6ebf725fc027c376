"""Wrong passwords at once: no more are looked at than the limit allows, and only a few at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from serving.api.problems import TooManyAttemptsError
from serving.attempts import MAX_AT_ONCE, PER_NAME, Attempts

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_an_attempt_counts_before_its_password_is_checked() -> None:
    attempts = Attempts()
    together = threading.Barrier(30)

    def try_once(number: int) -> bool:
        together.wait()
        try:
            attempts.begin("ann", f"10.0.0.{number}", now=NOW)
        except TooManyAttemptsError:
            return False
        return True

    with ThreadPoolExecutor(30) as pool:
        assert sum(pool.map(try_once, range(30))) == PER_NAME.amount


def test_only_a_few_passwords_are_checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.attempts._WAIT_SECONDS", 0.05)
    attempts = Attempts()
    held = [attempts.hashing() for _ in range(MAX_AT_ONCE)]
    for place in held:
        place.__enter__()
    with pytest.raises(TooManyAttemptsError, match="at once"), attempts.hashing():
        pass
    held[0].__exit__(None, None, None)
    with attempts.hashing():
        pass
