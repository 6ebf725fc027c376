"""Maintenance requests: which broken thing cannot wait for routine planned work?"""

from pathlib import Path
from typing import Final

from features.domains.maintenance_priority.doubles import claim
from features.domains.maintenance_priority.features import RECIPE
from features.domains.maintenance_priority.panels import EVIDENCE
from models.domains.maintenance_priority import HEADS
from triage.domain import Domain

DOMAIN: Final = Domain(
    name="maintenance_priority",
    title="Maintenance requests",
    recipe=RECIPE,
    heads=HEADS,
    claim=claim,
    evidence=EVIDENCE,
    policy_file=Path(__file__).resolve().parents[2] / "policies" / "domains" / "maintenance_priority.yaml",
    subject=("site_id", "asset_class", "reported_urgency", "description"),
    requesters=("reporter_id",),
)
