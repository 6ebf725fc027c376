"""Earlier cases that claim what a case claims: looked up by their digests, a bounded number for each, and named in a
reason."""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, insert, select

from features.columns import seconds
from features.doubles import Claim, Likeness, likeness
from features.fields import Payload
from models.score import Reason
from triage.db.schema import claims
from triage.domain import Domain
from triage.intake.case import Case
from triage.intake.data_quality import DOUBLE, quality

LOOKED_AT: Final = 50
"""The newest earlier claims compared for each key."""
NAMED: Final = 3
REMEMBERED: Final = timedelta(days=365)
Earlier = tuple[str, datetime, Claim]
_LOOK_UP: Final = (
    select(claims.c.exception_id, claims.c.known_at, claims.c.body)
    .where(
        claims.c.domain == bindparam("domain"),
        claims.c.digest == bindparam("digest"),
        claims.c.known_at >= bindparam("since"),
    )
    .order_by(claims.c.known_at.desc())
    .limit(LOOKED_AT)
)


def find_doubles(
    connection: Connection, cases: Sequence[Case], domains: Mapping[str, Domain]
) -> list[tuple[Reason, ...]]:
    """Name for each case the earlier ones that claim the same or nearly; those before it in the group count as
    earlier."""
    of_group: dict[tuple[str, int], list[Earlier]] = {}
    found: list[tuple[Reason, ...]] = []
    for case in cases:
        claim = claim_of(case, domains)
        if claim is None:
            found.append(())
            continue
        earlier: list[Earlier] = []
        for digest in map(digest_of, claim.keys):
            earlier += _stored(connection, case, digest) + of_group.get((case.domain, digest), [])
            of_group.setdefault((case.domain, digest), []).append((case.exception_id, case.known_at, claim))
        found.append(reasons_of(claim, case.exception_id, case.known_at, earlier))
    return found


class Claims:
    """The claims of a file's cases, given in the order of time: the same answers as the database gives, for a whole
    table."""

    def __init__(self, domain: Domain) -> None:
        self._make = domain.claim
        self._earlier: dict[int, deque[Earlier]] = {}

    def doubles(self, payload: Payload, exception_id: str, at: datetime) -> tuple[Reason, ...]:
        """Name the earlier cases that claim the same as this one or nearly, and remember what it claims."""
        claim = self._make(payload) if self._make is not None else None
        if claim is None:
            return ()
        logs = [self._earlier.setdefault(digest_of(one), deque(maxlen=LOOKED_AT)) for one in claim.keys]
        since = at - REMEMBERED
        earlier = [one for log in logs for one in log if one[1] >= since]
        for log in logs:
            log.append((exception_id, at, claim))
        return reasons_of(claim, exception_id, at, earlier)


def claim_of(case: Case, domains: Mapping[str, Domain]) -> Claim | None:
    """Return what is compared of a case, None where its domain compares nothing or the case names nothing."""
    make = domains[case.domain].claim
    return make(case.payload) if make is not None else None


def reasons_of(claim: Claim, exception_id: str, at: datetime, earlier: Iterable[Earlier]) -> tuple[Reason, ...]:
    """Return which earlier claims are the same or nearly, at most NAMED of them, the same ones first."""
    found: dict[str, tuple[Likeness, str]] = {}
    for other, known_at, theirs in earlier:
        if other == exception_id or known_at > at:
            continue
        like = likeness(claim, theirs, seconds_apart=seconds(at) - seconds(known_at))
        if like is not None:
            found.setdefault(other, (like, theirs.written))
    listed = sorted(found.items(), key=lambda pair: pair[1][0] != "same")[:NAMED]
    return tuple(quality(f"{DOUBLE}.{other}", _sentence(claim, other, *named)) for other, named in listed)


def save_claims(connection: Connection, cases: Iterable[Case], domains: Mapping[str, Domain]) -> None:
    """Write what cases claim, for later ones."""
    rows = [
        row
        for case in cases
        if (claim := claim_of(case, domains)) is not None
        for row in claim_rows(case.domain, case.exception_id, case.known_at, claim)
    ]
    if rows:
        connection.execute(insert(claims), rows)


def claim_rows(domain: str, exception_id: str, known_at: datetime, claim: Claim) -> list[dict[str, Any]]:
    """Return the rows of one claim, one for each key it is found by."""
    body = orjson.dumps(asdict(claim) | {"keys": ()}).decode()
    return [
        {"domain": domain, "digest": digest_of(one), "exception_id": exception_id, "known_at": known_at, "body": body}
        for one in claim.keys
    ]


def digest_of(key: str) -> int:
    """Return 64 bits of a key, signed as databases keep them; that two keys share them is settled by what is
    compared."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def _stored(connection: Connection, case: Case, digest: int) -> list[Earlier]:
    values = {"domain": case.domain, "digest": digest, "since": case.known_at - REMEMBERED}
    return [(row.exception_id, row.known_at, _read(row.body)) for row in connection.execute(_LOOK_UP, values)]


def _read(body: str) -> Claim:
    return Claim(**orjson.loads(body))


def _sentence(claim: Claim, other: str, like: Likeness, written: str) -> str:
    if like == "same":
        return f"Case {other} claims the same: {written!r}; a person decides."
    return f"Case {other} claims nearly the same: {written!r} there, {claim.written!r} here; a person decides."
