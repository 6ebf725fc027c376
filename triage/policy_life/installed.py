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

from policies.document.domain_file import policy_text
from policies.document.errors import PolicyError
from policies.judging.policy import Policy
from triage.db.audit_chain import lock_audit
from triage.db.database import reading
from triage.domain import Domain, read_policy
from triage.errors import ConflictError
from triage.policy_life.conflicts import AT_START, IN_FORCE, clashes
from triage.policy_life.loading import read_version
from triage.policy_life.timeline import in_force, timeline
from triage.policy_life.versions import add_version, get_version, hold_back, publications, publish

log = structlog.get_logger(__name__)
SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One document as installed. chosen: whether it stands in the folder of the deployment rather than in the
    package."""

    domain: Domain
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
        text = policy_text(path.read_text(encoding="utf-8"))
        found[domain.name] = Installed(domain=domain, policy=policy, text=text, path=path, chosen=chosen)
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
    replaces only what the system itself published, and waits as a draft where a variant would be looser than it. Raises
    PolicyError where a known version has other content, or where a variant is looser than a document that was chosen.
    """
    lock_audit(connection)
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
            met = clashes(connection, found.domain, found.policy, at=now, cures=AT_START)
            if not met:
                publish(connection, domain=name, version=version, actor=SYSTEM, now=now)
            elif found.chosen or present is None:
                # Nothing else was chosen that could decide in its place.
                raise PolicyError([f"{found.path}: {sentence}" for sentence in met])
            else:
                hold_back(connection, domain=name, version=version, why=met, actor=SYSTEM, now=now)
                log.error("policy_held_back", domain=name, version=version, in_force=present.version, why=met)
        elif new:
            log.warning("policy_recorded_not_published", domain=name, version=version, in_force=present.version)


def refuse_looser(engine: Engine, registered: Mapping[str, Domain], *, now: datetime) -> None:
    """Refuse to start where a variant in force is looser than its domain's own policy; raise PolicyError with the cure.

    Publishing and rolling back let that never come about. A new release may read two documents otherwise than the one
    that let them.
    """
    with reading(engine) as connection:
        met = [sentence for domain in registered.values() for sentence in _looser_now(connection, domain, now)]
    if met:
        raise PolicyError(met)


def _looser_now(connection: Connection, domain: Domain, now: datetime) -> list[str]:
    present = in_force(timeline(publications(connection, domain.name)), now)
    if present is None:
        return []
    own = read_version(connection, domain, get_version(connection, domain.name, present.version))
    return clashes(connection, domain, own, at=now, cures=IN_FORCE)


def _refuse_strays(folder: Path, registered: Mapping[str, Domain]) -> None:
    """Refuse files that no domain would read: a policy with a slip in its name must not be silently out of force."""
    known = {f"{name}.yaml" for name in registered}
    examples = {f"{name}.examples.yaml" for name in registered}
    strays = sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix.lower() in (".yaml", ".yml") and path.name not in known | examples
    )
    if strays:
        raise PolicyError(
            [f"{folder / name}: no domain has this name; expected {', '.join(sorted(known))}" for name in strays]
        )
