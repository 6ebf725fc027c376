"""The course of one case, read off its events: what counts as waiting on us, what as work, what as neither."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triage.process.case_course import CaseEvent, course_of, last_closing

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def event(minutes: float, verb: str, actor: str = "user:ann", **detail: Any) -> CaseEvent:
    return CaseEvent(verb=verb, actor=actor, at=at(minutes), detail=detail)


def claim(minutes: float, actor: str = "user:ann", hold: float = 30) -> CaseEvent:
    return event(minutes, "claim", actor, claimed_until=at(minutes + hold).isoformat())


DECIDED = event(0, "decide", "key:pos")


@pytest.mark.parametrize(
    ("events", "waiting", "touched", "paused", "approval"),
    [
        ([claim(10), event(15, "resolve")], 10, 5, 0, None),
        ([claim(10), event(12, "release"), claim(20), event(25, "resolve")], 18, 7, 0, None),
        ([claim(10, hold=5), claim(40, "user:bob"), event(42, "resolve")], 35, 7, 0, None),
        ([claim(10), claim(15), event(20, "resolve")], 10, 10, 0, None),
        ([claim(10), event(15, "rule"), event(75, "approve", "user:eve")], 10, 5, 0, 60),
        (
            [claim(10), event(12, "rule"), event(20, "reject", "user:eve"), claim(30), event(33, "rule"),
            event(40, "approve", "user:eve")],
            20, 5, 0, 15,
        ),
        ([claim(10), event(15, "hold", until=at(60).isoformat()), event(45, "resume"), claim(50), event(55, "resolve")],
        15, 10, 30, None),
        ([event(5, "snooze", until=at(20).isoformat()), claim(50), event(55, "resolve")], 35, 5, 15, None),
        ([claim(10), event(15, "hand_off", to="user:bob"), event(25, "resolve", "user:bob")], 10, 15, 0, None),
        ([claim(10), event(11, "a_kind_of_tomorrow"), event(15, "resolve")], 10, 5, 0, None),
    ],
)  # fmt: skip
def test_where_the_time_went(
    events: list[CaseEvent], waiting: float, touched: float, paused: float, approval: float | None
) -> None:
    course = course_of([DECIDED, *events], since=START, until=events[-1].at)
    assert (course.waiting / 60, course.touched / 60, course.paused / 60) == (waiting, touched, paused)
    assert course.approval == (None if approval is None else approval * 60)
    assert course.cycle == pytest.approx(course.waiting + course.touched + course.paused + (course.approval or 0))


@pytest.mark.parametrize(
    ("events", "loops", "came_back"),
    [
        ([claim(1), event(2, "resolve")], 0, False),
        ([claim(1), event(2, "release"), claim(3), event(4, "resolve")], 1, False),
        ([claim(1), event(2, "rule"), event(3, "reject", "user:eve"), claim(4), event(5, "resolve")], 1, True),
        ([claim(1), event(2, "send_back"), claim(3), event(4, "resolve")], 1, True),
    ],
)
def test_what_came_back(events: list[CaseEvent], loops: int, came_back: bool) -> None:
    course = course_of([DECIDED, *events], since=START, until=events[-1].at)
    assert (course.loops, course.came_back) == (loops, came_back)


def test_only_people_touch_a_case() -> None:
    course = course_of([DECIDED, claim(1), event(2, "resolve")], since=START, until=at(2))
    assert course.touches == 2


def test_the_last_ruling_that_stands_closes() -> None:
    assert last_closing([DECIDED, claim(1)]) is None
    closing = last_closing([DECIDED, event(2, "resolve"), event(9, "outcome", "key:pos")])
    assert closing is not None and closing.at == at(2)
