"""How much of an answer an additive model gets beside the trees, and both as one model.

The share is fitted on cases that neither has seen, and is none where the blend answers no better beyond chance.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from features.columns import Column
from features.recipe import Matrix
from models.booster import Booster, join_trees
from models.calibration import softmax
from training.fitting.calibrating import fit_temperature

_MAX_SHARE: Final = 0.95
_MIN_SHARE: Final = 0.05
"""A model that has less of a say is not worth its place."""
_MIN_PROBABILITY: Final = 1e-12


def earned_share(one: Matrix, other: Matrix, answers: NDArray[np.int64]) -> float:
    """Return the share of the second model by `fit_share`, 0 where it is hardly any or the blend answers no better
    beyond chance."""
    share = fit_share(one, other, answers)
    return share if share >= _MIN_SHARE and is_better(one, blended(one, other, share), answers) else 0.0


def blended(one: Matrix, other: Matrix, share: float) -> Matrix:
    """Mix raw scores of shape (n, k); `share` is the second's."""
    return (1.0 - share) * one + share * other


def blend_boosters(one: Booster, other: Booster, share: float) -> Booster:
    """Return the blend of two models as one, whose contributions are as exact as theirs; `share` is the second's."""
    return join_trees(((one, 1.0 - share), (other, share)))


def fit_share(one: Matrix, other: Matrix, answers: NDArray[np.int64]) -> float:
    """Fit the share in [0, 0.95] of the second model in a blend of raw scores (n, k), at which the true classes (n,)
    are likeliest.

    Two non-negative weights, so that the blend may also be less sure than its parts; the log-loss is convex in them.
    """
    rows = np.arange(len(answers))

    def loss(weights: Column) -> tuple[float, Column]:
        probabilities = softmax(weights[0] * one + weights[1] * other, 1.0)
        value = -np.log(np.maximum(probabilities[rows, answers], _MIN_PROBABILITY)).mean()
        slope = [((probabilities * scores).sum(axis=1) - scores[rows, answers]).mean() for scores in (one, other)]
        return float(value), np.array(slope)

    first: float
    second: float
    first, second = minimize(loss, np.full(2, 0.5), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * 2).x.tolist()
    return min(second / max(first + second, _MIN_PROBABILITY), _MAX_SHARE)


def is_better(one: Matrix, other: Matrix, answers: NDArray[np.int64]) -> bool:
    """Return whether the second raw scores (n, k) answer better than the first, each at its best temperature, beyond a
    standard error."""
    gained = _losses(one, answers) - _losses(other, answers)
    return bool(gained.mean() > gained.std() / np.sqrt(len(gained)))


def as_two_columns(log_odds: Column) -> Matrix:
    """Return raw scores of the event's absence and presence, shape (n, 2)."""
    return np.column_stack([np.zeros(len(log_odds)), log_odds])


def _losses(raw: Matrix, answers: NDArray[np.int64]) -> Column:
    probabilities = softmax(raw, fit_temperature(raw, answers))[np.arange(len(answers)), answers]
    return np.asarray(-np.log(np.maximum(probabilities, _MIN_PROBABILITY)))
