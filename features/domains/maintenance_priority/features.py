"""Maintenance requests: what one leaves behind for later ones, and the features of one, each declared once."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import arithmetic
from features.arithmetic import days_between, flag, hundredths, ratio, shrunk_rate
from features.columns import Column, Columns
from features.danger.danger_kinds import LIFE_THREATS, SITE, TICKED, named
from features.declaration import Features, LocalTime, Members, Texts, Window
from features.domains.maintenance_priority.payload import MaintenancePriority
from features.domains.maintenance_priority.trades import (
    ASSET_CLASSES,
    DEFAULT_PRIORITY,
    LICENCE_OF_TRADE,
    TRADE_OF_ASSET,
    TRADES,
    USUAL_LIFE_YEARS,
    trade_by_keywords,
)
from features.domains.maintenance_priority.trades import calm_words as count_calm_words
from features.domains.maintenance_priority.trades import grave_words as count_grave_words
from features.history import Trail
from features.recipe import Recipe

FOOD_LIMIT_CELSIUS: Final = 5.0
COMFORT_CELSIUS: Final = (5.0, 28.0)
MIDSUMMER_DAY: Final = 200.0
YEAR_MEAN_CELSIUS: Final = 12.0
SEASON_SWING_CELSIUS: Final = 12.0
"""A temperate northern year, roughly; elsewhere the trees learn the month and the raw temperature beside it."""
SEVERE_PRIOR: Final = 0.25
SITE_CAUSES: Final = (
    "plumbing_leak_drain", "hvac_comfort", "refrigeration_temp", "lighting_electrical", "doors_entrance",
    "pos_payment_it",
)  # fmt: skip
"""Causes frequent enough for a site's own share of them to say something."""
LONG_DAYS: Final = 1095.0
_NAN: Final = float("nan")
_URGENT: Final = 2.0  # position of "high"; "emergency" follows
_HIGH, _MEDIUM, _LOW = 3.0, 2.0, 1.0

TRAILS: Final = (
    Trail(name="asset", key=("asset_id",), windows_days=(90, 365, 1095), causes=TRADES),
    Trail(
        name="site", key=("site_id",), windows_days=(7, 365), sums=("sales_per_hour", "sales_given"), causes=SITE_CAUSES
    ),
    Trail(name="vendor", key=("vendor_id",), windows_days=(30, 365)),
    Trail(name="site_class", key=("site_id", "asset_class"), windows_days=(365,)),
    Trail(name="reporter", key=("reporter_id",), windows_days=(365,), sums=("urgent",)),
    Trail(name="fleet", key=("manufacturer", "asset_model"), windows_days=(365,)),
)


def _table(values: list[float]) -> Column:
    """Make a look-up table by category code whose last entry answers for a missing code."""
    return np.array([*values, _NAN], dtype=np.float64)


def _look_up(table: Column, codes: Column) -> Column:
    return table[np.where(np.isnan(codes), len(table) - 1, codes).astype(np.int64)]


_TRADE_OF_CLASS: Final = _table([float(TRADES.index(TRADE_OF_ASSET[name])) for name in ASSET_CLASSES])
_LIFE_OF_CLASS: Final = _table([USUAL_LIFE_YEARS.get(name, 20.0) for name in ASSET_CLASSES])
_DEFAULT_OF_TRADE: Final = _table([float(DEFAULT_PRIORITY[trade]) for trade in TRADES])
_LICENCES: Final = tuple(dict.fromkeys([*LICENCE_OF_TRADE.values(), "gas", "plumbing", "none"]))
_LICENCE_OF_TRADE: Final = _table(
    [float(_LICENCES.index(LICENCE_OF_TRADE[trade])) if trade in LICENCE_OF_TRADE else _NAN for trade in TRADES]
)
_TRADE: Final = {trade: float(position) for position, trade in enumerate(TRADES)}
_COOLING_TRADES: Final = (_TRADE["hvac_comfort"], _TRADE["refrigeration_temp"])
_CLASS: Final = {name: float(position) for position, name in enumerate(ASSET_CLASSES)}


def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Return what a request adds to the totals of its entities: sales in hundredths, the others as 0/1."""
    sales = columns["sales_per_hour"]
    return {
        "urgent": (columns["reported_urgency"] >= _URGENT).astype(np.int64),
        "sales_per_hour": hundredths(sales),
        "sales_given": (~np.isnan(sales)).astype(np.int64),
    }


def money_at_stake(columns: Columns) -> Column:
    """Return the product at risk plus a day of the sales affected; sales count in full where the share is unknown."""
    share = np.nan_to_num(columns["sales_share_affected"], nan=1.0)
    hours = np.nan_to_num(columns["opening_hours_per_day"], nan=12.0)
    sales = np.nan_to_num(columns["sales_per_hour"], nan=0.0) * share * hours
    return np.nan_to_num(columns["product_at_risk_value"], nan=0.0) + sales


F: Final = Features(MaintenancePriority, trails=TRAILS)

F.field("asset_class", family="kind of request", title="Asset class")
F.field("trade", family="kind of request", title="Trade ticked")
F.field("problem_code", family="kind of request", title="Problem code")


@F.step
def trade_of_words(description: Texts) -> Column:
    guesses = [trade_by_keywords(text) for text in description]
    return np.array([_NAN if guess is None else guess for guess in guesses], dtype=np.float64)


@F.feature("Trade by asset, tick or keywords", family="kind of request", vocabulary=TRADES)
def trade_guess(asset_class: Column, trade: Column, trade_of_words: Column) -> Column:
    by_asset = _look_up(_TRADE_OF_CLASS, asset_class)
    return np.where(np.isnan(by_asset), np.where(np.isnan(trade), trade_of_words, trade), by_asset)


@F.feature("Trade by keywords", family="kind of request", vocabulary=TRADES)
def keyword_trade(trade_of_words: Column) -> Column:
    return trade_of_words


@F.feature("Words for trade lost or getting worse", family="words", unit="count")
def grave_words(description: Texts) -> Column:
    return np.array([count_grave_words(text) for text in description], dtype=np.float64)


@F.feature("Words for what can wait", family="words", unit="count")
def calm_words(description: Texts) -> Column:
    return np.array([count_calm_words(text) for text in description], dtype=np.float64)


F.field("intake", family="reporter", title="Intake")
F.field("reported_by_role", family="reporter")
F.field("reported_urgency", family="reporter", title="Urgency typed")
F.field("store_format", family="site", title="Store format")
F.field("weather_alert", family="weather and utilities", title="Weather alert")


@F.step
def dangers_named(description: Texts) -> list[frozenset[str]]:
    return [named(text, SITE) for text in description]


@F.feature("Dangers ticked", family="safety", unit="count")
def safety_flag_count(safety_flags: Members) -> Column:
    count: Column = np.array([safety_flags[name] for name in TICKED]).sum(axis=0)
    return count


@F.feature("A danger is named in the description", family="safety")
def safety_lexicon_hit(dangers_named: list[frozenset[str]]) -> Column:
    return np.array([float(len(found) > 0) for found in dangers_named], dtype=np.float64)


@F.feature("Gas, smoke or a trapped person", family="safety")
def life_threat(safety_flags: Members, dangers_named: list[frozenset[str]]) -> Column:
    threats = np.array([not LIFE_THREATS.isdisjoint(found) for found in dangers_named], dtype=np.float64)
    for name in LIFE_THREATS.intersection(TICKED):
        threats = np.maximum(threats, safety_flags[name])
    return threats


@F.feature("Fire system impaired", family="safety")
def fire_system_impaired(
    safety_flags: Members, dangers_named: list[frozenset[str]], fire_system_out_hours: Column
) -> Column:
    named = np.array(["fire_system_impaired" in found for found in dangers_named], dtype=np.float64)
    return np.maximum(np.maximum(named, safety_flags["fire_system_impaired"]), flag(fire_system_out_hours > 0))


F.field("food_temperature_celsius", family="food", unit="degrees Celsius", title="Food temperature")


@F.feature("Food above 5 degrees by", family="food", unit="degrees Celsius")
def food_above_limit_celsius(food_temperature_celsius: Column) -> Column:
    return np.maximum(food_temperature_celsius - FOOD_LIMIT_CELSIUS, 0.0)


F.field("minutes_above_limit", family="food", unit="minutes", title="Minutes above limit")


@F.feature("Hours until the food reaches 5 degrees", family="food", unit="hours")
def hours_to_food_limit(food_temperature_celsius: Column, sensor_slope_celsius_per_hour: Column) -> Column:
    rising = np.where(sensor_slope_celsius_per_hour >= 0.01, sensor_slope_celsius_per_hour, np.nan)
    return np.maximum(FOOD_LIMIT_CELSIUS - food_temperature_celsius, 0.0) / rising


F.field("product_at_risk_value", family="food", unit="money", title="Product at risk")
F.field("power_or_water_out_hours", family="weather and utilities", unit="hours", title="Power or water out")
F.field("fire_system_out_hours", family="safety", unit="hours", title="Fire system out")
F.field("sensor_slope_celsius_per_hour", family="food", unit="degrees Celsius per hour", title="Sensor slope")


@F.feature("Share of lanes or units down", family="sales", unit="fraction")
def units_down_share(lanes_down: Column, lanes_total: Column, units_down: Column, units_total: Column) -> Column:
    return np.minimum(np.fmax(ratio(lanes_down, lanes_total), ratio(units_down, units_total)), 1.0)


F.field("sales_share_affected", family="sales", unit="fraction", title="Share of sales affected")
F.field("sales_per_hour", family="sales", unit="money", title="Sales per hour")


@F.feature("Sales at risk per hour", family="sales", unit="money")
def sales_at_risk_per_hour(sales_per_hour: Column, sales_share_affected: Column) -> Column:
    return sales_per_hour * sales_share_affected


F.field("trading_now", family="sales", title="Trading now")
F.field("hours_to_close", family="sales", unit="hours", title="Hours to close")
F.field("redundant_units_count", family="sales", unit="count", title="Spare units")
F.field("criticality", family="sales", title="Criticality")


@F.feature("Hour of the day, UTC", family="timing")
def reported_hour(reported_at: Column) -> Column:
    return arithmetic.hour(reported_at)


@F.feature("Weekday", family="timing")
def reported_weekday(reported_at: Column) -> Column:
    return arithmetic.weekday(reported_at)


@F.feature("Month", family="timing")
def reported_month(reported_at: Column) -> Column:
    return arithmetic.month(reported_at)


@F.feature("Waiting since the report", family="timing", unit="hours")
def waiting_hours(as_of: Column, reported_at: Column) -> Column:
    return np.maximum(as_of - reported_at, 0.0) / 3600.0


F.field(
    "outside_temperature_celsius", family="weather and utilities", unit="degrees Celsius", title="Outside temperature"
)


@F.feature(
    "Outside temperature beyond the season's: hotter in summer, colder in winter",
    family="weather and utilities",
    unit="degrees Celsius",
)
def season_excess_celsius(outside_temperature_celsius: Column, reported_at: Column) -> Column:
    # Days of the calendar year, near enough: seconds are counted from a first of January.
    wave = np.cos((reported_at / 86_400.0 - MIDSUMMER_DAY) / 365.2425 * 2.0 * np.pi)
    beyond = outside_temperature_celsius - YEAR_MEAN_CELSIUS - SEASON_SWING_CELSIUS * wave
    return np.where(wave >= 0.0, beyond, -beyond)


@F.feature("Weather beyond the season's on heating or cooling", family="weather and utilities", unit="degrees Celsius")
def weather_strain_celsius(season_excess_celsius: Column, trade_guess: Column) -> Column:
    return np.where(np.isin(trade_guess, _COOLING_TRADES), season_excess_celsius, 0.0)


@F.feature("Outside temperature beyond 5 to 28 degrees by", family="weather and utilities", unit="degrees Celsius")
def discomfort_celsius(outside_temperature_celsius: Column) -> Column:
    low, high = COMFORT_CELSIUS
    beyond = np.maximum(outside_temperature_celsius - high, low - outside_temperature_celsius)
    return np.maximum(beyond, 0.0)


F.field("utility_outage", family="weather and utilities", title="Utility outage")


@F.feature("Age as a share of usual life", family="asset", unit="ratio")
def asset_age_share(as_of: Column, in_service_on: Column, asset_class: Column) -> Column:
    return days_between(as_of, in_service_on) / (_look_up(_LIFE_OF_CLASS, asset_class) * 365.25)


@F.feature("Time since planned maintenance over its interval", family="asset", unit="ratio")
def maintenance_overdue_ratio(as_of: Column, last_maintained_on: Column, maintenance_interval_days: Column) -> Column:
    return ratio(days_between(as_of, last_maintained_on), maintenance_interval_days)


@F.feature("Warranty live", family="asset")
def warranty_live(as_of: LocalTime, warranty_expires_on: Column) -> Column:
    # A warranty covers its last day, which a date column gives as that day's first second.
    covered = flag(days_between(warranty_expires_on, as_of) > -1.0)
    return np.where(np.isnan(warranty_expires_on), np.nan, covered)


@F.feature("Repair estimate over replacement cost", family="cost", unit="ratio")
def repair_to_replacement(estimated_repair_cost: Column, replacement_cost: Column, acquisition_cost: Column) -> Column:
    return ratio(estimated_repair_cost, np.where(np.isnan(replacement_cost), acquisition_cost, replacement_cost))


@F.feature("Repair estimate over the amount allowed", family="cost", unit="ratio")
def estimate_to_allowed(estimated_repair_cost: Column, not_to_exceed_amount: Column) -> Column:
    return ratio(estimated_repair_cost, not_to_exceed_amount)


F.field("estimated_repair_cost", family="cost", unit="money", title="Repair estimate")
F.field("open_work_orders_same_asset", family="asset history", unit="count", title="Open orders on the asset")
F.field("open_work_orders_at_site", family="site history", unit="count", title="Open orders at the site")


@F.feature("Days since the last order on the asset closed", family="asset history", unit="days")
def days_since_closed(as_of: Column, last_work_order_closed_at: Column) -> Column:
    return days_between(as_of, last_work_order_closed_at)


F.field("closest_open_similarity", family="duplicate", unit="fraction", title="Likeness to an open order")
F.field("vendor_on_time_rate", family="vendor", unit="fraction", title="Vendor on time")
F.field("vendor_first_time_fix_rate", family="vendor", unit="fraction", title="Vendor first-time fix")


@F.feature("Vendor lacks the licence of the trade", family="vendor")
def vendor_unlicensed(vendor_licences: Members, trade_guess: Column) -> Column:
    """Return 1 where the vendor's register lacks what the trade requires, NaN where the register is unknown."""
    held = np.array([vendor_licences[name] for name in _LICENCES])
    needed = _look_up(_LICENCE_OF_TRADE, trade_guess)
    free = np.isnan(needed)
    lacks = held[np.where(free, 0.0, needed).astype(np.int64), np.arange(len(trade_guess))] == 0
    return np.where(held.sum(axis=0) > 0, flag(lacks & ~free), np.nan)


# What a maintenance desk would say without a model.


@F.step
def in_danger(safety_flag_count: Column, safety_lexicon_hit: Column, fire_system_impaired: Column) -> NDArray[np.bool_]:
    return (safety_flag_count > 0) | (safety_lexicon_hit > 0) | (fire_system_impaired > 0)


@F.feature("Impact by the priority matrix, 3 is high", family="priority rules")
def impact_level(units_down_share: Column, sales_share_affected: Column) -> Column:
    down, share = units_down_share, sales_share_affected
    level = np.where((down >= 0.5) | (share >= 0.25), _HIGH, np.where((down >= 0.2) | (share >= 0.08), _MEDIUM, _LOW))
    return np.where(np.isnan(down) & np.isnan(share), np.nan, level)


@F.feature("Urgency by the priority matrix, 3 is high", family="priority rules")
def urgency_level(
    in_danger: NDArray[np.bool_], food_above_limit_celsius: Column, utility_outage: Column, trading_now: Column
) -> Column:
    high = in_danger | (food_above_limit_celsius > 0) | (utility_outage == 1.0)
    return np.where(high, _HIGH, np.where(trading_now == 0, _LOW, _MEDIUM))


@F.feature("Level by impact and urgency, 1 is highest", family="priority rules")
def matrix_priority(impact_level: Column, urgency_level: Column) -> Column:
    return np.minimum(7.0 - impact_level - urgency_level, 4.0)


@F.feature("Usual level of the trade, 1 is highest", family="priority rules")
def default_priority(
    in_danger: NDArray[np.bool_],
    food_above_limit_celsius: Column,
    trade_guess: Column,
    asset_class: Column,
    units_down_share: Column,
    utility_outage: Column,
    trading_now: Column,
    discomfort_celsius: Column,
) -> Column:
    extreme = (trade_guess == _TRADE["hvac_comfort"]) & (discomfort_celsius >= 5.0)
    stopped = (
        in_danger
        | (food_above_limit_celsius > 0)
        | ((trade_guess == _TRADE["pos_payment_it"]) & (units_down_share >= 0.5))
        | ((trade_guess == _TRADE["lighting_electrical"]) & (utility_outage == 1.0))
        | (asset_class == _CLASS["exit_door"])
        # A shutter that fails when the shop is shut leaves it open to the street.
        | ((asset_class == _CLASS["roller_shutter"]) & (trading_now == 0))
    )
    return np.where(stopped, 1.0, np.where(extreme, 2.0, _look_up(_DEFAULT_OF_TRADE, trade_guess)))


@F.feature("Criticality times class of work, with waiting", family="priority rules")
def rime_rank(
    in_danger: NDArray[np.bool_],
    food_above_limit_celsius: Column,
    default_priority: Column,
    criticality: Column,
    waiting_hours: Column,
) -> Column:
    food = food_above_limit_celsius > 0
    work = np.where(in_danger, 10.0, np.where(food, 9.0, np.where(default_priority >= 4.0, 4.0, 8.0)))
    return np.where(np.isnan(criticality), 5.0, criticality) * work + waiting_hours / 168.0 * 5.0


def _severe_rate(past: Window, *, strength: float) -> Column:
    return shrunk_rate(past["wrong_365d"], past["labelled_365d"], prior=SEVERE_PRIOR, strength=strength)


@F.feature("Requests on the asset in 90 days", family="asset history", unit="count")
def asset_failures_90d(asset_count_90d: Column) -> Column:
    return asset_count_90d


@F.feature("Requests on the asset in a year", family="asset history", unit="count")
def asset_failures_365d(asset_count_365d: Column) -> Column:
    return asset_count_365d


F.past("asset_days_since_last", "Days since the last request on the asset", family="asset history", unit="days")


@F.feature("Mean days between requests on the asset", family="asset history", unit="days")
def asset_days_between_failures(asset_age_days: Column, asset_count_365d: Column) -> Column:
    return ratio(np.minimum(asset_age_days, 365.0), asset_count_365d)


@F.feature("Requests on the asset per year since its first", family="asset history", unit="count")
def asset_failures_per_year(asset_count_1095d: Column, asset_age_days: Column) -> Column:
    """Return the requests per year, the first counting for half a year before it; NaN for a first request."""
    # What is older than the window is no longer counted, so its days are not either.
    return asset_count_1095d / (np.minimum(asset_age_days, LONG_DAYS) / 365.25 + 0.5)


@F.feature("Days since the first request on the asset", family="asset history", unit="days")
def asset_known_days(asset_age_days: Column) -> Column:
    return asset_age_days


@F.feature("Asset's share of requests that could not wait", family="asset history", unit="fraction")
def asset_severe_rate(asset_wrong_1095d: Column, asset_labelled_1095d: Column) -> Column:
    return shrunk_rate(asset_wrong_1095d, asset_labelled_1095d, prior=SEVERE_PRIOR, strength=3.0)


@F.feature("Asset's requests that could not wait", family="asset history", unit="count")
def asset_severe_count(asset_wrong_1095d: Column) -> Column:
    return asset_wrong_1095d


@F.feature("Asset's requests that could wait", family="asset history", unit="count")
def asset_mild_count(asset_labelled_1095d: Column, asset_wrong_1095d: Column) -> Column:
    return asset_labelled_1095d - asset_wrong_1095d


@F.step
def asset_causes(asset: Window) -> Column:
    return np.array([asset[f"cause_{name}_1095d"] for name in TRADES])


@F.feature("Asset's share of requests of this trade", family="asset history", unit="fraction")
def asset_trade_share(asset_causes: Column, trade_guess: Column, asset_labelled_1095d: Column) -> Column:
    code = np.where(np.isnan(trade_guess), 0.0, trade_guess).astype(np.int64)
    of_trade = np.where(np.isnan(trade_guess), np.nan, asset_causes[code, np.arange(len(trade_guess))])
    return shrunk_rate(of_trade, asset_labelled_1095d, prior=0.5, strength=1.0)


@F.feature("What the asset's requests mostly were", family="asset history", vocabulary=TRADES)
def asset_usual_trade(asset_causes: Column) -> Column:
    return np.where(asset_causes.max(axis=0) > 0, asset_causes.argmax(axis=0).astype(np.float64), np.nan)


@F.feature("Week's requests over the site's usual", family="site history", unit="ratio")
def site_surge(site_count_7d: Column, site_count_365d: Column, site_age_days: Column) -> Column:
    return ratio(site_count_7d * np.minimum(site_age_days, 365.0), site_count_365d * 7.0)


@F.feature("Sales per hour, where not given as the site's earlier requests gave it", family="sales", unit="money")
def site_sales_per_hour(
    sales_per_hour: Column, site_sales_per_hour_365d: Column, site_sales_given_365d: Column
) -> Column:
    """Return the site's sales per hour; where the request does not say, the mean of those of a year that did, NaN where
    none did."""
    earlier = ratio(site_sales_per_hour_365d, 100.0 * site_sales_given_365d)
    return np.where(np.isnan(sales_per_hour), earlier, sales_per_hour)


@F.feature("Site's share of requests that could not wait", family="site history", unit="fraction")
def site_severe_rate(site: Window) -> Column:
    return _severe_rate(site, strength=10.0)


@F.features(
    {f"site_share_{cause}": f"Site's share of {cause.replace('_', ' ')}" for cause in SITE_CAUSES},
    family="site history",
    unit="fraction",
)
def site_causes(site: Window) -> dict[str, Column]:
    events = np.array([site[f"cause_{name}_365d"] for name in SITE_CAUSES])
    shares = shrunk_rate(events, site["labelled_365d"], prior=0.1, strength=10.0)
    return {f"site_share_{name}": share for name, share in zip(SITE_CAUSES, shares, strict=True)}


@F.feature("Share that could not wait, such assets at the site", family="site history", unit="fraction")
def site_class_severe_rate(site_class: Window) -> Column:
    return _severe_rate(site_class, strength=5.0)


@F.feature("Vendor's requests in 30 days", family="vendor", unit="count")
def vendor_load_30d(vendor_count_30d: Column) -> Column:
    return vendor_count_30d


@F.feature("Vendor's share of requests that could not wait", family="vendor", unit="fraction")
def vendor_severe_rate(vendor: Window) -> Column:
    return _severe_rate(vendor, strength=10.0)


@F.feature("Reporter's share of urgent words", family="reporter", unit="fraction")
def reporter_urgent_rate(reporter_urgent_365d: Column, reporter_count_365d: Column) -> Column:
    return shrunk_rate(reporter_urgent_365d, reporter_count_365d, prior=0.3, strength=5.0)


@F.feature("How much more the reporter cries than it turns out", family="reporter", unit="fraction")
def reporter_overstatement(reporter_urgent_rate: Column, reporter: Window) -> Column:
    return reporter_urgent_rate - _severe_rate(reporter, strength=5.0)


@F.feature("Model's share of requests that could not wait", family="asset history", unit="fraction")
def fleet_severe_rate(fleet: Window) -> Column:
    return _severe_rate(fleet, strength=6.0)


RECIPE: Final = Recipe(
    payload=MaintenancePriority,
    text_fields=("description",),
    trails=TRAILS,
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=money_at_stake,
)
