"""The risk head: whether acting straight through would be wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from features.columns import Column
from features.recipe import Matrix
from models.booster import Booster
from models.calibration import Calibrator, Sigmoid, sigmoid
from models.predictors import RiskPredictor
from training.fitting.blend import as_two_columns, blend_boosters, blended, earned_share
from training.fitting.boosting import BoostedTrees, BoostingOptions, Positions
from training.fitting.calibrating import choose_calibrator, log_loss
from training.fitting.estimator import BoostedEstimator
from training.fitting.tuning import tune

RISK_OPTIONS: Final[Mapping[int, tuple[BoostingOptions, ...]]] = {
    0: (
        BoostingOptions(learning_rate=0.03, num_leaves=8, n_estimators=900, early_stopping_rounds=40),
        BoostingOptions(
            learning_rate=0.03, num_leaves=8, n_estimators=1200, early_stopping_rounds=40, extra_trees=True
        ),
        BoostingOptions(
            learning_rate=0.03, num_leaves=31, n_estimators=600, early_stopping_rounds=40, feature_fraction=0.6
        ),
        # LightGBM as it comes: nobody should do better by knowing less.
        BoostingOptions(
            learning_rate=0.1,
            num_leaves=31,
            n_estimators=100,
            early_stopping_rounds=100,
            feature_fraction=1.0,
            lambda_l2=0.0,
            min_data_in_leaf=20,
        ),
    ),
    30_000: (
        BoostingOptions(
            learning_rate=0.03, num_leaves=12, n_estimators=3000, early_stopping_rounds=60, feature_fraction=0.6
        ),
    ),
}
"""By the fewest rows learnt from, the simplest first. Few rows do not say by their number how much can be learnt from
them: there all are tried, which costs seconds. Two would do but for public data: see decision 16."""
ADDITIVE_RISK: Final = BoostingOptions(
    learning_rate=0.10, num_leaves=2, n_estimators=2000, early_stopping_rounds=40, feature_fraction=0.5
)
BINARY: Final = {"objective": "binary"}
_MIN_ROWS: Final = 50
_MIN_OF_CLASS: Final = 3
_MIN_LABELS_TO_CALIBRATE: Final = 40
_MIN_ROWS_TO_TUNE: Final = 400
_MIN_OF_CLASS_TO_CHOOSE: Final = 50
_CALIBRATION_SHARE: Final = 0.2


class RiskClassifier(ClassifierMixin, BoostedEstimator):
    """Learn the probability of an event: that acting straight through would be wrong.

    After `fit`: predictor_ for the bundle; about_, for the record.
    """

    options_by_rows: ClassVar[Mapping[int, tuple[BoostingOptions, ...]]] = RISK_OPTIONS

    def fit(
        self, X: Matrix, y: Column, *, calibration: NDArray[np.bool_] | None = None, start: Column | None = None
    ) -> "RiskClassifier":
        """Learn from 0 and 1.

        calibration: which rows say when to stop, which options and how large an additive share are best, and how to
        calibrate, before they are learnt from as well; None: the last fifth. start: log-odds that the model only
        corrects, one per row; they must be the last column of X, where a prediction finds them.
        """
        wrong = np.asarray(y, dtype=np.float64)
        self.classes_ = np.array([0, 1])
        later = last_rows(len(wrong)) if calibration is None else np.asarray(calibration, dtype=bool)
        train, held_out = np.flatnonzero(~later), np.flatnonzero(later)
        base = (float(wrong.sum()) + 0.5) / (len(wrong) + 1.0)
        if len(train) < _MIN_ROWS or min(wrong[train].sum(), (1 - wrong[train]).sum()) < _MIN_OF_CLASS:
            self.predictor_ = RiskPredictor(booster=None, base=base, calibrator=Sigmoid())
            self.about_: dict[str, Any] = {"risk_model": "base rate"}
            return self
        trees = self.trees(X, start)
        first = _best(trees, self.options(len(train)), wrong, train, held_out)
        everything = np.arange(len(wrong))
        booster, share, log_odds = (
            trees.learn_for(first.rounds, first.options, objective=BINARY, target=wrong, train=everything),
            0.0,
            first.log_odds,
        )
        if self.additive and _can_choose(wrong[held_out]):
            additive = _first_model(trees, ADDITIVE_RISK, wrong, train, held_out)
            share = earned_share(
                as_two_columns(log_odds), as_two_columns(additive.log_odds), wrong[held_out].astype(np.int64)
            )
            if share:
                log_odds = np.asarray(blended(log_odds, additive.log_odds, share))
                other = trees.learn_for(
                    additive.rounds, ADDITIVE_RISK, objective=BINARY, target=wrong, train=everything
                )
                booster = blend_boosters(booster, other, share)
        calibrator, tried = _calibrated(log_odds, wrong[held_out])
        self.predictor_ = RiskPredictor(
            booster=booster,
            base=base,
            calibrator=calibrator,
            starts_from_causes=start is not None,
            start_gain=_start_gain(start, wrong, base) if start is not None else 0.0,
        )
        self.about_ = {"risk_model": "lightgbm", "risk_rounds": first.rounds, "risk_additive_share": round(share, 4)}
        self.about_ |= {"risk_calibrator": calibrator.to_json()["kind"]} | first.options.params("risk")
        self.about_ |= {f"risk_calibration_log_loss_{kind}": round(loss, 5) for kind, loss in tried.items()}
        return self

    def predict_proba(self, X: Matrix) -> Matrix:
        """Return the calibrated probabilities that it does not and does happen, shape (n, 2)."""
        happens = self.predictor_.predict(np.asarray(X, dtype=np.float64))
        return np.column_stack([1.0 - happens, happens])

    def predict(self, X: Matrix) -> NDArray[np.int64]:
        """Return whether it is likelier than not, 0 or 1, shape (n,)."""
        return np.asarray(self.predict_proba(X).argmax(axis=1))


def last_rows(rows: int) -> NDArray[np.bool_]:
    """Mark the last fifth of so many rows."""
    return np.arange(rows) >= rows - round(rows * _CALIBRATION_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _FirstModel:
    """A model of the train part alone. log_odds: what it says of the calibration part."""

    options: BoostingOptions
    rounds: int
    log_odds: Column


def _first_model(
    trees: BoostedTrees, options: BoostingOptions, wrong: Column, train: Positions, held_out: Positions
) -> _FirstModel:
    booster: Booster
    booster, rounds = trees.learn(options, objective=BINARY, target=wrong, train=train, stop_on=held_out)
    return _FirstModel(options=options, rounds=rounds, log_odds=trees.raw_scores(booster, held_out)[:, 0])


def _best(
    trees: BoostedTrees, options: Sequence[BoostingOptions], wrong: Column, train: Positions, held_out: Positions
) -> _FirstModel:
    """Learn with each and keep the one with the least log-loss on the calibration part; the first where that is too
    thin to tell."""
    happened = wrong[held_out]
    models = [
        _first_model(trees, one, wrong, train, held_out) for one in (options if _can_choose(happened) else options[:1])
    ]
    return min(models, key=lambda model: log_loss(sigmoid(model.log_odds), happened)) if len(models) > 1 else models[0]


def _can_choose(happened: Column) -> bool:
    return bool(min(happened.sum(), (1.0 - happened).sum()) >= _MIN_OF_CLASS_TO_CHOOSE)


def _start_gain(start: Column, wrong: Column, base: float) -> float:
    """Return twice the log-loss saved by starting there instead of at the base rate, which is what LightGBM calls
    gain."""
    saved = log_loss(np.full(len(wrong), base), wrong) - log_loss(sigmoid(start), wrong)
    return max(0.0, 2.0 * len(wrong) * saved)


def _calibrated(log_odds: Column, happened: Column) -> tuple[Calibrator, dict[str, float]]:
    if len(happened) < _MIN_LABELS_TO_CALIBRATE or not 0 < happened.sum() < len(happened):
        return Sigmoid(), {}
    return choose_calibrator(log_odds, happened)


def tuned_risk_options(
    trees: BoostedTrees,
    train: Positions,
    calibration: Positions,
    wrong: Column,
    *,
    minutes: float,
    progress: Callable[[str], None],
) -> BoostingOptions | None:
    """Search for the risk model's options; None where there is no time or, as `why_not_tuned` says, there are too few
    rows to choose by."""
    if minutes <= 0.0 or why_not_tuned(train, calibration, minutes=minutes):
        return None
    by_rows = RiskClassifier().options(len(train))
    return tune(
        trees,
        by_rows[0],
        target=wrong,
        train=train,
        judge_on=calibration,
        minutes=minutes,
        seed=trees.seed,
        progress=progress,
    )


def why_not_tuned(train: Positions, calibration: Positions, *, minutes: float) -> str:
    """Return why no options are searched for though there is time, with the rows there are and those it needs; "" where
    they are."""
    if minutes <= 0.0 or min(len(train), len(calibration)) >= _MIN_ROWS_TO_TUNE:
        return ""
    return (
        f"tune_minutes {minutes:g} is not used: a search for the risk model's options needs {_MIN_ROWS_TO_TUNE} cases "
        "known "
        "to be right or wrong in the train part and as many in the calibration part, but there are "
        f"{len(train):,} and {len(calibration):,}; give more labelled cases, or leave it out"
    )
