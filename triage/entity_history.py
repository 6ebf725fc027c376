"""Entity history online: the same `History` as offline, kept in memory and fed from the database.

Everything in it can be rebuilt from the stored cases and labels; another replica's rows are picked up before each scoring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, bindparam, func, select

from features.attributes import Attribute, add_attributes
from features.columns import encode, seconds
from features.history import CaseFact, History, LabelFact
from features.recipe import Recipe
from triage.tables import cases, labels, past_cases

LABEL_RANK: Final = {"audit": 0, "backfill": 1, "resolution": 1, "outcome": 2}
# A replica's row may become visible after one with a higher number: look this far back for such.
_OVERLAP: Final = 1_000
_CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True)
class _Label:
    wrong: bool
    cause: str | None
    rank: int


class EntityHistory:
    """One domain's history. Used by one thread at a time."""

    def __init__(self, domain: str, recipe: Recipe, attributes: Sequence[Attribute]) -> None:
        self.domain = domain
        self.recipe = recipe
        self.attributes = tuple(attributes)
        self.history = History(recipe.trails)
        self._keys: dict[str, Mapping[str, str]] = {}
        self._labels: dict[str, _Label] = {}
        self._seen: dict[str, int] = {"cases": 0, "past_cases": 0, "labels": 0}
        self._recent: set[tuple[str, int]] = set()

    def catch_up(self, connection: Connection) -> int:
        """Read what the database has and the memory has not; return how many rows that were."""
        read = 0
        # Three maxima first: on the usual call nothing is new and nothing else need be asked.
        newest = connection.execute(_NEWEST, {"domain": self.domain}).one()
        for name, latest in zip(("past_cases", "cases", "labels"), newest, strict=True):
            if latest is not None and latest > self._seen[name]:
                read += self._read_cases(connection, name) if name != "labels" else self._read_labels(connection)
        return read

    def add_case(self, seq: int, exception_id: str, fact: CaseFact) -> None:
        """Remember a case just committed."""
        self._note("cases", seq)
        self._add(exception_id, fact)

    def _read_cases(self, connection: Connection, name: str) -> int:
        table = cases if name == "cases" else past_cases
        query = (
            select(
                table.c.seq,
                table.c.exception_id,
                table.c.known_at,
                table.c.payload,
                table.c.attributes,
                table.c.fx_rate,
            )
            .where(table.c.domain == self.domain, table.c.seq > self._seen[name] - _OVERLAP)
            .order_by(table.c.seq)
        )
        read = 0
        for chunk in connection.execute(query).partitions(_CHUNK):
            fresh = [row for row in chunk if (name, row.seq) not in self._recent and self._is_new(name, row.seq)]
            for row, fact in zip(fresh, self._facts(fresh), strict=True):
                self._note(name, row.seq)
                self._add(row.exception_id, fact)
            read += len(fresh)
        return read

    def _facts(self, rows: Sequence[Any]) -> list[CaseFact]:
        if not rows:
            return []
        payloads = [self.recipe.payload.model_validate_json(row.payload) for row in rows]
        known_at: list[datetime] = [row.known_at for row in rows]
        columns = encode(payloads, as_of=known_at, fx_rates=[row.fx_rate for row in rows])
        if self.attributes:
            columns, _ = add_attributes(columns, [orjson.loads(row.attributes) for row in rows], self.attributes)
        return self.recipe.facts(columns, known_at=[seconds(moment) for moment in known_at])

    def _read_labels(self, connection: Connection) -> int:
        query = (
            select(labels)
            .where(labels.c.domain == self.domain, labels.c.label_id > self._seen["labels"] - _OVERLAP)
            .order_by(labels.c.label_id)
        )
        read = 0
        for row in connection.execute(query):
            if ("labels", row.label_id) in self._recent or not self._is_new("labels", row.label_id):
                continue
            self._note("labels", row.label_id)
            read += 1
            if row.wrong is not None:
                self._label(row)
        return read

    def _label(self, row: Row[Any]) -> None:
        """Add a label, taking back the one it replaces; a weaker source never replaces a stronger one."""
        keys = self._keys.get(row.exception_id)
        label = _Label(bool(row.wrong), row.cause, LABEL_RANK[row.source])
        former = self._labels.get(row.exception_id)
        if keys is None or (former is not None and label.rank < former.rank):
            return
        at = seconds(row.known_at)
        if former is not None:
            self.history.add_label(LabelFact(known_at=at, keys=keys, wrong=former.wrong, cause=former.cause, sign=-1))
        self.history.add_label(LabelFact(known_at=at, keys=keys, wrong=label.wrong, cause=label.cause))
        self._labels[row.exception_id] = label

    def _add(self, exception_id: str, fact: CaseFact) -> None:
        self.history.add_case(fact)
        self._keys[exception_id] = fact.keys

    def _is_new(self, name: str, number: int) -> bool:
        # Below the overlap everything was read; inside it, only what was noted.
        return number > self._seen[name] - _OVERLAP

    def _note(self, name: str, number: int) -> None:
        self._recent.add((name, number))
        self._seen[name] = max(self._seen[name], number)
        if len(self._recent) > 8 * _OVERLAP:
            self._recent = {(kind, at) for kind, at in self._recent if at > self._seen[kind] - _OVERLAP}


def _newest() -> Any:
    def latest(table: Any, column: Any) -> Any:
        return select(func.max(column)).where(table.c.domain == bindparam("domain")).scalar_subquery()

    return select(latest(past_cases, past_cases.c.seq), latest(cases, cases.c.seq), latest(labels, labels.c.label_id))


_NEWEST: Final = _newest()
