"""Which causes are taken for which, with a few cases to look up and what misled the model about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from features.recipe import Feature
from models.predictors import CausePredictor
from training.fitting.fit import Fitted
from training.report.intervals import Codes
from training.report.metrics import Judged
from training.tables.dataset import Dataset

_PAIRS: Final = 8
_EXAMPLES: Final = 3
_FEATURES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One cause taken for another. share: of the test cases of the true cause. examples: the surest mistakes first."""

    true: str
    predicted: str
    cases: int
    share: float
    examples: tuple["ConfusedCase", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusedCase:
    """One mistake: how sure of it the model was, and the features that spoke most for it, each with its value."""

    exception_id: str
    p_predicted: float
    p_true: float
    because: tuple[str, ...]


def confusions(dataset: Dataset, fitted: Fitted, judged: Judged) -> list[Confusion]:
    """Return the most frequent confusions of causes on the test part."""
    known = np.flatnonzero(~np.isnan(judged.codes))
    truth, predicted = judged.codes[known].astype(np.int64), judged.causes[known].argmax(axis=1)
    n = len(dataset.labels)
    counts = np.zeros((n, n), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    totals = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    found = []
    for pair in np.argsort(-counts, axis=None, kind="stable")[:_PAIRS].tolist():
        true, other = divmod(pair, n)
        if counts[true, other]:
            rows = known[(truth == true) & (predicted == other)]
            found.append(
                Confusion(
                    true=dataset.labels[true],
                    predicted=dataset.labels[other],
                    cases=int(counts[true, other]),
                    share=float(counts[true, other] / totals[true]),
                    examples=_examples(dataset, fitted, judged, rows, true, other),
                )
            )
    return found


def confusion_rows(found: Sequence[Confusion]) -> list[dict[str, Any]]:
    """Write the confusions as a table, one line per example."""
    return [
        {
            "true_cause": confusion.true,
            "predicted_cause": confusion.predicted,
            "cases": confusion.cases,
            "share_of_true_cause": round(confusion.share, 3),
            "exception_id": example.exception_id,
            "probability_of_predicted": round(example.p_predicted, 3),
            "probability_of_true": round(example.p_true, 3),
            "contributions": "; ".join(example.because),
        }
        for confusion in found
        for example in confusion.examples
    ]


def _examples(
    dataset: Dataset, fitted: Fitted, judged: Judged, rows: Codes, true: int, predicted: int
) -> tuple[ConfusedCase, ...]:
    most_probable = rows[np.argsort(-judged.causes[rows, predicted], kind="stable")][:_EXAMPLES]
    ids = fitted.split.test[most_probable]
    values = fitted.columns[ids]
    contributions = _contributions(fitted.bundle.cause, values, true, predicted)
    return tuple(
        ConfusedCase(
            exception_id=dataset.exception_ids[int(ids[at])],
            p_predicted=float(judged.causes[row, predicted]),
            p_true=float(judged.causes[row, true]),
            because=_because(fitted.bundle.columns, values[at], contributions[at]),
        )
        for at, row in enumerate(most_probable.tolist())
    )


def _contributions(predictor: CausePredictor, values: Any, true: int, predicted: int) -> Any:
    """Return how far each feature speaks for the said rather than the true cause, in log-odds, shape (n,
    n_features)."""
    booster = predictor.booster
    if booster is None or true not in predictor.classes or predicted not in predictor.classes:
        return np.zeros_like(values)
    parts = booster.contributions(values).reshape(len(values), booster.n_outputs, booster.n_features + 1)
    return parts[:, predictor.classes.index(predicted), :-1] - parts[:, predictor.classes.index(true), :-1]


def _because(features: Sequence[Feature], values: Any, contributions: Any) -> tuple[str, ...]:
    """Name the strongest features with their values; the text columns count as one and are not shown."""
    spoken: dict[str, float] = {}
    for feature, value, contribution in zip(features, values.tolist(), contributions.tolist(), strict=True):
        words = feature.title if feature.sources == ("text",) else f"{feature.title}: {_written(feature, value)}"
        spoken[words] = spoken.get(words, 0.0) + contribution
    strongest = sorted(spoken.items(), key=lambda item: -item[1])[:_FEATURES]
    return tuple(words for words, contribution in strongest if contribution > 0)


def _written(feature: Feature, value: float) -> str:
    if np.isnan(value):
        return "missing"
    if feature.kind == "category" and feature.vocabulary:
        return feature.vocabulary[int(value)].replace("_", " ")
    return f"{value:,.4g} {feature.unit}".strip()
