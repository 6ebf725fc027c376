"""What training learns from: cases in time order, each with what became known of it, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.attributes.attribute_columns import Attribute
from features.columns import Column, Columns
from features.history import History, LabelFact, entity_keys
from features.recipe import Matrix, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Cases of one domain in order of `as_of`.

    domain: its name. recipe: the domain's, extended by the declared attributes. labels: the causes to tell apart, in
    order.
    columns: the payloads and attributes. cause: None where unknown. wrong: 0/1, NaN where unknown. loss: reporting
        currency, NaN where unknown. known_at: seconds, when the label became known, NaN where there is none.
    case_known_at: seconds, from when each case is history for others; None: from its `as_of`.
    label_history: every label there ever was, with the row of its case, where some were revised; None: the labels
    above.
    label_sources: where each label came from, None where there is none.
    source_systems: where each case came from, read by no feature; None where nobody says.
    allowed: columns that are learnt from although they look like leaks; set_aside: columns emptied because they do.
    groups: cases of one group (lines of one order) belong on one side of a split; None where none was declared.
    origin: what it is in words ("simulated, seed 1", a file's name, "database"). synthetic: whether a simulator drew
    it, wholly or in part.
    fingerprint: sha256 over its content.
    """

    domain: str
    recipe: Recipe
    attributes: tuple[Attribute, ...]
    labels: tuple[str, ...]
    exception_ids: list[str]
    columns: Columns
    cause: list[str | None]
    wrong: Column
    loss: Column
    known_at: Column
    label_sources: list[str | None]
    origin: str
    synthetic: bool
    fingerprint: str
    case_known_at: Column | None = None
    label_history: Sequence[tuple[int, LabelFact]] | None = None
    groups: list[str | None] | None = None
    source_systems: list[str | None] | None = None
    allowed: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.columns.n


def history_of(dataset: Dataset, *, with_cases: bool = True) -> History:
    """Build the entity history a data set leaves: each case known from its `as_of`, each label once known.

    with_cases: False leaves the cases out, to be added as they arrive.
    """
    recipe = dataset.recipe
    history = History(recipe.trails)
    known_at = dataset.columns.as_of if dataset.case_known_at is None else dataset.case_known_at
    if with_cases:
        for fact in recipe.facts(dataset.columns, known_at=known_at.tolist()):
            history.add_case(fact)
    keys = entity_keys(dataset.columns, recipe.trails)
    for row, label in _label_facts(dataset):
        own = {trail: key for trail, values in keys.items() if (key := values[row]) is not None}
        history.add_label(replace(label, keys=own))
    return history


def feature_rows(dataset: Dataset) -> Matrix:
    """Build the feature rows of a data set from its own history, float64 of shape (n, n_features)."""
    return dataset.recipe.rows(dataset.columns, history_of(dataset))


def _label_facts(dataset: Dataset) -> Sequence[tuple[int, LabelFact]]:
    """Return the labels in the order they became known."""
    if dataset.label_history is not None:
        return sorted(dataset.label_history, key=lambda pair: pair[1].known_at)
    return [
        (row, LabelFact(known_at=at, keys={}, wrong=bool(dataset.wrong[row]), cause=dataset.cause[row]))
        for row in map(int, np.argsort(dataset.known_at, kind="stable"))
        if not np.isnan(at := float(dataset.known_at[row])) and not np.isnan(dataset.wrong[row])
    ]
