"""Where every feature comes from, and whether it was known in time: what training refuses before it learns anything.

A feature may read declared payload fields, trails, attributes and `as_of`. An instant or day it reads must not lie
after `as_of`, unless the payload declares it a plan (`PlannedInstant`, `PlannedDay`): whatever lies later became known
later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.attributes.attribute_columns import Attribute, column_of
from features.columns import FieldKind, field_kinds
from features.recipe import Feature, Recipe
from training.tables.dataset import Dataset

AS_OF: Final = "as_of"
TEXT: Final = "text"
MAX_SHARE_AFTER: Final = 0.005
"""So large a share of late values passes as clerical error."""
_CLOCKS_APART: Final = 300.0
_FARTHEST_EAST: Final = 14 * 3600.0
"""A calendar day begins up to so many seconds earlier somewhere on earth than in UTC."""


class LeakError(ValueError):
    """What a model would learn from was not known at `as_of`, or nobody can say where it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A field with values after `as_of`. share: of the values given. value, as_of: seconds, of the latest such case."""

    field: str
    share: float
    exception_id: str
    value: float
    as_of: float

    def __str__(self) -> str:
        moment, case = _written(self.value), _written(self.as_of)
        return (
            f"{self.field} lies after as_of in {self.share:.1%} of the cases that have it "
            f"(e.g. {self.exception_id}: {moment}, as_of {case})"
        )


def check_lineage(dataset: Dataset) -> None:
    """Refuse data whose features read what nobody declared, or what lies after `as_of`; raise LeakError naming all of
    it."""
    problems = [
        f"feature {name} reads {source!r}, which is no payload field, trail or attribute"
        for name, source in undeclared(dataset.recipe, dataset.attributes)
    ]
    problems += [
        f"{late}; a model must not learn from what was not known yet. Map a column that was known at as_of, leave the "
        "field "
        "out, or declare it a plan (PlannedInstant, PlannedDay) if it is one"
        for late in known_too_late(dataset)
        if late.share > MAX_SHARE_AFTER
    ]
    if problems:
        raise LeakError("\n".join(f"{dataset.domain}: {problem}" for problem in problems))


def undeclared(recipe: Recipe, attributes: Sequence[Attribute] = ()) -> list[tuple[str, str]]:
    """List the features that read what is neither a payload field, a trail, an attribute nor `as_of`, with what they
    read.

    A trail's key counts as read by the trail.
    """
    fields = {kind.name for kind in field_kinds(recipe.payload)} | {column_of(attribute) for attribute in attributes}
    trails = {trail.name for trail in recipe.trails}
    found = [
        (feature.name, source)
        for feature in recipe.features
        for source in feature.sources or ("",)
        if source not in fields | trails | {AS_OF}
    ]
    keys = [(f"of trail {trail.name}", part) for trail in recipe.trails for part in trail.key]
    return found + [(name, part) for name, part in keys if part not in fields]


def known_too_late(dataset: Dataset) -> list[Late]:
    """Find the instants and days that features read, no plans, with any value after `as_of`."""
    columns, found = dataset.columns, []
    for kind in read_moments(dataset.recipe.features, field_kinds(dataset.recipe.payload)):
        if kind.planned:
            continue
        values = columns[kind.name]
        given = ~np.isnan(values)
        slack = _CLOCKS_APART if kind.kind == "instant" else _FARTHEST_EAST
        late: NDArray[np.bool_] = given & (np.nan_to_num(values) > columns.as_of + slack)
        if late.any():
            worst = int(np.argmax(np.where(late, values - columns.as_of, -np.inf)))
            found.append(
                Late(
                    field=kind.name,
                    share=float(late.sum() / given.sum()),
                    exception_id=dataset.exception_ids[worst],
                    value=float(values[worst]),
                    as_of=float(columns.as_of[worst]),
                )
            )
    return found


def read_moments(features: Iterable[Feature], kinds: Iterable[FieldKind]) -> list[FieldKind]:
    """Pick the instants and days that some feature reads."""
    read = {source for feature in features for source in feature.sources}
    return [kind for kind in kinds if kind.kind in ("instant", "day") and kind.name in read]


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
