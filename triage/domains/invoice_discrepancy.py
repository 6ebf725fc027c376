"""Invoice discrepancies of the three-way match."""

from pathlib import Path
from typing import Final

from features.domains.invoice_discrepancy.doubles import claim
from features.domains.invoice_discrepancy.features import RECIPE
from features.domains.invoice_discrepancy.from_bills import payloads, unread_payload
from features.domains.invoice_discrepancy.panels import EVIDENCE
from models.domains.invoice_discrepancy import HEADS
from triage.domain import Domain

DOMAIN: Final = Domain(
    name="invoice_discrepancy",
    title="Invoice discrepancies",
    recipe=RECIPE,
    heads=HEADS,
    claim=claim,
    bills=payloads,
    unread=unread_payload,
    evidence=EVIDENCE,
    policy_file=Path(__file__).resolve().parents[2] / "policies" / "domains" / "invoice_discrepancy.yaml",
    subject=("invoice_id", "supplier_id", "po_id", "sku", "line_amount"),
    requesters=("po_requester", "po_buyer", "created_by"),
)
