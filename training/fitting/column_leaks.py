"""Columns that look as if they were filled in once the outcome was known: found before anything is learnt, without a
truth.

Three things give them away. They are filled where the outcome is known and empty where it is open. Values that are
common where the outcome is known never occur among the open cases. Or they alone nearly decide the outcome. A column
that drifts (a week, a running number) is told from one that is filled later by looking at the newest cases with an
outcome: those are as old as the open ones, nearly.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.attributes.attribute import PREFIX
from features.columns import Column, Columns
from features.kinds import field_kinds
from training.fitting.boosting import Positions
from training.fitting.lineage import LeakError
from training.tables.dataset import Dataset

MIN_OPEN: Final = 40
MIN_KNOWN: Final = 100
NEARLY_DECIDES: Final = 0.975
"""AUC of one column alone, on cases it was not looked up from."""
_MAX_FILLED_OPEN: Final = 0.2
"""Among open cases a column that is filled later is filled at most by this share of what is usual."""
_MIN_FILLED: Final = 0.05
_MIN_EXPECTED: Final = 12.0
"""So often at least a value must be expected among the open cases for its absence to say something."""
_MAX_DISTINCT: Final = 60
_MIN_ABSENT_SHARE: Final = 0.5
_MIN_ALIKE: Final = 0.98
_MAX_USUAL: Final = 0.4
_PURE: Final = 0.98
_MIN_COVERED: Final = 0.5
_MAX_VALUES: Final = 2_000
_MAX_BINS: Final = 24
_MIN_OF_CLASS: Final = 20
_NEWEST_SHARE: Final = 0.5
_MAX_SENTENCE_VALUES: Final = 3

_Flags = NDArray[np.bool_]
_Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLeak:
    """A column that looks like a leak. column: a payload field, or `attributes.NAME`; why: what shows it."""

    column: str
    why: str

    def __str__(self) -> str:
        name = self.column.removeprefix(PREFIX)
        return f"{self.column} {self.why}; it is set aside: if it was known at as_of, say `--allow {name}`"


def find_column_leaks(dataset: Dataset, *, allow: Collection[str] = ()) -> list[ColumnLeak]:
    """Find columns that look as if they were filled once the outcome was known. allow: columns not to be looked at."""
    known = ~np.isnan(dataset.wrong)
    order = np.argsort(dataset.columns.as_of, kind="stable")
    labelled, waiting = order[known[order]], order[~known[order]]
    if len(labelled) < MIN_KNOWN:
        return []
    newest = labelled[int(len(labelled) * (1.0 - _NEWEST_SHARE)) :]
    times = {kind.name for kind in field_kinds(dataset.recipe.payload) if kind.kind in ("instant", "day")}
    found = []
    for name, codes, filled in _columns(dataset):
        if {name, name.removeprefix(PREFIX)} & set(allow):
            continue
        why = _filled_later(filled, newest, waiting)
        # Times move on by themselves; what lies after as_of is refused elsewhere.
        named = _names(dataset, name, codes)
        if name not in times and not named:
            why = why or _one_value(dataset, name, codes, newest, waiting)
            why = why or _absent_values(dataset, name, codes, newest, waiting)
        why = why or _decides(codes, dataset.wrong, labelled, named=named)
        if why:
            found.append(ColumnLeak(column=name, why=why))
    return found


def set_aside(dataset: Dataset, leaks: Collection[ColumnLeak]) -> Dataset:
    """Empty the columns of leaks, so that nothing is learnt from them; raise LeakError where one is a field no case can
    be without."""
    names = {leak.column for leak in leaks}
    required = {kind.name for kind in field_kinds(dataset.recipe.payload) if not kind.nullable} & names
    if required:
        said = [str(leak).replace("it is set aside", "no case can be without it") for leak in leaks]
        raise LeakError("; ".join(said))
    columns = dataset.columns
    emptied = replace(
        columns,
        numbers={
            name: np.full(columns.n, np.nan) if name in names or name.partition(".")[0] in names else values
            for name, values in columns.numbers.items()
        },
        strings={name: [None] * columns.n if name in names else values for name, values in columns.strings.items()},
    )
    return replace(dataset, columns=emptied, set_aside=tuple(sorted(names)))


def _columns(dataset: Dataset) -> Iterator[tuple[str, _Codes, _Flags]]:
    """Return each column with a code for each of its values or bins, and where it is filled."""
    columns: Columns = dataset.columns
    free = set(dataset.recipe.text_fields)
    for name, strings in columns.strings.items():
        if name not in free and name not in columns.numbers:
            filled = np.array([value is not None for value in strings], dtype=np.bool_)
            yield name, _coded(strings), filled
    for name, values in columns.numbers.items():
        if "." not in name or name.startswith(PREFIX):
            filled = ~np.isnan(values)
            yield name, _binned(values), filled


def _coded(values: Collection[Any]) -> _Codes:
    """Number the values, the commonest first; what is rare is one value, and what is missing another (-1)."""
    common = {value: at for at, (value, _) in enumerate(Counter(values).most_common(_MAX_VALUES))}
    return np.array([-1 if value is None else common.get(value, len(common)) for value in values], dtype=np.int64)


def _binned(values: Column) -> _Codes:
    """Number the values where they are few, else quantiles; what is missing is -1."""
    given = values[~np.isnan(values)]
    distinct = np.unique(given)
    if len(distinct) > _MAX_DISTINCT:
        edges = np.unique(np.quantile(given, np.linspace(0.0, 1.0, _MAX_BINS + 1)[1:-1]))
    else:
        edges = distinct[1:]
    codes = np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), -1, codes)


def _filled_later(filled: _Flags, newest: Positions, waiting: Positions) -> str:
    if len(waiting) < MIN_OPEN:
        return ""
    usual, now = float(filled[newest].mean()), float(filled[waiting].mean())
    if usual < _MIN_FILLED or now > _MAX_FILLED_OPEN * usual or (usual - now) * len(waiting) < _MIN_EXPECTED:
        return ""
    # Where it was going out of use before, the newest with an outcome have it less than the others.
    half = len(newest) // 2
    if float(filled[newest[half:]].mean()) < 0.5 * float(filled[newest[:half]].mean()):
        return ""
    return f"is filled in {usual:.0%} of the newest cases with an outcome and in {now:.1%} of the open ones"


def _one_value(dataset: Dataset, name: str, codes: _Codes, newest: Positions, waiting: Positions) -> str:
    """Return in words that the open cases all have one value that few others have."""
    if len(waiting) < MIN_OPEN:
        return ""
    code, times = Counter(codes[waiting].tolist()).most_common(1)[0]
    share, last = times / len(waiting), newest[-max(len(newest) // 4, 20) :]
    usual = max(float((codes[newest] == code).mean()), float((codes[last] == code).mean()))
    if code < 0 or share < _MIN_ALIKE or usual > _MAX_USUAL or (share - usual) * len(waiting) < _MIN_EXPECTED:
        return ""
    value = _value(dataset, name, codes, code)
    return f"is {value} in {share:.0%} of the open cases and in {usual:.0%} of the newest ones with an outcome"


def _absent_values(dataset: Dataset, name: str, codes: _Codes, newest: Positions, waiting: Positions) -> str:
    if len(waiting) < MIN_OPEN or len(np.unique(codes[newest])) > _MAX_DISTINCT:
        return ""
    after, before = Counter(codes[waiting].tolist()), Counter(codes[newest].tolist())
    last = set(codes[newest[-max(len(newest) // 4, 20) :]].tolist())
    absent = [
        code
        for code, times in before.items()
        if code >= 0 and code in last and not after[code] and times / len(newest) * len(waiting) >= _MIN_EXPECTED
    ]
    share = sum(before[code] for code in absent) / len(newest)
    wrong = dataset.wrong[newest]
    rates = [float(wrong[codes[newest] == code].mean()) for code in absent]
    base = float(wrong.mean())
    telling = any(min(rate, 1.0 - rate) <= 1.0 - _PURE and abs(rate - base) > 0.3 for rate in rates)
    if not absent or (share < _MIN_ABSENT_SHARE and not telling):
        return ""
    shown = ", ".join(_value(dataset, name, codes, code) for code in absent[:_MAX_SENTENCE_VALUES])
    return f"has values in {share:.0%} of the newest cases with an outcome that no open case has ({shown})"


def _value(dataset: Dataset, name: str, codes: _Codes, code: int) -> str:
    at = int(np.flatnonzero(codes == code)[0])
    strings = dataset.columns.strings.get(name)
    return repr(strings[at]) if strings is not None else f"{dataset.columns.numbers[name][at]:g}"


def _names(dataset: Dataset, name: str, codes: _Codes) -> bool:
    """Return whether a column's values are names of which many come up once: they say nothing that can be looked up."""
    given = codes[codes >= 0]
    return name in dataset.columns.strings and len(np.unique(given)) > min(0.3 * len(given), _MAX_VALUES - 1)


def _decides(codes: _Codes, wrong: Column, labelled: Positions, *, named: bool) -> str:
    from sklearn.metrics import roc_auc_score

    happened = wrong[labelled]
    if named or min(happened.sum(), (1.0 - happened).sum()) < _MIN_OF_CLASS:
        return ""
    mine = codes[labelled] - codes.min()
    rates = _rates_elsewhere(mine, happened)
    auc = float(roc_auc_score(happened, rates))
    if auc >= NEARLY_DECIDES:
        return f"alone nearly decides the outcome (AUC {auc:.3f})"
    counts, hits = np.bincount(mine), np.bincount(mine, weights=happened)
    pure = (counts >= _MIN_OF_CLASS) & (hits >= _PURE * counts)
    covered = float(hits[pure].sum() / happened.sum())
    if covered >= _MIN_COVERED and happened.mean() <= 1.0 - _MIN_COVERED:
        return f"has values that mean wrong almost always, in {covered:.0%} of all wrong cases"
    return ""


def _rates_elsewhere(codes: _Codes, happened: Column) -> Column:
    """Return for each case how often it happened with its value, in the other half of the cases."""
    rates = np.zeros(len(codes))
    half = np.arange(len(codes)) % 2 == 0
    size, base = int(codes.max()) + 1, float(happened.mean())
    for mine in (half, ~half):
        counts = np.bincount(codes[~mine], minlength=size)
        hits = np.bincount(codes[~mine], weights=happened[~mine], minlength=size)
        rates[mine] = ((hits + base) / (counts + 1.0))[codes[mine]]
    return rates
