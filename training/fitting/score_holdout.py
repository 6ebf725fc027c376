"""The scores of a fresh model on cases it never learnt from, kept with it for its first certificate."""

import numpy as np
from numpy.typing import NDArray

from models.holdout import Holdout
from training.fitting.boosting import Positions
from training.fitting.fit import Fitted
from training.tables.dataset import Dataset


def held_out(dataset: Dataset, fitted: Fitted) -> Holdout:
    """Score the test part, in order of `as_of`."""
    split, bundle = fitted.split, fitted.bundle
    chosen = split.test[np.argsort(dataset.columns.as_of[split.test], kind="stable")]
    predicted = bundle.predict(fitted.columns[chosen])
    learnt = bundle.cause.has_learnt
    return Holdout(
        exception_ids=tuple(dataset.exception_ids[at] for at in chosen.tolist()),
        rows=fitted.rows[chosen],
        labels=dataset.labels if learnt else (),
        causes=predicted.causes if learnt else np.empty((len(chosen), 0)),
        risk=predicted.risk,
        impact=predicted.impact,
        origin=dataset.origin,
        synthetic=dataset.synthetic,
        how=split.how,
        unlike=_unlike(fitted, chosen),
    )


def _unlike(fitted: Fitted, chosen: Positions) -> NDArray[np.bool_] | None:
    """Return which cases go to a person as unlike those the model knows, by their features or by what they say."""
    support = fitted.bundle.support
    if support is None:
        return None
    far = fitted.scorer.unlike_texts([fitted.texts[at] for at in chosen.tolist()])
    return np.array([bool(found) for found in support.unlike(fitted.rows[chosen])]) | np.array(far, dtype=np.bool_)
