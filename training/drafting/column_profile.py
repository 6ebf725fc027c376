"""What a file's columns hold: how full they are, what they are written like, how many values there are."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from training.drafting.written_forms import NumberForm, TimeForm, flag_words, number_form, time_form
from training.tables.cells import cell_text
from training.tables.files import read_chunks, read_header
from training.tables.mapping_form import CsvForm

MAX_ROWS: Final = 20_000
"""So many rows are kept of a file, spread evenly over it."""
NOTHING: Final = frozenset(
    {
        "n/a",
        "na",
        "null",
        "none",
        "nan",
        "-",
        "--",
        "?",
        "#n/a",
        "#nv",
        "unbekannt",
        "unknown",
        "k.a.",
        "nc",
        "n.v.t.",
        "brak",
    }
)
"""Cells that mean nothing wherever they stand alone."""
_MAX_EXAMPLES: Final = 3
_LONG_TEXT: Final = 18


@dataclass(slots=True, kw_only=True)
class ColumnProfile:
    """One column. cells: of the rows kept, None where there is nothing. filled: its share over the whole file.

    counts: how often each of its values occurs among the rows kept. number, time, flag: how it is written, if so.
    nothing: words in it that mean nothing.
    """

    name: str
    cells: list[Any]
    filled: float
    counts: Counter[str] = field(default_factory=Counter)
    number: NumberForm | None = None
    time: TimeForm | None = None
    flag: dict[str, bool] | None = None
    nothing: tuple[str, ...] = ()

    @property
    def present(self) -> list[Any]:
        """Return the cells that hold something."""
        return [cell for cell in self.cells if cell is not None and cell_text(cell) not in self.nothing]

    @property
    def distinct(self) -> int:
        """Return how many values it has."""
        return len(self.counts)

    @property
    def is_unique(self) -> bool:
        """Return whether no value comes twice and no cell is empty."""
        return len(self.cells) > 1 and self.distinct == len(self.cells)

    @property
    def mean_length(self) -> float:
        """Return the mean number of letters of a cell."""
        total = sum(self.counts.values())
        return sum(len(value) * times for value, times in self.counts.items()) / total if total else 0.0

    @property
    def is_prose(self) -> bool:
        """Return whether people wrote it: several words, and mostly different ones."""
        spaced = sum(times for value, times in self.counts.items() if " " in value)
        total = sum(self.counts.values())
        return total > 0 and self.mean_length >= _LONG_TEXT and spaced > 0.5 * total and self.distinct > 0.1 * total

    def examples(self) -> list[str]:
        """Return some of its values, the most common first."""
        return [value for value, _ in self.counts.most_common(_MAX_EXAMPLES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """A file's columns and how many rows it has."""

    columns: list[ColumnProfile]
    rows: int

    def named(self, name: str) -> ColumnProfile:
        """Return the column of a name."""
        return next(column for column in self.columns if column.name == name)


def profile_table(path: Path, form: CsvForm, *, progress: Callable[[float], None] = lambda share: None) -> TableProfile:
    """Profile a file in one pass; memory does not grow with it. Raises TableError where it cannot be read."""
    header = [name for name in read_header(path, form) if name]
    kept: dict[str, list[Any]] = {name: [] for name in header}
    filled: Counter[str] = Counter()
    rows, step, at = 0, 1, 0
    for chunk in read_chunks(path, form, header):
        n = len(chunk.rows)
        chosen = [position for position in range(n) if (at + position) % step == 0]
        for name in header:
            cells = chunk.columns[name]
            filled[name] += n - cells.count(None)
            kept[name] += [cells[position] for position in chosen]
        at += n
        rows += n
        while len(kept[header[0]]) > 2 * MAX_ROWS:
            step *= 2
            kept = {name: cells[::2] for name, cells in kept.items()}
        progress(chunk.done)
    columns = [_profile(name, kept[name], filled[name] / max(1, rows)) for name in header]
    return TableProfile(columns=columns, rows=rows)


def _profile(name: str, cells: list[Any], filled: float) -> ColumnProfile:
    column = ColumnProfile(name=name, cells=cells, filled=filled)
    texts = [cell_text(cell) for cell in cells if cell is not None]
    column.nothing = tuple(sorted({text for text in texts if text.casefold() in NOTHING}))
    present: Sequence[Any] = column.present
    column.counts = Counter(cell_text(cell) for cell in present)
    if not present:
        return column
    column.flag = flag_words(present)
    column.time = time_form(present)
    if column.time is None or isinstance(present[0], int | float):
        column.number = number_form(present)
    return column
