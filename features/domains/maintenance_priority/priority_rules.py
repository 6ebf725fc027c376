"""What a maintenance desk would say without a model, as features."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.declaration import FeatureGroup
from features.domains.maintenance_priority.trade_tables import CLASS, DEFAULT_OF_TRADE, TRADE, look_up

_HIGH, _MEDIUM, _LOW = 3.0, 2.0, 1.0

F: Final = FeatureGroup()


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
    extreme = (trade_guess == TRADE["hvac_comfort"]) & (discomfort_celsius >= 5.0)
    stopped = (
        in_danger
        | (food_above_limit_celsius > 0)
        | ((trade_guess == TRADE["pos_payment_it"]) & (units_down_share >= 0.5))
        | ((trade_guess == TRADE["lighting_electrical"]) & (utility_outage == 1.0))
        | (asset_class == CLASS["exit_door"])
        # A shutter that fails when the shop is shut leaves it open to the street.
        | ((asset_class == CLASS["roller_shutter"]) & (trading_now == 0))
    )
    return np.where(stopped, 1.0, np.where(extreme, 2.0, look_up(DEFAULT_OF_TRADE, trade_guess)))


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
