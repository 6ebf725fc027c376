"""Hyperparameters found by trying, under a budget of time: TPE (Bergstra et al., 2011) over the shape of the risk model."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from features.columns import Column
from training.fitting.boosting import BoostedTrees, Positions, Shape

_MOST_LEAVES: Final = 63
_LEAST_IN_LEAF: Final = 3
_MOST_ROUNDS: Final = 1_200
_SURE: Final = 1e-7


def tune(
    trees: BoostedTrees,
    start: Shape,
    *,
    target: Column,
    train: Positions,
    judge_on: Positions,
    minutes: float,
    seed: int,
    progress: Callable[[str], None] = lambda step: None,
) -> Shape:
    """Search for the shape of a binary model with the least log-loss on later rows; `start` is tried first, with room for as
    many rounds as the others.

    judge_on: rows later than those of `train`, split in two by turns: one half says when to stop, the other judges, so that
    nobody is judged by what stopped it. Within the `minutes`, at least `start` is tried; each trial runs to its end.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    stop_on, judges = judge_on[::2], judge_on[1::2]

    def loss_of(trial: Any) -> float:
        shape = _suggested(trial, start)
        booster, rounds = trees.learn(
            shape, objective={"objective": "binary"}, target=target, train=train, stop_on=stop_on
        )
        trial.set_user_attr("rounds", rounds)
        loss = _log_loss(trees.raw_scores(booster, judges)[:, 0], target[judges])
        progress(f"trial {trial.number + 1}: {shape.leaves} leaves, log-loss {loss:.5f}")
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


def _suggested(trial: Any, start: Shape) -> Shape:
    return replace(
        start,
        leaves=trial.suggest_int("leaves", 4, _MOST_LEAVES, log=True),
        learning_rate=trial.suggest_float("learning_rate", 0.02, 0.12, log=True),
        column_share=trial.suggest_float("column_share", 0.15, 0.8),
        l2=trial.suggest_float("l2", 0.5, 50.0, log=True),
        least_in_leaf=trial.suggest_int("least_in_leaf", _LEAST_IN_LEAF, 300, log=True),
        rounds=max(_MOST_ROUNDS, start.rounds),
    )


def _as_parameters(shape: Shape, rows: int) -> dict[str, float]:
    return {
        "leaves": shape.leaves,
        "learning_rate": shape.learning_rate,
        "column_share": shape.column_share,
        "l2": shape.l2,
        "least_in_leaf": shape.leaf_rows(rows),
    }


def _log_loss(raw: Column, happened: Column) -> float:
    chance = np.clip(1.0 / (1.0 + np.exp(-raw)), _SURE, 1.0 - _SURE)
    return float(-(happened * np.log(chance) + (1.0 - happened) * np.log1p(-chance)).mean())
