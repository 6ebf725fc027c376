"""How likely each observation of an invoice line is under each cause. Invented numbers; every table is complete by `of`.

Given the cause and the latent state of supplier, site, buyer and order, the observations are drawn independently, so the
posterior of the cause is the product of the entries met.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.invoice_discrepancy import LABELS
from training.simulators.retailer import Codes, Floats, pick

CAUSES: Final = tuple(LABELS)
INDEX: Final = {cause: position for position, cause in enumerate(CAUSES)}

PRIOR: Final = {
    "receipt_not_posted": 0.22, "po_price_outdated": 0.13, "supplier_pricing_error": 0.10,
    "short_shipment_or_damage": 0.09, "over_shipment": 0.03, "partial_delivery_split": 0.06,
    "uom_or_pack_mismatch": 0.05, "unplanned_charge": 0.07, "tax_or_fx_variance": 0.04, "missing_or_wrong_po": 0.08,
    "po_closed_or_exhausted": 0.03, "duplicate_invoice": 0.04, "vendor_master_mismatch": 0.025,
    "data_capture_error": 0.03, "suspected_fraud": 0.005,
}  # fmt: skip

# Which fact about the line decides whether paying it is wrong, and the chance without and with that fact.
WRONG: Final = {
    "receipt_not_posted": ("", 0.02, 0.02), "po_price_outdated": ("billed_above", 0.01, 0.04),
    "supplier_pricing_error": ("billed_above", 0.05, 0.96), "short_shipment_or_damage": ("missing_goods", 0.35, 0.95),
    "over_shipment": ("surplus_refused", 0.08, 0.92), "partial_delivery_split": ("nothing_received", 0.09, 0.5),
    "uom_or_pack_mismatch": ("pack_harms", 0.07, 0.95), "unplanned_charge": ("freight_not_agreed", 0.06, 0.9),
    "tax_or_fx_variance": ("overtaxed", 0.04, 0.72), "missing_or_wrong_po": ("nothing_received", 0.04, 0.6),
    "po_closed_or_exhausted": ("exceeds_order", 0.05, 0.33), "duplicate_invoice": ("", 0.97, 0.97),
    "vendor_master_mismatch": ("bank_wrong", 0.1, 0.7), "data_capture_error": ("exceeds_receipt", 0.08, 0.93),
    "suspected_fraud": ("", 0.98, 0.98),
}  # fmt: skip

# Share of cases whose unit price differs from the order's, then mean and deviation of the log ratio where it does.
PRICE_OFF: Final = {
    "po_price_outdated": 0.97, "supplier_pricing_error": 0.96, "over_shipment": 0.06, "unplanned_charge": 0.16,
    "tax_or_fx_variance": 0.3, "missing_or_wrong_po": 0.22, "po_closed_or_exhausted": 0.1, "data_capture_error": 0.5,
    "suspected_fraud": 0.2, "*": 0.04,
}  # fmt: skip
PRICE_MEAN: Final = {
    "po_price_outdated": 0.045, "supplier_pricing_error": 0.058, "data_capture_error": 0.2, "suspected_fraud": 0.09,
    "unplanned_charge": 0.03, "*": 0.012,
}  # fmt: skip
PRICE_SPREAD: Final = {
    "po_price_outdated": 0.03, "supplier_pricing_error": 0.055, "data_capture_error": 0.7, "suspected_fraud": 0.08,
    "*": 0.03,
}  # fmt: skip

# Received against invoiced: nothing, part, all, more. Then the part, Beta.
RECEIPT: Final = {
    "receipt_not_posted": (0.58, 0.36, 0.06, 0.0), "short_shipment_or_damage": (0.17, 0.78, 0.05, 0.0),
    "partial_delivery_split": (0.30, 0.65, 0.05, 0.0), "over_shipment": (0.01, 0.05, 0.26, 0.68),
    "uom_or_pack_mismatch": (0.05, 0.30, 0.55, 0.10), "missing_or_wrong_po": (0.30, 0.10, 0.60, 0.0),
    "data_capture_error": (0.06, 0.25, 0.60, 0.09), "suspected_fraud": (0.60, 0.10, 0.30, 0.0),
    "duplicate_invoice": (0.10, 0.10, 0.79, 0.01), "*": (0.05, 0.05, 0.88, 0.02),
}  # fmt: skip
RECEIVED_PART: Final = {
    "receipt_not_posted": (2.2, 1.6), "short_shipment_or_damage": (6.0, 1.6), "partial_delivery_split": (3.0, 2.6),
    "*": (4.0, 2.0),
}  # fmt: skip
OVER_ORDERED: Final = {
    "over_shipment": 0.86, "po_closed_or_exhausted": 0.4, "data_capture_error": 0.2, "uom_or_pack_mismatch": 0.1,
    "suspected_fraud": 0.1, "*": 0.02,
}  # fmt: skip
INVOICED_BEFORE: Final = {
    "duplicate_invoice": 0.62, "partial_delivery_split": 0.45, "po_closed_or_exhausted": 0.35, "receipt_not_posted": 0.1,
    "*": 0.08,
}  # fmt: skip
POD: Final = {
    "receipt_not_posted": 0.8, "short_shipment_or_damage": 0.36, "partial_delivery_split": 0.24,
    "missing_or_wrong_po": 0.4, "suspected_fraud": 0.06, "*": 0.68,
}  # fmt: skip
ANNOUNCED_IN_FULL: Final = {
    "short_shipment_or_damage": 0.62, "partial_delivery_split": 0.4, "over_shipment": 0.5, "suspected_fraud": 0.3,
    "*": 0.91,
}  # fmt: skip
REJECTED: Final = {"short_shipment_or_damage": 0.4, "over_shipment": 0.12, "partial_delivery_split": 0.03, "*": 0.02}
GR_FINAL: Final = {
    "short_shipment_or_damage": 0.52,
    "receipt_not_posted": 0.12,
    "partial_delivery_split": 0.05,
    "*": 0.4,
}
GR_DAYS: Final = {"receipt_not_posted": 2.5, "partial_delivery_split": 4.0, "duplicate_invoice": 26.0, "*": 6.0}
DELIVERY_PAST_DAYS: Final = {
    "receipt_not_posted": 3.0,
    "partial_delivery_split": -1.5,
    "suspected_fraud": -3.0,
    "*": 4.0,
}

HAS_CHARGES: Final = {"unplanned_charge": 0.95, "*": 0.14}
CHARGES_SHARE: Final = {"unplanned_charge": 0.075, "*": 0.03}
OVERTAXED: Final = 0.55  # share of tax differences that go against us
TAX_OFF: Final = {"tax_or_fx_variance": 0.82, "unplanned_charge": 0.1, "data_capture_error": 0.15, "*": 0.04}
NO_PO: Final = {
    "missing_or_wrong_po": 0.62, "suspected_fraud": 0.35, "data_capture_error": 0.1, "vendor_master_mismatch": 0.05,
    "unplanned_charge": 0.03, "*": 0.006,
}  # fmt: skip
ORDERED_LATE: Final = {"missing_or_wrong_po": 0.5, "suspected_fraud": 0.1, "po_closed_or_exhausted": 0.1, "*": 0.02}
PO_CLOSED: Final = {"po_closed_or_exhausted": 0.55, "duplicate_invoice": 0.12, "*": 0.012}
PO_ROOM: Final = {"po_closed_or_exhausted": 0.45, "duplicate_invoice": 1.6, "*": 3.0}

SIMILARITY: Final = {
    "duplicate_invoice": (11.0, 1.5), "partial_delivery_split": (4.0, 4.5), "suspected_fraud": (3.0, 5.0),
    "data_capture_error": (2.5, 5.5), "*": (2.0, 7.0),
}  # fmt: skip
DAYS_APART: Final = {"duplicate_invoice": 11.0, "partial_delivery_split": 9.0, "*": 35.0}
SUPPLIER_NOT_ACTIVE: Final = {"vendor_master_mismatch": 0.42, "suspected_fraud": 0.05, "*": 0.006}
TAX_ID_WRONG: Final = {"vendor_master_mismatch": 0.4, "suspected_fraud": 0.2, "data_capture_error": 0.05, "*": 0.01}
BANK_WRONG: Final = {"vendor_master_mismatch": 0.3, "suspected_fraud": 0.45, "data_capture_error": 0.02, "*": 0.004}
BANK_CHANGED: Final = {"vendor_master_mismatch": 0.22, "suspected_fraud": 0.5, "*": 0.012}
BANK_SHARED: Final = {"suspected_fraud": 0.22, "vendor_master_mismatch": 0.08, "*": 0.015}
RELATED_PARTY: Final = {"suspected_fraud": 0.12, "*": 0.004}
READING: Final = {"data_capture_error": (5.5, 3.0), "*": (16.0, 1.5)}
UOM_DIFFERS: Final = {"uom_or_pack_mismatch": 0.8, "data_capture_error": 0.08, "*": 0.015}

PRICE_CHANGED: Final = {"po_price_outdated": 0.68, "supplier_pricing_error": 0.28, "*": 0.16}
PRICE_CHANGE_DAYS: Final = {"po_price_outdated": 16.0, "*": 60.0}
BACKED_BY_CONTRACT: Final = {"po_price_outdated": 0.78, "supplier_pricing_error": 0.12, "*": 0.5}
PAID_BEFORE: Final = {"po_price_outdated": 0.58, "supplier_pricing_error": 0.12, "*": 0.4}

GR_COUNT: Final = {"partial_delivery_split": 1.2, "*": 0.25}
PRICE_CHANGES: Final = {"po_price_outdated": 0.5, "supplier_pricing_error": 0.35, "*": 0.15}
QTY_CHANGES: Final = {"over_shipment": 0.5, "partial_delivery_split": 0.4, "po_closed_or_exhausted": 0.4, "*": 0.15}
GR_CANCELLATIONS: Final = {"short_shipment_or_damage": 0.25, "receipt_not_posted": 0.15, "*": 0.05}
PRIOR_INVOICES: Final = {
    "duplicate_invoice": 1.0,
    "partial_delivery_split": 1.0,
    "po_closed_or_exhausted": 0.9,
    "*": 0.2,
}
PRIOR_CREDITS: Final = {"supplier_pricing_error": 0.22, "short_shipment_or_damage": 0.2, "*": 0.06}

CHANNELS: Final = ("edi", "peppol", "portal", "pdf", "email", "paper")
CHANNEL: Final = {
    "data_capture_error": (0.10, 0.04, 0.06, 0.40, 0.15, 0.25), "duplicate_invoice": (0.14, 0.06, 0.15, 0.35, 0.22, 0.08),
    "suspected_fraud": (0.02, 0.02, 0.10, 0.40, 0.42, 0.04), "*": (0.38, 0.12, 0.16, 0.22, 0.08, 0.04),
}  # fmt: skip

# Which causes an order in trouble, a careless supplier, a busy site or a slow buyer bring on.
ORDER_STATES: Final = ("calm", "price_stale", "delivery_trouble", "supplier_slip")
ORDER_STATE_SHARE: Final = (0.72, 0.11, 0.10, 0.07)
ORDER_LIFT: Final = {
    "calm": {"*": 1.0},
    "price_stale": {"po_price_outdated": 7.0, "*": 1.0},
    "delivery_trouble": {"short_shipment_or_damage": 6.0, "partial_delivery_split": 4.0, "*": 1.0},
    "supplier_slip": {"supplier_pricing_error": 6.0, "unplanned_charge": 3.0, "duplicate_invoice": 3.0, "*": 1.0},
}
SUPPLIER_HABITS: Final = (
    "supplier_pricing_error", "short_shipment_or_damage", "partial_delivery_split", "unplanned_charge",
    "duplicate_invoice", "uom_or_pack_mismatch", "over_shipment", "data_capture_error",
)  # fmt: skip
SITE_HABITS: Final = ("receipt_not_posted", "missing_or_wrong_po")
BUYER_HABITS: Final = ("po_price_outdated", "missing_or_wrong_po", "po_closed_or_exhausted")
# Lift per calendar month, January first: price lists open in January and April, docks are full before Christmas.
SEASON: Final = {
    "po_price_outdated": (2.0, 1.4, 1.0, 1.7, 1.2, 0.9, 1.0, 0.8, 0.9, 1.0, 0.8, 0.7),
    "supplier_pricing_error": (1.4, 1.2, 1.0, 1.3, 1.1, 0.9, 0.9, 0.9, 1.0, 1.1, 1.3, 1.2),
    "receipt_not_posted": (0.9, 0.9, 1.0, 0.9, 0.9, 1.0, 1.1, 1.0, 1.0, 1.1, 1.4, 1.5),
    "short_shipment_or_damage": (0.9, 0.9, 0.9, 1.0, 1.0, 1.0, 1.1, 1.1, 1.0, 1.1, 1.3, 1.4),
}
LABEL_DAYS: Final = {"duplicate_invoice": 35.0, "suspected_fraud": 50.0, "receipt_not_posted": 5.0, "*": 11.0}
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


def of(table: Mapping[str, float] | Mapping[str, Sequence[float]]) -> Floats:
    """Spread a table over all causes in order, "*" standing for those not named; shape (15,) or (15, k)."""
    return np.array([table[cause] if cause in table else table["*"] for cause in CAUSES], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws one value per line by the tables of its cause."""

    rng: np.random.Generator
    cause: Codes

    def happens(self, table: Mapping[str, float]) -> NDArray[np.bool_]:
        """Say yes with the chance of the cause."""
        return self.rng.random(len(self.cause)) < of(table)[self.cause]

    def count(self, table: Mapping[str, float]) -> Codes:
        """Count by a Poisson law with the mean of the cause."""
        return self.rng.poisson(of(table)[self.cause])

    def around(self, table: Mapping[str, float], spread: float) -> Floats:
        """Draw a lognormal value around the median of the cause."""
        drawn: Floats = of(table)[self.cause] * self.rng.lognormal(0.0, spread, len(self.cause))
        return drawn

    def share(self, table: Mapping[str, Sequence[float]]) -> Floats:
        """Draw a Beta share with the parameters of the cause."""
        first, second = of(table)[self.cause].T
        drawn: Floats = self.rng.beta(first, second)
        return drawn

    def choice(self, table: Mapping[str, Sequence[float]]) -> Codes:
        """Choose a position by the weights of the cause."""
        return pick(self.rng, of(table)[self.cause])

    def chance(self, rate: float) -> NDArray[np.bool_]:
        """Say yes with the same chance whatever the cause."""
        return self.rng.random(len(self.cause)) < rate
