"""Who is looking at a case now, and who was asked about it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from triage.db.desk_schema import mentions, presences
from triage.identity.access import Principal, known_person
from triage.in_force import InForce
from triage.review.task_access import may_see_queue, task_row

STILL_HERE: Final = timedelta(seconds=45)
"""A page says so every 15 seconds while it is looked at."""
MAX_ASKED: Final = 10
_NAMED: Final = re.compile(r"(?<![\w@])@([a-z0-9][a-z0-9._+-]{0,63})")


def look(connection: Connection, case_id: str, *, policies: InForce, actor: Principal, now: datetime) -> list[str]:
    """Note that somebody looks at a case, and name the others who do; raises nothing for a case they may not see, and
    notes nothing."""
    task = task_row(connection, case_id)
    if task is None or not may_see_queue(policies, task.domain, task.queue, actor):
        return []
    connection.execute(delete(presences).where(presences.c.person == actor.name))
    connection.execute(insert(presences), {"person": actor.name, "case_id": case_id, "seen_at": now})
    query = select(presences.c.person).where(presences.c.case_id == case_id, presences.c.person != actor.name)
    here = query.where(presences.c.seen_at > now - STILL_HERE).order_by(presences.c.person)
    return [name.removeprefix("user:") for name in connection.execute(here).scalars()]


def ask(
    connection: Connection, case_id: str, text: str, *, policies: InForce, actor: Principal, now: datetime
) -> list[str]:
    """Put a case into the list of everybody whom a comment names with an @, who may work on it; answers what the actor
    was asked."""
    answered = (mentions.c.case_id == case_id, mentions.c.person == actor.name, mentions.c.answered_at.is_(None))
    connection.execute(update(mentions).where(*answered).values(answered_at=now))
    task = task_row(connection, case_id)
    names = dict.fromkeys(name.rstrip(".") for name in _NAMED.findall(text.lower()))
    if task is None:
        return []
    asked = []
    for name in list(names)[:MAX_ASKED]:
        person = known_person(connection, name)
        if person is None or person.name == actor.name or not person.may("work_tasks", task.domain):
            continue
        if may_see_queue(policies, task.domain, task.queue, person):
            asked.append(person.name)
    rows = [{"case_id": case_id, "person": name, "asked_by": actor.name, "asked_at": now} for name in asked]
    if rows:
        connection.execute(insert(mentions), rows)
    return asked


def asked_of(connection: Connection, actor: Principal, *, limit: int = 50) -> Sequence[str]:
    """Return the cases that somebody asked a person about and that wait for their answer, the oldest first."""
    query = (
        select(mentions.c.case_id)
        .where(mentions.c.person == actor.name, mentions.c.answered_at.is_(None))
        .order_by(mentions.c.mention_id)
        .limit(limit)
    )
    return list(dict.fromkeys(connection.execute(query).scalars()))
