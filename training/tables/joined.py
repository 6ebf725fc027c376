"""Columns of other files, found by key: an order, its receipts, a list of codes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from training.tables.cells import cell_text
from training.tables.computed import plain
from training.tables.files import read_chunks, read_header
from training.tables.mapping_form import CsvForm, JoinMap, TableMapping
from training.tables.names import nearest
from training.tables.slots import Slot, make_slot, read_slot
from training.tables.table_error import TableError

MAX_JOINED_ROWS: Final = 5_000_000
"""A joined file is kept in memory, so it has a bound."""
_KINDS: Final = {"number": "double", "flag": "flag", "text": "string", "day": "day", "instant": "instant"}
_MAX_NAMED: Final = 3

Key = tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class JoinedFile:
    """A joined file in memory: for each key its rows, in the order of the file.

    columns: what is taken, as `JOIN.COLUMN`. by: the columns of the table its keys equal. looked, found: keys looked
    up, and those that were there.
    """

    name: str
    join: JoinMap
    rows: Mapping[Key, list[tuple[datetime | None, tuple[Any, ...]]]]
    looked: int = 0
    found: int = 0
    ahead: int = 0
    unread: int = 0
    first_unread: str = ""
    _take: Sequence[Callable[[list[Any]], Any]] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        """Name its columns as the table's mapping does."""
        return tuple(f"{self.name}.{name}" for name in self.join.columns)

    @property
    def by(self) -> tuple[str, ...]:
        """Name the columns of the table that hold its key."""
        return tuple(self.join.by.values())

    def cells(
        self, columns: Mapping[str, Sequence[Any]], as_of: Sequence[datetime | None], n: int
    ) -> dict[str, list[Any]]:
        """Look up `n` rows; what was not known by a row's `as_of` does not count, and None stands where nothing is."""
        named = self.columns
        found: dict[str, list[Any]] = {name: [None] * n for name in named}
        keys = zip(*(columns[name] for name in self.by), strict=True)
        counted = [name for name, one in zip(named, self.join.columns.values(), strict=True) if one.take == "count"]
        for at, cells in enumerate(keys):
            key = _key(cells, self.join)
            if key is None:
                continue
            self.looked += 1
            rows = self.rows.get(key, ())
            self.found += bool(rows)
            if self.join.known_at is not None:
                moment = as_of[at]
                known = [row for row in rows if moment is not None and row[0] is not None and row[0] <= moment]
                self.ahead += len(rows) - len(known)
                rows = known
            for name in counted if not rows else ():
                found[name][at] = 0
            for position, (name, take) in enumerate(zip(named, self._take, strict=True)) if rows else ():
                values = [value for _, row in rows if (value := row[position]) is not None]
                found[name][at] = take(values)
        return found

    def notes(self) -> list[str]:
        """Return what a person should know of the join."""
        said = []
        if self.looked:
            said.append(f"join.{self.name}: {self.found:,} of {self.looked:,} keys are in {self.join.file}")
        if self.looked and not self.found and not self.join.ignore_leading_zeros:
            said[-1] += "; if one side writes 0000012345 for 12345, say `ignore_leading_zeros: true`"
        if self.ahead:
            said.append(f"join.{self.name}: {self.ahead:,} rows were not known yet by as_of and did not count")
        if self.unread:
            said.append(f"join.{self.name}: {self.unread:,} cells could not be read; the first: {self.first_unread}")
        return said


def join_files(mapping: TableMapping, folder: Path) -> list[JoinedFile]:
    """Load the joined files of a mapping; raise TableError naming file and column of what is not there."""
    return [_load(name, join, mapping, folder) for name, join in mapping.join.items()]


def _load(name: str, join: JoinMap, mapping: TableMapping, folder: Path) -> JoinedFile:
    path = folder / join.file
    form: CsvForm = join.csv or mapping.csv
    written = mapping.model_copy(update={"csv": form})
    header = read_header(path, form)
    slots = [
        make_slot(("join", name, "columns", column), _KINDS[one.kind], one, written)
        for column, one in join.columns.items()
    ]
    moments = make_slot(("join", name, "known_at"), "instant", join.known_at, written) if join.known_at else None
    every = [*slots, *([moments] if moments else [])]
    needed = list(dict.fromkeys([*join.by, *(column for slot in every for column in slot.columns)]))
    missing = [column for column in needed if column not in header]
    if missing:
        hints = [f'{path.name}: column "{one}" (for join.{name}) is missing' for one in missing]
        raise TableError([hint + nearest(one, header, lead="; ") for hint, one in zip(hints, missing, strict=True)])
    joined = JoinedFile(name=name, join=join, rows={}, _take=[_TAKES[one.take] for one in join.columns.values()])
    rows: dict[Key, list[tuple[datetime | None, tuple[Any, ...]]]] = {}
    several: list[str] = []
    numbers = count(1)
    for chunk in read_chunks(path, form, needed):
        n = len(chunk.rows)
        values = [_values(slot, chunk.columns, chunk.rows, joined) for slot in slots]
        known = _values(moments, chunk.columns, chunk.rows, joined) if moments else [None] * n
        keys = list(zip(*(chunk.columns[column] for column in join.by), strict=True))
        for at, row in enumerate(zip(*values, strict=True)):
            key = _key(keys[at], join)
            if next(numbers) > MAX_JOINED_ROWS:
                cure = "join fewer rows, or add its columns to the table"
                raise TableError([f"{path.name}: has more than {MAX_JOINED_ROWS:,} rows; {cure}"])
            if key is None:
                continue
            rows.setdefault(key, []).append((known[at], row))
            if len(rows[key]) == 2:
                several.append("/".join(key))
    only = [column for column, one in join.columns.items() if one.take == "only"]
    if several and only:
        some = ", ".join(several[:_MAX_NAMED])
        cure = f"say which counts for {', '.join(only)}: `take: first`, `last`, `sum`, …, or add a key column to `by`"
        raise TableError([f"{path.name}: {len(several):,} keys stand in several rows ({some}, …); {cure}"])
    joined.rows = rows
    return joined


def _values(slot: Slot, columns: Mapping[str, list[Any]], numbers: Sequence[int], joined: JoinedFile) -> list[Any]:
    values, odd = read_slot(slot, columns, len(numbers))
    joined.unread += len(odd)
    if odd and not joined.first_unread:
        cell = odd[0]
        joined.first_unread = f"{slot.origin}, row {numbers[cell.position]}: {cell.cell!r} {cell.message}"
    return values


def _key(cells: Sequence[Any], join: JoinMap) -> Key | None:
    """Return a key as it is compared, None where a part of it is missing."""
    if any(cell is None for cell in cells):
        return None
    texts = tuple(cell_text(cell) for cell in cells)
    return tuple(text.lstrip("0") or "0" for text in texts) if join.ignore_leading_zeros else texts


def _sum(values: list[Any]) -> Any:
    return round(sum(map(float, values)), 10) if values else None


def _mean(values: list[Any]) -> Any:
    reckoned = [number for value in values if isinstance(number := plain(value), float)]
    return round(sum(reckoned) / len(reckoned), 10) if reckoned else None


_TAKES: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "only": lambda values: values[0] if values else None,
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "count": len,
    "sum": _sum,
    "mean": _mean,
}
