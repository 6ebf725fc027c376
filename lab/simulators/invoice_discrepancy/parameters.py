"""The numbers of the simulated invoice lines: how often causes come, and what each of them lets accounts payable see.
Invented.

Every table is completed over all causes by `of`; "*" stands for those not named.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lab.simulators.retailer import Floats
from models.domains.invoice_discrepancy import LABELS

CAUSES: Final = tuple(LABELS)
INDEX: Final = {cause: position for position, cause in enumerate(CAUSES)}
HARMLESS: Final = ("receipt_not_posted", "po_price_outdated")

PRIOR: Final = {
    "receipt_not_posted": 0.22, "po_price_outdated": 0.13, "supplier_pricing_error": 0.10,
    "short_shipment_or_damage": 0.09, "over_shipment": 0.03, "partial_delivery_split": 0.06,
    "uom_or_pack_mismatch": 0.05, "unplanned_charge": 0.07, "tax_or_fx_variance": 0.04, "missing_or_wrong_po": 0.08,
    "po_closed_or_exhausted": 0.03, "duplicate_invoice": 0.04, "vendor_master_mismatch": 0.025,
    "data_capture_error": 0.03, "suspected_fraud": 0.005,
}  # fmt: skip

# The hidden kind of a supplier's relation with a site: how many are such, how often their lines are held, and which
# causes they bring on.
KINDS: Final = ("orderly", "slow_dock", "leaky", "stale_prices", "overbilling", "loose")
KIND_SHARE: Final = (0.36, 0.19, 0.14, 0.14, 0.11, 0.06)
HELD_PER_YEAR: Final = (2.0, 6.0, 9.0, 4.0, 7.0, 11.0)
KIND_LIFT: Final[Mapping[str, Mapping[str, float]]] = {
    "orderly": {"*": 1.0},
    "slow_dock": {
        "receipt_not_posted": 6.0, "partial_delivery_split": 2.0, "missing_or_wrong_po": 1.5,
        "short_shipment_or_damage": 0.15,
        "*": 0.4,
    },
    "leaky": {
        "short_shipment_or_damage": 6.0, "over_shipment": 3.0, "partial_delivery_split": 2.0, "receipt_not_posted": 0.2,
        "*": 0.4,
    },
    "stale_prices": {
        "po_price_outdated": 7.0, "po_closed_or_exhausted": 3.0, "supplier_pricing_error": 0.15, "*": 0.4,
    },
    "overbilling": {
        "supplier_pricing_error": 7.0, "unplanned_charge": 4.0, "tax_or_fx_variance": 2.0, "duplicate_invoice": 2.0,
        "po_price_outdated": 0.15, "*": 0.35,
    },
    "loose": {
        "missing_or_wrong_po": 3.0, "data_capture_error": 4.0, "vendor_master_mismatch": 5.0, "duplicate_invoice": 6.0,
        "suspected_fraud": 12.0, "uom_or_pack_mismatch": 2.0, "*": 0.35,
    },
}  # fmt: skip
# Known habits of suppliers, sites and buyers: causes they bring on more or less than others.
SUPPLIER_HABITS: Final = (
    ("supplier_pricing_error", "unplanned_charge"), ("short_shipment_or_damage", "over_shipment"), ("duplicate_invoice",
    "data_capture_error"),
)  # fmt: skip
SITE_HABITS: Final = (("receipt_not_posted",), ("missing_or_wrong_po",))
BUYER_HABITS: Final = (("po_price_outdated",), ("po_closed_or_exhausted", "missing_or_wrong_po"))
# What drift makes of the odds until the end; and the cause that appears late under `new_type`.
DRIFT_AT_END: Final = {"supplier_pricing_error": 1.35, "receipt_not_posted": 0.8, "po_price_outdated": 1.2}
NEWCOMER: Final = "unplanned_charge"

# The order's unit price against the invoice's: the same, off, off by a whole pack. Then mean and deviation of the log
# ratio where it is off.
PRICE: Final = {
    "po_price_outdated": (0.04, 0.95, 0.01), "supplier_pricing_error": (0.06, 0.93, 0.01),
    "uom_or_pack_mismatch": (0.57, 0.03, 0.4), "tax_or_fx_variance": (0.89, 0.1, 0.01),
    "data_capture_error": (0.57, 0.4, 0.03), "suspected_fraud": (0.84, 0.15, 0.01), "*": (0.965, 0.03, 0.005),
}  # fmt: skip
PRICE_MEAN: Final = {"data_capture_error": 0.2, "suspected_fraud": 0.09, "*": 0.05}
PRICE_SPREAD: Final = {"data_capture_error": 0.5, "*": 0.035}

# Received for the line, beyond what earlier invoices billed: nothing, part, all, more; first where nothing was billed
# before, then where something was.
RECEIPT: Final = {
    "receipt_not_posted": (0.58, 0.35, 0.06, 0.01), "short_shipment_or_damage": (0.2, 0.74, 0.05, 0.01),
    "partial_delivery_split": (0.30, 0.64, 0.05, 0.01), "over_shipment": (0.02, 0.03, 0.15, 0.80),
    "missing_or_wrong_po": (0.2, 0.03, 0.75, 0.02), "suspected_fraud": (0.60, 0.05, 0.33, 0.02), "*": (0.02, 0.03, 0.93,
    0.02),
}  # fmt: skip
RECEIPT_AGAIN: Final = {**RECEIPT, "duplicate_invoice": (0.85, 0.03, 0.11, 0.01)}
# Billed before on the order line: nothing, as much as now, another quantity.
INVOICED_BEFORE: Final = {
    "duplicate_invoice": (0.4, 0.55, 0.05), "partial_delivery_split": (0.59, 0.01, 0.4), "*": (0.945, 0.005, 0.05),
}  # fmt: skip
# Ordered against billed in all: as much, more, less, and (where billed before) only as much as is billed now.
ORDERED: Final = {
    "over_shipment": (0.07, 0.08, 0.85), "po_closed_or_exhausted": (0.57, 0.08, 0.35), "*": (0.91, 0.08, 0.01),
}  # fmt: skip
ORDERED_AGAIN: Final = {
    "duplicate_invoice": (0.1, 0.08, 0.05, 0.77), "over_shipment": (0.07, 0.08, 0.83, 0.02),
    "po_closed_or_exhausted": (0.55, 0.08, 0.35, 0.02),
    "*": (0.89, 0.08, 0.01, 0.02),
}  # fmt: skip
SCALED: Final = {"uom_or_pack_mismatch": 0.5, "*": 0.003}
RESENT: Final = {"duplicate_invoice": 0.35, "*": 0.002}
POD: Final = {
    "receipt_not_posted": 0.85, "short_shipment_or_damage": 0.3, "partial_delivery_split": 0.15, "suspected_fraud": 0.1,
    "*": 0.7,
}  # fmt: skip
ANNOUNCED_IN_FULL: Final = {"partial_delivery_split": 0.35, "suspected_fraud": 0.3, "*": 0.9}
REJECTED: Final = {"short_shipment_or_damage": 0.45, "*": 0.02}
GR_FINAL: Final = {
    "short_shipment_or_damage": 0.6, "receipt_not_posted": 0.15, "partial_delivery_split": 0.05, "*": 0.4,
}  # fmt: skip
DELIVERY_PAST_DAYS: Final = {"partial_delivery_split": -3.0, "suspected_fraud": -3.0, "*": 4.0}

HAS_CHARGES: Final = {"unplanned_charge": 0.95, "*": 0.08}
CHARGES_SHARE: Final = {"unplanned_charge": 0.08, "*": 0.025}
TAX_OFF_SHARE: Final = 0.03
OVERTAXED: Final = 0.55  # share of tax differences that go against us
TAX_OFF: Final = {"tax_or_fx_variance": 0.9, "*": 0.03}
NO_PO: Final = {"missing_or_wrong_po": 0.7, "suspected_fraud": 0.35, "*": 0.006}
ORDERED_LATE: Final = {"missing_or_wrong_po": 0.7, "*": 0.02}
PO_CLOSED: Final = {"po_closed_or_exhausted": 0.7, "*": 0.01}
PO_ROOM: Final = {"po_closed_or_exhausted": 0.45, "*": 4.0}

SIMILARITY: Final = {"duplicate_invoice": (12.0, 1.5), "*": (2.0, 6.0)}
SUPPLIER_NOT_ACTIVE: Final = {"vendor_master_mismatch": 0.5, "*": 0.005}
TAX_ID_WRONG: Final = {"vendor_master_mismatch": 0.5, "suspected_fraud": 0.2, "*": 0.006}
BANK_WRONG: Final = {"vendor_master_mismatch": 0.35, "suspected_fraud": 0.5, "*": 0.003}
BANK_CHANGED: Final = {"vendor_master_mismatch": 0.2, "suspected_fraud": 0.5, "*": 0.01}
BANK_SHARED: Final = {"suspected_fraud": 0.2, "*": 0.01}
RELATED_PARTY: Final = {"suspected_fraud": 0.12, "*": 0.004}
READING: Final = {"data_capture_error": (5.0, 4.0), "*": (18.0, 1.5)}
UOM_DIFFERS: Final = {"uom_or_pack_mismatch": 0.85, "*": 0.01}

PRICE_CHANGE_DAYS: Final = {"po_price_outdated": 13.0, "*": 75.0}
BACKED_BY_CONTRACT: Final = {"po_price_outdated": 0.7, "supplier_pricing_error": 0.25, "*": 0.45}

GR_COUNT: Final = {"partial_delivery_split": 1.2, "*": 0.25}

CHANNELS: Final = ("edi", "peppol", "portal", "pdf", "email", "paper")
CHANNEL: Final = {
    "data_capture_error": (0.08, 0.04, 0.08, 0.4, 0.2, 0.2), "suspected_fraud": (0.02, 0.02, 0.10, 0.40, 0.42, 0.04),
    "*": (0.38, 0.12, 0.16, 0.22, 0.08, 0.04),
}  # fmt: skip

# Lift per calendar month, January first: price lists open in January and April, docks are full before Christmas.
SEASON: Final = {
    "po_price_outdated": (2.0, 1.4, 1.0, 1.7, 1.2, 0.9, 1.0, 0.8, 0.9, 1.0, 0.8, 0.7),
    "supplier_pricing_error": (1.4, 1.2, 1.0, 1.3, 1.1, 0.9, 0.9, 0.9, 1.0, 1.1, 1.3, 1.2),
    "receipt_not_posted": (0.9, 0.9, 1.0, 0.9, 0.9, 1.0, 1.1, 1.0, 1.0, 1.1, 1.4, 1.5),
    "short_shipment_or_damage": (0.9, 0.9, 0.9, 1.0, 1.0, 1.0, 1.1, 1.1, 1.0, 1.1, 1.3, 1.4),
}
CONFUSIONS: Final = {
    "receipt_not_posted": ("short_shipment_or_damage", "partial_delivery_split"),
    "short_shipment_or_damage": ("receipt_not_posted", "partial_delivery_split"),
    "partial_delivery_split": ("receipt_not_posted",),
    "po_price_outdated": ("supplier_pricing_error",),
    "supplier_pricing_error": ("po_price_outdated", "unplanned_charge"),
    "unplanned_charge": ("supplier_pricing_error", "tax_or_fx_variance"),
    "uom_or_pack_mismatch": ("data_capture_error", "supplier_pricing_error"),
    "data_capture_error": ("uom_or_pack_mismatch", "missing_or_wrong_po"),
    "missing_or_wrong_po": ("po_closed_or_exhausted",),
    "suspected_fraud": ("vendor_master_mismatch", "duplicate_invoice"),
}

# Which fact on file decides whether paying the line is wrong; the probability without it, where the file does not say,
# and with it.
WRONG: Final = {
    "receipt_not_posted": ("", 0.02, 0.02, 0.02), "po_price_outdated": ("", 0.03, 0.03, 0.03),
    "supplier_pricing_error": ("billed_above", 0.1, 0.85, 0.96), "short_shipment_or_damage": ("missing_goods", 0.5,
    0.92, 0.96),
    "over_shipment": ("", 0.6, 0.6, 0.6), "partial_delivery_split": ("", 0.06, 0.06, 0.06),
    "uom_or_pack_mismatch": ("pack_harms", 0.05, 0.3, 0.95), "unplanned_charge": ("charged_much", 0.45, 0.6, 0.75),
    "tax_or_fx_variance": ("overtaxed", 0.04, 0.4, 0.8), "missing_or_wrong_po": ("", 0.08, 0.08, 0.08),
    "po_closed_or_exhausted": ("", 0.1, 0.1, 0.1), "duplicate_invoice": ("", 0.96, 0.96, 0.96),
    "vendor_master_mismatch": ("bank_wrong", 0.1, 0.25, 0.8), "data_capture_error": ("", 0.5, 0.5, 0.5),
    "suspected_fraud": ("", 0.98, 0.98, 0.98),
}  # fmt: skip
MUCH_CHARGED: Final = 0.06
MUCH_BILLED: Final = 1.03
# Share of the line overpaid where the file does not say it.
OVERPAID_SHARE: Final = {
    "duplicate_invoice": 1.0, "suspected_fraud": 1.0, "data_capture_error": 0.35, "vendor_master_mismatch": 0.5,
    "missing_or_wrong_po": 0.35, "po_closed_or_exhausted": 0.3, "uom_or_pack_mismatch": 0.5,
    "short_shipment_or_damage": 0.3,
    "partial_delivery_split": 0.5, "over_shipment": 0.1, "*": 0.06,
}  # fmt: skip
# Share of it that comes back, Beta; and what getting it back costs, money.
RECOVERED: Final = {"suspected_fraud": (1.0, 7.0), "duplicate_invoice": (6.0, 3.0), "*": (7.0, 3.0)}
RECOVERY_COST: Final = {"suspected_fraud": 1500.0, "duplicate_invoice": 200.0, "*": 85.0}
# Shares of lines where a system does not keep the field at all; the rest is left out at the usual rate.
RARELY_KEPT: Final = {
    "contract_unit_price": 0.4, "last_paid_unit_price": 0.35, "asn_qty": 0.2, "gr_final": 0.15, "accepted_qty": 0.2,
    "rejected_qty": 0.2, "gr_cancellation_count": 0.2, "prior_credit_count": 0.2,
}  # fmt: skip


def of(table: Mapping[str, float] | Mapping[str, Sequence[float]]) -> Floats:
    """Spread a table over all causes in order, "*" standing for those not named; shape (15,) or (15, k)."""
    return np.array([table[cause] if cause in table else table["*"] for cause in CAUSES], dtype=np.float64)
