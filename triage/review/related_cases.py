"""The other cases of the people and things a case is about: for the evidence on its page."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from features.columns import encode
from features.fields import Payload
from features.history import entity_keys
from features.panels import RelatedCase
from triage.domain import Domain
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.similar_cases import entity_digest, labels_of, nameable, newest_of
from triage.labels import labels_that_hold
from triage.review.task_access import may_see_queue


def related_cases(
    connection: Connection,
    domain: Domain,
    payload: Payload,
    *,
    exception_id: str,
    as_of: datetime,
    policies: InForce,
    actor: Principal,
) -> tuple[dict[str, list[RelatedCase]], dict[str, str]]:
    """Return the newest earlier cases by the trail they share, and the case ids of those that were sent here.

    Only trails that the domain's evidence asks for. A case the actor may not see, or whose audit is open, is left out;
    how a case ended is what was known of it by `as_of`.
    """
    wanted = domain.evidence.related if domain.evidence is not None else ()
    trails = [trail for trail in domain.recipe.trails if trail.name in wanted]
    keys = {name: key for name, (key,) in entity_keys(encode([payload], as_of=[as_of]), trails).items() if key}
    if not keys:
        return {}, {}
    trail_of = {entity_digest(domain.name, trail, key): trail for trail, key in keys.items()}
    values = {f"digest_{at}": digest for at, digest in enumerate(trail_of)} | {"domain": domain.name, "as_of": as_of}
    rows = [row for row in connection.execute(newest_of(len(trail_of)), values) if row.exception_id != exception_id]
    names = {row.exception_id for row in rows}
    hidden = [name for name in policies.queues(domain.name) if not may_see_queue(policies, domain.name, name, actor)]
    stored = nameable(connection, domain.name, names, restricted=hidden)
    ended = _ended(connection, domain.name, stored, as_of)
    found: dict[str, list[RelatedCase]] = {trail: [] for trail in keys}
    for row in sorted(rows, key=lambda row: row.known_at, reverse=True):
        if row.exception_id in stored:
            wrong, cause = ended.get(row.exception_id, (None, None))
            found[trail_of[row.digest]].append(
                RelatedCase(
                    exception_id=row.exception_id,
                    at=row.known_at,
                    payload=stored[row.exception_id][1],
                    wrong=wrong,
                    cause=cause,
                )
            )
    return found, {name: case_id for name, (case_id, _, _) in stored.items() if case_id is not None}


def _ended(
    connection: Connection, domain: str, names: Mapping[str, object], as_of: datetime
) -> dict[str, tuple[bool | None, str | None]]:
    found = {}
    for name, rows in labels_of(connection, domain, names).items():
        held = labels_that_hold((0, row) for row in rows if row.known_at <= as_of).get(0)
        if held is not None:
            found[name] = (held.wrong, held.cause)
    return found
