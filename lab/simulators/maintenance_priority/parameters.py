"""Likelihood tables of the simulated maintenance desk: what is drawn given the cause, the severity and the asset's
kind.

Invented numbers throughout: plausible orders of magnitude, no statistics. Rows are causes in the order of CAUSES;
severity runs 1 (life, food, trade stopped) to 4 (cosmetic).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from features.domains.maintenance_priority.trades import ASSET_CLASSES, TRADES
from lab.simulators.retailer import Floats

CAUSES: Final = TRADES
SEVERITIES: Final = (1, 2, 3, 4)
KINDS: Final = ("sound", "worn", "lemon", "abused")
FORMATS: Final = ("hypermarket", "supermarket", "convenience", "department_store", "specialty", "distribution_center")
INTAKES: Final = ("app", "phone", "email", "iot_alarm", "bms")
ROLES: Final = ("store_manager", "department_lead", "associate", "facilities", "vendor", "system")
PROBLEM_CODES: Final = (
    "temp_high", "temp_low", "leak", "blocked", "no_power", "no_start", "noise", "jammed", "broken", "offline", "alarm",
    "odor", "damage", "spill", "infestation", "inspection", "cosmetic",
)  # fmt: skip
DANGERS: Final = (
    "gas_leak", "smoke_fire", "electrical", "trip", "entrapment", "flood", "sewage", "chemical", "egress_blocked",
    "fire_system_impaired",
)  # fmt: skip

PRIOR: Final = (0.14, 0.13, 0.12, 0.12, 0.10, 0.09, 0.09, 0.06, 0.05, 0.05, 0.02, 0.02, 0.01)

FORMAT_SHARE: Final = (0.10, 0.40, 0.25, 0.08, 0.12, 0.05)
FORMAT_LANES: Final = (28, 10, 3, 16, 4, 0)
FORMAT_SALES_PER_HOUR: Final = (9000.0, 3200.0, 450.0, 4200.0, 700.0, 6000.0)
FORMAT_HOURS: Final = (15.0, 15.0, 18.0, 11.0, 10.0, 20.0)
# How much likelier a cause is in a format; formats in order, causes not listed are alike everywhere.
FORMAT_EFFECT: Final[Mapping[str, Sequence[float]]] = {
    "refrigeration_temp": (1.4, 1.5, 1.1, 0.1, 0.1, 0.8),
    "food_equipment": (1.4, 1.3, 1.3, 0.1, 0.1, 0.1),
    "pos_payment_it": (1.1, 1.0, 0.9, 1.2, 1.3, 0.2),
    "doors_entrance": (1.0, 1.0, 0.9, 1.2, 1.1, 1.0),
    "material_handling_lift": (1.0, 0.6, 0.1, 2.2, 0.3, 8.0),
    "security_loss_prevention": (1.0, 0.8, 1.0, 1.6, 1.8, 0.8),
}

KIND_SHARE: Final = (0.58, 0.20, 0.11, 0.11)
REQUESTS_PER_YEAR: Final = (1.1, 3.5, 10.0, 7.0)
"""How often an asset of each kind needs somebody."""
KIND_SEVERE: Final = (-2.1, -0.2, 1.9, -1.3)
"""Log-odds of severe by kind, on top of the cause's own."""
KIND_EFFECT: Final[Mapping[str, Sequence[float]]] = {
    "plumbing_leak_drain": (0.9, 1.8, 0.9, 1.3), "roof_structural": (0.8, 2.4, 0.9, 0.8), "lighting_electrical": (1.0,
    1.7, 0.8, 0.7),
    "hvac_comfort": (1.0, 1.2, 1.6, 0.5), "refrigeration_temp": (1.0, 1.1, 1.8, 0.5), "food_equipment": (1.0, 1.0, 1.7,
    0.9),
    "pos_payment_it": (1.0, 0.6, 1.7, 1.0), "doors_entrance": (0.9, 1.0, 0.7, 2.4), "general_building": (0.9, 0.9, 0.4,
    2.6),
    "security_loss_prevention": (1.0, 0.7, 1.1, 1.9), "pest_janitorial_exterior": (1.0, 0.8, 0.5, 2.0),
    "material_handling_lift": (0.9, 1.1, 1.0, 2.0), "fire_life_safety": (1.0, 1.2, 1.5, 1.0),
}  # fmt: skip
"""How much likelier a cause is for an asset of each kind."""
DRIFT: Final[Mapping[str, float]] = {"hvac_comfort": 1.7, "security_loss_prevention": 1.6, "lighting_electrical": 0.7}
"""Factor on the odds of a cause that mild drift reaches at the end."""
NEWCOMER: Final = "pest_janitorial_exterior"

SEVERE_BASE: Final = (-1.1, -1.3, -0.7, -1.5, -1.1, -0.8, -2.1, -1.3, -1.2, -1.7, -0.3, -0.8, -0.6)
"""Log-odds of severe, by cause."""
WORST_OF_SEVERE: Final = (0.22, 0.16, 0.42, 0.22, 0.25, 0.34, 0.12, 0.12, 0.15, 0.12, 0.60, 0.42, 0.35)
COSMETIC_OF_MILD: Final = (0.25, 0.20, 0.15, 0.35, 0.25, 0.20, 0.75, 0.25, 0.30, 0.35, 0.10, 0.15, 0.20)

ASSET_WEIGHT: Final[Mapping[str, Mapping[str, float]]] = {
    "plumbing_leak_drain": {"plumbing_fixture": 45, "drain_sewer": 28, "water_heater": 10, "display_case": 6,
    "ice_machine": 4, "roof": 4, "rooftop_unit": 3},
    "hvac_comfort": {"rooftop_unit": 55, "air_handler": 30, "building_fabric": 4, "automatic_door": 5,
    "refrigeration_rack": 3, "electrical_panel": 3},
    "refrigeration_temp": {"display_case": 38, "walk_in_cooler": 24, "walk_in_freezer": 18, "refrigeration_rack": 16,
    "ice_machine": 4},
    "lighting_electrical": {"lighting": 62, "electrical_panel": 24, "signage": 6, "display_case": 3, "rooftop_unit": 2,
    "building_fabric": 3},
    "doors_entrance": {"automatic_door": 44, "roller_shutter": 18, "exit_door": 14, "walk_in_cooler": 8,
    "building_fabric": 8, "dock_forklift": 8},
    "pos_payment_it": {"checkout_terminal": 66, "network_device": 26, "electrical_panel": 4, "cctv_eas": 4},
    "general_building": {"building_fabric": 62, "signage": 14, "roof": 5, "exit_door": 4, "plumbing_fixture": 5,
    "lighting": 6, "parking_exterior": 4},
    "food_equipment": {"oven_rotisserie": 58, "ice_machine": 26, "walk_in_cooler": 5, "display_case": 8,
    "electrical_panel": 3},
    "security_loss_prevention": {"cctv_eas": 64, "safe_cash_device": 18, "roller_shutter": 6, "network_device": 8,
    "exit_door": 4},
    "pest_janitorial_exterior": {"parking_exterior": 42, "waste_area": 32, "drain_sewer": 8, "building_fabric": 12,
    "baler": 6},
    "fire_life_safety": {"fire_alarm_panel": 52, "sprinkler": 26, "exit_door": 12, "electrical_panel": 5,
    "lighting": 5},
    "material_handling_lift": {"dock_forklift": 46, "elevator_escalator": 28, "baler": 22, "roller_shutter": 4},
    "roof_structural": {"roof": 80, "building_fabric": 14, "rooftop_unit": 6},
}  # fmt: skip
ASSET_NAMED: Final = (0.80, 0.92, 0.95, 0.82, 0.90, 0.94, 0.64, 0.94, 0.88, 0.64, 0.92, 0.94, 0.84)
"""How often the asset concerned bears a number, by cause."""

_CODES: Final[Mapping[str, Mapping[str, float]]] = {
    "plumbing_leak_drain": {"leak": 40, "blocked": 30, "odor": 8, "broken": 10, "spill": 8, "no_start": 2, "damage": 2},
    "hvac_comfort": {"temp_high": 36, "temp_low": 22, "noise": 12, "no_start": 12, "leak": 8, "odor": 4, "alarm": 4,
    "broken": 2},
    "refrigeration_temp": {"temp_high": 52, "alarm": 16, "leak": 10, "noise": 8, "no_start": 6, "broken": 4,
    "blocked": 2, "temp_low": 2},
    "lighting_electrical": {"no_power": 38, "broken": 30, "noise": 6, "alarm": 2, "damage": 8, "cosmetic": 8,
    "no_start": 4, "odor": 4},
    "doors_entrance": {"jammed": 42, "broken": 24, "noise": 8, "damage": 12, "no_start": 8, "alarm": 6},
    "pos_payment_it": {"offline": 48, "no_power": 12, "no_start": 12, "broken": 14, "jammed": 10, "alarm": 4},
    "general_building": {"damage": 36, "cosmetic": 30, "broken": 20, "leak": 8, "spill": 2, "noise": 4},
    "food_equipment": {"no_start": 28, "temp_low": 16, "temp_high": 10, "broken": 18, "leak": 10, "noise": 8,
    "alarm": 6, "jammed": 4},
    "security_loss_prevention": {"offline": 44, "alarm": 20, "broken": 14, "jammed": 8, "no_power": 10, "damage": 4},
    "pest_janitorial_exterior": {"infestation": 36, "spill": 26, "damage": 14, "odor": 12, "blocked": 8, "cosmetic": 4},
    "fire_life_safety": {"alarm": 46, "inspection": 20, "offline": 12, "broken": 10, "leak": 6, "no_power": 6},
    "material_handling_lift": {"jammed": 26, "no_start": 28, "broken": 18, "noise": 10, "leak": 6, "alarm": 6,
    "inspection": 6},
    "roof_structural": {"leak": 58, "damage": 30, "broken": 8, "noise": 4},
}  # fmt: skip
_TRADE_MIX_UP: Final[Mapping[str, Mapping[str, float]]] = {
    "plumbing_leak_drain": {"roof_structural": 4, "general_building": 6, "pest_janitorial_exterior": 4,
    "refrigeration_temp": 3, "hvac_comfort": 3},
    "hvac_comfort": {"refrigeration_temp": 5, "general_building": 6, "lighting_electrical": 4, "doors_entrance": 2},
    "refrigeration_temp": {"hvac_comfort": 6, "food_equipment": 9, "plumbing_leak_drain": 3, "lighting_electrical": 2},
    "lighting_electrical": {"general_building": 8, "pos_payment_it": 3, "hvac_comfort": 2, "fire_life_safety": 2,
    "refrigeration_temp": 2},
    "doors_entrance": {"security_loss_prevention": 7, "general_building": 8, "material_handling_lift": 4},
    "pos_payment_it": {"lighting_electrical": 4, "security_loss_prevention": 5, "general_building": 3},
    "general_building": {"plumbing_leak_drain": 5, "doors_entrance": 5, "pest_janitorial_exterior": 4,
    "roof_structural": 3, "lighting_electrical": 3},
    "food_equipment": {"refrigeration_temp": 11, "plumbing_leak_drain": 3, "lighting_electrical": 3,
    "general_building": 2},
    "security_loss_prevention": {"pos_payment_it": 6, "doors_entrance": 6, "lighting_electrical": 2,
    "fire_life_safety": 3},
    "pest_janitorial_exterior": {"general_building": 10, "plumbing_leak_drain": 6, "material_handling_lift": 2},
    "fire_life_safety": {"security_loss_prevention": 7, "lighting_electrical": 6, "doors_entrance": 4,
    "plumbing_leak_drain": 4},
    "material_handling_lift": {"doors_entrance": 8, "general_building": 6, "lighting_electrical": 2},
    "roof_structural": {"plumbing_leak_drain": 12, "general_building": 12, "hvac_comfort": 5},
}  # fmt: skip
_INTAKES: Final[Mapping[str, Sequence[float]]] = {
    "refrigeration_temp": (40, 18, 6, 20, 16), "hvac_comfort": (52, 18, 10, 4, 16), "fire_life_safety": (34, 30, 6, 22,
    8),
    "pos_payment_it": (46, 40, 12, 1.5, 0.5), "lighting_electrical": (60, 20, 15, 1, 4),
}  # fmt: skip
_DANGER_MIX: Final[Mapping[str, Mapping[str, float]]] = {
    "plumbing_leak_drain": {"flood": 40, "sewage": 34, "trip": 24, "electrical": 2},
    "hvac_comfort": {"gas_leak": 28, "smoke_fire": 30, "chemical": 20, "electrical": 22},
    "refrigeration_temp": {"chemical": 44, "electrical": 18, "smoke_fire": 16, "entrapment": 10, "trip": 12},
    "lighting_electrical": {"electrical": 58, "smoke_fire": 26, "trip": 12, "egress_blocked": 4},
    "doors_entrance": {"egress_blocked": 48, "entrapment": 16, "trip": 36},
    "pos_payment_it": {"electrical": 62, "smoke_fire": 28, "trip": 10},
    "general_building": {"trip": 84, "egress_blocked": 12, "electrical": 4},
    "food_equipment": {"gas_leak": 34, "smoke_fire": 34, "electrical": 24, "chemical": 8},
    "security_loss_prevention": {"egress_blocked": 34, "fire_system_impaired": 20, "electrical": 26, "entrapment": 20},
    "pest_janitorial_exterior": {"trip": 62, "chemical": 22, "sewage": 16},
    "fire_life_safety": {"fire_system_impaired": 74, "smoke_fire": 16, "egress_blocked": 10},
    "material_handling_lift": {"entrapment": 40, "trip": 22, "electrical": 14, "chemical": 16, "smoke_fire": 8},
    "roof_structural": {"flood": 46, "trip": 34, "electrical": 14, "egress_blocked": 6},
}  # fmt: skip
DANGER_TICKED: Final = (0.20, 0.05, 0.010, 0.004)
"""Chance that intake ticked a danger, by severity."""

MONEY_PER_HOUR: Final = (260.0, 1200.0, 1300.0, 480.0, 520.0, 1100.0, 90.0, 340.0, 300.0, 150.0, 700.0, 620.0, 650.0)
EXTRA_HOURS: Final = (30.0, 12.0)
EXTRA_HOURS_SPREAD: Final = 0.6
"""Extra trading hours lost by waiting for a routine visit: median and spread of the two severities that cannot wait."""
SPOILT_SHARE: Final = (0.8, 0.35)
AFFECTED_SHARE: Final = (0.28, 0.22, 0.14, 0.12)
PRODUCT_VALUE: Final[Mapping[str, float]] = {"refrigeration_temp": 1100.0, "food_equipment": 700.0}
USUAL_PRODUCT_VALUE: Final = 90.0
UNITS_DOWN_SHARE: Final = (0.50, 0.36, 0.22, 0.18)
FOOD_CELSIUS: Final = (7.2, 5.9, 4.5, 3.8)
FOOD_CELSIUS_ELSEWHERE: Final = 3.6
SLOPE_CELSIUS_PER_HOUR: Final = (1.8, 1.2, 0.6, 0.4)
SENSOR_CELSIUS: Final[Mapping[str, float]] = {"refrigeration_temp": 5.0, "food_equipment": 8.0}
MINUTES_ABOVE: Final = (90.0, 60.0, 35.0, 25.0)
FIRE_SYSTEM_OUT_HOURS: Final = (5.0, 2.0, 0.6, 0.4)
POWER_OUT_HOURS: Final = (2.4, 1.6, 0.7, 0.6)
URGENCY_SCORE: Final = (1.6, 1.1, 0.0, -0.4)
URGENCY_CUTS: Final = (-0.7, 1.3, 2.9)
URGENCY_NOISE: Final = 0.8
"""Typed urgency is an ordered logit: severity's score plus how loud the reporter is, against these cuts."""
STORM: Final = 0.03
STORM_GIVEN_CAUSE: Final[Mapping[str, float]] = {"roof_structural": 0.20, "lighting_electrical": 0.06}
HARSH: Final[Mapping[str, Sequence[float]]] = {
    "hvac_comfort": (6.0, 5.0, 0.5, 0.0),
    "refrigeration_temp": (2.0, 2.0, 0.0, 0.0),
}
"""Degrees by which it is hotter than usual in the warm half of the year and colder in the cold one, by severity."""
OUTAGE: Final = (0.012, 0.012, 0.012, 0.012)
OUTAGE_GIVEN_CAUSE: Final[Mapping[str, Sequence[float]]] = {
    "lighting_electrical": (0.30, 0.20, 0.02, 0.01),
    "pos_payment_it": (0.08, 0.06, 0.02, 0.01),
}
# Chance that a reading is there at all, by cause; elsewhere somebody measured what is fine.
FOOD_MEASURED: Final[Mapping[str, float]] = {"refrigeration_temp": 0.55, "food_equipment": 0.15}
PRODUCT_VALUED: Final[Mapping[str, float]] = {"refrigeration_temp": 0.50, "food_equipment": 0.40}
POWER_COUNTED: Final[Mapping[str, float]] = {
    "lighting_electrical": 0.05,
    "refrigeration_temp": 0.04,
    "food_equipment": 0.03,
}
FIRE_SYSTEM_TIMED: Final[Mapping[str, float]] = {"fire_life_safety": 0.40}
LANES_COUNTED: Final[Mapping[str, float]] = {"pos_payment_it": 0.70}
UNITS_COUNTED: Final[Mapping[str, float]] = {
    "hvac_comfort": 0.35, "refrigeration_temp": 0.35, "lighting_electrical": 0.35, "doors_entrance": 0.35,
    "security_loss_prevention": 0.35, "material_handling_lift": 0.35,
}  # fmt: skip
WIRED: Final[Mapping[str, float]] = {"refrigeration_temp": 0.35, "hvac_comfort": 0.25}


def table(rows: Mapping[str, Mapping[str, float]], columns: Sequence[str], *, stray: float = 0.02) -> Floats:
    """Write a sparse table as rows of probabilities, in the order of CAUSES and `columns`; a little goes anywhere."""
    dense = np.array([[rows[cause].get(name, 0.0) for name in columns] for cause in CAUSES], dtype=np.float64)
    return np.asarray((1.0 - stray) * dense / dense.sum(axis=1, keepdims=True) + stray / len(columns))


def over_causes(rows: Mapping[str, Any], usual: Any) -> Floats:
    """Write one entry per cause, the usual one where a cause is not listed."""
    return np.array([rows.get(cause, usual) for cause in CAUSES], dtype=np.float64)


ASSET_GIVEN_CAUSE: Final = table(ASSET_WEIGHT, ASSET_CLASSES)
CODE_GIVEN_CAUSE: Final = table(_CODES, PROBLEM_CODES)
_RIGHT_TICK: Final = 0.60
TICK_GIVEN_CAUSE: Final = table(_TRADE_MIX_UP, CAUSES) * (1.0 - _RIGHT_TICK) + np.eye(len(CAUSES)) * _RIGHT_TICK
INTAKE_GIVEN_CAUSE: Final = over_causes(_INTAKES, (58, 26, 15, 0.5, 0.5))
DANGER_GIVEN_CAUSE: Final = table(_DANGER_MIX, DANGERS)


FORMAT_GIVEN_CAUSE: Final = over_causes(FORMAT_EFFECT, (1.0,) * len(FORMATS))
KIND_GIVEN_CAUSE: Final = over_causes(KIND_EFFECT, (1.0,) * len(KINDS))


def season(month: Floats) -> Floats:
    """Return each row's factors on the causes by calendar month 1-12: cooling in summer, roofs and snow in winter."""
    summer = np.exp(-(((month - 7.5) / 1.6) ** 2))
    winter = np.exp(-(((np.where(month < 7, month + 12, month) - 13.0) / 1.8) ** 2))
    weights = np.ones((len(month), len(CAUSES)))
    for cause, hot, cold in (
        ("hvac_comfort", 1.8, 0.8), ("refrigeration_temp", 1.6, -0.3), ("roof_structural", 0.1, 1.2),
        ("pest_janitorial_exterior", 0.3, 0.8), ("plumbing_leak_drain", 0.0, 0.3), ("pos_payment_it", 0.0, 0.25),
        ("lighting_electrical", -0.15, 0.3),
    ):  # fmt: skip
        weights[:, CAUSES.index(cause)] = 1.0 + hot * summer + cold * winter
    return weights
