"""A table with the columns that are not in its own file: joined ones and computed ones."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.tables.computed import ComputedColumn, computed_columns
from training.tables.files import Chunk, read_chunks, read_header
from training.tables.joined import JoinedFile, join_files
from training.tables.mapping_form import TableMapping
from training.tables.slots import Slot, envelope_slots, read_slot


class DerivedTable:
    """A file and what its mapping adds to it; read like the file itself.

    header: its own columns, then those joined, then those computed.
    """

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        self._path, self._mapping = path, mapping
        self._own = read_header(path, mapping.csv)
        self._joined: list[JoinedFile] = join_files(mapping, path.parent)
        self._computed: list[ComputedColumn] = computed_columns(mapping)
        self._as_of = _as_of(mapping) if any(one.join.known_at for one in self._joined) else None
        self.uncomputed = 0
        self._first_uncomputed = ""

    @property
    def header(self) -> list[str]:
        """Name every column there is."""
        return [*self._own, *(name for one in self._joined for name in one.columns), *self._mapping.computed]

    def read_by(self, columns: Sequence[str]) -> dict[str, str]:
        """Name the columns of the file that the named ones need, each with what it is first needed for."""
        needed: dict[str, str] = {}
        for name, reads, use in self._derivations():
            if name in columns or name in needed:
                for read in reads:
                    needed.setdefault(read, use)
        return needed

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Read the named columns chunk by chunk, as `read_chunks` does."""
        needed = {*columns, *self.read_by(columns)}
        own = [name for name in self._own if name in needed]
        joined = [one for one in self._joined if needed & set(one.columns)]
        computed = [one for one in self._computed if one.name in needed]
        for chunk in read_chunks(self._path, self._mapping.csv, own):
            if joined or computed:
                self._derive(chunk, joined, computed)
            yield chunk

    def notes(self) -> list[str]:
        """Return what a person should know of the joins and computations."""
        found = [note for one in self._joined for note in one.notes()]
        if self.uncomputed:
            found.append(f"{self.uncomputed:,} cells could not be computed; the first: {self._first_uncomputed}")
        return found

    def _derivations(self) -> Iterator[tuple[str, Sequence[str], str]]:
        """Name each derived column with what it reads, such as read others before those they read."""
        for column in reversed(self._computed):
            yield column.name, column.reads, f"computed.{column.name}"
        for one in reversed(self._joined):
            for name in one.columns:
                by = (*one.by, *(self._as_of.columns if self._as_of is not None and one.join.known_at else ()))
                yield name, by, f"join.{one.name}"

    def _derive(self, chunk: Chunk, joined: Sequence[JoinedFile], computed: Sequence[ComputedColumn]) -> None:
        n = len(chunk.rows)
        as_of: list[Any] = [None] * n
        if self._as_of is not None:
            as_of = [_aware(value) for value in read_slot(self._as_of, chunk.columns, n)[0]]
        for one in joined:
            chunk.columns.update(one.cells(chunk.columns, as_of, n))
        for column in computed:
            cells, odd = column.cells(chunk.columns, n)
            chunk.columns[column.name] = cells
            self.uncomputed += len(odd)
            if odd and not self._first_uncomputed:
                self._first_uncomputed = f"row {chunk.rows[odd[0][0]]}: {odd[0][1]}"


def origin_columns(mapping: TableMapping) -> Mapping[str, frozenset[str]]:
    """Return for each computed or joined column the columns it comes from, through others too."""
    reads: dict[str, set[str]] = {
        name: {column for field in one.of.values() for column in field.reads} for name, one in mapping.computed.items()
    }

    def ends(name: str, above: frozenset[str]) -> frozenset[str]:
        if name not in reads or name in above:
            return frozenset({name})
        return frozenset().union(*(ends(read, above | {name}) for read in reads[name]))

    return {name: ends(name, frozenset()) for name in reads}


def _as_of(mapping: TableMapping) -> Slot:
    return next(slot for slot in envelope_slots(mapping) if slot.name == "as_of")


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)
