"""What a column would be as a field of a domain of one's own: its name, its kind, and how a mapping reads it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from training.drafting.column_profile import ColumnProfile
from training.drafting.line_values import compact_name, field_value, without_common
from training.drafting.reading_options import flag_options, number_options, time_options
from training.drafting.written_forms import NumberForm, number_form
from training.tables.cells import cell_text
from training.tables.mapping_form import CsvForm

MAX_CATEGORIES: Final = 15
_MAX_CATEGORY_LENGTH: Final = 64
_MAX_ID_LENGTH: Final = 128
_MAX_ID_WORDS: Final = 3
_MIN_RUNNING_NUMBERS: Final = 20
_MONEY: Final = re.compile(r"amount|price|value|cost|total|revenue|sales|fee|refund|margin|betrag|preis|umsatz")
_ID: Final = re.compile(r"(^|_)(id|no|nr|num|number|code|key|ref|sku|zip|store|site)$")
_SHARE: Final = re.compile(r"share|rate|ratio|fraction")
_PLANNED: Final = re.compile(r"promis|due|plan|schedul|expect|target|deadline|until")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedField:
    """A column as a field. name, kind, values: as the domain's file has them; reads: as the mapping has it.

    is_unique: whether every row has another value. distinct: values that differ.
    """

    column: str
    name: str
    kind: str
    values: tuple[str, ...]
    reads: Any
    is_filled: bool
    is_unique: bool
    distinct: int

    @property
    def is_planned(self) -> bool:
        """Return whether its name says that it was planned or expected."""
        return bool(_PLANNED.search(self.name))


def drafted_fields(columns: Iterable[ColumnProfile], form: CsvForm) -> list[DraftedField]:
    """Return every column as a field, each under a name of its own. form: how the whole file is written."""
    every = list(columns)
    names = field_names(column.name for column in every)
    return [_drafted(column, names[column.name], form) for column in every]


def field_names(texts: Iterable[str]) -> dict[str, str]:
    """Return a name for each text: lower case letters, digits and underscores, no two alike."""
    names: dict[str, str] = {}
    for text in texts:
        name = compact_name(text)
        taken = set(names.values())
        names[text] = next(
            one for one in (name, *(f"{name}_{at}" for at in range(2, len(taken) + 3))) if one not in taken
        )
    return names


def all_texts(column: ColumnProfile) -> Counter[str]:
    """Count what stands in a column's cells, words that elsewhere mean nothing among it: `none` may be an answer."""
    return Counter(text for cell in column.cells if cell is not None and (text := cell_text(cell)))


def _drafted(column: ColumnProfile, name: str, form: CsvForm) -> DraftedField:
    texts = all_texts(column)
    number = column.number
    if number is None and column.time is not None and all(text.isdigit() for text in column.counts):
        # Digits alone are a number here: 200123 would else be a day as well as the number of an order.
        number = number_form(column.present)
    kind = _kind(column, name, texts, number)
    options: dict[str, Any] = {}
    if kind == "flag":
        options = flag_options(column)
    elif kind.endswith(("day", "instant")):
        options = time_options(column)
    elif number is not None and kind != "id":
        options = without_common(number_options(number), column, form)
    if column.nothing and kind not in ("category", "id", "text"):
        options["missing"] = list(dict.fromkeys((*options.get("missing", ()), *column.nothing)))
    return DraftedField(
        column=column.name,
        name=name,
        kind=kind,
        values=tuple(sorted(texts)) if kind == "category" else (),
        reads=field_value(column, options),
        is_filled=bool(texts),
        is_unique=len(column.cells) > 1 and len(texts) == len(column.cells),
        distinct=len(texts),
    )


def _kind(column: ColumnProfile, name: str, texts: Counter[str], number: NumberForm | None) -> str:
    if not texts:
        return "code"
    if column.flag is not None and len(column.flag) == 2:
        return "flag"
    if number is not None:
        return _number_kind(name, texts, number)
    if column.time is not None:
        kind = "instant" if column.time.has_clock else "day"
        return f"planned_{kind}" if _PLANNED.search(name) else kind
    longest = max(map(len, texts))
    if len(texts) <= MAX_CATEGORIES and longest <= _MAX_CATEGORY_LENGTH:
        return "category"
    words = sum(len(text.split()) * times for text, times in texts.items()) / texts.total()
    return "text" if words > _MAX_ID_WORDS or longest > _MAX_ID_LENGTH else "id"


def _number_kind(name: str, texts: Counter[str], number: NumberForm) -> str:
    whole = all(text.isascii() and text.isdigit() for text in texts)
    all_differ = texts.total() > _MIN_RUNNING_NUMBERS and len(texts) == texts.total()
    if whole and (all_differ or _ID.search(name)):
        return "id"
    if _MONEY.search(name):
        return "money" if number.least >= 0 else "signed_money"
    if _SHARE.search(name) and number.least >= 0 and number.most <= 1:
        return "fraction"
    return "count" if whole else "number"
