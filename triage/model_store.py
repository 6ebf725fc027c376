"""Champions from the MLflow registry, as intake wants them: fetched once, checked, warmed up."""

from pathlib import Path
from typing import cast

from models.bundle import load_bundle, load_holdout
from models.encoder import open_encoder
from models.errors import ModelError, RegistryUnavailableError
from models.holdout import Holdout
from models.registry import Registry, VersionRef
from models.scorer import Scorer
from triage.champions import NumberedVersion, Scores
from triage.domain import Domain
from triage.settings import Settings


class RegisteredModels:
    """The registered versions; files already fetched are not fetched again."""

    def __init__(self, settings: Settings) -> None:
        self._registry = Registry(settings.tracking, settings.artifacts)
        self._bundles = settings.home_folder / "bundles"
        self._encoders = settings.home_folder / "encoders"

    def champion(self, name: str) -> VersionRef | None:
        """Return the champion of a domain, None where there is none; raise ConnectionError when MLflow cannot be
        reached."""
        try:
            return self._registry.champion(name)
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error

    def challenger(self, name: str) -> VersionRef | None:
        """Return the challenger of a domain, None where there is none; raise ConnectionError when MLflow cannot be
        reached."""
        try:
            return self._registry.challenger(name)
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error

    def previous(self, name: str) -> VersionRef | None:
        """Return the version that served before the champion, None where there is none; raise ConnectionError when
        MLflow cannot be reached."""
        try:
            return self._registry.previous(name)
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error

    def versions(self, name: str) -> list[VersionRef]:
        """List the registered versions, newest first; raise ConnectionError when MLflow cannot be reached."""
        try:
            return self._registry.versions(name)
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error

    def promote(self, domain: Domain, version: int) -> None:
        """Let a version serve that can be loaded; raise ValueError when it must not, ConnectionError when MLflow cannot
        be reached."""
        # What could not be loaded must not become champion: the service would refuse it and go on with the one before.
        self.load_named(f"{domain.name}/{version}", domain)
        try:
            self._registry.set_champion(domain.name, version)
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error
        except ModelError as error:
            raise ValueError(str(error)) from error

    def holdout(self, version: str) -> Holdout | None:
        """Return the held-out scores of a version, None where it has none; raise ConnectionError when MLflow cannot be
        reached."""
        name, _, number = version.rpartition("/")
        try:
            return load_holdout(self._registry.download(self._registry.version(name, int(number)), self._bundles))
        except (RegistryUnavailableError, OSError) as error:
            raise ConnectionError(str(error)) from error
        except (ModelError, ValueError):
            return None

    def bundle_folders(self, version: str, scratch: Path) -> dict[str, Path]:
        """Return a version's bundle as it was fetched for serving, and as the registry has it now, fetched anew into
        `scratch`; raise ConnectionError where it cannot be fetched."""
        name, _, number = version.rpartition("/")
        try:
            ref = self._registry.version(name, int(number))
            return {
                "as fetched": self._registry.download(ref, self._bundles),
                "in the registry": self._registry.download(ref, scratch),
            }
        except ModelError as error:
            raise ConnectionError(str(error)) from error

    def fetched_bundle(self, version: str) -> Path:
        """Return the folder of a version's bundle as it was fetched for serving; raise ConnectionError where it cannot
        be fetched."""
        name, _, number = version.rpartition("/")
        try:
            return self._registry.download(self._registry.version(name, int(number)), self._bundles)
        except ModelError as error:
            raise ConnectionError(str(error)) from error

    def load_named(self, version: str, domain: Domain) -> Scores:
        """Load a version by "name/number"; raise ValueError where it is gone or must not serve, ConnectionError when
        MLflow cannot be reached."""
        name, _, number = version.rpartition("/")
        try:
            return self.load(self._registry.version(name, int(number)), domain)
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error
        except ModelError as error:
            raise ValueError(str(error)) from error

    def load(self, ref: NumberedVersion, domain: Domain) -> Scores:
        """Load a version and replay its golden cases; raise ValueError when it must not serve."""
        try:
            bundle = load_bundle(self._registry.download(cast(VersionRef, ref), self._bundles))
            encoder = None
            if bundle.encoder is not None:
                encoder = open_encoder(self._registry.fetch_encoder(bundle.encoder, self._encoders))
            scorer = Scorer(bundle, domain.recipe, encoder, version=f"{ref.name}/{ref.version}")
            # The replay also warms up: the first live case must not pay for lazy set-up.
            scorer.self_test()
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error
        except ModelError as error:
            raise ValueError(str(error)) from error
        return scorer
