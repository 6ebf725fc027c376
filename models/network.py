"""A small neural network that answers beside the trees: trees cut, and say badly what is a sum of many small signs; a network adds up.

A number enters piecewise linearly between its quantiles, which lets one layer bend where the data are (Gorishniy, Rubachev and Babenko
2022, arXiv:2203.05556); a category by one input for each of its values; what is missing by an input that says so. Trained by
`training.fitting.fit_network`, it is plain arrays here: of single precision in the file, computed with in double, so that another processor answers the
same to many digits.
"""

import io
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix

Positions = NDArray[np.int64]
_ROWS_AT_ONCE: Final = 4096
_STEEPEST: Final = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEncoding:
    """How a row becomes inputs in [0, 1]: first the ramps, then the matches, then what is missing.

    ramp_columns, low, high, unknown: shape (n_ramps,); input = how far the column's number is on its way from low to high, `unknown` where
    it is missing. match_columns, codes: shape (n_matches,); input = whether the column is that code. missing_columns: shape (n_missing,).
    """

    ramp_columns: Positions
    low: Column
    high: Column
    unknown: Column
    match_columns: Positions
    codes: Column
    missing_columns: Positions

    def __post_init__(self) -> None:
        """Raise ValueError for parts that are no positions or numbers, or do not fit together."""
        for name in ("ramp_columns", "match_columns", "missing_columns"):
            _require(name, getattr(self, name), np.int64, (None,))
            if (getattr(self, name) < 0).any():
                raise ValueError(f"{name} of the network's encoding has a negative position")
        for name, beside in (
            ("low", self.ramp_columns),
            ("high", self.ramp_columns),
            ("unknown", self.ramp_columns),
            ("codes", self.match_columns),
        ):
            _require(name, getattr(self, name), np.float64, beside.shape)
        if not (self.low < self.high).all():
            raise ValueError("a ramp of the network's encoding does not climb")

    @property
    def n_inputs(self) -> int:
        """Count the inputs."""
        return len(self.ramp_columns) + len(self.match_columns) + len(self.missing_columns)

    @property
    def n_columns(self) -> int:
        """Count the columns a row must have at least."""
        return 1 + max(
            int(read.max(initial=-1)) for read in (self.ramp_columns, self.match_columns, self.missing_columns)
        )

    def inputs(self, rows: Matrix) -> Matrix:
        """Encode rows of shape (n, n_columns): shape (n, n_inputs)."""
        climbed = np.clip((rows[:, self.ramp_columns] - self.low) / (self.high - self.low), 0.0, 1.0)
        ramps = np.where(np.isnan(climbed), self.unknown, climbed)
        matches = rows[:, self.match_columns] == self.codes
        inputs = np.hstack([ramps, matches, np.isnan(rows[:, self.missing_columns])])
        # Row after row, whatever the order the parts came in: sums are rounded as they lie in memory.
        return np.ascontiguousarray(inputs, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Two hidden layers of n_hidden, and a straight way past them. Thread-safe.

    entry: shape (n_hidden + n_outputs, n_inputs), the first layer and below it the straight way; middle: (n_hidden, n_hidden); exit:
    (n_outputs, n_hidden). Each with one bias per output of its own. All are numbers that single precision holds.
    """

    encoding: RowEncoding
    entry: Matrix
    entry_bias: Column
    middle: Matrix
    middle_bias: Column
    exit: Matrix
    exit_bias: Column

    def __post_init__(self) -> None:
        """Raise ValueError where a weight is no number or the shapes do not fit together."""
        hidden, outputs = len(self.middle), len(self.exit)
        _require("entry", self.entry, np.float64, (hidden + outputs, self.encoding.n_inputs))
        _require("entry_bias", self.entry_bias, np.float64, (hidden + outputs,))
        _require("middle", self.middle, np.float64, (hidden, hidden))
        _require("middle_bias", self.middle_bias, np.float64, (hidden,))
        _require("exit", self.exit, np.float64, (outputs, hidden))
        _require("exit_bias", self.exit_bias, np.float64, (outputs,))

    @property
    def n_outputs(self) -> int:
        """Count the outputs."""
        return len(self.exit)

    def raw_scores(self, rows: Matrix) -> Matrix:
        """Give the raw scores of rows of shape (n, n_columns): shape (n, n_outputs), a row alone the same as among others."""
        out = np.empty((len(rows), self.n_outputs))
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            out[start : start + _ROWS_AT_ONCE] = self._answer(self.encoding.inputs(rows[start : start + _ROWS_AT_ONCE]))
        return out

    def _answer(self, inputs: Matrix) -> Matrix:
        first = _layer(self.entry, self.entry_bias, inputs)
        hidden, straight = first[:, : len(self.middle)], first[:, len(self.middle) :]
        second = _bent(_layer(self.middle, self.middle_bias, _bent(hidden)))
        return _layer(self.exit, self.exit_bias, second) + straight


_LAYERS: Final = tuple(part.name for part in fields(Network) if part.name != "encoding")


def write_network(network: Network) -> bytes:
    """Give the bytes of an .npz file."""
    arrays = {name: getattr(network, name).astype(np.float32) for name in _LAYERS}
    arrays |= {part.name: getattr(network.encoding, part.name) for part in fields(RowEncoding)}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_network(content: bytes) -> Network:
    """Read it back; raise KeyError where an array is missing and ValueError where they do not fit together."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        encoding = RowEncoding(**{part.name: arrays[part.name] for part in fields(RowEncoding)})
        layers = {name: arrays[name] for name in _LAYERS}
    for name, layer in layers.items():
        _require(name, layer, np.float32, (None,) * layer.ndim)
    return Network(encoding=encoding, **{name: layer.astype(np.float64) for name, layer in layers.items()})


def _require(name: str, array: NDArray[np.generic], kind: type[np.generic], shape: tuple[int | None, ...]) -> None:
    fits = array.ndim == len(shape) and all(
        side is None or side == found for side, found in zip(shape, array.shape, strict=True)
    )
    if array.dtype != kind or not fits:
        wanted = f"{np.dtype(kind).name} of shape {shape}"
        raise ValueError(f"{name} of the network is {array.dtype} of shape {array.shape}, not {wanted}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} of the network is not finite")


def _layer(weights: Matrix, bias: Column, inputs: Matrix) -> Matrix:
    # Not by BLAS, whose rounding depends on how many rows it is given.
    out: Matrix = np.einsum("ij,nj->ni", weights, inputs)
    return out + bias


def _bent(values: Matrix) -> Matrix:
    """Apply SiLU, x sigmoid(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415)."""
    values = np.ascontiguousarray(values)
    return np.asarray(values / (1.0 + np.exp(-np.maximum(values, -_STEEPEST))))
