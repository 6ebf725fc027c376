"""The scores of a fresh model on cases it never learnt from, kept with it for its first certificate."""

import numpy as np

from models.holdout import Holdout
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
        unlike=np.array([bool(found) for found in bundle.support.unlike(fitted.rows[chosen])], dtype=np.bool_)
        if bundle.support is not None
        else None,
    )
