"""A watcher does its rounds until it is stopped, and outlives every round that fails."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import CapturingLogger

from tests.triage.conftest import DOMAINS, Clock, ScriptedModels
from triage import watcher as watcher_module
from triage.champions import Champions
from triage.watcher import Watcher

SOON = 5.0


class Rounds:
    """Counts rounds; the ones numbered in `failing` raise."""

    def __init__(self, *failing: int) -> None:
        self.failing = failing
        self.done = 0
        self.changed = threading.Condition()

    def __call__(self) -> None:
        with self.changed:
            self.done += 1
            self.changed.notify_all()
            if self.done in self.failing:
                raise RuntimeError(f"round {self.done}")

    def reach(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.done >= count, timeout=SOON)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[tuple[str, str]]]:
    """Tell which watchers' events were logged, at which level."""
    log = CapturingLogger()
    monkeypatch.setattr(watcher_module, "log", log)
    return lambda: [(call.method_name, *call.args) for call in log.calls]


@pytest.fixture
def watching() -> Iterator[Callable[..., Watcher]]:
    started: list[Watcher] = []

    def start(do: Callable[[], None], **how: object) -> Watcher:
        started.append(Watcher(do, name="toy", failed="toy_failed", **how))  # type: ignore[arg-type]
        started[-1].start()
        return started[-1]

    yield start
    for watcher in started:
        watcher.stop()


def test_it_does_round_after_round(watching) -> None:
    rounds = Rounds()
    watching(rounds, rest_seconds=0.001)
    assert rounds.reach(3)


def test_a_round_that_fails_is_logged_with_its_traceback_and_the_next_one_comes(watching, logged) -> None:
    rounds = Rounds(1, 2)
    watching(rounds, rest_seconds=0.001)
    assert rounds.reach(4)
    assert logged() == [("exception", "toy_failed")] * 2


def test_it_rests_between_rounds(watching) -> None:
    rounds = Rounds()
    watching(rounds, rest_seconds=3600)
    assert rounds.reach(1)
    time.sleep(0.05)
    assert rounds.done == 1


def test_it_may_rest_first(watching) -> None:
    rounds = Rounds()
    watching(rounds, rest_seconds=3600, rests_first=True)
    time.sleep(0.05)
    assert rounds.done == 0


def test_stopping_wakes_it_from_its_rest(watching) -> None:
    rounds = Rounds()
    watcher = watching(rounds, rest_seconds=3600)
    assert rounds.reach(1)
    began = time.monotonic()
    watcher.stop()
    assert time.monotonic() - began < SOON
    assert [thread for thread in threading.enumerate() if thread.name == "toy"] == []


def test_stopping_waits_for_the_round_that_runs(watching) -> None:
    begun, finished = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        time.sleep(0.1)
        finished.set()

    watcher = watching(slow, rest_seconds=3600)
    begun.wait(SOON)
    watcher.stop()
    assert finished.is_set()


def test_one_that_was_never_started_can_be_stopped() -> None:
    Watcher(lambda: None, name="toy", failed="toy_failed").stop()


def test_one_round_by_hand_never_raises(logged) -> None:
    Watcher(Rounds(1), name="toy", failed="toy_failed").once()
    assert logged() == [("exception", "toy_failed")]


def test_nobody_waits_for_a_registry_that_breaks_at_the_first_question(clock: Clock, logged) -> None:
    models = ScriptedModels(None)
    models.error = RuntimeError("not what a registry should say")
    champions = Champions(models, DOMAINS, poll_seconds=3600, clock=clock)
    champions.start()
    assert champions.wait_until_asked(timeout=SOON)
    champions.stop()
    assert logged() == [("exception", "champion_refresh_failed")]
