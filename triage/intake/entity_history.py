"""Entity history online: the same `History` as offline, kept in memory and fed from the database.

Everything in it can be rebuilt from the stored cases and labels; another replica's rows are picked up before each scoring.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Row, bindparam, func, select

from features.attributes.attribute_columns import Attribute, add_attributes
from features.columns import encode, seconds
from features.fields import Payload
from features.history import CaseFact, History, LabelFact
from features.recipe import Recipe
from triage.db.schema import cases, labels, past_cases
from triage.labels import answers, replaces

log = structlog.get_logger(__name__)
# A replica's row may become visible after one with a higher number: look this far back for such.
_OVERLAP: Final = 1_000
_CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """The label that holds for a case. known_at: seconds."""

    wrong: bool
    cause: str | None
    source: str
    known_at: float


class EntityHistory:
    """One domain's history. Used by one thread at a time."""

    def __init__(self, domain: str, recipe: Recipe, attributes: Sequence[Attribute]) -> None:
        self.domain = domain
        self.recipe = recipe
        self.attributes = tuple(attributes)
        self.history = History(recipe.trails)
        self._keys: dict[str, Mapping[str, str]] = {}
        self._labels: dict[str, KnownLabel] = {}
        self._seen: dict[str, int] = {"cases": 0, "past_cases": 0, "labels": 0}
        self._read: dict[str, set[int]] = {name: set() for name in self._seen}

    def catch_up(self, connection: Connection) -> int:
        """Read what the database has and the memory has not; return how many rows that were."""
        read = 0
        # Three maxima first: on the usual call nothing is new and nothing else need be asked. They tell nothing of rows
        # that appear late, which only SQLite, with its one writer at a time, never has.
        newest = connection.execute(_NEWEST, {"domain": self.domain}).one()
        may_be_late = connection.dialect.name != "sqlite"
        for name, latest in zip(("past_cases", "cases", "labels"), newest, strict=True):
            if latest is not None and (may_be_late or latest > self._seen[name]):
                read += self._read_cases(connection, name) if name != "labels" else self._read_labels(connection)
        return read

    def add_case(self, seq: int, exception_id: str, fact: CaseFact) -> None:
        """Remember a case just committed; how far the table was read stays as it is, for another's may lie before it."""
        self._read["cases"].add(seq)
        self._add(exception_id, fact)

    def _read_cases(self, connection: Connection, name: str) -> int:
        table = cases if name == "cases" else past_cases
        fresh = self._unread(connection, name, table.c.seq, table)
        query = select(
            table.c.seq, table.c.exception_id, table.c.known_at, table.c.payload, table.c.attributes, table.c.fx_rate
        )
        for chunk in _chunks(fresh):
            rows = connection.execute(_among(query, table.c.seq, table, self.domain, chunk)).all()
            rows = [row for row in rows if row.seq in fresh]
            for row, fact in zip(rows, self._facts(rows), strict=True):
                self._add(row.exception_id, fact)
        return len(fresh)

    def _payload(self, row: Any) -> Payload:
        """Read a stored payload; one that a newer schema refuses stands as empty, so that the others are still read."""
        payload = self.recipe.payload
        try:
            return payload.model_validate_json(row.payload)
        except ValidationError as error:
            log.warning(
                "stored_payload_not_valid", domain=self.domain, exception_id=row.exception_id, error=str(error)[:300]
            )
            return payload.model_construct(**dict.fromkeys(payload.model_fields))

    def _read_labels(self, connection: Connection) -> int:
        fresh = self._unread(connection, "labels", labels.c.label_id, labels)
        for chunk in _chunks(fresh):
            for row in connection.execute(_among(select(labels), labels.c.label_id, labels, self.domain, chunk)):
                if row.label_id in fresh:
                    self._label(row)
        return len(fresh)

    def _unread(self, connection: Connection, name: str, number: Any, table: Any) -> dict[int, None]:
        """List the numbers not read yet, in order, and note how far the table was looked through.

        Numbers are given out before they are committed, so a lower one may appear after a higher one was read.
        """
        overlap = 0 if connection.dialect.name == "sqlite" else _OVERLAP
        since = self._seen[name] - overlap
        query = select(number).where(table.c.domain == self.domain, number > since).order_by(number)
        found = connection.execute(query).scalars().all()
        read = self._read[name]
        fresh = {at: None for at in found if at not in read}
        if found:
            self._seen[name] = max(self._seen[name], found[-1])
        # Only numbers that will be looked at again need be remembered.
        again = self._seen[name] - overlap
        self._read[name] = {at for at in (*read, *fresh) if at > again}
        return fresh

    def _facts(self, rows: Sequence[Any]) -> list[CaseFact]:
        if not rows:
            return []
        payloads = [self._payload(row) for row in rows]
        known_at: list[datetime] = [row.known_at for row in rows]
        columns = encode(payloads, as_of=known_at, fx_rates=[row.fx_rate for row in rows])
        if self.attributes:
            columns, _ = add_attributes(columns, [orjson.loads(row.attributes) for row in rows], self.attributes)
        return self.recipe.facts(columns, known_at=[seconds(moment) for moment in known_at])

    def _label(self, row: Row[Any]) -> None:
        keys = self._keys.get(row.exception_id)
        if keys is None:
            return
        label, facts = replace_label(self._labels.get(row.exception_id), row, keys)
        for fact in facts:
            self.history.add_label(fact)
        if label is not None:
            self._labels[row.exception_id] = label

    def _add(self, exception_id: str, fact: CaseFact) -> None:
        self.history.add_case(fact)
        self._keys[exception_id] = fact.keys


def replace_label(
    former: KnownLabel | None, row: Row[Any], keys: Mapping[str, str]
) -> tuple[KnownLabel | None, list[LabelFact]]:
    """Return the label that holds after a row of `labels`, and the facts that change: the former taken back, the new one added.

    A label that does not say whether acting was wrong changes nothing.
    """
    at = seconds(row.known_at)
    label = KnownLabel(row.wrong, row.cause, row.source, at)
    if not answers(label, "risk") or not replaces(label, former):
        return former, []
    facts = [LabelFact(known_at=at, keys=keys, wrong=label.wrong, cause=label.cause)]
    if former is not None:
        facts.insert(0, LabelFact(known_at=at, keys=keys, wrong=former.wrong, cause=former.cause, sign=-1))
    return label, facts


def _chunks(numbers: Mapping[int, None]) -> Iterator[list[int]]:
    listed = list(numbers)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def _among(query: Any, number: Any, table: Any, domain: str, chunk: Sequence[int]) -> Any:
    """Select the rows of a chunk: by its ends, which any database does fast, others in between being passed over."""
    return query.where(table.c.domain == domain, number >= chunk[0], number <= chunk[-1]).order_by(number)


def _newest() -> Any:
    def latest(table: Any, column: Any) -> Any:
        return select(func.max(column)).where(table.c.domain == bindparam("domain")).scalar_subquery()

    return select(latest(past_cases, past_cases.c.seq), latest(cases, cases.c.seq), latest(labels, labels.c.label_id))


_NEWEST: Final = _newest()
