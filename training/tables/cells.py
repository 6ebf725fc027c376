"""Cells to values: numbers, flags, instants, dates, texts and lists, whether they come from CSV or from parquet.

A cell is None, text, or the value parquet holds. What cannot be read raises ValueError saying what it is not, and the cure.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

Reader = Callable[[Any], Any]
OUT_OF_RANGE: Final = "does not lie between 1970-01-01 and 2199-12-31 00:00 UTC"

UNITS: Final[Mapping[str, tuple[float, float]]] = {
    "percent to fraction": (0.01, 0.0),
    "cents to units": (0.01, 0.0),
    "thousands to units": (1000.0, 0.0),
    "minutes to hours": (1 / 60, 0.0),
    "seconds to hours": (1 / 3600, 0.0),
    "hours to days": (1 / 24, 0.0),
    "days to hours": (24.0, 0.0),
    "weeks to days": (7.0, 0.0),
    "months to days": (30.4375, 0.0),
    "per month to per day": (1 / 30.4375, 0.0),
    "fahrenheit to celsius": (5 / 9, -160 / 9),
}
"""Named conversions: cell x scale + offset."""

EPOCHS: Final[Mapping[str, timedelta]] = {
    "epoch seconds": timedelta(seconds=1),
    "epoch milliseconds": timedelta(milliseconds=1),
}
_FLAGS: Final = dict.fromkeys(("true", "yes", "y", "t", "1", "1.0", "on"), True) | dict.fromkeys(
    ("false", "no", "n", "f", "0", "0.0", "off"), False
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MARKED: Final = re.compile(r"[+-]?(\d{1,3}([.,'’ \u00a0\u202f]\d{1,3})+([.,]\d*)?|\d*[.,]\d+|\d+[.,])", re.ASCII)
"""Digits with marks between them: a number in some notation, if not in the one of the file."""
_BEYOND_CALENDAR: Final = re.compile(r"-\d{4,}-.*|\d{5,}-\d\d-\d\d.*|0000-.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How the cells of one column are written; numbers in `missing` mean nothing."""

    decimal: str = "."
    thousands: str = ""
    format: str | None = None
    zone: str = "UTC"
    separator: str = ","
    scale: float = 1.0
    offset: float = 0.0
    missing: frozenset[float] = frozenset()


def cell_text(cell: Any) -> str:
    """Write a cell as the text a person would look for: 12.0 as "12", True as "true"."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def reader(kind: str, notation: Notation) -> Reader:
    """Give the function that reads a present cell of a kind (number, money, flag, instant, day, enum, string, flags,
    currency)."""
    if kind in ("number", "money"):
        return _number_reader(notation)
    if kind == "flag":
        return _flag
    if kind == "instant":
        return _instant_reader(notation)
    if kind == "day":
        return _day_reader(notation)
    if kind == "flags":
        return lambda cell: _members(cell, notation.separator)
    if kind == "currency":
        return _currency_code
    return cell_text


def _number_reader(notation: Notation) -> Reader:
    plain = notation.decimal == "." and not notation.thousands

    def number(cell: Any) -> float | int:
        if type(cell) is int or (type(cell) is float and cell - cell == 0.0):  # finite: infinity is not
            return cell
        return _quick(cell) if plain and type(cell) is str else _number(cell, notation)

    def converted(cell: Any) -> float | None:
        value = number(cell)
        if value in notation.missing:
            return None
        # Ten places drop the noise of 0.07 x 100 = 7.000000000000001 and keep every digit a table has.
        return round(value * notation.scale + notation.offset, 10)

    return number if notation.scale == 1.0 and notation.offset == 0.0 and not notation.missing else converted


def _quick(text: str) -> float:
    """Read plain digits at once; leave what Python alone takes for numbers (nan, 1_000, Arabic digits) to the careful way."""
    if text.isascii() and "_" not in text and "n" not in text and "N" not in text:
        try:
            value = float(text)
        except ValueError:
            pass
        else:
            if value - value == 0.0:  # finite: 1e999 is not
                return value
    return float(_number(text, Notation()))


def _number(cell: Any, notation: Notation) -> float | int:
    if isinstance(cell, bool):
        raise ValueError("is true or false, not a number; map it with `values`")
    if isinstance(cell, int | float | Decimal) and math.isfinite(cell):
        return float(cell) if isinstance(cell, Decimal) else cell
    text = str(cell).strip()
    if _written(notation.decimal, notation.thousands).fullmatch(text):
        digits = text.replace(notation.thousands, "") if notation.thousands else text
        if math.isfinite(value := float(digits.replace(notation.decimal, "."))):
            return value
    if _MARKED.fullmatch(text):
        thousands = repr(notation.thousands) if notation.thousands else "none"
        raise ValueError(
            f"is not a number as the file is said to write them (decimal {notation.decimal!r}, thousands {thousands}); "
            "set `csv: {decimal: …, thousands: …}` to what it writes"
        )
    raise ValueError("is not a number; map it with `values`, or list it under `missing`")


@lru_cache
def _written(decimal: str, thousands: str) -> re.Pattern[str]:
    """Give the pattern of a notation; thousands are separated everywhere or nowhere, so that 12.5 never becomes 125.

    Stricter than Python, which reads "1_000", "infinity" and Arabic digits: a table that holds them holds something else.
    """
    point = re.escape(decimal)
    whole = rf"(\d+|[1-9]\d{{0,2}}({re.escape(thousands)}\d{{3}})+)" if thousands else r"\d+"
    return re.compile(rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?", re.ASCII)


def _flag(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    value = _FLAGS.get(cell_text(cell).casefold())
    if value is None:
        raise ValueError("is neither true nor false; map it with `values: {…: true, …: false}`")
    return value


def _currency_code(cell: Any) -> str:
    text = cell_text(cell)
    if not _CURRENCY.fullmatch(text):
        raise ValueError("is no currency code, three capital letters such as EUR; map it with `values`")
    return text


def _instant_reader(notation: Notation) -> Reader:
    zone = ZoneInfo(notation.zone) if notation.zone != "UTC" else UTC

    def read(cell: Any) -> datetime:
        if isinstance(cell, str | int | float):
            cell = _parse_time(cell, notation.format)
        if isinstance(cell, datetime):
            return _aware(cell, zone)
        if isinstance(cell, date):
            return _aware(datetime.combine(cell, time()), zone)
        raise ValueError("is no instant; give its `format`")

    return read


def _day_reader(notation: Notation) -> Reader:
    def read(cell: Any) -> date:
        if isinstance(cell, str | int | float):
            cell = _parse_time(cell, notation.format)
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        raise ValueError("is no date; give its `format`")

    return read


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _parse_time(cell: str | int | float, form: str | None) -> datetime:
    try:
        if form is not None and form in EPOCHS:
            moment: datetime = _EPOCH + float(cell) * EPOCHS[form]
            return moment
        if form is None:
            if isinstance(cell, str):
                return datetime.fromisoformat(cell.strip())
        else:
            return datetime.strptime(cell_text(cell), form)  # noqa: DTZ007  the zone is added by the caller
    except (ValueError, OverflowError):
        pass
    if isinstance(cell, str) and _BEYOND_CALENDAR.fullmatch(cell):
        raise ValueError(
            "lies beyond the years 1 to 9999; drop such rows with `keep` and `not_in`, or list the cell under `missing`"
        )
    if form is None:
        raise ValueError("is no date or time as 2026-03-31 or 2026-03-31T14:00:00+02:00; give its `format`")
    raise ValueError(f"does not fit the format {form!r}")


def _members(cell: Any, separator: str) -> tuple[str, ...]:
    if isinstance(cell, str):
        # A list written into a CSV file by a program looks like ['a', 'b'].
        parts = [part.strip(" '\"") for part in cell.strip("[]() ").split(separator)]
        return tuple(part for part in parts if part)
    try:
        return tuple(cell_text(member) for member in cell)
    except TypeError:
        raise ValueError("is no list") from None
