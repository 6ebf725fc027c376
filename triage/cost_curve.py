"""A cost curve as an SVG picture that needs nothing but a browser, and says the same in words to who cannot see it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

_WIDTH: Final = 720
_HEIGHT: Final = 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 24, 56, 56


def cost_curve(found: Mapping[str, Any]) -> str:
    """Draw what a what-if found: expected cost over the straight-through rate, with the stored and the draft side
    marked."""
    curve: Sequence[Mapping[str, float]] = found["curve"]
    marks = [("stored", found["stored"], "#b45309"), ("draft", found["draft"], "#1d4ed8")]
    costs = [point["expected_cost"] for point in curve] + [side["expected_cost"] for _, side, _ in marks]
    top = max([*costs, 1.0]) * 1.05
    title = f"{found['domain']} {found['version']}: expected cost of {found['cases']:,} cases by straight-through rate"
    description = "; ".join(
        f"{name}: {side['straight_through_rate']:.1%} straight through at {side['expected_cost']:,.0f} "
        f"{found['currency']}"
        for name, side, _ in marks
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="12">',
        f'<title id="title">{escape(title)}</title><desc id="description">{escape(description)}</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="24" font-size="14" font-weight="600" fill="#111827">{escape(title)}</text>',
        *_axes(top, found["currency"]),
    ]
    if curve:
        line = " ".join(
            f"{_x(point['straight_through_rate']):.1f},{_y(point['expected_cost'], top):.1f}" for point in curve
        )
        parts.append(f'<polyline points="{line}" fill="none" stroke="#374151" stroke-width="2"/>')
        best = min(curve, key=lambda point: point["expected_cost"])
        at, height = _x(best["straight_through_rate"]), _y(best["expected_cost"], top)
        tooltip = f"lowest cost: automatic up to a risk of {best['risk_threshold']:.1%}"
        parts.append(f'<circle cx="{at:.1f}" cy="{height:.1f}" r="4" fill="#374151"><title>{tooltip}</title></circle>')
    for row, (name, side, colour) in enumerate(marks):
        at, height = _x(side["straight_through_rate"]), _y(side["expected_cost"], top)
        parts.append(
            f'<circle cx="{at:.1f}" cy="{height:.1f}" r="6" fill="{colour}" stroke="#ffffff" stroke-width="2"/>'
        )
        words = f"{name}: {side['straight_through_rate']:.1%}, {side['expected_cost']:,.0f} {found['currency']}"
        parts.append(f'<circle cx="{_LEFT + 6 + 250 * row}" cy="42" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{_LEFT + 18 + 250 * row}" y="46" fill="#111827">{escape(words)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _axes(top: float, currency: str) -> list[str]:
    parts = []
    for step in range(6):
        share = step / 5
        x, y = _x(share), _y(top * share, top)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#e5e7eb"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#4b5563">{top * share:,.0f}</text>'
        )
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle" fill="#4b5563">{share:.0%}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{_HEIGHT - 14}" text-anchor="middle" fill="#111827">straight-through rate</text>'
    )
    up = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text transform="translate(18 {up:.0f}) rotate(-90)" text-anchor="middle" fill="#111827">'
        f"expected cost ({escape(currency)})</text>"
    )
    return parts


def _x(rate: float) -> float:
    return _LEFT + rate * (_WIDTH - _LEFT - _RIGHT)


def _y(cost: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - cost / top * (_HEIGHT - _TOP - _BOTTOM)
