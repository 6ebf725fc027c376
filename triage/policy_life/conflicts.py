"""What a policy version would be in force together with, now and as scheduled, and what forbids that.

A variant never decides looser than its domain's own policy, and never two variants fit one case; not later either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from policies.checking.difference import Change, difference
from policies.checking.lint import lint_variants
from policies.document.errors import PolicyError
from policies.judging.policy import Policy
from triage.domain import Domain
from triage.policy_life.loading import read_version
from triage.policy_life.timeline import NONE, Stretch, in_force, timeline
from triage.policy_life.versions import get_version, publications, variants_of

_STRICT: Final = frozenset({"controls", "override_rules", "four_eyes", "fallback_rules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cures:
    """What helps where the domain's own policy, or a variant of it, must not be in force beside the other.

    past_unread: whether what is beside it and no longer loads is passed over.
    """

    own: str
    variant: str = "tighten it, or let it extend {parent}"
    past_unread: bool = False


PUBLISHING: Final = Cures(own="publish a tightened variant first, one that extends {parent}")
ROLLING_BACK: Final = Cures(
    own="go back step by step, the newest act first: roll variant {variant} back before it",
    variant="go back step by step, the newest act first: roll {domain} back before it",
    # Rolling back is the way out where a new release no longer reads a policy and its variant: one of the two has to go
    # first.
    past_unread=True,
)
AT_START: Final = Cures(
    own="record {parent}, publish a variant that extends it, then {parent} itself with `triage policy`; or take the "
    "variant back: "
    "triage policy rollback {domain} --variant {variant}"
)
IN_FORCE: Final = Cures(
    own="publish a tightened variant that extends {parent}, or take it back: triage policy rollback {domain} --variant "
    "{variant}"
)


def clashes(
    connection: Connection, domain: Domain, policy: Policy, *, at: datetime, cures: Cures = PUBLISHING
) -> list[str]:
    """Return what forbids a version to be in force from `at`, one sentence each, "where: key: what; cure".

    Raises PolicyError where what is in force then no longer loads, unless that is to be passed over.
    """
    own, past_unread = policy.document.variant, cures.past_unread
    if own is None:
        return [
            sentence
            for name in variants_of(connection, domain.name)
            for variant in _in_force_with(connection, domain, name, own=None, at=at, past_unread=past_unread)
            for sentence in _looser(
                variant, policy, cure=cures.own, compared=_compared(connection, domain, variant, policy.version)
            )
        ]
    others = [name for name in variants_of(connection, domain.name) if name != own]
    met = [
        f"{each.where}: {each.key}: {each.message}; {each.cure}"
        for name in others
        for other in _in_force_with(connection, domain, name, own=own, at=at, whole=True, past_unread=past_unread)
        for each in lint_variants([policy, other])
    ]
    begun = {stretch.version for stretch in timeline(publications(connection, domain.name)) if stretch.since <= at}
    for parent in _in_force_with(connection, domain, None, own=own, at=at, past_unread=past_unread):
        compared = policy.document.extends not in begun or _compared(connection, domain, policy, parent.version)
        met += _looser(policy, parent, cure=cures.variant, compared=compared)
    return list(dict.fromkeys(met))


def _compared(connection: Connection, domain: Domain, variant: Policy, parent: str) -> bool:
    """Return whether a variant was published beside this version of its parent: what was let stand together may so
    again.

    Without this a variant that was tightened ahead of its parent could stand in the way of taking the parent back.
    """
    acts = publications(connection, domain.name)
    return any(
        parent
        in _versions_from(timeline([act for act in acts if act.number < published.number]), published.effective_at)
        for published in publications(connection, domain.name, variant=variant.document.variant)
        if published.kind == "publish" and published.version == variant.version
    )


def _versions_from(line: Sequence[Stretch], at: datetime, until: datetime | None = None) -> list[str]:
    """Name the versions of a line that are in force from `at` until `until`, or for ever."""
    present = in_force(line, at)
    later = [stretch for stretch in line if stretch.since > at and (until is None or stretch.since < until)]
    versions = [stretch.version for stretch in ([present] if present else []) + later]
    return [version for version in dict.fromkeys(versions) if version != NONE]


def _in_force_with(
    connection: Connection,
    domain: Domain,
    variant: str | None,
    *,
    own: str | None,
    at: datetime,
    past_unread: bool,
    whole: bool = False,
) -> Iterator[Policy]:
    """Load what is in force of `variant` from `at` until the next version of `own`, or, if whole, for ever."""
    after = [stretch.since for stretch in timeline(publications(connection, domain.name, variant=own))]
    until = None if whole else min((since for since in after if since > at), default=None)
    line = timeline(publications(connection, domain.name, variant=variant))
    for version in _versions_from(line, at, until):
        try:
            policy = read_version(connection, domain, get_version(connection, domain.name, version, variant=variant))
        except PolicyError:
            if past_unread:
                continue
            raise
        yield policy


def _looser(variant: Policy, parent: Policy, *, cure: str, compared: bool) -> Iterator[str]:
    """Name where a variant is looser than the domain's own policy, or, unless `sure`, where nobody can know.

    What nobody can know: a variant never changes its parent's conditions and limits, so they differ only if it extends
    another.
    """
    domain, name = parent.document.domain, variant.document.variant
    cure = cure.format(domain=domain, parent=parent.version, variant=name)
    for change in difference(parent.document, variant.document):
        looser = change.direction == "looser" and not change.key.startswith("queues.")
        if looser or (not compared and _unknown(change)):
            how = "is looser than" if looser else "may be looser than"
            yield (
                f"{variant.source.name}:{_line(variant, change.key)}: {change.key}: variant {name} "
                f"has {_in_words(change.becomes)}, which {how} {_in_words(change.was)} "
                f"of {domain} {parent.version}; {cure}"
            )


def _unknown(change: Change) -> bool:
    """Return whether a change is one of conditions or limits of the parent, which can go either way."""
    part, _, rest = change.key.partition(".")
    if change.direction != "changed":
        return False
    if part == "limits":
        return change.was is not None
    if part.split(" ")[0] in _STRICT:
        return "." not in rest or rest.rpartition(".")[2] in ("when", "if_missing", "missing", "floor")
    return change.key.startswith("error_budget.segments")


def _in_words(value: object) -> str:
    return "none" if value is None else str(value)


def _line(variant: Policy, key: str) -> int:
    """Find the line of a key in the variant's own text, or of the nearest part that stands there."""
    part, *rest = key.split(".")
    path: list[str | int] = [part, *rest]
    listed = variant.source.content.get(part)
    if isinstance(listed, list):
        at = next((at for at, rule in enumerate(listed) if rest and rule.get("id") == rest[0]), None)
        path = [part] if at is None else [part, at, *rest[1:]]
    return variant.source.line(path)
