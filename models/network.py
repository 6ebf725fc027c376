"""A small neural network that answers beside the trees: trees cut, and say badly what is a sum of many small signs; a network adds up.

A number enters piecewise linearly between its quantiles, which lets one layer bend where the data are (Gorishniy, Rubachev and Babenko
2022, arXiv:2203.05556); a category by one input for each of its values; what is missing by an input that says so. Trained by
`training.network`, it is plain arrays here.
"""

import io
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.recipe import Matrix

Numbers = NDArray[np.float32]
_ROWS_AT_ONCE: Final = 4096
_STEEPEST: Final = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEncoding:
    """How a row becomes inputs in [0, 1]: first the ramps, then the matches, then what is missing.

    ramp_columns, low, high: shape (n_ramps,); input = how far the column's number is on its way from low to high, 0 where missing.
    match_columns, codes: shape (n_matches,); input = whether the column is that code. missing_columns: shape (n_missing,).
    """

    ramp_columns: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    match_columns: NDArray[np.int64]
    codes: NDArray[np.float64]
    missing_columns: NDArray[np.int64]

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

    def inputs(self, rows: Matrix) -> Numbers:
        """Encode rows of shape (n, n_columns): shape (n, n_inputs)."""
        ramps = len(self.ramp_columns)
        matches = ramps + len(self.match_columns)
        out = np.empty((len(rows), self.n_inputs), dtype=np.float32)
        climbed = (rows[:, self.ramp_columns] - self.low) / (self.high - self.low)
        # Unlike clip, fmax takes the number where the other is NaN.
        out[:, :ramps] = np.fmin(np.fmax(climbed, 0.0), 1.0)
        out[:, ramps:matches] = rows[:, self.match_columns] == self.codes
        out[:, matches:] = np.isnan(rows[:, self.missing_columns])
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Two hidden layers of n_hidden, and a straight way past them. Thread-safe.

    entry: shape (n_hidden + n_outputs, n_inputs), the first layer and below it the straight way; middle: (n_hidden, n_hidden); exit:
    (n_outputs, n_hidden). Each with one bias per output of its own.
    """

    encoding: RowEncoding
    entry: Numbers
    entry_bias: Numbers
    middle: Numbers
    middle_bias: Numbers
    exit: Numbers
    exit_bias: Numbers

    def __post_init__(self) -> None:
        """Raise ValueError where the shapes do not fit together."""
        hidden, outputs = len(self.middle), len(self.exit)
        expected = {
            "entry": (hidden + outputs, self.encoding.n_inputs),
            "entry_bias": (hidden + outputs,),
            "middle": (hidden, hidden),
            "middle_bias": (hidden,),
            "exit": (outputs, hidden),
            "exit_bias": (outputs,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} of the network is of shape {getattr(self, name).shape}, not {shape}")

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

    def _answer(self, inputs: Numbers) -> Numbers:
        first = _layer(self.entry, self.entry_bias, inputs)
        hidden, straight = first[:, : len(self.middle)], first[:, len(self.middle) :]
        second = _bent(_layer(self.middle, self.middle_bias, _bent(hidden)))
        return _layer(self.exit, self.exit_bias, second) + straight


def write_network(network: Network) -> bytes:
    """Give the bytes of an .npz file."""
    arrays = {part.name: getattr(network, part.name) for part in fields(network) if part.name != "encoding"}
    arrays |= {part.name: getattr(network.encoding, part.name) for part in fields(RowEncoding)}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_network(content: bytes) -> Network:
    """Read it back; raise KeyError where an array is missing and ValueError where shapes do not fit together."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        encoding = RowEncoding(**{part.name: arrays[part.name] for part in fields(RowEncoding)})
        return Network(
            encoding=encoding, **{part.name: arrays[part.name] for part in fields(Network) if part.name != "encoding"}
        )


def _layer(weights: Numbers, bias: Numbers, inputs: Numbers) -> Numbers:
    # Not by BLAS, whose rounding depends on how many rows it is given.
    out: Numbers = np.einsum("ij,nj->ni", weights, inputs)
    return out + bias


def _bent(values: Numbers) -> Numbers:
    """Apply SiLU, x sigmoid(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415)."""
    values = np.ascontiguousarray(values)
    return np.asarray(values / (1.0 + np.exp(-np.maximum(values, -_STEEPEST))), dtype=np.float32)
