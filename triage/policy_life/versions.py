"""The versions of policies: added once and never changed, published with a date, rolled back with one act.

What is in force is read off the publications alone. Every act names who did it, here and in the audit chain.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from triage.db.audit_chain import audit
from triage.db.row_digests import insert_rows, note_rows
from triage.db.schema import policy_publications, policy_versions
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from triage.policy_life.timeline import NONE, Kind, Publication, Stretch, before, in_force, shadowed, timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version as stored. variant is None for the domain's own policy; document is the YAML text as written."""

    domain: str
    variant: str | None
    version: str
    document: str
    sha256: str
    created_at: datetime
    created_by: str


def add_version(
    connection: Connection,
    *,
    domain: str,
    variant: str | None,
    version: str,
    document: str,
    actor: str,
    now: datetime,
) -> bool:
    """Record a checked document as a version; say whether it is new.

    The same version with the same content changes nothing; with other content it raises ConflictError.
    """
    digest = hashlib.sha256(document.encode()).hexdigest()
    known = find_version(connection, domain, version, variant=variant)
    if known is not None:
        if known.sha256 != digest:
            raise ConflictError(
                f"{named(domain, variant)} version {version} is stored with other content and is never changed: "
                "raise `version` in the document"
            )
        return False
    row = {
        "domain": domain, "variant": variant or NONE, "version": version, "document": document, "sha256": digest,
        "created_at": now, "created_by": actor,
    }  # fmt: skip
    insert_rows(connection, policy_versions, [row])
    _audit(connection, "policy_draft", domain, variant, version, actor=actor, now=now, sha256=digest)
    return True


def find_version(
    connection: Connection, domain: str, version: str, *, variant: str | None = None
) -> PolicyVersion | None:
    """Find one version, None where there is none."""
    row = connection.execute(
        select(policy_versions).where(
            policy_versions.c.domain == domain,
            policy_versions.c.variant == (variant or NONE),
            policy_versions.c.version == version,
        )
    ).one_or_none()
    return None if row is None else _version(row)


def get_version(connection: Connection, domain: str, version: str, *, variant: str | None = None) -> PolicyVersion:
    """Return one version; raise NotFoundError naming the last ones known."""
    found = find_version(connection, domain, version, variant=variant)
    if found is None:
        known = [each.version for each in list_versions(connection, domain, variant=variant)][:5]
        hint = f"; the newest are {', '.join(known)}" if known else ""
        raise NotFoundError(f"{named(domain, variant)} has no version {version[:32]!r}{hint}")
    return found


def list_versions(connection: Connection, domain: str, *, variant: str | None = None) -> list[PolicyVersion]:
    """List the versions of a domain's own policy, or of one of its variants, newest first."""
    query = select(policy_versions).where(
        policy_versions.c.domain == domain, policy_versions.c.variant == (variant or NONE)
    )
    rows = connection.execute(query.order_by(policy_versions.c.policy_version_id.desc()))
    return [_version(row) for row in rows]


def variants_of(connection: Connection, domain: str) -> list[str]:
    """Name the variants a domain has versions of, oldest first."""
    query = (
        select(policy_versions.c.variant)
        .where(policy_versions.c.domain == domain, policy_versions.c.variant != NONE)
        .group_by(policy_versions.c.variant)
        .order_by(func.min(policy_versions.c.policy_version_id))
    )
    return list(connection.execute(query).scalars())


def publish(
    connection: Connection,
    *,
    domain: str,
    version: str,
    actor: str,
    now: datetime,
    variant: str | None = None,
    effective_at: datetime | None = None,
) -> Publication:
    """Let a version come into force at `effective_at` (default now).

    Raises NotFoundError for an unknown version, InvalidError for a date in the past, ConflictError where it is in
    force.
    """
    get_version(connection, domain, version, variant=variant)
    if effective_at is not None and effective_at < now:
        problem = FieldProblem(
            field="effective_at",
            value=effective_at.isoformat(),
            message="must not lie in the past; leave it out for now",
        )
        raise InvalidError(f"effective_at {problem.value} {problem.message}", problems=[problem])
    at = effective_at or now
    present = in_force(timeline(publications(connection, domain, variant=variant)), at)
    if present is not None and present.version == version:
        raise ConflictError(f"{named(domain, variant)} version {version} is already in force at {at.isoformat()}")
    return _add(connection, "publish", domain, variant, version, actor=actor, now=now, effective_at=at)


def hold_back(
    connection: Connection, *, domain: str, version: str, why: Sequence[str], actor: str, now: datetime
) -> None:
    """Write into the audit chain why a version that would have been published was not."""
    _audit(connection, "policy_hold", domain, None, version, actor=actor, now=now, why=list(why))


def roll_back(
    connection: Connection,
    *,
    domain: str,
    actor: str,
    now: datetime,
    variant: str | None = None,
    to: str | None = None,
) -> Publication:
    """Bring back the version that was in force before the present one was published, or `to`, at once.

    What was to come into force later is withdrawn. The first version of a variant rolls back to none. Raises
    ConflictError where there is nothing to go back to.
    """
    acts = publications(connection, domain, variant=variant)
    line = timeline(acts)
    present = in_force(line, now)
    scheduled = [stretch for stretch in line if stretch.since > now]
    if present is None and not scheduled:
        raise ConflictError(f"nothing of {named(domain, variant)} is in force; there is nothing to roll back")
    if to is not None:
        target = get_version(connection, domain, to, variant=variant).version
        if all(stretch.version != target for stretch in line if stretch.since <= now):
            raise ConflictError(f"{named(domain, variant)} version {to} was never in force: publish it instead")
    elif scheduled:
        target = present.version if present is not None else NONE
    else:
        assert present is not None
        target = before(acts, line, present)
    if target == NONE and variant is None:
        raise ConflictError(_nothing_before(domain, line, present, now))
    if present is not None and target == present.version and not scheduled:
        raise ConflictError(f"{named(domain, variant)} version {target} is in force already")
    return _add(connection, "rollback", domain, variant, target, actor=actor, now=now, effective_at=now)


def shadow(
    connection: Connection, *, domain: str, version: str | None, actor: str, now: datetime, variant: str | None = None
) -> Publication:
    """Let a version decide beside the live one without effect; None ends it."""
    acts = publications(connection, domain, variant=variant)
    shadowing = shadowed(acts)
    if version is None:
        if shadowing is None:
            raise ConflictError(f"no version of {named(domain, variant)} is in shadow")
        return _add(connection, "unshadow", domain, variant, shadowing, actor=actor, now=now, effective_at=now)
    get_version(connection, domain, version, variant=variant)
    if shadowing == version:
        raise ConflictError(f"{named(domain, variant)} version {version} is in shadow already")
    return _add(connection, "shadow", domain, variant, version, actor=actor, now=now, effective_at=now)


def publications(connection: Connection, domain: str, *, variant: str | None = None) -> list[Publication]:
    """List the acts on a domain's own policy, or on a variant, in order."""
    query = select(policy_publications).where(
        policy_publications.c.domain == domain, policy_publications.c.variant == (variant or NONE)
    )
    rows = connection.execute(query.order_by(policy_publications.c.publication_id))
    return [
        Publication(
            number=row.publication_id,
            kind=row.kind,
            version=row.version,
            effective_at=row.effective_at,
            published_at=row.published_at,
            published_by=row.published_by,
        )
        for row in rows
    ]


def count_acts(connection: Connection) -> int:
    """Count the acts on any policy; while the count stands, nothing has changed.

    Not the highest number: that of one act can become visible after a higher one.
    """
    return connection.execute(select(func.count()).select_from(policy_publications)).scalar_one()


def named(domain: str, variant: str | None) -> str:
    """Name a domain's own policy, or one of its variants, in a sentence."""
    return f"{domain} ({variant})" if variant else domain


def _nothing_before(domain: str, line: Sequence[Stretch], present: Stretch | None, now: datetime) -> str:
    """Return that a policy cannot go further back, and what brings forth again what a rollback skipped."""
    if present is None:
        return f"{domain} has no version in force; publish one"
    skipped = [stretch.version for stretch in line if stretch.since <= now and stretch.version != present.version]
    if not skipped:
        return f"{domain} had no version before {present.version}, its first; publish another"
    return (
        f"{domain} had no version before {present.version}, its first, and rolling back never goes forward; "
        f"to bring back {skipped[-1]}, which was in force until the rollback, name it as `to`"
    )


def _add(
    connection: Connection,
    kind: Kind,
    domain: str,
    variant: str | None,
    version: str,
    *,
    actor: str,
    now: datetime,
    effective_at: datetime,
) -> Publication:
    row = {
        "domain": domain, "variant": variant or NONE, "version": version, "kind": kind, "effective_at": effective_at,
        "published_at": now, "published_by": actor,
    }  # fmt: skip
    number = connection.execute(
        insert(policy_publications).values(row).returning(policy_publications.c.publication_id)
    ).scalar_one()
    note_rows(connection, policy_publications, [row])
    effective = {"effective_at": effective_at.isoformat()} if kind == "publish" else {}
    _audit(connection, f"policy_{kind}", domain, variant, version, actor=actor, now=now, **effective)
    return Publication(
        number=number,
        kind=kind,
        version=version,
        effective_at=effective_at,
        published_at=now,
        published_by=actor,
    )


def _audit(
    connection: Connection,
    verb: str,
    domain: str,
    variant: str | None,
    version: str,
    *,
    actor: str,
    now: datetime,
    **more: Any,
) -> None:
    detail: Mapping[str, Any] = {"domain": domain, "variant": variant, "version": version or None, **more}
    audit(connection, actor=actor, verb=verb, case_id=None, detail=detail, now=now)


def _version(row: Row[Any]) -> PolicyVersion:
    return PolicyVersion(
        domain=row.domain,
        variant=row.variant or None,
        version=row.version,
        document=row.document,
        sha256=row.sha256,
        created_at=row.created_at,
        created_by=row.created_by,
    )
