"""What the cause head says of a case, as columns of the row that the risk and the impact head read.

A cause teaches more of a case than right or wrong can, and more cases have one than have a loss; so the cause head knows
things that the others could not learn from their own labels. The columns are the chance of every label and, last, the risk
that follows from the chances alone.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Feature, Matrix

FAMILY: Final = "likely cause"
SOURCE: Final = "cause head"


_MOST_SURE: Final = 1e-5


def chance_features(labels: Sequence[str]) -> tuple[Feature, ...]:
    """Describe the columns that hold the chances, in order; reasons speak of the last column in their words."""
    return tuple(
        Feature(
            name=f"chance_{label}",
            title=f"chance of {label.replace('_', ' ')}",
            family=FAMILY,
            sources=(SOURCE,),
            unit="fraction",
        )
        for label in labels
    )


def with_chances(columns: Matrix, chances: Matrix, wrong_rates: Sequence[float]) -> Matrix:
    """Append the chances, of shape (n, n_labels), to rows of shape (n, n_columns), and the log-odds of the risk that they suggest.

    wrong_rates: share of wrong cases under each label.
    """
    return np.hstack([columns, chances, risk_of_causes(chances, wrong_rates)[:, None]])


def risk_of_causes(chances: Matrix, wrong_rates: Sequence[float]) -> Column:
    """Give the log-odds of wrong if a case were wrong as often as its likely causes are."""
    wrong = np.clip((chances * np.array(wrong_rates)).sum(axis=1), _MOST_SURE, 1.0 - _MOST_SURE)
    return np.asarray(np.log(wrong) - np.log1p(-wrong), dtype=np.float64)


def spread(push: Column, chances: Matrix, wrong_rates: Sequence[float], *, base: float) -> Matrix:
    """Share out the push of the last column, shape (n,), among the chances that make it, shape (n, n_labels).

    A label that is wrong more often than `base` raises the risk by its chance times the difference; only labels that push the same
    way as the whole get a share.
    """
    sign = np.where(push < 0, -1.0, 1.0)[:, None]
    pulls = np.maximum(sign * chances * (np.array(wrong_rates) - base), 1e-12)
    return np.asarray(push[:, None] * pulls / pulls.sum(axis=1, keepdims=True), dtype=np.float64)
