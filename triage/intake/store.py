"""What is written of cases: a group of judged ones in one transaction, and what becomes known of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, and_, bindparam, false, func, insert, or_, select

from triage.db.audit_chain import AuditEvent, append_audit
from triage.db.clock_schema import clocks
from triage.db.row_digests import insert_rows
from triage.db.schema import cases, decisions, labels, tasks
from triage.handoff.event_kinds import CASE_DECIDED
from triage.handoff.events import Event, enqueue
from triage.handoff.step_store import begin
from triage.intake.blind import blind
from triage.intake.decision import Decision
from triage.intake.following import first_steps
from triage.intake.judgement import Judgement
from triage.intake.task import clock_row, first_clock, first_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is already known under an exception id. audited: a blind audit of it is open."""

    content_hash: str
    decision: Decision
    submitted_by: str
    audited: bool

    @classmethod
    def of(cls, judged: Judgement) -> "Stored":
        """Return a recorded judgement as it is known once it is written."""
        return cls(
            content_hash=judged.case.content_hash,
            decision=judged.decision,
            submitted_by=judged.submitted_by,
            audited=judged.draw.sampled,
        )


@cache
def _stored(domains: int) -> Any:
    """Select by one condition a domain, made once: SQLite scans the whole table for pairs in a list of pairs."""
    among = [
        and_(
            cases.c.domain == bindparam(f"domain_{at}"),
            cases.c.exception_id.in_(bindparam(f"exception_ids_{at}", expanding=True)),
        )
        for at in range(domains)
    ]
    return (
        select(
            cases.c.domain,
            cases.c.exception_id,
            cases.c.content_hash,
            cases.c.submitted_by,
            decisions.c.answer,
            func.coalesce(blind(), false()).label("audited"),
        )
        .select_from(
            cases.join(decisions, decisions.c.case_id == cases.c.case_id).outerjoin(
                tasks, tasks.c.case_id == cases.c.case_id
            )
        )
        .where(or_(*among))
        .order_by(decisions.c.decision_id.desc())
    )


def find_stored(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Stored]:
    """Find the first decision of every (domain, exception_id) that has one."""
    by_domain: dict[str, list[str]] = {}
    for domain, exception_id in keys:
        by_domain.setdefault(domain, []).append(exception_id)
    values: dict[str, Any] = {}
    for at, (domain, exception_ids) in enumerate(by_domain.items()):
        values |= {f"domain_{at}": domain, f"exception_ids_{at}": exception_ids}
    return {
        (row.domain, row.exception_id): Stored(
            content_hash=row.content_hash,
            decision=Decision.read(row.answer),
            submitted_by=row.submitted_by,
            audited=bool(row.audited),
        )
        for row in connection.execute(_stored(len(by_domain)), values)
    }


def save(connection: Connection, group: Sequence[Judgement]) -> list[int]:
    """Write a group of judged cases with decisions, tasks, audit events and deliveries; return each case's arrival
    number."""
    insert_rows(connection, cases, [_case_row(judged) for judged in group])
    insert_rows(connection, decisions, [decision_row(judged) for judged in group])
    case_ids = [judged.case_id for judged in group]
    found = connection.execute(select(cases.c.case_id, cases.c.seq).where(cases.c.case_id.in_(case_ids)))
    arrivals: dict[str | None, int] = {row.case_id: row.seq for row in found}
    waiting = [task | {"seq": arrivals[judged.case_id]} for judged in group if (task := first_task(judged)) is not None]
    if waiting:
        insert_rows(connection, tasks, waiting)
        started = [clock for judged in group if (clock := first_clock(judged)) is not None]
        connection.execute(insert(clocks), [clock_row(*pair) for pair in zip(started, waiting, strict=True)])
    append_audit(connection, [_decided(judged) for judged in group])
    calls = begin(connection, [step for judged in group for step in first_steps(judged)])
    enqueue(connection, [*map(_event, group), *calls])
    return [arrivals[case_id] for case_id in case_ids]


def add_label(
    connection: Connection,
    *,
    domain: str,
    exception_id: str,
    source: str,
    cause: str | None,
    wrong: bool | None,
    loss: float | None,
    known_at: datetime,
    recorded_by: str,
    now: datetime,
) -> None:
    """Write what became known of a case; it counts from the later of `known_at` and now."""
    row = {
        "domain": domain, "exception_id": exception_id, "source": source, "cause": cause, "wrong": wrong,
        "loss": loss, "known_at": max(known_at, now), "recorded_at": now, "recorded_by": recorded_by,
    }  # fmt: skip
    insert_rows(connection, labels, [row])


def _case_row(judged: Judgement) -> dict[str, Any]:
    case = judged.case
    return {
        "case_id": judged.case_id,
        "domain": case.domain,
        "exception_id": case.exception_id,
        "content_hash": case.content_hash,
        "as_of": case.as_of,
        "received_at": case.received_at,
        "known_at": case.known_at,
        "site_id": case.site_id,
        "currency": case.currency,
        "fx_rate": case.fx_rate,
        "envelope": orjson.dumps(case.envelope).decode(),
        "payload": case.payload.model_dump_json(exclude_none=True),
        "attributes": orjson.dumps(case.attributes).decode(),
        "submitted_by": judged.submitted_by,
    }


def decision_row(judged: Judgement) -> dict[str, Any]:
    """Return what is stored of a recorded judgement."""
    verdict, score = judged.verdict, judged.verdict.score
    return {
        "case_id": judged.case_id,
        "domain": judged.case.domain,
        "decided_at": judged.decided_at,
        "disposition": verdict.disposition.value,
        "cause": verdict.cause,
        "risk": score.risk if score else None,
        "impact": score.impact if score else None,
        "expected_loss": score.expected_loss if score else None,
        "priority": verdict.priority,
        "model_version": score.model_version if score else None,
        "policy_version": judged.policy.version,
        "fallback": verdict.fallback,
        "features": _packed(judged.features),
        "features_on_arrival": None if judged.features_on_arrival is None else _packed(judged.features_on_arrival),
        "variant": judged.policy.document.variant,
        "segment": verdict.segment,
        "certificate_id": verdict.certificate_id,
        "audit_propensity": judged.draw.propensity,
        "audit_sample": judged.draw.sampled,
        "holds": verdict.holds,
        "answer": judged.decision.written.decode(),
    }


def _packed(features: Sequence[float]) -> bytes:
    return np.asarray(features, dtype="<f8").tobytes()


def _event(judged: Judgement) -> Event:
    case, queue = judged.case, judged.decision.route.queue
    known = judged.policy.document.queues.get(queue) if queue is not None else None
    # Whoever submits a case that goes to a restricted queue learns only that it is held, also by a callback.
    is_restricted = queue is not None and (known is None or known.restricted)
    return Event(
        kind=CASE_DECIDED, body=judged.decision.written, domain=case.domain, case_id=judged.case_id,
        callback_url=case.envelope.get("callback_url"),
        callback_body=judged.decision.withheld().written if is_restricted else None,
    )  # fmt: skip


def _decided(judged: Judgement) -> AuditEvent:
    decision = judged.decision
    detail = {
        "disposition": decision.disposition,
        "policy_version": decision.policy_version,
        "model_version": decision.model_version,
        "fallback": decision.fallback,
        "answer_sha256": hashlib.sha256(decision.written).hexdigest(),
    }
    return AuditEvent(
        actor=judged.submitted_by, verb="decide", case_id=judged.case_id, detail=detail, at=judged.decided_at
    )
