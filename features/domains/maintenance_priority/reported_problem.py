"""Features of what is reported: the kind of request, its words, dangers, food, sales and hour."""

from typing import Final

import numpy as np

from features import arithmetic
from features.arithmetic import flag, ratio
from features.columns import Column
from features.danger.danger_kinds import LIFE_THREATS, SITE, TICKED, named
from features.declaration import FeatureGroup, Members, Texts
from features.domains.maintenance_priority.trade_tables import TRADE_OF_CLASS, look_up
from features.domains.maintenance_priority.trades import TRADES, trade_by_keywords
from features.domains.maintenance_priority.trades import calm_words as count_calm_words
from features.domains.maintenance_priority.trades import grave_words as count_grave_words

FOOD_LIMIT_CELSIUS: Final = 5.0
_NAN: Final = float("nan")

F: Final = FeatureGroup()

F.field("asset_class", family="kind of request", title="Asset class")
F.field("trade", family="kind of request", title="Trade ticked")
F.field("problem_code", family="kind of request", title="Problem code")


@F.step
def trade_of_words(description: Texts) -> Column:
    guesses = [trade_by_keywords(text) for text in description]
    return np.array([_NAN if guess is None else guess for guess in guesses], dtype=np.float64)


@F.feature("Trade by asset, tick or keywords", family="kind of request", vocabulary=TRADES)
def trade_guess(asset_class: Column, trade: Column, trade_of_words: Column) -> Column:
    by_asset = look_up(TRADE_OF_CLASS, asset_class)
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
