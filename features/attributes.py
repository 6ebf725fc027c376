"""A customer's own columns: declared once, then features and history like any payload field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from features.arithmetic import shrunk_rate
from features.columns import Column, Columns
from features.history import Trail
from features.recipe import Feature, Past, Recipe

AttributeKind = Literal["number", "flag", "category", "entity"]
_PREFIX = "attributes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One declared attribute.

    kind: a number; a flag; a category (few values, learnt as it is: `vocabulary` lists them); an entity (many values, learnt
        through its history only).
    """

    name: str
    kind: AttributeKind
    vocabulary: tuple[str, ...] = ()


def add_attributes(
    columns: Columns, rows: Sequence[Mapping[str, Any]], attributes: Sequence[Attribute]
) -> tuple[Columns, list[list[str]]]:
    """Add declared attributes as columns named `attributes.NAME`; a value of the wrong type is left out.

    Returns the columns and, per row, the names of the attributes left out.
    """
    numbers, strings = dict(columns.numbers), dict(columns.strings)
    left_out: list[list[str]] = [[] for _ in rows]
    for attribute in attributes:
        values = [row.get(attribute.name) for row in rows]
        name = _PREFIX + attribute.name
        read = [_read(attribute, value) for value in values]
        for position, (given, kept) in enumerate(zip(values, read, strict=True)):
            if given is not None and kept is None:
                left_out[position].append(attribute.name)
        if attribute.kind == "entity":
            strings[name] = read  # type: ignore[assignment]
        else:
            numbers[name] = np.array([np.nan if value is None else value for value in read], dtype=np.float64)
    return replace(columns, numbers=numbers, strings=strings), left_out


def extend_recipe(recipe: Recipe, attributes: Sequence[Attribute]) -> Recipe:
    """Give the recipe that also reads the declared attributes; the same recipe where there are none."""
    if not attributes:
        return recipe
    plain = [attribute for attribute in attributes if attribute.kind != "entity"]
    entities = [attribute for attribute in attributes if attribute.kind == "entity"]

    def build(columns: Columns, past: Past) -> Mapping[str, Column]:
        own = {_PREFIX + attribute.name: columns[_PREFIX + attribute.name] for attribute in plain}
        histories = [_entity_columns(attribute.name, past) for attribute in entities]
        return dict(recipe.build(columns, past)) | own | {name: c for part in histories for name, c in part.items()}

    trails = tuple(_trail(attribute.name) for attribute in entities)
    features = tuple(_feature(attribute) for attribute in plain)
    histories = tuple(feature for attribute in entities for feature in _entity_features(attribute.name))
    return replace(recipe, trails=recipe.trails + trails, features=recipe.features + features + histories, build=build)


def _read(attribute: Attribute, value: Any) -> float | str | None:
    """Read one value as the declared kind, None where it cannot be."""
    if value is None:
        return None
    if attribute.kind == "entity":
        return str(value)
    if attribute.kind == "category":
        text = str(value)
        return float(attribute.vocabulary.index(text)) if text in attribute.vocabulary else None
    if attribute.kind == "flag":
        return float(value) if isinstance(value, bool) or value in (0, 1) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
        return float(value)
    return None


def _trail(name: str) -> Trail:
    return Trail(name=f"attribute_{name}", key=(_PREFIX + name,), windows_days=(90, 730))


def _feature(attribute: Attribute) -> Feature:
    return Feature(
        name=_PREFIX + attribute.name,
        title=attribute.name.replace("_", " "),
        family=f"attribute {attribute.name}",
        sources=(_PREFIX + attribute.name,),
        kind="category" if attribute.kind == "category" else "number",
        vocabulary=attribute.vocabulary,
    )


def _entity_columns(name: str, past: Past) -> dict[str, Column]:
    trail = f"attribute_{name}"
    return {
        f"{trail}_count": past[f"{trail}_count_730d"],
        f"{trail}_wrong_rate": shrunk_rate(
            past[f"{trail}_wrong_730d"], past[f"{trail}_labelled_730d"], prior=0.2, strength=5.0
        ),
        f"{trail}_wrong_rate_recent": shrunk_rate(
            past[f"{trail}_wrong_90d"], past[f"{trail}_labelled_90d"], prior=0.2, strength=5.0
        ),
    }


def _entity_features(name: str) -> tuple[Feature, ...]:
    trail, words, sources = f"attribute_{name}", name.replace("_", " "), (_PREFIX + name,)
    family = f"history of {words}"
    return (
        Feature(name=f"{trail}_count", title=f"cases of this {words} in two years", family=family, sources=sources),
        Feature(name=f"{trail}_wrong_rate", title=f"share wrong for this {words}", family=family, sources=sources),
        Feature(
            name=f"{trail}_wrong_rate_recent",
            title=f"recent share wrong for this {words}",
            family=family,
            sources=sources,
        ),
    )
