"""Entity history online: the same `History` as offline, kept in memory and fed from the database.

Everything in it can be rebuilt from the stored cases and labels; another replica's rows are picked up before each
scoring. What has settled is frozen into files (`triage.intake.history_files`), so that a start reads only what came
after.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from math import inf
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, union_all

from features.attributes.attribute import Attribute
from features.history import CaseFact, History
from features.recipe import Recipe
from triage.db.schema import cases, labels, past_cases
from triage.intake.case import Case
from triage.intake.history_facts import FactsOfRows, case_columns
from triage.intake.history_files import NOTHING, Frozen

# A replica's row may become visible after one with a higher number: look this far back for such.
OVERLAP: Final = 1_000
_CHUNK: Final = 5_000


class EntityHistory:
    """One domain's history. Used by one thread at a time. frozen: what need not be read from the database."""

    def __init__(
        self,
        domain: str,
        recipe: Recipe,
        attributes: Sequence[Attribute],
        *,
        frozen: Frozen = NOTHING,
        horizon_days: float = inf,
    ) -> None:
        self.domain = domain
        self.recipe = recipe
        self.attributes = tuple(attributes)
        self.frozen = frozen
        self.history = History(recipe.trails, frozen.segments, horizon_days=horizon_days)
        self.rows_in_memory = 0
        self._keys: dict[str, Mapping[str, str]] = {}
        self._seen: dict[str, int] = {name: reach.number for name, reach in frozen.reach.items()}
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
        """Remember a case just committed; how far the table was read stays as it is, for another's may lie before
        it."""
        self._read["cases"].add(seq)
        self._add(exception_id, fact)

    def own_facts(self, connection: Connection, group: Sequence[Case]) -> Callable[[Case], Sequence[CaseFact]]:
        """Return a look-up of what cases of a group have left here, where they are judged again or were backfilled.

        The first question reads it for all of them.
        """

        @cache
        def left() -> dict[str, list[CaseFact]]:
            values = {"domain": self.domain, "exception_ids": [case.exception_id for case in group]}
            rows = connection.execute(_OWN, values).all()
            found: dict[str, list[CaseFact]] = {}
            facts = FactsOfRows(self.domain, self.recipe, self.attributes).of_cases(rows)
            for row, fact in zip(rows, facts, strict=True):
                found.setdefault(row.exception_id, []).append(fact)
            return found

        return lambda case: left().get(case.exception_id, ())

    def _read_cases(self, connection: Connection, name: str) -> int:
        table = cases if name == "cases" else past_cases
        fresh = self._unread(connection, name, table.c.seq, table)
        known = FactsOfRows(self.domain, self.recipe, self.attributes)
        for chunk in _chunks(fresh):
            rows = connection.execute(_among(case_columns(table), table.c.seq, table, self.domain, chunk)).all()
            rows = [row for row in rows if row.seq in fresh]
            for row, fact in zip(rows, known.of_cases(rows), strict=True):
                self._add(row.exception_id, fact)
        return len(fresh)

    def _read_labels(self, connection: Connection) -> int:
        fresh = self._unread(connection, "labels", labels.c.label_id, labels)
        known = FactsOfRows(self.domain, self.recipe, self.attributes)
        for chunk in _chunks(fresh):
            rows = connection.execute(_among(select(labels), labels.c.label_id, labels, self.domain, chunk)).all()
            rows = [row for row in rows if row.label_id in fresh]
            for fact in known.of_labels(connection, rows, keys=self._keys):
                self.history.add_label(fact)
        return len(fresh)

    def _unread(self, connection: Connection, name: str, number: Any, table: Any) -> dict[int, None]:
        """List the numbers not read yet, in order, and note how far the table was looked through.

        Numbers are given out before they are committed, so a lower one may appear after a higher one was read.
        """
        overlap = 0 if connection.dialect.name == "sqlite" else OVERLAP
        since = max(self._seen[name] - overlap, self.frozen.reach[name].number)
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

    def _add(self, exception_id: str, fact: CaseFact) -> None:
        self.history.add_case(fact)
        self.rows_in_memory += 1
        self._keys[exception_id] = fact.keys


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


def _own(table: Any) -> Any:
    own = table.c.exception_id.in_(bindparam("exception_ids", expanding=True))
    return case_columns(table).where(table.c.domain == bindparam("domain"), own)


_NEWEST: Final = _newest()
_OWN: Final = union_all(_own(past_cases), _own(cases))
