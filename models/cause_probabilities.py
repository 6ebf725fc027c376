"""What the cause head says of a case, as columns of the row that the risk and the impact head read.

A cause teaches more of a case than right or wrong can, and more cases have one than have a loss; so the cause head knows
things that the others could not learn from their own labels. The columns are the chance of every label and, last, the risk
that follows from the chances alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix

MOST_SURE: Final = 1e-5
"""Nothing is held to be wrong less often than this, or right."""
_MOST_SURE_LOG_ODDS: Final = float(np.log1p(-MOST_SURE) - np.log(MOST_SURE))


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskOfCauses:
    """The risk of a case if it were wrong as often as its likely causes are.

    rates: share of wrong cases under each label. slope, intercept: what its log-odds need to agree with what happened; cases of one
    cause go wrong more often the surer they are of it.
    """

    rates: tuple[float, ...]
    slope: float = 1.0
    intercept: float = 0.0

    def log_odds(self, chances: Matrix) -> Column:
        """Give it for the chances of every label, shape (n, n_labels)."""
        wrong = np.clip((chances * np.array(self.rates)).sum(axis=1), MOST_SURE, 1.0 - MOST_SURE)
        log_odds = self.intercept + self.slope * (np.log(wrong) - np.log1p(-wrong))
        return np.asarray(np.clip(log_odds, -_MOST_SURE_LOG_ODDS, _MOST_SURE_LOG_ODDS), dtype=np.float64)


NOTHING_SUGGESTED: Final = RiskOfCauses(rates=())


def with_chances(columns: Matrix, chances: Matrix, risk: RiskOfCauses) -> Matrix:
    """Append the chances, of shape (n, n_labels), to rows of shape (n, n_columns), and the log-odds of the risk that they suggest."""
    return np.hstack([columns, chances, risk.log_odds(chances)[:, None]])
