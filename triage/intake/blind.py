"""What an open audit hides: everything the service made of the case, from everybody, until the ruling is in.

What is left of the decision then is `Decision.blinded`.
"""

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from triage.db.schema import tasks
from triage.intake.audit_slice import AUDIT


def is_blind(kind: str | None, state: str | None) -> bool:
    """Return whether a case with such a task is shown blind."""
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
