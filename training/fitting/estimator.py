"""What the three heads have in common as scikit-learn estimators: LightGBM's parameters by LightGBM's names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np
from sklearn.base import BaseEstimator

from features.columns import Column
from features.recipe import Matrix
from training.fitting.boosting import BoostedTrees, BoostingOptions, options_for

_OWN: Final = (
    "learning_rate", "num_leaves", "n_estimators", "early_stopping_rounds", "feature_fraction", "lambda_l2",
    "min_data_in_leaf", "extra_trees",
)  # fmt: skip


class BoostedEstimator(BaseEstimator):
    """A head as an estimator.

    Parameters that are None go by the number of rows (`options_by_rows`); where that offers several options, the best
    on unseen rows is taken. Where any is given, that one model is learnt. categorical_feature: positions of the columns
    that hold codes. additive: try an additive model beside the trees.
    """

    options_by_rows: ClassVar[Mapping[int, tuple[BoostingOptions, ...]]] = {}

    def __init__(
        self,
        *,
        learning_rate: float | None = None,
        num_leaves: int | None = None,
        n_estimators: int | None = None,
        early_stopping_rounds: int | None = None,
        feature_fraction: float | None = None,
        lambda_l2: float | None = None,
        min_data_in_leaf: int | None = None,
        extra_trees: bool | None = None,
        additive: bool = True,
        categorical_feature: Sequence[int] = (),
        random_state: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.n_estimators = n_estimators
        self.early_stopping_rounds = early_stopping_rounds
        self.feature_fraction = feature_fraction
        self.lambda_l2 = lambda_l2
        self.min_data_in_leaf = min_data_in_leaf
        self.extra_trees = extra_trees
        self.additive = additive
        self.categorical_feature = categorical_feature
        self.random_state = random_state
        self.n_jobs = n_jobs

    def options(self, rows: int) -> tuple[BoostingOptions, ...]:
        """Return the options to try for so many rows."""
        by_rows = options_for(self.options_by_rows, rows)
        given: dict[str, Any] = {name: value for name in _OWN if (value := getattr(self, name)) is not None}
        return (replace(by_rows[0], **given),) if given else by_rows

    def trees(self, columns: Matrix, start: Column | None = None) -> BoostedTrees:
        """Return the rows to learn from, with this estimator's settings."""
        return BoostedTrees(
            columns=np.asarray(columns, dtype=np.float64),
            categories=list(self.categorical_feature),
            seed=self.random_state,
            num_threads=self.n_jobs,
            start=start,
        )
