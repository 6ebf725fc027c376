"""What `trades` says of a trade or an asset class, as tables by category code."""

from typing import Final

import numpy as np

from features.columns import Column
from features.domains.maintenance_priority.trades import (
    ASSET_CLASSES,
    DEFAULT_PRIORITY,
    LICENCE_OF_TRADE,
    TRADE_OF_ASSET,
    TRADES,
    USUAL_LIFE_YEARS,
)

_NAN: Final = float("nan")


def _table(values: list[float]) -> Column:
    """Make a look-up table by category code whose last entry answers for a missing code."""
    return np.array([*values, _NAN], dtype=np.float64)


def look_up(table: Column, codes: Column) -> Column:
    return table[np.where(np.isnan(codes), len(table) - 1, codes).astype(np.int64)]


TRADE_OF_CLASS: Final = _table([float(TRADES.index(TRADE_OF_ASSET[name])) for name in ASSET_CLASSES])
LIFE_OF_CLASS: Final = _table([USUAL_LIFE_YEARS.get(name, 20.0) for name in ASSET_CLASSES])
DEFAULT_OF_TRADE: Final = _table([float(DEFAULT_PRIORITY[trade]) for trade in TRADES])
LICENCES: Final = tuple(dict.fromkeys([*LICENCE_OF_TRADE.values(), "gas", "plumbing", "none"]))
LICENCE_CODE_OF_TRADE: Final = _table(
    [float(LICENCES.index(LICENCE_OF_TRADE[trade])) if trade in LICENCE_OF_TRADE else _NAN for trade in TRADES]
)
TRADE: Final = {trade: float(position) for position, trade in enumerate(TRADES)}
COOLING_TRADES: Final = (TRADE["hvac_comfort"], TRADE["refrigeration_temp"])
CLASS: Final = {name: float(position) for position, name in enumerate(ASSET_CLASSES)}
