"""Which policies decide now: read from the database, watched, and swapped as one without a restart.

A version that does not load never replaces one that serves; readiness says so. A version published for later is loaded
before its time and comes into force on the instant.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
import yaml
from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from policies.document.document import Queue
from policies.document.errors import PolicyError
from policies.document.source import LOADER, UNMADE
from policies.judging.policy import Policy
from triage.db.database import reading
from triage.domain import Domain
from triage.in_force import InForce
from triage.policy_life.loading import read_version
from triage.policy_life.timeline import NONE, Stretch, in_force, shadowed, timeline
from triage.policy_life.versions import count_acts, get_version, named, publications, variants_of
from triage.watcher import Watcher

log = structlog.get_logger(__name__)
_Key = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class _Line:
    """One policy over time: from when which version decides, None for none; the last begun one is in force.

    is_own: whether it is a domain's own policy, whose first version holds before it began as well: a domain is never
    without one, and the clock of this process may be behind that of the one which published it.
    """

    stretches: tuple[tuple[datetime, Policy | None], ...]
    refused: str | None = None
    is_own: bool = False

    def at(self, now: datetime) -> Policy | None:
        begun = [policy for since, policy in self.stretches if since <= now]
        if begun:
            return begun[-1]
        return self.stretches[0][1] if self.is_own and self.stretches else None


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Everything read at once. acts: how many acts on policies it knows of."""

    acts: int
    own: Mapping[str, _Line]
    variants: Mapping[str, Mapping[str, _Line]]
    shadows: Mapping[str, tuple[Policy, ...]]
    past_queues: Mapping[str, Mapping[str, Queue]]
    changes_at: tuple[datetime, ...] = field(default=())

    def at(self, now: datetime) -> InForce:
        variants = {
            name: [policy for line in lines.values() if (policy := line.at(now)) is not None]
            for name, lines in self.variants.items()
        }
        own = {name: policy for name, line in self.own.items() if (policy := line.at(now)) is not None}
        return InForce(own, variants=variants, past_queues=self.past_queues)


class LivePolicies:
    """The policies of all domains, kept current by a thread of its own."""

    def __init__(
        self, engine: Engine, domains: Mapping[str, Domain], *, poll_seconds: float, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._domains = domains
        self._clock = clock
        self._compiled: dict[_Key, Policy] = {}
        self._refreshing = threading.Lock()
        self._unreachable = False
        self._loaded = self._read(None)
        self._chosen: tuple[_Loaded, int, InForce] | None = None
        self._watcher = Watcher(
            self.refresh, name="policies", failed="policy_refresh_failed", rest_seconds=poll_seconds, rests_first=True
        )

    def start(self) -> None:
        """Begin watching the database."""
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching."""
        self._watcher.stop()

    def at(self, now: datetime) -> InForce:
        """Return what is in force at an instant; what was in force before the last look is not remembered."""
        loaded, chosen = self._loaded, self._chosen
        passed = sum(moment <= now for moment in loaded.changes_at)
        if chosen is None or chosen[0] is not loaded or chosen[1] != passed:
            chosen = self._chosen = (loaded, passed, loaded.at(now))
        return chosen[2]

    def shadows(self, domain: str) -> tuple[Policy, ...]:
        """Return the versions that decide beside a domain's live policies, without effect."""
        return self._loaded.shadows.get(domain, ())

    def refresh(self) -> None:
        """Look at the database once; load what is new and swap it in."""
        with self._refreshing:
            try:
                self._loaded = self._read(self._loaded)
                self._unreachable = False
            except SQLAlchemyError as error:
                self._unreachable = True
                log.warning("policies_not_read", error=str(error).splitlines()[0])

    def describe(self) -> dict[str, dict[str, Any]]:
        """Return for every domain which policy versions decide, and which published one was refused and why."""
        loaded, now = self._loaded, self._clock()
        shown = {}
        for name, line in loaded.own.items():
            lines: dict[str | None, _Line] = {None: line}
            lines.update(loaded.variants.get(name, {}))
            present = {variant: policy for variant, each in lines.items() if (policy := each.at(now)) is not None}
            refused = [each.refused for each in lines.values() if each.refused is not None]
            shown[name] = {
                "policy_version": present[None].version,
                "variants": {variant: policy.version for variant, policy in present.items() if variant is not None},
                "shadow": [policy.version for policy in loaded.shadows.get(name, ())],
                "refused": refused[0] if refused else None,
                "database": "unreachable" if self._unreachable else "ok",
            }
        return shown

    def _read(self, before: _Loaded | None) -> _Loaded:
        now = self._clock()
        with reading(self._engine) as connection:
            acts = count_acts(connection)
            if before is not None and acts == before.acts:
                return before
            own, variants, shadows, past = {}, {}, {}, {}
            for domain in self._domains.values():
                names = variants_of(connection, domain.name)
                former = before.variants.get(domain.name, {}) if before is not None else {}
                serving = before.own[domain.name] if before is not None else None
                own[domain.name] = self._line(connection, domain, None, serving, now)
                variants[domain.name] = {
                    name: self._line(connection, domain, name, former.get(name), now) for name in names
                }
                shadows[domain.name] = tuple(self._shadows(connection, domain, names))
                past[domain.name] = self._past_queues(connection, domain.name, names, now)
        lines = [*own.values(), *(line for each in variants.values() for line in each.values())]
        changes = sorted({since for line in lines for since, _ in line.stretches})
        for name, line in own.items():
            if line.at(now) is None:
                raise PolicyError([f"{name}: no policy is in force; publish one with `triage policy publish`"])
        return _Loaded(acts, own, variants, shadows, past, tuple(changes))

    def _line(
        self, connection: Connection, domain: Domain, variant: str | None, before: _Line | None, now: datetime
    ) -> _Line:
        """Load what is in force and what is to come; where a version does not load, what serves goes on in its
        place."""
        stretches = _from_now_on(timeline(publications(connection, domain.name, variant=variant)), now)
        serving = before.at(now) if before is not None else None
        loaded: list[tuple[datetime, Policy | None]] = []
        refused = None
        for stretch in stretches:
            try:
                policy = self._policy(connection, domain, variant, stretch.version) if stretch.version else None
            except PolicyError as error:
                if before is None and stretch.since <= now:
                    raise
                message = f"{named(domain.name, variant)} version {stretch.version} does not load"
                log.error(
                    "policy_refused", domain=domain.name, variant=variant, version=stretch.version, error=str(error)
                )
                refused, policy = f"{message}: {error}", serving
            loaded.append((stretch.since, policy))
            serving = policy
        return _Line(tuple(loaded), refused, is_own=variant is None)

    def _policy(self, connection: Connection, domain: Domain, variant: str | None, version: str) -> Policy:
        key = (domain.name, variant, version)
        if key not in self._compiled:
            stored = get_version(connection, domain.name, version, variant=variant)
            self._compiled[key] = read_version(connection, domain, stored)
        return self._compiled[key]

    def _shadows(self, connection: Connection, domain: Domain, variants: Sequence[str]) -> Iterable[Policy]:
        for variant in (None, *variants):
            version = shadowed(publications(connection, domain.name, variant=variant))
            try:
                if version is not None:
                    yield self._policy(connection, domain, variant, version)
            except PolicyError as error:
                log.error("shadow_refused", domain=domain.name, variant=variant, version=version, error=str(error))

    def _past_queues(
        self, connection: Connection, domain: str, variants: Sequence[str], now: datetime
    ) -> dict[str, Queue]:
        """Collect the queues of everything that was ever in force, the newest first; cases may still wait there."""
        found: dict[str, Queue] = {}
        for variant in (None, *variants):
            line = timeline(publications(connection, domain, variant=variant))
            begun = [stretch.version for stretch in line if stretch.since <= now and stretch.version != NONE]
            for version in dict.fromkeys(reversed(begun)):
                stored = get_version(connection, domain, version, variant=variant)
                found = queues_written(stored.document) | found
        return found


def queues_written(document: str) -> dict[str, Queue]:
    """Read the queues of a document that may be too old, or too broken, to load whole."""
    try:
        content = yaml.load(document, Loader=LOADER)
    except (yaml.YAMLError, *UNMADE):
        return {}
    written = content.get("queues") if isinstance(content, dict) else None
    return {name: _queue(name, given) for name, given in written.items()} if isinstance(written, dict) else {}


def _queue(name: str, given: Any) -> Queue:
    try:
        return Queue.model_validate(given)
    except ValidationError:
        restricted = not isinstance(given, dict) or given.get("restricted", False) is not False
        return Queue(title=str(name).replace("_", " ").capitalize(), owner_role="unknown", restricted=restricted)


def _from_now_on(line: Sequence[Stretch], now: datetime) -> list[Stretch]:
    """Return the stretch of now and those to come."""
    present = in_force(line, now)
    begun = [stretch for stretch in line if stretch.since <= now]
    first = [present] if present is not None else begun[-1:]
    return [*first, *(stretch for stretch in line if stretch.since > now)]
