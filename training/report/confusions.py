"""Which causes are taken for which, with a few cases to look up and what misled the model about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from features.recipe import Feature
from models.predictors import CausePredictor
from training.fitting.fit import Fitted
from training.report.evaluate import Judged
from training.report.intervals import Codes
from training.tables.dataset import Dataset

_PAIRS: Final = 8
_EXAMPLES: Final = 3
_FEATURES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One cause taken for another. share: of the test cases of the true cause. examples: the surest mistakes first."""

    true: str
    said: str
    cases: int
    share: float
    examples: tuple["ConfusedCase", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusedCase:
    """One mistake: how sure of it the model was, and the features that spoke most for it, each with its value."""

    exception_id: str
    p_said: float
    p_true: float
    because: tuple[str, ...]


def confusions(dataset: Dataset, fitted: Fitted, judged: Judged) -> list[Confusion]:
    """Return the most frequent confusions of causes on the test part."""
    known = np.flatnonzero(~np.isnan(judged.codes))
    truth, said = judged.codes[known].astype(np.int64), judged.causes[known].argmax(axis=1)
    n = len(dataset.labels)
    counts = np.zeros((n, n), dtype=np.int64)
    np.add.at(counts, (truth, said), 1)
    totals = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    found = []
    for pair in np.argsort(-counts, axis=None, kind="stable")[:_PAIRS].tolist():
        true, other = divmod(pair, n)
        if counts[true, other]:
            rows = known[(truth == true) & (said == other)]
            found.append(
                Confusion(
                    true=dataset.labels[true],
                    said=dataset.labels[other],
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
            "said": confusion.said,
            "cases": confusion.cases,
            "share_of_true_cause": round(confusion.share, 3),
            "exception_id": example.exception_id,
            "probability_of_said": round(example.p_said, 3),
            "probability_of_true": round(example.p_true, 3),
            "what_spoke_for_it": "; ".join(example.because),
        }
        for confusion in found
        for example in confusion.examples
    ]


def _examples(
    dataset: Dataset, fitted: Fitted, judged: Judged, rows: Codes, true: int, said: int
) -> tuple[ConfusedCase, ...]:
    surest = rows[np.argsort(-judged.causes[rows, said], kind="stable")][:_EXAMPLES]
    ids = fitted.split.test[surest]
    values = fitted.columns[ids]
    pushes = _pushes(fitted.bundle.cause, values, true, said)
    return tuple(
        ConfusedCase(
            exception_id=dataset.exception_ids[int(ids[at])],
            p_said=float(judged.causes[row, said]),
            p_true=float(judged.causes[row, true]),
            because=_because(fitted.bundle.columns, values[at], pushes[at]),
        )
        for at, row in enumerate(surest.tolist())
    )


def _pushes(predictor: CausePredictor, values: Any, true: int, said: int) -> Any:
    """Return how far each feature speaks for the said rather than the true cause, in log-odds, shape (n,
    n_features)."""
    booster = predictor.booster
    if booster is None or true not in predictor.classes or said not in predictor.classes:
        return np.zeros_like(values)
    parts = booster.contributions(values).reshape(len(values), booster.n_outputs, booster.n_features + 1)
    return parts[:, predictor.classes.index(said), :-1] - parts[:, predictor.classes.index(true), :-1]


def _because(features: Sequence[Feature], values: Any, pushes: Any) -> tuple[str, ...]:
    """Name the strongest features with their values; the text columns count as one and are not shown."""
    spoken: dict[str, float] = {}
    for feature, value, push in zip(features, values.tolist(), pushes.tolist(), strict=True):
        words = feature.title if feature.sources == ("text",) else f"{feature.title}: {_written(feature, value)}"
        spoken[words] = spoken.get(words, 0.0) + push
    strongest = sorted(spoken.items(), key=lambda item: -item[1])[:_FEATURES]
    return tuple(words for words, push in strongest if push > 0)


def _written(feature: Feature, value: float) -> str:
    if np.isnan(value):
        return "missing"
    if feature.kind == "category" and feature.vocabulary:
        return feature.vocabulary[int(value)].replace("_", " ")
    return f"{value:,.4g} {feature.unit}".strip()
