"""What single lines of a drafted mapping say: fields, own columns, outcomes."""

from collections.abc import Mapping
from typing import Any, Final

from training.drafting.column_profile import ColumnProfile
from training.drafting.reading_options import flag_options, number_options
from training.drafting.vocabulary import compact, outcome_words, plain_words, tokens_of
from training.tables.mapping_form import CsvForm

MAX_CATEGORY: Final = 50
_MAX_SHARE_OF_ENTITY: Final = 0.6
_ALL_WELL: Final = ("ok", "made", "clean", "justified", "berechtigt", "erfuellt", "eingehalten")
"""A flag whose name holds one of these is yes where nothing was wrong."""


def field_value(column: ColumnProfile, options: Mapping[str, Any]) -> Any:
    """Write where a value comes from, short where there is nothing more to say."""
    return {"column": column.name, **options} if options else column.name


def compact_name(name: str) -> str:
    """Write a column's name as an attribute's: letters, digits and underscores."""
    words = "_".join(plain_words(name))[:60] or "column"
    return words if words[0].isalpha() else f"c_{words}"


def without_common(options: dict[str, Any], column: ColumnProfile, form: CsvForm) -> dict[str, Any]:
    """Leave out of a column's options what the whole file says already, and say what it does otherwise."""
    if column.number is None or not ({"decimal", "thousands"} & set(options) or form.decimal != "."):
        return options
    decimal, thousands = column.number.decimal, column.number.thousands
    typed = not any(isinstance(cell, str) for cell in column.cells)
    marked = any(mark in text for text in column.counts for mark in (".", ","))
    kept = {name: value for name, value in options.items() if name not in ("decimal", "thousands")}
    if typed or not marked or (decimal == form.decimal and thousands in ("", form.thousands)):
        return kept
    return kept | {"decimal": decimal} | ({"thousands": thousands} if thousands or form.thousands else {})


def attribute_value(column: ColumnProfile, form: CsvForm) -> tuple[str, dict[str, Any], str]:
    """Return an own column's kind, options and what shows it; no kind and the reason where it is not worth reading."""
    n = sum(column.counts.values())
    if column.distinct == 1 and column.filled > 0.999:
        return "", {}, f"always {column.examples()[0]!r}"
    if column.flag is not None and len(column.flag) > 1:
        return "flag", flag_options(column), "yes and no"
    if column.time is not None:
        return "", {}, "a time: say how long before the case it lies with `computed`"
    if column.is_prose:
        return "text", {}, f"a text of {column.mean_length:.0f} letters"
    if column.number is not None and not _is_code(column):
        options = without_common(number_options(column.number), column, form)
        return "number", options, f"{column.number.least:,.6g} to {column.number.most:,.6g}"
    if column.distinct <= min(MAX_CATEGORY, max(2, n // 10)):
        return "category", {}, f"{column.distinct} values"
    if column.distinct < _MAX_SHARE_OF_ENTITY * n:
        return "entity", {}, f"{column.distinct:,} values in {n:,} rows looked at"
    return "", {}, "nearly every row has another value"


def wrong_value(column: ColumnProfile, confidence: float) -> tuple[Any, float, str]:
    """Write which values of an outcome mean that acting straight through was wrong, how sure, and what shows it."""
    if column.flag is not None and len(column.flag) == 2:
        if any(word in compact(column.name) for word in _ALL_WELL):
            turned = {word: not flag for word, flag in column.flag.items()}
            why = "yes means that all was well, by its name: check which is wrong"
            return {"column": column.name, "values": turned}, confidence * 0.8, why
        return field_value(column, flag_options(column)), confidence, "yes and no: yes means wrong, check"
    fine = outcome_words("fine")
    values = {
        text: compact(text) not in fine and not compact(text).startswith(("ok", "clean")) for text in column.counts
    }
    return (
        {"column": column.name, "values": values},
        confidence * 0.6,
        "true where acting straight through was wrong: check",
    )


def kinds_of(name: str) -> list[frozenset[str]]:
    """Return what each word of a name may mean."""
    return [token.concepts for token in tokens_of(name)]


def _is_code(column: ColumnProfile) -> bool:
    """Return whether numbers are names: an identifier by its name, whole, and of many values."""
    form = column.number
    if form is None or not form.least.is_integer() or any("." in text or "," in text for text in column.counts):
        return False
    concepts = frozenset().union(*kinds_of(column.name))
    return "identifier" in concepts and not concepts & {"quantity", "count"} and column.distinct > 2
