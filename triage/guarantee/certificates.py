"""Certificates: made from labels, kept in the database, stopped by an alarm or a person; the newest of a policy
counts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, func, select, update

from models.holdout import Holdout
from policies.certifying.certification import certify, earlier_and_tested
from policies.document.document import ErrorBudget
from policies.judging.certificate import Certificate, CertifiedSegment
from policies.judging.policy import Policy
from triage.db.audit_chain import audit, lock_audit
from triage.db.row_digests import insert_rows, note_row
from triage.db.schema import certificates, decisions
from triage.domain import Domain
from triage.errors import ConflictError
from triage.guarantee.sample import Labelled, audited, decided, held_out, thinned
from triage.ids import new_id
from triage.in_force import InForce

WINDOW: Final = 2.0
"""Labels count for this many times `lapse_days`: what is older says little of today."""
USUAL_AUDITS_PER_YEAR: Final = 1_000.0
_RATE_DAYS: Final = 30
_FEW_DECISIONS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecord:
    """A certificate with who made it, and when and by what it was stopped."""

    certificate: Certificate
    made_by: str
    stopped_at: datetime | None


def certify_from_labels(
    connection: Connection,
    *,
    domain: Domain,
    policy: Policy,
    policies: InForce,
    model_version: str,
    holdout: Holdout | None,
    now: datetime,
) -> Certificate:
    """Certify a policy with a model version on every label there is for the two, at margin x alpha; nothing is stored.

    holdout: what the model said of cases it never learnt from. A segment that cannot be certified says how many labels
    it has and needs. Raises ValueError for a policy without an error budget.
    """
    document = policy.document
    budget = document.error_budget
    if budget is None:
        raise ValueError(f"policy {policy.version} of {domain.name} has no error_budget to certify")
    since = now - timedelta(days=WINDOW * budget.lapse_days)
    own = decided(connection, policy, model_version=model_version, since=since)
    kept_out = (
        held_out(
            connection, holdout, domain=domain, policy=policy, policies=policies, model_version=model_version, now=now
        )
        if holdout is not None
        else []
    )
    everything = [*own, *kept_out]
    real = [row for row in everything if not row.synthetic]
    proven = _prove(real, budget, since)
    simulated = [row for row in everything if row.synthetic]
    # Simulated labels count only while real ones prove nothing, and then for simulated cases alone.
    if simulated and not any(segment.threshold is not None for segment in proven.segments.values()):
        proven = _prove(simulated, budget, since)
    synthetic = any(row.synthetic for row in proven.usable)
    return Certificate(
        certificate_id=new_id(),
        domain=domain.name,
        variant=document.variant,
        policy_version=policy.version,
        model_version=model_version,
        of=budget.of,
        alpha=budget.alpha,
        delta=budget.delta,
        margin=budget.margin,
        certified_at=now,
        lapses_at=now + timedelta(days=budget.lapse_days),
        segments=proven.segments,
        evidence=_evidence(proven.usable, proven.left_out, holdout)
        | {"audits_per_year": _audits_per_year(connection, policy, now), "synthetic": synthetic}
        | {"not_counted": _not_counted(everything, proven, since, days=WINDOW * budget.lapse_days)},
        synthetic=synthetic,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proven:
    """What labels of one kind prove. usable: those that were tested or planned with; left_out: how many thinning left
    out."""

    segments: Mapping[str, CertifiedSegment]
    usable: Sequence[Labelled]
    left_out: int


def _prove(rows: Sequence[Labelled], budget: ErrorBudget, since: datetime) -> _Proven:
    """Test the labels since an instant; those before it only plan in which order thresholds are tested."""
    fresh = [row for row in rows if row.at >= since]
    usable = thinned(fresh)
    tested, earlier = audited(usable), audited([row for row in rows if row.at < since])
    if not len(earlier):
        earlier, tested = earlier_and_tested(tested)
    segments = certify(
        tested,
        earlier=earlier,
        segments=[segment.id for segment in budget.segments],
        alpha=budget.alpha * budget.margin,
        delta=budget.delta,
    )
    return _Proven(segments=segments, usable=usable, left_out=len(fresh) - len(usable))


def newest(connection: Connection) -> dict[tuple[str, str | None], Certificate]:
    """Return the certificate that counts for each domain and variant."""
    latest = (
        select(certificates.c.domain, certificates.c.variant, func.max(certificates.c.certified_at).label("at"))
        .group_by(certificates.c.domain, certificates.c.variant)
        .subquery()
    )
    query = select(certificates).join(
        latest,
        (certificates.c.domain == latest.c.domain)
        & (certificates.c.variant == latest.c.variant)
        & (certificates.c.certified_at == latest.c.at),
    )
    found = [_read(row) for row in connection.execute(query)]
    return {(one.domain, one.variant): one for one in found}


def counted_at(connection: Connection, domain: str, variant: str | None, at: datetime) -> Certificate | None:
    """Return the certificate that counted at an instant, as it stood then; None where there was none."""
    query = (
        select(certificates)
        .where(
            certificates.c.domain == domain,
            certificates.c.variant == (variant or ""),
            certificates.c.certified_at <= at,
        )
        .order_by(certificates.c.certified_at.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _as_of(row, at)


def certificate_named(connection: Connection, certificate_id: str, at: datetime) -> Certificate | None:
    """Return a certificate as it stood at an instant; None where there is none of this id."""
    row = connection.execute(select(certificates).where(certificates.c.certificate_id == certificate_id)).one_or_none()
    return None if row is None else _as_of(row, at)


def _as_of(row: Row[Any], at: datetime) -> Certificate:
    was_stopped = row.stopped_at is not None and row.stopped_at <= at
    found = _read(row)
    return found if was_stopped else replace(found, stopped=None)


def history(connection: Connection, domain: str, variant: str | None, *, limit: int = 50) -> list[CertificateRecord]:
    """List a policy's certificates, newest first."""
    query = (
        select(certificates)
        .where(certificates.c.domain == domain, certificates.c.variant == (variant or ""))
        .order_by(certificates.c.certified_at.desc())
        .limit(limit)
    )
    return [
        CertificateRecord(certificate=_read(row), made_by=row.made_by, stopped_at=row.stopped_at)
        for row in connection.execute(query)
    ]


def keep(connection: Connection, certificate: Certificate, *, after: Certificate | None, actor: str) -> bool:
    """Store a certificate, which then counts; say whether it did: not where another replica stored one first.

    after: the newest there was when this one was begun. The newest may have been stopped meanwhile: then it stays
    stopped.
    """
    lock_audit(connection)
    present = newest(connection).get((certificate.domain, certificate.variant))
    if (present.certificate_id if present else None) != (after.certificate_id if after else None):
        return False
    if present is not None and after is not None and present.stopped != after.stopped:
        return False
    at = certificate.certified_at
    if present is not None and at <= present.certified_at:
        at = present.certified_at + timedelta(microseconds=1)
    body = {
        "of": certificate.of,
        "alpha": certificate.alpha,
        "delta": certificate.delta,
        "margin": certificate.margin,
        "segments": [asdict(segment) for segment in certificate.segments.values()],
        "evidence": dict(certificate.evidence),
    }
    row = {
        "certificate_id": certificate.certificate_id, "domain": certificate.domain,
        "variant": certificate.variant or "", "policy_version": certificate.policy_version,
        "model_version": certificate.model_version, "certified_at": at, "lapses_at": certificate.lapses_at,
        "body": orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY).decode(), "made_by": actor,
    }  # fmt: skip
    insert_rows(connection, certificates, [row])
    detail = {
        "domain": certificate.domain, "variant": certificate.variant, "certificate_id": certificate.certificate_id,
        "policy_version": certificate.policy_version, "model_version": certificate.model_version,
        "lapses_at": certificate.lapses_at.isoformat(),
        "thresholds": {segment.segment: segment.threshold for segment in certificate.segments.values()},
        "labels": certificate.evidence["labels"],
    }  # fmt: skip
    audit(connection, actor=actor, verb="certify", case_id=None, detail=detail, now=certificate.certified_at)
    return True


def stop(
    connection: Connection, domain: str, variant: str | None, *, why: str, actor: str, now: datetime
) -> Certificate:
    """Stop automation under the newest certificate; only a person's new certificate begins it again.

    Raises ConflictError where there is no certificate or it is stopped already.
    """
    lock_audit(connection)
    present = newest(connection).get((domain, variant))
    if present is None:
        raise ConflictError(f"there is no certificate of {domain}, so nothing of it is automatic under one")
    if present.stopped is not None:
        raise ConflictError(f"automation of {domain} is stopped already: {present.stopped}")
    connection.execute(
        update(certificates)
        .where(certificates.c.certificate_id == present.certificate_id)
        .values(stopped_at=now, stopped_because=why)
    )
    note_row(connection, certificates, certificate_id=present.certificate_id)
    detail = {"domain": domain, "variant": variant, "certificate_id": present.certificate_id, "why": why}
    audit(connection, actor=actor, verb="stop_automation", case_id=None, detail=detail, now=now)
    return present


def why_due(
    present: Certificate | None, policy: Policy, budget: ErrorBudget, *, model_version: str, now: datetime
) -> str | None:
    """Return why a new certificate has to be made now; None where it has not, or where only a person may make one."""
    if present is None:
        return "there is none yet"
    if present.stopped is not None:
        return None
    if (present.policy_version, present.model_version) != (policy.version, model_version):
        return "another policy or model version decides"
    if now >= present.certified_at + timedelta(days=budget.recertify_days):
        return f"it is {budget.recertify_days:g} days old"
    return None


def _not_counted(rows: Sequence[Labelled], proven: _Proven, since: datetime, *, days: float) -> dict[str, int]:
    """Count the labels that prove nothing, by the reason in words."""
    synthetic = any(row.synthetic for row in proven.usable)
    mine = [row for row in rows if row.synthetic == synthetic]
    counts = {
        f"older than {days:g} days: they only plan the order of the tests": sum(row.at < since for row in mine),
        "left out so that each kind of label counts alike": proven.left_out,
        ("real, and too few to prove anything" if synthetic else "of simulated cases"): len(rows) - len(mine),
    }
    return {why: count for why, count in counts.items() if count}


def _evidence(rows: Sequence[Labelled], left_out: int, holdout: Holdout | None) -> dict[str, Any]:
    sources: dict[str, int] = {}
    for row in rows:
        name = f"held-out {row.source}" if row.held_out else row.source
        sources[name] = sources.get(name, 0) + 1
    evidence: dict[str, Any] = {
        "labels": sources,
        "from": rows[0].at.isoformat() if rows else None,
        "to": rows[-1].at.isoformat() if rows else None,
        "left_out_by_thinning": left_out,
        "held_out": None,
    }
    if holdout is not None and any(row.held_out for row in rows):
        data = "synthetic" if holdout.synthetic else "real"
        evidence["held_out"] = {
            "from": f"held-out test of training, {data}",
            "origin": holdout.origin,
            "synthetic": holdout.synthetic,
            "split": holdout.how,
        }
    return evidence


def _audits_per_year(connection: Connection, policy: Policy, now: datetime) -> float:
    """Guess how many audits a year will bring, from the decisions of late; it only spreads the bets of the harm
    monitor."""
    share = policy.document.audit.share if policy.document.audit is not None else 0.0
    late = connection.execute(
        select(func.count()).where(
            decisions.c.domain == policy.document.domain, decisions.c.decided_at >= now - timedelta(days=_RATE_DAYS)
        )
    ).scalar_one()
    return max(1.0, late * 365 / _RATE_DAYS * share) if late >= _FEW_DECISIONS else USUAL_AUDITS_PER_YEAR


def _read(row: Row[Any]) -> Certificate:
    body: Mapping[str, Any] = orjson.loads(row.body)
    segments = [CertifiedSegment(**segment) for segment in body["segments"]]
    return Certificate(
        certificate_id=row.certificate_id,
        domain=row.domain,
        variant=row.variant or None,
        policy_version=row.policy_version,
        model_version=row.model_version,
        of=body["of"],
        alpha=body["alpha"],
        delta=body["delta"],
        margin=body["margin"],
        certified_at=row.certified_at,
        lapses_at=row.lapses_at,
        segments={segment.segment: segment for segment in segments},
        evidence=body["evidence"],
        stopped=row.stopped_because,
        # One made before this was written down rests on simulated cases where its held-out ones were simulated.
        synthetic=body["evidence"].get("synthetic", bool((body["evidence"].get("held_out") or {}).get("synthetic"))),
    )
