"""Lines: what goes to one endpoint under one order key goes one after another. Who changes the head of a line locks it
first."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, select, text

from triage.db.handoff_schema import deliveries

UNFINISHED: Final = ("waiting", "blocked", "leased")
_KEYS_AT_ONCE: Final = 500
_LOCKS: Final = 256
"""Lines share so many locks: one lock a line would let a large batch exhaust the table of locks."""


def lock_lines(connection: Connection, order_keys: Iterable[str | None]) -> None:
    """Wait for everybody else who changes the heads of these lines, until this transaction ends.

    Take it before any row of `deliveries`, and after the head of the audit chain where that is written too: everybody
    locks in this order, so nobody waits in a circle. SQLite has one writer at a time and needs no such lock.
    """
    keys = sorted({key for key in order_keys if key is not None})
    if not keys or connection.dialect.name != "postgresql":
        return
    locks = text(
        "SELECT pg_advisory_xact_lock(748218, bucket) FROM"
        " (SELECT DISTINCT abs(hashtext(key) % :locks) AS bucket FROM unnest(CAST(:keys AS text[])) AS key ORDER BY "
        "bucket) AS wanted"
    )
    connection.execute(locks, {"keys": keys, "locks": _LOCKS})


def busy_lines(connection: Connection, lines: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Find the lines, pairs of endpoint and order key, in which something is not finished; lock them before."""
    keys: dict[str, list[str]] = {}
    for endpoint, key in lines:
        keys.setdefault(endpoint, []).append(key)
    found: set[tuple[str, str]] = set()
    for endpoint, own in keys.items():
        for start in range(0, len(own), _KEYS_AT_ONCE):
            # Endpoint by endpoint: SQLite finds pairs in a list by reading the whole table.
            query = select(deliveries.c.order_key).where(
                deliveries.c.endpoint == endpoint,
                deliveries.c.order_key.in_(own[start : start + _KEYS_AT_ONCE]),
                deliveries.c.state.in_(UNFINISHED),
            )
            found |= {(endpoint, key) for key in connection.execute(query).scalars()}
    return found
