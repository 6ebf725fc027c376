"""The impact head: the loss of acting straight through where that is wrong."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn.base import RegressorMixin

from features.columns import Column
from features.recipe import Matrix
from models.predictors import ImpactPredictor
from training.fitting.boosting import BoostingOptions, Positions
from training.fitting.estimator import BoostedEstimator
from training.fitting.risk import last_rows

IMPACT_OPTIONS: Final[Mapping[int, tuple[BoostingOptions, ...]]] = {
    0: (BoostingOptions(learning_rate=0.05, num_leaves=8, n_estimators=200, early_stopping_rounds=25),),
    5_000: (BoostingOptions(learning_rate=0.05, num_leaves=16, n_estimators=400, early_stopping_rounds=30),),
}
"""By the fewest rows learnt from: what many rows can teach, few would only be overfitted by."""
LOSSES: Final = "losses"
STAKE: Final = "money at stake"
NOTHING: Final = "nothing"
_MIN_LOSS: Final = 0.01
"""Gamma deviance needs positive targets; that of one hundredth moves no mean."""
_MIN_LOSSES: Final = 10
"""Fewer known losses make no mean, and one of nothing would make every case look free of charge."""
_MIN_ROWS: Final = 50
_MIN_LABELS_TO_CALIBRATE: Final = 40
_MIN_LOSSES_FOR_SLOPE: Final = 300
_SLOPES: Final = (0.7, 1.3)


class ImpactRegressor(RegressorMixin, BoostedEstimator):
    """Learn a mean loss by the gamma deviance, as severity is modelled in insurance.

    It asks for the mean at once, however much the spread differs from case to case, and weighs an error of a tenth
    alike in small losses and in large ones (McCullagh & Nelder, Generalized Linear Models, ch. 8). After `fit`:
    predictor_ for the bundle; about_, for the record.
    """

    options_by_rows: ClassVar[Mapping[int, tuple[BoostingOptions, ...]]] = IMPACT_OPTIONS

    def fit(self, X: Matrix, y: Column, *, calibration: NDArray[np.bool_] | None = None) -> "ImpactRegressor":
        """Learn from losses that are not negative.

        calibration: which rows say when to stop and make the totals agree, before they are learnt from as well; None:
        the last fifth.
        """
        cost = np.asarray(y, dtype=np.float64)
        later = last_rows(len(cost)) if calibration is None else np.asarray(calibration, dtype=bool)
        train, held_out = np.flatnonzero(~later), np.flatnonzero(later)
        base = float(cost.mean()) if len(cost) else 0.0
        if len(train) < _MIN_ROWS or float(np.ptp(cost[train])) == 0.0:
            self.predictor_ = ImpactPredictor(booster=None, base=base)
            self.about_: dict[str, Any] = {"impact_model": "mean"}
            return self
        trees, (options, *_), rows = self.trees(X), self.options(len(train)), np.arange(len(cost))
        how: dict[str, Any] = {"objective": {"objective": "gamma"}, "target": np.maximum(cost, _MIN_LOSS)}
        first, rounds = trees.learn(options, train=train, stop_on=held_out, **how)
        booster = trees.learn_for(rounds, options, train=rows, **how)
        model, seen = (first, held_out) if _tells_a_mean(cost[held_out]) else (booster, rows)
        slope, intercept = _fit_totals(trees.raw_scores(model, seen)[:, 0], cost[seen])
        self.predictor_ = ImpactPredictor(
            booster=booster, base=base, slope=slope, intercept=intercept, cap=float(cost.max())
        )
        self.about_ = {"impact_model": "lightgbm", "impact_rounds": rounds, "impact_slope": round(slope, 4)}
        self.about_ |= options.params("impact")
        return self

    def predict(self, X: Matrix) -> Column:
        """Return the expected loss, shape (n,)."""
        return self.predictor_.predict(np.asarray(X, dtype=np.float64))


def impact_targets(rows: Positions, wrong: Column, loss: Column, stake: Column) -> tuple[Column, str]:
    """Return what the impact is learnt from, NaN where unknown, and what that is: `LOSSES`, `STAKE` or `NOTHING`.

    Where hardly any loss is known (rulings carry none), the money at `stake` is learnt in its place where it is known:
    what is not known is not nothing.
    """
    cost = np.where(wrong == 1, np.maximum(loss, 0.0), np.nan)
    if np.isfinite(cost[rows]).sum() >= _MIN_LOSSES:
        return cost, LOSSES
    cost = np.where(stake > 0, stake, np.nan)
    return cost, STAKE if np.isfinite(cost[rows]).any() else NOTHING


def _tells_a_mean(cost: Column) -> bool:
    """Return whether there are enough losses to agree with, and enough that are any: of nothing but zeros all impact
    would vanish."""
    return len(cost) >= _MIN_LABELS_TO_CALIBRATE and int((cost > 0).sum()) >= _MIN_LOSSES


def _fit_totals(predicted: NDArray[np.float64], cost: Column) -> tuple[float, float]:
    """Fit E[cost] = exp(intercept + slope x predicted logarithm of the mean), so that the totals agree.

    The slope by Poisson regression, which needs only the mean to be right; it stays 1 where few losses, some huge,
    would decide it.
    """
    slope = 1.0
    if len(cost) >= _MIN_LOSSES_FOR_SLOPE and cost.sum() > 0:
        mean = float(cost @ predicted) / float(cost.sum())

        def deviance(slope: float) -> float:
            # The intercept that makes the totals agree is put in already.
            return float(logsumexp(slope * predicted)) - slope * mean

        slope = float(minimize_scalar(deviance, bounds=_SLOPES, method="bounded", options={"xatol": 1e-8}).x)
    intercept = float(np.log(max(cost.sum(), 1e-9)) - np.log(np.exp(slope * predicted).sum()))
    return slope, intercept
