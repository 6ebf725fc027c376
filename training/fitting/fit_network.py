"""Learning a small neural network: the one place that calls PyTorch to learn from rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix
from models.network import Network, RowEncoding
from training.fitting.boosting import Positions

_BATCH: Final = 256
_RAMPS: Final = 4
"""Pieces that a number's range is cut into, of equally many rows; more are overfitted."""
_WARM_UP: Final = 0.2
_ROWS_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape:
    """How large a network is and how it learns. epochs: times the rows are gone through. dropout: share of hidden units silenced in every step."""

    epochs: int
    hidden: int = 256
    dropout: float = 0.5
    learning_rate: float = 1e-3
    weight_decay: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Encoded rows to learn from. values: of shape (n, n_inputs)."""

    encoding: RowEncoding
    values: NDArray[np.float32]


def encode(columns: Matrix, rows: Positions, categories: Sequence[int]) -> Inputs:
    """Encode those rows of `columns`; `categories` are the positions of columns that hold codes."""
    ramps: list[_Ramp] = []
    matches: list[tuple[int, float]] = []
    missing = []
    for column in range(columns.shape[1]):
        values = columns[rows, column]
        known = values[~np.isnan(values)]
        if column in categories:
            codes = np.unique(known)
            # Two codes that are never missing need only one input, but a code that is new would then look like one of them.
            matches += [(column, code) for code in codes.tolist()] if len(codes) > 1 else []
        else:
            ramps += _ramps(column, known, ever_missing=len(known) < len(values))
        if 0 < len(known) < len(values):
            missing.append(column)
    encoding = RowEncoding(
        ramp_columns=np.array([ramp.column for ramp in ramps], dtype=np.int64),
        low=np.array([ramp.low for ramp in ramps]),
        high=np.array([ramp.high for ramp in ramps]),
        unknown=np.array([ramp.unknown for ramp in ramps]),
        match_columns=np.array([column for column, _ in matches], dtype=np.int64),
        codes=np.array([code for _, code in matches]),
        missing_columns=np.array(missing, dtype=np.int64),
    )
    values = np.empty((len(rows), encoding.n_inputs), dtype=np.float32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        values[start : start + _ROWS_AT_ONCE] = encoding.inputs(columns[rows[start : start + _ROWS_AT_ONCE]])
    return Inputs(encoding=encoding, values=values)


class _Ramp(NamedTuple):
    column: int
    low: float
    high: float
    unknown: float


def _ramps(column: int, known: Column, *, ever_missing: bool) -> list[_Ramp]:
    """Cut a column's range into pieces of equally many rows.

    What is never missing here may be later; it then stands at the average, not below all that was seen.
    """
    known = known[np.isfinite(known)]
    if not len(known):
        return []
    edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _RAMPS + 1)))
    return [
        _Ramp(column, low, high, 0.0 if ever_missing else float(np.clip((known - low) / (high - low), 0.0, 1.0).mean()))
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]


def learn_network(
    inputs: Inputs, target: NDArray[np.int64], n_outputs: int, *, rows: Positions, shape: NetworkShape, seed: int
) -> Network:
    """Learn classes, numbered from 0, on some of the rows by AdamW with one cycle of the learning rate (arXiv:1708.07120).

    n_outputs: one raw score for each class; of two classes 1 gives the log-odds of the second.
    The same rows and seed give the same network on the same kind of processor: it is learnt by one thread. Raises ValueError where it came
    apart, for a weight is no number then.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            learnt = _learnt(torch.from_numpy(inputs.values), torch.from_numpy(target), n_outputs, rows, shape)
    finally:
        torch.set_num_threads(threads)
    return Network(encoding=inputs.encoding, **learnt)


def _learnt(inputs: Any, target: Any, n_outputs: int, rows: Positions, shape: NetworkShape) -> dict[str, Matrix]:
    import torch

    centre = inputs[torch.from_numpy(rows)].mean(dim=0)
    net, loss_of = _net(inputs.shape[1], n_outputs, shape), _one_of_two if n_outputs == 1 else _one_of_many
    batch = min(_BATCH, len(rows))
    per_epoch = len(rows) // batch
    optimizer = torch.optim.AdamW(net.parameters(), lr=shape.learning_rate, weight_decay=shape.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, shape.learning_rate, total_steps=shape.epochs * per_epoch, pct_start=_WARM_UP
    )
    drawn = torch.from_numpy(rows)
    for _ in range(shape.epochs):
        order = drawn[torch.randperm(len(rows))]
        for step in range(per_epoch):
            picked = order[step * batch : (step + 1) * batch]
            loss = loss_of(net(inputs[picked] - centre), target[picked])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return _arrays(net, centre)


def _one_of_many(raw: Any, target: Any) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(raw, target)


def _one_of_two(log_odds: Any, target: Any) -> Any:
    import torch

    return torch.nn.functional.binary_cross_entropy_with_logits(log_odds[:, 0], target.to(log_odds.dtype))


def _net(n_inputs: int, n_outputs: int, shape: NetworkShape) -> Any:
    import torch

    class Net(torch.nn.Module):
        """What `models.network.Network` computes, with dropout."""

        def __init__(self) -> None:
            super().__init__()
            self.straight = torch.nn.Linear(n_inputs, n_outputs)
            self.entry = torch.nn.Linear(n_inputs, shape.hidden)
            self.middle = torch.nn.Linear(shape.hidden, shape.hidden)
            self.exit = torch.nn.Linear(shape.hidden, n_outputs)
            self.dropout = torch.nn.Dropout(shape.dropout)
            torch.nn.init.zeros_(self.straight.weight)
            torch.nn.init.zeros_(self.straight.bias)

        def forward(self, inputs: Any) -> Any:
            bend = torch.nn.functional.silu
            hidden = self.dropout(bend(self.entry(inputs)))
            hidden = self.dropout(bend(self.middle(hidden)))
            return self.exit(hidden) + self.straight(inputs)

    return Net()


def _arrays(net: Any, centre: Any) -> dict[str, Matrix]:
    """Give the layers as arrays, the centring of the inputs put into the first bias."""

    def plain(values: Any) -> Matrix:
        return np.ascontiguousarray(values.detach().numpy(), dtype=np.float64)

    entry = np.vstack([plain(net.entry.weight), plain(net.straight.weight)])
    bias = np.concatenate([plain(net.entry.bias), plain(net.straight.bias)]) - entry @ plain(centre)
    return {
        "entry": entry,
        "entry_bias": bias.astype(np.float32).astype(np.float64),
        "middle": plain(net.middle.weight),
        "middle_bias": plain(net.middle.bias),
        "exit": plain(net.exit.weight),
        "exit_bias": plain(net.exit.bias),
    }
