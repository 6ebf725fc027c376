"""A flagged item as a planner sees it: stock, sales, forecast, promotion and receipts over the days around now."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.panels import (
    Background,
    CaseEvidence,
    Chart,
    FactList,
    Grid,
    Mark,
    Panel,
    Series,
    Tone,
    Value,
    fraction,
    known,
    money,
    number,
    plain,
    trimmed,
)

_AHEAD_DAYS: Final = 14
_BACK_DAYS: Final = 28
_WINDOWS: Final = (("sales_28d_qty", 28), ("sales_7d_qty", 7), ("sales_1d_qty", 1))


def panels(item: ReplenishmentRisk, background: Background) -> Sequence[Panel]:
    """Return the course of stock and sales, what is on its way, plan against sales, and what is odd in the record."""
    today = background.as_of.date()
    return [_course(item, today), _supply(item, today), _demand(item), _record(item, today)]


EVIDENCE: Final = CaseEvidence(panels=panels)


def _course(item: ReplenishmentRisk, today: date) -> Chart:
    daily = float(item.forecast_daily_qty) if item.forecast_daily_qty is not None else None
    receipts = _receipts(item, today)
    series = [Series(name="Sold per day", shape="bars", points=_sold(item))]
    marks = [Mark(name=f"Receipt of {quantity:g}", day=day) for day, quantity in receipts if day <= _AHEAD_DAYS]
    if daily is not None:
        days = [float(day) for day in range(_AHEAD_DAYS + 1)]
        series += [
            Series(name="Forecast per day", shape="dashed", points=tuple((day, daily) for day in days)),
            Series(name="Expected stock", shape="line", points=_stock(item, daily, receipts)),
        ]
    if item.reorder_point_qty is not None:
        points = (
            (float(-_BACK_DAYS), float(item.reorder_point_qty)),
            (float(_AHEAD_DAYS), float(item.reorder_point_qty)),
        )
        series.append(Series(name="Reorder point", shape="level", points=points))
    if item.promo_starts_on is not None:
        ends = item.promo_ends_on or item.promo_starts_on
        first, last = (item.promo_starts_on - today).days, (ends - today).days
        if last >= -_BACK_DAYS and first <= _AHEAD_DAYS:
            marks.append(
                Mark(name="Promotion", day=float(max(first, -_BACK_DAYS)), until=float(min(last + 1, _AHEAD_DAYS)))
            )
    runs_out = _runs_out(item, daily, receipts)
    return Chart(
        title="Stock, sales and forecast",
        unit="units",
        series=tuple(one for one in series if one.points),
        marks=tuple(marks),
        note="" if runs_out is None else f"At the forecast the stock is used up in {runs_out:.1f} days.",
    )


def _sold(item: ReplenishmentRisk) -> tuple[tuple[float, float], ...]:
    """Return sales a day, as averages of the spans that the totals tell apart."""
    totals = [(days, float(getattr(item, name))) for name, days in _WINDOWS if getattr(item, name) is not None]
    points: list[tuple[float, float]] = []
    for at, (days, total) in enumerate(totals):
        inner_days, inner = totals[at + 1] if at + 1 < len(totals) else (0, 0.0)
        each = max(0.0, total - inner) / (days - inner_days)
        points += [(float(-day), each) for day in range(days, inner_days, -1)]
    return tuple(points)


def _receipts(item: ReplenishmentRisk, today: date) -> list[tuple[float, float]]:
    """Return the day and quantity of what is on its way, as far as both are known."""
    found = []
    if item.next_receipt_at is not None and item.in_transit_qty:
        found.append((float((item.next_receipt_at.date() - today).days), float(item.in_transit_qty)))
    ordered = item.po_confirmed_qty if item.po_confirmed_qty is not None else item.po_ordered_qty or item.on_order_qty
    if item.po_promised_on is not None and ordered:
        found.append((float((item.po_promised_on - today).days), float(ordered)))
    return sorted((day, quantity) for day, quantity in found if day >= 0)


def _stock(
    item: ReplenishmentRisk, daily: float, receipts: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    left, points = float(item.on_hand), []
    for day in range(_AHEAD_DAYS + 1):
        left += sum(quantity for at, quantity in receipts if at == day)
        points.append((float(day), left))
        left = max(0.0, left - daily) if left > 0 else left
    return tuple(points)


def _runs_out(item: ReplenishmentRisk, daily: float | None, receipts: Sequence[tuple[float, float]]) -> float | None:
    """Return in how many days the stock is used up before a receipt comes; None where it lasts or nothing is known."""
    if not daily or item.on_hand <= 0:
        return None
    days = float(item.on_hand) / daily
    first = receipts[0][0] if receipts else float(_AHEAD_DAYS)
    return days if days < min(first, _AHEAD_DAYS) else None


def _supply(item: ReplenishmentRisk, today: date) -> FactList:
    promised = item.po_promised_on
    late = promised is not None and promised < today
    short = None not in (item.po_confirmed_qty, item.po_ordered_qty) and item.po_confirmed_qty != item.po_ordered_qty
    return FactList(
        title="On its way",
        items=known(
            ("Next receipt", plain(item, "next_receipt_at", kind="instant")),
            ("In transit", _units(item.in_transit_qty, "in_transit_qty")),
            ("On order", _units(item.on_order_qty, "on_order_qty")),
            ("Past due", _units(item.past_due_qty, "past_due_qty", tone="bad" if item.past_due_qty else "")),
            (
                "Confirmed",
                _units(
                    item.po_confirmed_qty,
                    "po_confirmed_qty",
                    "po_ordered_qty",
                    tone="warn" if short else "",
                    note=f"of {trimmed(item.po_ordered_qty)} ordered" if short and item.po_ordered_qty else "",
                ),
            ),
            ("Promised", plain(item, "po_promised_on", kind="day", tone="bad" if late else "")),
            ("Order status", plain(item, "order_status", kind="code")),
            ("DC can allocate", _units(item.dc_allocatable_qty, "dc_allocatable_qty")),
            (
                "Nearby surplus",
                _units(
                    item.nearby_surplus_qty,
                    "nearby_surplus_qty",
                    "nearest_surplus_km",
                    note=f"{item.nearest_surplus_km:g} km away" if item.nearest_surplus_km is not None else "",
                ),
            ),
            ("Supplier on time in full", fraction(item.supplier_otif_90d, "supplier_otif_90d", note="90 days")),
            ("Proposed order", _units(item.proposed_order_qty, "proposed_order_qty", "proposed_order_value")),
            ("Proposed transfer", _units(item.transfer_qty, "transfer_qty")),
        ),
    )


def _demand(item: ReplenishmentRisk) -> Grid:
    rows = []
    for title, sold, planned in (
        ("Last 7 days", "sales_7d_qty", "planned_7d_qty"),
        ("Last 28 days", "sales_28d_qty", "planned_28d_qty"),
    ):
        actual, plan = getattr(item, sold), getattr(item, planned)
        over = float(actual / plan - 1) if actual is not None and plan else None
        tone: Tone = "" if over is None else "bad" if abs(over) > 0.3 else "warn" if abs(over) > 0.1 else "good"
        rows.append(
            (
                title,
                (_units(plan, planned), _units(actual, sold), fraction(over, sold, planned, signed=True, tone=tone)),
            )
        )
    return Grid(
        title="Plan against sales",
        columns=("", "Planned", "Sold", "Difference"),
        rows=tuple(row for row in rows if any(cell.value is not None for cell in row[1])),
        note="" if any(cell.value is not None for row in rows for cell in row[1]) else "No plan or sales were sent.",
    )


def _record(item: ReplenishmentRisk, today: date) -> FactList:
    counted = item.last_counted_at
    old = counted is not None and (today - counted.date()).days > 90
    confidence = item.record_confidence
    still = item.days_since_last_sale
    return FactList(
        title="Stock record and promotion",
        items=known(
            ("On hand", _units(item.on_hand, "on_hand", tone="bad" if item.on_hand <= 0 else "")),
            ("In the backroom", _units(item.backroom_qty, "backroom_qty")),
            ("Reserved", _units(item.reserved_qty, "reserved_qty")),
            ("Safety stock", _units(item.safety_stock_qty, "safety_stock_qty")),
            ("Days without a sale", number(still, "days_since_last_sale", tone="warn" if (still or 0) > 3 else "")),
            ("Record trusted", fraction(confidence, "record_confidence", tone=_low(confidence))),
            ("Last counted", plain(item, "last_counted_at", kind="instant", tone="warn" if old else "")),
            ("Last adjustment", _units(item.last_adjustment_qty, "last_adjustment_qty", signed=True)),
            ("Promotion", plain(item, "promo_id", kind="id")),
            ("Starts", plain(item, "promo_starts_on", kind="day")),
            ("Planned uplift", number(item.promo_uplift_ratio, "promo_uplift_ratio", unit="times")),
            ("Unit margin", money(item.unit_margin, "unit_margin")),
            ("Key value item", plain(item, "is_kvi", kind="flag")),
            ("Blocks", Value(value=", ".join(item.block_flags) or None, fields=("block_flags",), tone="bad")),
        ),
    )


def _units(value: Decimal | None, *fields: str, tone: Tone = "", note: str = "", signed: bool = False) -> Value:
    return number(value, *fields, tone=tone, note=note, signed=signed)


def _low(confidence: float | None) -> Tone:
    return "warn" if confidence is not None and confidence < 0.7 else ""
