"""How the values of a payload, an attribute or a rule are written: by kind, with units, in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from annotated_types import Ge, Le

from features.columns import FieldKind, field_kinds
from features.fields import field_title
from features.recipe import Feature
from models.reasons import shown as feature_shown
from serving.pages.templating import capital, dated, instant, money, share, words, written
from triage.domain import Domain

_ENDINGS: Final = (
    ("_celsius_per_hour", "°C/h"), ("_celsius", "°C"), ("_hours_per_day", "h"), ("_hours", "h"), ("_minutes", "min"),
    ("_seconds", "s"), ("_days_apart", "days"), ("_days", "days"), ("_weeks", "weeks"), ("_years", "years"), ("_kg",
    "kg"),
    ("_grams", "g"), ("_g", "g"), ("_km", "km"), ("_kwh", "kWh"), ("_percent", "%"), ("_bar", "bar"), ("_amperes", "A"),
)  # fmt: skip
_BEGINNINGS: Final = (("days_", "days"), ("hours_", "h"), ("minutes_", "min"))
_ENDING: Final = re.compile("(?:" + "|".join(ending for ending, _ in _ENDINGS) + ")$")
_WINDOW: Final = re.compile(r"_\d+[a-z]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One value as shown. reads: the payload fields behind it, apart by blanks."""

    name: str
    title: str
    hint: str
    value: str
    reads: str = ""


def field_shown(domain: Domain, kind: FieldKind, value: Any, currency: str) -> Shown:
    """Write one field of a payload."""
    model = domain.recipe.payload
    return Shown(
        name=kind.name,
        title=field_title(model, kind.name),
        hint=model.model_fields[kind.name].description or "",
        reads=kind.name,
        value=_field_value(domain, kind, value, currency),
    )


def rule_values(domain: Domain, values: Mapping[str, Any], currency: str) -> list[Shown]:
    """Write what a rule read: fields and features by their titles, limits by their names."""
    kinds = {kind.name: kind for kind in field_kinds(domain.recipe.payload)}
    features = {feature.name: feature for feature in domain.recipe.features}
    return [
        field_shown(domain, kinds[name], value, currency)
        if name in kinds and value is not None
        else _fact_shown(domain, features.get(name), name, value, currency)
        for name, value in values.items()
    ]


def plain(value: Any) -> str:
    """Write any value of a limit or attribute."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(map(plain, value)) or "none"
    return str(value)


def _fact_shown(domain: Domain, feature: Feature | None, name: str, value: Any, currency: str) -> Shown:
    model = domain.recipe.payload
    title, text = field_title(model, name) if name in model.model_fields else words(name), plain(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if feature is not None:
        title = capital(feature.title)
        if number:
            text = feature_shown(feature, float(value)) + (f" {currency}" if feature.unit == "money" else "")
    elif name in ("risk", "cause_probability"):
        text = share(value, 1)
    elif name in ("impact", "expected_loss"):
        text = money(value, currency)
    elif name == "cause":
        text = domain.heads.labels.get(value, text)
    elif number:
        title, text = words(_ENDING.sub("", name)), _measure(value, unit_of(name))
    reads = [source for source in (feature.sources if feature is not None else (name,)) if source in model.model_fields]
    return Shown(name=name, title=title, hint="", value=text, reads=" ".join(reads))


def _field_value(domain: Domain, kind: FieldKind, value: Any, currency: str) -> str:
    match kind.kind:
        case "money":
            return money(value, currency)
        case "number" if _is_fraction(domain.recipe.payload.model_fields[kind.name]):
            return share(float(value), 1)
        case "number":
            return _measure(value, unit_of(kind.name))
        case "instant":
            return written(instant(value))
        case "day":
            return dated(date.fromisoformat(str(value)[:10]))
        case "enum":
            return domain.heads.labels.get(value, words(value))
        case "flags":
            return ", ".join(words(member) for member in value) or "none"
    return plain(value)


def unit_of(name: str) -> str:
    """Read a number's unit off its name; empty for a plain count."""
    bare = _WINDOW.sub("", name)
    found = [unit for ending, unit in _ENDINGS if bare.endswith(ending)]
    found += [unit for beginning, unit in _BEGINNINGS if bare.startswith(beginning)]
    return found[0] if found else ""


def _measure(value: Any, unit: str) -> str:
    number = _number(value)
    singular = number == "1" and unit in ("days", "weeks", "years")
    return f"{number} {unit[:-1] if singular else unit}".strip()


def _number(value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    text = f"{number:,.4f}".rstrip("0").rstrip(".") if number % 1 else f"{number:,.0f}"
    return text.replace("-", "−")


def _is_fraction(field: Any) -> bool:
    marks = list(field.metadata)
    for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
        marks += getattr(part, "__metadata__", ())
        marks += [inner for mark in getattr(part, "__metadata__", ()) for inner in getattr(mark, "metadata", ())]
    return Ge(0) in marks and Le(1) in marks
