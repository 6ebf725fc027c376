"""Replenishment risk, the domain's card."""

from pathlib import Path
from typing import Final

from features.replenishment_risk import RECIPE
from models.replenishment_risk import HEADS
from triage.domain import Domain

DOMAIN: Final = Domain(
    name="replenishment_risk",
    title="Replenishment risk",
    recipe=RECIPE,
    heads=HEADS,
    policy_file=Path(__file__).resolve().parents[2] / "policies" / "replenishment_risk.yaml",
    simulator="training.simulators.replenishment_risk:simulate",
    subject=("sku", "site_id", "on_hand", "trigger", "supplier_id"),
)
