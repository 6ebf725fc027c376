"""Where cases come from: a real business, or a simulator. What was proven about the one proves nothing about the
other."""

import re
from typing import Final

_SIMULATED: Final = re.compile(r"simulated, seed \d+")


def simulated_origin(seed: int) -> str:
    """Return the origin of rows that a simulated retailer made."""
    return f"simulated, seed {seed}"


def is_simulated(origin: str) -> bool:
    """Return whether an origin is one that `simulated_origin` gives; a file may be called what it likes."""
    return _SIMULATED.fullmatch(origin) is not None
