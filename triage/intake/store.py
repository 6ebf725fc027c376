"""What is written, in one transaction each: a group of judged cases, and links of the audit chain."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
from sqlalchemy import Connection, false, func, insert, select, tuple_, update

from policies.judging.verdict import Verdict
from triage.db.schema import audit_events, audit_head, cases, decisions, labels, outbox, tasks
from triage.ids import new_id
from triage.intake.audit_slice import Draw
from triage.intake.blind import blind
from triage.intake.case import Case

GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is already known under an exception id. audited: a blind audit of it is open."""

    content_hash: str
    answer: Mapping[str, Any]
    submitted_by: str
    audited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One case with everything that was made of it, ready to be written. task: the row of its task, None where nobody has to look."""

    case_id: str
    case: Case
    features: Sequence[float]
    verdict: Verdict
    variant: str | None
    draw: Draw
    task: Mapping[str, Any] | None
    answer: Mapping[str, Any]
    submitted_by: str

    @property
    def stored(self) -> Stored:
        """Give it as it is known once it is written."""
        return Stored(
            content_hash=self.case.content_hash,
            answer=self.answer,
            submitted_by=self.submitted_by,
            audited=self.draw.sampled,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something done by somebody, before it is linked into the chain."""

    actor: str
    verb: str
    case_id: str | None
    detail: Mapping[str, Any]
    at: datetime


def find_stored(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Stored]:
    """Find the first decision of every (domain, exception_id) that has one."""
    query = (
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
        .where(tuple_(cases.c.domain, cases.c.exception_id).in_(list(keys)))
        .order_by(decisions.c.decision_id.desc())
    )
    return {
        (row.domain, row.exception_id): Stored(
            content_hash=row.content_hash,
            answer=orjson.loads(row.answer),
            submitted_by=row.submitted_by,
            audited=bool(row.audited),
        )
        for row in connection.execute(query)
    }


def save(connection: Connection, group: Sequence[Judged], *, now: datetime) -> dict[str, int]:
    """Write a group of judged cases with decisions, tasks, audit events and deliveries; give each case's arrival number."""
    connection.execute(insert(cases), [_case_row(judged) for judged in group])
    connection.execute(insert(decisions), [_decision_row(judged, now) for judged in group])
    waiting = [judged.task for judged in group if judged.task is not None]
    if waiting:
        connection.execute(insert(tasks), waiting)
    connection.execute(insert(outbox), [_delivery_row(judged, now) for judged in group])
    append_audit(connection, [_decided(judged, now) for judged in group])
    case_ids = [judged.case_id for judged in group]
    found = connection.execute(select(cases.c.case_id, cases.c.seq).where(cases.c.case_id.in_(case_ids)))
    return {row.case_id: row.seq for row in found}


def lock_audit(connection: Connection) -> None:
    """Wait for everybody else who writes into the audit chain, and keep them waiting until this transaction ends."""
    connection.execute(select(audit_head.c.seq).with_for_update())


def append_audit(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Link events into the tamper-evident chain: each hash covers the event and the hash before it."""
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one_or_none()
    if head is None:
        connection.execute(insert(audit_head), {"one": 1, "seq": 0, "hash": GENESIS})
    seq, previous = (head.seq, head.hash) if head is not None else (0, GENESIS)
    rows = []
    for event in events:
        seq += 1
        detail = orjson.dumps(event.detail, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
        link = audit_hash(seq, event.at, event.actor, event.verb, event.case_id, detail, previous)
        rows.append(
            {
                "seq": seq, "at": event.at, "actor": event.actor, "verb": event.verb, "case_id": event.case_id,
                "detail": detail, "previous_hash": previous, "hash": link,
            }
        )  # fmt: skip
        previous = link
    connection.execute(insert(audit_events), rows)
    connection.execute(update(audit_head).values(seq=seq, hash=previous))


def audit(
    connection: Connection, *, actor: str, verb: str, case_id: str | None, detail: Mapping[str, Any], now: datetime
) -> None:
    """Link one event into the audit chain."""
    append_audit(connection, [AuditEvent(actor=actor, verb=verb, case_id=case_id, detail=detail, at=now)])


def audit_hash(seq: int, at: datetime, actor: str, verb: str, case_id: str | None, detail: str, previous: str) -> str:
    """Hash one link of the chain, as written down in the audit documentation."""
    body = orjson.dumps([seq, at.isoformat(timespec="microseconds"), actor, verb, case_id, detail, previous])
    return hashlib.sha256(body).hexdigest()


def verify_audit(connection: Connection) -> tuple[int, str | None]:
    """Walk the chain; give the number of links and what is broken first, None when nothing is."""
    previous, expected = GENESIS, 1
    for row in connection.execute(select(audit_events).order_by(audit_events.c.seq)):
        if row.seq != expected:
            return expected - 1, f"link {expected} is missing"
        link = audit_hash(row.seq, row.at, row.actor, row.verb, row.case_id, row.detail, previous)
        if row.previous_hash != previous or row.hash != link:
            return expected - 1, f"link {row.seq} was changed"
        previous, expected = link, expected + 1
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    if (head.seq, head.hash) != (expected - 1, previous) if head is not None else expected > 1:
        told = f"is link {head.seq}" if head is not None else "is gone"
        return expected - 1, f"the chain ends at link {expected - 1}, but its head {told}"
    return expected - 1, None


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
    connection.execute(
        insert(labels),
        {
            "domain": domain, "exception_id": exception_id, "source": source, "cause": cause, "wrong": wrong,
            "loss": loss, "known_at": max(known_at, now), "recorded_at": now, "recorded_by": recorded_by,
        },
    )  # fmt: skip


def _case_row(judged: Judged) -> dict[str, Any]:
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


def _decision_row(judged: Judged, now: datetime) -> dict[str, Any]:
    verdict, score = judged.verdict, judged.verdict.score
    return {
        "case_id": judged.case_id,
        "domain": judged.case.domain,
        "decided_at": now,
        "disposition": verdict.disposition.value,
        "cause": verdict.cause,
        "risk": score.risk if score else None,
        "impact": score.impact if score else None,
        "expected_loss": score.expected_loss if score else None,
        "priority": verdict.priority,
        "model_version": score.model_version if score else None,
        "policy_version": judged.answer["policy_version"],
        "fallback": verdict.fallback,
        "features": np.asarray(judged.features, dtype="<f8").tobytes(),
        "variant": judged.variant,
        "segment": verdict.segment,
        "certificate_id": verdict.certificate_id,
        "audit_propensity": judged.draw.propensity,
        "audit_sample": judged.draw.sampled,
        "holds": verdict.holds,
        "answer": orjson.dumps(judged.answer).decode(),
    }


def _delivery_row(judged: Judged, now: datetime) -> dict[str, Any]:
    body = orjson.dumps(judged.answer).decode()
    return {
        "delivery_id": new_id(), "case_id": judged.case_id, "kind": "case.decided", "body": body,
        "created_at": now, "state": "waiting",
    }  # fmt: skip


def _decided(judged: Judged, now: datetime) -> AuditEvent:
    answer = judged.answer
    detail = {
        "disposition": answer["disposition"],
        "policy_version": answer["policy_version"],
        "model_version": answer["model_version"],
        "fallback": answer["fallback"],
        "answer_sha256": hashlib.sha256(orjson.dumps(answer)).hexdigest(),
    }
    return AuditEvent(actor=judged.submitted_by, verb="decide", case_id=judged.case_id, detail=detail, at=now)
