"""Invoice discrepancies: the root causes and what the heads learn."""

from collections.abc import Mapping
from typing import Final

from models.heads import Heads

LABELS: Final[Mapping[str, str]] = {
    "receipt_not_posted": "Goods arrived, receipt late or never keyed",
    "po_price_outdated": "Agreed price change missing on the order",
    "supplier_pricing_error": "Supplier billed a wrong price or missed an allowance",
    "short_shipment_or_damage": "Less delivered or accepted than billed",
    "over_shipment": "More delivered and billed than ordered",
    "partial_delivery_split": "Billed in full, the rest still in transit",
    "uom_or_pack_mismatch": "Unit or pack size does not match",
    "unplanned_charge": "Freight or surcharge not on the order",
    "tax_or_fx_variance": "Tax, rounding or exchange rate",
    "missing_or_wrong_po": "No purchase order, or the wrong one",
    "po_closed_or_exhausted": "Order closed, expired or used up",
    "duplicate_invoice": "Same claim billed twice",
    "vendor_master_mismatch": "Vendor master data does not fit",
    "data_capture_error": "Invoice read, mapped or keyed wrongly",
    "suspected_fraud": "Suspected fraud",
}

HEADS: Final = Heads(
    labels=LABELS,
    straight_through="release the invoice line for payment as billed",
    wrong_when=(
        "more would have been paid than was owed: a credit note, claim, chargeback, reversal or investigation later "
        "showed"
        " it; a line that was owed as billed is never wrong to pay, however late its receipt or order correction came"
    ),
    always_wrong=("duplicate_invoice", "suspected_fraud"),
    loss_is="the overpaid amount that is not recovered plus the cost of recovering it",
)
