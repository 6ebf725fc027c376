"""What the models learn of maintenance requests."""

from collections.abc import Mapping
from typing import Final

from models.heads import Heads

LABELS: Final[Mapping[str, str]] = {
    "plumbing_leak_drain": "Plumbing: leak, clog, restroom or sewage",
    "hvac_comfort": "Heating, cooling or ventilation",
    "refrigeration_temp": "Refrigeration: case or walk-in above its limit",
    "lighting_electrical": "Lighting or electrical supply",
    "doors_entrance": "Doors, locks and shutters",
    "pos_payment_it": "Registers, payment terminals or network",
    "general_building": "Building fabric: ceiling, floor, fixtures, signs",
    "food_equipment": "Food equipment: oven, ice machine, rotisserie",
    "security_loss_prevention": "Cameras, alarm, tags or safe",
    "pest_janitorial_exterior": "Pests, cleaning, parking lot or snow",
    "fire_life_safety": "Fire alarm, sprinklers, extinguishers or exit lights",
    "material_handling_lift": "Dock, forklift, baler, elevator or escalator",
    "roof_structural": "Roof or structure",
}

HEADS: Final = Heads(
    labels=LABELS,
    straight_through="the request is dispatched as routine planned work, with a visit in days",
    wrong_when=(
        "afterwards its severity turned out to be P1 or P2 (injury or danger, food lost, trade stopped, long "
        "downtime), whatever "
        "urgency the reporter typed"
    ),
    loss_is="trading hours down beyond a prompt visit, times the money an hour of that trade is worth, plus product "
    "lost",
)
