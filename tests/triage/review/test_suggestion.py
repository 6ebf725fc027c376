"""What a decision suggests: a cause that settles goes before the risk; where nothing is known, nothing."""

import pytest

from models.heads import Heads
from triage.review.suggestion import Suggestion, suggest

HEADS = Heads(
    labels={"honest": "Honest", "stolen": "Stolen", "abuse": "Abuse"},
    straight_through="refund",
    wrong_when="it was fraud",
    loss_is="the refund",
    never_wrong=("honest",),
    always_wrong=("stolen",),
)


@pytest.mark.parametrize(
    ("cause", "risk", "disposition", "action"),
    [
        ("abuse", 0.49, "review", "accepted"),
        ("abuse", 0.50, "review", "corrected"),
        ("abuse", 0.51, "confirm", "corrected"),
        ("abuse", 0.49, "escalate", None),
        ("abuse", 0.50, "escalate", "corrected"),
        ("stolen", 0.01, "review", "corrected"),
        ("honest", 0.99, "review", "accepted"),
        ("stolen", None, "review", "corrected"),
        ("abuse", None, "confirm", "accepted"),
        ("abuse", None, "review", None),
        ("unheard of", 0.9, "review", None),
        (None, None, None, None),
    ],
)
def test_what_is_suggested(cause: str | None, risk: float | None, disposition: str | None, action: str | None) -> None:
    expected = None if action is None or cause is None else Suggestion(action=action, cause=cause)  # type: ignore[arg-type]
    assert suggest(cause=cause, risk=risk, disposition=disposition, heads=HEADS) == expected
