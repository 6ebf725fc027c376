"""What the cause head says of a case, as columns of the row that the risk and the impact head read.

A cause teaches more of a case than right or wrong can, and more cases have one than have a loss; so the cause head
knows things that the others could not learn from their own labels. The columns are the probability of every label and,
last, the log-odds of the risk that follows from these alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix

MIN_PROBABILITY: Final = 1e-5
"""Nothing is held to be wrong less often than this, or right."""
_MAX_LOG_ODDS: Final = float(np.log1p(-MIN_PROBABILITY) - np.log(MIN_PROBABILITY))


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskOfCauses:
    """The risk of a case if it were wrong as often as its likely causes are.

    rates: share of wrong cases under each label. slope, intercept: what its log-odds need to agree with what happened;
    cases of one cause go wrong more often the surer they are of it.
    """

    rates: tuple[float, ...]
    slope: float = 1.0
    intercept: float = 0.0

    def log_odds(self, probabilities: Matrix) -> Column:
        """Return its log-odds, shape (n,), for the probabilities of every label, shape (n, n_labels)."""
        wrong = np.clip((probabilities * np.array(self.rates)).sum(axis=1), MIN_PROBABILITY, 1.0 - MIN_PROBABILITY)
        log_odds = self.intercept + self.slope * (np.log(wrong) - np.log1p(-wrong))
        return np.asarray(np.clip(log_odds, -_MAX_LOG_ODDS, _MAX_LOG_ODDS), dtype=np.float64)


NO_CAUSE_PRIOR: Final = RiskOfCauses(rates=())


def with_probabilities(columns: Matrix, probabilities: Matrix, risk: RiskOfCauses) -> Matrix:
    """Append the probabilities, of shape (n, n_labels), to rows of shape (n, n_columns), and the log-odds of the risk
    that follows from them."""
    return np.hstack([columns, probabilities, risk.log_odds(probabilities)[:, None]])
