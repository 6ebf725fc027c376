"""Which models serve: reads the champion alias, loads a new version beside the old one, swaps one reference.

A version that cannot be loaded or does not replay its golden cases never replaces one that serves. Where no version
serves, intake decides by the fallback rules and says why.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

import structlog

from features.attributes.attribute_columns import Attribute
from features.recipe import Matrix, Recipe
from models.holdout import Holdout
from models.score import Score
from models.version_record import VersionRef
from triage.domain import Domain
from triage.watcher import Watcher

log = structlog.get_logger(__name__)


class Scores(Protocol):
    """What intake needs of a loaded model."""

    @property
    def version(self) -> str:
        """Name and number, as stamped on decisions."""

    @property
    def recipe(self) -> Recipe:
        """How rows for it are built."""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The customer's columns it learnt with."""

    def score(self, rows: Matrix, texts: Sequence[str], *, reasons: bool = True) -> list[Score]:
        """Score feature rows with their texts; reasons may be left out where nobody reads them."""


class NumberedVersion(Protocol):
    """A registered version: its name and number."""

    @property
    def name(self) -> str:
        """The domain's name."""

    @property
    def version(self) -> int:
        """The number, counted up per domain."""


class ModelStore(Protocol):
    """Where champions are found and loaded from."""

    def champion(self, name: str) -> NumberedVersion | None:
        """Return the champion of a domain, None where there is none; raise ConnectionError when it cannot be asked."""

    def challenger(self, name: str) -> NumberedVersion | None:
        """Return the challenger of a domain, None where there is none; raise ConnectionError when it cannot be
        asked."""

    def previous(self, name: str) -> NumberedVersion | None:
        """Return the version that served before the champion, None where there is none; raise ConnectionError when it
        cannot be asked."""

    def versions(self, name: str) -> Sequence[VersionRef]:
        """List the registered versions of a domain, newest first; raise ConnectionError when they cannot be asked."""

    def promote(self, domain: Domain, version: int) -> None:
        """Let a version serve; raise ValueError when it must not, ConnectionError when the registry cannot be asked."""

    def load(self, ref: NumberedVersion, domain: Domain) -> Scores:
        """Load, check and warm up a version; raise ValueError when it must not serve."""

    def holdout(self, version: str) -> Holdout | None:
        """Return the held-out scores of "name/number", None where it has none; raise ConnectionError when it cannot be
        asked."""


class ChallengersOf:
    """A model store seen from its challengers: who might serve next is watched and loaded like who serves."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store

    def champion(self, name: str) -> NumberedVersion | None:
        """Return the challenger."""
        return self._store.challenger(name)

    challenger = champion

    def previous(self, name: str) -> NumberedVersion | None:
        """Return the version that served before the champion."""
        return self._store.previous(name)

    def versions(self, name: str) -> Sequence[VersionRef]:
        """List the registered versions."""
        return self._store.versions(name)

    def promote(self, domain: Domain, version: int) -> None:
        """Let a version serve."""
        self._store.promote(domain, version)

    def load(self, ref: NumberedVersion, domain: Domain) -> Scores:
        """Load a version."""
        return self._store.load(ref, domain)

    def holdout(self, version: str) -> Holdout | None:
        """Return the held-out scores of a version."""
        return self._store.holdout(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """What serves one domain. scorer is None where no model may speak, and `reason` then says why."""

    scorer: Scores | None
    registry: Literal["ok", "unreachable", "empty", "not asked yet"]
    reason: str | None
    loaded_at: datetime | None = None
    refused: str | None = None


_NOT_ASKED = Champion(scorer=None, registry="not asked yet", reason="the model registry has not been asked yet")


class Champions:
    """The champions of all domains, kept current by a thread of its own."""

    def __init__(
        self, store: ModelStore, domains: Mapping[str, Domain], *, poll_seconds: float, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._domains = domains
        self._clock = clock
        self._current: dict[str, Champion] = dict.fromkeys(domains, _NOT_ASKED)
        self._first_round = threading.Event()
        self._watcher = Watcher(
            self.refresh, name="champions", failed="champion_refresh_failed", rest_seconds=poll_seconds
        )

    @property
    def store(self) -> ModelStore:
        """Where the versions are registered."""
        return self._store

    def start(self) -> None:
        """Begin watching the registry."""
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching."""
        self._watcher.stop()

    def wait_until_asked(self, timeout: float) -> bool:
        """Wait until the registry was asked once about every domain."""
        return self._first_round.wait(timeout)

    def current(self, domain: str) -> Champion:
        """Return what serves a domain now."""
        return self._current[domain]

    def version(self, domain: str) -> str | None:
        """Name the model version that serves a domain, None where none does."""
        scorer = self._current[domain].scorer
        return scorer.version if scorer is not None else None

    def describe(self) -> dict[str, dict[str, Any]]:
        """Return for every domain which model version serves, or why none does."""
        return {
            name: {
                "model_version": champion.scorer.version if champion.scorer else None,
                "registry": champion.registry,
                "reason": champion.reason,
                "refused": champion.refused,
                "loaded_at": champion.loaded_at,
            }
            for name, champion in self._current.items()
        }

    def refresh(self) -> None:
        """Ask the registry about every domain once."""
        try:
            for domain in self._domains.values():
                self._current[domain.name] = self._refreshed(domain, self._current[domain.name])
        finally:
            # Whoever waits for the first answer must not wait longer because it was a bad one.
            self._first_round.set()

    def _refreshed(self, domain: Domain, before: Champion) -> Champion:
        try:
            ref = self._store.champion(domain.name)
        except ConnectionError as error:
            reason = None if before.scorer else f"the model registry cannot be reached ({error})"
            return replace(before, registry="unreachable", reason=reason)
        if ref is None:
            return Champion(scorer=None, registry="empty", reason="no champion is registered")
        version = f"{ref.name}/{ref.version}"
        if before.scorer is not None and version == before.scorer.version:
            return replace(before, registry="ok", reason=None, refused=None)
        if version == before.refused:
            return replace(before, registry="ok")
        try:
            scorer = self._store.load(ref, domain)
        except OSError as error:
            # Not the version's fault (a download that broke off, a full disk): it is tried again at the next look.
            log.warning("champion_not_loaded", domain=domain.name, version=version, error=str(error))
            reason = None if before.scorer else f"version {version} could not be fetched yet: {error}"
            return replace(before, registry="unreachable", reason=reason)
        except Exception as error:
            # Whatever a version breaks at, the other domains' are still to be looked at.
            unexpected = not isinstance(error, ValueError)
            log.error("champion_refused", domain=domain.name, version=version, error=str(error), exc_info=unexpected)
            reason = None if before.scorer else f"version {version} was refused: {error}"
            return replace(before, registry="ok", reason=reason, refused=version)
        log.info("champion_loaded", domain=domain.name, version=version)
        return Champion(scorer=scorer, registry="ok", reason=None, loaded_at=self._clock())


class NoModels:
    """A store that never has a champion: for tests, and for running on rules alone."""

    def champion(self, name: str) -> NumberedVersion | None:
        """Find nothing."""
        del name
        return None

    def challenger(self, name: str) -> NumberedVersion | None:
        """Find nothing."""
        del name
        return None

    def previous(self, name: str) -> NumberedVersion | None:
        """Find nothing."""
        del name
        return None

    def versions(self, name: str) -> Sequence[VersionRef]:
        """Find nothing."""
        del name
        return []

    def promote(self, domain: Domain, version: int) -> None:
        """Refuse: there is nothing to promote."""
        raise ValueError(f"no version {version} of {domain.name} is registered")

    def load(self, ref: NumberedVersion, domain: Domain) -> Scores:
        """Refuse: there is nothing to load."""
        raise ValueError(f"no version of {domain.name} to load: {ref}")

    def holdout(self, version: str) -> Holdout | None:
        """Find nothing."""
        del version
        return None
