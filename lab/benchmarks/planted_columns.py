"""Columns filled in after the outcome, planted into tables of which a part is still open, and the same tables without
one: what `find_column_leaks` says of each, without a truth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from features.attributes.attribute import PREFIX
from lab.benchmarks.sets import REAL_SETS
from lab.simulated import draw, write
from lab.simulators.retailer import Knobs
from training.fitting.column_leaks import find_column_leaks
from training.tables.dataset import Dataset
from training.tables.reader import read_table
from triage.domain import Domain

if TYPE_CHECKING:
    from lab.benchmarks.real_set import RealSet

OPEN_SHARE: Final = 0.15
"""The newest cases, whose outcome nobody knows yet."""
MIN_WRONG: Final = 20
Values = NDArray[Any] | list[str | None]
Plant = Callable[[NDArray[np.float64], NDArray[np.bool_], np.random.Generator], Values]
"""Draws a column from what is wrong, what is known, and randomness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedResult:
    """A table and what was found in it. planted: the leak, "" for none; found: the columns named, with the reason."""

    table: str
    planted: str
    found: tuple[str, ...]

    @property
    def is_as_it_should_be(self) -> bool:
        """Return whether the planted column was found and no other."""
        return len(self.found) == bool(self.planted) and all(PREFIX + _NAME in one for one in self.found)


_NAME: Final = "planted"


def _numbers(values: Any, there: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(there, np.asarray(values, dtype=np.float64), np.nan)


def _codes(values: Sequence[str], there: NDArray[np.bool_]) -> list[str | None]:
    return [value if filled else None for value, filled in zip(values, there.tolist(), strict=True)]


PLANTS: Final[dict[str, Plant]] = {
    "number filled only with the outcome": lambda wrong, known, draw: _numbers(draw.normal(size=len(wrong)), known),
    "code filled only with the outcome": lambda wrong, known, draw: _codes(
        draw.choice(["A", "B", "C"], len(wrong)).tolist(), known
    ),
    "name of who decided": lambda wrong, known, draw: _codes(
        [f"R{at}" for at in draw.integers(0, 400, len(wrong))], known
    ),
    "filled with the outcome in two of three cases": lambda wrong, known, draw: _numbers(
        draw.integers(1, 9, len(wrong)), known & (draw.random(len(wrong)) < 0.66)
    ),
    "money taken back, where it was wrong": lambda wrong, known, draw: _numbers(
        np.where(wrong == 1, draw.gamma(2, 50, len(wrong)), 0.0), known
    ),
    "status": lambda wrong, known, draw: _codes(
        np.where(known, np.where(draw.random(len(wrong)) < 0.8, "closed", "archived"), "open").tolist(), known | True
    ),
    "status that says the outcome": lambda wrong, known, draw: _codes(
        np.where(known, np.where(wrong == 1, "rejected", "settled"), "new").tolist(), known | True
    ),
    "block set where it was wrong": lambda wrong, known, draw: _numbers(known & (wrong == 1), known | True),
    "block set in most of what was wrong": lambda wrong, known, draw: _numbers(
        known & (wrong == 1) & (draw.random(len(wrong)) < 0.7), known | True
    ),
    "confirmed, yes once it is known": lambda wrong, known, draw: _numbers(known, known | True),
    "days it took, -1 while open": lambda wrong, known, draw: _numbers(
        np.where(known, draw.integers(1, 40, len(wrong)), -1), known | True
    ),
    "copy of the outcome, one in a hundred miscopied": lambda wrong, known, draw: _numbers(
        np.where(draw.random(len(wrong)) < 0.01, 1 - (wrong == 1), wrong == 1), known | True
    ),
    "score of a later check": lambda wrong, known, draw: _numbers(
        (wrong == 1) * 4.5 + draw.normal(size=len(wrong)), known | True
    ),
    "reviews, none while open": lambda wrong, known, draw: _numbers(
        np.where(known, draw.poisson(1.5, len(wrong)) + 1, 0), known | True
    ),
}  # fmt: skip
"""What is planted. Open cases have their outcome too, which nobody has written down: a column that copies it is drawn
for all."""


def simulated_table(domain: Domain, *, seed: int, rows: int) -> Dataset:
    """Draw a clean table of a simulated retailer."""
    with TemporaryDirectory(prefix="triage-planted-") as folder:
        knobs = Knobs(rows=rows, seed=seed)
        write(draw(domain, knobs), Path(folder), knobs=knobs)
        return read_table(Path(folder) / "cases.parquet", domain=domain).dataset


def real_tables(data: Path, domains: dict[str, Domain]) -> Iterator[tuple[str, Dataset]]:
    """Read the public tables there are, by name."""
    for real in REAL_SETS:
        if not real.missing(data):
            table = _real_table(real, data, domains[real.domain])
            # What asks for causes alone says nothing of right and wrong.
            if np.nansum(table.wrong) >= MIN_WRONG:
                yield real.name, table


def _real_table(real: "RealSet", data: Path, domain: Domain) -> Dataset:
    with TemporaryDirectory(prefix="triage-planted-") as folder:
        path = Path(folder) / "rows.parquet"
        real.prepare(data / real.folder).to_parquet(path)
        return read_table(path, domain=domain, mapping=real.mapping(domain)).dataset


def partly_open(dataset: Dataset) -> Dataset:
    """Forget the outcomes of the newest cases."""
    order = np.argsort(dataset.columns.as_of, kind="stable")
    newest = order[int(len(order) * (1 - OPEN_SHARE)) :]
    wrong, known_at = dataset.wrong.copy(), dataset.known_at.copy()
    wrong[newest], known_at[newest] = np.nan, np.nan
    return replace(dataset, wrong=wrong, known_at=known_at)


def planted(dataset: Dataset, name: str, *, seed: int) -> Dataset:
    """Plant one leak into a table whose newest cases are then open."""
    clean = partly_open(dataset)
    drawn = np.random.default_rng(seed)
    values = PLANTS[name](np.nan_to_num(dataset.wrong), ~np.isnan(clean.wrong), drawn)
    numbers, strings = dict(clean.columns.numbers), dict(clean.columns.strings)
    if isinstance(values, list):
        strings[PREFIX + _NAME] = values
    else:
        numbers[PREFIX + _NAME] = values
    return replace(clean, columns=replace(clean.columns, numbers=numbers, strings=strings))


def measure(table: str, dataset: Dataset, *, seed: int) -> list[PlantedResult]:
    """Look at a table clean, then with each planted leak."""
    results = [_result(table, "", partly_open(dataset))]
    return results + [_result(table, name, planted(dataset, name, seed=seed)) for name in PLANTS]


def _result(table: str, name: str, dataset: Dataset) -> PlantedResult:
    found = tuple(f"{leak.column} {leak.why}" for leak in find_column_leaks(dataset))
    return PlantedResult(table=table, planted=name, found=found)
