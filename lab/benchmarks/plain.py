"""A plain learner to compare with: LightGBM with every default, on the columns as they came."""

from typing import TYPE_CHECKING, Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix
from training.fitting.split import Positions

if TYPE_CHECKING:
    import pandas as pd

_MIN_ROWS_FOR_THREADS: Final = 50_000


def plain_columns(raw: "pd.DataFrame") -> "pd.DataFrame":
    """Return raw columns in the one form a default learner takes: numbers, and categories for all that is none."""
    raw = raw.copy()
    for name in raw.columns:
        if raw[name].dtype.kind not in "biuf":
            raw[name] = raw[name].astype("category")
    return raw


def default_trees(
    raw: "pd.DataFrame", target: Column, learnt: Positions, test: Positions, *, seed: int
) -> tuple[Column, Matrix]:
    """Learn classes given as numbers, NaN where unknown; return the classes and their probabilities on the test
    rows."""
    import lightgbm

    learnt = learnt[~np.isnan(target[learnt])]
    # Threads that wait for each other cost a small table more than they do.
    threads = 2 if len(learnt) >= _MIN_ROWS_FOR_THREADS else 1
    model = lightgbm.LGBMClassifier(random_state=seed, n_jobs=threads, verbosity=-1)
    model.fit(raw.iloc[learnt], target[learnt])
    return np.asarray(model.classes_), np.asarray(model.predict_proba(raw.iloc[test]))
