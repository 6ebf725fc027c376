"""The cause head, and what it says of the very cases it learnt from: each is answered by a model that has not seen
it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from features.columns import Column
from features.recipe import Matrix
from models.booster import Booster
from models.calibration import softmax
from models.cause_probabilities import RiskOfCauses
from models.predictors import CausePredictor
from training.fitting.blend import blend_boosters, blended, earned_share
from training.fitting.boosting import BoostedTrees, BoostingOptions, Positions
from training.fitting.calibrating import fit_logistic, fit_temperature
from training.fitting.estimator import BoostedEstimator

CAUSE_OPTIONS: Final[Mapping[int, tuple[BoostingOptions, ...]]] = {
    0: (
        BoostingOptions(learning_rate=0.10, num_leaves=7, n_estimators=120, early_stopping_rounds=12),
        BoostingOptions(learning_rate=0.10, num_leaves=7, n_estimators=300, early_stopping_rounds=20, extra_trees=True),
    ),
    30_000: (
        BoostingOptions(
            learning_rate=0.08, num_leaves=7, n_estimators=600, early_stopping_rounds=15, feature_fraction=0.5
        ),
    ),
}
"""By the fewest rows learnt from, the simplest first. Of few rows, some are learnt far better with random cuts and some
worse."""
ADDITIVE_CAUSE: Final = BoostingOptions(
    learning_rate=0.10, num_leaves=2, n_estimators=1200, early_stopping_rounds=20, feature_fraction=0.5
)
FOLDS: Final = 3
_MIN_ROWS: Final = 50
_MIN_OF_CLASS: Final = 3
_MIN_LABELS_TO_CALIBRATE: Final = 40
_MIN_ROWS_TO_CHOOSE: Final = 300
_MIN_LABELS_TO_AGREE: Final = 100
_PRIOR_CASES: Final = 20.0
_MIN_PROBABILITY: Final = 1e-7


class CauseClassifier(ClassifierMixin, BoostedEstimator):
    """Learn which cause is the true one.

    After `fit`: predictor_ for the bundle; oof_proba_, the probability of every label for each row, shape (n,
    n_labels), from a model that did not learn from that row (None where too little was known to learn from); about_,
    for the record.
    """

    options_by_rows: ClassVar[Mapping[int, tuple[BoostingOptions, ...]]] = CAUSE_OPTIONS

    def fit(
        self,
        X: Matrix,
        y: Column,
        *,
        n_labels: int | None = None,
        wrong: Column | None = None,
        groups: Sequence[str | None] | None = None,
    ) -> "CauseClassifier":
        """Learn from label positions, NaN where unknown.

        As many models as there are folds learn from all rows but one fold and say when to stop; the one that is kept
        learns from all of them. Of several options, those that answer the first fold best are taken. Beside the trees
        an additive model learns in the same way, and gets the share of the answer with which both answer best.
        n_labels: how many labels there are, some of which may never occur; None: as many as `y` shows. wrong: 0 or 1,
        NaN where unknown: how often each cause goes wrong.
        groups: rows of one group share a fold.
        """
        codes = np.asarray(y, dtype=np.float64)
        known = codes[~np.isnan(codes)].astype(np.int64)
        n_labels = n_labels or int(known.max(initial=0)) + 1
        self.classes_ = np.arange(n_labels)
        counts = np.bincount(known, minlength=n_labels)
        base = tuple(((counts + 0.5) / (counts.sum() + 0.5 * n_labels)).tolist())
        seen = np.flatnonzero(counts >= _MIN_OF_CLASS)
        self.oof_proba_: Matrix | None = None
        if len(seen) < 2 or len(known) < _MIN_ROWS:
            self.predictor_ = CausePredictor(booster=None, base=base)
            self.about_: dict[str, Any] = {"cause_model": "base rates"}
            return self
        place = np.full(n_labels, -1)
        place[seen] = np.arange(len(seen))
        target = np.where(np.isnan(codes), -1.0, place[np.nan_to_num(codes).astype(np.int64)])
        rows = np.flatnonzero(target >= 0)
        trees, answers = self.trees(X), target[rows].astype(np.int64)
        learnt = self._learn(trees, target, rows, folds(rows, groups), answers, len(seen))
        predictor = CausePredictor(
            booster=learnt.booster,
            base=base,
            classes=tuple(seen.tolist()),
            temperature=fit_temperature(learnt.raw, answers) if len(rows) >= _MIN_LABELS_TO_CALIBRATE else 1.0,
        )
        out_of_fold = predictor.probabilities(learnt.raw)
        happened = np.full(len(codes), np.nan) if wrong is None else wrong
        self.predictor_ = replace(predictor, suggested=_risk_of_causes(out_of_fold, codes[rows], happened[rows]))
        others = np.flatnonzero(target < 0)
        self.oof_proba_ = np.empty((len(codes), n_labels))
        self.oof_proba_[rows] = out_of_fold
        self.oof_proba_[others] = self.predictor_.predict(trees.columns[others])
        self.about_ = learnt.about | {"cause_classes": len(seen), "cause_temperature": round(predictor.temperature, 4)}
        return self

    def predict_proba(self, X: Matrix) -> Matrix:
        """Return the probability of every label, shape (n, n_labels)."""
        return self.predictor_.predict(np.asarray(X, dtype=np.float64))

    def predict(self, X: Matrix) -> NDArray[np.int64]:
        """Return the likeliest label's position, shape (n,)."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def _learn(
        self,
        trees: BoostedTrees,
        target: Column,
        rows: Positions,
        fold: NDArray[np.int64],
        answers: NDArray[np.int64],
        n_classes: int,
    ) -> "_Learnt":
        how: dict[str, Any] = {"objective": {"objective": "multiclass", "num_class": n_classes}, "target": target}
        raw, options, rounds = _left_out(trees, self.options(len(rows)), how, rows, fold, n_classes)
        booster, share = trees.learn_for(rounds, options, train=rows, **how), 0.0
        if self.additive and len(rows) >= _MIN_ROWS_TO_CHOOSE:
            additive, _, ran = _left_out(trees, (ADDITIVE_CAUSE,), how, rows, fold, n_classes)
            share = earned_share(raw, additive, answers)
            if share:
                raw = blended(raw, additive, share)
                booster = blend_boosters(booster, trees.learn_for(ran, ADDITIVE_CAUSE, train=rows, **how), share)
        about = {"cause_model": "lightgbm", "cause_rounds": rounds, "cause_additive_share": round(share, 4)}
        return _Learnt(booster=booster, raw=raw, about=about | options.params("cause"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learnt:
    """raw: raw scores of each row by the models that left its fold out."""

    booster: Booster
    raw: Matrix
    about: dict[str, Any]


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
    options: Sequence[BoostingOptions],
    how: Mapping[str, Any],
    rows: Positions,
    fold: NDArray[np.int64],
    n_classes: int,
) -> tuple[Matrix, BoostingOptions, int]:
    """Return each row's raw scores by the model that left its fold out, the options of these models, and the rounds
    they ran on average."""
    raw = np.empty((len(rows), n_classes))
    rounds = []
    for number in range(FOLDS):
        out = fold == number
        if number == 0 and out.sum() < _MIN_ROWS_TO_CHOOSE:
            options = options[:1]
        tried = []
        for one in options:
            model, ran = trees.learn(one, train=rows[~out], stop_on=rows[out], **how)
            tried.append((one, ran, trees.raw_scores(model, rows[out])))
        truth = how["target"][rows[out]].astype(np.int64)
        best, ran, raw[out] = min(tried, key=lambda one: _log_loss(one[2], truth)) if len(tried) > 1 else tried[0]
        options = (best,)
        rounds.append(ran)
    return raw, options[0], round(float(np.mean(rounds)))


def _log_loss(raw: Matrix, truth: NDArray[np.int64]) -> float:
    of_truth = softmax(raw, 1.0)[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(of_truth, _MIN_PROBABILITY, 1.0)).mean())


def _risk_of_causes(probabilities: Matrix, codes: Column, wrong: Column) -> RiskOfCauses:
    """Fit every label's share of wrong cases, drawn towards the share of all where a label is rare, and what makes the
    risk agree."""
    known = ~np.isnan(wrong)
    positions, happened = codes[known].astype(np.int64), wrong[known]
    overall = (float(happened.sum()) + 0.5) / (len(happened) + 1.0)
    counts = np.bincount(positions, minlength=probabilities.shape[1])
    bad = np.bincount(positions, weights=happened, minlength=probabilities.shape[1])
    risk = RiskOfCauses(rates=tuple(((bad + _PRIOR_CASES * overall) / (counts + _PRIOR_CASES)).tolist()))
    if min(happened.sum(), (1.0 - happened).sum()) < _MIN_LABELS_TO_AGREE:
        return risk
    slope, intercept = fit_logistic(risk.log_odds(probabilities[known])[:, None], happened)
    return replace(risk, slope=slope, intercept=intercept) if slope > 0 else risk
