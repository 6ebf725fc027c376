"""Charts as shapes for a template to draw: bars over time, stacked, with a scale that people can read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 720.0
HEIGHT: Final = 160.0
_MAX_LABELS: Final = 8
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """One part of one bar. series: the position of its series; x, y, width, height: in the units of the chart."""

    series: int
    x: float
    y: float
    width: float
    height: float
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMark:
    """A line of the scale, or a name below a bar. at: where it stands, in the units of the chart."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """A chart of stacked bars, WIDTH x HEIGHT, with its scale and the names of some bars."""

    parts: Sequence[BarPart]
    scale: Sequence[ChartMark]
    names: Sequence[ChartMark]


def bar_chart(names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> BarChart:
    """Stack series of equal length as bars, the first at the bottom. names: of the bars; each series has a title."""
    if not names:
        return BarChart(parts=(), scale=(), names=())
    totals = [sum(values[at] for _, values in series) for at in range(len(names))]
    step, top = _scale(max(totals))
    slot = WIDTH / len(names)
    width = max(1.0, slot * 0.72)
    parts = []
    for at, name in enumerate(names):
        below = 0.0
        for number, (title, values) in enumerate(series):
            height = values[at] / top * HEIGHT
            if height:
                parts.append(
                    BarPart(
                        series=number, x=at * slot + (slot - width) / 2, y=HEIGHT - below - height, width=width,
                        height=height, hint=f"{name}: {values[at]:,.0f} {title}",
                    )
                )  # fmt: skip
            below += height
    marks = [step * number for number in range(round(top / step) + 1)]
    every = math.ceil(len(names) / _MAX_LABELS)
    return BarChart(
        parts=parts,
        scale=[ChartMark(at=HEIGHT - mark / top * HEIGHT, text=f"{mark:,.10g}") for mark in marks],
        names=[ChartMark(at=(at + 0.5) * slot, text=names[at]) for at in range(0, len(names), every)],
    )


def _scale(largest: float) -> tuple[float, float]:
    """Return a round step and the end of a scale that holds the largest value in about four steps."""
    if largest <= 0:
        return 1.0, 1.0
    rough = largest / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in _STEPS if unit * each >= rough * (1 - 1e-9))
    step = max(1.0, step) if largest >= 4 or float(largest).is_integer() else step
    return step, step * math.ceil(largest / step - 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A named place on a curve."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """A curve, WIDTH x HEIGHT, with its scales and some places on it. line: points as an SVG polyline takes them."""

    line: str
    points: Sequence[CurvePoint]
    scale: Sequence[ChartMark]
    names: Sequence[ChartMark]


def line_chart(values: Sequence[tuple[float, float]], *, marks: Sequence[tuple[str, Mapping[str, Any]]]) -> LineChart:
    """Draw cost over a rate from 0 to 1. marks: named sides of a what-if, each a point of its own."""
    places = [(name, side["straight_through_rate"], side["expected_cost"]) for name, side in marks]
    step, top = _scale(max([cost for _, cost in values] + [cost for _, _, cost in places], default=0.0))
    end = max(top, step)
    scale = [step * number for number in range(round(end / step) + 1)]
    return LineChart(
        line=" ".join(f"{x * WIDTH:.1f},{HEIGHT - y / end * HEIGHT:.1f}" for x, y in values),
        points=[CurvePoint(name=name, x=x * WIDTH, y=HEIGHT - y / end * HEIGHT) for name, x, y in places],
        scale=[ChartMark(at=HEIGHT - mark / end * HEIGHT, text=f"{mark:,.10g}") for mark in scale],
        names=[ChartMark(at=share / 4 * WIDTH, text=f"{share * 25}%") for share in range(5)],
    )
