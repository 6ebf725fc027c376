"""What the audits say: how wrong automatic decisions are, and whether the evidence for harm calls for an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from policies.certifying.auditing import ErrorRate, HarmMonitor, error_rate
from policies.document.document import Disposition
from policies.judging.policy import Policy
from triage.db.schema import cases, decisions, labels
from triage.guarantee.certificates import USUAL_AUDITS_PER_YEAR, history
from triage.labels import Question, labels_that_hold, says_wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Audits:
    """The automatic decisions of some time, and what their audits found. automatic: how many were decided."""

    automatic: int
    rate: ErrorRate


def audited_errors(connection: Connection, policy: Policy, *, since: datetime) -> dict[str | None, Audits]:
    """Estimate the error rate of a policy's automatic decisions since an instant, by segment; under None, of all of
    them."""
    counted = connection.execute(
        select(decisions.c.segment, func.count().label("n"))
        .where(*_automatic(policy), decisions.c.decided_at >= since)
        .group_by(decisions.c.segment)
    )
    automatic = {row.segment: row.n for row in counted}
    rows = [row for row in _audits(connection, policy) if row.decided_at >= since]
    budget = policy.document.error_budget
    segments = [segment.id for segment in budget.segments] if budget is not None else []
    by_segment = {name: [row for row in rows if row.segment == name] for name in segments}
    found: dict[str | None, Audits] = {None: Audits(automatic=sum(automatic.values()), rate=_rate(rows))}
    for name, members in by_segment.items():
        found[name] = Audits(automatic=automatic.get(name, 0), rate=_rate(members))
    return found


def harm_monitor(connection: Connection, policy: Policy) -> HarmMonitor | None:
    """Replay a policy's audits, in the order they were made, since a person last let automation begin.

    None where the policy has no error budget, or automation never began or is stopped. The same labels give the same
    monitor, so that every replica agrees.
    """
    budget = policy.document.error_budget
    if budget is None:
        return None
    certificates = history(connection, policy.document.domain, policy.document.variant, limit=10_000)
    running = []
    for one in certificates:
        if one.certificate.stopped is not None:
            break
        running.append(one.certificate)
    if not running:
        return None
    first = running[-1]
    per_year = float(first.evidence.get("audits_per_year", USUAL_AUDITS_PER_YEAR))
    monitor = HarmMonitor(budget=min(budget.alpha, 0.33), audits_per_year=max(1.0, per_year))
    for row in _audits(connection, policy):
        if row.decided_at >= first.certified_at and row.wrong is not None:
            monitor = monitor.after(row.wrong)
    return monitor


def newest_audit(connection: Connection, domain: str, *, after: int) -> int:
    """Return the number of a domain's newest audit label, `after` where none came since that one."""
    latest = connection.execute(
        select(func.max(labels.c.label_id)).where(
            labels.c.domain == domain, labels.c.label_id > after, labels.c.source == "audit"
        )
    ).scalar_one()
    return latest or after


@dataclass(frozen=True, slots=True)
class _Audited:
    """An audited automatic decision. wrong: by the label that holds, None where no label answers what the budget is
    of."""

    decided_at: datetime
    segment: str | None
    propensity: float
    wrong: bool | None


def _audits(connection: Connection, policy: Policy) -> list[_Audited]:
    """List the policy's automatic decisions that were drawn and audited, in the order of their audits.

    An outcome that is known of such a decision goes before the audit: the draw, not the outcome, chose the decision.
    """
    of = _question(policy)
    query = (
        select(
            decisions.c.case_id, decisions.c.decided_at, decisions.c.segment, decisions.c.cause.label("suggested"),
            decisions.c.audit_propensity, labels.c.wrong, labels.c.cause, labels.c.source, labels.c.known_at,
        )
        .select_from(
            labels.join(
                cases, (cases.c.domain == labels.c.domain) & (cases.c.exception_id == labels.c.exception_id)
            ).join(decisions, decisions.c.case_id == cases.c.case_id)
        )
        .where(*_automatic(policy), decisions.c.audit_sample)
        .order_by(labels.c.label_id)
    )  # fmt: skip
    rows: list[Any] = list(connection.execute(query))
    held = labels_that_hold(((row.case_id, row) for row in rows), of)
    found: dict[str, _Audited] = {}
    for row in rows:
        if row.source == "audit" and row.case_id not in found:
            label = held.get(row.case_id)
            wrong = None if label is None else says_wrong(label, of, suggested=row.suggested)
            found[row.case_id] = _Audited(row.decided_at, row.segment, row.audit_propensity, wrong)
    return list(found.values())


def _question(policy: Policy) -> Question:
    budget = policy.document.error_budget
    return budget.of if budget is not None else "risk"


def _automatic(policy: Policy) -> tuple[Any, ...]:
    document = policy.document
    return (
        decisions.c.domain == document.domain,
        decisions.c.variant.is_not_distinct_from(document.variant),
        decisions.c.disposition == Disposition.AUTO.value,
    )


def _rate(rows: Sequence[_Audited]) -> ErrorRate:
    known = [(row.wrong, row.propensity) for row in rows if row.wrong is not None]
    return error_rate(
        np.array([wrong for wrong, _ in known], dtype=np.bool_),
        np.array([propensity for _, propensity in known], dtype=np.float64),
    )
