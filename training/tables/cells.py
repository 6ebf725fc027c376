"""Cells to values: numbers, flags, instants, dates, texts and lists, whether they come from CSV or from parquet.

A cell is None, text, or the value parquet holds. What cannot be read raises ValueError saying what it is not, and the
cure.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from features.readings import FIRST_INSTANT, LAST_INSTANT, flag_of, located, parse_iso, read_text, read_zone

Reader = Callable[[Any], Any]
Number = float | int | Decimal
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
    "epoch microseconds": timedelta(microseconds=1),
}
SERIALS: Final[Mapping[str, tuple[datetime, int]]] = {
    # Excel takes 1900 for a leap year, so its days before March 1900 are not the calendar's.
    "excel serial": (datetime(1899, 12, 30, tzinfo=UTC), 61),
    "excel serial 1904": (datetime(1904, 1, 1, tzinfo=UTC), 0),
}
"""Formats of spreadsheets: the day their numbers count from, and the least number that is a day of the calendar."""
TIME_NUMBERS: Final = (*EPOCHS, *SERIALS)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SERIAL: Final = 2_958_465
_UNSEPARATED: Final = re.compile(r"%[A-Za-z]%[A-Za-z]")
_MAX_DOUBLE_DIGITS: Final = 15
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MARKED: Final = re.compile(r"[+-]?(\d{1,3}([.,'’ \u00a0\u202f]\d{1,3})+([.,]\d*)?|\d*[.,]\d+|\d+[.,])", re.ASCII)
"""Digits with marks between them: a number in some notation, if not in the one of the file."""
_SIGNED: Final = re.compile(
    r"[^\d\w]*(?:[A-Z]{3}\s?)?\(?[-+]?[^\d\w]*\d[\d.,'’ \u00a0\u202f]*\)?[^\d\w]*(?:[A-Z]{3})?", re.ASCII
)
_BEYOND_CALENDAR: Final = re.compile(r"-\d{4,}-.*|\d{5,}-\d\d-\d\d.*|0000-.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How the cells of one column are written; numbers in `missing` mean nothing.

    negative: how a number below zero may be written beside a leading minus: "trailing minus" (12-), "parentheses"
    ((12)).
    currency_signs: what may stand before or after a number and means nothing. zone: of local times; None leaves them
    local.
    """

    decimal: str = "."
    thousands: str = ""
    negative: tuple[str, ...] = ()
    currency_signs: tuple[str, ...] = ()
    format: str | None = None
    zone: str | None = "UTC"
    separator: str = ","
    scale: float = 1.0
    offset: float = 0.0
    missing: frozenset[float] = frozenset()


_BLANKS: Final = "".join(chr(at) for at in range(0x3001) if chr(at).isspace() and not 0x1C <= at <= 0x1F)
"""What the service strips from a text: Unicode's white space, without Python's four separators."""


def cell_text(cell: Any) -> str:
    """Write a cell as the text a person would look for: 12.0 as "12", True as "true"."""
    if isinstance(cell, str):
        return cell.strip(_BLANKS)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def reader(kind: str, notation: Notation) -> Reader:
    """Return the function that reads a present cell of a kind (number, money, double, flag, instant, day, enum, string,
    flags, currency)."""
    if kind in ("number", "money"):
        return _number_reader(notation)
    if kind == "double":
        exact = _number_reader(notation)
        return lambda cell: float(value) if isinstance(value := exact(cell), Decimal) else value
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
    if kind == "zone":
        return lambda cell: read_zone(cell_text(cell))
    return _text


def _text(cell: Any) -> str:
    # A number too long for a double has lost the digits that made it an id.
    return str(read_text(cell)) if isinstance(cell, float) else cell_text(cell)


def _number_reader(notation: Notation) -> Reader:
    plain = notation.decimal == "." and not (notation.thousands or notation.negative or notation.currency_signs)

    def number(cell: Any) -> Number:
        if type(cell) is int or (type(cell) is float and cell - cell == 0.0):  # finite: infinity is not
            return cell
        return _quick(cell) if plain and type(cell) is str else _number(cell, notation)

    def converted(cell: Any) -> float | None:
        value = number(cell)
        if value in notation.missing:
            return None
        # Ten places drop the noise of 0.07 x 100 = 7.000000000000001 and keep every digit a table has.
        return round(float(value) * notation.scale + notation.offset, 10)

    return number if notation.scale == 1.0 and notation.offset == 0.0 and not notation.missing else converted


def _quick(text: str) -> Number:
    """Read plain digits at once; leave what Python alone takes for numbers (nan, 1_000, Arabic digits) to the careful
    way."""
    if len(text) <= _MAX_DOUBLE_DIGITS and text.isascii() and "_" not in text and "n" not in text and "N" not in text:
        try:
            value = float(text)
        except ValueError:
            pass
        else:
            if value - value == 0.0:  # finite: 1e999 is not
                return value
    return _number(text, Notation())


def _number(cell: Any, notation: Notation) -> Number:
    if isinstance(cell, bool):
        raise ValueError("is true or false, not a number; map it with `values`")
    if isinstance(cell, int | float | Decimal) and math.isfinite(cell):
        return cell
    text = _leading_minus(str(cell).strip(), notation)
    if _written(notation.decimal, notation.thousands).fullmatch(text):
        digits = text.replace(notation.thousands, "") if notation.thousands else text
        digits = digits.replace(notation.decimal, ".")
        if math.isfinite(value := float(digits)):
            return value if len(digits) <= _MAX_DOUBLE_DIGITS else Decimal(digits)
    if _MARKED.fullmatch(text):
        thousands = repr(notation.thousands) if notation.thousands else "none"
        raise ValueError(
            f"is not a number as the file is said to write them (decimal {notation.decimal!r}, thousands {thousands}); "
            "set `csv: {decimal: …, thousands: …}` to what it writes"
        )
    if _SIGNED.fullmatch(text):
        raise ValueError(
            "is a number with a sign or currency that the file is not said to write; "
            "say `csv: {negative: [trailing minus, parentheses], currency_signs: [€]}`, as it does"
        )
    raise ValueError("is not a number; map it with `values`, or list it under `missing`")


def _leading_minus(text: str, notation: Notation) -> str:
    """Write a number with a leading minus and no currency, where the file is said to write it otherwise."""
    if notation.currency_signs or notation.negative:
        text = _uncurrencied(text, notation.currency_signs)
    if "trailing minus" in notation.negative and text[-1:] == "-" and text[:1] not in ("-", "+"):
        return "-" + _uncurrencied(text[:-1], notation.currency_signs)
    if "parentheses" in notation.negative and text[:1] == "(" and text[-1:] == ")" and text[1:2] not in ("-", "+"):
        return "-" + _uncurrencied(text[1:-1], notation.currency_signs)
    return text


def _uncurrencied(text: str, signs: Sequence[str]) -> str:
    text = text.strip()
    for sign in signs:
        for start in (sign, f"-{sign}"):
            if text.startswith(start):
                return (start.removesuffix(sign) + text[len(start) :].strip()).strip()
        if text.endswith(sign):
            return text[: -len(sign)].strip()
    return text


@lru_cache
def _written(decimal: str, thousands: str) -> re.Pattern[str]:
    """Return the pattern of a notation; thousands are separated everywhere or nowhere, so that 12.5 never becomes 125.

    Stricter than Python, which reads "1_000", "infinity" and Arabic digits: a table that holds them holds something
    else.
    """
    point = re.escape(decimal)
    whole = rf"(\d+|[1-9]\d{{0,2}}({re.escape(thousands)}\d{{3}})+)" if thousands else r"\d+"
    return re.compile(rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?", re.ASCII)


def _flag(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    value = flag_of(cell_text(cell))
    if value is None:
        raise ValueError("is neither true nor false; map it with `values: {…: true, …: false}`")
    return value


def _currency_code(cell: Any) -> str:
    text = cell_text(cell)
    if not _CURRENCY.fullmatch(text):
        raise ValueError("is no currency code, three capital letters such as EUR; map it with `values`")
    return text


def _instant_reader(notation: Notation) -> Reader:
    zone = None if notation.zone is None else ZoneInfo(notation.zone) if notation.zone != "UTC" else UTC

    def read(cell: Any) -> datetime:
        moment = cell if isinstance(cell, date) else _parse_time(cell, notation.format)
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        return moment if zone is None or moment.tzinfo is not None else located(moment, zone)

    return read


def _day_reader(notation: Notation) -> Reader:
    zone = ZoneInfo(notation.zone) if notation.zone is not None else None

    def read(cell: Any) -> date:
        day = cell if isinstance(cell, date) else _parse_time(cell, notation.format)
        if not isinstance(day, datetime):
            return day
        if zone is not None and day.tzinfo is not None and not day.utcoffset() and FIRST_INSTANT <= day <= LAST_INSTANT:
            day = day.astimezone(zone)
        return day.date()

    return read


def _parse_time(cell: Any, form: str | None) -> date:
    """Read an instant, a local time or a day, as the format says it is written."""
    if isinstance(cell, str) and _BEYOND_CALENDAR.fullmatch(cell):
        raise ValueError(
            "lies beyond the years 1 to 9999; drop such rows with `keep` and `not_in`, or list the cell under `missing`"
        )
    if form is None:
        return parse_iso(cell)
    if not isinstance(cell, str | int | float) or isinstance(cell, bool):
        raise ValueError("is no date or time; give its `format`")
    try:
        if form in EPOCHS:
            moment: datetime = _EPOCH + float(cell) * EPOCHS[form]
            return moment
        return _serial(float(cell), form) if form in SERIALS else _in_format(cell_text(cell), form)
    except (ValueError, OverflowError):
        raise ValueError(f"does not fit the format {form!r}") from None


def _serial(days: float, form: str) -> datetime:
    """Read a spreadsheet's day, to the second: what it prints is sure of no more."""
    first, least = SERIALS[form]
    if 0 <= days < _NO_SERIALS or least <= days <= _LAST_SERIAL:
        # A serial number is a local time: the zone it is reckoned in here is none of its own.
        return (first + timedelta(seconds=round(days * 86_400))).replace(tzinfo=None)
    raise ValueError("is no day of a spreadsheet")


_NO_SERIALS: Final = 2
"""A spreadsheet's days 0 and 1 stand for an empty cell."""


def _in_format(text: str, form: str) -> datetime:
    moment = datetime.strptime(text, form)  # noqa: DTZ007  the zone is added by the caller
    # strptime reads 2026112 as the 2nd of November; it could be the 12th of January.
    if _UNSEPARATED.search(form) and len(moment.strftime(form)) != len(text):
        raise ValueError("could be two dates")
    return moment


def _members(cell: Any, separator: str) -> tuple[str, ...]:
    if isinstance(cell, str):
        # A list written into a CSV file by a program looks like ['a', 'b'].
        parts = [part.strip(" '\"") for part in cell.strip("[]() ").split(separator)]
        return tuple(part for part in parts if part)
    try:
        return tuple(cell_text(member) for member in cell)
    except TypeError:
        raise ValueError("is no list") from None
