"""Where a promise stands: whether anything is automatic, until when, on which evidence, and what the audits say of
it."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from policies.certifying.auditing import ALARM_AT, ErrorRate
from policies.certifying.certification import SHARES_OF_ALPHA, labels_needed, min_labels
from policies.document.document import ErrorBudget
from policies.judging.certificate import Certificate, CertifiedSegment
from policies.judging.error_budget import NO_CERTIFICATE
from policies.judging.policy import Policy
from triage.guarantee.alarm import Audits, audited_errors, harm_monitor
from triage.guarantee.certificates import CertificateRecord, history
from triage.guarantee.unlike_cases import count_unlike

ERROR_DAYS: Final = 90.0
MIN_UNLIKE_SHARE: Final = 0.2
_MIN_CASES: Final = 20


def differing(unlike: dict[str, int] | None) -> str | None:
    """Return in words that new cases differ from what the model learnt from, None where they do not.

    unlike: of how many of the newest cases how many were unlike.
    """
    if unlike is None or unlike["cases"] < _MIN_CASES or unlike["unlike"] < MIN_UNLIKE_SHARE * unlike["cases"]:
        return None
    return (
        f"{unlike['unlike']:,} of the newest {unlike['cases']:,} cases are unlike those the model learnt from, and go "
        "to people: their reasons name the columns that differ"
    )


def state(
    policy: Policy, certificate: Certificate | None, *, model_version: str | None, now: datetime
) -> dict[str, Any]:
    """Return whether a policy's promise lets anything be automatic now, until when, and if not, why."""
    document = policy.document
    status: dict[str, Any] = {
        "domain": document.domain,
        "variant": document.variant,
        "policy_version": policy.version,
        "error_budget": document.error_budget is not None,
        "certified": False,
        "stopped": certificate is not None and certificate.stopped is not None,
        "because": None,
        "lapses_at": None,
        "days_left": None,
    }
    if document.error_budget is None:
        return status | {"because": "the policy has no error_budget: its thresholds decide, and nothing is promised"}
    if model_version is None:
        return status | {"because": "no model serves, and no certificate covers a rule"}
    if certificate is None:
        return status | {"because": NO_CERTIFICATE}
    refusals = {
        segment.id: certificate.refusal(
            segment.id, 0.0, policy_version=policy.version, model_version=model_version, now=now
        )
        for segment in document.error_budget.segments
    }
    certified = any(refusal is None for refusal in refusals.values())
    why = "; ".join(dict.fromkeys(refusal for refusal in refusals.values() if refusal is not None))
    left = (certificate.lapses_at - now).total_seconds() / 86_400
    return status | {
        "certified": certified,
        "because": why or None,
        "lapses_at": certificate.lapses_at.isoformat() if certified else None,
        "days_left": round(left, 2) if certified else 0.0,
    }


def describe_status(
    connection: Connection,
    policy: Policy,
    certificate: Certificate | None,
    *,
    model_version: str | None,
    now: datetime,
    days: float = ERROR_DAYS,
) -> dict[str, Any]:
    """Return everything there is to say of a policy's promise; audited error rates are of the last `days`."""
    budget = policy.document.error_budget
    status = state(policy, certificate, model_version=model_version, now=now)
    status |= {
        "model_version": model_version,
        "certificate": None,
        "labels_needed": None,
        "audited": None,
        "harm": None,
        "unlike": None,
    }
    if budget is None:
        return status
    found = audited_errors(connection, policy, since=now - timedelta(days=days))
    monitor = harm_monitor(connection, policy)
    made = {one.certificate.certificate_id: one for one in history(connection, *_key(policy))}
    return status | {
        "budget": {"alpha": budget.alpha, "delta": budget.delta, "margin": budget.margin, "of": budget.of},
        "certificate": written(made[certificate.certificate_id]) if certificate is not None else None,
        "labels_needed": labels_table(budget),
        "audited": {
            "days": days,
            **_rates(found[None]),
            "segments": [{"segment": name} | _rates(audits) for name, audits in found.items() if name is not None],
        },
        "harm": None
        if monitor is None
        else {
            "evidence": monitor.evidence,
            "highest": monitor.highest,
            "alarm_at": ALARM_AT,
            "audits": monitor.audits,
            "errors": monitor.errors,
        },
        "unlike": count_unlike(connection, policy),
    }


def written(record: CertificateRecord) -> dict[str, Any]:
    """Write a certificate as the API gives it."""
    one = record.certificate
    return {
        "certificate_id": one.certificate_id,
        "policy_version": one.policy_version,
        "model_version": one.model_version,
        "certified_at": one.certified_at.isoformat(),
        "lapses_at": one.lapses_at.isoformat(),
        "made_by": record.made_by,
        "stopped_at": record.stopped_at.isoformat() if record.stopped_at is not None else None,
        "stopped_because": one.stopped,
        "of": one.of,
        "alpha": one.alpha,
        "delta": one.delta,
        "margin": one.margin,
        "segments": [_segment(segment) for segment in one.segments.values()],
        "evidence": dict(one.evidence),
    }


def labels_table(budget: ErrorBudget) -> dict[str, Any]:
    """Return how many labels at or below a threshold prove the budget, by how wrong such cases truly are.

    Of one segment, at margin x alpha and with its part of delta; reckoned so that four of five attempts succeed.
    """
    alpha, delta = budget.alpha * budget.margin, budget.delta / len(budget.segments)
    return {
        "alpha": alpha,
        "delta": delta,
        "without_any_error": min_labels(alpha, delta),
        "true_error": [
            {"rate": share * alpha, "share_of_alpha": share, "labels": labels_needed(alpha, delta, share)}
            for share in SHARES_OF_ALPHA
        ],
    }


def _key(policy: Policy) -> tuple[str, str | None]:
    return policy.document.domain, policy.document.variant


def _segment(segment: CertifiedSegment) -> dict[str, Any]:
    return {
        "segment": segment.segment,
        "threshold": segment.threshold,
        "labels": segment.labels,
        "errors": segment.errors,
        "bound": segment.bound,
        "passed": segment.passed,
        "reason": segment.reason,
    }


def _rates(audits: Audits) -> dict[str, Any]:
    rate: ErrorRate = audits.rate
    return {
        "automatic": audits.automatic,
        "audits": rate.audits,
        "errors": rate.errors,
        "rate": rate.rate,
        "low": rate.low,
        "high": rate.high,
        "confidence": rate.confidence,
        "method": rate.method,
    }
