"""What the simulated tickets show: every observable drawn from the cause, the severity and the state of site and asset."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.maintenance_priority_trades import ASSET_CLASSES, LICENCE_OF_TRADE
from training.simulators import maintenance_priority_tables as tables
from training.simulators.maintenance_priority_text import DANGER_SAID, describe
from training.simulators.maintenance_priority_world import Asset, Context, Latent, World
from training.simulators.retailer import Codes, Floats, Instants, Knobs, blank, pick

Shown = dict[str, Any]
Flags = NDArray[np.bool_]
_CAUSE: Final = {cause: position for position, cause in enumerate(tables.CAUSES)}
_REGULATED: Final = np.isin(ASSET_CLASSES, ("exit_door", "elevator_escalator", "fire_alarm_panel", "sprinkler"))
_ALARMS: Final = ("A01", "A07", "E12", "E15", "F03", "HT1", "LP2")
_ALLOWED: Final = np.array([750.0, 1000.0, 1500.0, 2500.0])
_MAKERS: Final = ("Arctis", "Bolden", "Corvane", "Dunmore", "Estrel")
_ROLES_OF_PEOPLE: Final = (0.34, 0.26, 0.32, 0.06, 0.02)


def observe(
    rng: np.random.Generator, knobs: Knobs, world: World, context: Context, asset: Asset, latent: Latent
) -> tuple[Shown, Shown]:
    """Draw the payload fields of every ticket, and what is latent about its text."""
    ticked, written = _dangers(rng, latent)
    texts, said = describe(rng, latent.cause, latent.severity, written)
    intake = pick(rng, tables.INTAKE_GIVEN_CAUSE[latent.cause])
    system = intake >= tables.INTAKES.index("iot_alarm")
    shown = {"site_id": world.sites[context.site], "description": texts, "safety_flags": ticked}
    shown |= _reporter(rng, knobs, world, context, latent, intake)
    shown |= _site(rng, knobs, context)
    shown |= _kind(rng, knobs, context, asset, latent, system)
    shown |= _state(rng, knobs, world, context, asset)
    shown |= _food(rng, latent) | _trade_stopped(rng, context, latent) | _sensor(rng, latent, system)
    shown |= _vendor(rng, knobs, world, asset) | _money(rng, knobs, asset, latent) | _orders(rng, context, latent)
    return shown, said | {"said_danger": _names(tables.DANGERS, written)}


def _names(vocabulary: Sequence[str], codes: Codes) -> NDArray[np.object_]:
    """Spell codes out; -1 is nothing."""
    return np.array([*vocabulary, None], dtype=object)[codes]


def _only(given: Flags, values: NDArray[Any]) -> NDArray[np.object_]:
    """Keep the values given, None elsewhere."""
    kept = values.astype(object)
    kept[~given] = None
    return kept


def utc(at: Instants) -> pd.DatetimeIndex:
    """Make instants aware UTC."""
    return pd.DatetimeIndex(at).tz_localize("UTC")


def _dates(as_of: Instants, days: Floats) -> NDArray[np.object_]:
    """Give the calendar day some days after each instant."""
    moved: NDArray[np.object_] = (as_of.astype("datetime64[D]") + days.astype(np.int64)).astype(object)
    return moved


def _dangers(rng: np.random.Generator, latent: Latent) -> tuple[list[list[str]], Codes]:
    """Draw what intake ticked, and the danger written down (-1 for none): mostly, not always, the one ticked."""
    n = len(latent.cause)
    main, second = (
        pick(rng, tables.DANGER_GIVEN_CAUSE[latent.cause]),
        pick(rng, tables.DANGER_GIVEN_CAUSE[latent.cause]),
    )
    ticked = rng.random(n) < np.asarray(tables.DANGER_TICKED)[latent.severity]
    two = ticked & (rng.random(n) < 0.12) & (second != main)
    said = np.where(ticked, rng.random(n) < 0.6, rng.random(n) < np.asarray(DANGER_SAID)[latent.severity])
    names = np.array(tables.DANGERS, dtype=object)
    flags = [
        ([names[a], names[b]] if more else [names[a]]) if any_ else []
        for a, b, any_, more in zip(main, second, ticked, two, strict=True)
    ]
    return flags, np.where(said, main, -1)


def _reporter(
    rng: np.random.Generator, knobs: Knobs, world: World, context: Context, latent: Latent, intake: Codes
) -> Shown:
    n = len(intake)
    person = intake < tables.INTAKES.index("iot_alarm")
    heard = np.asarray(tables.URGENCY_SCORE)[latent.severity] + 0.9 * context.loudness + rng.logistic(0.0, 0.7, n)
    urgency = np.searchsorted(tables.URGENCY_CUTS, heard)
    sites = world.sites[context.site]
    reporter = np.array(
        [f"{site}-R{number}" for site, number in zip(sites, context.reporter, strict=True)], dtype=object
    )
    approver = np.where(
        rng.random(n) < 0.006, reporter, np.char.add("B", (context.site % 40).astype(str)).astype(object)
    )
    role = np.where(person, rng.choice(5, n, p=_ROLES_OF_PEOPLE), tables.ROLES.index("system"))
    waited = np.minimum(rng.lognormal(np.log(0.3), 1.2, n), 72.0) * 3600.0
    return {
        "reported_at": utc(context.as_of - waited.astype("timedelta64[s]")),
        "ticket_id": [f"WO{number:08d}" for number in range(n)],
        "reporter_id": _only(person & (rng.random(n) > knobs.missing_rate), reporter),
        "approver_id": _only(rng.random(n) < 0.5, approver),
        "reported_by_role": blank(rng, _names(tables.ROLES, role), knobs.missing_rate),
        "intake": _names(tables.INTAKES, intake),
        "attachments_count": blank(rng, rng.poisson(0.6 + 0.4 * person), knobs.missing_rate),
        "reported_urgency": blank(rng, _names(("low", "medium", "high", "emergency"), urgency), 2 * knobs.missing_rate),
    }


def _site(rng: np.random.Generator, knobs: Knobs, context: Context) -> Shown:
    rate = knobs.missing_rate
    hours = np.asarray(tables.FORMAT_HOURS)[context.format]
    left = np.clip(7.0 + hours - context.hour, 0.0, hours) * context.trading
    return {
        "store_format": blank(rng, _names(tables.FORMATS, context.format), rate),
        "opening_hours_per_day": blank(rng, hours, rate),
        "trading_now": blank(rng, context.trading, rate),
        "hours_to_close": blank(rng, left, 2 * rate),
        "sales_per_hour": blank(rng, context.sales_per_hour.round(2), 4 * rate),
        "outside_temperature_celsius": blank(rng, context.outside, 2 * rate),
        "weather_alert": blank(rng, context.alert, 2 * rate),
        "utility_outage": blank(rng, context.outage, 3 * rate),
    }


def _kind(
    rng: np.random.Generator, knobs: Knobs, context: Context, asset: Asset, latent: Latent, system: Flags
) -> Shown:
    n = len(latent.cause)
    named = rng.random(n) < np.asarray(tables.ASSET_NAMED)[latent.cause]
    known = named | (rng.random(n) < 0.10)
    ids = [f"A{site}-{kind}-{no}" for site, kind, no in zip(context.site, asset.kind, asset.number, strict=True)]
    code = pick(rng, tables.CODE_GIVEN_CAUSE[latent.cause])
    maker = np.array(_MAKERS, dtype=object)[asset.model]
    model = np.array([f"M{kind:02d}{model}" for kind, model in zip(asset.kind, asset.model, strict=True)], dtype=object)
    serial = np.array([f"SN{name[1:]}" for name in ids], dtype=object)
    return {
        "asset_id": _only(named, np.array(ids, dtype=object)),
        "asset_class": _only(known, _names(ASSET_CLASSES, asset.kind)),
        "manufacturer": _only(named, maker),
        "asset_model": _only(named & (rng.random(n) < 0.85), model),
        "serial_number": _only(named & (rng.random(n) < 0.5), serial),
        "regulatory_asset": _only(named & (rng.random(n) > knobs.missing_rate), _REGULATED[asset.kind]),
        "trade": _only(rng.random(n) < np.where(system, 0.5, 0.75), _names(tables.CAUSES, asset.tick)),
        "problem_code": _only(rng.random(n) < 0.55, _names(tables.PROBLEM_CODES, code)),
    }


def _state(rng: np.random.Generator, knobs: Knobs, world: World, context: Context, asset: Asset) -> Shown:
    """Show what the asset register says; it knows some of the assets the ticket does not name."""
    n, rate = len(asset.kind), knobs.missing_rate
    known = rng.random(n) < 0.7
    lived, since = asset.age_years * 365.25, np.rint(asset.overdue * asset.interval_days)
    ends = asset.warranty_years * 365.25 - lived
    return {
        "in_service_on": _only(known, _dates(context.as_of, -lived)),
        "warranty_expires_on": _only(known & (rng.random(n) < 0.75), _dates(context.as_of, ends)),
        "acquisition_cost": _only(known, asset.cost),
        "replacement_cost": _only(known & (rng.random(n) < 0.5), (asset.cost * 1.25).round(2)),
        "criticality": _only(known | (rng.random(n) < 0.3), asset.criticality),
        "redundant_units_count": _only(known & (rng.random(n) > 2 * rate), asset.spares),
        "last_maintained_on": _only(known & (rng.random(n) < 0.8), _dates(context.as_of, -since)),
        "maintenance_interval_days": _only(known & (rng.random(n) > rate), asset.interval_days),
    }


def _food(rng: np.random.Generator, latent: Latent) -> Shown:
    n, severity = len(latent.cause), latent.severity
    cold = latent.cause == _CAUSE["refrigeration_temp"]
    hot_case = latent.cause == _CAUSE["food_equipment"]
    measured = rng.random(n) < np.where(cold, 0.55, np.where(hot_case, 0.12, 0.01))
    # Elsewhere somebody measured a case that is fine.
    mean = np.where(cold, np.asarray(tables.FOOD_CELSIUS)[severity], 3.6)
    celsius = (mean + rng.normal(0.0, tables.FOOD_CELSIUS_SPREAD, n)).round(1)
    minutes = np.where(
        celsius > 5.0, rng.lognormal(np.log(np.asarray(tables.MINUTES_ABOVE)[severity]), 0.8), 0.0
    ).round()
    valued = (latent.product_value > 0) & (rng.random(n) < 0.5)
    out = (latent.mechanism == tables.MECHANISMS.index("power_utility")) & (rng.random(n) < 0.35)
    return {
        "food_temperature_celsius": _only(measured, celsius),
        "minutes_above_limit": _only(measured & (rng.random(n) < 0.7), minutes),
        "product_at_risk_value": _only(valued, (latent.product_value * rng.lognormal(0.0, 0.3, n)).round(2)),
        "power_or_water_out_hours": _only(out, rng.lognormal(np.where(severity < 2, 0.6, -0.5), 0.7, n).round(1)),
    }


def _trade_stopped(rng: np.random.Generator, context: Context, latent: Latent) -> Shown:
    n, severity = len(latent.cause), latent.severity
    lanes = np.asarray(tables.FORMAT_LANES)[context.format]
    down = np.asarray(tables.UNITS_DOWN_SHARE)[severity]
    lanes_known = (latent.cause == _CAUSE["pos_payment_it"]) & (lanes > 0) & (rng.random(n) < 0.7)
    units = 2 + rng.poisson(3.0, n)
    several = np.isin(latent.cause, [_CAUSE[name] for name in ("hvac_comfort", "refrigeration_temp", "lighting_electrical", "doors_entrance", "security_loss_prevention", "material_handling_lift")])  # fmt: skip
    counted = several & (rng.random(n) < 0.35)
    shown_share = np.clip(latent.share * rng.lognormal(0.0, 0.35, n), 0.0, 1.0).round(3)
    fire = (latent.cause == _CAUSE["fire_life_safety"]) & (rng.random(n) < 0.4)
    out = rng.lognormal(np.log(np.asarray((5.0, 2.0, 0.4, 0.2))[severity]), 0.7).round(1)
    return {
        "lanes_total": _only(lanes_known, lanes),
        "lanes_down": _only(lanes_known, np.maximum(rng.binomial(lanes, down), np.minimum(lanes, 1))),
        "units_total": _only(counted, units),
        "units_down": _only(counted, np.maximum(rng.binomial(units, down), 1)),
        "sales_share_affected": _only(rng.random(n) < 0.3, shown_share),
        "fire_system_out_hours": _only(fire, out),
    }


def _sensor(rng: np.random.Generator, latent: Latent, system: Flags) -> Shown:
    n, severity = len(latent.cause), latent.severity
    cold = latent.cause == _CAUSE["refrigeration_temp"]
    wired = (cold | (latent.cause == _CAUSE["hvac_comfort"])) & (system | (rng.random(n) < 0.2))
    slope = np.asarray(tables.SLOPE_CELSIUS_PER_HOUR)[severity] + rng.normal(0.0, tables.SLOPE_SPREAD, n)
    alarmed = rng.random(n) < np.where(system, 0.85, 0.06)
    return {
        "sensor_temperature_celsius": _only(
            wired, np.where(cold, rng.normal(5.0, 3.0, n), rng.normal(22.0, 4.0, n)).round(1)
        ),
        "sensor_slope_celsius_per_hour": _only(wired, slope.round(2)),
        "sensor_pressure_bar": _only(wired & cold, rng.normal(14.0, 2.5, n).round(1)),
        "sensor_current_amperes": _only(wired & (rng.random(n) < 0.5), rng.gamma(5.0, 2.2, n).round(1)),
        "alarm_code": _only(alarmed, _names(_ALARMS, rng.integers(len(_ALARMS), size=n))),
    }


def _vendor(rng: np.random.Generator, knobs: Knobs, world: World, asset: Asset) -> Shown:
    n = len(asset.tick)
    given = rng.random(n) < 0.75
    on_time = 1.0 / (1.0 + np.exp(-(1.4 - asset.slowness + rng.normal(0.0, 0.25, n))))
    fixed = 1.0 / (1.0 + np.exp(-(1.0 - 0.6 * asset.slowness + rng.normal(0.0, 0.3, n))))
    registered = given & (rng.random(n) < 0.7)
    licensed = world.vendor_licensed[asset.vendor]
    licences = [
        ([LICENCE_OF_TRADE.get(tables.CAUSES[tick], "plumbing")] if ok else ["none"]) if known else []
        for tick, ok, known in zip(asset.tick, licensed, registered, strict=True)
    ]
    return {
        "vendor_id": _only(given, np.char.add("V", asset.vendor.astype(str)).astype(object)),
        "vendor_insured": _only(registered, rng.random(n) >= 0.015),
        "vendor_licences": licences,
        "vendor_on_time_rate": _only(given & (rng.random(n) < 0.6), on_time.round(3)),
        "vendor_first_time_fix_rate": _only(given & (rng.random(n) < 0.6), fixed.round(3)),
        "contract_response_hours": _only(given, np.where(asset.vendor % 3 == 0, 48.0, 24.0)),
    }


def _money(rng: np.random.Generator, knobs: Knobs, asset: Asset, latent: Latent) -> Shown:
    n = len(asset.kind)
    estimate = rng.lognormal(np.log(360.0), 0.75, n) * (1.0 + 0.25 * (latent.severity < 2))
    step = rng.choice(4, n, p=(0.38, 0.60, 0.012, 0.008)) - 1
    level = rng.choice(4, n, p=(0.985, 0.003, 0.006, 0.006)) - 1
    return {
        "estimated_repair_cost": _only(rng.random(n) < 0.6, estimate.round(2)),
        "not_to_exceed_amount": _only(rng.random(n) < 0.7, _ALLOWED[rng.integers(len(_ALLOWED), size=n)]),
        "is_capital_spend": blank(rng, rng.random(n) < 0.012, 4 * knobs.missing_rate),
        "requested_step": _names(("dispatch", "close", "merge"), step),
        "level_to_lower": _names(("P1", "P2", "P3"), level),
    }


def _orders(rng: np.random.Generator, context: Context, latent: Latent) -> Shown:
    n = len(latent.cause)
    again = latent.mechanism == tables.MECHANISMS.index("repeat_callback")
    twice = latent.mechanism == tables.MECHANISMS.index("duplicate")
    closed = rng.exponential(np.where(again, 12.0, 130.0)) * 86_400.0
    closed_at = context.as_of - closed.astype("timedelta64[s]")
    closed_at[rng.random(n) >= np.where(again, 0.9, 0.55)] = np.datetime64("NaT")
    alike = np.where(twice, rng.beta(9.0, 1.8, n), rng.beta(1.6, 6.0, n)).round(3)
    return {
        "open_work_orders_same_asset": _only(rng.random(n) < 0.6, rng.poisson(np.where(twice, 1.3, 0.25))),
        "open_work_orders_at_site": _only(rng.random(n) < 0.8, rng.poisson(np.exp(1.2 + context.upkeep))),
        "last_work_order_closed_at": utc(closed_at),
        "closest_open_similarity": _only(rng.random(n) < 0.7, alike),
    }
