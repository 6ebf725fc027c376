"""Somebody who writes policies and their variants, and brings them into force."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from sqlalchemy import Engine, select

from tests.triage.conftest import DOMAIN, DOMAINS, Clock
from triage.db.schema import audit_events
from triage.policy_life.acts import add_draft, publish_version, roll_back_version
from triage.policy_life.installed import read_installed, record_at_start, record_installed, refuse_looser
from triage.policy_life.timeline import in_force, timeline
from triage.policy_life.versions import publications

TEXT = DOMAIN.policy_file.read_text()
TIGHTER = ("confirm_at_risk: 0.1", "confirm_at_risk: 0.05")


def own(version: str, *changes: tuple[str, str]) -> str:
    text = TEXT.replace("version: 1.0.0", f"version: {version}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def variant(version: str, *, name: str = "north", extends: str = "1.0.0", region: str = "NORTH", more: str = "") -> str:
    return (
        f"domain: price_override\nversion: {version}\nvariant: {name}\nextends: {extends}\n"
        f"applies_to: {{regions: [{region}]}}\n{more}"
    )


class PolicyPublisher:
    """Somebody who records and publishes in one go."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock
        with engine.begin() as connection:
            record_installed(connection, read_installed(DOMAINS), now=clock())
        clock.forward(hours=1)

    def draft(self, text: str) -> None:
        with self.engine.begin() as connection:
            add_draft(connection, DOMAIN, text, actor="user:pia", now=self.clock())

    def install(self, *, text: str, folder: Path, chosen: bool = False) -> None:
        """Start with another document: one of a new release, or one in the deployment's folder."""
        file = folder / f"{DOMAIN.name}.yaml"
        file.write_text(text)
        domains = DOMAINS if chosen else {DOMAIN.name: replace(DOMAIN, policy_file=file)}
        self.clock.forward(minutes=1)
        installed = read_installed(domains, str(folder) if chosen else "")
        record_at_start(self.engine, installed, now=self.clock())

    def start(self) -> None:
        """Look at what is in force as the start of a service does."""
        refuse_looser(self.engine, DOMAINS, now=self.clock())

    def roll_back(self, *, of: str | None = None, to: str | None = None) -> str | None:
        self.clock.forward(minutes=1)
        with self.engine.begin() as connection:
            act = roll_back_version(
                connection, DOMAIN, variant=of, to=to, actor="user:pia", now=self.clock()
            )  # fmt: skip
        version: str | None = act["version"]
        return version

    def live(self, *, of: str | None = None, hours: float = 0.0) -> str | None:
        with self.engine.connect() as connection:
            line = timeline(publications(connection, DOMAIN.name, variant=of))
        stretch = in_force(line, self.clock() + timedelta(hours=hours))
        return stretch.version if stretch is not None else None

    def held(self) -> list[tuple[str, list[str]]]:
        """Read from the audit chain which versions were held back and why."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(audit_events).where(audit_events.c.verb == "policy_hold")).all()
        details = [orjson.loads(row.detail) for row in rows]
        return [(detail["version"], detail["why"]) for detail in details]

    def publish(self, text: str, version: str, *, of: str | None = None, at: datetime | None = None) -> None:
        self.draft(text)
        self.clock.forward(minutes=1)
        with self.engine.begin() as connection:
            publish_version(
                connection, DOMAIN, version, variant=of, actor="user:pia", now=self.clock(), effective_at=at
            )
