"""What people do with policies: record a draft, publish, roll back, set in shadow. One transaction of the caller's
each.

Nothing comes into force that does not load, that lint finds an error in, or whose example cases come out otherwise.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from policies.checking.examples import try_examples
from policies.checking.findings import Finding
from policies.checking.lint import lint
from policies.document.errors import PolicyError
from policies.judging.policy import Policy
from triage.db.audit_chain import lock_audit
from triage.domain import Domain
from triage.policy_life.conflicts import PUBLISHING, ROLLING_BACK, Cures, clashes
from triage.policy_life.loading import read_text, read_version, refused
from triage.policy_life.timeline import Publication, in_force, shadowed, states, timeline
from triage.policy_life.versions import (
    add_version,
    get_version,
    list_versions,
    publications,
    publish,
    roll_back,
    shadow,
    variants_of,
)


def read_draft(connection: Connection, domain: Domain, text: str, *, name: str = "document") -> Policy:
    """Check a text to become a version; raise InvalidError that names every problem with its line."""
    try:
        return read_text(connection, domain, text, name=name)
    except PolicyError as error:
        raise refused(error.problems) from None


def stored_policy(connection: Connection, domain: Domain, version: str, *, variant: str | None = None) -> Policy:
    """Load a stored version; raise NotFoundError where there is none, InvalidError where it no longer loads."""
    found = get_version(connection, domain.name, version, variant=variant)
    try:
        return read_version(connection, domain, found)
    except PolicyError as error:
        raise refused(error.problems) from None


def check_draft(
    connection: Connection, domain: Domain, text: str, *, name: str = "document"
) -> tuple[Policy, list[Finding]]:
    """Check a text as `read_draft` does; return it with what lint says of it, however long that takes."""
    policy = read_draft(connection, domain, text, name=name)
    return policy, lint(policy)


def add_draft(
    connection: Connection,
    domain: Domain,
    text: str,
    *,
    actor: str,
    now: datetime,
    name: str = "document",
    checked: tuple[Policy, list[Finding]] | None = None,
) -> dict[str, Any]:
    """Record a document as a version; give it with what lint says of it. Its errors stand only against publishing.

    checked: what `check_draft` found before this transaction, so that none waits while the text is read.
    """
    policy, findings = checked or check_draft(connection, domain, text, name=name)
    document = policy.document
    new = add_version(
        connection,
        domain=domain.name,
        variant=document.variant,
        version=document.version,
        document=text,
        actor=actor,
        now=now,
    )
    return {
        "domain": domain.name,
        "variant": document.variant,
        "version": document.version,
        "new": new,
        "findings": [_written(finding) for finding in findings],
    }


def publishable(
    connection: Connection, domain: Domain, version: str, *, variant: str | None = None, examples: str | None = None
) -> Policy:
    """Load a stored version that lint finds no error in and whose examples come out as they say; raise InvalidError."""
    policy = stored_policy(connection, domain, version, variant=variant)
    errors = [finding for finding in lint(policy) if finding.severity == "error"]
    if errors:
        raise refused([f"{error.where}: {error.key}: {error.message}; {error.cure}" for error in errors])
    if examples is not None:
        _try(policy, examples)
    return policy


def publish_version(
    connection: Connection,
    domain: Domain,
    version: str,
    *,
    actor: str,
    now: datetime,
    variant: str | None = None,
    effective_at: datetime | None = None,
    examples: str | None = None,
    checked: Policy | None = None,
) -> dict[str, Any]:
    """Let a version come into force at `effective_at` (default now).

    examples: cases in YAML, all of which must come out as they say. Raises InvalidError where one does not, or lint
    finds an error in the document, or it must not be in force beside what is live or scheduled from then on.

    checked: what `publishable` gave before this transaction, so that none waits while it is read and tried.
    """
    policy = checked
    if policy is None:
        policy = publishable(connection, domain, version, variant=variant, examples=examples)
    # Whoever publishes at the same instant must see this act, or this one theirs: each is checked against what the
    # other leaves in force.
    lock_audit(connection)
    _refuse_conflicts(connection, domain, policy, at=effective_at or now, cures=PUBLISHING)
    act = publish(
        connection,
        domain=domain.name,
        version=version,
        variant=variant,
        actor=actor,
        now=now,
        effective_at=effective_at,
    )
    return _act(domain, variant, act)


def roll_back_version(
    connection: Connection,
    domain: Domain,
    *,
    actor: str,
    now: datetime,
    variant: str | None = None,
    to: str | None = None,
) -> dict[str, Any]:
    """Bring back the version before, or `to`, at once.

    Raises InvalidError where it no longer loads, or must not be in force beside what is live or scheduled now that
    nothing of its own comes after it; the caller's transaction then ends without the act.
    """
    lock_audit(connection)
    act = roll_back(connection, domain=domain.name, actor=actor, now=now, variant=variant, to=to)
    if act.version:
        policy = stored_policy(connection, domain, act.version, variant=variant)
        _refuse_conflicts(connection, domain, policy, at=now, cures=ROLLING_BACK)
    return _act(domain, variant, act)


def shadow_version(
    connection: Connection,
    domain: Domain,
    version: str | None,
    *,
    actor: str,
    now: datetime,
    variant: str | None = None,
) -> dict[str, Any]:
    """Let a version decide beside the live one without effect; None ends it."""
    if version is not None:
        stored_policy(connection, domain, version, variant=variant)
    act = shadow(connection, domain=domain.name, version=version, actor=actor, now=now, variant=variant)
    return _act(domain, variant, act)


def describe(connection: Connection, domain: Domain, *, now: datetime) -> dict[str, Any]:
    """List the versions of a domain's own policy and of its variants, newest first, with what each is now."""
    rows: list[dict[str, Any]] = []
    live: dict[str, str | None] = {}
    acted: list[dict[str, Any]] = []
    for variant in (None, *variants_of(connection, domain.name)):
        versions = list_versions(connection, domain.name, variant=variant)
        acts = publications(connection, domain.name, variant=variant)
        state = states([found.version for found in versions], acts, now)
        stretch = in_force(timeline(acts), now)
        live[variant or ""] = stretch.version if stretch is not None else None
        acted += [_act(domain, variant, act) for act in acts]
        rows += [
            {
                "variant": variant, "version": found.version, "state": state[found.version],
                "shadow": shadowed(acts) == found.version, "created_at": found.created_at.isoformat(),
                "created_by": found.created_by, "sha256": found.sha256,
            }
            for found in versions
        ]  # fmt: skip
    return {"domain": domain.name, "live": live, "versions": rows, "acts": acted}


def _refuse_conflicts(connection: Connection, domain: Domain, policy: Policy, *, at: datetime, cures: Cures) -> None:
    try:
        met = clashes(connection, domain, policy, at=at, cures=cures)
    except PolicyError as error:
        raise refused(error.problems) from None
    if met:
        raise refused(met)


def _try(policy: Policy, examples: str) -> None:
    try:
        tried = try_examples(policy, examples, name="examples")
    except PolicyError as error:
        raise refused(error.problems) from None
    missed = [f"{each.where}: {each.name}: {miss}" for each in tried for miss in each.missed]
    if missed:
        raise refused(missed)


def _act(domain: Domain, variant: str | None, act: Publication) -> dict[str, Any]:
    return {
        "domain": domain.name,
        "variant": variant,
        "act": act.kind,
        "version": act.version or None,
        "effective_at": act.effective_at.isoformat(),
        "published_at": act.published_at.isoformat(),
        "published_by": act.published_by,
    }


def _written(finding: Finding) -> Mapping[str, str]:
    return {
        "severity": finding.severity, "rule": finding.rule, "where": finding.where, "key": finding.key,
        "message": finding.message, "cure": finding.cure,
    }  # fmt: skip
