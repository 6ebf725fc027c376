"""What only a simulation knows of its cases: how they really were, and what the best observer could have known at `as_of`.

No part of a `Dataset`, so that no feature can ever read it: it is looked up by exception id when a model is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix
from training.files import TableError, read_chunks, read_header, read_origin
from training.mapping_form import CsvForm

TRUTH_FILE: Final = "truth.parquet"
_NEEDED: Final = ("exception_id", "cause", "wrong", "loss", "p_wrong", "expected_impact", "expected_loss")
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The truth of some cases, row for row.

    cause, wrong (0/1) and loss as they were. labels: the causes the posterior tells apart; p_causes: (n, n_labels), rows
    summing to 1; p_wrong: P(wrong); expected_loss: E[loss], each exact at `as_of`.
    """

    exception_ids: list[str]
    labels: tuple[str, ...]
    cause: list[str]
    wrong: Column
    loss: Column
    p_causes: Matrix
    p_wrong: Column
    expected_loss: Column

    def of(self, exception_ids: Sequence[str]) -> "Truth":
        """Give the truth of these cases, in their order; raise ValueError where one is missing."""
        position = {name: at for at, name in enumerate(self.exception_ids)}
        missing = [name for name in exception_ids if name not in position]
        if missing:
            raise ValueError(
                f"the truth is missing for {len(missing)} of {len(exception_ids)} cases, e.g. {missing[0]}"
            )
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
        )


def truth_beside(cases: Path) -> Path | None:
    """Find the truth of a simulated table: `truth.parquet` in its folder, if the table says that it is simulated."""
    beside = cases.with_name(TRUTH_FILE)
    if beside == cases or not beside.is_file() or not read_origin(cases).startswith("simulated"):
        return None
    return beside if "p_wrong" in read_header(beside, CsvForm()) else None


def read_truth(path: Path) -> Truth:
    """Read a truth file; raise TableError where it holds no exact posterior, or one that is none."""
    header = read_header(path, CsvForm())
    labels = tuple(name.removeprefix("p_") for name in header if name.startswith("p_") and name != "p_wrong")
    missing = [name for name in _NEEDED if name not in header]
    if missing or not labels:
        raise TableError([f"{path.name}: has no {', '.join(missing or ['p_CAUSE'])}; see `triage simulate`"])
    wanted = [*_NEEDED, *(f"p_{name}" for name in labels)]
    cells: dict[str, list[Any]] = {name: [] for name in wanted}
    for chunk in read_chunks(path, CsvForm(), wanted):
        for name in wanted:
            cells[name] += chunk.columns[name]
    p_causes = np.column_stack([_floats(cells[f"p_{name}"]) for name in labels])
    p_wrong = _floats(cells["p_wrong"])
    probabilities = np.column_stack([p_causes, p_wrong])
    inside = (probabilities >= -_ROUNDING) & (probabilities <= 1 + _ROUNDING)
    if not inside.all() or not np.allclose(p_causes.sum(axis=1), 1, rtol=0, atol=1e-6):
        raise TableError([f"{path.name}: p_wrong must lie in [0, 1], and the p_CAUSE of every row must sum to 1"])
    return Truth(
        exception_ids=[str(name) for name in cells["exception_id"]],
        labels=labels,
        cause=[str(name) for name in cells["cause"]],
        wrong=_floats(cells["wrong"]),
        loss=_floats(cells["loss"]),
        p_causes=np.clip(p_causes, 0.0, 1.0),
        p_wrong=np.clip(p_wrong, 0.0, 1.0),
        expected_loss=_floats(cells["expected_loss"]),
    )


def _floats(values: Sequence[Any]) -> Column:
    return np.array(values, dtype=np.float64)
