"""Hyperparameters found by trying, under a budget of time: TPE (Bergstra et al., 2011) over the options of the risk
model."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from features.columns import Column
from models.calibration import sigmoid
from training.fitting.boosting import BoostedTrees, BoostingOptions, Positions
from training.fitting.calibrating import log_loss

_MAX_LEAVES: Final = 63
_MIN_IN_LEAF: Final = 3
_MAX_ESTIMATORS: Final = 1_200


def tune(
    trees: BoostedTrees,
    start: BoostingOptions,
    *,
    target: Column,
    train: Positions,
    judge_on: Positions,
    minutes: float,
    seed: int,
    progress: Callable[[str], None] = lambda step: None,
) -> BoostingOptions:
    """Search for the options of a binary model with the least log-loss on later rows; `start` is tried first, with room
    for as many rounds as the others.

    judge_on: rows later than those of `train`, split in two by turns: one half says when to stop, the other judges, so
    that nobody is judged by what stopped it. Within the `minutes`, at least `start` is tried; each trial runs to its
    end.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    stop_on, judges = judge_on[::2], judge_on[1::2]

    def loss_of(trial: Any) -> float:
        options = _suggested(trial, start)
        booster, rounds = trees.learn(
            options, objective={"objective": "binary"}, target=target, train=train, stop_on=stop_on
        )
        trial.set_user_attr("rounds", rounds)
        loss = log_loss(sigmoid(trees.raw_scores(booster, judges)[:, 0]), target[judges])
        progress(f"trial {trial.number + 1}: {options.num_leaves} leaves, log-loss {loss:.5f}")
        return loss

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=6))
    study.enqueue_trial(_as_parameters(start, len(train)))
    ends_at = time.monotonic() + minutes * 60.0
    while True:
        trial = study.ask()
        study.tell(trial, loss_of(trial))
        if time.monotonic() >= ends_at:
            break
    return _suggested(optuna.trial.FixedTrial(study.best_params), start)


def _suggested(trial: Any, start: BoostingOptions) -> BoostingOptions:
    return replace(
        start,
        num_leaves=trial.suggest_int("num_leaves", 4, _MAX_LEAVES, log=True),
        learning_rate=trial.suggest_float("learning_rate", 0.02, 0.12, log=True),
        feature_fraction=trial.suggest_float("feature_fraction", 0.15, 0.8),
        lambda_l2=trial.suggest_float("lambda_l2", 0.5, 50.0, log=True),
        min_data_in_leaf=trial.suggest_int("min_data_in_leaf", _MIN_IN_LEAF, 300, log=True),
        n_estimators=max(_MAX_ESTIMATORS, start.n_estimators),
    )


def _as_parameters(options: BoostingOptions, rows: int) -> dict[str, float]:
    return {
        "num_leaves": options.num_leaves,
        "learning_rate": options.learning_rate,
        "feature_fraction": options.feature_fraction,
        "lambda_l2": options.lambda_l2,
        "min_data_in_leaf": options.leaf_rows(rows),
    }
