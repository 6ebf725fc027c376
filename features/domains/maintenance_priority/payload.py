"""Maintenance requests: which one cannot wait for routine planned work."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from features.columns import field_kinds
from features.domains.maintenance_priority.features import SITE_CAUSES, build_features, measures, money_at_stake
from features.domains.maintenance_priority.trades import TRADES, AssetClass, Trade
from features.fields import Code, Count, Day, Fraction, Id, Instant, Money, Number, Payload, PlannedDay, Text
from features.history import Trail
from features.recipe import Feature, Recipe

Danger = Literal[
    "gas_leak", "smoke_fire", "electrical", "trip", "entrapment", "flood", "sewage", "chemical", "egress_blocked",
    "fire_system_impaired",
]  # fmt: skip
Licence = Literal["electrical", "gas", "refrigerant", "plumbing", "fire_systems", "elevator", "none"]
Criticality = Annotated[int, Field(ge=1, le=10)]


class MaintenancePriority(Payload):
    """One request for maintenance as it stands when it is triaged: nothing of the dispatch, the visit or the invoice."""

    site_id: Id = Field(title="Site", description="Store or distribution centre")
    reported_at: Instant = Field(title="Reported at", description="When the request was made, UTC")
    description: Text = Field(title="Description", description="What the reporter wrote or the alarm said")
    ticket_id: Id | None = Field(None, title="Ticket", description="Number in the maintenance system")
    reporter_id: Id | None = Field(None, title="Reporter", description="Who reported it")
    approver_id: Id | None = Field(None, title="Approver", description="Who is to approve the spend")
    reported_by_role: (
        Literal["store_manager", "department_lead", "associate", "facilities", "vendor", "system"] | None
    ) = Field(None, title="Reporter's role", description="What the reporter does at the site")
    intake: Literal["app", "phone", "email", "iot_alarm", "bms"] | None = Field(
        None, title="Intake", description="How the request came in"
    )
    attachments_count: Count | None = Field(None, title="Attachments", description="Number of photos and files")
    store_format: (
        Literal["hypermarket", "supermarket", "convenience", "department_store", "specialty", "distribution_center"]
        | None
    ) = Field(None, title="Store format", description="Kind of site")
    opening_hours_per_day: Number | None = Field(None, title="Opening hours", description="Trading hours per day")
    trading_now: bool | None = Field(None, title="Trading now", description="The site was open when it was reported")
    hours_to_close: Number | None = Field(None, title="Hours to close", description="Trading hours left that day")
    asset_id: Id | None = Field(None, title="Asset", description="Asset number, where the ticket names one")
    asset_class: AssetClass | None = Field(None, title="Asset class", description="What kind of thing is broken")
    manufacturer: Code | None = Field(None, title="Manufacturer", description="Who made it")
    asset_model: Code | None = Field(None, title="Model", description="Manufacturer's model")
    serial_number: Code | None = Field(None, title="Serial number", description="On the name plate")
    in_service_on: Day | None = Field(None, title="In service since", description="Day it was put in service")
    warranty_expires_on: PlannedDay | None = Field(None, title="Warranty until", description="Last day covered")
    acquisition_cost: Money | None = Field(None, title="Acquisition cost", description="What the asset cost, money")
    replacement_cost: Money | None = Field(None, title="Replacement cost", description="What a new one costs, money")
    criticality: Criticality | None = Field(
        None, title="Criticality", description="1 (hardly matters) to 10 (stops trading)"
    )
    redundant_units_count: Count | None = Field(None, title="Spare units", description="Like units that can take over")
    regulatory_asset: bool | None = Field(
        None, title="Regulatory asset", description="Under legal inspection: egress, access, elevator"
    )
    trade: Trade | None = Field(None, title="Trade ticked", description="As the requester ticked it")
    problem_code: Literal["temp_high", "temp_low", "leak", "blocked", "no_power", "no_start", "noise", "jammed", "broken", "offline", "alarm", "odor", "damage", "spill", "infestation", "inspection", "cosmetic"] | None = Field(None, title="Problem code", description="Symptom picked from the list")  # fmt: skip
    reported_urgency: Literal["low", "medium", "high", "emergency"] | None = Field(
        None, title="Urgency typed", description="The reporter's own word for it"
    )
    safety_flags: tuple[Danger, ...] = Field((), title="Safety flags", description="Dangers ticked at intake")
    fire_system_out_hours: Number | None = Field(
        None, title="Fire system out", description="Hours out of service in the last 24"
    )
    power_or_water_out_hours: Number | None = Field(
        None, title="Power or water out", description="Hours without, food site"
    )
    food_temperature_celsius: Number | None = Field(
        None, title="Food temperature", description="Warmest chilled product, degrees Celsius"
    )
    minutes_above_limit: Number | None = Field(
        None, title="Minutes above limit", description="Minutes the food has been above its limit"
    )
    product_at_risk_value: Money | None = Field(
        None, title="Product at risk", description="Value of the product affected, money"
    )
    lanes_total: Count | None = Field(None, title="Lanes", description="Checkout lanes at the site")
    lanes_down: Count | None = Field(None, title="Lanes down", description="Checkout lanes that cannot sell")
    units_total: Count | None = Field(None, title="Units", description="Like units at the site")
    units_down: Count | None = Field(None, title="Units down", description="Like units out of service")
    sales_per_hour: Money | None = Field(
        None, title="Sales per hour", description="The site's usual sales in an hour, money"
    )
    sales_share_affected: Fraction | None = Field(
        None, title="Sales affected", description="Share of the sales it touches, fraction"
    )
    sensor_temperature_celsius: Number | None = Field(None, title="Sensor temperature", description="Degrees Celsius")
    sensor_slope_celsius_per_hour: Number | None = Field(
        None, title="Sensor slope", description="Rise per hour, degrees Celsius"
    )
    sensor_pressure_bar: Number | None = Field(None, title="Sensor pressure", description="Bar")
    sensor_current_amperes: Number | None = Field(None, title="Sensor current", description="Amperes")
    alarm_code: Code | None = Field(None, title="Alarm code", description="As the controller gave it")
    vendor_id: Id | None = Field(None, title="Vendor", description="Contractor that would be sent")
    vendor_insured: bool | None = Field(None, title="Vendor insured", description="Certificate of insurance is valid")
    vendor_licences: tuple[Licence, ...] = Field(
        (), title="Vendor's licences", description="On file; `none` where the register shows none, empty where unknown"
    )
    vendor_on_time_rate: Fraction | None = Field(
        None, title="Vendor on time", description="Share of visits within contract time, fraction"
    )
    vendor_first_time_fix_rate: Fraction | None = Field(
        None, title="Vendor first-time fix", description="Share fixed at the first visit, fraction"
    )
    contract_response_hours: Number | None = Field(
        None, title="Contract response", description="Hours to arrive under contract"
    )
    not_to_exceed_amount: Money | None = Field(
        None, title="Not to exceed", description="Spend allowed without asking, money"
    )
    estimated_repair_cost: Money | None = Field(
        None, title="Repair estimate", description="What the repair is expected to cost, money"
    )
    is_capital_spend: bool | None = Field(None, title="Capital spend", description="Would be booked as an investment")
    requested_step: Literal["dispatch", "close", "merge"] | None = Field(
        None, title="Step asked for", description="What the caller would do next"
    )
    level_to_lower: Literal["P1", "P2", "P3"] | None = Field(
        None, title="Level to lower", description="The level a person asks to lower"
    )
    open_work_orders_same_asset: Count | None = Field(None, title="Open orders on the asset", description="Count")
    open_work_orders_at_site: Count | None = Field(None, title="Open orders at the site", description="Count")
    last_work_order_closed_at: Instant | None = Field(None, title="Last order closed", description="On the same asset")
    closest_open_similarity: Fraction | None = Field(
        None, title="Likeness to an open order", description="Closest open order at the site within a day, fraction"
    )
    last_maintained_on: Day | None = Field(
        None, title="Last planned maintenance", description="Day of the last planned visit"
    )
    maintenance_interval_days: Count | None = Field(
        None, title="Maintenance interval", description="Days between planned visits"
    )
    outside_temperature_celsius: Number | None = Field(None, title="Outside temperature", description="Degrees Celsius")
    weather_alert: Literal["none", "heat", "cold", "storm", "snow"] | None = Field(
        None, title="Weather alert", description="Official warning in force"
    )
    utility_outage: bool | None = Field(
        None, title="Utility outage", description="Power, water or gas is out in the area"
    )


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
_VOCABULARIES: Final = {kind.name: kind.vocabulary for kind in field_kinds(MaintenancePriority)}


def _number(name: str, title: str, family: str, unit: str, *sources: str) -> Feature:
    return Feature(name=name, title=title, family=family, sources=sources or (name,), unit=unit)


def _category(name: str, title: str, family: str) -> Feature:
    return Feature(
        name=name, title=title, family=family, sources=(name,), kind="category", vocabulary=_VOCABULARIES[name]
    )


_KIND: Final = (
    _category("asset_class", "Asset class", "kind of request"),
    _category("trade", "Trade ticked", "kind of request"),
    _category("problem_code", "Problem code", "kind of request"),
    Feature(name="trade_guess", title="Trade by asset, tick or keywords", family="kind of request", sources=("asset_class", "trade", "description"), kind="category", vocabulary=TRADES),
    Feature(name="keyword_trade", title="Trade by keywords", family="kind of request", sources=("description",), kind="category", vocabulary=TRADES),
    _number("grave_words", "Words for trade lost or getting worse", "words", "count", "description"),
    _number("calm_words", "Words for what can wait", "words", "count", "description"),
    _category("intake", "Intake", "reporter"),
    _category("reported_by_role", "Reporter's role", "reporter"),
    _category("reported_urgency", "Urgency typed", "reporter"),
    _category("store_format", "Store format", "site"),
    _category("weather_alert", "Weather alert", "weather and utilities"),
)  # fmt: skip
_SAFETY: Final = (
    _number("safety_flag_count", "Dangers ticked", "safety", "count", "safety_flags"),
    _number("safety_lexicon_hit", "A danger is named in the description", "safety", "", "description"),
    _number("life_threat", "Gas, smoke or a trapped person", "safety", "", "safety_flags", "description"),
    _number("fire_system_impaired", "Fire system impaired", "safety", "", "safety_flags", "description", "fire_system_out_hours"),
)  # fmt: skip
_IMPACT: Final = (
    _number("food_temperature_celsius", "Food temperature", "food", "degrees Celsius"),
    _number("food_above_limit_celsius", "Food above 5 degrees by", "food", "degrees Celsius", "food_temperature_celsius"),
    _number("minutes_above_limit", "Minutes above limit", "food", "minutes"),
    _number("hours_to_food_limit", "Hours until the food reaches 5 degrees", "food", "hours", "food_temperature_celsius", "sensor_slope_celsius_per_hour"),
    _number("product_at_risk_value", "Product at risk", "food", "money"),
    _number("power_or_water_out_hours", "Power or water out", "weather and utilities", "hours"),
    _number("fire_system_out_hours", "Fire system out", "safety", "hours"),
    _number("sensor_slope_celsius_per_hour", "Sensor slope", "food", "degrees Celsius per hour"),
    _number("units_down_share", "Share of lanes or units down", "sales", "fraction", "lanes_down", "lanes_total", "units_down", "units_total"),
    _number("sales_share_affected", "Share of sales affected", "sales", "fraction"),
    _number("sales_per_hour", "Sales per hour", "sales", "money"),
    _number("sales_at_risk_per_hour", "Sales at risk per hour", "sales", "money", "sales_per_hour", "sales_share_affected"),
    _number("trading_now", "Trading now", "sales", ""),
    _number("hours_to_close", "Hours to close", "sales", "hours"),
    _number("redundant_units_count", "Spare units", "sales", "count"),
    _number("criticality", "Criticality", "sales", ""),
)  # fmt: skip
_TIMING: Final = (
    _number("reported_hour", "Hour of the day, UTC", "timing", "", "reported_at"),
    _number("reported_weekday", "Weekday", "timing", "", "reported_at"),
    _number("reported_month", "Month", "timing", "", "reported_at"),
    _number("waiting_hours", "Waiting since the report", "timing", "hours", "reported_at"),
    _number("outside_temperature_celsius", "Outside temperature", "weather and utilities", "degrees Celsius"),
    _number("season_excess_celsius", "Outside temperature beyond the season's: hotter in summer, colder in winter", "weather and utilities", "degrees Celsius", "outside_temperature_celsius", "reported_at"),
    _number("weather_strain_celsius", "Weather beyond the season's on heating or cooling", "weather and utilities", "degrees Celsius", "outside_temperature_celsius", "reported_at", "asset_class", "trade", "description"),
    _number("discomfort_celsius", "Outside temperature beyond 5 to 28 degrees by", "weather and utilities", "degrees Celsius", "outside_temperature_celsius"),
    _number("utility_outage", "Utility outage", "weather and utilities", ""),
)  # fmt: skip
_ASSET: Final = (
    _number("asset_age_share", "Age as a share of usual life", "asset", "ratio", "in_service_on", "asset_class"),
    _number("maintenance_overdue_ratio", "Time since planned maintenance over its interval", "asset", "ratio", "last_maintained_on", "maintenance_interval_days"),
    _number("warranty_live", "Warranty live", "asset", "", "warranty_expires_on"),
    _number("repair_to_replacement", "Repair estimate over replacement cost", "cost", "ratio", "estimated_repair_cost", "replacement_cost", "acquisition_cost"),
    _number("estimate_to_allowed", "Repair estimate over the amount allowed", "cost", "ratio", "estimated_repair_cost", "not_to_exceed_amount"),
    _number("estimated_repair_cost", "Repair estimate", "cost", "money"),
    _number("open_work_orders_same_asset", "Open orders on the asset", "asset history", "count"),
    _number("open_work_orders_at_site", "Open orders at the site", "site history", "count"),
    _number("days_since_closed", "Days since the last order on the asset closed", "asset history", "days", "last_work_order_closed_at"),
    _number("closest_open_similarity", "Likeness to an open order", "duplicate", "fraction"),
    _number("vendor_on_time_rate", "Vendor on time", "vendor", "fraction"),
    _number("vendor_first_time_fix_rate", "Vendor first-time fix", "vendor", "fraction"),
    _number("vendor_unlicensed", "Vendor lacks the licence of the trade", "vendor", "", "vendor_licences", "trade", "asset_class"),
)  # fmt: skip
_DESK: Final = (
    _number("impact_level", "Impact by the priority matrix, 3 is high", "priority rules", "", "lanes_down", "units_down", "sales_share_affected"),
    _number("urgency_level", "Urgency by the priority matrix, 3 is high", "priority rules", "", "safety_flags", "description", "food_temperature_celsius", "trading_now", "utility_outage"),
    _number("matrix_priority", "Level by impact and urgency, 1 is highest", "priority rules", "", "lanes_down", "units_down", "sales_share_affected", "safety_flags", "description", "food_temperature_celsius", "trading_now", "utility_outage"),
    _number("default_priority", "Usual level of the trade, 1 is highest", "priority rules", "", "asset_class", "trade", "description", "safety_flags", "food_temperature_celsius", "lanes_down", "trading_now", "outside_temperature_celsius", "utility_outage"),
    _number("rime_rank", "Criticality times class of work, with waiting", "priority rules", "", "criticality", "asset_class", "trade", "description", "safety_flags", "food_temperature_celsius", "reported_at"),
)  # fmt: skip
_HISTORY: Final = (
    _number("asset_failures_90d", "Requests on the asset in 90 days", "asset history", "count", "asset_id"),
    _number("asset_failures_365d", "Requests on the asset in a year", "asset history", "count", "asset_id"),
    _number("asset_days_since_last", "Days since the last request on the asset", "asset history", "days", "asset_id"),
    _number("asset_days_between_failures", "Mean days between requests on the asset", "asset history", "days", "asset_id"),
    _number("asset_failures_per_year", "Requests on the asset per year since its first", "asset history", "count", "asset_id"),
    _number("asset_known_days", "Days since the first request on the asset", "asset history", "days", "asset_id"),
    _number("asset_severe_rate", "Asset's share of requests that could not wait", "asset history", "fraction", "asset_id"),
    _number("asset_severe_count", "Asset's requests that could not wait", "asset history", "count", "asset_id"),
    _number("asset_mild_count", "Asset's requests that could wait", "asset history", "count", "asset_id"),
    _number("asset_trade_share", "Asset's share of requests of this trade", "asset history", "fraction", "asset_id", "asset_class", "trade", "description"),
    Feature(name="asset_usual_trade", title="What the asset's requests mostly were", family="asset history", sources=("asset_id",), kind="category", vocabulary=TRADES),
    _number("site_surge", "Week's requests over the site's usual", "site history", "ratio", "site_id"),
    _number("site_sales_per_hour", "Sales per hour, where not given as the site's earlier requests gave it", "sales", "money", "sales_per_hour", "site_id"),
    _number("site_severe_rate", "Site's share of requests that could not wait", "site history", "fraction", "site_id"),
    *(_number(f"site_share_{cause}", f"Site's share of {cause.replace('_', ' ')}", "site history", "fraction", "site_id") for cause in SITE_CAUSES),
    _number("site_class_severe_rate", "Share that could not wait, such assets at the site", "site history", "fraction", "site_id", "asset_class"),
    _number("vendor_load_30d", "Vendor's requests in 30 days", "vendor", "count", "vendor_id"),
    _number("vendor_severe_rate", "Vendor's share of requests that could not wait", "vendor", "fraction", "vendor_id"),
    _number("reporter_urgent_rate", "Reporter's share of urgent words", "reporter", "fraction", "reporter_id"),
    _number("reporter_overstatement", "How much more the reporter cries than it turns out", "reporter", "fraction", "reporter_id"),
    _number("fleet_severe_rate", "Model's share of requests that could not wait", "asset history", "fraction", "manufacturer", "asset_model"),
)  # fmt: skip
FEATURES: Final[Sequence[Feature]] = (*_KIND, *_SAFETY, *_IMPACT, *_TIMING, *_ASSET, *_DESK, *_HISTORY)

RECIPE: Final = Recipe(
    payload=MaintenancePriority,
    text_fields=("description",),
    trails=TRAILS,
    measures=measures,
    features=tuple(FEATURES),
    build=build_features,
    money_at_stake=money_at_stake,
)
