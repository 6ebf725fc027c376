"""What blind audits say of decisions and of the people who audit: who agrees with what, and who finds what is known."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, func, select

from policies.certifying.auditing import error_rate
from triage.db.desk_schema import known_cases
from triage.db.schema import cases, decisions, labels
from triage.review.agreement import cohen_kappa, confusion

MAX_LABELS: Final = 5_000
"""Of the newest labels of a domain, of every source, among which its audits are looked for."""


def audit_quality(connection: Connection, domain: str, *, since: datetime) -> dict[str, Any]:
    """Compare the blind rulings since an instant, among the newest MAX_LABELS labels, with decisions and known answers.

    matrix: decided and ruled cause with how many; kappa: over causes. reviewers: each with agreement with what was
    decided and its exact interval, kappa, and of cases with a known answer how many were found right. A case whose
    answer was known counts among the latter alone: it was not drawn at random.
    """
    rows = _audits(connection, domain, since)
    drawn = [row for row in rows if row.seeded_at is None]
    known = [row for row in rows if row.seeded_at is not None]
    names = sorted({row.recorded_by for row in rows})
    return {
        "domain": domain,
        "since": since,
        "audits": len(drawn),
        "known": len(known),
        "kappa": asdict(cohen_kappa(_causes(drawn))),
        "agreement": _share([_agrees(row) for row in drawn]),
        "matrix": [
            {"decided": decided, "ruled": ruled, "audits": count} for decided, ruled, count in confusion(_causes(drawn))
        ],
        "reviewers": [
            {
                "name": name,
                "audits": len(own := [row for row in drawn if row.recorded_by == name]),
                "agreement": _share([_agrees(row) for row in own]),
                "kappa": asdict(cohen_kappa(_causes(own))),
                "known": _share([_finds(row) for row in known if row.recorded_by == name]),
            }
            for name in names
        ],
    }


def _audits(connection: Connection, domain: str, since: datetime) -> Sequence[Any]:
    newest = (
        select(labels).where(labels.c.domain == domain).order_by(labels.c.label_id.desc()).limit(MAX_LABELS).subquery()
    )
    latest = (
        select(func.max(decisions.c.decision_id)).where(decisions.c.case_id == cases.c.case_id).correlate(cases)
    ).scalar_subquery()
    query = (
        select(
            newest.c.recorded_by, newest.c.cause, newest.c.wrong, decisions.c.cause.label("decided"),
            known_cases.c.seeded_at, known_cases.c.wrong.label("known_wrong"), known_cases.c.cause.label("known_cause"),
        )
        .select_from(newest)
        .join(cases, (cases.c.domain == domain) & (cases.c.exception_id == newest.c.exception_id))
        .join(decisions, decisions.c.decision_id == latest)
        .outerjoin(known_cases, known_cases.c.case_id == cases.c.case_id)
        .where(newest.c.source == "audit", newest.c.recorded_at >= since)
        .order_by(newest.c.label_id)
    )  # fmt: skip
    return connection.execute(query).all()


def _causes(rows: Sequence[Any]) -> list[tuple[str, str]]:
    return [(row.decided, row.cause) for row in rows if row.cause is not None]


def _agrees(row: Any) -> bool:
    """Return whether an audit says that acting straight through was right, and for the cause that was decided."""
    return not row.wrong and row.cause == row.decided


def _finds(row: Any) -> bool:
    return row.wrong == row.known_wrong and row.known_cause in (None, row.cause)


def _share(holds: Sequence[bool]) -> dict[str, Any]:
    found = error_rate(np.array(holds, dtype=np.bool_), np.ones(len(holds)))
    return {"share": found.rate, "low": found.low, "high": found.high, "of": found.audits}
