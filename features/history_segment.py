"""A part of the entity history that no longer changes: sorted arrays, which any number of processes map from one file.

What a segment says of an entity is what `features.history.Log` would say, row by row and to the last digit. Totals are
running sums over all rows of a trail, so a window is one subtraction; they may wrap around 64 bits, and the difference
is exact all the same (two's complement).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.history import CaseFact, LabelFact, Trail, case_row, label_row

Arrays = dict[str, NDArray[Any]]
"""The arrays of one segment by name: `TRAIL.cases.at`, `TRAIL.labels.totals`, …"""
PARTS: Final = ("high", "low", "starts", "at", "totals")
_WRAP: Final = 1 << 64
_HALF: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class SegmentLog:
    """The rows of one entity in a segment, read as a `Log` is: `at` in time order, `between` adds up rows."""

    instants: memoryview
    totals: memoryview
    width: int
    start: int
    end: int

    @property
    def first_at(self) -> float:
        """The instant of the first row."""
        return float(self.instants[self.start])

    def at_of(self, position: int) -> float:
        """Return the instant of a row, counted from the entity's first."""
        return float(self.instants[self.start + position])

    def before(self, at: float) -> int:
        """Count the rows strictly before an instant."""
        return bisect_left(self.instants, at, self.start, self.end) - self.start

    def between(self, first: int, end: int) -> tuple[int, ...]:
        """Add up the rows from position `first` up to but without `end`."""
        low, high = (self.start + first) * self.width, (self.start + end) * self.width
        totals = self.totals
        return tuple(_signed(totals[high + k] - totals[low + k]) for k in range(self.width))


class HistorySegment:
    """An immutable part of a history. arrays: as `segment_arrays` makes them, in memory or mapped from files."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._views: dict[tuple[str, str], tuple[memoryview, ...]] = {}
        for name in arrays:
            trail, kind, _ = name.rsplit(".", 2)
            if (trail, kind) not in self._views:
                self._views[trail, kind] = tuple(_view(arrays[f"{trail}.{kind}.{part}"], part) for part in PARTS)

    def log(self, trail: str, kind: str, key: str) -> SegmentLog | None:
        """Return the rows of an entity, None where it has none. kind: "cases" or "labels"."""
        views = self._views.get((trail, kind))
        if views is None:
            return None
        high, low, starts, instants, totals = views
        wanted, rest = key_numbers(key)
        position = bisect_left(high, wanted)
        while position < len(high) and high[position] == wanted:
            if low[position] == rest:
                width = len(totals) // (len(instants) + 1)
                return SegmentLog(instants, totals, width, starts[position], starts[position + 1])
            position += 1
        return None

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The arrays it was made of."""
        return self._arrays


def key_numbers(key: str) -> tuple[int, int]:
    """Return 128 bits of a key's BLAKE2b hash as two integers: two entities share them once in 10^19 pairs of ten
    billion."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def segment_arrays(trails: Sequence[Trail], cases: Iterable[CaseFact], labels: Iterable[LabelFact]) -> Arrays:
    """Build the arrays of a segment from facts in any order."""
    rows: dict[tuple[str, str], list[tuple[str, float, tuple[int, ...]]]] = {}
    for trail in trails:
        rows[trail.name, "cases"], rows[trail.name, "labels"] = [], []
    for case in cases:
        for trail in trails:
            if (key := case.keys.get(trail.name)) is not None:
                rows[trail.name, "cases"].append((key, case.known_at, case_row(trail, case)))
    for label in labels:
        for trail in trails:
            if (key := label.keys.get(trail.name)) is not None:
                rows[trail.name, "labels"].append((key, label.known_at, label_row(trail, label)))
    arrays: Arrays = {}
    for (name, kind), found in rows.items():
        trail = next(trail for trail in trails if trail.name == name)
        width = trail.width(kind)
        keys = np.array([key_numbers(key) for key, _, _ in found], dtype=np.uint64).reshape(-1, 2)
        at = np.array([at for _, at, _ in found], dtype=np.float64)
        values = np.array([row for _, _, row in found], dtype=np.int64).reshape(-1, width)
        arrays |= _sorted(f"{name}.{kind}", keys, at, values)
    return arrays


def merged(parts: Sequence[Mapping[str, NDArray[Any]]]) -> Arrays:
    """Merge the arrays of segments of the same trails into those of one."""
    arrays: Arrays = {}
    for name in parts[0]:
        if not name.endswith(".at"):
            continue
        prefix = name.removesuffix(".at")
        pieces = [_rows(part, prefix) for part in parts]
        arrays |= _sorted(prefix, *(np.concatenate(column) for column in zip(*pieces, strict=True)))
    return arrays


def _rows(arrays: Mapping[str, NDArray[Any]], prefix: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Take a segment's rows apart again: keys of shape (n, 2), instants, values of shape (n, width)."""
    counts = np.diff(arrays[f"{prefix}.starts"])
    keys = np.column_stack([np.repeat(arrays[f"{prefix}.{half}"], counts) for half in ("high", "low")])
    at = np.asarray(arrays[f"{prefix}.at"])
    totals = np.asarray(arrays[f"{prefix}.totals"]).reshape(len(at) + 1, -1)
    return keys, at, np.diff(totals, axis=0)


def _sorted(prefix: str, keys: NDArray[Any], at: NDArray[Any], values: NDArray[Any]) -> Arrays:
    # Rows of one instant are ordered by value, as `Log.add` orders them, so that the latest one is the same one.
    by_value = tuple(values[:, column] for column in reversed(range(values.shape[1])))
    order = np.lexsort((*by_value, at, keys[:, 1], keys[:, 0]))
    keys, at, values = keys[order], at[order], values[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.append(np.flatnonzero(new), len(keys)).astype(np.int64)
    totals = np.zeros((len(at) + 1, values.shape[1]), dtype=np.int64)
    np.cumsum(values, axis=0, out=totals[1:])
    return {
        f"{prefix}.high": np.ascontiguousarray(keys[new, 0]),
        f"{prefix}.low": np.ascontiguousarray(keys[new, 1]),
        f"{prefix}.starts": starts,
        f"{prefix}.at": at,
        f"{prefix}.totals": totals.ravel(),
    }


def _view(array: NDArray[Any], part: str) -> "memoryview[Any]":
    """See an array as plain numbers, which `bisect` reads without numpy's cost per element."""
    raw = array.data.cast("B")
    return raw.cast("d") if part == "at" else raw.cast("q") if part in ("starts", "totals") else raw.cast("Q")


def _signed(difference: int) -> int:
    """Read a difference of running totals that may have wrapped around 64 bits."""
    return (difference + _HALF) % _WRAP - _HALF
