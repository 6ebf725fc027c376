"""Features of the stock: its position, how long it lasts, what could relieve it, and what its end would cost."""

from typing import Final

import numpy as np
from scipy.special import exp2, ndtr

from features.arithmetic import days_between
from features.columns import Column, Columns
from features.declaration import FeatureGroup
from features.domains.replenishment_risk.stock_arithmetic import at_least_zero, bounded_ratio, first_known

RETAILER_LOST_SHARE: Final = 0.4
"""Share of unmet demand the retailer loses for good; the rest is delayed or bought here as a substitute."""
KVI_MULTIPLIER: Final = 2.5
"""What a lost sale of a key value item costs against its own margin: the basket leaves with it."""
DEFAULT_HORIZON_DAYS: Final = 7.0
_FURTHEST_Z: Final = 8.0
_HALF_LOG2_E: Final = 0.7213475204444817
_SQRT_TWO_PI: Final = 2.5066282746310002

F: Final = FeatureGroup()


# What several features share: units free to sell, expected units a day, days until the next receipt.


@F.step
def available_qty(
    on_hand: Column, reserved_qty: Column, open_customer_order_qty: Column, backorder_qty: Column
) -> Column:
    return on_hand - (
        at_least_zero(reserved_qty) + at_least_zero(open_customer_order_qty) + at_least_zero(backorder_qty)
    )


@F.step
def daily_qty(
    forecast_daily_qty: Column,
    forecast_3_month_qty: Column,
    sales_28d_qty: Column,
    sales_1_month_qty: Column,
    sales_3_month_qty: Column,
) -> Column:
    return first_known(
        forecast_daily_qty,
        forecast_3_month_qty / 91.0,
        sales_28d_qty / 28.0,
        sales_1_month_qty / 30.0,
        sales_3_month_qty / 91.0,
    )


@F.step
def horizon_days(as_of: Column, next_receipt_at: Column, lead_time_days: Column) -> Column:
    return first_known(np.maximum(days_between(next_receipt_at, as_of), 0.0), lead_time_days)


@F.step
def kvi_multiplier(is_kvi: Column) -> Column:
    return np.where(is_kvi == 1.0, KVI_MULTIPLIER, 1.0)


def margin_at_stake(columns: Columns) -> Column:
    """Value all demand until the next receipt as if every unit were lost for good; 0 where the item has no known
    margin."""
    demand = daily_qty(*(columns[name] for name in ("forecast_daily_qty", "forecast_3_month_qty", "sales_28d_qty",
    "sales_1_month_qty", "sales_3_month_qty")))  # fmt: skip
    days = horizon_days(columns.as_of, columns["next_receipt_at"], columns["lead_time_days"])
    units = np.maximum(
        at_least_zero(demand) * first_known(days, DEFAULT_HORIZON_DAYS),
        at_least_zero(columns["open_customer_order_qty"]),
    )
    return units * at_least_zero(columns["unit_margin"]) * kvi_multiplier(columns["is_kvi"])


@F.feature("Units free, in transit and on order", family="position", unit="count")
def inventory_position(available_qty: Column, in_transit_qty: Column, on_order_qty: Column) -> Column:
    return available_qty + at_least_zero(in_transit_qty) + at_least_zero(on_order_qty)


@F.feature("Inventory position over reorder point", family="position", unit="ratio")
def position_to_reorder_point(inventory_position: Column, reorder_point_qty: Column) -> Column:
    return bounded_ratio(inventory_position, reorder_point_qty)


@F.feature("On hand over minimum stock", family="position", unit="ratio")
def on_hand_to_min(
    on_hand: Column, min_stock_qty: Column, presentation_min_qty: Column, safety_stock_qty: Column
) -> Column:
    return bounded_ratio(on_hand, first_known(min_stock_qty, presentation_min_qty, safety_stock_qty))


@F.feature("Share of stock in the backroom", family="shelf", unit="ratio")
def backroom_share(backroom_qty: Column, on_hand: Column) -> Column:
    return bounded_ratio(backroom_qty, on_hand)


@F.feature("DC stock in weeks of demand here", family="relief", unit="ratio")
def dc_cover_weeks(dc_allocatable_qty: Column, dc_on_hand_qty: Column, daily_qty: Column) -> Column:
    return bounded_ratio(first_known(dc_allocatable_qty, dc_on_hand_qty), daily_qty * 7.0)


@F.feature("Nearby surplus in weeks of demand here", family="relief", unit="ratio")
def nearby_cover_weeks(nearby_surplus_qty: Column, daily_qty: Column) -> Column:
    return bounded_ratio(nearby_surplus_qty, daily_qty * 7.0)


@F.feature("Days the stock lasts", family="cover", unit="days")
def days_of_supply(available_qty: Column, daily_qty: Column) -> Column:
    return bounded_ratio(available_qty, daily_qty)


@F.feature("Days to the next receipt", family="cover", unit="days")
def days_to_receipt(horizon_days: Column) -> Column:
    return horizon_days


@F.feature("Days of stock beyond the next receipt", family="cover", unit="days")
def supply_gap_days(days_of_supply: Column, horizon_days: Column) -> Column:
    return days_of_supply - horizon_days


@F.step
def demand_until_receipt(daily_qty: Column, horizon_days: Column) -> Column:
    return daily_qty * horizon_days


@F.feature("Demand until the next receipt over free stock", family="cover", unit="ratio")
def demand_to_free_stock(demand_until_receipt: Column, available_qty: Column) -> Column:
    # Half a unit on both sides, so that an empty shelf still says how much is wanted.
    return (demand_until_receipt + 0.5) / (np.fmax(available_qty, 0.0) + 0.5)


@F.step
def demand_deviation(
    daily_qty: Column, horizon_days: Column, forecast_daily_sd_qty: Column, lead_time_sd_days: Column
) -> Column:
    """Return the standard deviation of demand until the receipt; a day's demand is Poisson where its spread is
    unknown."""
    lateness = daily_qty * at_least_zero(lead_time_sd_days)
    variance = (
        horizon_days * first_known(forecast_daily_sd_qty * forecast_daily_sd_qty, daily_qty) + lateness * lateness
    )
    # Half a unit of spread at least, since stock and demand come in whole units; it also keeps the division safe.
    return np.sqrt(variance + 0.25)


@F.feature("Cover until the next receipt, in standard deviations", family="cover")
def coverage_z(available_qty: Column, demand_until_receipt: Column, demand_deviation: Column) -> Column:
    return np.minimum(np.maximum((available_qty - demand_until_receipt) / demand_deviation, -_FURTHEST_Z), _FURTHEST_Z)


@F.feature("Analytic probability to run out before the next receipt", family="cover", unit="fraction")
def stockout_probability(coverage_z: Column) -> Column:
    probability: Column = ndtr(-coverage_z)
    return probability


@F.feature("Units expected to be lost before the next receipt", family="cover", unit="count")
def expected_lost_units(coverage_z: Column, demand_deviation: Column, stockout_probability: Column) -> Column:
    density = exp2(coverage_z * coverage_z * -_HALF_LOG2_E) / _SQRT_TWO_PI
    lost: Column = demand_deviation * (density - coverage_z * stockout_probability)
    return lost


@F.feature("Margin expected to be lost before the next receipt", family="value", unit="money")
def margin_at_risk(expected_lost_units: Column, unit_margin: Column, kvi_multiplier: Column) -> Column:
    return expected_lost_units * unit_margin * kvi_multiplier * RETAILER_LOST_SHARE
