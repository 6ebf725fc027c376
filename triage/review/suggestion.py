"""The ruling that a decision suggests: what a reviewer confirms with one key, and what an override departs from."""

from dataclasses import dataclass
from typing import Final, Literal

from models.heads import Heads

Action = Literal["accepted", "corrected"]

AS_SUGGESTED: Final = "as_suggested"
"""The reason code of a ruling that confirms the suggestion; every policy has it, and no other ruling may use it."""
_EVEN: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A whole ruling as the service would make it. It is never made without a person."""

    action: Action
    cause: str


def suggest(*, cause: str | None, risk: float | None, disposition: str | None, heads: Heads) -> Suggestion | None:
    """Return the ruling that the decision makes likeliest, None where it does not say.

    A cause that settles the question goes before the risk; else the likelier of right and wrong is suggested. Without
    a risk (rules decided) only the disposition `confirm` says anything: that straight through is expected to be right.
    """
    if cause is None or cause not in heads.labels:
        return None
    if cause in heads.always_wrong:
        return Suggestion(action="corrected", cause=cause)
    if cause in heads.never_wrong or (risk is None and disposition == "confirm"):
        return Suggestion(action="accepted", cause=cause)
    # What was escalated is never one key away from going straight through: a model clears no control.
    if risk is None or (disposition == "escalate" and risk < _EVEN):
        return None
    return Suggestion(action="corrected" if risk >= _EVEN else "accepted", cause=cause)
