"""What is wrong with a table, grouped by kind and counted, so that everything can be mended in one go."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from training.tables.files import MAX_PROBLEMS
from training.tables.slots import Slot
from training.tables.table_error import TableError
from triage.intake.field_quality import shown

_MAX_PLACES: Final = 4
"""So many further rows of one kind are named."""


@dataclass(slots=True)
class _Kind:
    """Problems of one kind: the first in words, and where the others are."""

    first: str
    count: int = 1
    rows: list[int] = field(default_factory=list)

    def sentence(self) -> str:
        more = self.count - 1
        if not more:
            return self.first
        places = ", ".join(map(str, self.rows)) + (", …" if more > len(self.rows) else "")
        return f"{self.first} (and {more:,} more like it{f', in rows {places}' if self.rows else ''})"


class Problems:
    """Problems of one file by kind, in the order found; the twentieth kind ends the reading."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._kinds: dict[Hashable, _Kind] = {}
        self._cells: set[tuple[tuple[str, ...], int]] = set()

    def add(self, message: str, *, kind: Hashable = None, row: int | None = None) -> None:
        """Note a problem; raise TableError when there are enough kinds. kind: what it has in common with others; where
        not given it is one of its own."""
        key = message if kind is None else kind
        known = self._kinds.get(key)
        if known is not None:
            known.count += 1
            if row is not None and len(known.rows) < _MAX_PLACES:
                known.rows.append(row)
            return
        self._kinds[key] = _Kind(message)
        if len(self._kinds) >= MAX_PROBLEMS:
            last = f"… and perhaps more; reading stopped after {MAX_PROBLEMS} kinds of problems"
            self._kinds[object()] = _Kind(last)
            self.raise_if_any()

    def add_cell(self, slot: Slot, row: int, cell: Any, message: str) -> None:
        """Note a problem of one cell, once however many things are read from it."""
        if (slot.columns, row) not in self._cells:
            self._cells.add((slot.columns, row))
            self.add(describe(slot, row, cell, message), kind=(slot.columns, cell is None, message), row=row)

    def raise_if_any(self) -> None:
        """Raise TableError when something was found."""
        if self._kinds:
            raise TableError([f"{self._file}: {kind.sentence()}" for kind in self._kinds.values()])


def describe(slot: Slot, row: int, cell: Any, message: str) -> str:
    """Return where a cell stands, what is in it and what is wrong with it."""
    value = "" if cell is None else f"{shown(cell)} "
    name = "" if slot.columns == (slot.name,) else f" ({slot.name})"
    return f"{slot.origin}{name}, row {row}: {value}{message}"
