"""What a maintenance desk knows by heart: which trade an asset belongs to, its usual priority, the words people use for
it."""

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

Trade = Literal[
    "plumbing_leak_drain", "hvac_comfort", "refrigeration_temp", "lighting_electrical", "doors_entrance",
    "pos_payment_it", "general_building", "food_equipment", "security_loss_prevention", "pest_janitorial_exterior",
    "fire_life_safety", "material_handling_lift", "roof_structural",
]  # fmt: skip
"""The trade as the requester ticked it; the model's causes bear the same names but are what it turned out to be."""

AssetClass = Literal[
    "plumbing_fixture", "drain_sewer", "water_heater", "rooftop_unit", "air_handler", "walk_in_cooler",
    "walk_in_freezer", "display_case", "refrigeration_rack", "lighting", "electrical_panel", "automatic_door",
    "roller_shutter", "exit_door", "checkout_terminal", "network_device", "building_fabric", "signage",
    "oven_rotisserie", "ice_machine", "cctv_eas", "safe_cash_device", "parking_exterior", "waste_area",
    "fire_alarm_panel", "sprinkler", "elevator_escalator", "dock_forklift", "baler", "roof",
]  # fmt: skip

TRADES: Final[tuple[str, ...]] = get_args(Trade)
ASSET_CLASSES: Final[tuple[str, ...]] = get_args(AssetClass)

TRADE_OF_ASSET: Final[Mapping[str, str]] = {
    "plumbing_fixture": "plumbing_leak_drain", "drain_sewer": "plumbing_leak_drain",
    "water_heater": "plumbing_leak_drain", "rooftop_unit": "hvac_comfort", "air_handler": "hvac_comfort",
    "walk_in_cooler": "refrigeration_temp", "walk_in_freezer": "refrigeration_temp",
    "display_case": "refrigeration_temp", "refrigeration_rack": "refrigeration_temp",
    "lighting": "lighting_electrical", "electrical_panel": "lighting_electrical",
    "automatic_door": "doors_entrance", "roller_shutter": "doors_entrance", "exit_door": "doors_entrance",
    "checkout_terminal": "pos_payment_it", "network_device": "pos_payment_it",
    "building_fabric": "general_building", "signage": "general_building",
    "oven_rotisserie": "food_equipment", "ice_machine": "food_equipment",
    "cctv_eas": "security_loss_prevention", "safe_cash_device": "security_loss_prevention",
    "parking_exterior": "pest_janitorial_exterior", "waste_area": "pest_janitorial_exterior",
    "fire_alarm_panel": "fire_life_safety", "sprinkler": "fire_life_safety",
    "elevator_escalator": "material_handling_lift", "dock_forklift": "material_handling_lift",
    "baler": "material_handling_lift", "roof": "roof_structural",
}  # fmt: skip

DEFAULT_PRIORITY: Final[Mapping[str, int]] = {
    "plumbing_leak_drain": 2, "hvac_comfort": 3, "refrigeration_temp": 2, "lighting_electrical": 3,
    "doors_entrance": 2, "pos_payment_it": 2, "general_building": 4, "food_equipment": 3,
    "security_loss_prevention": 2, "pest_janitorial_exterior": 3, "fire_life_safety": 1,
    "material_handling_lift": 2, "roof_structural": 2,
}  # fmt: skip
"""The level a desk gives a trade before it knows more; what raises it (food, lanes, weather) is in the features."""

LICENCE_OF_TRADE: Final[Mapping[str, str]] = {
    "lighting_electrical": "electrical", "refrigeration_temp": "refrigerant", "hvac_comfort": "refrigerant",
    "fire_life_safety": "fire_systems", "material_handling_lift": "elevator",
}  # fmt: skip
"""Trades whose work the law reserves to licensed people. Gas and plumbing licences depend on the place: see the
policy."""

USUAL_LIFE_YEARS: Final[Mapping[str, float]] = {
    "rooftop_unit": 15.0, "air_handler": 18.0, "walk_in_cooler": 15.0, "walk_in_freezer": 15.0, "display_case": 12.0,
    "refrigeration_rack": 18.0, "automatic_door": 12.0, "checkout_terminal": 6.0, "network_device": 6.0,
    "oven_rotisserie": 10.0, "ice_machine": 8.0, "cctv_eas": 8.0, "water_heater": 10.0, "elevator_escalator": 25.0,
    "roof": 25.0,
}  # fmt: skip
"""Years an asset class lasts; 20 where not listed."""

_WORDS: Final[Mapping[str, str]] = {
    "plumbing_leak_drain": "toilet toilets restroom restrooms sink faucet drain drains clog clogged urinal plumbing "
    "plumber pipe sewage sewer leak leaking water",
    "hvac_comfort": "hvac ac heat heating hot thermostat rtu airflow vent furnace warm humid",
    "refrigeration_temp": "cooler freezer case cases walk-in fridge refrigeration rack compressor evaporator dairy "
    "frozen temp defrost thawing",
    "lighting_electrical": "light lights lighting lamp bulb ballast breaker outlet panel power electrical outage "
    "flicker flickering",
    "doors_entrance": "door doors entrance lock hinge shutter vestibule latch closer handle",
    "pos_payment_it": "register registers pos terminal pinpad card payment network printer scanner lane lanes internet "
    "checkout",
    "general_building": "ceiling tile tiles floor wall paint shelf shelving sign fixture counter",
    "food_equipment": "oven ice rotisserie fryer grill slicer proofer dishwasher steamer",
    "security_loss_prevention": "camera cameras cctv eas alarm safe tag gate dvr",
    "pest_janitorial_exterior": "pest mice mouse rat rats roach roaches ants flies spill lot parking snow trash "
    "dumpster",
    "fire_life_safety": "sprinkler extinguisher fire smoke strobe",
    "material_handling_lift": "dock forklift baler elevator escalator leveler lift compactor",
    "roof_structural": "roof gutter skylight structural beam",
}  # fmt: skip
_TRADE_OF_WORD: Final = {word: TRADES.index(trade) for trade, words in _WORDS.items() for word in words.split()}
_GRAVE: Final = re.compile(
    r"\b(?:(?:had|have) to close|closed (?:the|off|down)|(?:can ?not|can'?t|unable to) "
    r"(?:sell|trade|serve|open|lock)|worse\b|worsening|spreading"
    r"|walking out|leaving|lost sales|losing|(?:need|send) (?:someone|somebody|help) (?:now|right away|immediately)"
    r"|immediately|emergency|asap|urgent|all of them|product (?:is )?(?:being )?(?:moved|lost|thawing|warm))"
)
_CALM: Final = re.compile(
    r"\b(?:no (?:rush|hurry)|not urgent|low priority|whenever|when (?:you|u) (?:have|get) (?:time|a chance)|work "
    r"?around"
    r"|still (?:usable|works|working|running|ok)|(?:only|just) (?:looks|cosmetic)|cosmetic|for weeks|for months"
    r"|off and on|on and off|intermittent\w*|sometimes|next visit)"
)
_WORD: Final = re.compile(r"[a-z][a-z-]*")


def trade_by_keywords(description: str | None) -> int | None:
    """Return the position in TRADES of the trade whose words a description uses most, the first of equals; None for
    none."""
    votes: dict[int, int] = {}
    for word in _WORD.findall(description.lower()) if description else ():
        trade = _TRADE_OF_WORD.get(word)
        if trade is not None:
            votes[trade] = votes.get(trade, 0) + 1
    return max(votes, key=lambda trade: (votes[trade], -trade)) if votes else None


def grave_words(description: str | None) -> int:
    """Count the expressions for trade lost or something getting worse.

    >>> grave_words("We had to close the department, getting worse")
    2
    """
    return len(_GRAVE.findall(description.lower())) if description else 0


def calm_words(description: str | None) -> int:
    """Count the expressions for what can wait.

    >>> calm_words("still usable, no rush")
    2
    """
    return len(_CALM.findall(description.lower())) if description else 0
