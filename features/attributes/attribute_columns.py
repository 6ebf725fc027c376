"""A customer's own columns: declared once, then features and history like any payload field."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.attributes.attribute import PREFIX, Attribute, AttributeKind
from features.attributes.attribute_history import (
    history_columns,
    history_features,
    measures_of,
    trails_of,
    value_columns,
    value_features,
)
from features.attributes.attribute_text import piece_columns
from features.columns import Column, Columns
from features.recipe import Feature, Past, Recipe

__all__ = ["Attribute", "AttributeKind", "add_attributes", "column_of", "extend_recipe"]


def column_of(attribute: Attribute) -> str:
    """Name the column an attribute's values stand in."""
    return PREFIX + attribute.name


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
        name = PREFIX + attribute.name
        read = [_read(attribute, value) for value in values]
        for position, (given, kept) in enumerate(zip(values, read, strict=True)):
            if given is not None and kept is None:
                left_out[position].append(attribute.name)
        if attribute.kind in ("entity", "text"):
            strings[name] = read  # type: ignore[assignment]
        else:
            numbers[name] = np.array([np.nan if value is None else value for value in read], dtype=np.float64)
    return replace(columns, numbers=numbers, strings=strings), left_out


def extend_recipe(recipe: Recipe, attributes: Sequence[Attribute]) -> Recipe:
    """Return the recipe that also reads the declared attributes; the same recipe where there are none."""
    if not attributes:
        return recipe
    plain = [attribute for attribute in attributes if attribute.kind not in ("entity", "text")]
    texts = [attribute for attribute in attributes if attribute.kind == "text"]
    entities = [attribute for attribute in attributes if attribute.kind == "entity"]
    remembered = {entity.name: [one for one in plain if entity.name in one.along] for entity in entities}
    lagged = [(number, entity) for entity in entities for number in remembered[entity.name]]

    def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
        return dict(recipe.measures(columns)) | measures_of(columns, [one for one in plain if one.along])

    def build(columns: Columns, past: Past) -> Mapping[str, Column]:
        found = dict(recipe.build(columns, past))
        found |= {PREFIX + attribute.name: columns[PREFIX + attribute.name] for attribute in plain}
        for text in texts:
            said = piece_columns(columns.strings[PREFIX + text.name], text.vocabulary)
            found |= {_says(text, piece): column for piece, column in zip(text.vocabulary, said, strict=True)}
        for entity in entities:
            found |= history_columns(entity, past)
        for number, entity in lagged:
            found |= value_columns(number, entity, columns, past)
        return found

    features = [_feature(attribute) for attribute in plain]
    features += [_piece_feature(text, piece) for text in texts for piece in text.vocabulary]
    features += [feature for entity in entities for feature in history_features(entity)]
    features += [feature for number, entity in lagged for feature in value_features(number, entity)]
    return replace(
        recipe,
        trails=recipe.trails + trails_of(entities, remembered),
        measures=measures,
        features=recipe.features + tuple(features),
        build=build,
    )


def _read(attribute: Attribute, value: Any) -> float | str | None:
    """Read one value as the declared kind, None where it cannot be."""
    if value is None:
        return None
    if attribute.kind in ("entity", "text"):
        return str(value)
    if attribute.kind == "category":
        text = str(value)
        return float(attribute.vocabulary.index(text)) if text in attribute.vocabulary else None
    if attribute.kind == "flag":
        return float(value) if isinstance(value, bool) or value in (0, 1) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
        return float(value)
    return None


def _feature(attribute: Attribute) -> Feature:
    return Feature(
        name=PREFIX + attribute.name,
        title=attribute.name.replace("_", " "),
        family=f"attribute {attribute.name}",
        sources=(PREFIX + attribute.name,),
        kind="category" if attribute.kind == "category" else "number",
        vocabulary=attribute.vocabulary,
    )


def _says(text: Attribute, piece: str) -> str:
    return f"attribute_{text.name}_says_{piece}"


def _piece_feature(text: Attribute, piece: str) -> Feature:
    words = text.name.replace("_", " ")
    shown = piece.strip("_")
    # An ellipsis where the word goes on.
    left, right = ("" if piece.startswith("_") else "…"), ("" if piece.endswith("_") else "…")
    return Feature(
        name=_says(text, piece),
        title=f"“{left}{shown}{right}” in {words}",
        family=f"attribute {text.name}",
        sources=(PREFIX + text.name,),
    )
