"""The line before intake: bounded by number and age, fair between single cases and batches."""

from collections.abc import Callable
from concurrent.futures import Future

import pytest
from sqlalchemy.exc import OperationalError

from tests.triage.conftest import override
from triage.errors import BusyError
from triage.identity.access import Principal
from triage.intake import intake as intake_module
from triage.intake.line import Line, Submission, Waiting

SOMEBODY = Principal(name="key:tills", grants=frozenset())


class Stopwatch:
    """A clock in seconds that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def line(stopwatch: Callable[[], float]) -> Line:
    return Line(max_cases=10, max_seconds=2.0, now=stopwatch)


def sent(number: int) -> Waiting:
    return Waiting([Submission(at, SOMEBODY, store=True) for at in range(number)], Future())


def taken(line: Line, most: int) -> list[int]:
    return [len(part.submissions) for part in line.take(most)]


@pytest.mark.parametrize(("more", "fits"), [(2, True), (3, True), (4, False)])
def test_no_more_wait_than_the_bound(line: Line, more: int, fits: bool) -> None:
    line.put(sent(7))
    if fits:
        line.put(sent(more))
    else:
        with pytest.raises(BusyError, match="7 cases wait"):
            line.put(sent(more))


def test_what_comes_to_an_empty_line_is_taken_however_much_it_is(line: Line) -> None:
    line.put(sent(50))
    assert taken(line, 64) == [50]


@pytest.mark.parametrize(("age", "refused"), [(1.9, False), (2.0, False), (2.1, True)])
def test_nothing_is_put_behind_a_case_that_waits_too_long(
    line: Line, stopwatch: Stopwatch, age: float, refused: bool
) -> None:
    line.put(sent(1))
    line.take(64)
    line.put(sent(1))
    stopwatch.seconds = age
    if refused:
        with pytest.raises(BusyError, match="waited for 2 seconds"):
            line.put(sent(1))
    else:
        line.put(sent(1))


def test_a_case_is_not_old_before_anything_is_taken(line: Line, stopwatch: Stopwatch) -> None:
    line.put(sent(1))
    stopwatch.seconds = 100.0
    line.put(sent(1))


def test_a_batch_is_taken_in_parts_and_single_cases_pass_it() -> None:
    line = Line(max_cases=10_000, max_seconds=2.0)
    line.put(sent(1000))
    assert taken(line, 64) == [64]
    for _ in range(3):
        line.put(sent(1))
    assert taken(line, 64) == [1, 1, 1, 61]


def test_single_cases_do_not_starve_a_batch() -> None:
    line = Line(max_cases=10_000, max_seconds=2.0)
    line.put(sent(100))
    for _ in range(200):
        line.put(sent(1))
    assert taken(line, 64) == [1] * 48 + [16]


def test_batches_take_turns() -> None:
    line = Line(max_cases=10_000, max_seconds=2.0)
    first, second = sent(100), sent(100)
    line.put(first)
    line.put(second)
    assert [line.take(64)[0].waiting for _ in range(4)] == [first, second, first, second]


def test_a_closed_line_gives_what_waits_and_then_nothing(line: Line) -> None:
    line.put(sent(1))
    line.close()
    assert (taken(line, 64), taken(line, 64)) == ([1], [])


def test_a_batch_of_which_a_part_fails_says_so_of_each_case(house, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = house()
    save, saved = intake_module.save, []

    def full_disk(connection: object, group: list[object]) -> object:
        saved.append(len(group))
        if len(saved) == 2:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return save(connection, group)

    monkeypatch.setattr(intake_module, "save", full_disk)
    answers = opened.submit(*[override(number) for number in range(130)])
    assert saved == [64, 64, 2]
    assert [answer.status for answer in answers] == [201] * 64 + [503] * 64 + [201] * 2
    assert "nothing was stored" in answers[64].body["detail"]
