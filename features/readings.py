"""Values as they are sent, read one way for the API, a CSV cell and a parquet cell: numbers, flags, texts, instants and
days.

What can be only one thing is read as that; what could be two is not read at all. ValueError says what is wrong, and the
cure.
"""

import math
import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from features.identifiers import is_placeholder

FIRST_INSTANT: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = datetime(2199, 12, 31, tzinfo=UTC)
_MAX_WORD_LENGTH: Final = 20
MAX_DECIMAL_PLACES: Final = 12
"""Decimal places kept of a number that has so many."""
_USUAL_PLACES: Final = Decimal("0.0001")
_LAST_PLACE: Final = Decimal(1).scaleb(-MAX_DECIMAL_PLACES)
_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
_DOUBLE: Final = Context(prec=15, rounding=ROUND_HALF_EVEN)
"""A double is sure of 15 digits; the rest of what it prints is its own."""
_PLAIN: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_OTHER_NOTATION: Final = re.compile(r"[^\w]*\d[\d.,'’\s\u00a0\u202f]*[^\w]*|[A-Z]{3}\s*\S*\d\S*|\S*\d\S*\s*[A-Z]{3}")
_FLAGS: Final = dict.fromkeys(("true", "yes", "y", "t", "1", "1.0", "on"), True) | dict.fromkeys(
    ("false", "no", "n", "f", "0", "0.0", "off"), False
)
_DAY_FORM: Final = r"\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d-?[1-7]"
_TIME_FORM: Final = r"\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?"
_ZONE_FORM: Final = r"[Zz]|[+-]\d\d(?::?\d\d(?::?\d\d)?)?"
_ISO: Final = re.compile(rf"({_DAY_FORM})(?:[Tt ]({_TIME_FORM})\s?({_ZONE_FORM})?)?", re.ASCII)
_NO_DAYS: Final = frozenset(
    (
        date(1, 1, 1), date(1753, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1901, 1, 1),
        FIRST_INSTANT.date(), date(2999, 12, 31), date(9999, 1, 1), date(9999, 12, 31),
    )
)  # fmt: skip
"""Days that systems write where there is none: the first or last of their calendar, and the zero of their clock."""
_LAST_DAYS: Final = frozenset((date(2999, 12, 31), date(9999, 12, 31)))
_EMPTY_DATE: Final = re.compile(r"0{2,4}[-./]?0{2}[-./]?0{2,4}(?:[T ][0:.]+Z?)?", re.ASCII)


def read_number(value: Any) -> Any:
    """Return a number as it is and a plain decimal text as Decimal; leave what is neither text nor number to the
    type."""
    if isinstance(value, bool):
        raise ValueError("is true or false, not a number")
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if text and _OTHER_NOTATION.fullmatch(text):
        raise ValueError(
            "is a number in another notation: send digits with a decimal point and a leading minus, such as -1234.5; "
            "a file says `csv: {decimal: …, thousands: …}`, `negative` and `currency_sign`"
        )
    raise ValueError("must be a finite number, such as 12.5")


def read_decimal(value: Any) -> Any:
    """Return a number with the digits it came with: at least 4 places, at most MAX_DECIMAL_PLACES, without the noise of
    a double."""
    number = read_number(value)
    if isinstance(number, float):
        number = _DOUBLE.create_decimal(repr(number)) if math.isfinite(number) else Decimal(repr(number))
    if isinstance(number, int):
        number = Decimal(number)
    return kept_places(number) if isinstance(number, Decimal) and number.is_finite() else number


def kept_places(number: Decimal) -> Decimal:
    """Write a decimal with 4 places where that is all of it, else with as many as it has, at most
    MAX_DECIMAL_PLACES."""
    if number.adjusted() > 30:  # far beyond any limit, which refuses it
        return number
    rounded = number.quantize(_LAST_PLACE, context=_WIDE)
    usual = rounded.quantize(_USUAL_PLACES, context=_WIDE)
    return usual if usual == rounded else rounded.normalize(_WIDE)


def read_flag(value: Any) -> Any:
    """Return true or false for the words and digits that mean them; leave anything else to the type."""
    if isinstance(value, str):
        return _FLAGS.get(value.strip().casefold(), value)
    return value


def flag_of(text: str) -> bool | None:
    """Return what a word or digit means as a flag, None where it means neither."""
    return _FLAGS.get(text.strip().casefold())


def read_text(value: Any) -> Any:
    """Return a number as the text it is written with: 12.0 as "12"; leave anything else to the type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not value.is_integer():
            return repr(value)
        if abs(value) >= 2.0**53:
            raise ValueError("is a number too long for a double: its last digits are lost; send it as text")
        return str(int(value))
    return value


def read_instant(value: Any, *, zone: tzinfo | None) -> datetime:
    """Return an aware UTC instant; a local time is one of `zone`, and unreadable where no zone is stated.

    Raises ValueError where the value is no ISO 8601 date and time, has no zone, or lies outside 1970 to 2199.
    """
    moment = value if isinstance(value, date) else parse_iso(value)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(
                "is a local time without its zone: add one, such as 2026-03-31T14:00:00+02:00, or send `time_zone`"
            )
        moment = located(moment, zone)
    # Compared before the conversion: astimezone overflows near year 1 and 9999.
    if not FIRST_INSTANT <= moment <= LAST_INSTANT:
        raise ValueError("must lie between 1970-01-01 and 2199-12-31")
    return moment.astimezone(UTC)


def located(moment: datetime, zone: tzinfo) -> datetime:
    """Return a local time as an instant of its zone; raise ValueError where clocks show it twice or never."""
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise ValueError(f"is a time that the clocks of {zone} show twice or never on that day: add its offset")
    return early


def read_day(value: Any, *, zone: tzinfo | None) -> date:
    """Return a calendar day; an instant in UTC is the day it was in `zone`, any other offset is its own zone.

    Raises ValueError where the value is no ISO 8601 date, or lies outside 1970 to 2199.
    """
    day = value if isinstance(value, date) else parse_iso(value)
    if isinstance(day, datetime):
        if zone is not None and day.tzinfo is not None and not day.utcoffset() and FIRST_INSTANT <= day <= LAST_INSTANT:
            day = day.astimezone(zone)
        day = day.date()
    if not FIRST_INSTANT.date() <= day <= LAST_INSTANT.date():
        raise ValueError("must lie between 1970-01-01 and 2199-12-31")
    return day


def parse_iso(value: Any) -> date:
    """Return the day or instant an ISO 8601 text says, in its extended or basic form; digits alone are a day or
    nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(_NO_MOMENT)
    text = str(read_text(value)).strip()
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError(_ONLY_DIGITS if text.lstrip("+-").replace(".", "", 1).isdecimal() else _NO_MOMENT)
    day, hours, offset = found.groups()
    try:
        if hours is None:
            return date.fromisoformat(day)
        return datetime.fromisoformat(f"{day}T{hours.replace(',', '.')}{(offset or '').upper()}")
    except ValueError:
        raise ValueError(_ONLY_DIGITS if text.isdecimal() else _NO_MOMENT) from None


_NO_MOMENT: Final = "is no date or time as 2026-03-31 or 2026-03-31T14:00:00+02:00; a file gives its `format`"
_ONLY_DIGITS: Final = (
    "is only digits and could be a spreadsheet's serial number, a Unix time or a date in another order: send "
    "2026-03-31T14:00:00Z, or give the `format` of the file"
)


def is_no_day(value: Any) -> bool:
    """Check whether a date stands where there is none: 1900-01-01, 1970-01-01, 9999-12-31, 0000-00-00 and their
    like."""
    if isinstance(value, str):
        text = value.strip()
        if not text[:1].isdecimal():
            return not text or (len(text) < _MAX_WORD_LENGTH and is_placeholder(text, "document"))
        if _EMPTY_DATE.fullmatch(text):
            return True
        try:
            value = parse_iso(text)
        except ValueError:
            return False
    if isinstance(value, datetime):
        last = value.time() >= time(23, 59) and value.date() in _LAST_DAYS
        return last or (value.time() == time() and value.date() in _NO_DAYS)
    return isinstance(value, date) and value in _NO_DAYS


@cache
def available_zones() -> frozenset[str]:
    """Return the names of all time zones."""
    return frozenset(available_timezones())


def read_zone(value: Any) -> Any:
    """Return the name of a time zone; raise ValueError where a text names none, and leave anything else to the type."""
    if isinstance(value, str) and value.strip() not in available_zones():
        raise ValueError("is no time zone of the IANA database, such as Europe/Berlin or America/Chicago")
    return value
