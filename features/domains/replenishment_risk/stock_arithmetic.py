"""Arithmetic on stock and demand where much is missing."""

from typing import Final

import numpy as np

from features.columns import Column

MAX_COVER: Final = 365.0
"""Covers, in days or in times demand, are cut here: nothing is learnt from more."""


def first_known(*choices: Column | float) -> Column:
    """Take each row's first known value."""
    value = choices[0]
    for other in choices[1:]:
        value = np.where(np.isnan(value), other, value)
    return np.asarray(value, dtype=np.float64)


def at_least_zero(values: Column) -> Column:
    """Read what is missing, or below zero, as none."""
    return np.fmax(values, 0.0)


def bounded_ratio(numerator: Column, denominator: Column) -> Column:
    """Divide, within ±MAX_COVER; nothing over nothing is 0, something over nothing the largest cover."""
    return np.minimum(np.maximum(numerator / np.maximum(denominator, 1e-9), -MAX_COVER), MAX_COVER)
