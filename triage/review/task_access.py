"""What every verb on a task needs: finding it for somebody who may work on it, and who holds it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal_column, select, update

from triage.db.row_digests import PROVEN, note_row
from triage.db.schema import cases, decisions, tasks
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from triage.identity.access import Principal
from triage.in_force import InForce

APPROVAL: Final = "approval"
"""The state of a task whose ruling waits for a second person."""
ON_HOLD: Final = "on_hold"
SNOOZED: Final = "snoozed"
RESTING: Final = (ON_HOLD, SNOOZED)
"""The states of a task that rests until its `back_at`; from then on it is open, whatever its row still says."""
ESCALATED: Final = "escalate"
"""The disposition of a task that only an approver may close."""
MAX_COMMENT: Final = 4_000


def may_see_queue(policies: InForce, domain: str, queue: str, actor: Principal) -> bool:
    """Return whether somebody may know of a queue's cases: restricted ones need the right to see them in that
    domain."""
    return actor.may("see_restricted" if is_restricted(policies, domain, queue) else "read", domain)


def is_restricted(policies: InForce, domain: str, queue: str) -> bool:
    """Check whether a queue is shown only to those who may see restricted ones."""
    found = policies.queues(domain).get(queue) if domain in policies else None
    return found.restricted if found is not None else False


def task_row(connection: Connection, case_id: str, *, lock: bool = False) -> Row[Any] | None:
    """Return a case's task, None where it has none.

    With it come exception_id and submitted_by of the case, and decided_cause, decided_disposition and
    decided_risk of the decision that holds.
    """
    latest = select(func.max(decisions.c.decision_id)).where(decisions.c.case_id == case_id).scalar_subquery()
    query = (
        select(
            tasks,
            cases.c.exception_id,
            cases.c.submitted_by,
            decisions.c.cause.label("decided_cause"),
            decisions.c.disposition.label("decided_disposition"),
            decisions.c.risk.label("decided_risk"),
        )
        .join(cases, cases.c.case_id == tasks.c.case_id)
        .join(decisions, decisions.c.decision_id == latest)
        .where(tasks.c.case_id == case_id)
    )
    return connection.execute(query.with_for_update(of=tasks) if lock else query).one_or_none()


def task_of(connection: Connection, case_id: str, policies: InForce, actor: Principal) -> Row[Any]:
    """Return a case\'s task, locked, for somebody who may work on it."""
    task = task_row(connection, case_id, lock=True)
    if task is None:
        known = connection.execute(select(cases.c.domain).where(cases.c.case_id == case_id)).one_or_none()
        if known is not None and actor.may("read", known.domain):
            raise ConflictError("this case was handled straight through; there is no task to work on")
        raise NotFoundError(f"there is no case {case_id}")
    if not may_see_queue(policies, task.domain, task.queue, actor):
        raise NotFoundError(f"there is no case {case_id}")
    actor.require("work_tasks", task.domain)
    return task


def require_open(task: Row[Any]) -> None:
    """Refuse a task that is ruled on already."""
    if task.state == "done":
        raise ConflictError("this case is closed already")
    if task.state == APPROVAL:
        raise ConflictError(f"the ruling of {task.ruled_by} waits for approval")


def is_away(task: Row[Any], now: datetime) -> bool:
    """Return whether a task is on hold or snoozed now."""
    return bool(task.state in RESTING and task.back_at > now)


def rests() -> ColumnElement[bool]:
    """Select tasks on hold or snoozed; written out, for an index over them is not used where the words are
    parameters."""
    return tasks.c.state.in_([literal_column(f"'{state}'") for state in RESTING])


def back_again(now: datetime) -> ColumnElement[bool]:
    """Select tasks whose rest is over."""
    return and_(rests(), tasks.c.back_at <= now)


def plain_text(field: str, text: str, *, most: int) -> str:
    """Return a text without the space around it; raise InvalidError where it is empty, too long or not plain."""
    stripped = text.strip()
    if not stripped or len(stripped) > most or "\x00" in stripped:
        raise invalid(field, text[:40], f"must be 1 to {most} characters of plain text")
    return stripped


def is_held(task: Row[Any], now: datetime) -> bool:
    """Return whether somebody holds a task now."""
    return bool(task.state == "claimed" and task.claimed_until > now)


def require_holder(task: Row[Any], actor: Principal, now: datetime) -> None:
    """Refuse anybody but who holds the task."""
    require_open(task)
    if not is_held(task, now):
        raise ConflictError("claim the case first; nobody holds it now")
    if task.claimed_by != actor.name:
        raise ConflictError(f"{task.claimed_by} holds this case until {task.claimed_until:%H:%M} UTC")


def set_task(connection: Connection, case_id: str, **values: Any) -> None:
    """Change a task."""
    connection.execute(update(tasks).where(tasks.c.case_id == case_id).values(**values))
    if not values.keys().isdisjoint(PROVEN[tasks.name].columns):
        note_row(connection, tasks, case_id=case_id)


def invalid(field: str, value: Any, message: str) -> InvalidError:
    """Refuse a field, saying what would do."""
    problem = FieldProblem(field=field, value=repr(value)[:80], message=message)
    return InvalidError(f"{field} {message}", problems=[problem])
