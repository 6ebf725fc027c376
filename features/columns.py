"""Validated payloads as plain columns of numbers: one conversion for one case and for a million."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime

from features.fields import FIRST_INSTANT, Monetary, Payload, Planned

Column = NDArray[np.float64]
_NAN: Final = float("nan")
_EPOCH_ORDINAL: Final = FIRST_INSTANT.date().toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """`n` payloads of one domain, column by column.

    numbers: float64 of shape (n,), NaN where missing: numbers as they are, money in the reporting currency (multiplied by
        the case's `fx_rate`), booleans as 0/1, instants and dates as seconds since 1970 UTC, an enum as the position
        of its value in the vocabulary, a list of flags as one 0/1 column `field.member` each.
    strings: identifiers, text and enum values (an enum can be part of a trail's key), None where missing.
    as_of: seconds since 1970 UTC; features may use only facts known strictly before.
    """

    n: int
    numbers: dict[str, Column]
    strings: dict[str, list[str | None]]
    as_of: Column

    def __getitem__(self, name: str) -> Column:
        return self.numbers[name]


@dataclass(frozen=True, slots=True)
class FieldKind:
    """How one payload field becomes a column. planned: an instant or day that may lie after `as_of`."""

    name: str
    kind: Literal["number", "money", "flag", "instant", "day", "enum", "string", "flags"]
    vocabulary: tuple[str, ...] = ()
    nullable: bool = False
    planned: bool = False


@cache
def field_kinds(payload: type[Payload]) -> tuple[FieldKind, ...]:
    """Read off a payload class how each of its fields becomes a column, in field order."""
    kinds = []
    for name, field in payload.model_fields.items():
        annotation, metadata, nullable = _unwrap(field.annotation, tuple(field.metadata))
        kinds.append(_kind(name, annotation, metadata, nullable))
    return tuple(kinds)


def encode(
    payloads: Sequence[Payload], *, as_of: Sequence[datetime], fx_rates: Sequence[float] | None = None
) -> Columns:
    """Turn payloads of one class into columns; `fx_rates` convert each case's money, 1 where absent."""
    n = len(payloads)
    kinds = field_kinds(type(payloads[0]))
    read = attrgetter(*(kind.name for kind in kinds))
    rows = [read(payload) if len(kinds) > 1 else (read(payload),) for payload in payloads]
    fx = np.array(fx_rates, dtype=np.float64) if fx_rates is not None else None
    numbers: dict[str, Column] = {}
    strings: dict[str, list[str | None]] = {}
    for kind, values in zip(kinds, zip(*rows, strict=True), strict=True):
        if kind.kind in ("string", "enum"):
            strings[kind.name] = list(values)
        if kind.kind == "flags":
            for member in kind.vocabulary:
                numbers[f"{kind.name}.{member}"] = _column([float(member in (value or ())) for value in values])
        elif kind.kind != "string":
            column = _numbers(kind, values)
            numbers[kind.name] = column * fx if fx is not None and kind.kind == "money" else column
    return Columns(n=n, numbers=numbers, strings=strings, as_of=_column([seconds(moment) for moment in as_of]))


def concatenate(parts: Sequence[Columns]) -> Columns:
    """Join chunks of one domain into one, so that a large table can be validated piece by piece."""
    return Columns(
        n=sum(part.n for part in parts),
        numbers={name: np.concatenate([part.numbers[name] for part in parts]) for name in parts[0].numbers},
        strings={name: [value for part in parts for value in part.strings[name]] for name in parts[0].strings},
        as_of=np.concatenate([part.as_of for part in parts]),
    )


def seconds(moment: datetime) -> float:
    """Give an aware instant as seconds since 1970 UTC, exact to the microsecond."""
    return moment.timestamp()


def _column(values: list[float]) -> Column:
    return np.array(values, dtype=np.float64)


def _numbers(kind: FieldKind, values: Sequence[Any]) -> Column:
    convert = _CONVERSIONS.get(kind.kind)
    if convert is None:  # numpy reads None as NaN, and decimals and booleans as float() does
        return np.array(values, dtype=np.float64)
    return _column([_NAN if value is None else convert(kind, value) for value in values])


_CONVERSIONS: Final[dict[str, Callable[[FieldKind, Any], float]]] = {
    "instant": lambda kind, value: value.timestamp(),
    "day": lambda kind, value: (value.toordinal() - _EPOCH_ORDINAL) * 86_400.0,
    "enum": lambda kind, value: float(kind.vocabulary.index(value)),
}


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
    return FieldKind(name, simple[annotation], (), nullable, planned)
