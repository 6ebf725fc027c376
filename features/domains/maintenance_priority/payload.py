"""Maintenance requests: which one cannot wait for routine planned work."""

from typing import Annotated, Literal

from pydantic import Field

from features.domains.maintenance_priority.trades import AssetClass, Trade
from features.fields import (
    Code,
    Count,
    Day,
    DocumentId,
    Fraction,
    Id,
    Instant,
    Money,
    Number,
    Payload,
    PlannedDay,
    SerialId,
    StaffId,
    Text,
    Whole,
)

Danger = Literal[
    "gas_leak", "smoke_fire", "electrical", "trip", "entrapment", "flood", "sewage", "chemical", "egress_blocked",
    "fire_system_impaired",
]  # fmt: skip
Licence = Literal["electrical", "gas", "refrigerant", "plumbing", "fire_systems", "elevator", "none"]
Criticality = Annotated[Whole, Field(ge=1, le=10)]


class MaintenancePriority(Payload):
    """One request for maintenance as it stands when it is triaged: nothing of the dispatch, the visit or the
    invoice."""

    site_id: Id = Field(title="Site", description="Store or distribution centre")
    reported_at: Instant = Field(title="Reported at", description="When the request was made, UTC")
    description: Text = Field(
        title="Description",
        description="What the reporter wrote or the alarm said",
        examples=["The door of the walk-in cooler does not close."],
    )
    ticket_id: DocumentId | None = Field(None, title="Ticket", description="Number in the maintenance system")
    reporter_id: StaffId | None = Field(None, title="Reporter", description="Who reported it")
    approver_id: StaffId | None = Field(None, title="Approver", description="Who is to approve the spend")
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
    serial_number: SerialId | None = Field(None, title="Serial number", description="On the name plate")
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
    problem_code: Literal["temp_high", "temp_low", "leak", "blocked", "no_power", "no_start", "noise", "jammed",
    "broken", "offline", "alarm", "odor", "damage", "spill", "infestation", "inspection",
    "cosmetic"] | None = Field(None, title="Problem code", description="Symptom picked from the list")  # fmt: skip
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
