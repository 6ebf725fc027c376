"""A fifth domain in a package of its own: what a deployment adds through TRIAGE_DOMAIN_MODULES."""

from pathlib import Path

from toy_domain.heads import HEADS
from toy_domain.payload import RECIPE
from triage.domain import Domain

DOMAIN = Domain(
    name="price_override",
    title="Till price overrides",
    recipe=RECIPE,
    heads=HEADS,
    policy_file=Path(__file__).parent / "price_override.yaml",
    subject=("receipt_id", "charged_price", "cashier_id"),
)
