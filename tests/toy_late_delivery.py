"""The card of the small domain in `tests.toy_data`, for what looks a domain up by its name."""

from pathlib import Path

from models.heads import Heads
from tests.toy_data import LABELS, RECIPE
from triage.domain import Domain

DOMAIN = Domain(
    name="late_delivery",
    title="Late deliveries",
    recipe=RECIPE,
    heads=Heads(
        labels={label: label for label in LABELS}, straight_through="wait", wrong_when="it is lost", loss_is="value"
    ),
    policy_file=Path("none.yaml"),
    subject=("carrier_id",),
)
