"""Why the risk is what it is, in words an analyst uses.

The exact contributions of the risk model (TreeSHAP) are summed by family of features, so near-duplicates do not crowd
each other out; the family's strongest feature tells the story.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.recipe import Feature
from models.heads import Heads
from models.score import Reason, ReasonCode, Score
from models.text_projection import FAMILY as TEXT_FAMILY

MAX_REASONS: Final = 4
_EFFECTS: Final = ("raises the risk", "lowers the risk")
_UNITS: Final = {"degrees Celsius": "°C", "degrees Celsius per hour": "°C/h"}
_DURATIONS: Final = ("days", "hours", "minutes")
MIN_RISK_TO_EXPLAIN: Final = 0.25
"""From this risk on, a likeliest cause with which nothing is wrong needs a word of explanation."""
MAX_CAUSES_AGAINST: Final = 3
_MIN_CONTRIBUTION: Final = 0.02
"""Log-odds; a contribution of less moves a risk of 50 % by under half a point."""


class Explainer:
    """Write the reasons of one model's scores."""

    def __init__(self, features: Sequence[Feature], flags: frozenset[str]) -> None:
        """Prepare for features in row order; `flags` names the numbers that are only ever 0 or 1."""
        self._features = tuple(features)
        self._flags = flags
        members: dict[str, list[int]] = {}
        for at, feature in enumerate(features):
            members.setdefault(feature.family, []).append(at)
        self._families = tuple(members)
        self._members = tuple(members.values())
        self._order = np.array([at for positions in self._members for at in positions])
        sizes = [len(positions) for positions in self._members]
        self._starts = np.cumsum([0, *sizes[:-1]])

    def reasons(self, row: NDArray[np.float64], contributions: NDArray[np.float64]) -> tuple[Reason, ...]:
        """Return the strongest reasons of one row, strongest first; `contributions` are per feature, in log-odds."""
        sums = np.add.reduceat(contributions[self._order], self._starts)
        strongest = np.argsort(-np.abs(sums), kind="stable")[:MAX_REASONS].tolist()
        return tuple(
            self._reason(family, float(sums[family]), row, contributions)
            for family in strongest
            if abs(sums[family]) >= _MIN_CONTRIBUTION
        )

    def _reason(
        self, family: int, contribution: float, row: NDArray[np.float64], contributions: NDArray[np.float64]
    ) -> Reason:
        sign = 1.0 if contribution > 0 else -1.0
        at = max(self._members[family], key=lambda position: sign * contributions[position])
        feature = self._features[at]
        effect = _EFFECTS[0 if contribution > 0 else 1]
        name = self._families[family]
        return Reason(
            code=f"{ReasonCode.MODEL}:{name.strip().lower().replace(' ', '_')}",
            text=f"{self._story(feature, float(row[at]))} {effect}.",
            weight=round(contribution, 4),
        )

    def _story(self, feature: Feature, value: float) -> str:
        title = feature.title[:1].upper() + feature.title[1:]
        if feature.family == TEXT_FAMILY and feature.sources == ("text",):
            return "The lack of text" if np.isnan(value) else title
        return f"{title}: {self._shown(feature, value)}, which"

    def _shown(self, feature: Feature, value: float) -> str:
        return (
            ("yes" if value else "no") if feature.name in self._flags and not np.isnan(value) else shown(feature, value)
        )


def explain_difference(score: Score, heads: Heads) -> Reason | None:
    """Return why the likeliest cause and the risk point apart, None where they do not.

    The likeliest cause may be one with which nothing is wrong while the others together are likelier, or the other way
    round.
    """
    first, others = score.causes[0], score.causes[1:]
    harmless = first.label in heads.never_wrong
    if not (harmless and score.risk >= MIN_RISK_TO_EXPLAIN) and not (
        first.label in heads.always_wrong and score.risk < 0.5
    ):
        return None
    against = [cause for cause in others if (cause.label in heads.never_wrong) is not harmless][:MAX_CAUSES_AGAINST]
    listed = ", ".join(f"{heads.labels.get(cause.label, cause.label)} {cause.probability:.0%}" for cause in against)
    text = (
        f"{heads.labels[first.label]} is the likeliest single cause, at {first.probability:.0%}. "
        f"The risk of {score.risk:.0%} counts all causes together"
    )
    return Reason(code=f"{ReasonCode.MODEL}:causes", text=f"{text}: beside it {listed}." if listed else f"{text}.")


def shown(feature: Feature, value: float) -> str:
    """Write a feature's value as a person reads it: by its unit, "missing" for NaN."""
    if np.isnan(value):
        return "missing"
    if feature.kind == "category":
        known = 0 <= value < len(feature.vocabulary)
        return feature.vocabulary[int(value)].replace("_", " ") if known else "another"
    match feature.unit:
        case "fraction":
            return f"{value:.1%}" if abs(value) < 0.1 else f"{value:.0%}"
        case "money":
            return f"{value:,.2f}"
        case "count":
            return f"{value:,.0f}"
        case unit if unit in _DURATIONS:
            length = _length(value)
            return f"{length} {unit[:-1] if length == '1' else unit}"
        case "ratio":
            return f"{value:,.2f}×"
        case "":
            return _plain(value)
        case unit:
            return f"{_plain(value)} {_UNITS.get(unit, unit)}"


def take_apart(text: str) -> tuple[str, str]:
    """Take a reason's text apart into what was seen and how much of it, for a page that draws the effect itself.

    >>> take_apart("Returns in a year: 9, which raises the risk.")
    ('Returns in a year', '9')
    >>> take_apart("What the text says lowers the risk.")
    ('What the text says', '')
    """
    for effect in _EFFECTS:
        text = text.removesuffix(f" {effect}.")
    what, found, value = text.removesuffix(", which").rpartition(": ")
    return (what, value) if found else (value, "")


def _length(value: float) -> str:
    """Write a length of time: nobody needs its hundredths."""
    if value.is_integer() or abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 0.05 else "almost 0"


def _plain(value: float) -> str:
    """Write a number with as few digits as tell it apart: none for whole and large ones, else two."""
    if value.is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return "almost 0"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2g}" if abs(value) < 1 else f"{value:,.2f}".rstrip("0")
