"""The list of a model's features with where each comes from: the lineage a reviewer checks."""

from typing import Any

import numpy as np

from features.attributes.attribute_columns import column_of
from features.columns import field_kinds
from features.fields import field_title
from features.recipe import Feature
from training.fitting.fit import Fitted
from training.fitting.lineage import AS_OF, TEXT
from training.report.metrics import gains_by_column
from training.tables.dataset import Dataset


def source_rows(dataset: Dataset, fitted: Fitted) -> list[dict[str, Any]]:
    """Write every column of the model as a table: what it is, what it reads, how often it is missing, how much it is
    used."""
    bundle = fitted.bundle
    gains = gains_by_column(bundle)
    shares = {head: gains[head] / max(float(gains[head].sum()), 1e-12) for head in ("risk", "cause", "impact")}
    learnt_from = fitted.columns[fitted.split.train]
    missing = np.isnan(learnt_from).mean(axis=0) if len(learnt_from) else np.zeros(len(bundle.columns))
    described = _described(dataset)
    return [
        {
            "name": feature.name,
            "title": feature.title,
            "family": feature.family,
            "kind": feature.kind,
            "unit": feature.unit,
            "reads": ", ".join(feature.sources),
            "which_is": "; ".join(_origin(source, feature, described) for source in feature.sources),
            "missing": round(float(missing[at]), 4),
        }
        | {f"{head}_gain_share": round(float(share[at]), 5) for head, share in shares.items()}
        for at, feature in enumerate(bundle.columns)
    ]


def _origin(source: str, feature: Feature, described: dict[str, str]) -> str:
    return f"text of {described[TEXT]}" if feature.sources == (TEXT,) else described.get(source, "unknown")


def _described(dataset: Dataset) -> dict[str, str]:
    """Return of every source what it is, and as of when it is known."""
    recipe = dataset.recipe
    words = {
        kind.name: f"field {field_title(recipe.payload, kind.name)!r}"
        + (", a plan" if kind.planned else ", not after as_of" if kind.kind in ("instant", "day") else "")
        for kind in field_kinds(recipe.payload)
    }
    words |= {column_of(attribute): f"own {attribute.kind} {attribute.name}" for attribute in dataset.attributes}
    trails = {
        trail.name: f"earlier cases with the same {' + '.join(trail.key)}, known strictly before as_of"
        for trail in recipe.trails
    }
    # A trail may bear the name of the field that is its key; features that name it read the history.
    words |= trails
    return words | {AS_OF: "the case's own time", TEXT: ", ".join(recipe.text_fields)}
