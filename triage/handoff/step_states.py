"""The states of a case's steps, and how each leads to the next: pure, so that it can be read and tried by itself.

    blocked ──▶ open     a person does it            ──▶ done, declined, failed (a wait that ran out)
            ──▶ sent     a delivery is under way     ──▶ done, failed, or open: by hand
            ──▶ waiting  for a callback              ──▶ done, failed
            ──▶ skipped, canceled, not_connected

Every transition happens in the transaction that causes it: the decision, the ruling, the end of a delivery, what a
person or a callback says, a time-out. Nothing is ever in between, so a worker that is killed leaves nothing half done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from policies.judging.business_time import ClosedCalendarError
from policies.judging.case_clock import due_after
from policies.judging.step_plans import UnfilledError, filled, is_wanted, read_results
from triage.handoff.event_kinds import STEP_CALL, STEP_MESSAGE
from triage.handoff.events import Event
from triage.ids import new_id, new_secret, secret_digest

BLOCKED: Final = "blocked"
OPEN: Final = "open"
SENT: Final = "sent"
WAITING: Final = "waiting"
DONE: Final = "done"
SKIPPED: Final = "skipped"
FAILED: Final = "failed"
DECLINED: Final = "declined"
CANCELED: Final = "canceled"
NOT_CONNECTED: Final = "not_connected"
ENDED_WELL: Final = frozenset({DONE, SKIPPED})
ENDED_BADLY: Final = frozenset({FAILED, DECLINED, CANCELED, NOT_CONNECTED})
STATES: Final = (BLOCKED, OPEN, SENT, WAITING, DONE, SKIPPED, FAILED, DECLINED, CANCELED, NOT_CONNECTED)
LOOKUP: Final = "lookup"
FIRST_RETRY: Final = timedelta(seconds=30)
"""When a source is asked again for the first time; later each time after as long as it has been unknown."""
_EXPIRY_MARGIN: Final = timedelta(hours=1)
"""How long after the deadline of its delivery a step that heard nothing of it is looked at."""
_MAX_REASON: Final = 500


@dataclass(slots=True, kw_only=True)
class CaseStep:
    """One row of `steps`. by_hand: a person does what failed; changed: whether it differs from what is stored."""

    step_id: str
    case_id: str
    domain: str
    name: str
    occasion: str
    kind: str
    state: str
    plan: Mapping[str, Any]
    created_at: datetime
    said: Mapping[str, Any] | None = None
    queue: str | None = None
    owner_role: str | None = None
    needs_approver: bool = False
    by_hand: bool = False
    site_id: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    delivery_id: str | None = None
    token_hash: str | None = None
    result: Mapping[str, Any] | None = None
    reason: str | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    changed: bool = False


def settle(steps: Sequence[CaseStep], *, connected: Mapping[str, float], now: datetime) -> list[Event]:
    """Begin, skip or cancel what may be by now, again and again until nothing changes; return what is to be sent.

    steps: all of one case. connected: the hours a delivery is tried, by the name of each endpoint there is.
    """
    events: list[Event] = []
    by_name = {step.name: step for step in steps}
    moved = True
    while moved:
        moved = False
        for step in steps:
            if step.state == BLOCKED and _may_move(step, by_name):
                events += _move(step, by_name, connected, now)
                moved = True
    return events


def begin_lookup(step: CaseStep, now: datetime) -> None:
    """Begin to ask again for what a look-up did not find out."""
    step.begun_at, step.expires_at = now, now + FIRST_RETRY
    if step.plan["due_hours"] is not None:
        step.due_at = _due_at(step.plan, now)


def succeed(step: CaseStep, *, answer: Any, by: str | None, now: datetime) -> None:
    """End a step well. answer: what was returned, of which it keeps what the policy names."""
    step.result = read_results(step.name, step.plan.get("returns", {}), answer)
    _end(step, DONE, None, by, now)
    if step.kind == LOOKUP:
        # The case is judged again by whoever finds it due.
        step.expires_at = now


def fail(step: CaseStep, reason: str, *, now: datetime, state: str = FAILED, by: str | None = None) -> None:
    """End a step badly, or give it to whoever does by hand what failed."""
    hand = step.plan.get("on_failure")
    if not isinstance(hand, dict) or step.by_hand:
        _end(step, state, reason, by, now)
        return
    step.state, step.reason, step.by_hand, step.changed = OPEN, reason[:_MAX_REASON], True, True
    step.queue, step.owner_role = hand["queue"], hand.get("owner_role")
    step.needs_approver = bool(hand.get("escalate"))
    step.due_at, step.expires_at = _due_at(hand, now), None


def skip(step: CaseStep, reason: str, *, by: str | None, now: datetime) -> None:
    """End a step without doing it; those after it go on."""
    _end(step, SKIPPED, reason, by, now)


def reopen(step: CaseStep, steps: Sequence[CaseStep]) -> None:
    """Let a step that ended badly begin anew, and whatever was canceled for it."""
    _block(step)
    revive(step, steps)


def revive(step: CaseStep, steps: Sequence[CaseStep]) -> None:
    """Let what was canceled for a step wait for it again, as it has ended well after all."""
    names = {step.name}
    for other in steps:
        if other.state == CANCELED and names & set(other.plan["after"]):
            _block(other)
            names.add(other.name)


def _due_at(part: Mapping[str, Any], now: datetime) -> datetime:
    """Compute when something is due by the hours that its plan kept; after a calendar that is closed for too long, by
    every hour: a step must not be lost for it."""
    try:
        return due_after(now, part["due_hours"], part.get("counted"))
    except ClosedCalendarError:
        return due_after(now, part["due_hours"], None)


def _block(step: CaseStep) -> None:
    step.state, step.reason, step.ended_at, step.ended_by, step.changed = BLOCKED, None, None, None, True
    step.by_hand, step.queue, step.needs_approver, step.due_at, step.expires_at = False, None, False, None, None


def _before(step: CaseStep, by_name: Mapping[str, CaseStep]) -> Iterator[CaseStep]:
    yield from (by_name[name] for name in step.plan["after"] if name in by_name)


def _stands_against(before: CaseStep) -> bool:
    return before.state in ENDED_BADLY and (before.state == CANCELED or before.plan.get("on_failure") != "go_on")


def _may_move(step: CaseStep, by_name: Mapping[str, CaseStep]) -> bool:
    before = list(_before(step, by_name))
    ended = all(one.state in ENDED_WELL | ENDED_BADLY for one in before)
    return ended or any(_stands_against(one) for one in before)


def _move(
    step: CaseStep, by_name: Mapping[str, CaseStep], connected: Mapping[str, float], now: datetime
) -> list[Event]:
    against = next((one for one in _before(step, by_name) if _stands_against(one)), None)
    if against is not None:
        _end(step, CANCELED, f"{against.name} is {against.state.replace('_', ' ')}", None, now)
        return []
    results = {name: value for one in by_name.values() for name, value in (one.result or {}).items()}
    try:
        if not is_wanted(step.plan, results):
            skip(step, "its condition does not hold", by=None, now=now)
            return []
        step.said = filled(step.plan, results)
    except UnfilledError as error:
        fail(step, str(error), now=now)
        return []
    step.begun_at, step.changed, step.reason = now, True, None
    if step.kind in ("call", "message"):
        return _send(step, by_name, connected, now)
    _wait(step, now)
    return []


def _wait(step: CaseStep, now: datetime) -> None:
    plan = step.plan
    for_person = step.kind != "wait" or plan["until"] == "person"
    step.state = OPEN if for_person else WAITING
    step.due_at = now + timedelta(hours=plan["timeout_hours"]) if step.kind == "wait" else _due_at(plan, now)
    step.expires_at = step.due_at if step.kind == "wait" else None
    if for_person:
        step.queue, step.owner_role = plan["queue"], plan.get("owner_role")
        step.needs_approver = plan.get("role") == "approver"


def _send(
    step: CaseStep, by_name: Mapping[str, CaseStep], connected: Mapping[str, float], now: datetime
) -> list[Event]:
    system = step.plan["system"]
    if system not in connected:
        _end(step, NOT_CONNECTED, f"there is no endpoint named {system}", None, now)
        return []
    # The key stays the same however often it is tried, also by hand.
    step.delivery_id = step.delivery_id or new_id()
    step.state, step.expires_at = SENT, now + timedelta(hours=connected[system]) + _EXPIRY_MARGIN
    said = step.said or {}
    body: dict[str, Any] = {
        "step_id": step.step_id, "step": step.name, "case_id": step.case_id, "domain": step.domain,
        "exception_id": step.plan["exception_id"],
    }  # fmt: skip
    if step.kind == "call":
        body |= {"operation": step.plan["operation"], "body": said["body"], "callbacks": _callbacks(step, by_name)}
    else:
        body |= {"message": {"title": said["title"], "text": said["text"]}}
    kind = STEP_CALL if step.kind == "call" else STEP_MESSAGE
    sent = Event(
        kind=kind, body=body, domain=step.domain, case_id=step.case_id, to=system, delivery_id=step.delivery_id
    )
    return [sent]


def _callbacks(step: CaseStep, by_name: Mapping[str, CaseStep]) -> dict[str, Any]:
    """Return what a called system needs to end the waits that come after the call: where to, and a token each."""
    callbacks = {}
    for other in by_name.values():
        if other.kind == "wait" and other.plan["until"] == "callback" and step.name in other.plan["after"]:
            token = new_secret()
            other.token_hash, other.changed = secret_digest(token), True
            callbacks[other.name] = {"path": f"/v1/steps/{other.step_id}/callback", "token": token}
    return callbacks


def _end(step: CaseStep, state: str, reason: str | None, by: str | None, now: datetime) -> None:
    step.state, step.reason, step.changed = state, reason[:_MAX_REASON] if reason else None, True
    step.ended_at, step.ended_by, step.expires_at = now, by, None
