"""Validated payloads as plain columns of numbers: one conversion for one case and for a million."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.fields import FIRST_INSTANT, Payload
from features.identifiers import Form, normal_form
from features.kinds import FieldKind, field_kinds

__all__ = ["FieldKind", "field_kinds"]

Column = NDArray[np.float64]
_NAN: Final = float("nan")
_EPOCH_ORDINAL: Final = FIRST_INSTANT.date().toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """`n` payloads of one domain, column by column.

    numbers: float64 of shape (n,), NaN where missing: numbers as they are, money in the reporting currency (multiplied
        by the case's `fx_rate`), booleans as 0/1, instants and dates as seconds since 1970 UTC, an enum as the position
        of its value in the vocabulary, a list of flags as one 0/1 column `field.member` each.
    strings: identifiers as written, text and enum values (an enum can be part of a trail's key), None where missing.
    as_of: seconds since 1970 UTC; features may use only facts known strictly before.
    forms: how each identifier among the strings is compared. rates: what money was multiplied by, None for 1.
    zones: the time zone of each case's site, None where it is not known; None where none is.
    """

    n: int
    numbers: dict[str, Column]
    strings: dict[str, list[str | None]]
    as_of: Column
    forms: Mapping[str, Form] = field(default_factory=dict)
    rates: Column | None = None
    zones: Sequence[ZoneInfo | None] | None = None

    def __getitem__(self, name: str) -> Column:
        return self.numbers[name]

    def take(self, rows: Sequence[int], *, as_of: Column) -> "Columns":
        """Return some rows, seen at other instants. as_of: one per row taken."""
        return Columns(
            n=len(rows),
            numbers={name: values[list(rows)] for name, values in self.numbers.items()},
            strings={name: [values[row] for row in rows] for name, values in self.strings.items()},
            as_of=as_of,
            forms=self.forms,
            rates=None if self.rates is None else self.rates[list(rows)],
            zones=None if self.zones is None else [self.zones[row] for row in rows],
        )

    def compared(self, name: str) -> list[str | None]:
        """Return a column as it is compared: identifiers in their normal form, None for one that names nothing; amounts
        as text.

        An amount is compared in the currency of its case, to four places, whatever rate it was converted by.
        """
        if name not in self.strings:
            return [None if amount != amount else f"{amount:.4f}" for amount in self.own_money(name).tolist()]
        values, form = self.strings[name], self.forms.get(name)
        return values if form is None else [normal_form(value, form) for value in values]

    def own_money(self, name: str) -> Column:
        """Return amounts in the currency of their case."""
        values = self.numbers[name]
        return values if self.rates is None else values / self.rates

    def local_time(self, at: Column) -> Column:
        """Return instants as the clocks of each case's site show them, in seconds since 1970; in UTC where its zone is
        not known."""
        if self.zones is None or not any(self.zones):
            return at
        offsets = [_offset(zone, moment) for zone, moment in zip(self.zones, at.tolist(), strict=True)]
        return at + np.array(offsets, dtype=np.float64)


def encode(
    payloads: Sequence[Payload],
    *,
    as_of: Sequence[datetime],
    fx_rates: Sequence[float] | None = None,
    zones: Sequence[ZoneInfo | None] | None = None,
) -> Columns:
    """Turn payloads of one class into columns; `fx_rates` convert each case's money, 1 where absent; `zones` end its
    site's days."""
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
            with np.errstate(over="ignore"):  # what no number holds is infinite, and refused where it is read
                numbers[kind.name] = column * fx if fx is not None and kind.kind == "money" else column
    forms = {kind.name: kind.form for kind in kinds if kind.form is not None}
    moments = _column([seconds(moment) for moment in as_of])
    return Columns(n=n, numbers=numbers, strings=strings, as_of=moments, forms=forms, rates=fx, zones=zones)


def concatenate(parts: Sequence[Columns]) -> Columns:
    """Join chunks of one domain into one, so that a large table can be validated piece by piece."""
    return Columns(
        n=sum(part.n for part in parts),
        numbers={name: np.concatenate([part.numbers[name] for part in parts]) for name in parts[0].numbers},
        strings={name: [value for part in parts for value in part.strings[name]] for name in parts[0].strings},
        as_of=np.concatenate([part.as_of for part in parts]),
        forms=parts[0].forms,
        rates=None
        if parts[0].rates is None
        else np.concatenate([part.rates for part in parts if part.rates is not None]),
        zones=None if parts[0].zones is None else [zone for part in parts for zone in part.zones or ()],
    )


def seconds(moment: datetime) -> float:
    """Return an aware instant as seconds since 1970 UTC, exact to the microsecond."""
    return moment.timestamp()


def _offset(zone: ZoneInfo | None, at: float) -> float:
    """Return the seconds by which a zone's clocks are ahead of UTC at an instant."""
    if zone is None or at != at:
        return 0.0
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


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
