"""Replenishment risk, the domain's card."""

from pathlib import Path
from typing import Final

from features.domains.replenishment_risk.doubles import claim
from features.domains.replenishment_risk.features import RECIPE
from features.domains.replenishment_risk.panels import EVIDENCE
from models.domains.replenishment_risk import HEADS
from triage.domain import Domain

DOMAIN: Final = Domain(
    name="replenishment_risk",
    title="Replenishment risk",
    recipe=RECIPE,
    heads=HEADS,
    claim=claim,
    evidence=EVIDENCE,
    policy_file=Path(__file__).resolve().parents[2] / "policies" / "domains" / "replenishment_risk.yaml",
    subject=("sku", "site_id", "on_hand", "trigger", "supplier_id"),
)
