"""Features of the weather, the asset, what its repair costs and who would do it."""

from typing import Final

import numpy as np

from features.arithmetic import days_between, flag, ratio
from features.columns import Column
from features.declaration import FeatureGroup, LocalTime, Members
from features.domains.maintenance_priority.trade_tables import (
    COOLING_TRADES,
    LICENCE_CODE_OF_TRADE,
    LICENCES,
    LIFE_OF_CLASS,
    look_up,
)

COMFORT_CELSIUS: Final = (5.0, 28.0)
MIDSUMMER_DAY: Final = 200.0
YEAR_MEAN_CELSIUS: Final = 12.0
SEASON_SWING_CELSIUS: Final = 12.0
"""A temperate northern year, roughly; elsewhere the trees learn the month and the raw temperature beside it."""

F: Final = FeatureGroup()

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
    return np.where(np.isin(trade_guess, COOLING_TRADES), season_excess_celsius, 0.0)


@F.feature("Outside temperature beyond 5 to 28 degrees by", family="weather and utilities", unit="degrees Celsius")
def discomfort_celsius(outside_temperature_celsius: Column) -> Column:
    low, high = COMFORT_CELSIUS
    beyond = np.maximum(outside_temperature_celsius - high, low - outside_temperature_celsius)
    return np.maximum(beyond, 0.0)


F.field("utility_outage", family="weather and utilities", title="Utility outage")


@F.feature("Age as a share of usual life", family="asset", unit="ratio")
def asset_age_share(as_of: Column, in_service_on: Column, asset_class: Column) -> Column:
    return days_between(as_of, in_service_on) / (look_up(LIFE_OF_CLASS, asset_class) * 365.25)


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
    held = np.array([vendor_licences[name] for name in LICENCES])
    needed = look_up(LICENCE_CODE_OF_TRADE, trade_guess)
    free = np.isnan(needed)
    lacks = held[np.where(free, 0.0, needed).astype(np.int64), np.arange(len(trade_guess))] == 0
    return np.where(held.sum(axis=0) > 0, flag(lacks & ~free), np.nan)
