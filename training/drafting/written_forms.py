"""How the cells of one column are written: numbers in which notation, times in which format, flags by which words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from training.tables.cells import Notation, cell_text, reader

MIN_READ: Final = 0.97
"""At least so many of a column's cells must fit a form."""
_MAX_STRAY_WORDS: Final = 4
_NOTATIONS: Final = (
    (".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (",", "\u00a0"), (",", "\u202f"), (".", "'"), (".", " "),
)  # fmt: skip
_SIGNS: Final = ("%", "€", "EUR", "$", "USD", "£", "GBP", "zł", "PLN", "CHF", "Fr.", "R$", "kg", "g", "Stk", "St")
_DATES: Final = (
    "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d", "%d.%m.%y",
    "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y",
)  # fmt: skip
_CLOCKS: Final = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "%H%M%S", " %H.%M",
)  # fmt: skip
_YES: Final = (
    "true", "yes", "y", "1", "ja", "j", "x", "oui", "o", "si", "sì", "sí", "s", "sim", "tak", "t", "wahr", "vrai",
    "verdadero", "vero", "verdadeiro", "waar", "prawda",
)  # fmt: skip
_NO: Final = (
    "false", "no", "n", "0", "nein", "non", "não", "nao", "nee", "nie", "f", "falsch", "faux", "falso", "onwaar",
    "fałsz", "-",
)  # fmt: skip
_FLAGS: Final = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")
_EPOCHS: Final = (
    ("epoch seconds", 1e9, 2.2e9),
    ("epoch milliseconds", 1e12, 2.2e12),
    ("excel serial", 36_526, 54_789),
)
"""Formats of times that are numbers, and between which numbers they lie, from 2000 on."""
_SENTINELS: Final = (-1.0, -9.0, -99.0, -999.0, -9999.0, 9999.0, 99999.0, 999999.0)
_MIN_SENTINEL_SHARE: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberForm:
    """How numbers are written, and which cells among them mean nothing.

    share: of the cells that could be read so. least, most: the smallest and the largest number. ambiguous: whether
    1.234 might be one thousand.
    """

    share: float
    least: float
    most: float
    decimal: str = "."
    thousands: str = ""
    negative: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    missing: tuple[Any, ...] = ()
    ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeForm:
    """How times are written: a format, None for ISO 8601 or typed cells.

    share: of the cells that could be read so. earliest, latest: local, without a zone. has_clock: whether more than
    days is written. other: another format that would fit every cell too, day and month the other way round.
    """

    format: str | None
    share: float
    earliest: datetime
    latest: datetime
    has_clock: bool
    other: str | None = None


def number_form(cells: Sequence[Any]) -> NumberForm | None:
    """Find the notation of a column's numbers, None where they are none."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    if not texts:
        numbers = [float(cell) for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
        if len(numbers) < len(cells) * MIN_READ or not numbers:
            return None
        kept, missing = _without_sentinels(numbers)
        share = len(numbers) / len(cells)
        return NumberForm(missing=missing, share=share, least=min(kept), most=max(kept))
    texts = [cell_text(cell) for cell in cells]
    digits = [text for text in texts if any(letter.isdigit() for letter in text)]
    # A code with zeros in front is no number, nor is what holds more letters than a unit has.
    if len(digits) < 0.5 * len(texts) or sum(
        text[:1] == "0" and text.isdigit() and len(text) > 1 for text in texts
    ) > 0.02 * len(texts):
        return None
    signs = tuple(
        sign
        for sign in _SIGNS
        if sum(text.startswith((sign, "-" + sign)) or text.endswith(sign) for text in digits) > 0.02 * len(digits)
    )
    trailing = sum(text.rstrip("".join(signs)).endswith("-") and len(text) > 1 for text in digits)
    brackets = sum(text.startswith("(") and text.endswith(")") for text in digits)
    negative = (("trailing minus",) if trailing else ()) + (("parentheses",) if brackets else ())
    best: tuple[float, NumberForm] | None = None
    for rank, (decimal, thousands) in enumerate(_NOTATIONS):
        read = reader("double", Notation(decimal=decimal, thousands=thousands, negative=negative, currency_signs=signs))
        numbers, strays = [], []
        for text in texts:
            try:
                numbers.append(float(read(text)))
            except ValueError:
                strays.append(text)
        words = {text for text in strays if not any(letter.isdigit() for letter in text)}
        # Words such as n/a among numbers mean nothing.
        readable = len(texts) - sum(text in words for text in strays) if len(words) <= _MAX_STRAY_WORDS else len(texts)
        share = len(numbers) / readable if readable else 0.0
        if not numbers or share < MIN_READ or (best is not None and share - rank * 1e-6 <= best[0]):
            continue
        kept, missing = _without_sentinels(numbers)
        stray = tuple(sorted(words)) if len(words) <= _MAX_STRAY_WORDS else ()
        form = NumberForm(
            share=share,
            least=min(kept),
            most=max(kept),
            decimal=decimal,
            thousands=thousands,
            negative=negative,
            signs=signs,
            missing=(*stray, *missing),
            ambiguous=_ambiguous(digits, decimal, thousands),
        )
        best = share - rank * 1e-6, form
    return best[1] if best is not None else None


def _ambiguous(texts: Sequence[str], decimal: str, thousands: str) -> bool:
    """Return whether every mark might as well separate thousands: three digits follow each."""
    if thousands or decimal not in "".join(texts):
        return False
    marked = [text for text in texts if decimal in text]
    return all(re.fullmatch(rf"\D*\d{{1,3}}{re.escape(decimal)}\d{{3}}\D*", text) for text in marked)


def _without_sentinels(numbers: list[float]) -> tuple[list[float], tuple[float, ...]]:
    """Find numbers that stand for "not known": -99 far from all others, and often."""
    for sentinel in _SENTINELS:
        held = numbers.count(sentinel)
        rest = [number for number in numbers if number != sentinel] if held else numbers
        if held < max(2, _MIN_SENTINEL_SHARE * len(numbers)) or not rest or len(set(rest)) < 5:
            continue
        far = min(rest) >= 0 if sentinel < 0 else max(rest) < sentinel / 10
        whole = all(number.is_integer() for number in rest)
        if far and not (sentinel == -1.0 and whole and min(rest) == 0 and max(rest) <= 1):
            return rest, (int(sentinel),)
    return numbers, ()


def time_form(cells: Sequence[Any]) -> TimeForm | None:
    """Find the format of a column's times, None where they are none."""
    typed = [cell for cell in cells if isinstance(cell, date)]
    if len(typed) >= MIN_READ * len(cells):
        return _timed(None, [_local(cell) for cell in typed], len(cells))
    if all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells):
        return _numbered([float(cell) for cell in cells])
    texts = [cell_text(cell) for cell in cells]
    if sum(bool(_ISO.fullmatch(text)) for text in texts) >= MIN_READ * len(texts):
        moments = [moment for text in texts if (moment := _iso(text)) is not None]
        return _timed(None, moments, len(texts)) if moments else None
    fitting: list[TimeForm] = []
    for form in _formats(texts):
        moments = [moment for text in texts if (moment := _parsed(text, form)) is not None]
        if moments and len(moments) >= MIN_READ * len(texts):
            fitting.append(_timed(form, moments, len(texts)))
    if not fitting:
        return None
    best = max(fitting, key=lambda one: one.share)
    others = [one.format for one in fitting if one.share == best.share and one.format != best.format]
    return replace(best, other=others[0] if others else None)


def flag_words(cells: Sequence[Any]) -> dict[str, bool] | None:
    """Return what each word of a column of yes and no means, None where it is no such column."""
    words = {cell_text(cell) for cell in cells}
    if not 1 <= len(words) <= 3:
        return None
    means = {word: _FLAGS.get(word.casefold()) for word in words}
    # A column of x and nothing marks by being filled.
    if None in means.values() or (len(words) == 1 and next(iter(words)).casefold() not in ("x", "j", "y")):
        return None
    return {word: bool(flag) for word, flag in means.items()}


def _formats(texts: Sequence[str]) -> list[str]:
    """List the formats that fit the first cells; the others are not tried on all."""
    first = list(texts[:40])
    found = []
    for day in _DATES:
        for clock in _CLOCKS:
            form = day + clock
            if sum(_parsed(text, form) is not None for text in first) >= MIN_READ * len(first):
                found.append(form)
    return found


def _parsed(text: str, form: str) -> datetime | None:
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007  compared with its like only
    except ValueError:
        return None
    return moment if "%y" in form or 1900 <= moment.year <= 2199 or moment.year == 9999 else None


def _iso(text: str) -> datetime | None:
    try:
        return _local(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError:
        return None


def _numbered(numbers: list[float]) -> TimeForm | None:
    for form, least, most in _EPOCHS:
        inside = [number for number in numbers if least <= number <= most]
        if len(inside) >= MIN_READ * len(numbers) and (form != "excel serial" or len(set(inside)) > 20):
            read = reader("instant", Notation(format=form))
            return _timed(form, [_local(read(number)) for number in inside], len(numbers))
    return None


def _timed(form: str | None, moments: list[datetime], n: int) -> TimeForm:
    clock = any(moment.hour or moment.minute or moment.second for moment in moments)
    return TimeForm(format=form, share=len(moments) / n, earliest=min(moments), latest=max(moments), has_clock=clock)


def _local(cell: date) -> datetime:
    moment = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
    return moment.replace(tzinfo=None)
