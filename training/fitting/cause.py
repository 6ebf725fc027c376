"""The cause head, and what it says of the very cases it learnt from: each is answered by a model that has not seen it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix
from models.calibration import fit_logistic, fit_temperature, softmax
from models.cause_probabilities import RiskOfCauses
from models.network import Network
from models.predictors import CausePredictor, blended
from training.fitting.blend import earned_share
from training.fitting.boosting import BoostedTrees, Positions, Shape, shape_for
from training.fitting.fit_network import NetworkShape, encode, learn_network
from training.fitting.split import Split

CAUSE_SHAPES: Final[Mapping[int, tuple[Shape, ...]]] = {
    0: (
        Shape(learning_rate=0.10, leaves=7, rounds=120, patience=12),
        Shape(learning_rate=0.10, leaves=7, rounds=300, patience=20, random_cuts=True),
    ),
    30_000: (Shape(learning_rate=0.08, leaves=7, rounds=600, patience=15, column_share=0.5),),
}
"""By the fewest rows learnt from, the simplest first. Of few rows, some are learnt far better with random cuts and some worse."""
NETWORK_SHAPES: Final[Mapping[int, NetworkShape | None]] = {
    0: None,
    5_000: NetworkShape(epochs=40),
    30_000: NetworkShape(epochs=30),
    150_000: NetworkShape(epochs=20),
}
"""By the fewest rows learnt from: few rows teach a network nothing that trees do not know; many need not be seen so often."""
FOLDS: Final = 3
_LEAST_ROWS: Final = 50
_LEAST_OF_CLASS: Final = 3
_LEAST_TO_CALIBRATE: Final = 40
_LEAST_TO_CHOOSE: Final = 300
_LEAST_TO_AGREE: Final = 100
_PRIOR_CASES: Final = 20.0
_SURE: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntCause:
    """The cause head and what later heads may learn from it.

    chances: of every label for each case in train and calibration, shape (n, n_labels), from a model that did not learn from that
    case, or what it learnt would look surer than it is; NaN for other cases. None where the head has no booster. about: for the record.
    """

    predictor: CausePredictor
    chances: Matrix | None
    about: dict[str, Any]


def fit_cause(
    trees: BoostedTrees,
    parts: Split,
    codes: Column,
    *,
    wrong: Column,
    n_labels: int,
    groups: Sequence[str | None] | None = None,
) -> LearntCause:
    """Learn the cause from label positions, NaN where unknown. wrong: 0 or 1, NaN where unknown.

    As many models as there are folds learn from all cases but one fold and say when to stop; the one that is kept learns from
    all of them. Of several shapes, the one that answers the first fold best is taken. Beside the trees a network learns in the same way, and
    gets the share of the answer with which both answer best. groups: cases of one group share a fold.
    """
    learnable = np.sort(np.concatenate([parts.train, parts.calibration]))
    rows = learnable[~np.isnan(codes[learnable])]
    counts = np.bincount(codes[rows].astype(np.int64), minlength=n_labels)
    base = tuple(((counts + 0.5) / (counts.sum() + 0.5 * n_labels)).tolist())
    classes = np.flatnonzero(counts >= _LEAST_OF_CLASS)
    if len(classes) < 2 or len(rows) < _LEAST_ROWS:
        return LearntCause(
            predictor=CausePredictor(booster=None, base=base), chances=None, about={"cause_model": "base rates"}
        )
    place = np.full(n_labels, -1)
    place[classes] = np.arange(len(classes))
    target = np.where(np.isnan(codes), -1.0, place[np.nan_to_num(codes).astype(np.int64)])
    rows = rows[target[rows] >= 0]
    shapes = shape_for(CAUSE_SHAPES, len(rows))
    how: dict[str, Any] = {"objective": {"objective": "multiclass", "num_class": len(classes)}, "target": target}
    fold, answers = folds(rows, groups), target[rows].astype(np.int64)
    raw, shape, rounds = _left_out(trees, shapes, how, rows, fold, len(classes))
    network, share, raw = _with_network(trees, raw, rows, fold, answers)
    predictor = CausePredictor(
        booster=trees.learn_for(rounds, shape, train=rows, **how),
        base=base,
        classes=tuple(classes.tolist()),
        network=network,
        network_share=share,
        temperature=fit_temperature(raw, answers) if len(rows) >= _LEAST_TO_CALIBRATE else 1.0,
    )
    predictor = replace(predictor, suggested=_suggested(predictor.chances(raw), codes[rows], wrong[rows]))
    chances = np.full((len(codes), n_labels), np.nan)
    chances[rows] = predictor.chances(raw)
    others = np.setdiff1d(learnable, rows)
    chances[others] = predictor.predict(trees.columns[others])
    about: dict[str, Any] = {"cause_model": "lightgbm and network" if network else "lightgbm", "cause_rounds": rounds}
    about |= {"cause_classes": len(classes), "cause_network_share": round(share, 4)}
    about |= {"cause_temperature": round(predictor.temperature, 4)} | shape.params("cause")
    return LearntCause(predictor=predictor, chances=chances, about=about)


def folds(rows: Positions, groups: Sequence[str | None] | None) -> NDArray[np.int64]:
    """Deal rows out to the folds in turn, those of one group to the same fold."""
    if groups is None:
        return np.arange(len(rows)) % FOLDS
    first: dict[str, int] = {}
    turns = [
        at if (group := groups[row]) is None else first.setdefault(group, at) for at, row in enumerate(rows.tolist())
    ]
    return np.array(turns, dtype=np.int64) % FOLDS


def _left_out(
    trees: BoostedTrees,
    shapes: Sequence[Shape],
    how: Mapping[str, Any],
    rows: Positions,
    fold: NDArray[np.int64],
    n_classes: int,
) -> tuple[Matrix, Shape, int]:
    """Give each row's raw scores by the model that left its fold out, the shape of these models, and the rounds they ran on average."""
    raw = np.empty((len(rows), n_classes))
    rounds = []
    for number in range(FOLDS):
        out = fold == number
        if number == 0 and out.sum() < _LEAST_TO_CHOOSE:
            shapes = shapes[:1]
        tried = []
        for shape in shapes:
            model, ran = trees.learn(shape, train=rows[~out], stop_on=rows[out], **how)
            tried.append((shape, ran, trees.raw_scores(model, rows[out])))
        truth = how["target"][rows[out]].astype(np.int64)
        best, ran, raw[out] = min(tried, key=lambda one: _log_loss(one[2], truth)) if len(tried) > 1 else tried[0]
        shapes = (best,)
        rounds.append(ran)
    return raw, shapes[0], round(float(np.mean(rounds)))


def _with_network(
    trees: BoostedTrees, raw: Matrix, rows: Positions, fold: NDArray[np.int64], answers: NDArray[np.int64]
) -> tuple[Network | None, float, Matrix]:
    """Learn a network of all rows, and give its share of the answer and the left-out raw scores of both; of the trees where it has none."""
    shape = shape_for(NETWORK_SHAPES, len(rows))
    if shape is None:
        return None, 0.0, raw
    how: dict[str, Any] = {"n_outputs": raw.shape[1], "shape": shape, "seed": trees.seed}
    inputs, place = encode(trees.columns, rows, trees.categories), np.arange(len(rows))
    beside = np.empty_like(raw)
    for number in range(FOLDS):
        out = fold == number
        beside[out] = learn_network(inputs, answers, rows=place[~out], **how).raw_scores(trees.columns[rows[out]])
    share = earned_share(raw, beside, answers)
    if not share:
        return None, 0.0, raw
    return learn_network(inputs, answers, rows=place, **how), share, blended(raw, beside, share)


def _log_loss(raw: Matrix, truth: NDArray[np.int64]) -> float:
    chances = softmax(raw, 1.0)[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(chances, _SURE, 1.0)).mean())


def _suggested(chances: Matrix, codes: Column, wrong: Column) -> RiskOfCauses:
    """Give every label's share of wrong cases, drawn towards the share of all where a label is rare, and what makes the risk agree."""
    known = ~np.isnan(wrong)
    positions, happened = codes[known].astype(np.int64), wrong[known]
    overall = (float(happened.sum()) + 0.5) / (len(happened) + 1.0)
    counts = np.bincount(positions, minlength=chances.shape[1])
    bad = np.bincount(positions, weights=happened, minlength=chances.shape[1])
    risk = RiskOfCauses(rates=tuple(((bad + _PRIOR_CASES * overall) / (counts + _PRIOR_CASES)).tolist()))
    if min(happened.sum(), (1.0 - happened).sum()) < _LEAST_TO_AGREE:
        return risk
    slope, intercept = fit_logistic(risk.log_odds(chances[known])[:, None], happened)
    return replace(risk, slope=slope, intercept=intercept) if slope > 0 else risk
