"""What each kind of knowledge adds: the shipped recipe learnt anew with some of it taken away from every case.

Taken away means that the rows are built as if it had never been there, so that a feature which only partly rests on it
stays, poorer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from features.columns import Column, field_kinds
from features.history import Trail
from features.recipe import Feature, Matrix
from training.fitting.fit import Fitted, fit_cause, fit_risk
from training.tables.dataset import Dataset, feature_rows

KINDS: Final = ("own", "derived", "history", "text")
"""A payload's own columns; what is computed from one payload alone; what looks into the entity history; the text."""
EVERYTHING: Final = " + ".join(KINDS)
_LONG_AFTER: Final = 1e11


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """Share of the Bayes gain in risk of a model that knows these kinds. columns: of the row, those that say
    anything."""

    kinds: str
    columns: int
    risk_share: float


def ablate(
    fitted: Fitted,
    dataset: Dataset,
    *,
    judge: Callable[[Column], float],
    num_threads: int = 2,
    progress: Callable[[str], None] = lambda step: None,
) -> list[Ablation]:
    """Learn cause and risk anew with one kind more each time, then with all but one kind; each of the steps is a full
    training.

    judge: share of Bayes gain of the test cases' risks. With all kinds it is the model itself that is learnt once more.
    """
    found = []
    for kinds, rows, features in _steps(fitted, dataset):
        progress(f"learning from {kinds}")
        risk = _risk(fitted, dataset, rows, features, num_threads)
        found.append(Ablation(kinds=kinds, columns=_telling(rows), risk_share=judge(risk)))
    return found


def _steps(fitted: Fitted, dataset: Dataset) -> Iterator[tuple[str, Matrix, Sequence[Feature]]]:
    """Return every step's name, rows and what their columns are.

    All but the text is the third step, so it is not learnt twice. The text columns are those of the model: what is
    taken away never changes their projection.
    """
    recipe, features = dataset.recipe, fitted.bundle.columns
    text_columns = fitted.columns[:, len(recipe.features) :]
    mute = _without_text(dataset)
    alone = feature_rows(_without_cases(_without_outcomes(mute)))
    names = {kind.name for kind in field_kinds(recipe.payload)}
    own = [at for at, feature in enumerate(recipe.features) if feature.name in names]
    kinds = [" + ".join(KINDS[: number + 1]) for number in range(len(KINDS))]
    yield kinds[0], alone[:, own], [features[at] for at in own]
    yield kinds[1], alone, recipe.features
    yield kinds[2], feature_rows(mute), recipe.features
    yield kinds[3], fitted.columns, features
    if recipe.trails:
        yield (
            "all but outcomes of earlier cases",
            np.hstack([feature_rows(_without_outcomes(dataset)), text_columns]),
            features,
        )
        yield "all but velocity", np.hstack([feature_rows(_without_cases(dataset)), text_columns]), features
    kept = [at for at, feature in enumerate(features) if not ties_entities(feature, recipe.trails)]
    if len(kept) < len(features):
        yield "all but graph", fitted.columns[:, kept], [features[at] for at in kept]


def ties_entities(feature: Feature, trails: Sequence[Trail]) -> bool:
    """Return whether a feature reads several entities together, none of which is a part of another: a customer and an
    address, say."""
    keys = [set(trail.key) for trail in trails if trail.name in feature.sources]
    return len(keys) > 1 and not any(all(other <= key for other in keys) for key in keys)


def _without_text(dataset: Dataset) -> Dataset:
    unsaid: dict[str, list[str | None]] = {name: [None] * len(dataset) for name in dataset.recipe.text_fields}
    return replace(dataset, columns=replace(dataset.columns, strings=dataset.columns.strings | unsaid))


def _without_outcomes(dataset: Dataset) -> Dataset:
    return replace(dataset, label_history=())


def _without_cases(dataset: Dataset) -> Dataset:
    """Leave no case to be counted, summed up or remembered: each becomes known after all of them."""
    return replace(dataset, case_known_at=dataset.columns.as_of + _LONG_AFTER)


def _risk(fitted: Fitted, dataset: Dataset, rows: Matrix, features: Sequence[Feature], num_threads: int) -> Column:
    """Learn the cause and then the risk as `fit` does, and predict the test cases."""
    settings: dict[str, Any] = {
        "categorical_feature": [at for at, feature in enumerate(features) if feature.kind == "category"],
        "random_state": fitted.params["seed"],
        "n_jobs": num_threads,
    }
    columns = np.ascontiguousarray(rows)
    cause, read, start = fit_cause(dataset, columns, fitted.split, settings)
    risk = fit_risk(dataset, read, fitted.split, settings, start=start, options=fitted.risk_options)
    tested = columns[fitted.split.test]
    rows_with_causes = cause.predictor_.with_cause_probabilities(tested, cause.predict_proba(tested))
    return risk.predictor_.predict(rows_with_causes)


def _telling(rows: Matrix) -> int:
    """Count the columns that are not the same for all cases."""
    same = (rows == rows[0]) | (np.isnan(rows) & np.isnan(rows[0]))
    return int((~same.all(axis=0)).sum())
