"""What the cause head says of a case, as columns of the row that the risk and the impact head read.

A cause teaches more of a case than right or wrong can, and more cases have one than have a loss; so the cause head knows
things that the others could not learn from their own labels. The columns are the chance of every label and, last, the risk
that follows from the chances alone.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix

MOST_SURE: Final = 1e-5
"""Nothing is held to be wrong less often than this, or right."""


def with_chances(columns: Matrix, chances: Matrix, wrong_rates: Sequence[float]) -> Matrix:
    """Append the chances, of shape (n, n_labels), to rows of shape (n, n_columns), and the log-odds of the risk that they suggest.

    wrong_rates: share of wrong cases under each label.
    """
    return np.hstack([columns, chances, risk_of_causes(chances, wrong_rates)[:, None]])


def risk_of_causes(chances: Matrix, wrong_rates: Sequence[float]) -> Column:
    """Give the log-odds of wrong if a case were wrong as often as its likely causes are."""
    wrong = np.clip((chances * np.array(wrong_rates)).sum(axis=1), MOST_SURE, 1.0 - MOST_SURE)
    return np.asarray(np.log(wrong) - np.log1p(-wrong), dtype=np.float64)
