"""What every column of a row contributed to the log-odds of the risk.

The risk model's own columns have exact contributions (TreeSHAP, Lundberg et al. 2018, arXiv:1802.03888). Much of the
risk comes through the probabilities of the causes, and a probability explains nothing to a reader: what made it does.
So their contribution is passed on to the columns the cause model read, as in explaining a series of models (Chen,
Lundberg and Lee 2022, doi:10.1038/s41467-022-31384-3).

The risk that follows from the causes is a smooth function of the cause model's raw scores, and each raw score an exact
sum over the columns (TreeSHAP again). The function is passed through by its gradient, averaged along the straight line
from the average case to this one (integrated gradients, Sundararajan et al. 2017, arXiv:1703.01365; the Aumann-Shapley
value of the columns): the gradient at the case alone fades where a cause is sure.
"""

from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix
from models.booster import Booster
from models.bundle import Bundle
from models.calibration import softmax
from models.cause_probabilities import MIN_PROBABILITY
from models.predictors import CausePredictor, Predicted

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_ALONG: Final = (_POINTS + 1.0) / 2.0
_SHARE: Final = _WEIGHTS / 2.0
"""Where along the line from 0 to 1 the gradient is taken, and for how much of the line it stands (Gauss-Legendre)."""
_MAX_CAUSES: Final = 6
"""Those that matter most to the case. What the others would add is hardly seen, and every one costs as much time."""
_MIN_PROBABILITY: Final = 1e-300
_MIN_CREDIT: Final = 1e-12
_EITHER_WAY: Final = 0.01
"""Share of every credit that may go either way, so that a contribution always finds columns to carry it."""


class RiskContributions:
    """Explain the risks of one bundle's answers. Thread-safe."""

    def __init__(self, bundle: Bundle) -> None:
        """Prepare for a bundle."""
        self._risk = bundle.risk
        self._n_columns = len(bundle.columns)
        booster = bundle.cause.booster
        self._causes = CauseCredits(bundle.cause, booster) if booster is not None else None

    def of(self, predicted: Predicted) -> Matrix | None:
        """Return each column's contribution for each row, shape (n, n_columns); None where no risk was learnt.

        They add up to the log-odds of the risk less `RiskPredictor.baseline_log_odds`.
        """
        found = self._risk.contributions(predicted.read)
        if found is None or self._causes is None:
            return found
        own, through_causes = found[:, : self._n_columns], found[:, self._n_columns :].sum(axis=1)
        return own + distribute(through_causes, self._causes.of(predicted))


class CauseCredits:
    """Credit each column with how it moved the risk by making causes likely or unlikely. Thread-safe."""

    def __init__(self, cause: CausePredictor, booster: Booster) -> None:
        """Prepare for a cause head and its booster."""
        self._classes = list(cause.classes)
        self._steepness = cause.suggested.slope / cause.temperature
        self._boosters = booster.one_per_output()
        nothing = np.full((1, booster.n_features), np.nan)
        self._average = np.array([one.contributions(nothing)[0, -1] for one in self._boosters]) / cause.temperature
        rates = np.clip(_rates_of_classes(cause), MIN_PROBABILITY, 1.0 - MIN_PROBABILITY)
        self._log_wrong, self._log_right = np.log(rates), np.log1p(-rates)

    def of(self, predicted: Predicted) -> Matrix:
        """Return every column's credit for each row, shape (n, n_columns), in log-odds.

        Only the causes that matter most to the case are asked about.
        """
        weights = self._weights(predicted.causes[:, self._classes])
        rows = predicted.read[:, : self._boosters[0].n_features]
        credit = np.zeros(rows.shape)
        for output, booster in enumerate(self._boosters):
            some = np.flatnonzero(weights[:, output])
            if len(some):
                credit[some] += weights[some, output, None] * booster.contributions(rows[some])[:, :-1]
        return credit

    def _weights(self, probabilities: Matrix) -> Matrix:
        """Return by how much the risk's log-odds rise per unit of each class's raw score, shape (n, n_classes), 0 where
        not counted."""
        # The probabilities' logarithms are the raw scores, but for a shift that is the same for all classes.
        here = np.log(np.maximum(probabilities, _MIN_PROBABILITY))
        path = self._average + _ALONG[:, None] * (here[:, None, :] - self._average)
        # The risk that follows from causes is a ratio of two sums over them; its gradient is each class's part of
        # either.
        flat = path.reshape(-1, path.shape[2])
        slopes = softmax(flat + self._log_wrong, 1.0) - softmax(flat + self._log_right, 1.0)
        weights = np.asarray((slopes.reshape(path.shape) * _SHARE[:, None]).sum(axis=1) * self._steepness)
        unimportant = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, _MAX_CAUSES:]
        np.put_along_axis(weights, unimportant, 0.0, axis=1)
        return weights


def distribute(contribution: Column, credit: Matrix) -> Matrix:
    """Distribute a contribution per row, shape (n,), over columns by their credit for it, shape (n, n_columns).

    Credit that raises is stretched as much as credit that lowers is shrunk, or the other way round, so that all adds up
    to the contribution and keeps its sign. Only where next to nothing points the way of the contribution is credit
    turned round.
    """
    strength = np.abs(credit) + _MIN_CREDIT
    raising = np.maximum(credit, 0.0) + _EITHER_WAY * strength
    lowering = np.maximum(-credit, 0.0) + _EITHER_WAY * strength
    up, down = raising.sum(axis=1), lowering.sum(axis=1)
    # x up - down / x = contribution has one positive solution x; the two terms of the left side:
    root = np.sqrt(contribution * contribution + 4.0 * up * down)
    raised, lowered = (root + contribution) / 2.0, (root - contribution) / 2.0
    return np.asarray(raising * (raised / up)[:, None] - lowering * (lowered / down)[:, None])


def _rates_of_classes(cause: CausePredictor) -> Column:
    """Return the share wrong under each class, with what the labels the booster has never seen add to every case."""
    base, rates, seen = np.array(cause.base), np.array(cause.suggested.rates), list(cause.classes)
    unseen = np.setdiff1d(np.arange(len(base)), seen)
    return np.asarray(base[seen].sum() * rates[seen] + base[unseen] @ rates[unseen], dtype=np.float64)
