"""Return fraud and abuse."""

from pathlib import Path
from typing import Final

from features.domains.return_fraud.doubles import claim
from features.domains.return_fraud.features import RECIPE
from features.domains.return_fraud.panels import EVIDENCE
from models.domains.return_fraud import HEADS
from triage.domain import Domain

DOMAIN: Final = Domain(
    name="return_fraud",
    title="Returns",
    recipe=RECIPE,
    heads=HEADS,
    claim=claim,
    evidence=EVIDENCE,
    policy_file=Path(__file__).resolve().parents[2] / "policies" / "domains" / "return_fraud.yaml",
    subject=("return_id", "sku", "claim_type", "channel", "refund_amount"),
    requesters=("associate_id_hash", "approver_id_hash"),
)
