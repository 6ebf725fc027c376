"""What a package would change here, and taking it over: versions are recorded, what sends or asks begins paused."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from policies.checking.difference import difference
from triage.db.audit_chain import audit
from triage.domain import Domain
from triage.errors import InvalidError
from triage.handoff.endpoints import NewEndpoint, add_endpoint, list_endpoints, pause_endpoint
from triage.handoff.lookup_sources import LookupSource, add_source, list_sources
from triage.policy_life.acts import add_draft, publish_version, read_draft, stored_policy
from triage.policy_life.timeline import in_force, timeline
from triage.policy_life.versions import find_version, publications
from triage.proof.signatures import sign_policy
from triage.transfer.signed_package import ENDPOINT_FIELDS, LOOKUP_FIELDS, EnvironmentPackage

ACTOR: Final = "system:cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageDifference:
    """One thing that differs. part: policy, endpoint or look-up; change: what it means in words; looser: whether more
    would go straight through."""

    part: str
    name: str
    change: str
    looser: bool = False


def compare(
    connection: Connection, package: EnvironmentPackage, domains: Mapping[str, Domain], *, now: datetime
) -> list[PackageDifference]:
    """Compare a package with what is in force here; raise InvalidError for a document that cannot be read here."""
    found = list(_policies(connection, package, domains, now))
    here = {one["name"]: {name: one[name] for name in ENDPOINT_FIELDS} for one in list_endpoints(connection)}
    found += _named("endpoint", package.endpoints, here)
    sources = {
        name: {field: getattr(one, field) for field in LOOKUP_FIELDS} for name, one in list_sources(connection).items()
    }
    return [*found, *_named("look-up", package.lookups, sources)]


def take_over(
    connection: Connection,
    package: EnvironmentPackage,
    domains: Mapping[str, Domain],
    *,
    signed_by: str,
    key: Ed25519PrivateKey,
    publish: bool,
    now: datetime,
) -> list[str]:
    """Record the versions of a package, and add the endpoints and look-ups that are missing; return what was done.

    key: signs the versions here. publish: whether they come into force at once. An endpoint that is added is paused,
    and one that is here already stays as it is: the address of one environment is rarely that of another.
    """
    done = []
    for one in package.policies:
        domain, version, variant = _domain(one, domains), one["version"], one["variant"]
        added = add_draft(connection, domain, one["document"], actor=ACTOR, now=now, name=_title(one))
        sign_policy(connection, key, domain.name, variant, version, one["document"], now=now)
        if added["new"]:
            done.append(f"{_title(one)} is recorded")
        if publish and version != _version_in_force(connection, domain.name, variant, now):
            publish_version(connection, domain, version, actor=ACTOR, now=now, variant=variant)
            done.append(f"{_title(one)} is in force")
    done += _add_endpoints(connection, package)
    known = list_sources(connection)
    for source in package.lookups:
        if source["name"] not in known:
            add_source(connection, LookupSource(**source), actor=ACTOR, now=now)
            done.append(f"look-up {source['name']} is added")
    detail = {
        "environment": package.environment, "made_at": package.made_at, "signed_by": signed_by, "published": publish,
        "sha256": hashlib.sha256(package.body).hexdigest(),
    }  # fmt: skip
    audit(connection, actor=ACTOR, verb="import_environment", case_id=None, detail=detail, now=now)
    return done


def _add_endpoints(connection: Connection, package: EnvironmentPackage) -> Iterator[str]:
    known = {one["name"] for one in list_endpoints(connection)}
    for one in package.endpoints:
        name = one["name"]
        if name in known:
            continue
        if one["kind"] != "webhook" and not one["url"].startswith(("env:", "file:")):
            yield f"endpoint {name} is left out: its address is its secret; add it with `triage endpoint add`"
            continue
        add_endpoint(connection, NewEndpoint(**one), actor=ACTOR)
        pause_endpoint(connection, name, because=f"taken over from {package.environment or 'elsewhere'}: check it")
        yield f"endpoint {name} is added, paused: look at its address, give the receiver a new secret, resume it"


def _policies(
    connection: Connection, package: EnvironmentPackage, domains: Mapping[str, Domain], now: datetime
) -> Iterator[PackageDifference]:
    for one in package.policies:
        domain, title = _domain(one, domains), _title(one)
        known = find_version(connection, domain.name, one["version"], variant=one["variant"])
        if known is not None and known.document != one["document"]:
            raise InvalidError(f"{title} is recorded here with other content, and a version never changes: raise it")
        new = read_draft(connection, domain, one["document"], name=title).document
        present = _version_in_force(connection, domain.name, one["variant"], now)
        if present is None:
            yield PackageDifference(part="policy", name=title, change="nothing is in force here", looser=True)
            continue
        old = stored_policy(connection, domain, present, variant=one["variant"]).document
        for change in difference(old, new):
            yield PackageDifference(
                part="policy", name=title, change=change.sentence, looser=change.direction == "looser"
            )


def _named(part: str, given: Any, here: Mapping[str, Mapping[str, Any]]) -> Iterator[PackageDifference]:
    for one in given:
        known = here.get(one["name"])
        if known is None:
            yield PackageDifference(part=part, name=one["name"], change="is not here yet")
            continue
        for field, value in one.items():
            if known[field] != value:
                change = f"{field} is {value!r} there and {known[field]!r} here; what is here stays"
                yield PackageDifference(part=part, name=one["name"], change=change)


def _version_in_force(connection: Connection, domain: str, variant: str | None, now: datetime) -> str | None:
    stretch = in_force(timeline(publications(connection, domain, variant=variant)), now)
    return stretch.version if stretch is not None and stretch.version else None


def _domain(one: Mapping[str, Any], domains: Mapping[str, Domain]) -> Domain:
    if one["domain"] not in domains:
        raise InvalidError(
            f"the domain {str(one['domain'])[:40]!r} is not installed here; known are {', '.join(domains)}"
        )
    return domains[one["domain"]]


def _title(one: Mapping[str, Any]) -> str:
    of = f" ({one['variant']})" if one["variant"] else ""
    return f"{one['domain']}{of} {one['version']}"
