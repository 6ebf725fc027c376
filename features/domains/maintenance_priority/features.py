"""Maintenance requests: the features of one, group by group in row order, and the recipe."""

from typing import Final

import numpy as np

from features.columns import Column, Columns
from features.declaration import Features
from features.domains.maintenance_priority import past_outcomes, priority_rules, reported_problem, weather_and_asset
from features.domains.maintenance_priority.payload import MaintenancePriority
from features.domains.maintenance_priority.trails import TRAILS, measures
from features.recipe import Recipe


def money_at_stake(columns: Columns) -> Column:
    """Return the product at risk plus a day of the sales affected; sales count in full where the share is unknown."""
    share = np.nan_to_num(columns["sales_share_affected"], nan=1.0)
    hours = np.nan_to_num(columns["opening_hours_per_day"], nan=12.0)
    sales = np.nan_to_num(columns["sales_per_hour"], nan=0.0) * share * hours
    return np.nan_to_num(columns["product_at_risk_value"], nan=0.0) + sales


F: Final = Features(MaintenancePriority, trails=TRAILS)
F.include(reported_problem.F, weather_and_asset.F, priority_rules.F, past_outcomes.F)

RECIPE: Final = Recipe(
    payload=MaintenancePriority,
    text_fields=("description",),
    trails=TRAILS,
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=money_at_stake,
)
