"""What stored cases claim and which entities they are of, written for cases that were stored before that was kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Table, insert, select

from features.columns import encode
from features.history import entity_keys
from triage.db.schema import cases, claims, entity_cases
from triage.domain import Domain
from triage.intake.doubles import claim_rows
from triage.intake.similar_cases import entity_rows

CASES_AT_ONCE: Final = 200


def fill_claims(connection: Connection, domains: Mapping[str, Domain], *, after: int) -> tuple[int | None, int]:
    """Write the missing rows of the next cases in the order of arrival; return where to go on, None at the end, and
    how many rows were missing.

    after: the arrival number behind which to begin. Running it again writes nothing twice.
    """
    query = select(cases).where(cases.c.seq > after).order_by(cases.c.seq).limit(CASES_AT_ONCE)
    found = connection.execute(query).all()
    if not found:
        return None, 0
    claimed: list[dict[str, Any]] = []
    entities: list[dict[str, Any]] = []
    for row in found:
        domain = domains.get(row.domain)
        if domain is not None:
            _add(row, domain, claimed, entities)
    written = _insert_missing(connection, claims, claimed) + _insert_missing(connection, entity_cases, entities)
    return found[-1].seq, written


def _add(row: Row[Any], domain: Domain, claimed: list[dict[str, Any]], entities: list[dict[str, Any]]) -> None:
    try:
        payload = domain.recipe.payload.model_validate_json(row.payload)
    except ValidationError:
        return  # of a release whose payloads this one does not read; it is no earlier claim for this one either
    if domain.claim is not None and (made := domain.claim(payload)) is not None:
        claimed += claim_rows(row.domain, row.exception_id, row.known_at, made)
    columns = encode([payload], as_of=[row.as_of], fx_rates=[row.fx_rate])
    keys = {trail: key for trail, (key,) in entity_keys(columns, domain.recipe.trails).items() if key is not None}
    entities += entity_rows(row.domain, row.exception_id, row.known_at, keys)


def _insert_missing(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows that are not there, told by domain, digest and exception id; return how many."""
    missing: list[dict[str, Any]] = []
    for name in {row["domain"] for row in rows}:
        own = [row for row in rows if row["domain"] == name]
        known = connection.execute(
            select(table.c.digest, table.c.exception_id).where(
                table.c.domain == name,
                table.c.digest.in_({row["digest"] for row in own}),
                table.c.exception_id.in_({row["exception_id"] for row in own}),
            )
        )
        there = {(row.digest, row.exception_id) for row in known}
        missing += [row for row in own if (row["digest"], row["exception_id"]) not in there]
    if missing:
        connection.execute(insert(table), missing)
    return len(missing)
