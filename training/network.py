"""Learning a small neural network: the one place that calls PyTorch to learn from rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.recipe import Matrix
from models.network import Network, Numbers, RowEncoding
from training.boosting import Positions

_BATCH: Final = 256
_RAMPS: Final = 4
"""Pieces that a number's range is cut into, of equally many rows; more are overfitted."""
_WARM_UP: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape:
    """How large a network is and how it learns. epochs: times each row is seen. dropout: share of hidden units silenced in every step."""

    epochs: int
    hidden: int = 256
    dropout: float = 0.5
    learning_rate: float = 1e-3
    weight_decay: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Encoded rows to learn from. values: float32 of shape (n, n_inputs)."""

    encoding: RowEncoding
    values: Numbers


def encode(columns: Matrix, rows: Positions, categories: Sequence[int]) -> Inputs:
    """Encode those rows of `columns`; `categories` are the positions of columns that hold codes."""
    ramps: list[tuple[int, float, float]] = []
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
            edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _RAMPS + 1))) if len(known) else known
            ramps += [(column, low, high) for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]
        if 0 < len(known) < len(values):
            missing.append(column)
    encoding = RowEncoding(
        ramp_columns=np.array([column for column, _, _ in ramps], dtype=np.int64),
        low=np.array([low for _, low, _ in ramps]),
        high=np.array([high for _, _, high in ramps]),
        match_columns=np.array([column for column, _ in matches], dtype=np.int64),
        codes=np.array([code for _, code in matches]),
        missing_columns=np.array(missing, dtype=np.int64),
    )
    return Inputs(encoding=encoding, values=encoding.inputs(columns[rows]))


def learn_network(
    inputs: Inputs, target: NDArray[np.int64], n_classes: int, *, rows: Positions, shape: NetworkShape, seed: int
) -> Network:
    """Learn classes, numbered from 0, on some of the rows by AdamW with one cycle of the learning rate (arXiv:1708.07120).

    The same rows and seed give the same network: it is learnt by one thread.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            learnt = _learnt(torch.from_numpy(inputs.values), torch.from_numpy(target), n_classes, rows, shape)
    finally:
        torch.set_num_threads(threads)
    return Network(encoding=inputs.encoding, **learnt)


def _learnt(inputs: Any, target: Any, n_classes: int, rows: Positions, shape: NetworkShape) -> dict[str, Numbers]:
    import torch

    centre = inputs[torch.from_numpy(rows)].mean(dim=0)
    net = _net(inputs.shape[1], n_classes, shape)
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
            loss: Any = torch.nn.functional.cross_entropy(net(inputs[picked] - centre), target[picked])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return _arrays(net, centre)


def _net(n_inputs: int, n_classes: int, shape: NetworkShape) -> Any:
    import torch

    class Net(torch.nn.Module):
        """What `models.network.Network` computes, with dropout."""

        def __init__(self) -> None:
            super().__init__()
            self.straight = torch.nn.Linear(n_inputs, n_classes)
            self.entry = torch.nn.Linear(n_inputs, shape.hidden)
            self.middle = torch.nn.Linear(shape.hidden, shape.hidden)
            self.exit = torch.nn.Linear(shape.hidden, n_classes)
            self.dropout = torch.nn.Dropout(shape.dropout)
            torch.nn.init.zeros_(self.straight.weight)
            torch.nn.init.zeros_(self.straight.bias)

        def forward(self, inputs: Any) -> Any:
            bend = torch.nn.functional.silu
            hidden = self.dropout(bend(self.entry(inputs)))
            hidden = self.dropout(bend(self.middle(hidden)))
            return self.exit(hidden) + self.straight(inputs)

    return Net()


def _arrays(net: Any, centre: Any) -> dict[str, Numbers]:
    """Give the layers as arrays, the centring of the inputs put into the first bias."""

    def plain(values: Any) -> Numbers:
        return np.ascontiguousarray(values.detach().numpy(), dtype=np.float32)

    entry = np.vstack([plain(net.entry.weight), plain(net.straight.weight)])
    bias = np.concatenate([plain(net.entry.bias), plain(net.straight.bias)])
    return {
        "entry": entry,
        "entry_bias": (bias - entry.astype(np.float64) @ plain(centre).astype(np.float64)).astype(np.float32),
        "middle": plain(net.middle.weight),
        "middle_bias": plain(net.middle.bias),
        "exit": plain(net.exit.weight),
        "exit_bias": plain(net.exit.bias),
    }
