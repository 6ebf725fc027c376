"""Finding the cases of one person: read in parts, so that memory stays the same however many cases there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, Table, select

from features.kinds import field_kinds
from triage.db.schema import cases, past_cases
from triage.domain import Domain
from triage.errors import FieldProblem, InvalidError

MIN_LETTERS: Final = 3
MAX_LETTERS: Final = 256
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCase:
    """One case, or past case, of a person.

    row: of `cases` or `past_cases`; whose: what the person is in it, empty where only an attribute or the envelope
    names them.
    """

    table: Table
    domain: Domain
    row: Row[Any]
    whose: frozenset[str]

    @property
    def payload(self) -> dict[str, Any]:
        """The payload as stored."""
        found: dict[str, Any] = orjson.loads(self.row.payload)
        return found

    @property
    def attributes(self) -> dict[str, Any]:
        """The caller's own columns as stored."""
        found: dict[str, Any] = orjson.loads(self.row.attributes)
        return found

    @property
    def envelope(self) -> dict[str, Any]:
        """What came with the payload; a past case has none."""
        return orjson.loads(self.row.envelope) if "envelope" in self.table.c else {}


def personal_fields(domain: Domain) -> Mapping[str, str]:
    """Return the payload fields of a domain that identify a person, and what that person is."""
    return {kind.name: kind.whose for kind in field_kinds(domain.recipe.payload) if kind.whose is not None}


def check_identifier(identifier: str) -> str:
    """Return an identifier of a person without blanks around it; raise InvalidError where it is none."""
    found = identifier.strip()
    if not MIN_LETTERS <= len(found) <= MAX_LETTERS or "\x00" in found:
        message = f"must have {MIN_LETTERS} to {MAX_LETTERS} characters: the identifier as cases hold it"
        raise InvalidError(
            f"identifier {message}", problems=[FieldProblem(field="identifier", value=found[:40], message=message)]
        )
    return found


def cases_of_person(connection: Connection, domains: Mapping[str, Domain], identifier: str) -> Iterator[PersonCase]:
    """Yield every case that names a person: by a payload field of a person, an attribute, or the envelope.

    Every stored case is read once, in the order of arrival: no index holds who is in which case, and none should.
    """
    quoted = orjson.dumps(identifier).decode()
    for table in (cases, past_cases):
        after = 0
        while True:
            rows = connection.execute(
                select(table).where(table.c.seq > after).order_by(table.c.seq).limit(_AT_ONCE)
            ).all()
            for row in rows:
                found = _named(table, row, domains.get(row.domain), identifier, quoted)
                if found is not None:
                    yield found
            if len(rows) < _AT_ONCE:
                break
            after = rows[-1].seq


def named_cases(
    connection: Connection, domains: Mapping[str, Domain], identifier: str, *, table: str, number: int
) -> Iterator[PersonCase]:
    """Yield one case by its number of arrival, if it still names the person."""
    read = {str(each.name): each for each in (cases, past_cases)}[table]
    row = connection.execute(select(read).where(read.c.seq == number)).one_or_none()
    if row is not None:
        found = _named(read, row, domains.get(row.domain), identifier, orjson.dumps(identifier).decode())
        if found is not None:
            yield found


def _named(table: Table, row: Row[Any], domain: Domain | None, identifier: str, quoted: str) -> PersonCase | None:
    written = row.payload + row.attributes + (row.envelope if "envelope" in table.c else "")
    if domain is None or quoted not in written:
        return None
    case = PersonCase(table=table, domain=domain, row=row, whose=frozenset())
    payload = case.payload
    whose = {kind for name, kind in personal_fields(domain).items() if payload.get(name) == identifier}
    named = whose or identifier in case.attributes.values() or identifier in case.envelope.values()
    return PersonCase(table=table, domain=domain, row=row, whose=frozenset(whose)) if named else None
