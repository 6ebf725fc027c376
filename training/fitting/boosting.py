"""Gradient-boosted trees on a matrix of feature rows: the one place that calls LightGBM to learn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix
from models.booster import Booster

Positions = NDArray[np.int64]
Chosen = TypeVar("Chosen")
_COMMON: Final[Mapping[str, Any]] = {
    "verbosity": -1,
    # The same data and seed give the same trees, whatever the number of threads.
    "deterministic": True,
    # The same trees as by rows, from many rows in half the time or less: few columns are looked at for each.
    "force_col_wise": True,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 127,
    "cat_smooth": 20.0,
    "cat_l2": 10.0,
}
_MIN_ROWS_TO_STOP_ON: Final = 40
_MIN_ROWS_FOR_THREADS: Final = 50_000
"""Below, threads that wait for each other cost more than they do, many times more on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingOptions:
    """How a model grows, and how large it may: serving pays for every tree, its explanation for every leaf.

    The names are LightGBM's. feature_fraction: columns looked at per tree, in (0, 1]. min_data_in_leaf: rows, None by
    the number of rows.
    extra_trees: cut each column at a random value instead of the best one, which over many trees adds up to smoother
    answers. With two leaves every tree reads one column, so that the model is a sum of one curve per column: an
    additive model.
    """

    learning_rate: float
    num_leaves: int
    n_estimators: int
    early_stopping_rounds: int
    feature_fraction: float = 0.4
    lambda_l2: float = 2.0
    min_data_in_leaf: int | None = None
    extra_trees: bool = False

    def leaf_rows(self, rows: int) -> int:
        """Return the least number of rows in a leaf, of so many learnt from."""
        return self.min_data_in_leaf or int(np.clip(rows // 400, 3, 100))

    def params(self, head: str) -> dict[str, Any]:
        """List what a head was grown with, for the record."""
        left_out = ("n_estimators", "early_stopping_rounds", "min_data_in_leaf")
        return {f"{head}_{name}": value for name, value in asdict(self).items() if name not in left_out}


def options_for(options: Mapping[int, Chosen], rows: int) -> Chosen:
    """Choose options by the fewest rows each is for."""
    return options[max(least for least in options if least <= rows)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostedTrees:
    """The rows to learn from.

    categories: positions of the columns that hold codes, not numbers. start: raw scores that the trees only correct,
    one per row; a model learnt from them must be given them again. None: the trees begin at the average.
    """

    columns: Matrix
    categories: list[int]
    seed: int
    num_threads: int
    start: Column | None = None

    def learn(
        self,
        options: BoostingOptions,
        *,
        objective: Mapping[str, Any],
        target: Column,
        train: Positions,
        stop_on: Positions,
    ) -> tuple[Booster, int]:
        """Learn `target` on the rows `train`, stopping where the loss on the rows `stop_on` no longer falls.

        Where those are too few to tell, a third of the rounds is run. Returns the model and its number of rounds.
        """
        import lightgbm

        if len(stop_on) < _MIN_ROWS_TO_STOP_ON:
            rounds = max(1, options.n_estimators // 3)
            return self.learn_for(rounds, options, objective=objective, target=target, train=train), rounds
        parameters = self._parameters(options, objective, train)
        learnt = self._table(parameters, target, train)
        model = lightgbm.train(
            parameters,
            learnt,
            num_boost_round=options.n_estimators,
            valid_sets=[learnt.create_valid(self.columns[stop_on], target[stop_on], init_score=self._started(stop_on))],
            callbacks=[lightgbm.early_stopping(options.early_stopping_rounds, verbose=False)],
        )
        text = model.model_to_string(num_iteration=model.best_iteration)
        return Booster(text, num_threads=self.num_threads), model.best_iteration

    def learn_for(
        self, rounds: int, options: BoostingOptions, *, objective: Mapping[str, Any], target: Column, train: Positions
    ) -> Booster:
        """Learn `target` on the rows `train` for so many rounds."""
        import lightgbm

        parameters = self._parameters(options, objective, train)
        model = lightgbm.train(parameters, self._table(parameters, target, train), num_boost_round=rounds)
        return Booster(model.model_to_string(), num_threads=self.num_threads)

    def raw_scores(self, model: Booster, rows: Positions) -> Matrix:
        """Return what a model learnt here says of some of the rows, shape (n, n_outputs)."""
        raw = model.raw_scores(self.columns[rows])
        return raw if self.start is None else raw + self.start[rows][:, None]

    def _parameters(self, options: BoostingOptions, objective: Mapping[str, Any], train: Positions) -> dict[str, Any]:
        return {
            **_COMMON,
            **objective,
            "learning_rate": options.learning_rate,
            "num_leaves": options.num_leaves,
            "feature_fraction": options.feature_fraction,
            "lambda_l2": options.lambda_l2,
            "extra_trees": options.extra_trees,
            "min_data_in_leaf": options.leaf_rows(len(train)),
            "min_data_per_group": int(np.clip(len(train) // 100, 5, 100)),
            "seed": self.seed,
            "num_threads": self.num_threads if len(train) >= _MIN_ROWS_FOR_THREADS else 1,
        }

    def _table(self, parameters: Mapping[str, Any], target: Column, rows: Positions) -> Any:
        import lightgbm

        return lightgbm.Dataset(
            self.columns[rows],
            target[rows],
            init_score=self._started(rows),
            categorical_feature=self.categories,
            params=dict(parameters),
        )

    def _started(self, rows: Positions) -> Column | None:
        return None if self.start is None else self.start[rows]
