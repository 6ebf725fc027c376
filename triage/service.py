"""Everything a running service is made of, put together once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from policies.errors import PolicyError
from policies.policy import Policy
from triage.champions import Champions, ModelStore
from triage.clock import utc_now
from triage.database import is_current, open_engine
from triage.domain import Domain, read_policy
from triage.domains import domains
from triage.errors import UnavailableError
from triage.intake import Intake
from triage.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts the API and the queue are served from."""

    settings: Settings
    engine: Engine
    domains: Mapping[str, Domain]
    policies: Mapping[str, Policy]
    champions: Champions
    intake: Intake
    clock: Callable[[], datetime]

    def start(self) -> None:
        """Begin watching for champions and taking cases."""
        self.champions.start()
        # A short wait, so that the first cases are not decided by fallback rules only because the registry is slow.
        self.champions.wait_until_asked(timeout=20)
        self.intake.start()

    def stop(self) -> None:
        """Finish what was taken and stop."""
        self.intake.stop()
        self.champions.stop()
        self.engine.dispose()


def open_service(
    settings: Settings, *, models: ModelStore | None = None, clock: Callable[[], datetime] = utc_now
) -> Service:
    """Put a service together; raise PolicyError for a bad policy and UnavailableError for an old database schema."""
    registered = domains(settings.domain_modules)
    policies = load_policies(registered, settings.policy_folder)
    engine = open_engine(settings.database)
    if not is_current(engine):
        raise UnavailableError("the database schema is not the newest: run `triage db upgrade`")
    champions = Champions(
        models if models is not None else _registered_models(settings),
        registered,
        poll_seconds=settings.registry_poll_seconds,
        clock=clock,
    )
    intake = Intake(
        engine=engine,
        domains=registered,
        policies=policies,
        champions=champions,
        clock=clock,
        group_cases=settings.group_commit_cases,
    )
    return Service(
        settings=settings,
        engine=engine,
        domains=registered,
        policies=policies,
        champions=champions,
        intake=intake,
        clock=clock,
    )


def load_policies(registered: Mapping[str, Domain], folder: str = "") -> dict[str, Policy]:
    """Read every domain's policy; a file DOMAIN.yaml in `folder` replaces the built-in one."""
    if folder and not Path(folder).is_dir():
        raise PolicyError([f"TRIAGE_POLICY_FOLDER: there is no folder {folder}"])
    policies = {}
    if folder:
        _refuse_strays(Path(folder), registered)
    for domain in registered.values():
        own = Path(folder) / f"{domain.name}.yaml" if folder else None
        policies[domain.name] = read_policy(domain, own if own is not None and own.exists() else None)
    return policies


def _refuse_strays(folder: Path, registered: Mapping[str, Domain]) -> None:
    """Refuse files that no domain would read: a policy with a slip in its name must not be silently out of force."""
    known = {f"{name}.yaml" for name in registered}
    beside = {f"{name}.examples.yaml" for name in registered}
    strays = sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix.lower() in (".yaml", ".yml") and path.name not in known | beside
    )
    if strays:
        raise PolicyError(
            [f"{folder / name}: no domain has this name; expected {', '.join(sorted(known))}" for name in strays]
        )


def _registered_models(settings: Settings) -> ModelStore:
    from triage.model_store import RegisteredModels

    return RegisteredModels(settings)
