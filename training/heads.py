"""What each head learns, how, and what it answers where its data are too thin."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from models.calibration import Calibrator, Sigmoid, choose_calibrator, fit_temperature
from models.predictors import CausePredictor, ImpactPredictor, RiskPredictor
from training.boosting import BoostedTrees, Positions, Shape
from training.mixing import second_opinion
from training.split import Split
from training.tuning import tune

CAUSE_SHAPES: Final = {
    0: Shape(learning_rate=0.10, leaves=7, rounds=120, patience=12),
    30_000: Shape(learning_rate=0.08, leaves=15, rounds=260, patience=12),
}
RISK_SHAPES: Final = {
    0: Shape(learning_rate=0.05, leaves=8, rounds=300, patience=30),
    30_000: Shape(learning_rate=0.05, leaves=24, rounds=1000, patience=40),
}
IMPACT_SHAPES: Final = {
    0: Shape(learning_rate=0.05, leaves=8, rounds=200, patience=25),
    5_000: Shape(learning_rate=0.05, leaves=16, rounds=400, patience=30),
}
"""By the fewest rows learnt from: what many rows can teach, few would only be overfitted by."""
_LEAST_ROWS: Final = 50
_LEAST_OF_CLASS: Final = 3
_LEAST_TO_CALIBRATE: Final = 40
_LEAST_FOR_SLOPE: Final = 300
_LEAST_TO_TUNE: Final = 400


def fit_cause(
    trees: BoostedTrees, parts: Split, codes: Column, *, n_labels: int
) -> tuple[CausePredictor, dict[str, Any]]:
    """Learn the cause from label positions, NaN where unknown."""
    train, calibration = _known(parts.train, codes), _known(parts.calibration, codes)
    counts = np.bincount(codes[np.concatenate([train, calibration])].astype(np.int64), minlength=n_labels)
    base = tuple(((counts + 0.5) / (counts.sum() + 0.5 * n_labels)).tolist())
    in_train = np.bincount(codes[train].astype(np.int64), minlength=n_labels)
    classes = np.flatnonzero(in_train >= _LEAST_OF_CLASS)
    if len(classes) < 2 or len(train) < _LEAST_ROWS:
        return CausePredictor(booster=None, base=base), {"cause_model": "base rates"}
    place = np.full(n_labels, -1)
    place[classes] = np.arange(len(classes))
    target = np.where(np.isnan(codes), -1.0, place[np.nan_to_num(codes).astype(np.int64)])
    train, calibration = train[target[train] >= 0], calibration[target[calibration] >= 0]
    shape = _shape(CAUSE_SHAPES, len(train))
    booster, rounds = trees.learn(
        shape,
        objective={"objective": "multiclass", "num_class": len(classes)},
        target=target,
        train=train,
        stop_on=calibration,
    )
    temperature = 1.0
    if len(calibration) >= _LEAST_TO_CALIBRATE:
        temperature = fit_temperature(
            booster.raw_scores(trees.columns[calibration]), target[calibration].astype(np.int64)
        )
    about = {"cause_model": "lightgbm", "cause_rounds": rounds, "cause_classes": len(classes)}
    predictor = CausePredictor(booster=booster, base=base, classes=tuple(classes.tolist()), temperature=temperature)
    return predictor, about | {"cause_temperature": round(temperature, 4)} | _described("cause", shape)


def fit_risk(
    trees: BoostedTrees,
    parts: Split,
    wrong: Column,
    *,
    codes: Column | None = None,
    causes: CausePredictor | None = None,
    shape: Shape | None = None,
) -> tuple[RiskPredictor, dict[str, Any]]:
    """Learn whether acting straight through would be wrong, from 0/1, NaN where unknown.

    codes, causes: label positions and the cause head, whose view is mixed in where that helps. shape: None goes by the number of
    rows.
    """
    train, calibration = _known(parts.train, wrong), _known(parts.calibration, wrong)
    known = wrong[np.concatenate([train, calibration])]
    base = (float(known.sum()) + 0.5) / (len(known) + 1.0)
    if len(train) < _LEAST_ROWS or min(wrong[train].sum(), (1 - wrong[train]).sum()) < _LEAST_OF_CLASS:
        return RiskPredictor(booster=None, base=base, calibrator=Sigmoid()), {"risk_model": "base rate"}
    shape = shape or _shape(RISK_SHAPES, len(train))
    booster, rounds = trees.learn(
        shape, objective={"objective": "binary"}, target=wrong, train=train, stop_on=calibration
    )
    own = booster.raw_scores(trees.columns[calibration])[:, 0] if len(calibration) else np.zeros(0)
    second = None
    if causes is not None and codes is not None:
        second = second_opinion(causes, trees.columns, parts, codes, wrong, own=own, judge_on=calibration)
    mixed = own if second is None else second.mix(own, trees.columns[calibration])
    calibrator, tried = _calibrated(mixed, wrong[calibration])
    about = {"risk_model": "lightgbm", "risk_rounds": rounds, "risk_calibrator": calibrator.to_json()["kind"]}
    about |= {f"risk_calibration_log_loss_{kind}": round(loss, 5) for kind, loss in tried.items()}
    about["risk_weight_of_causes"] = round(second.cause_weight, 4) if second is not None else 0.0
    predictor = RiskPredictor(booster=booster, base=base, calibrator=calibrator, second=second)
    return predictor, about | _described("risk", shape)


def fit_impact(
    trees: BoostedTrees, parts: Split, wrong: Column, loss: Column
) -> tuple[ImpactPredictor, dict[str, Any]]:
    """Learn the loss of a wrong straight-through act from the wrong cases whose loss is known."""
    cost = np.where(wrong == 1, np.maximum(loss, 0.0), np.nan)
    train, calibration = _known(parts.train, cost), _known(parts.calibration, cost)
    known = cost[np.concatenate([train, calibration])]
    base = float(known.mean()) if len(known) else 0.0
    if len(train) < _LEAST_ROWS or float(np.ptp(cost[train])) == 0.0:
        return ImpactPredictor(booster=None, base=base), {"impact_model": "mean"}
    target = np.log1p(cost)
    shape = _shape(IMPACT_SHAPES, len(train))
    booster, rounds = trees.learn(
        shape, objective={"objective": "regression"}, target=target, train=train, stop_on=calibration
    )
    judged = calibration if len(calibration) >= _LEAST_TO_CALIBRATE else np.concatenate([train, calibration])
    slope, intercept = _mean_of_log(booster.raw_scores(trees.columns[judged])[:, 0], cost[judged])
    predictor = ImpactPredictor(booster=booster, base=base, slope=slope, intercept=intercept, cap=float(known.max()))
    about = {"impact_model": "lightgbm", "impact_rounds": rounds, "impact_slope": round(slope, 4)}
    return predictor, about | _described("impact", shape)


def _calibrated(log_odds: Column, happened: Column) -> tuple[Calibrator, dict[str, float]]:
    if len(happened) < _LEAST_TO_CALIBRATE or not 0 < happened.sum() < len(happened):
        return Sigmoid(), {}
    return choose_calibrator(log_odds, happened)


def _mean_of_log(predicted: NDArray[np.float64], cost: Column) -> tuple[float, float]:
    """Fit E[cost] = exp(intercept + slope x predicted logarithm), so that the totals agree.

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
    """Search for the risk model's shape; None where there is no time or there are too few rows to choose by."""
    train, calibration = _known(parts.train, wrong), _known(parts.calibration, wrong)
    if minutes <= 0.0 or min(len(train), len(calibration)) < _LEAST_TO_TUNE:
        return None
    start = _shape(RISK_SHAPES, len(train))
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


def _shape(shapes: Mapping[int, Shape], rows: int) -> Shape:
    return shapes[max(least for least in shapes if least <= rows)]


def _known(rows: Positions, values: Column) -> Positions:
    return rows[~np.isnan(values[rows])]


def _described(head: str, shape: Shape) -> dict[str, Any]:
    return {
        f"{head}_learning_rate": shape.learning_rate,
        f"{head}_leaves": shape.leaves,
        f"{head}_column_share": shape.column_share,
        f"{head}_l2": shape.l2,
    }
