"""One declared column of a customer's own."""

from dataclasses import dataclass
from typing import Final, Literal

AttributeKind = Literal["number", "flag", "category", "entity", "text"]
PREFIX: Final = "attributes."
"""What its column is called: the prefix and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One declared attribute.

    kind: a number; a flag; a category (few values, learnt as it is: `vocabulary` lists them); an entity (many values,
        learnt through its history only); a text (learnt by the pieces of words in `vocabulary`).
    along: entities whose earlier values of this number or flag are remembered.
    windows_days: an entity's windows, rising. prior, strength: its share wrong before anything is known, and how many
        known cases that weighs. causes, cause_priors: causes counted along it, each with its usual share.
    """

    name: str
    kind: AttributeKind
    vocabulary: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    windows_days: tuple[int, ...] = (90, 730)
    prior: float = 0.2
    strength: float = 5.0
    causes: tuple[str, ...] = ()
    cause_priors: tuple[float, ...] = ()
