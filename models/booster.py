"""A trained LightGBM model behind its C interface: the cheapest exact way to score one row or many.

Only the shared library of the lightgbm package is loaded, never the package: importing it would pull in pandas and
scikit-learn where they are installed, and cost the service seconds at start.
"""

import ctypes
import re
import threading
import weakref
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.recipe import Matrix
from models.errors import BundleError

_FLOAT64: Final = 1
_RAW: Final = 1
_CONTRIBUTIONS: Final = 3
_ROW_MAJOR: Final = 1
_ALL_TREES: Final = -1
_WEIGHTED: Final = frozenset({"leaf_value", "internal_value", "split_gain"})
"""What of a tree's text grows with its weight in a sum of trees."""


class Booster:
    """A LightGBM model. Thread-safe: each thread has its own prediction handle and buffers."""

    def __init__(self, text: str, *, num_threads: int = 1) -> None:
        """Load a model from its native text; `num_threads` applies to batches only.

        Raises BundleError when the text is not a LightGBM model.
        """
        # LightGBM aborts the process on some texts that are no model at all, so they never reach it.
        if not text.startswith("tree\n") or "end of trees" not in text:
            raise BundleError("not a complete LightGBM model text")
        self.text = text
        self.num_threads = num_threads
        self._handle = _load(text)
        self.n_features = _number(self._handle, "LGBM_BoosterGetNumFeature")
        self.n_outputs = _number(self._handle, "LGBM_BoosterGetNumClasses")
        self._threads = threading.local()

    def raw_scores(self, rows: Matrix) -> Matrix:
        """Return the raw scores of rows of shape (n, n_features): shape (n, n_outputs), log-odds for a classifier."""
        return self._predict(rows, _RAW, self.n_outputs)

    def contributions(self, rows: Matrix) -> Matrix:
        """Return each feature's exact share of the raw score (TreeSHAP): shape (n, n_features + 1), the last the
        average.

        A model of several outputs gives those of each, side by side.
        """
        return self._predict(rows, _CONTRIBUTIONS, self.n_outputs * (self.n_features + 1))

    def one_per_output(self) -> "tuple[Booster, ...]":
        """Take the model apart into one per output, with the same raw scores to the last bit.

        LightGBM explains all outputs or none; apart, those are paid for that are asked about.
        """
        head, trees = _taken_apart(self.text)
        return tuple(
            Booster(_put_together(head, trees[output :: self.n_outputs]), num_threads=self.num_threads)
            for output in range(self.n_outputs)
        )

    def _predict(self, rows: Matrix, kind: int, width: int) -> Matrix:
        # LightGBM reads past the end of a row that is too short.
        if rows.ndim != 2 or rows.shape[1] != self.n_features:
            raise ValueError(f"rows of shape {rows.shape} where {self.n_features} features are expected")
        if len(rows) == 1:
            return self._single(kind, width)(rows[0])
        return self._batch(rows, kind, width)

    def _single(self, kind: int, width: int) -> "_SingleRow":
        ready: dict[int, _SingleRow] | None = getattr(self._threads, "ready", None)
        if ready is None:
            ready = self._threads.ready = {}
        if kind not in ready:
            ready[kind] = _SingleRow(self._handle, kind, self.n_features, width)
        return ready[kind]

    def _batch(self, rows: Matrix, kind: int, width: int) -> Matrix:
        data = np.ascontiguousarray(rows, dtype=np.float64)
        out = np.empty((len(data), width), dtype=np.float64)
        if not len(data):
            return out
        parameters = f"num_threads={self.num_threads} verbosity=-1".encode()
        written = ctypes.c_int64()
        library = _library()
        _check(
            library.LGBM_BoosterPredictForMat(
                self._handle.pointer, ctypes.c_void_p(data.ctypes.data), _FLOAT64,
                ctypes.c_int32(data.shape[0]), ctypes.c_int32(data.shape[1]), _ROW_MAJOR, kind, 0, _ALL_TREES,
                parameters, ctypes.byref(written), ctypes.c_void_p(out.ctypes.data),
            )
        )  # fmt: skip
        return out


class _Handle:
    """Own a handle of the library and free it when nobody needs it any more."""

    def __init__(self, pointer: ctypes.c_void_p, free: str) -> None:
        self.pointer = pointer
        weakref.finalize(self, getattr(_library(), free), pointer)


class _SingleRow:
    """One thread's prepared prediction of one row: no allocation in the library, one copy in."""

    def __init__(self, model: _Handle, kind: int, n_features: int, width: int) -> None:
        self._model = model  # must outlive the configuration made from it
        self._row = np.empty(n_features, dtype=np.float64)
        self._out: NDArray[np.float64] = np.empty((1, width), dtype=np.float64)
        self._written = ctypes.c_int64()
        pointer = ctypes.c_void_p()
        library = _library()
        _check(
            library.LGBM_BoosterPredictForMatSingleRowFastInit(
                model.pointer, kind, 0, _ALL_TREES, _FLOAT64, ctypes.c_int32(n_features),
                b"num_threads=1 verbosity=-1", ctypes.byref(pointer),
            )
        )  # fmt: skip
        self._fast = _Handle(pointer, "LGBM_FastConfigFree")
        self._call = library.LGBM_BoosterPredictForMatSingleRowFast
        self._arguments = (
            pointer,
            ctypes.c_void_p(self._row.ctypes.data),
            ctypes.byref(self._written),
            ctypes.c_void_p(self._out.ctypes.data),
        )

    def __call__(self, row: NDArray[np.float64]) -> Matrix:
        self._row[:] = row
        _check(self._call(*self._arguments))
        return self._out.copy()


@cache
def _library() -> ctypes.CDLL:
    spec = find_spec("lightgbm")
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []
    for folder in folders:
        for path in [*folder.glob("lib/lib_lightgbm.*"), *folder.glob("bin/lib_lightgbm.*")]:
            library = ctypes.CDLL(str(path))
            library.LGBM_GetLastError.restype = ctypes.c_char_p
            return library
    raise BundleError("the lightgbm package is not installed")


def _check(status: int) -> None:
    if status != 0:
        raise BundleError(f"LightGBM: {_library().LGBM_GetLastError().decode()}")


def _load(text: str) -> _Handle:
    pointer, iterations = ctypes.c_void_p(), ctypes.c_int()
    _check(_library().LGBM_BoosterLoadModelFromString(text.encode(), ctypes.byref(iterations), ctypes.byref(pointer)))
    return _Handle(pointer, "LGBM_BoosterFree")


def _taken_apart(text: str) -> tuple[list[str], list[str]]:
    """Return the lines before the first tree, and every tree: those of one round follow each other in the order of the
    outputs."""
    head, *trees = re.split(r"\nTree=\d+\n", text.partition("\nend of trees")[0])
    return head.splitlines(), trees


def _put_together(head: Sequence[str], trees: Sequence[str]) -> str:
    """Write a model of one output that gives raw scores only."""
    one = {"num_class": "1", "num_tree_per_iteration": "1"}
    lines = [f"{name}={one[name]}" if (name := line.partition("=")[0]) in one else line for line in head]
    # The sizes of the trees are optional, and an objective may only fit several outputs.
    kept = [line for line in lines if not line.startswith(("tree_sizes=", "objective="))]
    return _written(kept, trees)


def _written(head: Sequence[str], trees: Sequence[str]) -> str:
    return "\n".join([*head, *(f"\nTree={at}\n{tree}" for at, tree in enumerate(trees)), "\nend of trees\n"])


def join_trees(parts: Sequence[tuple[Booster, float]]) -> Booster:
    """Return one model whose raw scores are the weighted sum of those of models of the same columns and outputs."""
    (head, _), *_ = apart = [_taken_apart(booster.text) for booster, _ in parts]
    trees = [_weighted(tree, weight) for (_, grown), (_, weight) in zip(apart, parts, strict=True) for tree in grown]
    kept = [line for line in head if not line.startswith("tree_sizes=")]
    return Booster(_written(kept, trees), num_threads=parts[0][0].num_threads)


def _weighted(tree: str, weight: float) -> str:
    return "\n".join(_weighted_line(line, weight) for line in tree.splitlines())


def _weighted_line(line: str, weight: float) -> str:
    name, _, values = line.partition("=")
    if name not in _WEIGHTED:
        return line
    return f"{name}=" + " ".join(repr(float(value) * weight) for value in values.split())


def _number(handle: _Handle, function: str) -> int:
    number = ctypes.c_int()
    _check(getattr(_library(), function)(handle.pointer, ctypes.byref(number)))
    return number.value
