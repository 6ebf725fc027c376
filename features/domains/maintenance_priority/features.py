"""Columns of a maintenance request and its past to feature columns, family by family."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import arithmetic, safety
from features.arithmetic import days_between, flag, hundredths, ratio, shrunk_rate
from features.columns import Column, Columns
from features.domains.maintenance_priority.trades import (
    ASSET_CLASSES,
    DEFAULT_PRIORITY,
    LICENCE_OF_TRADE,
    TRADE_OF_ASSET,
    TRADES,
    USUAL_LIFE_YEARS,
    calm_words,
    grave_words,
    trade_by_keywords,
)
from features.recipe import Past

FOOD_LIMIT_CELSIUS: Final = 5.0
COMFORT_CELSIUS: Final = (5.0, 28.0)
MIDSUMMER_DAY: Final = 200.0
YEAR_MEAN_CELSIUS: Final = 12.0
SEASON_SWING_CELSIUS: Final = 12.0
"""A temperate northern year, roughly; elsewhere the trees learn the month and the raw temperature beside it."""
SEVERE_PRIOR: Final = 0.25
SITE_CAUSES: Final = (
    "plumbing_leak_drain", "hvac_comfort", "refrigeration_temp", "lighting_electrical", "doors_entrance", "pos_payment_it",
)  # fmt: skip
"""Causes frequent enough for a site's own share of them to say something."""
_NAN: Final = float("nan")
_URGENT: Final = 2.0  # position of "high"; "emergency" follows
_HIGH, _MEDIUM, _LOW = 3.0, 2.0, 1.0
_DANGERS: Final = tuple(f"safety_flags.{name}" for name in safety.PATTERNS)


def _table(values: list[float]) -> Column:
    """Make a look-up table by category code whose last entry answers for a missing code."""
    return np.array([*values, _NAN], dtype=np.float64)


def _look_up(table: Column, codes: Column) -> Column:
    return table[np.where(np.isnan(codes), len(table) - 1, codes).astype(np.int64)]


_TRADE_OF_CLASS: Final = _table([float(TRADES.index(TRADE_OF_ASSET[name])) for name in ASSET_CLASSES])
_LIFE_OF_CLASS: Final = _table([USUAL_LIFE_YEARS.get(name, 20.0) for name in ASSET_CLASSES])
_DEFAULT_OF_TRADE: Final = _table([float(DEFAULT_PRIORITY[trade]) for trade in TRADES])
_LICENCES: Final = tuple(dict.fromkeys([*LICENCE_OF_TRADE.values(), "gas", "plumbing", "none"]))
_REGISTER: Final = tuple(f"vendor_licences.{name}" for name in _LICENCES)
_LICENCE_OF_TRADE: Final = _table(
    [float(_LICENCES.index(LICENCE_OF_TRADE[trade])) if trade in LICENCE_OF_TRADE else _NAN for trade in TRADES]
)
_TRADE: Final = {trade: float(position) for position, trade in enumerate(TRADES)}
_COOLING_TRADES: Final = (_TRADE["hvac_comfort"], _TRADE["refrigeration_temp"])
_CLASS: Final = {name: float(position) for position, name in enumerate(ASSET_CLASSES)}


def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Say what a request adds to the totals of its entities: sales in hundredths, the others as 0/1."""
    sales = columns["sales_per_hour"]
    return {
        "urgent": (columns["reported_urgency"] >= _URGENT).astype(np.int64),
        "sales_per_hour": hundredths(sales),
        "sales_given": (~np.isnan(sales)).astype(np.int64),
    }


def money_at_stake(columns: Columns) -> Column:
    """Give the product at risk plus a day of the sales affected; sales count in full where the share is unknown."""
    share = np.nan_to_num(columns["sales_share_affected"], nan=1.0)
    hours = np.nan_to_num(columns["opening_hours_per_day"], nan=12.0)
    sales = np.nan_to_num(columns["sales_per_hour"], nan=0.0) * share * hours
    return np.nan_to_num(columns["product_at_risk_value"], nan=0.0) + sales


def build_features(columns: Columns, past: Past) -> dict[str, Column]:
    """Build every feature column by name."""
    kind = _kind(columns)
    danger = _safety(columns)
    impact = _impact(columns)
    timing = _timing(columns, kind["trade_guess"])
    asset = _asset(columns, kind["trade_guess"])
    desk = _desk(columns, kind | danger | impact | timing)
    return (
        kind
        | danger
        | impact
        | timing
        | asset
        | desk
        | _asset_history(past, kind["trade_guess"])
        | _others_history(past)
        | {"site_sales_per_hour": _usual_sales(columns, past)}
    )


def _kind(columns: Columns) -> dict[str, Column]:
    texts = columns.strings["description"]
    guesses = [trade_by_keywords(text) for text in texts]
    keyword = np.array([_NAN if guess is None else guess for guess in guesses], dtype=np.float64)
    by_asset = _look_up(_TRADE_OF_CLASS, columns["asset_class"])
    ticked = columns["trade"]
    guess = np.where(np.isnan(by_asset), np.where(np.isnan(ticked), keyword, ticked), by_asset)
    raw = ("asset_class", "trade", "problem_code", "intake", "reported_by_role", "reported_urgency", "store_format", "weather_alert")  # fmt: skip
    return {name: columns[name] for name in raw} | {
        "trade_guess": guess,
        "keyword_trade": keyword,
        "grave_words": np.array([grave_words(text) for text in texts], dtype=np.float64),
        "calm_words": np.array([calm_words(text) for text in texts], dtype=np.float64),
    }


def _safety(columns: Columns) -> dict[str, Column]:
    named = [safety.dangers(text) for text in columns.strings["description"]]
    count = np.array([len(found) for found in named], dtype=np.float64)
    threats = np.array([not safety.LIFE_THREATS.isdisjoint(found) for found in named], dtype=np.float64)
    fire_system = np.array(["fire_system_impaired" in found for found in named], dtype=np.float64)
    ticked = np.array([columns[name] for name in _DANGERS]).sum(axis=0)
    for name in safety.LIFE_THREATS:
        threats = np.maximum(threats, columns[f"safety_flags.{name}"])
    fire_system = np.maximum(fire_system, columns["safety_flags.fire_system_impaired"])
    return {
        "safety_flag_count": ticked,
        "safety_lexicon_hit": flag(count > 0),
        "life_threat": threats,
        "fire_system_impaired": np.maximum(fire_system, flag(columns["fire_system_out_hours"] > 0)),
    }


def _impact(columns: Columns) -> dict[str, Column]:
    food, slope = columns["food_temperature_celsius"], columns["sensor_slope_celsius_per_hour"]
    rising = np.where(slope >= 0.01, slope, np.nan)
    lanes = ratio(columns["lanes_down"], columns["lanes_total"])
    units = ratio(columns["units_down"], columns["units_total"])
    sales, share = columns["sales_per_hour"], columns["sales_share_affected"]
    raw = ("food_temperature_celsius", "minutes_above_limit", "product_at_risk_value", "power_or_water_out_hours", "fire_system_out_hours", "sensor_slope_celsius_per_hour", "sales_share_affected", "sales_per_hour", "trading_now", "hours_to_close", "redundant_units_count", "criticality")  # fmt: skip
    return {name: columns[name] for name in raw} | {
        "food_above_limit_celsius": np.maximum(food - FOOD_LIMIT_CELSIUS, 0.0),
        "hours_to_food_limit": np.maximum(FOOD_LIMIT_CELSIUS - food, 0.0) / rising,
        "units_down_share": np.minimum(np.fmax(lanes, units), 1.0),
        "sales_at_risk_per_hour": sales * share,
    }


def _timing(columns: Columns, trade: Column) -> dict[str, Column]:
    reported, outside = columns["reported_at"], columns["outside_temperature_celsius"]
    low, high = COMFORT_CELSIUS
    # Days of the calendar year, near enough: seconds are counted from a first of January.
    wave = np.cos((reported / 86_400.0 - MIDSUMMER_DAY) / 365.2425 * 2.0 * np.pi)
    beyond = outside - YEAR_MEAN_CELSIUS - SEASON_SWING_CELSIUS * wave
    excess = np.where(wave >= 0.0, beyond, -beyond)
    return {
        "reported_hour": arithmetic.hour(reported),
        "reported_weekday": arithmetic.weekday(reported),
        "reported_month": arithmetic.month(reported),
        "waiting_hours": np.maximum(columns.as_of - reported, 0.0) / 3600.0,
        "outside_temperature_celsius": outside,
        "season_excess_celsius": excess,
        "weather_strain_celsius": np.where(np.isin(trade, _COOLING_TRADES), excess, 0.0),
        "discomfort_celsius": np.maximum(np.maximum(outside - high, low - outside), 0.0),
        "utility_outage": columns["utility_outage"],
    }


def _asset(columns: Columns, trade: Column) -> dict[str, Column]:
    as_of = columns.as_of
    estimate, warranty = columns["estimated_repair_cost"], columns["warranty_expires_on"]
    bought, new = columns["acquisition_cost"], columns["replacement_cost"]
    life_days = _look_up(_LIFE_OF_CLASS, columns["asset_class"]) * 365.25
    raw = ("estimated_repair_cost", "open_work_orders_same_asset", "open_work_orders_at_site", "closest_open_similarity", "vendor_on_time_rate", "vendor_first_time_fix_rate")  # fmt: skip
    overdue = days_between(as_of, columns["last_maintained_on"])
    # A warranty covers its last day, which a date column gives as that day's first second.
    covered = flag(days_between(warranty, as_of) > -1.0)
    return {name: columns[name] for name in raw} | {
        "asset_age_share": days_between(as_of, columns["in_service_on"]) / life_days,
        "maintenance_overdue_ratio": ratio(overdue, columns["maintenance_interval_days"]),
        "warranty_live": np.where(np.isnan(warranty), np.nan, covered),
        "repair_to_replacement": ratio(estimate, np.where(np.isnan(new), bought, new)),
        "estimate_to_allowed": ratio(estimate, columns["not_to_exceed_amount"]),
        "days_since_closed": days_between(as_of, columns["last_work_order_closed_at"]),
        "vendor_unlicensed": _unlicensed(columns, trade),
    }


def _unlicensed(columns: Columns, trade: Column) -> Column:
    """Say whether the vendor's register lacks what the trade requires, NaN where the register is unknown."""
    held = np.array([columns[name] for name in _REGISTER])
    needed = _look_up(_LICENCE_OF_TRADE, trade)
    free = np.isnan(needed)
    lacks = held[np.where(free, 0.0, needed).astype(np.int64), np.arange(columns.n)] == 0
    return np.where(held.sum(axis=0) > 0, flag(lacks & ~free), np.nan)


def _desk(columns: Columns, known: Mapping[str, Column]) -> dict[str, Column]:
    """Compute what a maintenance desk would say without a model."""
    down, share, discomfort = known["units_down_share"], known["sales_share_affected"], known["discomfort_celsius"]
    food = known["food_above_limit_celsius"] > 0
    danger = (known["safety_flag_count"] > 0) | (known["safety_lexicon_hit"] > 0) | (known["fire_system_impaired"] > 0)
    impact = np.where((down >= 0.5) | (share >= 0.25), _HIGH, np.where((down >= 0.2) | (share >= 0.08), _MEDIUM, _LOW))
    impact = np.where(np.isnan(down) & np.isnan(share), np.nan, impact)
    outage = known["utility_outage"] == 1.0
    urgency = np.where(danger | food | outage, _HIGH, np.where(known["trading_now"] == 0, _LOW, _MEDIUM))
    trade, asset = known["trade_guess"], columns["asset_class"]
    extreme = (trade == _TRADE["hvac_comfort"]) & (discomfort >= 5.0)
    stopped = (
        danger
        | food
        | ((trade == _TRADE["pos_payment_it"]) & (down >= 0.5))
        | ((trade == _TRADE["lighting_electrical"]) & outage)
        | (asset == _CLASS["exit_door"])
        # A shutter that fails when the shop is shut leaves it open to the street.
        | ((asset == _CLASS["roller_shutter"]) & (known["trading_now"] == 0))
    )
    default = np.where(stopped, 1.0, np.where(extreme, 2.0, _look_up(_DEFAULT_OF_TRADE, trade)))
    work = np.where(danger, 10.0, np.where(food, 9.0, np.where(default >= 4.0, 4.0, 8.0)))
    criticality = np.where(np.isnan(known["criticality"]), 5.0, known["criticality"])
    return {
        "impact_level": impact,
        "urgency_level": urgency,
        "matrix_priority": np.minimum(7.0 - impact - urgency, 4.0),
        "default_priority": default,
        "rime_rank": criticality * work + known["waiting_hours"] / 168.0 * 5.0,
    }


def _severe_rate(past: Past, trail: str, *, strength: float) -> Column:
    return shrunk_rate(
        past[f"{trail}_wrong_365d"], past[f"{trail}_labelled_365d"], prior=SEVERE_PRIOR, strength=strength
    )


def _asset_history(past: Past, trade: Column) -> dict[str, Column]:
    yearly = past["asset_count_365d"]
    labelled, severe = past["asset_labelled_1095d"], past["asset_wrong_1095d"]
    causes = np.array([past[f"asset_cause_{name}_1095d"] for name in TRADES])
    code = np.where(np.isnan(trade), 0.0, trade).astype(np.int64)
    of_trade = np.where(np.isnan(trade), np.nan, causes[code, np.arange(len(trade))])
    known_days = np.minimum(past["asset_age_days"], 365.0)
    return {
        "asset_failures_90d": past["asset_count_90d"],
        "asset_failures_365d": yearly,
        "asset_days_since_last": past["asset_days_since_last"],
        "asset_days_between_failures": ratio(known_days, yearly),
        # What is older than the window is no longer counted, so its days are not either.
        "asset_failures_per_year": _per_year(past["asset_count_1095d"], np.minimum(past["asset_age_days"], 1095.0)),
        "asset_known_days": past["asset_age_days"],
        "asset_severe_rate": shrunk_rate(severe, labelled, prior=SEVERE_PRIOR, strength=3.0),
        "asset_severe_count": severe,
        "asset_mild_count": labelled - severe,
        "asset_trade_share": shrunk_rate(of_trade, labelled, prior=0.5, strength=1.0),
        "asset_usual_trade": np.where(causes.max(axis=0) > 0, causes.argmax(axis=0).astype(np.float64), np.nan),
        "fleet_severe_rate": _severe_rate(past, "fleet", strength=6.0),
        "site_class_severe_rate": _severe_rate(past, "site_class", strength=5.0),
    }


def _per_year(count: Column, known_days: Column) -> Column:
    """Give the requests per year, the first counting for half a year before it; NaN for a first request."""
    return count / (known_days / 365.25 + 0.5)


def _usual_sales(columns: Columns, past: Past) -> Column:
    """Give the site's sales per hour; where the request does not say, the mean of those of a year that did, NaN where none did."""
    earlier = ratio(past["site_sales_per_hour_365d"], 100.0 * past["site_sales_given_365d"])
    return np.where(np.isnan(columns["sales_per_hour"]), earlier, columns["sales_per_hour"])


def _others_history(past: Past) -> dict[str, Column]:
    site_days = np.minimum(past["site_age_days"], 365.0)
    labelled = past["site_labelled_365d"]
    urgent = shrunk_rate(past["reporter_urgent_365d"], past["reporter_count_365d"], prior=0.3, strength=5.0)
    shares = shrunk_rate(
        np.array([past[f"site_cause_{name}_365d"] for name in SITE_CAUSES]), labelled, prior=0.1, strength=10.0
    )
    return {f"site_share_{name}": share for name, share in zip(SITE_CAUSES, shares, strict=True)} | {
        "site_surge": ratio(past["site_count_7d"] * site_days, past["site_count_365d"] * 7.0),
        "site_severe_rate": _severe_rate(past, "site", strength=10.0),
        "vendor_load_30d": past["vendor_count_30d"],
        "vendor_severe_rate": _severe_rate(past, "vendor", strength=10.0),
        "reporter_urgent_rate": urgent,
        "reporter_overstatement": urgent - _severe_rate(past, "reporter", strength=5.0),
    }
