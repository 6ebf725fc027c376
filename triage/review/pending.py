"""Rulings that may still be undone: for some seconds a ruling is only written down; then it is made, once.

Until it stands nothing has happened: no label, no event in the chain, nothing delivered, and the case is still held by
who ruled. So undoing it takes nothing back.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Connection, Engine, delete, insert, select

from models.heads import Heads
from triage.db.database import reading
from triage.db.desk_schema import pending_rulings
from triage.db.row_digests import take_notes
from triage.errors import ConflictError, TriageError
from triage.identity.access import Principal, known_person
from triage.in_force import InForce
from triage.review.task_access import set_task, task_of
from triage.review.verbs import Ruling, resolve

log = structlog.get_logger(__name__)
_AT_ONCE: Final = 100
_HELD: Final = timedelta(minutes=30)
"""How long the case stays with who ruled where nothing runs that could let the ruling stand."""


def rule_pending(
    connection: Connection,
    case_id: str,
    *,
    ruling: Ruling,
    undo_within: timedelta,
    policies: InForce,
    heads: Mapping[str, Heads],
    actor: Principal,
    now: datetime,
) -> str:
    """Write a ruling down that stands after `undo_within`; return the state it will bring: done or approval.

    It is made and taken back first, so that whatever stands against it is raised now.
    """
    trial = connection.begin_nested()
    made = resolve(connection, case_id, ruling=ruling, policies=policies, heads=heads, actor=actor, now=now)
    trial.rollback()
    take_notes(connection)  # of rows that are not there any more
    stands_at = now + undo_within
    connection.execute(delete(pending_rulings).where(pending_rulings.c.case_id == case_id))
    row = {
        "case_id": case_id, "ruled_by": actor.name, "ruled_at": now, "stands_at": stands_at,
        "ruling": orjson.dumps(asdict(ruling)).decode(),
    }  # fmt: skip
    connection.execute(insert(pending_rulings), row)
    set_task(connection, case_id, claimed_until=stands_at + _HELD)
    return str(made["state"])


def undo(connection: Connection, case_id: str, *, policies: InForce, actor: Principal, now: datetime) -> None:
    """Take a ruling of the actor's back that does not stand yet; raise ConflictError where it stands or is another's.

    The case is the actor's as before.
    """
    task_of(connection, case_id, policies, actor)
    own = (pending_rulings.c.case_id == case_id, pending_rulings.c.ruled_by == actor.name)
    if connection.execute(delete(pending_rulings).where(*own)).rowcount != 1:
        raise ConflictError("the ruling stands already; what turns out otherwise is recorded as an outcome")
    set_task(connection, case_id, claimed_until=now + _HELD)


def pending_of(connection: Connection, case_id: str) -> Any | None:
    """Return ruled_by and stands_at of the ruling of a case that may still be undone; None where there is none."""
    query = select(pending_rulings.c.ruled_by, pending_rulings.c.stands_at)
    return connection.execute(query.where(pending_rulings.c.case_id == case_id)).one_or_none()


def let_stand(engine: Engine, *, policies: InForce, heads: Mapping[str, Heads], now: datetime) -> int:
    """Make every ruling whose time to be undone is over; return how many stand now.

    Any number of processes may do this at once: who deletes the row makes the ruling, in one transaction.
    """
    due = pending_rulings.c.stands_at <= now
    query = select(pending_rulings).where(due).order_by(pending_rulings.c.stands_at).limit(_AT_ONCE)
    # Looked at first without a lock: what has nothing to do must not hold up those who write.
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return sum(_stands(engine, row, policies, heads, now) for row in rows)


def _stands(engine: Engine, row: Any, policies: InForce, heads: Mapping[str, Heads], now: datetime) -> bool:
    ruling = Ruling(**orjson.loads(row.ruling))
    own = (pending_rulings.c.case_id == row.case_id, pending_rulings.c.ruled_at == row.ruled_at)
    try:
        with engine.begin() as connection:
            if connection.execute(delete(pending_rulings).where(*own)).rowcount != 1:
                return False
            actor = known_person(connection, row.ruled_by)
            if actor is None:
                raise ConflictError(f"{row.ruled_by} may not sign in any more")
            resolve(connection, row.case_id, ruling=ruling, policies=policies, heads=heads, actor=actor, now=now)
    except TriageError as error:
        # The case was taken, moved or closed meanwhile, or the person may no longer rule: then it waits as it is.
        log.warning("ruling_did_not_stand", case_id=row.case_id, ruled_by=row.ruled_by, reason=error.detail)
        with engine.begin() as connection:
            connection.execute(delete(pending_rulings).where(*own))
        return False
    return True
