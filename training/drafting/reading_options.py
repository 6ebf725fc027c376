"""How a column would be read as a field of a kind: notation, format, unit, codes; and how well its cells fit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, TypeAdapter

from features.columns import FieldKind
from training.drafting.column_profile import ColumnProfile
from training.drafting.vocabulary import compact, member_words, tokens_of
from training.drafting.written_forms import NumberForm

_MAX_CODES: Final = 60
_MIN_MEMBERS: Final = 0.6
"""At least so many cells must mean a member of a closed vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Options of a mapping's line. fit: how well the cells fit the field, 1 as any; evidence: what shows it."""

    options: Mapping[str, Any] = field(default_factory=dict)
    fit: float = 1.0
    evidence: tuple[str, ...] = ()


@cache
def _takes(payload: type[BaseModel], name: str, value: float) -> bool:
    """Return whether a field takes a number."""
    about = payload.model_fields[name]
    written: Any = Annotated[about.annotation, about]
    adapter: TypeAdapter[Any] = TypeAdapter(written)
    try:
        adapter.validate_python(value)
    except ValueError:
        return False
    return True


def reading_of(column: ColumnProfile, kind: FieldKind, payload: type[BaseModel]) -> Reading | None:
    """Return how a column is read as a field of a payload, None where its cells cannot be."""
    if not column.counts:
        return None
    if kind.kind in ("number", "money"):
        signed = _takes(payload, kind.name, -1.0)
        read = _number(
            column,
            kind,
            signed=signed,
            share=not signed and not _takes(payload, kind.name, 1.5) and _takes(payload, kind.name, 0.5),
        )
    else:
        read = _READINGS[kind.kind](column, kind)
    if read is None:
        return None
    missing = tuple(read.options.get("missing", ())) + column.nothing
    options = dict(read.options) | ({"missing": list(dict.fromkeys(missing))} if missing else {})
    return Reading(options=options, fit=read.fit, evidence=read.evidence)


def number_options(form: NumberForm) -> dict[str, Any]:
    """Write how a column's numbers are written."""
    options: dict[str, Any] = {"decimal": form.decimal} if form.decimal != "." or form.thousands else {}
    options |= {"thousands": form.thousands} if form.thousands else {}
    options |= {"negative": list(form.negative)} if form.negative else {}
    options |= {"currency_signs": list(form.signs)} if form.signs else {}
    return options | ({"missing": list(form.missing)} if form.missing else {})


def _number(column: ColumnProfile, kind: FieldKind, *, signed: bool, share: bool) -> Reading | None:
    form = column.number
    if form is None:
        return None
    options, evidence, fit = number_options(form), [f"numbers from {form.least:,.6g} to {form.most:,.6g}"], 1.0
    if form.ambiguous:
        evidence.append(f"NOTE: 1{form.decimal}234 may be one thousand: set `thousands`")
        fit = 0.9
    unit, why = _unit(column, kind, form, share=share)
    if unit:
        options["unit"] = unit
        evidence.append(why)
    elif form.least < 0 and not signed:
        fit *= 0.85
    return Reading(options=options, fit=fit, evidence=tuple(evidence))


def _unit(column: ColumnProfile, kind: FieldKind, form: NumberForm, *, share: bool) -> tuple[str, str]:
    """Guess the conversion a field needs, by its range and by the unit its name speaks of."""
    spoken = {concept for token in tokens_of(column.name) for concept in token.concepts}
    words = {token.word for token in tokens_of(column.name)}
    if share and ("%" in form.signs or 1.5 < form.most <= 100.0):
        return "percent to fraction", f"up to {form.most:g}, so percent"
    if kind.name.endswith("_days"):
        if "weeks" in spoken:
            return "weeks to days", "its name speaks of weeks"
        if "months" in spoken and "age_days" not in spoken:
            return "months to days", "its name speaks of months"
        if "hours" in spoken:
            return "hours to days", "its name speaks of hours"
    if kind.name.endswith("_hours") and "minutes" in spoken:
        return "minutes to hours", "its name speaks of minutes"
    if kind.name.endswith("_hours") and "age_days" in spoken:
        return "days to hours", "its name speaks of days"
    if kind.kind == "money" and words & {"cent", "cents", "ct", "centimes", "centesimi", "grosz"}:
        return "cents to units", "its name speaks of cents"
    if "celsius" in kind.name and (words & {"f", "fahrenheit"} or form.least > 45):
        return "fahrenheit to celsius", "degrees Fahrenheit, by name or range"
    return "", ""


def _flag(column: ColumnProfile, kind: FieldKind) -> Reading | None:
    if column.flag is None:
        return None
    return Reading(options=flag_options(column), evidence=(f"yes and no written {' and '.join(sorted(column.flag))}",))


def flag_options(column: ColumnProfile) -> dict[str, Any]:
    """Write the words of yes and no, where they are not those that are read anyway."""
    words = column.flag or {}
    plain = {"true", "false", "1", "0", "yes", "no", "y", "n"}
    options: dict[str, Any] = {} if {word.casefold() for word in words} <= plain else {"values": dict(words)}
    # A column of x and nothing marks by being filled.
    return options | ({"if_missing": False} if len(words) == 1 else {})


def _moment(column: ColumnProfile, kind: FieldKind) -> Reading | None:
    if column.time is None:
        return None
    fit = 0.9 if column.time.other else 1.0
    return Reading(options=time_options(column), fit=fit, evidence=tuple(moment_evidence(column)))


def moment_evidence(column: ColumnProfile) -> list[str]:
    """Return in words what a column's times are like."""
    form = column.time
    if form is None:
        return []
    evidence = [f"{'times' if form.has_clock else 'days'} from {form.earliest:%Y-%m-%d} to {form.latest:%Y-%m-%d}"]
    return evidence + ([f"NOTE: {form.other} fits as well; is 03/04 in March or in April?"] if form.other else [])


def time_options(column: ColumnProfile) -> dict[str, Any]:
    """Write the format of a column's times, where it is not ISO 8601."""
    return {"format": column.time.format} if column.time is not None and column.time.format is not None else {}


def _member(column: ColumnProfile, kind: FieldKind) -> Reading | None:
    if column.distinct > _MAX_CODES:
        return None
    own = {compact(member): member for member in kind.vocabulary}
    spoken = {word: member for word, member in member_words().items() if member in kind.vocabulary}
    values = {
        text: own.get(compact(text)) or spoken.get(compact(text)) or _part(text, spoken) for text in column.counts
    }
    total = sum(column.counts.values())
    meant = sum(times for text, times in column.counts.items() if values[text])
    if meant < _MIN_MEMBERS * total:
        return None
    found = {text: member for text, member in values.items() if member}
    strange = sorted(set(values) - set(found))
    evidence = [f"{len(found)} of {len(values)} codes are known"]
    options: dict[str, Any] = {"values": found} if any(text != member for text, member in found.items()) else {}
    if strange:
        options |= {"values": found, "default": None}
        evidence.append(f"left out: {', '.join(strange[:5])}" + (", …" if len(strange) > 5 else ""))
    return Reading(options=options, fit=0.6 + 0.45 * meant / total, evidence=tuple(evidence))


def _part(text: str, spoken: Mapping[str, str]) -> str | None:
    """Find a member in one of several words: `EC-Karte (Visa)`."""
    for token in tokens_of(text):
        if compact(token.word) in spoken:
            return spoken[compact(token.word)]
    return None


def _text(column: ColumnProfile, kind: FieldKind) -> Reading | None:
    if kind.written:
        return Reading(
            fit=1.0 if column.is_prose else 0.75 if column.number is None else 0.3,
            evidence=("a text",) if column.is_prose else (),
        )
    if column.is_prose:
        return None
    decimals = column.number is not None and any("." in text or "," in text for text in column.counts)
    fit = 0.4 if decimals or (column.time is not None and column.time.format != "excel serial") else 1.0
    # What is only ever yes or no, or always the same, names nothing.
    fit *= 0.4 if column.flag is not None else 0.7 if column.distinct == 1 else 1.0
    return Reading(fit=fit, evidence=(f"{column.distinct:,} values",))


def _members(column: ColumnProfile, kind: FieldKind) -> Reading | None:
    return Reading(fit=0.8, evidence=("a list of codes",)) if not column.is_prose and column.number is None else None


_READINGS: Final[Mapping[str, Callable[[ColumnProfile, FieldKind], Reading | None]]] = {
    "flag": _flag, "instant": _moment, "day": _moment, "enum": _member,
    "string": _text, "flags": _members,
}  # fmt: skip
