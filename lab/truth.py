"""What only a simulation knows of its cases: how they really were, and what the best observer could have known at
`as_of`.

No part of a `Dataset`, so that no feature can ever read it: it is looked up by exception id when a model is judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix
from training.tables.cells import Notation, cell_text, reader
from training.tables.files import read_chunks, read_header, read_origin
from training.tables.mapping_form import CsvForm
from training.tables.names import nearest
from training.tables.problems import Problems
from training.tables.table_error import TableError
from triage.intake.field_quality import shown
from triage.provenance import is_simulated

TRUTH_FILE: Final = "truth.parquet"
_NEEDED: Final = ("exception_id", "cause", "wrong", "loss", "p_wrong", "expected_impact", "expected_loss")
_AMOUNTS: Final = ("loss", "expected_impact", "expected_loss")
_ROUNDING: Final = 1e-9
_SUM_TO_1: Final = 1e-6
_FLAGS: Final = {"true": 1.0, "1": 1.0, "1.0": 1.0, "false": 0.0, "0": 0.0, "0.0": 0.0}
_READ_NUMBER: Final = reader("double", Notation())
_POSTERIOR: Final = "is no probability: p_wrong and p_CAUSE must lie in [0, 1], and the p_CAUSE of a row must sum to 1"
_AMOUNT: Final = "is no amount: it must be a finite number of at least 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The truth of some cases, row for row.

    cause, wrong (0/1) and loss as they were. labels: the causes the posterior tells apart; p_causes: (n, n_labels),
    rows summing to 1; p_wrong: P(wrong); expected_loss: E[loss], each exact at `as_of`. file: where it was read, for
    errors.
    """

    exception_ids: list[str]
    labels: tuple[str, ...]
    cause: list[str]
    wrong: Column
    loss: Column
    p_causes: Matrix
    p_wrong: Column
    expected_loss: Column
    file: str = "the truth"

    def of(self, exception_ids: Sequence[str]) -> "Truth":
        """Return the truth of these cases, in their order; raise TableError where one is missing."""
        position = {name: at for at, name in enumerate(self.exception_ids)}
        missing = [name for name in exception_ids if name not in position]
        if missing:
            count = f"{len(missing):,} of {len(exception_ids):,} cases"
            cure = f"give the {TRUTH_FILE} that was written with these cases, or none"
            raise TableError([f"{self.file}: the truth is missing for {count}, e.g. {missing[0]}; {cure}"])
        at = np.array([position[name] for name in exception_ids], dtype=np.int64)
        return Truth(
            exception_ids=list(exception_ids),
            labels=self.labels,
            cause=[self.cause[row] for row in at.tolist()],
            wrong=self.wrong[at],
            loss=self.loss[at],
            p_causes=self.p_causes[at],
            p_wrong=self.p_wrong[at],
            expected_loss=self.expected_loss[at],
            file=self.file,
        )


def truth_file_of(cases: Path) -> Path | None:
    """Find the truth of a simulated table: `truth.parquet` in its folder, if the table says that it is simulated.

    Whether the file holds a truth, `read_truth` says: one without is refused, or nobody would look for leaks.
    """
    truth_file = cases.with_name(TRUTH_FILE)
    if truth_file == cases or not truth_file.is_file() or not is_simulated(read_origin(cases)):
        return None
    return truth_file


def read_truth(path: Path) -> Truth:
    """Read a truth file; raise TableError naming column and row where it holds no exact posterior, or one that is
    none."""
    header = read_header(path, CsvForm())
    labels = tuple(name.removeprefix("p_") for name in header if name.startswith("p_") and name != "p_wrong")
    missing = [name for name in _NEEDED if name not in header]
    if missing or not labels:
        cure = "write it anew with `triage simulate`, or take it away to train without looking for leaks"
        raise TableError([f"{path.name}: has no {', '.join(missing or ['p_CAUSE'])}; {cure}"])
    probabilities = [*(f"p_{name}" for name in labels), "p_wrong"]
    cells: dict[str, list[Any]] = {name: [] for name in (*_NEEDED, *probabilities)}
    rows: list[int] = []
    for chunk in read_chunks(path, CsvForm(), list(cells)):
        rows += chunk.rows
        for name, column in cells.items():
            column += chunk.columns[name]
    if not rows:
        raise TableError([f"{path.name}: holds no row; write it with `triage simulate`"])
    found = _Cells(rows, cells, Problems(path.name))
    exception_ids, cause = found.ids(), found.causes(labels)
    numbers = {name: found.numbers(name, maximum=1.0, what=_POSTERIOR) for name in probabilities}
    numbers |= {name: found.numbers(name, maximum=np.inf, what=_AMOUNT) for name in _AMOUNTS}
    wrong = found.flags("wrong")
    found.problems.raise_if_any()
    p_causes = np.column_stack([numbers[f"p_{name}"] for name in labels])
    uneven = np.flatnonzero(np.abs(p_causes.sum(axis=1) - 1) > _SUM_TO_1)
    if uneven.size:
        total = p_causes[uneven[0]].sum()
        raise TableError(
            [
                f"{path.name}: row {rows[uneven[0]]}: the p_CAUSE sum to {total:.6g}, but those of every row must sum "
                "to 1"
            ]
        )
    return Truth(
        exception_ids=exception_ids,
        labels=labels,
        cause=cause,
        wrong=wrong,
        loss=numbers["loss"],
        p_causes=np.clip(p_causes, 0.0, 1.0),
        p_wrong=np.clip(numbers["p_wrong"], 0.0, 1.0),
        expected_loss=numbers["expected_loss"],
        file=path.name,
    )


class _Cells:
    """The cells of a truth file; what cannot be used goes to `problems` with its column, row and value."""

    def __init__(self, rows: Sequence[int], cells: Mapping[str, Sequence[Any]], problems: Problems) -> None:
        self._rows, self._cells, self.problems = rows, cells, problems

    def ids(self) -> list[str]:
        """Read the exception ids, each given once."""
        first: dict[str, int] = {}
        ids = [None if cell is None else str(cell) for cell in self._cells["exception_id"]]
        for at, name in enumerate(ids):
            if name is None:
                self._add("exception_id", at, "is empty; every row names its case")
            elif first.setdefault(name, at) != at:
                self._add(
                    "exception_id", at, f"was already given in row {self._rows[first[name]]}; take one of them out"
                )
        return [str(name) for name in ids]

    def causes(self, labels: Sequence[str]) -> list[str]:
        """Read the causes, each one that has a probability."""
        known = set(labels)
        for at, cell in enumerate(self._cells["cause"]):
            if str(cell) not in known:
                self._add("cause", at, f"has no column p_CAUSE{nearest(str(cell), labels, lead='; ')}")
        return [str(cell) for cell in self._cells["cause"]]

    def flags(self, name: str) -> Column:
        """Read 0 and 1; shape (n,)."""
        values = [_FLAGS.get(cell_text(cell).casefold()) for cell in self._cells[name]]
        for at, value in enumerate(values):
            if value is None:
                self._add(name, at, "is neither true nor false; write true or false, or 1 or 0")
        return np.array(values, dtype=np.float64)

    def numbers(self, name: str, *, maximum: float, what: str) -> Column:
        """Read numbers between 0 and `most`, but for rounding; shape (n,)."""
        cells = self._cells[name]
        # Columns of plain numbers, as parquet has them, are taken whole.
        plain = set(map(type, cells)) <= {int, float}
        values = np.array(cells if plain else [_number(cell) for cell in cells], dtype=np.float64)
        for at in np.flatnonzero(
            ~((values >= -_ROUNDING) & (values <= maximum + _ROUNDING) & np.isfinite(values))
        ).tolist():
            self._add(name, at, what)
        return values

    def _add(self, name: str, at: int, message: str) -> None:
        cell = self._cells[name][at]
        value = (
            "is empty and"
            if cell is None and not message.startswith("is empty")
            else ""
            if cell is None
            else shown(cell)
        )
        self.problems.add(
            " ".join(part for part in (f'column "{name}", row {self._rows[at]}:', value, message) if part)
        )


def _number(cell: Any) -> float:
    try:
        return float("nan") if cell is None else float(_READ_NUMBER(cell))
    except ValueError:
        return float("nan")
