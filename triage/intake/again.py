"""Cases judged again: sources are asked once more for what was not known, and what arrives leads to a new decision
beside the old one.

A case that a person has ruled on, or audits, stays as it is. A task that waits follows the new decision, but keeps its
due time and whoever holds it, and is at least to be confirmed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Connection, Engine, insert, select, update

from policies.document.lookups import Lookup
from triage.db.audit_chain import audit
from triage.db.clock_schema import clocks
from triage.db.database import reading
from triage.db.row_digests import insert_rows, note_row
from triage.db.schema import cases, decisions, tasks
from triage.db.step_schema import steps
from triage.handoff.backoff import MAX_WAIT
from triage.handoff.database_time import database_now
from triage.handoff.event_kinds import CASE_DECIDED
from triage.handoff.events import Event, enqueue
from triage.handoff.step_states import DONE, FIRST_RETRY, LOOKUP, OPEN, SKIPPED, WAITING, CaseStep, fail, succeed
from triage.handoff.step_store import advance, begin, read_step
from triage.identity.access import Principal
from triage.ids import new_jitter
from triage.intake.audit_slice import AUDIT
from triage.intake.following import first_steps
from triage.intake.intake import Intake
from triage.intake.judgement import Judgement
from triage.intake.looking_up import Looked, Lookups, Unknown, merged
from triage.intake.store import decision_row
from triage.intake.task import clock_row, first_clock, first_task

log = structlog.get_logger(__name__)
ACTOR: Final = Principal(name="system:lookups", grants=frozenset({("admin", None)}))
LEASE: Final = timedelta(seconds=60)
MAX_AT_ONCE: Final = 20
_WAITS: Final = ("open", "claimed")
_TASK_FOLLOWS: Final = (
    "queue", "owner_role", "disposition", "priority", "expected_loss", "saved_per_minute", "minutes", "approval",
    "approval_role",
)  # fmt: skip


def tend_lookups(engine: Engine, intake: Intake, lookups: Lookups, clock: Callable[[], datetime]) -> int:
    """Ask again what is due, and judge again what has become known; return how many steps were looked at.

    Any number of processes may do this: each step is one's for a minute.
    """
    leased = _lease(engine)
    for step in leased:
        try:
            if step.state == DONE:
                judge_again(engine, intake, step, clock)
            else:
                _ask_again(engine, lookups, step)
        except Exception:
            # The next step must not wait for this one, which is due again when its lease ends.
            log.exception("lookup_not_tended", case_id=step.case_id, lookup=step.name)
    return len(leased)


def judge_again(engine: Engine, intake: Intake, step: CaseStep, clock: Callable[[], datetime]) -> None:
    """Judge a case again with what a look-up returned, and write the decision beside the one before."""
    with reading(engine) as connection:
        raw, task = _stored(connection, step.case_id)
        looked = _found(connection, step.case_id)
    if task is not None and (task.state not in _WAITS or task.kind == AUDIT):
        # Ruled on, or audited blindly: nothing may change under whoever looks at it.
        _settle(engine, step)
        return
    _take_out(raw, looked)
    answer, judgement = intake.judge_again(raw, replace(looked, again=task is not None), actor=ACTOR)
    if judgement is None:
        log.warning("not_judged_again", case_id=step.case_id, problem=answer.problem)
        _settle(engine, step)
        return
    with engine.begin() as connection:
        _write(connection, judgement.recorded(case_id=step.case_id, submitted_by=ACTOR.name), step, clock())


def _lease(engine: Engine) -> list[CaseStep]:
    with reading(engine) as connection:
        now = database_now(connection)
        due = select(steps.c.seq).where(steps.c.kind == LOOKUP, steps.c.expires_at <= now)
        if connection.execute(due.limit(1)).first() is None:
            return []
    with engine.begin() as connection:
        now = database_now(connection)
        query = select(steps).where(steps.c.kind == LOOKUP, steps.c.expires_at <= now).order_by(steps.c.expires_at)
        rows = connection.execute(query.limit(MAX_AT_ONCE).with_for_update(skip_locked=True)).all()
        if rows:
            taken = steps.c.seq.in_([row.seq for row in rows])
            connection.execute(update(steps).where(taken).values(expires_at=now + LEASE))
    return [read_step(row) for row in rows]


def _ask_again(engine: Engine, lookups: Lookups, step: CaseStep) -> None:
    lookup = Lookup.model_validate(step.plan["lookup"])
    (looked,) = lookups.start_looking([[(lookup, tuple(step.plan["values"]))]]).result(timeout=30)
    with engine.begin() as connection:
        now = database_now(connection)
        asked_for = now - (step.begun_at or now)

        def change(found: Any) -> None:
            own = next(one for one in found if one.step_id == step.step_id)
            if own.state not in (OPEN, WAITING):
                return
            if not looked.unknown:
                succeed(own, answer=looked.found, by=None, now=now)
            elif asked_for > timedelta(hours=lookup.retry_hours):
                own.expires_at, own.changed = None, True
                if own.state == WAITING:
                    fail(own, looked.unknown[0].why, now=now)
            else:
                wait = min(max(asked_for, FIRST_RETRY), MAX_WAIT) * (0.75 + 0.5 * new_jitter())
                own.expires_at, own.changed = now + wait, True

        advance(connection, step.case_id, change)


def _stored(connection: Connection, case_id: str) -> tuple[dict[str, Any], Any]:
    """Read a case as it could be sent again, and its task."""
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).one()
    task = connection.execute(select(tasks.c.state, tasks.c.kind).where(tasks.c.case_id == case_id)).one_or_none()
    raw = orjson.loads(row.envelope) | {
        "payload": orjson.loads(row.payload), "attributes": orjson.loads(row.attributes),
        "as_of": row.as_of.isoformat(),
    }  # fmt: skip
    return raw, task


def known_then(
    connection: Connection, case_id: str, stored: Mapping[str, Any], *, unknown: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return payload and attributes of a case as a decision knew them: what look-ups found out later is laid beside
    what was stored at first.

    stored: its payload and attributes, and `looked_up` of its envelope. unknown: the look-ups whose answer that
    decision did not know.
    """
    looked = _found(connection, case_id, without=unknown)
    raw = {**stored, "payload": {**stored["payload"]}, "attributes": {**stored["attributes"]}}
    _take_out(raw, looked)
    return merged(raw["payload"], looked, attributes=False), merged(raw["attributes"], looked, attributes=True)


def _found(connection: Connection, case_id: str, *, without: Collection[str] = ()) -> Looked:
    """Gather what every look-up of a case has found out since, but for some, and what is still unknown."""
    found: dict[str, Any] = {}
    of: dict[str, str] = {}
    unknown = []
    query = select(steps).where(steps.c.case_id == case_id, steps.c.kind == LOOKUP).order_by(steps.c.seq)
    for step in map(read_step, connection.execute(query)):
        lookup = Lookup.model_validate(step.plan["lookup"])
        if lookup.id in without:
            continue
        if step.state not in (DONE, SKIPPED):
            values = tuple(step.plan["values"])
            unknown.append(Unknown(lookup=lookup, values=values, why=str((step.said or {}).get("text"))))
        for target in step.plan["returns"]:
            value = (step.result or {}).get(f"{step.name}_{target}")
            if value is not None:
                found[target], of[target] = value, lookup.id
    return Looked(found, of, tuple(unknown))


def _take_out(raw: dict[str, Any], looked: Looked) -> None:
    """Take out of a stored case what was assumed where it is known now; what the sender gave stays."""
    assumed = raw.pop("looked_up", {})
    for target in looked.found:
        if target in assumed:
            place, _, name = target.rpartition(".")
            raw["attributes" if place else "payload"].pop(name, None)


def _write(connection: Connection, judged: Judgement, step: CaseStep, now: datetime) -> None:
    case_id = step.case_id
    audit_detail: Mapping[str, Any] = {
        "disposition": judged.decision.disposition, "policy_version": judged.decision.policy_version,
        "model_version": judged.decision.model_version, "fallback": judged.decision.fallback, "lookup": step.name,
    }  # fmt: skip
    task = connection.execute(select(tasks).where(tasks.c.case_id == case_id).with_for_update()).one_or_none()
    if task is not None and task.state not in _WAITS:
        advance(connection, case_id, lambda found: _settled(found, step.step_id))
        return
    insert_rows(connection, decisions, [decision_row(judged)])
    new = first_task(judged)
    if new is not None and task is not None:
        values: dict[str, Any] = {name: new[name] for name in _TASK_FOLLOWS}
        connection.execute(update(tasks).where(tasks.c.case_id == case_id).values(values))
        note_row(connection, tasks, case_id=case_id)
    elif new is not None:
        seq = connection.execute(select(cases.c.seq).where(cases.c.case_id == case_id)).scalar_one()
        insert_rows(connection, tasks, [new | {"seq": seq}])
        clock = first_clock(judged)
        if clock is not None:
            connection.execute(insert(clocks), [clock_row(clock, new)])
    audit(connection, actor=ACTOR.name, verb="decide_again", case_id=case_id, detail=audit_detail, now=now)
    calls = begin(connection, first_steps(judged), all_new=False)
    body, domain = judged.decision.written, judged.case.domain
    enqueue(connection, [Event(kind=CASE_DECIDED, body=body, domain=domain, case_id=case_id), *calls])
    advance(connection, case_id, lambda found: _settled(found, step.step_id))


def _settled(found: Any, step_id: str) -> None:
    for one in found:
        if one.step_id == step_id:
            one.expires_at, one.changed = None, True


def _settle(engine: Engine, step: CaseStep) -> None:
    with engine.begin() as connection:
        advance(connection, step.case_id, lambda found: _settled(found, step.step_id))
