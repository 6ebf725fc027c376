"""What the models say about one case."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

UNKNOWN_CAUSE: Final = "unknown"
"""The cause of a case where nothing was ever learnt of causes, or a fallback rule names none."""


class ReasonCode(StrEnum):
    """Where a reason comes from."""

    MODEL = "model"
    CONTROL = "control"
    OVERRIDE = "override_rule"
    FLOOR = "floor"
    THRESHOLD = "threshold"
    FALLBACK = "fallback"
    DATA_QUALITY = "data_quality"
    RULE_ERROR = "rule_error"
    CERTIFICATE = "certificate"
    FOUR_EYES = "four_eyes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One ground of a score or decision.

    code: `source:detail`, stable across versions ("model:supplier_history", "control:C-INV-4").
    text: one sentence an analyst can act on.
    weight: for a model reason, its contribution to the risk in log-odds (positive raises the risk); 0 otherwise.
    """

    code: str
    text: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause and the calibrated probability, in [0, 1], that it is the true one."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The three heads for one case.

    causes: every label with its probability, most likely first; they sum to 1. Only UNKNOWN_CAUSE where no cause was
    learnt.
    risk: calibrated probability in [0, 1] that acting straight through would be wrong; high is bad.
    impact: expected loss in the reporting currency given that it would be wrong; never negative.
    reasons: what moved the risk most, strongest first.
    unlike: what is unusual about the case, by the titles of features, where that is more than the model knows; empty
    otherwise.
    """

    causes: tuple[Cause, ...]
    risk: float
    impact: float
    reasons: tuple[Reason, ...]
    model_version: str
    unlike: tuple[str, ...] = ()

    @property
    def expected_loss(self) -> float:
        """Return risk x impact, in the reporting currency."""
        return self.risk * self.impact

    def facts(self) -> Mapping[str, float | str]:
        """Name what policy rules may read of a score."""
        return {
            "risk": self.risk,
            "impact": self.impact,
            "expected_loss": self.expected_loss,
            "cause": self.causes[0].label,
            "cause_probability": self.causes[0].probability,
        }


SCORE_FACTS: Mapping[str, float | str] = {
    "risk": 0.5, "impact": 1.0, "expected_loss": 0.5, "cause": "", "cause_probability": 0.5,
}  # fmt: skip
"""A sample of each score fact, by which rules over scores are type-checked."""
