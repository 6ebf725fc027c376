"""What is wrong with a table, collected until there is enough to mend it in one go."""

from typing import Any

from training.tables.files import MAX_PROBLEMS, TableError
from training.tables.slots import Slot
from triage.intake.field_quality import shown


class Problems:
    """Problems of one file, in the order found; the twentieth ends the reading."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[str] = []
        self._cells: set[tuple[tuple[str, ...], int]] = set()

    def add(self, message: str) -> None:
        """Note a problem; raise TableError when there are enough."""
        self._found.append(f"{self._file}: {message}")
        if len(self._found) >= MAX_PROBLEMS:
            self._found.append(f"{self._file}: … and perhaps more; reading stopped after {MAX_PROBLEMS} problems")
            self.raise_if_any()

    def add_cell(self, slot: Slot, row: int, cell: Any, message: str) -> None:
        """Note a problem of one cell, once however many things are read from it."""
        if (slot.columns, row) not in self._cells:
            self._cells.add((slot.columns, row))
            self.add(describe(slot, row, cell, message))

    def raise_if_any(self) -> None:
        """Raise TableError when something was found."""
        if self._found:
            raise TableError(self._found)


def describe(slot: Slot, row: int, cell: Any, message: str) -> str:
    """Return where a cell stands, what is in it and what is wrong with it."""
    value = "" if cell is None else f"{shown(cell)} "
    name = "" if slot.columns == (slot.name,) else f" ({slot.name})"
    return f"{slot.origin}{name}, row {row}: {value}{message}"
