"""Replenishment risk: the features of a flagged item, group by group in row order, and the recipe."""

from typing import Final

from features.columns import Column
from features.danger.danger_kinds import dangers_per_text
from features.declaration import Features, Texts
from features.domains.replenishment_risk import demand_and_forecast, past_outcomes, stock_and_cover, supply_and_record
from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.domains.replenishment_risk.stock_and_cover import margin_at_stake
from features.domains.replenishment_risk.trails import TRAILS, measures
from features.recipe import Recipe

F: Final = Features(ReplenishmentRisk, trails=TRAILS)

F.field("on_hand", family="position", unit="count")
F.field("sales_1_month_qty", "sales_9_month_qty", family="demand", unit="count")
F.field("forecast_3_month_qty", "forecast_9_month_qty", family="forecast", unit="count")
F.field("lead_time_days", family="supply", unit="days")
F.field("supplier_otif_90d", "supplier_otif_6m", family="supply", unit="fraction")
F.field("supply_issue", "auto_order_stopped", family="supply")
F.field("stockout_days_28d", family="demand", unit="days")
F.field("promo_uplift_ratio", family="promotion", unit="ratio")
F.field("promo_discount_rate", family="promotion", unit="fraction")
F.field("promo_display", family="promotion")
F.field("temperature_anomaly_celsius", family="season", unit="°C")
F.field("record_confidence", family="record", unit="fraction")
F.field("is_kvi", family="item")
F.field("unit_margin", family="item", unit="money")
F.field("trigger", family="trigger")
F.field("lifecycle_phase", family="item")
F.field("order_status", family="order")
F.field("event", family="season")
F.field("last_adjustment_reason", family="record")

F.include(stock_and_cover.F, demand_and_forecast.F, supply_and_record.F, past_outcomes.F)


@F.feature("Kinds of danger named in the note", family="danger", unit="count")
def danger_named(note: Texts) -> Column:
    return dangers_per_text(note)


RECIPE: Final = Recipe(
    payload=ReplenishmentRisk,
    text_fields=("note",),
    trails=TRAILS,
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=margin_at_stake,
)
