"""What a billed line leaves behind for later ones."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import hundredths, millionths
from features.columns import Columns
from features.domains.invoice_discrepancy.billed_lines import lines_that_reduce, signed
from features.history import Trail

SUPPLIER_CAUSES: Final = (
    "receipt_not_posted", "po_price_outdated", "supplier_pricing_error", "short_shipment_or_damage",
    "unplanned_charge", "duplicate_invoice",
)  # fmt: skip
SITE_CAUSES: Final = ("receipt_not_posted", "short_shipment_or_damage", "missing_or_wrong_po")
BUYER_CAUSES: Final = ("po_price_outdated", "missing_or_wrong_po")
LANE_CAUSES: Final = (
    "receipt_not_posted", "po_price_outdated", "supplier_pricing_error", "short_shipment_or_damage", "over_shipment",
    "partial_delivery_split", "unplanned_charge", "missing_or_wrong_po", "duplicate_invoice", "vendor_master_mismatch",
    "data_capture_error",
)  # fmt: skip
LANE_DAYS: Final = 730  # few lines each, so they are remembered longer

TRAILS: Final = (
    Trail(name="supplier", key=("supplier_id",), windows_days=(30, 365), sums=("amount",), causes=SUPPLIER_CAUSES),
    Trail(name="site", key=("site_id",), windows_days=(90, 365), causes=SITE_CAUSES),
    Trail(name="buyer", key=("po_buyer",), windows_days=(365,), causes=BUYER_CAUSES),
    Trail(name="lane", key=("supplier_id", "site_id"), windows_days=(LANE_DAYS,), causes=LANE_CAUSES),
    Trail(name="item", key=("supplier_id", "sku"), windows_days=(365,), last=("unit_price",)),
    Trail(name="subcategory", key=("merch_category", "merch_subcategory"), windows_days=(365,)),
    Trail(name="order", key=("po_id",), windows_days=(365,), last=("amount",)),
    Trail(name="invoice", key=("supplier_id", "invoice_id"), windows_days=(365,), sums=("amount",)),
    # Whatever its line, and whatever the rate of the day: the same number and amount again is the same claim.
    Trail(name="claim", key=("supplier_id", "invoice_id", "line_amount"), windows_days=(365,)),
    Trail(name="account", key=("supplier_id", "supplier_bank_account_hash"), windows_days=(365,)),
)


def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Return what a line adds to the totals of its entities, its amount in hundredths, its price in millionths; a
    credit takes away."""
    names = ("invoice_type", "line_amount", "invoiced_qty", "invoice_unit_price")
    reduces = lines_that_reduce(*(columns[name] for name in names))
    return {
        "amount": hundredths(signed(reduces, columns["line_amount"])),
        "unit_price": millionths(columns["invoice_unit_price"]),
    }
