"""Panels as the case page draws them: values in words, and a chart worked out to coordinates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor, log10
from typing import Any, Final

from pydantic import ValidationError

from features.panels import (
    Background,
    Chart,
    FactList,
    Grid,
    Panel,
    RelatedCase,
    Series,
    Timeline,
    Value,
)
from serving.pages.templating import dated, instant, money, share, words, written
from triage.domain import Domain

WIDTH: Final = 760.0
HEIGHT: Final = 200.0
_LEFT: Final = 44.0
_BOTTOM: Final = 24.0
_TOP: Final = 16.0
_FAR: Final = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownValue:
    """A value in words, with the payload fields it was read from and what it means."""

    text: str
    fields: str = ""
    tone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPanel:
    """A panel for the template. kind: facts, grid, timeline or chart."""

    kind: str
    title: str
    body: Any
    note: str = ""


def shown_panels(
    domain: Domain,
    payload: Mapping[str, Any],
    *,
    background: Background,
) -> list[ShownPanel]:
    """Return the panels a domain declares for a case; none where it declares none or its payload is of an older
    schema."""
    if domain.evidence is None:
        return []
    try:
        read = domain.recipe.payload.model_validate(payload)
    except ValidationError:
        return []
    labels = domain.heads.labels
    made = [_shown(panel, background, labels) for panel in domain.evidence.panels(read, background)]
    return [panel for panel in made if panel.body or panel.note]


def background(
    related: Mapping[str, Sequence[RelatedCase]], *, as_of: str, currency: str, doubles: Sequence[str]
) -> Background:
    """Return what is known around a case."""
    return Background(as_of=instant(as_of), currency=currency, related=related, doubles=tuple(doubles))


def _shown(panel: Panel, around: Background, labels: Mapping[str, str]) -> ShownPanel:
    if isinstance(panel, FactList):
        items = [(name, _value(value, around, labels)) for name, value in panel.items]
        return ShownPanel(kind="facts", title=panel.title, body=items)
    if isinstance(panel, Grid):
        rows = [(name, [_value(value, around, labels) for value in cells]) for name, cells in panel.rows]
        body = {"columns": panel.columns, "rows": rows} if rows else None
        return ShownPanel(kind="grid", title=panel.title, body=body, note=panel.note)
    if isinstance(panel, Timeline):
        return ShownPanel(kind="timeline", title=panel.title, body=_moments(panel, around, labels), note=panel.empty)
    return ShownPanel(kind="chart", title=panel.title, body=_chart(panel, around), note=panel.note)


def _moments(panel: Timeline, around: Background, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "at": one.at,
            "title": one.title,
            "tone": one.tone,
            "case": one.case,
            "detail": [_value(value, around, labels) for value in one.detail if value.value is not None],
        }
        for one in panel.moments
    ]


def _value(value: Value, around: Background, labels: Mapping[str, str]) -> ShownValue:
    raw = value.value
    return ShownValue(
        text="" if raw is None else _text(value, around, labels),
        fields=" ".join(value.fields),
        tone=value.tone if raw is not None else "",
        note=value.note,
    )


def _text(value: Value, around: Background, labels: Mapping[str, str]) -> str:
    raw: Any = value.value
    match value.kind:
        case "money":
            text = money(raw, around.currency)
        case "number":
            text = f"{_number(raw)} {value.unit}".strip()
        case "fraction":
            text = share(float(raw), 1) if raw >= 0 else f"−{share(-float(raw), 1)}"
        case "day":
            return dated(raw)
        case "instant":
            return written(instant(raw))
        case "flag":
            return "Yes" if raw else "No"
        case "code":
            return labels.get(str(raw), words(raw))
        case _:
            return str(raw)
    text = text.replace("-", "−")
    return f"+{text}" if value.signed and raw > 0 else text


def _number(raw: Any) -> str:
    text = f"{raw:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _chart(chart: Chart, around: Background) -> dict[str, Any] | None:
    """Work a chart out to coordinates: days across, quantities up; None where nothing is to be drawn."""
    points = [point for series in chart.series if series.shape != "level" for point in series.points]
    if not points:
        return None
    first, last = min(day for day, _ in points), max(day for day, _ in points)
    highest = max(1e-9, *(quantity for _, quantity in points))
    levels = [quantity for series in chart.series if series.shape == "level" for _, quantity in series.points]
    # A level far above everything else would press the rest flat: it is named with its number, and not drawn.
    drawn = [series for series in chart.series if series.shape != "level" or series.points[0][1] <= _FAR * highest]
    top = _round_up(max(highest, *(level for level in levels if level <= _FAR * highest), 0.0))
    low = min(0.0, *(quantity for _, quantity in points))

    def across(day: float) -> float:
        return round(_LEFT + (day - first) / max(1.0, last - first) * (WIDTH - _LEFT - 8), 1)

    def up(quantity: float) -> float:
        return round(HEIGHT - _BOTTOM - (quantity - low) / (top - low) * (HEIGHT - _BOTTOM - _TOP), 1)

    return {
        "series": [_drawn(series, across, up) for series in drawn],
        "marks": [
            {"name": mark.name, "x": across(mark.day), "width": _width(mark.day, mark.until, across)}
            for mark in chart.marks
        ],
        "ticks": [(up(top * part), _number(top * part)) for part in (0.0, 0.5, 1.0)],
        "days": [
            (across(day), "now" if day == 0 else dated((around.as_of + timedelta(days=day)).date())[:-5])
            for day in _days(first, last)
        ],
        "now": across(0.0) if first <= 0 <= last else None,
        "rows": _rows(chart, around),
        "names": [_named(series, drawn) for series in chart.series],
        "unit": chart.unit,
        "base": up(0.0),
        "width": WIDTH,
        "height": HEIGHT,
    }


def _drawn(series: Series, across: Any, up: Any) -> dict[str, Any]:
    if series.shape == "bars":
        wide = max(1.5, across(1.0) - across(0.0) - 1.5)
        bars = [(across(day), up(quantity), wide, round(up(0.0) - up(quantity), 1)) for day, quantity in series.points]
        return {"name": series.name, "shape": series.shape, "bars": bars}
    return {
        "name": series.name,
        "shape": series.shape,
        "path": " ".join(f"{across(day)},{up(quantity)}" for day, quantity in series.points),
    }


def _named(series: Series, drawn: Sequence[Series]) -> tuple[str, str]:
    off = "" if series in drawn else f" ({_number(series.points[0][1])}, above the chart)"
    return series.name + off, series.shape


def _width(day: float, until: float | None, across: Any) -> float:
    return round(max(2.0, across(until) - across(day)), 1) if until is not None else 0.0


def _days(first: float, last: float) -> list[float]:
    return [float(day) for day in range(ceil(first / 7) * 7, floor(last / 7) * 7 + 1, 7)]


def _round_up(value: float) -> float:
    """Return the next round number: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value)


def _rows(chart: Chart, around: Background) -> list[tuple[str, list[str]]]:
    """Return the numbers of a chart as a table, a row for each day that has any."""
    days = sorted({day for series in chart.series for day, _ in series.points})
    by_series = [dict(series.points) for series in chart.series]
    return [
        (
            dated((around.as_of + timedelta(days=day)).date()),
            [_number(one[day]) if day in one else "" for one in by_series],
        )
        for day in days
    ]
