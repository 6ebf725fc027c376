"""What a public data set brings to the benchmark: its rows, how they are read, what is to be beaten."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from training.tables.mapping import read_mapping_file
from training.tables.mapping_form import TableMapping
from triage.domain import Domain

if TYPE_CHECKING:
    import pandas as pd

Metric = Literal["AUC", "AP", "macro-F1", "accuracy"]
EXAMPLES: Final = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealSet:
    """One question asked of one public data set.

    name: of the question; folder: of the data set, below the data folder. files: what must lie in it.
    title: what is predicted, in words. domain: whose pipeline learns it.
    prepare: reads the folder into one row per case, with nothing but what is known at the case's time, and its label.
    mapping: how those rows become cases.
    raw: the columns a plain learner is given, as they came with the rows.
    bars: what is to be beaten, by metric; only these are reported.
    cluster: column whose rows belong together when the interval is drawn.
    folds: 0 splits by time; else cross-validation, for a snapshot without time.
    hindsight: whether to measure also with labels learnt from that became known only after the test part began.
    note: what a reader must know to read the numbers.
    """

    name: str
    folder: str
    files: tuple[str, ...]
    title: str
    domain: str
    prepare: Callable[[Path], "pd.DataFrame"]
    mapping: Callable[[Domain], TableMapping]
    raw: tuple[str, ...]
    bars: dict[Metric, float]
    cluster: str | None = None
    folds: int = 0
    hindsight: bool = False
    note: str = ""

    def missing(self, data: Path) -> list[str]:
        """Name the files that are not there."""
        return [f"{self.folder}/{name}" for name in self.files if not (data / self.folder / name).exists()]


def example(name: str) -> Callable[[Domain], TableMapping]:
    """Return the reader of a mapping among the examples, which also serve as documentation."""
    return lambda domain: read_mapping_file(EXAMPLES / f"{name}.yaml", domain=domain)
