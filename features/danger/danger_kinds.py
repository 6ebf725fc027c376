"""Which kinds of danger count where: at a site that asks for maintenance, and with goods, customers and suppliers."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.columns import Column
from features.danger.scan import dangers_named

TICKED: Final = (
    "gas_leak", "smoke_fire", "electrical", "trip", "entrapment", "flood", "sewage", "chemical", "egress_blocked",
    "fire_system_impaired",
)  # fmt: skip
"""Kinds that intake can tick, in the order of their columns."""

LIFE_THREATS: Final = frozenset({"gas_leak", "smoke_fire", "entrapment", "explosion"})
"""Dangers where people leave or are freed before anyone looks at the ticket."""

PEOPLE: Final = frozenset({"injury", "violence", "crime_in_progress", "explosion", "unsafe"})
SITE: Final = PEOPLE | {*TICKED, "collapse", "glass", "machine_guard"}
GOODS: Final = PEOPLE | {
    "contamination", "allergen", "recall", "tampering", "product_hazard", "gas_leak",
}  # fmt: skip
"""Goods are called after fire, smoke and glass; there only what happened with them counts."""


def named(text: str | None, kinds: frozenset[str]) -> frozenset[str]:
    """Return those of the kinds that a text names, none where there is no text."""
    if not text:
        return frozenset()
    return kinds.intersection(danger.kind for danger in dangers_named(text))


def dangers_per_text(texts: Sequence[str | None]) -> Column:
    """Return how many kinds of danger each free text about goods names, 0 where there is no text."""
    return np.array([float(len(named(text, GOODS))) for text in texts], dtype=np.float64)
