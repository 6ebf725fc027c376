"""What a return leaves behind for later ones."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import hundredths, thousandths
from features.columns import Columns
from features.domains.return_fraud.claim_codes import APPEASEMENT, ITEM_CLAIMS, KEYED, PRICE_ADJUSTMENT
from features.history import Trail

ABUSE: Final = {"wardrobing": 0.03, "bracketing_abuse": 0.02, "serial_policy_abuse": 0.012}
"""What can be confirmed of a household, and how often that is over all of them."""
FRAUD: Final = (
    "stolen_merchandise", "stolen_tender", "receipt_fraud", "price_arbitrage_or_switch", "item_swap_decoy",
    "empty_box_or_ftid",
    "overstated_quantity", "false_inr_or_snad_claim", "employee_or_collusion",
)  # fmt: skip
LONG_DAYS: Final = 730
PRIOR_WRONG: Final = 0.09
"""How often a return is confirmed as fraud or abuse, over all entities."""

TRAILS: Final = (
    Trail(name="customer", key=("customer_id_hash",), windows_days=(7, 30, 365, LONG_DAYS), sums=("refund",
    "unreceipted", "item_claims"), causes=(*ABUSE, *FRAUD)),
    Trail(name="customer_at_site", key=("customer_id_hash", "site_id"), windows_days=(7,)),
    Trail(name="tender", key=("tender_hash",), windows_days=(30, 365)),
    Trail(name="device", key=("device_hash",), windows_days=(30, 365)),
    Trail(name="address", key=("address_hash",), windows_days=(30, 365, LONG_DAYS), causes=(*ABUSE, *FRAUD)),
    Trail(name="phone", key=("phone_hash",), windows_days=(30, 365)),
    Trail(name="associate", key=("associate_id_hash",), sums=("refund", "keyed", "absent", "reprinted"),
    causes=("employee_or_collusion",)),
    Trail(name="associate_and_tender", key=("associate_id_hash", "tender_hash"), windows_days=(90,)),
    Trail(name="site", key=("site_id",), windows_days=(30, 365), sums=("refund",)),
    Trail(name="sku", key=("sku",), windows_days=(90, 365), sums=("refund", "qty", "item_claims")),
    Trail(name="receipt", key=("original_txn_id",), windows_days=(365,)),
    Trail(name="receipt_line", key=("original_txn_id", "sku"), windows_days=(365,), sums=("qty", "refund")),
    Trail(name="tracking", key=("label_tracking_id",), windows_days=(365,)),
    Trail(name="wording", key=("reason_text",), windows_days=(30,)),
)  # fmt: skip


def _keeps_goods(columns: Columns) -> NDArray[np.bool_]:
    keeps: NDArray[np.bool_] = (columns["claim_type"] == APPEASEMENT) | (columns["reason_code"] == PRICE_ADJUSTMENT)
    return keeps


def measures(columns: Columns) -> dict[str, NDArray[np.int64]]:
    """Return what a return adds to its entities' histories: refund in hundredths, quantity in thousandths, signs as
    0/1."""
    return {
        "refund": hundredths(columns["refund_amount"]),
        # Goods that stay with the customer can still come back: an allowance or an adjusted price uses up no piece.
        "qty": np.where(_keeps_goods(columns), 0, thousandths(columns["qty_claimed"])),
        "unreceipted": (columns["has_receipt"] == 0.0).astype(np.int64),
        "item_claims": np.isin(columns["claim_type"], ITEM_CLAIMS).astype(np.int64),
        "keyed": (columns["item_entry"] == KEYED).astype(np.int64),
        "absent": (columns["customer_present"] == 0.0).astype(np.int64),
        "reprinted": (columns["receipt_reprinted"] == 1.0).astype(np.int64),
    }
