"""What a payload's fields are, read off their types: how each becomes a column, what it is compared by, whether it can
be missing."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from features.identifiers import Form, Identifier


class Monetary:
    """Mark a decimal field as money in the case's currency (its column is converted by the case's `fx_rate`)."""


class Planned:
    """Mark an instant or day as a plan known at `as_of` (a due or promised date): it may lie after it without being a
    leak."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Mark an identifier as that of a person. whose: what the person is to the business, such as customer or staff."""

    whose: str


class FreeText:
    """Mark a text field as what a person wrote: personal data in it is masked."""


@dataclass(frozen=True, slots=True)
class FieldKind:
    """How one payload field becomes a column.

    planned: an instant or day that may lie after `as_of`. form: how an identifier is compared, None for what is none.
    written: free text, as a person wrote it. whose: of an identifier of a person, what they are; None of any other.
    """

    name: str
    kind: Literal["number", "money", "flag", "instant", "day", "enum", "string", "flags"]
    vocabulary: tuple[str, ...] = ()
    nullable: bool = False
    planned: bool = False
    form: Form | None = None
    written: bool = False
    whose: str | None = None


@cache
def field_kinds(payload: type[BaseModel]) -> tuple[FieldKind, ...]:
    """Read off a payload class how each of its fields becomes a column, in field order."""
    kinds = []
    for name, field in payload.model_fields.items():
        annotation, metadata, nullable = _unwrap(field.annotation, tuple(field.metadata))
        kinds.append(_kind(name, annotation, metadata, nullable))
    return tuple(kinds)


def _unwrap(annotation: Any, metadata: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], bool]:
    """Strip `Annotated` and `| None` off a type, collecting the metadata met on the way."""
    nullable = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            metadata += annotation.__metadata__
            annotation = annotation.__origin__
        elif origin in (Union, UnionType) and NoneType in get_args(annotation):
            nullable = True
            (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
        else:
            return annotation, metadata, nullable


def _kind(name: str, annotation: Any, metadata: tuple[Any, ...], nullable: bool) -> FieldKind:
    origin = get_origin(annotation)
    if origin is Literal:
        return FieldKind(name, "enum", get_args(annotation), nullable)
    if origin in (list, tuple, frozenset):
        member = get_args(annotation)[0]
        return FieldKind(name, "flags", get_args(member), nullable)
    if any(isinstance(mark, Monetary) for mark in metadata):
        return FieldKind(name, "money", (), nullable)
    simple: dict[Any, Literal["flag", "number", "instant", "day", "string"]] = {
        bool: "flag", int: "number", float: "number", Decimal: "number",
        datetime: "instant", AwareDatetime: "instant", date: "day", str: "string",
    }  # fmt: skip
    if annotation not in simple:
        raise TypeError(f"{name}: {annotation!r} has no column form; keep payloads flat")
    planned = any(isinstance(mark, Planned) for mark in metadata)
    form = next((mark.form for mark in metadata if isinstance(mark, Identifier)), None)
    written = any(isinstance(mark, FreeText) for mark in metadata)
    whose = next((mark.whose for mark in metadata if isinstance(mark, Personal)), None)
    return FieldKind(name, simple[annotation], (), nullable, planned, form, written, whose)
