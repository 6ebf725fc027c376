"""What the case page shows, worked out before the template: fields with titles and units, evidence, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from annotated_types import Ge, Le

from features.columns import FieldKind, field_kinds
from features.fields import Payload, field_title
from models.score import ReasonCode
from serving.templating import instant, money, share, words, written
from triage.domain import Domain

_SECTIONS: Final = (
    ("What was written", ("text",)),
    ("Who, what and where", ("string",)),
    ("Amounts and measures", ("money", "number")),
    ("When", ("instant", "day")),
    ("Circumstances", ("enum", "flag", "flags")),
)
_UNITS: Final = (
    ("_days", "days"), ("_hours", "h"), ("_minutes", "min"), ("_celsius", "°C"), ("_kg", "kg"), ("_km", "km"), ("_grams", "g"),
    ("_kwh", "kWh"), ("_years", "years"), ("_weeks", "weeks"), ("_percent", "%"), ("_seconds", "s"),
)  # fmt: skip
_WIDEST: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One field as shown."""

    name: str
    title: str
    hint: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of evidence, in percent of the track: where it starts and how long it is. raises: whether it raises the risk."""

    text: str
    weight: float
    start: float
    length: float
    raises: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The reasons of a decision, sorted by what they are."""

    bars: tuple[Bar, ...]
    grounds: tuple[tuple[str, str], ...]
    oddities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the history."""

    at: str
    actor: str
    title: str
    detail: str
    quote: str


def subject(domain: Domain, payload: Mapping[str, Any], currency: str) -> list[Shown]:
    """Give the fields that head a case, those it has."""
    kinds = {kind.name: kind for kind in field_kinds(domain.recipe.payload)}
    return [
        _shown(domain.recipe.payload, kinds[name], payload[name], currency)
        for name in domain.subject
        if name in kinds and payload.get(name) is not None
    ]


def sections(domain: Domain, payload: Mapping[str, Any], currency: str) -> list[tuple[str, list[Shown]]]:
    """Give the payload's fields by what they are about, with human titles and units; only those it has."""
    grouped: dict[str, list[Shown]] = {title: [] for title, _ in _SECTIONS}
    for kind in field_kinds(domain.recipe.payload):
        value = payload.get(kind.name)
        if value is None or value == [] or value == "":
            continue
        form = "text" if kind.name in domain.recipe.text_fields else kind.kind
        title = next(title for title, kinds in _SECTIONS if form in kinds)
        grouped[title].append(_shown(domain.recipe.payload, kind, value, currency))
    return [(title, shown) for title, shown in grouped.items() if shown]


def missing(domain: Domain, payload: Mapping[str, Any]) -> list[str]:
    """Name the fields that were not given."""
    model = domain.recipe.payload
    return [
        field_title(model, kind.name)
        for kind in field_kinds(model)
        if payload.get(kind.name) is None and kind.kind != "flags"
    ]


def evidence(reasons: Sequence[Mapping[str, Any]]) -> Evidence:
    """Sort reasons into bars (colour is direction, length is weight), grounds of the decision, and odd data."""
    pushes = [reason for reason in reasons if reason["weight"]]
    largest = max((abs(reason["weight"]) for reason in pushes), default=1.0)
    bars = []
    for reason in pushes:
        length = max(1.0, abs(reason["weight"]) / largest * _WIDEST)
        raises = reason["weight"] > 0
        start = _WIDEST if raises else _WIDEST - length
        bars.append(Bar(text=reason["text"], weight=reason["weight"], start=start, length=length, raises=raises))
    plain = [(reason["code"].partition(":")[0], reason["text"]) for reason in reasons if not reason["weight"]]
    return Evidence(
        bars=tuple(bars),
        grounds=tuple((words(source), text) for source, text in plain if source != ReasonCode.DATA_QUALITY),
        oddities=tuple(text for source, text in plain if source == ReasonCode.DATA_QUALITY),
    )


def causes(cause: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, float]]:
    """Give the likeliest causes in words with their probabilities; empty where no model spoke."""
    if cause["probability"] is None:
        return []
    return [
        (labels.get(item["label"], words(item["label"])), item["probability"])
        for item in (cause, *cause["alternatives"])
    ]


def history(events: Sequence[Mapping[str, Any]], labels: Mapping[str, str], codes: Mapping[str, str]) -> list[Entry]:
    """Tell what happened to a case, newest first."""
    return [_entry(event, labels, codes) for event in reversed(events)]


def _entry(event: Mapping[str, Any], labels: Mapping[str, str], codes: Mapping[str, str]) -> Entry:
    verb, detail = event["verb"], event["detail"]
    title, line, quote = words(verb), "", ""
    if verb == "decide":
        title = f"Decided: {words(detail['disposition'])}"
        line = f"policy {detail['policy_version']}, " + (
            f"model {detail['model_version']}" if detail["model_version"] else "by the fallback rules"
        )
    elif verb == "claim":
        title, line = "Claimed", f"until {written(instant(detail['claimed_until']))}"
    elif verb == "release":
        title = "Given back to the queue"
    elif verb == "comment":
        title, quote = "Commented", detail["text"]
    elif verb == "resolve":
        title = f"Resolved: {words(detail['action'])}"
        cause, reason = detail["cause"], detail["reason_code"]
        line = f"{labels.get(cause, words(cause))} · {codes.get(reason, words(reason))}"
        line += " · departs from the recommendation" if detail["overrides"] else ""
    elif verb == "outcome":
        title = "Outcome: straight through would have been " + ("wrong" if detail["wrong"] else "right")
        line = labels.get(detail.get("cause") or "", "")
    return Entry(at=event["at"], actor=event["actor"], title=title, detail=line, quote=quote)


def plain(value: Any) -> str:
    """Write any value of a rule or attribute."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(map(plain, value)) or "none"
    return str(value)


def _shown(model: type[Payload], kind: FieldKind, value: Any, currency: str) -> Shown:
    field = model.model_fields[kind.name]
    return Shown(
        name=kind.name,
        title=field_title(model, kind.name),
        hint=field.description or "",
        value=_written_value(kind, value, currency, is_fraction=_is_fraction(field)),
    )


def _written_value(kind: FieldKind, value: Any, currency: str, *, is_fraction: bool) -> str:
    if kind.kind == "money":
        return money(value, currency)
    if kind.kind == "number":
        unit = next((unit for ending, unit in _UNITS if kind.name.endswith(ending)), "")
        return share(float(value), 1) if is_fraction else f"{_number(value)} {unit}".strip()
    if kind.kind == "instant":
        return written(instant(value))
    if kind.kind == "enum":
        return words(value)
    if kind.kind == "flags":
        return ", ".join(words(member) for member in value)
    return plain(value)


def _number(value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return f"{number:,f}".rstrip("0").rstrip(".") if number % 1 else f"{number:,.0f}"


def _is_fraction(field: Any) -> bool:
    marks = list(field.metadata)
    for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
        marks += getattr(part, "__metadata__", ())
        marks += [inner for mark in getattr(part, "__metadata__", ()) for inner in getattr(mark, "metadata", ())]
    return Ge(0) in marks and Le(1) in marks
