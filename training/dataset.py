"""What training learns from: cases in time order, each with what became known of it, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.attributes import Attribute
from features.columns import Column, Columns
from features.history import History, LabelFact, entity_keys
from features.recipe import Matrix, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Cases of one domain in order of `as_of`.

    domain: its name. recipe: the domain's, extended by the declared attributes. labels: the causes to tell apart, in order.
    columns: the payloads and attributes. cause: None where unknown. wrong: 0/1, NaN where unknown. loss: reporting currency,
        NaN where unknown. known_at: seconds, when the label became known, NaN where there is none.
    case_known_at: seconds, from when each case is history for others; None: from its `as_of`.
    label_sources: where each label came from, None where there is none.
    groups: cases of one group (lines of one order) belong on one side of a split; None where none was declared.
    origin: what it is in words ("simulated, seed 1", a file's name, "database"); fingerprint: sha256 over its content.
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
    fingerprint: str
    case_known_at: Column | None = None
    groups: list[str | None] | None = None

    def __len__(self) -> int:
        return self.columns.n


def history_of(dataset: Dataset) -> History:
    """Build the entity history a data set leaves: each case known from its `as_of`, each label once known."""
    recipe = dataset.recipe
    history = History(recipe.trails)
    known_at = dataset.columns.as_of if dataset.case_known_at is None else dataset.case_known_at
    for fact in recipe.facts(dataset.columns, known_at=known_at.tolist()):
        history.add_case(fact)
    keys = entity_keys(dataset.columns, recipe.trails)
    for row in _by_time(dataset.known_at):
        if not np.isnan(dataset.wrong[row]):
            history.add_label(
                LabelFact(
                    known_at=float(dataset.known_at[row]),
                    keys={trail: key for trail, values in keys.items() if (key := values[row]) is not None},
                    wrong=bool(dataset.wrong[row]),
                    cause=dataset.cause[row],
                )
            )
    return history


def feature_rows(dataset: Dataset) -> Matrix:
    """Build the feature rows of a data set from its own history, float64 of shape (n, n_features)."""
    return dataset.recipe.rows(dataset.columns, history_of(dataset))


def _by_time(known_at: Column) -> Sequence[int]:
    order = np.argsort(known_at, kind="stable")
    return [int(row) for row in order if not np.isnan(known_at[row])]
