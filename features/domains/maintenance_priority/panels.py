"""A request for maintenance as a dispatcher sees it: how bad it is now, the asset and its past, and who would come."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from features.domains.maintenance_priority.payload import MaintenancePriority
from features.panels import (
    Background,
    CaseEvidence,
    FactList,
    Panel,
    RelatedCase,
    Timeline,
    TimelineEntry,
    Tone,
    Value,
    fraction,
    known,
    money,
    number,
    plain,
)

_OPEN_DAYS: Final = 14
"""A ticket of the site without an end counts as open so long."""
MAX_SHOWN: Final = 6


def panels(request: MaintenancePriority, background: Background) -> Sequence[Panel]:
    """Return danger and trade at stake, asset and warranty, vendor and clock, the asset's past, the site's tickets."""
    return [
        _now(request),
        _asset(request, background.as_of.date()),
        _vendor(request),
        _past(background.of("asset"), "This asset before", "Nothing is known of this asset."),
        _site(background),
    ]


EVIDENCE: Final = CaseEvidence(panels=panels, related=("asset", "site"))


def _now(request: MaintenancePriority) -> FactList:
    flags = ", ".join(flag.replace("_", " ") for flag in request.safety_flags) or None
    lanes, units = request.lanes_down, request.units_down
    above = request.minutes_above_limit
    return FactList(
        title="Danger and trade at stake",
        items=known(
            ("Safety flags", Value(value=flags, fields=("safety_flags",), tone="bad")),
            ("Urgency typed", plain(request, "reported_urgency", kind="code")),
            ("Problem", plain(request, "problem_code", kind="code")),
            ("Alarm", plain(request, "alarm_code", kind="id")),
            ("Food temperature", number(request.food_temperature_celsius, "food_temperature_celsius", unit="°C")),
            ("Above limit", number(above, "minutes_above_limit", unit="min", tone="bad" if above else "")),
            ("Sensor", number(request.sensor_temperature_celsius, "sensor_temperature_celsius", unit="°C")),
            (
                "Rising",
                number(
                    request.sensor_slope_celsius_per_hour, "sensor_slope_celsius_per_hour", unit="°C/h", signed=True
                ),
            ),
            ("Product at risk", money(request.product_at_risk_value, "product_at_risk_value")),
            ("Lanes down", number(lanes, "lanes_down", "lanes_total", note=_of(request.lanes_total), tone=_bad(lanes))),
            ("Units down", number(units, "units_down", "units_total", note=_of(request.units_total), tone=_bad(units))),
            ("Sales affected", fraction(request.sales_share_affected, "sales_share_affected")),
            ("Sales per hour", money(request.sales_per_hour, "sales_per_hour")),
            ("Trading now", plain(request, "trading_now", kind="flag")),
            ("Hours to close", number(request.hours_to_close, "hours_to_close", unit="h")),
            ("Fire system out", number(request.fire_system_out_hours, "fire_system_out_hours", unit="h", tone="bad")),
            (
                "Power or water out",
                number(request.power_or_water_out_hours, "power_or_water_out_hours", unit="h", tone="bad"),
            ),
            ("Weather", plain(request, "weather_alert", kind="code")),
        ),
    )


def _asset(request: MaintenancePriority, today: date) -> FactList:
    warranty = request.warranty_expires_on
    covered = warranty is not None and warranty >= today
    overdue = None
    if request.last_maintained_on is not None and request.maintenance_interval_days:
        overdue = (today - request.last_maintained_on).days - request.maintenance_interval_days
    return FactList(
        title="Asset and warranty",
        items=known(
            ("Asset", plain(request, "asset_id", kind="id")),
            ("Class", plain(request, "asset_class", kind="code")),
            ("Maker and model", Value(value=_together(request), kind="id", fields=("manufacturer", "asset_model"))),
            ("In service since", plain(request, "in_service_on", kind="day")),
            ("Criticality", number(request.criticality, "criticality", note="of 10")),
            ("Spare units", number(request.redundant_units_count, "redundant_units_count")),
            ("Under legal inspection", plain(request, "regulatory_asset", kind="flag")),
            (
                "Warranty until",
                plain(
                    request,
                    "warranty_expires_on",
                    kind="day",
                    tone="good" if covered else "",
                    note="covered" if covered else "ended",
                ),
            ),
            ("Repair estimate", money(request.estimated_repair_cost, "estimated_repair_cost")),
            ("A new one costs", money(request.replacement_cost, "replacement_cost")),
            ("Last planned visit", plain(request, "last_maintained_on", kind="day")),
            (
                "Overdue for it",
                number(
                    overdue if overdue is not None and overdue > 0 else None,
                    "last_maintained_on",
                    "maintenance_interval_days",
                    unit="days",
                    tone="warn",
                ),
            ),
            ("Open orders on it", number(request.open_work_orders_same_asset, "open_work_orders_same_asset")),
        ),
    )


def _vendor(request: MaintenancePriority) -> FactList:
    licences = ", ".join(licence.replace("_", " ") for licence in request.vendor_licences) or None
    estimate, limit = request.estimated_repair_cost, request.not_to_exceed_amount
    above = estimate is not None and limit is not None and estimate > limit
    return FactList(
        title="Vendor and clock",
        items=known(
            ("Vendor", plain(request, "vendor_id", kind="id")),
            (
                "Insured",
                plain(request, "vendor_insured", kind="flag", tone="bad" if request.vendor_insured is False else ""),
            ),
            ("Licences", Value(value=licences, fields=("vendor_licences",))),
            ("Must arrive within", number(request.contract_response_hours, "contract_response_hours", unit="h")),
            ("On time", fraction(request.vendor_on_time_rate, "vendor_on_time_rate")),
            ("Fixed at first visit", fraction(request.vendor_first_time_fix_rate, "vendor_first_time_fix_rate")),
            (
                "Not to exceed",
                money(
                    limit,
                    "not_to_exceed_amount",
                    tone="warn" if above else "",
                    note="below the estimate" if above else "",
                ),
            ),
            ("Step asked for", plain(request, "requested_step", kind="code")),
            ("Level to lower", plain(request, "level_to_lower", kind="id")),
            ("Reported", plain(request, "reported_at", kind="instant")),
            ("By", plain(request, "reported_by_role", kind="code")),
        ),
    )


def _past(found: Sequence[RelatedCase], title: str, empty: str) -> Timeline:
    moments = [
        TimelineEntry(
            at=one.at,
            title=str(one.payload.get("problem_code") or "Request").replace("_", " ").capitalize(),
            detail=(
                Value(value=str(one.payload.get("description") or "")[:120] or None),
                *(
                    (Value(value=one.cause, kind="code", tone="bad" if one.wrong else "good",
                           note="could not wait" if one.wrong else "could wait"),)
                    if one.wrong is not None
                    else ()
                ),
            ),
            tone="bad" if one.wrong else "",
            case=one.exception_id,
        )
        for one in found[:MAX_SHOWN]
    ]  # fmt: skip
    return Timeline(title=title, moments=tuple(moments), empty=empty)


def _site(background: Background) -> Timeline:
    """Return the site's tickets of the last days of which nobody yet said how they ended."""
    open_ones = [
        one for one in background.of("site") if one.wrong is None and (background.as_of - one.at).days < _OPEN_DAYS
    ]
    return _past(open_ones, "Open tickets of the site", f"No other ticket of the last {_OPEN_DAYS} days is open.")


def _together(request: MaintenancePriority) -> str | None:
    return " ".join(filter(None, (request.manufacturer, request.asset_model))) or None


def _of(total: int | None) -> str:
    return f"of {total}" if total is not None else ""


def _bad(count: int | None) -> Tone:
    return "bad" if count else ""
