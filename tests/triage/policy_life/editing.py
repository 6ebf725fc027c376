"""Somebody who records, publishes and rolls back policy versions on a database."""

from datetime import datetime, timedelta

import orjson
from sqlalchemy import Engine, select

from tests.triage.conftest import DOMAIN, DOMAINS, Clock
from tests.triage.policy_life.publishing import own
from triage.db.audit_chain import verify_audit
from triage.db.schema import audit_events
from triage.policy_life.installed import read_installed, record_installed
from triage.policy_life.live import LivePolicies
from triage.policy_life.timeline import in_force, states, timeline
from triage.policy_life.versions import (
    add_version,
    list_versions,
    publications,
    publish,
    roll_back,
    shadow,
)


class PolicyEditor:
    """Somebody who edits policies, on a database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock

    def add(self, version: str, *changes: tuple[str, str], actor: str = "user:pia") -> bool:
        with self.engine.begin() as connection:
            return add_version(
                connection, domain=DOMAIN.name, variant=None, version=version, document=own(version, *changes),
                actor=actor, now=self.clock(),
            )  # fmt: skip

    def publish(self, version: str, *, at: datetime | None = None, actor: str = "user:pia") -> None:
        with self.engine.begin() as connection:
            publish(connection, domain=DOMAIN.name, version=version, actor=actor, now=self.clock(), effective_at=at)

    def roll_back(self, to: str | None = None) -> str:
        with self.engine.begin() as connection:
            return roll_back(connection, domain=DOMAIN.name, actor="user:pia", now=self.clock(), to=to).version

    def shadow(self, version: str | None) -> None:
        with self.engine.begin() as connection:
            shadow(connection, domain=DOMAIN.name, version=version, actor="user:pia", now=self.clock())

    def install(self, folder: str = "") -> None:
        with self.engine.begin() as connection:
            record_installed(connection, read_installed(DOMAINS, folder), now=self.clock())

    def live(self, *, hours: float = 0.0) -> str | None:
        with self.engine.connect() as connection:
            line = timeline(publications(connection, DOMAIN.name))
        stretch = in_force(line, self.clock() + timedelta(hours=hours))
        return stretch.version if stretch is not None else None

    def states(self) -> dict[str, str]:
        with self.engine.connect() as connection:
            versions = [found.version for found in list_versions(connection, DOMAIN.name)]
            return states(versions, publications(connection, DOMAIN.name), self.clock())

    def audited(self) -> list[tuple[str, str, str]]:
        with self.engine.connect() as connection:
            assert verify_audit(connection)[1] is None
            rows = connection.execute(select(audit_events).order_by(audit_events.c.seq)).all()
        return [(row.actor, row.verb, orjson.loads(row.detail)["version"]) for row in rows]

    def watch(self) -> LivePolicies:
        return LivePolicies(self.engine, DOMAINS, poll_seconds=3600, clock=self.clock)
