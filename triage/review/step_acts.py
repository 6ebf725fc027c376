"""What people and systems do with a case's steps: see them, end one, decline, skip or retry it, call back.

Every act is one transaction of the caller's, checks the state it finds, and is audited.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select

from triage.db.audit_chain import audit
from triage.db.handoff_schema import deliveries
from triage.db.schema import cases, tasks
from triage.db.step_schema import steps
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError, UnauthenticatedError
from triage.handoff.deliveries import redrive_one
from triage.handoff.step_states import (
    BLOCKED,
    DECLINED,
    DONE,
    ENDED_BADLY,
    LOOKUP,
    OPEN,
    SENT,
    SKIPPED,
    WAITING,
    CaseStep,
    fail,
    reopen,
    skip,
    succeed,
)
from triage.handoff.step_store import advance, find, load, read_step
from triage.identity.access import Principal
from triage.ids import secret_digest
from triage.in_force import InForce
from triage.intake.blind import is_blind
from triage.review.task_access import may_see_queue

MAX_REASON: Final = 1_000
MAX_LIMIT: Final = 200
_RESULT_FIELDS: Final = 40


def case_steps(connection: Connection, case_id: str, *, policies: InForce, actor: Principal) -> list[dict[str, Any]]:
    """List the steps of a case in order of planning; none while its blind audit is open, for they would tell."""
    row = _case(connection, case_id, policies, actor)
    if row.kind is not None and is_blind(row.kind, row.state):
        return []
    return [shown_step(step) for step in load(connection, case_id)]


def open_steps(
    connection: Connection,
    *,
    queue: str | None,
    site_id: str | None,
    policies: InForce,
    actor: Principal,
    after: int,
    limit: int,
) -> list[dict[str, Any]]:
    """List the steps that wait for people, of one queue or of all the actor sees, oldest first.

    after: `seq` of the last one of the page before.
    """
    seen = {
        domain: [name for name in policies.queues(domain) if may_see_queue(policies, domain, name, actor)]
        for domain in policies
    }
    own = {domain: names for domain, names in seen.items() if (queue in names if queue is not None else names)}
    if not own:
        raise NotFoundError(f"there is no queue {queue[:64] if queue is not None else 'you may see'}")
    named = or_(*(and_(steps.c.domain == domain, steps.c.queue.in_(names)) for domain, names in own.items()))
    query = select(steps).where(steps.c.state == OPEN, steps.c.seq > after, named)
    if queue is not None:
        query = query.where(steps.c.queue == queue)
    if site_id is not None:
        query = query.where(steps.c.site_id == site_id)
    rows = connection.execute(query.order_by(steps.c.seq).limit(min(limit, MAX_LIMIT)))
    return [shown_step(read_step(row)) | {"seq": row.seq} for row in rows]


def complete(
    connection: Connection,
    step_id: str,
    *,
    result: Mapping[str, Any] | None,
    comment: str | None,
    policies: InForce,
    actor: Principal,
    now: datetime,
) -> dict[str, Any]:
    """End a step that waits for a person: a task that is done, a proposal that is confirmed, a call made by hand."""
    step = _workable(connection, step_id, policies, actor)
    _check_text("comment", comment)
    _check_result(result)

    def act(own: CaseStep, found: Sequence[CaseStep]) -> None:
        del found
        _require_state(own, (OPEN,), "it does not wait for a person")
        succeed(own, answer=result, by=actor.name, now=now)
        own.reason = comment

    return _acted(connection, step, act, verb="complete_step", actor=actor, now=now, comment=comment, result=result)


def decline(
    connection: Connection, step_id: str, *, reason: str, policies: InForce, actor: Principal, now: datetime
) -> dict[str, Any]:
    """Decline a proposal; what comes after it is not done, or is done by whoever the policy names for that."""
    step = _workable(connection, step_id, policies, actor)
    _check_text("reason", reason, needed=True)

    def act(own: CaseStep, found: Sequence[CaseStep]) -> None:
        del found
        _require_state(own, (OPEN,), "it does not wait for a person")
        if own.kind != "propose":
            raise ConflictError("only a proposal is declined; skip a step, with a reason, that is not to be done")
        own.state = BLOCKED
        fail(own, reason, now=now, state=DECLINED, by=actor.name)

    return _acted(connection, step, act, verb="decline_step", actor=actor, now=now, reason=reason)


def skip_step(
    connection: Connection, step_id: str, *, reason: str, policies: InForce, actor: Principal, now: datetime
) -> dict[str, Any]:
    """End a step without doing it; those after it go on. It takes the right to approve."""
    step = _workable(connection, step_id, policies, actor)
    actor.require("approve", step.domain)
    _check_text("reason", reason, needed=True)

    def act(own: CaseStep, found: Sequence[CaseStep]) -> None:
        _require_state(own, (BLOCKED, OPEN, WAITING, *ENDED_BADLY), "it is under way or has ended well")
        reopen(own, found)
        skip(own, reason, by=actor.name, now=now)

    return _acted(connection, step, act, verb="skip_step", actor=actor, now=now, reason=reason)


def retry_step(
    connection: Connection, step_id: str, *, reason: str, policies: InForce, actor: Principal, now: datetime
) -> dict[str, Any]:
    """Begin a step anew that ended badly, and what was canceled for it. A call keeps its key: it has no second
    effect."""
    step = _workable(connection, step_id, policies, actor)
    actor.require("approve", step.domain)
    _check_text("reason", reason, needed=True)

    def act(own: CaseStep, found: Sequence[CaseStep]) -> None:
        if not own.by_hand:
            _require_state(own, tuple(ENDED_BADLY), "only what ended badly is begun anew")
        reopen(own, found)
        if own.delivery_id is not None and _is_dead(connection, own.delivery_id):
            sent = redrive_one(connection, own.delivery_id)
            own.state, own.expires_at, own.queue = SENT, sent["expires_at"], None

    return _acted(connection, step, act, verb="retry_step", actor=actor, now=now, reason=reason)


def call_back(
    connection: Connection,
    step_id: str,
    *,
    result: Mapping[str, Any] | None,
    failed: str | None,
    token: str | None,
    actor: Principal | None,
    now: datetime,
) -> dict[str, Any]:
    """End a wait for a callback, also one that has not begun yet; the same callback again changes nothing.

    token: that was sent with the call before the wait; or actor: a system that may submit cases of the domain. failed:
    why what was asked for was not done. Raises UnauthenticatedError without either.
    """
    step = find(connection, step_id)
    expected = step.token_hash if step is not None and token is not None else None
    right = expected is not None and hmac.compare_digest(expected, secret_digest(token or ""))
    if step is None or not (right or (actor is not None and actor.may("submit", step.domain))):
        if actor is None:
            raise UnauthenticatedError("send the step's token as `X-Step-Token`, or an API key with the role service")
        raise NotFoundError(f"there is no step {step_id[:64]!r}")
    _check_text("failed", failed)
    _check_result(result)
    if step.kind != LOOKUP and (step.kind != "wait" or step.plan["until"] != "callback"):
        raise ConflictError("this step waits for no callback")
    name = actor.name if actor is not None and not right else f"step:{step.name}"

    def act(own: CaseStep, found: Sequence[CaseStep]) -> None:
        del found
        if own.state in (DONE, SKIPPED):
            return
        _require_state(own, (BLOCKED, WAITING, *([OPEN] if own.kind == LOOKUP else [])), "it has ended")
        if failed:
            own.state = BLOCKED
            fail(own, failed, now=now, by=name)
        else:
            succeed(own, answer=result, by=name, now=now)

    outcome = {"failed": failed} if failed else {"result": result}
    return _acted(connection, step, act, verb="call_back", actor=name, now=now, **outcome)


def shown_step(step: CaseStep) -> dict[str, Any]:
    """Return a step as it is answered."""
    said = step.said or {}
    names = (
        "step_id", "case_id", "domain", "name", "occasion", "kind", "state", "queue", "owner_role", "needs_approver",
        "by_hand", "site_id", "due_at", "delivery_id", "reason", "created_at", "begun_at", "ended_at", "ended_by",
    )  # fmt: skip
    return {name: getattr(step, name) for name in names} | {
        "system": step.plan.get("system"), "operation": step.plan.get("operation"), "after": step.plan["after"],
        "title": said.get("title"), "text": said.get("text"), "body": said.get("body") or None,
        "returns": step.plan.get("returns") or {},
        "result": {name.removeprefix(f"{step.name}_"): value for name, value in (step.result or {}).items()},
    }  # fmt: skip


def _acted(
    connection: Connection,
    step: CaseStep,
    act: Callable[[CaseStep, Sequence[CaseStep]], None],
    *,
    verb: str,
    actor: Principal | str,
    now: datetime,
    **outcome: Any,
) -> dict[str, Any]:
    """Change a step under the lock of its case, move on what follows, and write it down."""
    name = actor if isinstance(actor, str) else actor.name
    detail = {"step": step.name, "step_id": step.step_id} | {key: value for key, value in outcome.items() if value}
    audit(connection, actor=name, verb=verb, case_id=step.case_id, detail=detail, now=now)

    def change(found: Sequence[CaseStep]) -> None:
        act(next(one for one in found if one.step_id == step.step_id), found)

    moved = advance(connection, step.case_id, change)
    return shown_step(next(one for one in moved if one.step_id == step.step_id))


def _workable(connection: Connection, step_id: str, policies: InForce, actor: Principal) -> CaseStep:
    """Find a step for somebody who may work on it: who sees its queue, or, where it has none, its case."""
    step = find(connection, step_id)
    if step is None:
        raise NotFoundError(f"there is no step {step_id[:64]!r}")
    if step.queue is not None and step.state == OPEN:
        if not may_see_queue(policies, step.domain, step.queue, actor):
            raise NotFoundError(f"there is no step {step_id[:64]!r}")
    else:
        _case(connection, step.case_id, policies, actor)
    actor.require("work_tasks", step.domain)
    if step.needs_approver:
        actor.require("approve", step.domain)
    return step


def _case(connection: Connection, case_id: str, policies: InForce, actor: Principal) -> Any:
    query = (
        select(cases.c.domain, tasks.c.queue, tasks.c.kind, tasks.c.state)
        .select_from(cases.outerjoin(tasks, tasks.c.case_id == cases.c.case_id))
        .where(cases.c.case_id == case_id)
    )
    row = connection.execute(query).one_or_none()
    seen = row is not None and (
        actor.may("read", row.domain) if row.queue is None else may_see_queue(policies, row.domain, row.queue, actor)
    )
    if not seen:
        raise NotFoundError(f"there is no case {case_id[:64]}")
    return row


def _is_dead(connection: Connection, delivery_id: str) -> bool:
    query = select(deliveries.c.state).where(deliveries.c.delivery_id == delivery_id)
    return connection.execute(query).scalar_one_or_none() == "dead"


def _require_state(step: CaseStep, states: Sequence[str], otherwise: str) -> None:
    if step.state not in states:
        raise ConflictError(f"step {step.name} is {step.state.replace('_', ' ')}: {otherwise}")


def _check_text(name: str, text: str | None, *, needed: bool = False) -> None:
    if needed and not (text or "").strip():
        raise _invalid(name, text, "must say why")
    if text is not None and (len(text) > MAX_REASON or "\x00" in text):
        raise _invalid(name, text[:40], f"must be at most {MAX_REASON:,} characters of plain text")


def _check_result(result: Mapping[str, Any] | None) -> None:
    if result is not None and len(result) > _RESULT_FIELDS:
        raise _invalid("result", f"{len(result)} fields", f"must have at most {_RESULT_FIELDS} fields")


def _invalid(name: str, value: Any, message: str) -> InvalidError:
    problem = FieldProblem(field=name, value=repr(value)[:80], message=message)
    return InvalidError(f"{name} {problem.value} {message}", problems=[problem])
