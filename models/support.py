"""What a model knows: the values, gaps and codes of the cases it was fitted on, so that a case unlike all of them is
told.

A column is unusual where the case's value lies beyond all but a thousandth of those seen, is a code that was hardly
ever seen, or is missing where it hardly ever was. Which columns are missing together is looked at as well: a case whose
gaps are far from every pattern of gaps seen comes from another export. Counting unusual columns was chosen by
measurement over the sum of surprise and isolation forests: `docs/benchmarks/unlike.md`. The limits are set on cases
that were not fitted on, and look at no label, so that a certificate whose labels are all within them stays valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix

RARE: Final = 0.001
"""Share of the cases seen below which a value, a code or a gap is unusual."""
SHARE_BEYOND: Final = 0.01
"""Share of the cases the limit was set on that may lie beyond it."""
MAX_PATTERNS: Final = 256
SHARE_OF_STRANGE_GAPS: Final = 0.005
"""Share of them whose gaps may be far from every pattern kept."""
_MIN_CASES_FULL: Final = 500
"""So many cases without a gap make a gap probable in at most about one of so many."""
_PATTERNS_TRIED: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """The usual values of some columns of the feature row.

    columns: their positions. low, high: bounds of a number, NaN for a category. missing_is_rare: of shape (n,). codes:
    by position in `columns`, the usual codes of a category. limit: a case with more unusual columns is unlike what was
    seen. gaps: patterns of missing columns that were seen, bools of shape (k, len(columns)); gaps_limit: in how many
    columns a case's gaps may differ from the nearest of them. never_missing: of shape (n,), columns full in every case;
    one that is empty makes a case unlike, whatever else it holds. None in bundles from before that was kept.
    """

    columns: tuple[int, ...]
    low: Column
    high: Column
    missing_is_rare: NDArray[np.bool_]
    codes: Mapping[int, frozenset[float]]
    limit: int
    gaps: NDArray[np.bool_] | None = None
    gaps_limit: int = 0
    never_missing: NDArray[np.bool_] | None = None

    def unusual(self, rows: Matrix) -> NDArray[np.bool_]:
        """Return which columns are unusual, of shape (n, len(columns)). rows: of shape (n, n_features)."""
        values = rows[:, self.columns]
        missing = np.isnan(values)
        # A comparison with NaN is false, so a bound that is not known is never crossed.
        found: NDArray[np.bool_] = (values < self.low) | (values > self.high) | (missing & self.missing_is_rare)
        for at, codes in self.codes.items():
            given = ~missing[:, at]
            strange = [code not in codes for code in values[given, at].tolist()]
            found[given, at] = np.array(strange, dtype=np.bool_)
        return found

    def unlike(self, rows: Matrix) -> list[tuple[int, ...]]:
        """Return for each row the positions of its unusual columns in the feature row where they are too many, else
        nothing."""
        found = self.unusual(rows)
        beyond = found.sum(axis=1) > self.limit
        named = [
            tuple(self.columns[at] for at in np.flatnonzero(row).tolist()) if far else ()
            for row, far in zip(found, beyond.tolist(), strict=True)
        ]
        emptied = self._emptied(rows)
        return [one or empty or gaps for one, empty, gaps in zip(named, emptied, self._strange_gaps(rows), strict=True)]

    def _emptied(self, rows: Matrix) -> list[tuple[int, ...]]:
        """Return for each row the positions of the columns that are empty and never were."""
        if self.never_missing is None or not self.never_missing.any():
            return [()] * len(rows)
        empty = np.isnan(rows[:, self.columns]) & self.never_missing
        return [tuple(self.columns[at] for at in np.flatnonzero(row).tolist()) for row in empty]

    def _strange_gaps(self, rows: Matrix) -> list[tuple[int, ...]]:
        """Return for each row the positions of the columns missing beyond the nearest pattern seen, where its gaps are
        too far from it."""
        if self.gaps is None or not len(self.gaps):
            return [()] * len(rows)
        found: list[tuple[int, ...]] = []
        for gaps in np.isnan(rows[:, self.columns]):
            apart = (self.gaps != gaps).sum(axis=1)
            at = int(apart.argmin())
            more = gaps & ~self.gaps[at] if apart[at] > self.gaps_limit else np.zeros(len(gaps), dtype=np.bool_)
            found.append(tuple(self.columns[column] for column in np.flatnonzero(more).tolist()))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "columns": list(self.columns),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "missing_is_rare": self.missing_is_rare.tolist(),
            "codes": {str(at): sorted(codes) for at, codes in self.codes.items()},
            "limit": self.limit,
            "gaps": None if self.gaps is None else ["".join(map(str, row)) for row in self.gaps.astype(int).tolist()],
            "gaps_limit": self.gaps_limit,
            "never_missing": None if self.never_missing is None else self.never_missing.tolist(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Support":
        """Read what `to_json` wrote; raise KeyError, TypeError or ValueError for anything else."""
        return cls(
            columns=tuple(int(at) for at in values["columns"]),
            low=_numbers(values["low"]),
            high=_numbers(values["high"]),
            missing_is_rare=np.array(values["missing_is_rare"], dtype=np.bool_),
            codes={int(at): frozenset(map(float, codes)) for at, codes in values["codes"].items()},
            limit=int(values["limit"]),
            gaps=_patterns(values["gaps"], len(values["columns"])) if values.get("gaps") is not None else None,
            gaps_limit=int(values.get("gaps_limit", 0)),
            never_missing=(
                np.array(values["never_missing"], dtype=np.bool_) if values.get("never_missing") is not None else None
            ),
        )


def fit_support(seen: Matrix, later: Matrix, *, columns: Sequence[int], categories: Sequence[int]) -> Support:
    """Fit on rows that were learnt from, and set the limit on later ones.

    seen, later: of shape (n, n_features). columns: positions to look at; categories: those of them that hold codes.
    """
    n = max(len(seen), 1)
    low, high = np.full(len(columns), np.nan), np.full(len(columns), np.nan)
    rare = np.zeros(len(columns), dtype=np.bool_)
    codes: dict[int, frozenset[float]] = {}
    for at, column in enumerate(columns):
        values = seen[:, column]
        given = np.sort(values[~np.isnan(values)])
        rare[at] = len(given) > (1.0 - RARE) * n
        if not len(given):
            continue
        if column in categories:
            found, counts = np.unique(given, return_counts=True)
            codes[at] = frozenset(found[counts >= RARE * n].tolist())
        else:
            # So many values may lie beyond on either side; with few cases seen, only what is beyond all of them.
            tail = int(RARE / 2 * n)
            low[at], high[at] = given[min(tail, len(given) - 1)], given[max(len(given) - 1 - tail, 0)]
    support = Support(columns=tuple(columns), low=low, high=high, missing_is_rare=rare, codes=codes, limit=0)
    beyond = support.unusual(later).sum(axis=1) if len(later) else np.zeros(1, dtype=np.int64)
    limit = int(np.quantile(beyond, 1.0 - SHARE_BEYOND, method="higher"))
    gaps, gaps_limit = _fit_gaps(np.isnan(seen[:, columns]), np.isnan(later[:, columns]))
    return Support(
        columns=support.columns,
        low=low,
        high=high,
        missing_is_rare=rare,
        codes=codes,
        limit=limit,
        gaps=gaps,
        gaps_limit=gaps_limit,
        never_missing=_never_missing(np.isnan(seen[:, columns]), np.isnan(later[:, columns])),
    )


def _never_missing(seen: NDArray[np.bool_], later: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the columns that are full in every case: in some thousand cases, so that the next gap says something."""
    together = len(seen) + len(later)
    if together < _MIN_CASES_FULL:
        return np.zeros(seen.shape[1], dtype=np.bool_)
    return np.asarray(~seen.any(axis=0) & ~later.any(axis=0), dtype=np.bool_)


def _fit_gaps(seen: NDArray[np.bool_], later: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], int]:
    """Keep patterns of gaps, each the farthest from all those kept before it, and the distance that few later ones
    exceed."""
    patterns = np.unique(seen, axis=0)
    patterns = patterns[:: max(1, len(patterns) // _PATTERNS_TRIED)]
    if not len(patterns):
        return patterns, seen.shape[1]
    chosen = [int(patterns.sum(axis=1).argmin())]
    apart = (patterns != patterns[chosen[0]]).sum(axis=1)
    while len(chosen) < min(MAX_PATTERNS, len(patterns)):
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, (patterns != patterns[chosen[-1]]).sum(axis=1))
    kept = patterns[chosen]
    nearest = [int((kept != gaps).sum(axis=1).min()) for gaps in (later if len(later) else seen)]
    return kept, int(np.quantile(nearest, 1.0 - SHARE_OF_STRANGE_GAPS, method="higher"))


def _patterns(rows: Sequence[str], width: int) -> NDArray[np.bool_]:
    return np.array([[sign == "1" for sign in row] for row in rows], dtype=np.bool_).reshape(len(rows), width)


def _plain(values: Column) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _numbers(values: Sequence[float | None]) -> Column:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
