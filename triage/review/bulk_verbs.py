"""What can be done to many cases at once, and what one case makes of it: each is the verb of the case page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol, get_args

from sqlalchemy import Connection

from models.heads import Heads
from triage.errors import ConflictError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.review import passing, resting, verbs
from triage.review.pending import rule_pending
from triage.review.suggestion import AS_SUGGESTED
from triage.review.task_access import invalid, task_of

BulkVerb = Literal["confirm", "assign", "hold", "snooze", "hand_off"]
VERBS: Final = get_args(BulkVerb)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOrder:
    """What to do to each case. reason: of a hold or a snooze. to, queue: whom or which queue it goes to."""

    verb: BulkVerb
    reason: str | None = None
    until: datetime | None = None
    to: str | None = None
    queue: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkContext:
    """What every act needs. hold: how long a claim lasts. undo_within: zero where rulings stand at once."""

    policies: InForce
    heads: Mapping[str, Heads]
    actor: Principal
    now: datetime
    hold: timedelta
    undo_within: timedelta


class _Act(Protocol):
    def __call__(
        self, connection: Connection, case_id: str, order: BulkOrder, context: BulkContext
    ) -> Mapping[str, Any]:
        """Do it to one case; return what the case is afterwards."""


def require_order(order: BulkOrder) -> None:
    """Raise InvalidError where an order lacks what its verb needs."""
    if order.verb not in VERBS:
        raise invalid("verb", order.verb, f"must be one of {', '.join(VERBS)}")
    if order.verb == "hold" and not (order.reason or "").strip():
        raise invalid("reason", order.reason, "must say what the cases wait for")
    if order.verb == "snooze" and order.until is None:
        raise invalid("until", None, "must say when the cases come back")
    if order.verb == "hand_off" and order.to is None:
        raise invalid("to", None, "must name a person")
    if order.verb == "assign" and order.to is None and order.queue is None:
        raise invalid("to", None, "must name a person, or `queue` a queue")


def act_on(connection: Connection, case_id: str, order: BulkOrder, context: BulkContext) -> dict[str, Any]:
    """Do what an order says to one case; return what it is afterwards: state, and what else tells cases apart.

    Raises TriageError with a sentence where the case refuses it.
    """
    task = task_of(connection, case_id, context.policies, context.actor)
    context.actor.require("work_in_bulk", task.domain)
    after = _ACTS[order.verb](connection, case_id, order, context)
    return {name: after[name] for name in _TOLD if after.get(name) is not None}


def order_of(written: Mapping[str, Any], verb: BulkVerb) -> BulkOrder:
    """Read an order that was written down."""
    until = written.get("until")
    return BulkOrder(verb=verb, **{**written, "until": datetime.fromisoformat(until) if until else None})


def written_order(order: BulkOrder) -> dict[str, Any]:
    """Write an order down, without its verb and what it leaves out."""
    values = asdict(order) | {"until": order.until.isoformat() if order.until is not None else None}
    return {name: value for name, value in values.items() if name != "verb" and value is not None}


def _claim(connection: Connection, case_id: str, context: BulkContext) -> None:
    verbs.claim(connection, case_id, policies=context.policies, actor=context.actor, now=context.now, hold=context.hold)


def _confirm(connection: Connection, case_id: str, order: BulkOrder, context: BulkContext) -> Mapping[str, Any]:
    task = task_of(connection, case_id, context.policies, context.actor)
    if task.kind == AUDIT:
        raise ConflictError("a blind audit is ruled on by itself: its suggestion is hidden")
    suggestion = verbs.suggestion_for(task, context.heads[task.domain])
    if suggestion is None:
        raise ConflictError("nothing is suggested for this case; somebody has to look into it")
    _claim(connection, case_id, context)
    ruling = verbs.Ruling(
        action=suggestion.action, cause=suggestion.cause, reason_code=AS_SUGGESTED, comment=order.comment
    )
    asked: dict[str, Any] = {
        "ruling": ruling, "policies": context.policies, "heads": context.heads, "actor": context.actor,
        "now": context.now,
    }  # fmt: skip
    if context.undo_within:
        state = rule_pending(connection, case_id, undo_within=context.undo_within, **asked)
    else:
        state = str(verbs.resolve(connection, case_id, **asked)["state"])
    return {"state": state, "action": ruling.action, "cause": ruling.cause}


def _assign(connection: Connection, case_id: str, order: BulkOrder, context: BulkContext) -> Mapping[str, Any]:
    return passing.assign(
        connection, case_id, to=order.to, queue=order.queue, comment=order.comment, policies=context.policies,
        actor=context.actor, now=context.now,
    )  # fmt: skip


def _hold(connection: Connection, case_id: str, order: BulkOrder, context: BulkContext) -> Mapping[str, Any]:
    _claim(connection, case_id, context)
    return resting.hold(
        connection, case_id, reason=order.reason or "", until=order.until, policies=context.policies,
        actor=context.actor, now=context.now,
    )  # fmt: skip


def _snooze(connection: Connection, case_id: str, order: BulkOrder, context: BulkContext) -> Mapping[str, Any]:
    assert order.until is not None
    _claim(connection, case_id, context)
    return resting.snooze(
        connection, case_id, until=order.until, reason=order.reason, policies=context.policies, actor=context.actor,
        now=context.now,
    )  # fmt: skip


def _hand_off(connection: Connection, case_id: str, order: BulkOrder, context: BulkContext) -> Mapping[str, Any]:
    _claim(connection, case_id, context)
    return passing.hand_off(
        connection, case_id, to=order.to or "", comment=order.comment, policies=context.policies,
        actor=context.actor, now=context.now, hold=context.hold,
    )  # fmt: skip


_TOLD: Final = ("state", "action", "cause", "queue", "assigned_to", "claimed_by")
_ACTS: Final[Mapping[BulkVerb, _Act]] = {
    "confirm": _confirm,
    "assign": _assign,
    "hold": _hold,
    "snooze": _snooze,
    "hand_off": _hand_off,
}
