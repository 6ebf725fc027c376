"""How endpoints stand: what a metric or a page shows, read off indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from triage.db.handoff_schema import deliveries, endpoints
from triage.handoff.database_time import database_now

MAX_COUNTED: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """One endpoint. late_seconds: how long the longest waiting delivery is due; dead: dead letters, up to
    MAX_COUNTED."""

    endpoint: str
    sending: bool
    late_seconds: float
    dead: int


def endpoint_states(connection: Connection) -> Sequence[EndpointState]:
    """Read how every endpoint stands, by name."""
    now = database_now(connection)
    states = []
    for row in connection.execute(select(endpoints).order_by(endpoints.c.name)).all():
        of = deliveries.c.endpoint == row.name
        due = select(deliveries.c.due_at).where(of, deliveries.c.due_at <= now).order_by(deliveries.c.due_at).limit(1)
        first = connection.execute(due).scalar_one_or_none()
        some = select(deliveries.c.seq).where(of, deliveries.c.state == "dead").limit(MAX_COUNTED).subquery()
        dead = connection.execute(select(func.count()).select_from(some)).scalar_one()
        is_open = row.breaker_open_until is not None and row.breaker_open_until > now
        states.append(
            EndpointState(
                endpoint=row.name,
                sending=row.paused_at is None and not is_open,
                late_seconds=(now - first).total_seconds() if first is not None else 0.0,
                dead=dead,
            )
        )
    return states
