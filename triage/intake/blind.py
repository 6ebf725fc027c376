"""What an open audit hides: everything the service made of the case, from everybody, until the ruling is in.

Written as the few things that may be shown, so that whatever is added to an answer later stays hidden by itself.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from triage.db.schema import tasks
from triage.intake.audit_slice import AUDIT


def is_blind(kind: str | None, state: str | None) -> bool:
    """Say whether a case with such a task is shown blind."""
    return kind == AUDIT and state != "done"


def blind() -> ColumnElement[bool]:
    """Select cases whose audit is open."""
    return and_(tasks.c.kind == AUDIT, tasks.c.state != "done")


def shown_openly() -> ColumnElement[bool]:
    """Select cases whose decision may be shown, also those without a task."""
    return or_(tasks.c.case_id.is_(None), tasks.c.kind != AUDIT, tasks.c.state == "done")


def open_audits(connection: Connection, domain: str) -> frozenset[str]:
    """Name the cases of a domain whose audit is open: no report may list them one by one."""
    return frozenset(connection.execute(select(tasks.c.case_id).where(tasks.c.domain == domain, blind())).scalars())


def blinded(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Give an answer as somebody sees it who is to judge the case with open eyes."""
    return {
        "case_id": answer["case_id"],
        "domain": answer["domain"],
        "exception_id": answer["exception_id"],
        "disposition": None,
        "cause": {"label": None, "probability": None, "alternatives": []},
        "risk": None,
        "impact": None,
        "expected_loss": None,
        "currency": answer["currency"],
        "priority": None,
        "recommended_action": None,
        "route": {"queue": None, "owner_role": None, "sla_due_at": None, "action": None, "rule": None},
        "reasons": [],
        "controls": [],
        "fired": [],
        "segment": None,
        "certificate": None,
        "uncertified": None,
        "approval": None,
        "similar_cases": [],
        "model_version": None,
        "policy_version": None,
        "fallback": None,
        "audit_sample": True,
        "decided_at": answer["decided_at"],
    }
