"""How much of an answer each of two models gets."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from features.columns import Column
from features.recipe import Matrix
from models.calibration import fit_temperature, softmax
from models.predictors import blended

_MOST: Final = 0.95
_LEAST: Final = 0.05
"""A model that has less of a say is not worth its place."""
_SURE: Final = 1e-12


def earned_share(one: Matrix, other: Matrix, answers: NDArray[np.int64]) -> float:
    """Give the share of the second model by `fit_share`, 0 where it is hardly any or the blend answers no better beyond chance."""
    share = fit_share(one, other, answers)
    return share if share >= _LEAST and is_better(one, blended(one, other, share), answers) else 0.0


def fit_share(one: Matrix, other: Matrix, answers: NDArray[np.int64]) -> float:
    """Give the share in [0, 0.95] of the second model in a blend of raw scores (n, k), at which the true classes (n,) are likeliest.

    The blend may be cooled as it needs; so two weights are searched for, whose log-loss has one valley.
    """
    rows = np.arange(len(answers))

    def loss(weights: Column) -> tuple[float, Column]:
        chances = softmax(weights[0] * one + weights[1] * other, 1.0)
        value = -np.log(np.maximum(chances[rows, answers], _SURE)).mean()
        slope = [((chances * scores).sum(axis=1) - scores[rows, answers]).mean() for scores in (one, other)]
        return float(value), np.array(slope)

    first: float
    second: float
    first, second = minimize(loss, np.full(2, 0.5), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * 2).x.tolist()
    return min(second / max(first + second, _SURE), _MOST)


def is_better(one: Matrix, other: Matrix, answers: NDArray[np.int64]) -> bool:
    """Say whether the second raw scores (n, k) answer better than the first, each cooled as it needs, beyond a standard error."""
    gained = _losses(one, answers) - _losses(other, answers)
    return bool(gained.mean() > gained.std() / np.sqrt(len(gained)))


def _losses(raw: Matrix, answers: NDArray[np.int64]) -> Column:
    chances = softmax(raw, fit_temperature(raw, answers))[np.arange(len(answers)), answers]
    return np.asarray(-np.log(np.maximum(chances, _SURE)))
