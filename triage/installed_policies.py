"""The policies that come with the installation: the built-in documents, or those of TRIAGE_POLICY_FOLDER.

At the start of a service they are recorded as versions; what people have published since is never undone by that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from policies.errors import PolicyError
from policies.policy import Policy
from triage.domain import Domain, read_policy
from triage.errors import ConflictError
from triage.policy_timeline import in_force, timeline
from triage.policy_versions import add_version, publications, publish

log = structlog.get_logger(__name__)
SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One document as installed. chosen: whether it stands in the folder of the deployment rather than in the package."""

    policy: Policy
    text: str
    path: Path
    chosen: bool


def load_policies(registered: Mapping[str, Domain], folder: str = "") -> dict[str, Policy]:
    """Read every domain's policy; a file DOMAIN.yaml in `folder` replaces the built-in one."""
    return {name: installed.policy for name, installed in read_installed(registered, folder).items()}


def read_installed(registered: Mapping[str, Domain], folder: str = "") -> dict[str, Installed]:
    """Read and check the installed document of every domain; raise PolicyError naming what is wrong."""
    if folder and not Path(folder).is_dir():
        raise PolicyError([f"TRIAGE_POLICY_FOLDER: there is no folder {folder}"])
    if folder:
        _refuse_strays(Path(folder), registered)
    found = {}
    for domain in registered.values():
        own = Path(folder) / f"{domain.name}.yaml" if folder else None
        chosen = own is not None and own.exists()
        path = own if own is not None and chosen else domain.policy_file
        policy = read_policy(domain, path)
        found[domain.name] = Installed(policy=policy, text=path.read_text(encoding="utf-8"), path=path, chosen=chosen)
    return found


def record_at_start(engine: Engine, installed: Mapping[str, Installed], *, now: datetime) -> None:
    """Record the installed documents in a transaction of their own; two replicas may start at once."""
    try:
        with engine.begin() as connection:
            record_installed(connection, installed, now=now)
    except IntegrityError:
        # The other one was a moment earlier; what it wrote is found now.
        with engine.begin() as connection:
            record_installed(connection, installed, now=now)


def record_installed(connection: Connection, installed: Mapping[str, Installed], *, now: datetime) -> None:
    """Record documents whose version is not known yet, and publish them where that undoes nobody's choice.

    A document of the deployment's folder was chosen by being put there. A built-in one, as it comes with a new release,
    replaces only what the system itself published. Raises PolicyError where a known version has other content.
    """
    for name, found in installed.items():
        version = found.policy.version
        try:
            new = add_version(
                connection, domain=name, variant=None, version=version, document=found.text, actor=SYSTEM, now=now
            )
        except ConflictError as error:
            raise PolicyError([f"{found.path}: {error.detail}"]) from None
        acts = publications(connection, name)
        present = in_force(timeline(acts), now)
        if present is None or (new and (found.chosen or all(act.published_by == SYSTEM for act in acts))):
            publish(connection, domain=name, version=version, actor=SYSTEM, now=now)
        elif new:
            log.warning("policy_recorded_not_published", domain=name, version=version, in_force=present.version)


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
