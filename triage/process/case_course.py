"""The course of one case from decision to ruling, read off its audit events: who held it, what it waited for, how often
it came back.

Events are told by their verb. One that is not known here changes nothing, so that new kinds may come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

BEGINS_HOLDING: Final = frozenset({"claim", "hand_off"})
ENDS_HOLDING: Final = frozenset({"release", "rule", "resolve", "assign", "send_back", "escalate", "hold", "snooze"})
PAUSES: Final = frozenset({"hold", "snooze"})
COMES_BACK: Final = frozenset({"reject", "send_back"})
LOOPS: Final = frozenset({"reject", "send_back", "release", "assign", "hand_off"})
CLOSES: Final = frozenset({"resolve", "approve"})
_PERSON: Final = "user:"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One audit event of a case."""

    verb: str
    actor: str
    at: datetime
    detail: Mapping[str, Any]

    @classmethod
    def of(cls, row: Any) -> "CaseEvent":
        """Read one as stored."""
        return cls(verb=row.verb, actor=row.actor, at=row.at, detail=orjson.loads(row.detail))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCourse:
    """How a case went. Durations in seconds: they add up to the cycle, except that the approval is part of none else.

    waiting: nobody held it and nothing paused it. touched: somebody held it. paused: it was put to rest.
    approval: a ruling waited for a second person; None where none had to. touches: acts of people.
    """

    cycle: float
    waiting: float
    touched: float
    paused: float
    approval: float | None
    touches: int
    loops: int
    came_back: bool


def course_of(events: Sequence[CaseEvent], *, since: datetime, until: datetime) -> CaseCourse:
    """Read the course of a case from its events in order, from its decision to its closing."""
    held = paused = approval = 0.0
    holding: tuple[datetime, datetime] | None = None
    resting: tuple[datetime, datetime] | None = None
    ruled: datetime | None = None
    asked = False
    within = [event for event in events if since <= event.at <= until]
    for event in within:
        if holding is not None and (event.verb in ENDS_HOLDING or event.verb in BEGINS_HOLDING):
            held, holding = held + _overlap(holding, event.at), None
        if resting is not None and event.verb not in ("comment", "outcome"):
            paused, resting = paused + _overlap(resting, event.at), None
        if event.verb in BEGINS_HOLDING:
            holding = event.at, _instant(event.detail.get("claimed_until"), until)
        elif event.verb in PAUSES:
            resting = event.at, _instant(event.detail.get("until"), until)
        elif event.verb == "rule":
            ruled, asked = event.at, True
        elif event.verb in ("approve", "reject") and ruled is not None:
            approval, ruled = approval + _seconds(ruled, event.at), None
    held += _overlap(holding, until) if holding is not None else 0.0
    paused += _overlap(resting, until) if resting is not None else 0.0
    cycle = _seconds(since, until)
    return CaseCourse(
        cycle=cycle,
        waiting=max(0.0, cycle - held - paused - approval),
        touched=held,
        paused=paused,
        approval=approval if asked else None,
        touches=sum(event.actor.startswith(_PERSON) for event in within),
        loops=sum(event.verb in LOOPS for event in within),
        came_back=any(event.verb in COMES_BACK for event in within),
    )


def last_closing(events: Iterable[CaseEvent]) -> CaseEvent | None:
    """Return the event that closed a case, None where it is open."""
    return next((event for event in reversed(list(events)) if event.verb in CLOSES), None)


def _overlap(stretch: tuple[datetime, datetime], until: datetime) -> float:
    return max(0.0, _seconds(stretch[0], min(stretch[1], until)))


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())


def _instant(text: Any, default: datetime) -> datetime:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else default
    except ValueError:
        return default
