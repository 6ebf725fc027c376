"""Features of demand, plan and forecast, and of their trends."""

from typing import Final

from features.columns import Column
from features.declaration import FeatureGroup
from features.domains.replenishment_risk.stock_arithmetic import at_least_zero, bounded_ratio, first_known

F: Final = FeatureGroup()


@F.feature("Units sold a day, 28 days", family="demand", unit="count")
def sales_per_day_28d(sales_28d_qty: Column) -> Column:
    return sales_28d_qty / 28.0


@F.feature("Last week's pace over the month's", family="demand", unit="ratio")
def last_week_to_month(sales_7d_qty: Column, sales_per_day_28d: Column) -> Column:
    return bounded_ratio(sales_7d_qty / 7.0, sales_per_day_28d)


@F.feature("Yesterday's sales over the week's pace", family="demand", unit="ratio")
def yesterday_to_week(sales_1d_qty: Column, sales_7d_qty: Column) -> Column:
    return bounded_ratio(sales_1d_qty, sales_7d_qty / 7.0)


@F.feature("Units that should have sold since the last sale", family="demand", unit="count")
def silent_demand(
    planned_28d_qty: Column, sales_per_day_28d: Column, forecast_daily_qty: Column, days_since_last_sale: Column
) -> Column:
    # Minus the logarithm of the probability that so many days pass without a sale: above 4.6 it is below 1 %.
    return first_known(planned_28d_qty / 28.0, sales_per_day_28d, forecast_daily_qty) * days_since_last_sale


@F.feature("Sales over plan, 1 day", family="forecast", unit="ratio")
def sales_to_plan_1d(sales_1d_qty: Column, forecast_daily_qty: Column, sales_per_day_28d: Column) -> Column:
    return bounded_ratio(sales_1d_qty, first_known(forecast_daily_qty, sales_per_day_28d))


@F.feature("Sales over plan, 7 days", family="forecast", unit="ratio")
def sales_to_plan_7d(sales_7d_qty: Column, planned_7d_qty: Column) -> Column:
    return bounded_ratio(sales_7d_qty, planned_7d_qty)


@F.feature("Sales over plan, 28 days", family="forecast", unit="ratio")
def sales_to_plan_28d(sales_28d_qty: Column, planned_28d_qty: Column) -> Column:
    return bounded_ratio(sales_28d_qty, planned_28d_qty)


@F.feature("Unsteadiness of demand", family="demand", unit="ratio")
def demand_cv(forecast_daily_sd_qty: Column, forecast_daily_qty: Column) -> Column:
    return bounded_ratio(forecast_daily_sd_qty, forecast_daily_qty)


@F.feature("Free stock over 3 months' sales", family="horizon_cover", unit="ratio")
def cover_sales_3_month(available_qty: Column, sales_3_month_qty: Column) -> Column:
    return bounded_ratio(available_qty, sales_3_month_qty)


@F.step
def arriving_qty(available_qty: Column, in_transit_qty: Column) -> Column:
    return available_qty + at_least_zero(in_transit_qty)


@F.feature("Stock and transit over 3 months' forecast", family="horizon_cover", unit="ratio")
def cover_forecast_3_month(arriving_qty: Column, forecast_3_month_qty: Column) -> Column:
    return bounded_ratio(arriving_qty, forecast_3_month_qty)


@F.feature("Stock and transit over 9 months' forecast", family="horizon_cover", unit="ratio")
def cover_forecast_9_month(arriving_qty: Column, forecast_9_month_qty: Column) -> Column:
    return bounded_ratio(arriving_qty, forecast_9_month_qty)


@F.feature("Last month's pace over 3 months'", family="trend", unit="ratio")
def sales_trend_1_to_3_month(sales_1_month_qty: Column, sales_3_month_qty: Column) -> Column:
    return bounded_ratio(sales_1_month_qty * 3.0, sales_3_month_qty)


@F.feature("3 months' pace over 9 months'", family="trend", unit="ratio")
def sales_trend_3_to_9_month(sales_3_month_qty: Column, sales_9_month_qty: Column) -> Column:
    return bounded_ratio(sales_3_month_qty * 3.0, sales_9_month_qty)


@F.feature("Forecast over sales, 3 months", family="trend", unit="ratio")
def forecast_to_sales_3_month(forecast_3_month_qty: Column, sales_3_month_qty: Column) -> Column:
    return bounded_ratio(forecast_3_month_qty, sales_3_month_qty)


@F.feature("Forecast over sales, 6 months", family="trend", unit="ratio")
def forecast_to_sales_6_month(forecast_6_month_qty: Column, sales_6_month_qty: Column) -> Column:
    return bounded_ratio(forecast_6_month_qty, sales_6_month_qty)
