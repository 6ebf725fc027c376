"""What the risk and the impact head learn, how, and what they answer where their data are too thin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix
from models.calibration import Calibrator, Sigmoid, choose_calibrator, log_loss, sigmoid
from models.network import Network
from models.predictors import ImpactPredictor, RiskPredictor, blended
from training.fitting.blend import earned_share
from training.fitting.boosting import BoostedTrees, Positions, Shape, shape_for
from training.fitting.fit_network import NetworkShape, encode, learn_network
from training.fitting.split import Split
from training.fitting.tuning import tune

RISK_SHAPES: Final[Mapping[int, tuple[Shape, ...]]] = {
    0: (
        Shape(learning_rate=0.03, leaves=8, rounds=900, patience=40),
        Shape(learning_rate=0.03, leaves=12, rounds=900, patience=40, column_share=0.6),
        Shape(learning_rate=0.03, leaves=8, rounds=1200, patience=40, random_cuts=True),
        Shape(learning_rate=0.03, leaves=31, rounds=600, patience=40, column_share=0.6),
    ),
    30_000: (Shape(learning_rate=0.03, leaves=12, rounds=3000, patience=60, column_share=0.6),),
}
"""By the fewest rows learnt from, the simplest first. Few rows do not say by their number whether much can be learnt from them: there
several shapes are tried, which costs seconds."""
RISK_NETWORK_SHAPES: Final[Mapping[int, NetworkShape | None]] = {
    0: None,
    60_000: NetworkShape(epochs=20),
}
"""By the fewest rows learnt from; from fewer it was not tried."""
IMPACT_SHAPES: Final = {
    0: Shape(learning_rate=0.05, leaves=8, rounds=200, patience=25),
    5_000: Shape(learning_rate=0.05, leaves=16, rounds=400, patience=30),
}
"""By the fewest rows learnt from: what many rows can teach, few would only be overfitted by."""
_LEAST_LOSS: Final = 0.01
"""A gamma distribution knows no loss of nothing; that of one hundredth moves no mean."""
_LEAST_LOSSES: Final = 10
"""Fewer known losses make no mean, and one of nothing would make every case look free of charge."""
STAKE: Final = "money at stake"
NOTHING: Final = "nothing"
_LEAST_ROWS: Final = 50
_LEAST_OF_CLASS: Final = 3
_LEAST_TO_CALIBRATE: Final = 40
_LEAST_FOR_SLOPE: Final = 300
_LEAST_TO_TUNE: Final = 400
_LEAST_OF_CLASS_TO_CHOOSE: Final = 50


def fit_risk(
    trees: BoostedTrees, parts: Split, wrong: Column, *, shape: Shape | None = None
) -> tuple[RiskPredictor, dict[str, Any]]:
    """Learn whether acting straight through would be wrong, from 0/1, NaN where unknown.

    The calibration part says when to stop and how to calibrate; then the part is learnt from as well. Where the trees have a start, it
    is the risk of the likely causes. shape: None takes the one of `RISK_SHAPES` with the least log-loss on the calibration part.
    """
    train, calibration = _known(parts.train, wrong), _known(parts.calibration, wrong)
    rows = np.concatenate([train, calibration])
    base = (float(wrong[rows].sum()) + 0.5) / (len(rows) + 1.0)
    if len(train) < _LEAST_ROWS or min(wrong[train].sum(), (1 - wrong[train]).sum()) < _LEAST_OF_CLASS:
        return RiskPredictor(booster=None, base=base, calibrator=Sigmoid()), {"risk_model": "base rate"}
    how: dict[str, Any] = {"objective": {"objective": "binary"}, "target": wrong}
    first = _best_shape(trees, (shape,) if shape else shape_for(RISK_SHAPES, len(train)), train, calibration, how)
    shape, rounds = first.shape, first.rounds
    network, share, log_odds = _with_network(trees, first.log_odds, wrong, train, calibration)
    calibrator, tried = _calibrated(log_odds, wrong[calibration])
    booster = trees.learn_for(rounds, shape, train=np.sort(rows), **how)
    about: dict[str, Any] = {"risk_model": "lightgbm and network" if network else "lightgbm", "risk_rounds": rounds}
    about |= {"risk_network_share": round(share, 4), "risk_calibrator": calibrator.to_json()["kind"]}
    about |= {f"risk_calibration_log_loss_{kind}": round(loss, 5) for kind, loss in tried.items()}
    predictor = RiskPredictor(
        booster=booster,
        base=base,
        calibrator=calibrator,
        starts_from_causes=trees.start is not None,
        start_gain=_start_gain(trees.start[rows], wrong[rows], base) if trees.start is not None else 0.0,
        network=network,
        network_share=share,
    )
    return predictor, about | shape.params("risk")


@dataclass(frozen=True, slots=True, kw_only=True)
class _FirstModel:
    """A model of the train part alone. log_odds: what it says of the calibration part."""

    shape: Shape
    rounds: int
    log_odds: Column


def _best_shape(
    trees: BoostedTrees, shapes: Sequence[Shape], train: Positions, calibration: Positions, how: Mapping[str, Any]
) -> _FirstModel:
    """Learn with each shape and keep the one with the least log-loss on the calibration part; the first where that is too thin to tell."""
    happened = how["target"][calibration]
    if min(happened.sum(), (1.0 - happened).sum()) < _LEAST_OF_CLASS_TO_CHOOSE:
        shapes = shapes[:1]
    models = []
    for shape in shapes:
        booster, rounds = trees.learn(shape, train=train, stop_on=calibration, **how)
        models.append(_FirstModel(shape=shape, rounds=rounds, log_odds=trees.raw_scores(booster, calibration)[:, 0]))
    return min(models, key=lambda model: log_loss(sigmoid(model.log_odds), happened)) if len(models) > 1 else models[0]


def _with_network(
    trees: BoostedTrees, log_odds: Column, wrong: Column, train: Positions, calibration: Positions
) -> tuple[Network | None, float, Column]:
    """Learn a network of all rows, and give its share of the answer and the log-odds both give the calibration part; of the trees alone
    where it has none."""
    shape = shape_for(RISK_NETWORK_SHAPES, len(train))
    if shape is None or len(calibration) < _LEAST_TO_CALIBRATE:
        return None, 0.0, log_odds
    rows = np.concatenate([train, calibration])
    inputs, answers = encode(trees.columns, rows, trees.categories), wrong[rows].astype(np.int64)
    how: dict[str, Any] = {"n_outputs": 1, "shape": shape, "seed": trees.seed}
    first = learn_network(inputs, answers, rows=np.arange(len(train)), **how)
    beside = first.raw_scores(trees.columns[calibration])[:, 0]
    share = earned_share(_of_either(log_odds), _of_either(beside), answers[len(train) :])
    if not share:
        return None, 0.0, log_odds
    return learn_network(inputs, answers, rows=np.arange(len(rows)), **how), share, blended(log_odds, beside, share)


def _of_either(log_odds: Column) -> Matrix:
    """Return raw scores of being right and of being wrong, shape (n, 2)."""
    return np.column_stack([np.zeros(len(log_odds)), log_odds])


def fit_impact(
    trees: BoostedTrees, parts: Split, wrong: Column, loss: Column, stake: Column
) -> tuple[ImpactPredictor, dict[str, Any]]:
    """Learn the loss of a wrong straight-through act from the wrong cases whose loss is known.

    By the gamma deviance, as severity is modelled in insurance: it asks for the mean at once, however much the spread differs from case
    to case, and holds an error of a tenth alike of small losses and of large ones (McCullagh & Nelder, Generalized Linear Models, ch. 8).
    Where hardly any loss is known (rulings carry none), the money at `stake` is learnt in its place where it is known: what is not
    known is not nothing.
    """
    rows = np.concatenate([parts.train, parts.calibration])
    cost = np.where(wrong == 1, np.maximum(loss, 0.0), np.nan)
    about: dict[str, Any] = {"impact_learnt_from": "losses"}
    if np.isfinite(cost[rows]).sum() < _LEAST_LOSSES:
        cost = np.where(stake > 0, stake, np.nan)
        about = {"impact_learnt_from": STAKE if np.isfinite(cost[rows]).any() else NOTHING}
    train, calibration = _known(parts.train, cost), _known(parts.calibration, cost)
    rows = np.concatenate([train, calibration])
    base = float(cost[rows].mean()) if len(rows) else 0.0
    if len(train) < _LEAST_ROWS or float(np.ptp(cost[train])) == 0.0:
        return ImpactPredictor(booster=None, base=base), about | {"impact_model": "mean"}
    shape = shape_for(IMPACT_SHAPES, len(train))
    how: dict[str, Any] = {"objective": {"objective": "gamma"}, "target": np.maximum(cost, _LEAST_LOSS)}
    first, rounds = trees.learn(shape, train=train, stop_on=calibration, **how)
    booster = trees.learn_for(rounds, shape, train=np.sort(rows), **how)
    model, judged = (first, calibration) if _tells_a_mean(cost[calibration]) else (booster, rows)
    slope, intercept = _made_to_agree(trees.raw_scores(model, judged)[:, 0], cost[judged])
    cap = float(cost[rows].max())
    predictor = ImpactPredictor(booster=booster, base=base, slope=slope, intercept=intercept, cap=cap)
    about |= {"impact_model": "lightgbm", "impact_rounds": rounds, "impact_slope": round(slope, 4)}
    return predictor, about | shape.params("impact")


def _tells_a_mean(cost: Column) -> bool:
    """Return whether there are enough losses to agree with, and enough that are any: of nothing but zeros all impact would vanish."""
    return len(cost) >= _LEAST_TO_CALIBRATE and int((cost > 0).sum()) >= _LEAST_LOSSES


def _start_gain(start: Column, wrong: Column, base: float) -> float:
    """Return twice the log-loss saved by starting there instead of at the base rate, which is what LightGBM calls gain."""
    saved = log_loss(np.full(len(wrong), base), wrong) - log_loss(sigmoid(start), wrong)
    return max(0.0, 2.0 * len(wrong) * saved)


def _calibrated(log_odds: Column, happened: Column) -> tuple[Calibrator, dict[str, float]]:
    if len(happened) < _LEAST_TO_CALIBRATE or not 0 < happened.sum() < len(happened):
        return Sigmoid(), {}
    return choose_calibrator(log_odds, happened)


def _made_to_agree(predicted: NDArray[np.float64], cost: Column) -> tuple[float, float]:
    """Fit E[cost] = exp(intercept + slope x predicted logarithm of the mean), so that the totals agree.

    The slope by Poisson regression, which needs only the mean to be right; it stays 1 where few losses, some huge, would
    decide it.
    """
    slope = 1.0
    if len(cost) >= _LEAST_FOR_SLOPE:
        slope = float(np.clip(_poisson_slope(predicted, cost), 0.7, 1.3))
    intercept = float(np.log(max(cost.sum(), 1e-9)) - np.log(np.exp(slope * predicted).sum()))
    return slope, intercept


def _poisson_slope(predicted: NDArray[np.float64], cost: Column) -> float:
    slope = 1.0
    for _ in range(30):
        weights = np.exp(slope * predicted - (slope * predicted).max())
        shares = weights / weights.sum()
        mean = float(shares @ predicted)
        spread = float(shares @ (predicted - mean) ** 2)
        # The intercept is profiled out: the slope makes the cost-weighted mean agree.
        step = (float(cost @ predicted) / float(cost.sum()) - mean) / max(spread, 1e-9) if cost.sum() > 0 else 0.0
        slope += float(np.clip(step, -0.5, 0.5))
        if abs(step) < 1e-8:
            break
    return slope


def tuned_risk_shape(
    trees: BoostedTrees, parts: Split, wrong: Column, *, minutes: float, progress: Callable[[str], None]
) -> Shape | None:
    """Search for the risk model's shape; None where there is no time or, as `why_not_tuned` says, there are too few rows to choose by."""
    if minutes <= 0.0 or why_not_tuned(parts, wrong, minutes=minutes):
        return None
    train, calibration = _known(parts.train, wrong), _known(parts.calibration, wrong)
    start = shape_for(RISK_SHAPES, len(train))[0]
    return tune(
        trees,
        start,
        target=wrong,
        train=train,
        judge_on=calibration,
        minutes=minutes,
        seed=trees.seed,
        progress=progress,
    )


def why_not_tuned(parts: Split, wrong: Column, *, minutes: float) -> str:
    """Return why no shape is searched for though there were time: how many rows there are, and how many it needs; "" where one is."""
    train, calibration = len(_known(parts.train, wrong)), len(_known(parts.calibration, wrong))
    if minutes <= 0.0 or min(train, calibration) >= _LEAST_TO_TUNE:
        return ""
    return (
        f"tune_minutes {minutes:g} is not used: a search for the risk model's shape needs {_LEAST_TO_TUNE} cases known to be right or "
        f"wrong in the train part and as many in the calibration part, but there are {train:,} and {calibration:,}; give more "
        "labelled cases, or leave it out"
    )


def _known(rows: Positions, values: Column) -> Positions:
    return rows[~np.isnan(values[rows])]
