"""How the simulated returns look given their cause: every likelihood in one place, all invented.

Given cause and the few latent states named here, each observable is drawn on its own, so that the exact posterior of the
cause is a product of these tables.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from models.return_fraud import LABELS
from training.simulators.retailer import Floats

CAUSES: Final = tuple(LABELS)
TYPES: Final = ("ordinary", "wardrober", "bracketer", "serial", "opportunist", "ring")
TYPE_SHARES: Final = (0.915, 0.025, 0.025, 0.01, 0.02, 0.005)
TYPE_ACTIVITY: Final = (1.0, 1.9, 1.9, 3.0, 1.9, 4.5)

CHANNELS: Final = ("store", "online", "mail", "boris", "locker", "call_center")
CHANNEL_SHARES: Final = (0.46, 0.06, 0.22, 0.16, 0.04, 0.06)
AT_COUNTER: Final = ("store", "boris")
PARCELS: Final = ("mail", "locker")
CATEGORIES: Final = (
    "apparel",
    "footwear",
    "accessories",
    "electronics",
    "tools",
    "home",
    "beauty",
    "toys",
    "grocery",
    "other",
)
CATEGORY_SHARES: Final = (0.30, 0.12, 0.07, 0.14, 0.05, 0.12, 0.07, 0.06, 0.03, 0.04)
WORN: Final = ("apparel", "footwear", "accessories")
HIGH_RISK: Final = ("electronics", "tools", "accessories", "beauty")
MEDIAN_PRICE: Final = dict(zip(CATEGORIES, (32.0, 52.0, 40.0, 95.0, 60.0, 38.0, 24.0, 22.0, 11.0, 26.0), strict=True))
SALVAGE: Final = dict(zip(CATEGORIES, (0.55, 0.5, 0.5, 0.55, 0.55, 0.4, 0.1, 0.45, 0.05, 0.4), strict=True))

Rates = Mapping[str, float]
Shares = Mapping[str, tuple[float, ...]]


def rates(default: float, /, **by_cause: float) -> Rates:
    """Give one number per cause, `default` where not named."""
    return {cause: by_cause.get(cause, default) for cause in CAUSES}


def shares(default: tuple[float, ...], /, **by_cause: tuple[float, ...]) -> Shares:
    """Give one distribution per cause, `default` where not named."""
    return {cause: by_cause.get(cause, default) for cause in CAUSES}


def per_cause(table: Rates) -> Floats:
    """Order a table by `CAUSES`, for look-up by cause code."""
    return np.array([table[cause] for cause in CAUSES])


# Chance of each cause in one return, per type of customer; what is left is legitimate.
CAUSE_BY_TYPE: Final[Mapping[str, Rates]] = {
    "wardrobing": {"ordinary": 0.014, "wardrober": 0.38, "bracketer": 0.03, "serial": 0.05, "opportunist": 0.05, "ring": 0.01},
    "bracketing_abuse": {"ordinary": 0.009, "wardrober": 0.03, "bracketer": 0.27, "serial": 0.06, "opportunist": 0.01, "ring": 0.0},
    "serial_policy_abuse": {"ordinary": 0.005, "wardrober": 0.03, "bracketer": 0.03, "serial": 0.22, "opportunist": 0.03, "ring": 0.01},
    "stolen_merchandise": {"ordinary": 0.003, "wardrober": 0.003, "bracketer": 0.001, "serial": 0.005, "opportunist": 0.04, "ring": 0.22},
    "stolen_tender": {"ordinary": 0.0025, "wardrober": 0.001, "bracketer": 0.001, "serial": 0.002, "opportunist": 0.01, "ring": 0.13},
    "receipt_fraud": {"ordinary": 0.0015, "wardrober": 0.002, "bracketer": 0.001, "serial": 0.003, "opportunist": 0.035, "ring": 0.05},
    "price_arbitrage_or_switch": {"ordinary": 0.002, "wardrober": 0.002, "bracketer": 0.002, "serial": 0.005, "opportunist": 0.04, "ring": 0.02},
    "item_swap_decoy": {"ordinary": 0.0017, "wardrober": 0.002, "bracketer": 0.001, "serial": 0.003, "opportunist": 0.035, "ring": 0.05},
    "empty_box_or_ftid": {"ordinary": 0.0009, "wardrober": 0.001, "bracketer": 0.001, "serial": 0.002, "opportunist": 0.025, "ring": 0.06},
    "overstated_quantity": {"ordinary": 0.0019, "wardrober": 0.001, "bracketer": 0.004, "serial": 0.004, "opportunist": 0.02, "ring": 0.02},
    "false_inr_or_snad_claim": {"ordinary": 0.0015, "wardrober": 0.003, "bracketer": 0.002, "serial": 0.01, "opportunist": 0.045, "ring": 0.03},
}  # fmt: skip
EMPLOYEE_RATE: Final = {False: 0.0005, True: 0.07}  # by whether the associate is dishonest
DISHONEST_SHARE: Final = 0.03
SITE_CONCENTRATION: Final = 5.0  # gamma shape of a site's fraud multiplier around 1

# Factors on the odds of a cause by channel (in the order of CHANNELS) and by kind of goods; 1 where not named.
ODDS_BY_CHANNEL: Final[Shares] = {
    "stolen_merchandise": (1.8, 0.0, 0.1, 0.7, 0.1, 0.0),
    "stolen_tender": (1.0, 0.6, 0.9, 1.3, 0.8, 0.6),
    "receipt_fraud": (1.8, 0.0, 0.05, 1.0, 0.05, 0.1),
    "price_arbitrage_or_switch": (1.5, 0.2, 0.5, 1.0, 0.5, 0.2),
    "item_swap_decoy": (0.6, 0.0, 1.9, 1.0, 1.8, 0.0),
    "empty_box_or_ftid": (0.0, 0.0, 3.6, 0.0, 4.0, 0.0),
    "overstated_quantity": (0.3, 0.3, 2.8, 0.4, 2.5, 0.3),
    "false_inr_or_snad_claim": (0.0, 6.0, 0.6, 0.0, 0.6, 7.0),
    "bracketing_abuse": (0.5, 0.7, 1.7, 1.7, 1.5, 0.3),
    "wardrobing": (1.2, 0.2, 0.8, 1.2, 0.8, 0.2),
    "employee_or_collusion": (1.5, 0.0, 0.0, 1.5, 0.0, 0.0),
}
ODDS_IF_WORN: Final = rates(1.0, wardrobing=1.6, bracketing_abuse=1.8, item_swap_decoy=0.3, stolen_merchandise=0.8)
ODDS_IF_NOT_WORN: Final = rates(1.0, wardrobing=0.4, bracketing_abuse=0.15, item_swap_decoy=1.7, stolen_merchandise=1.2)
ODDS_IF_HIGH_RISK: Final = rates(
    1.0, stolen_merchandise=1.6, stolen_tender=1.6, item_swap_decoy=1.5, empty_box_or_ftid=1.4
)
ODDS_IN_JANUARY: Final = rates(1.0, receipt_fraud=1.3, serial_policy_abuse=1.3, bracketing_abuse=0.8)
ODDS_AFTER_WEEKEND: Final = rates(1.0, wardrobing=1.7)
ODDS_AT_END: Final = rates(
    1.0, empty_box_or_ftid=1.6, false_inr_or_snad_claim=1.4
)  # drift: reached linearly at the end

CLAIM_TYPES: Final = ("return", "inr", "snad", "damaged", "missing_item", "exchange", "appeasement")
CLAIM_TYPE: Final = shares(
    (0.88, 0.0, 0.025, 0.03, 0.005, 0.055, 0.005),
    false_inr_or_snad_claim=(0.0, 0.5, 0.27, 0.13, 0.1, 0.0, 0.0),
    item_swap_decoy=(0.66, 0.0, 0.18, 0.12, 0.0, 0.04, 0.0),
    stolen_merchandise=(0.9, 0.0, 0.0, 0.01, 0.0, 0.09, 0.0),
)
# A claim without goods online or by phone; elsewhere legitimate claims depend on how faulty the article is.
REMOTE_CLAIM_TYPE: Final = shares(
    (0.25, 0.22, 0.17, 0.14, 0.1, 0.07, 0.05), false_inr_or_snad_claim=(0.0, 0.6, 0.22, 0.08, 0.08, 0.0, 0.02)
)
FAULTY_SHARE: Final = 0.12
FAULTY_CLAIM_TYPE: Final = (0.55, 0.0, 0.24, 0.15, 0.03, 0.03, 0.0)

REASONS: Final = (
    "changed_mind",
    "wrong_size",
    "defective",
    "gift",
    "wrong_item",
    "arrived_late",
    "price_adjustment",
    "other",
)
REASON: Final = shares(
    (0.4, 0.26, 0.13, 0.07, 0.04, 0.03, 0.02, 0.05),
    wardrobing=(0.55, 0.25, 0.06, 0.04, 0.02, 0.02, 0.01, 0.05),
    bracketing_abuse=(0.33, 0.52, 0.03, 0.03, 0.03, 0.02, 0.01, 0.03),
    stolen_merchandise=(0.4, 0.15, 0.08, 0.27, 0.02, 0.0, 0.0, 0.08),
    price_arbitrage_or_switch=(0.35, 0.12, 0.08, 0.06, 0.04, 0.02, 0.23, 0.1),
    item_swap_decoy=(0.22, 0.05, 0.48, 0.05, 0.1, 0.02, 0.01, 0.07),
)
REASON_OF_CLAIM: Final = {
    "inr": "not_received",
    "snad": "not_as_described",
    "damaged": "damaged_in_transit",
    "missing_item": "missing_parts",
}

FLAGS: Final[Mapping[str, Rates]] = {
    "has_receipt": rates(0.95, stolen_merchandise=0.22, stolen_tender=0.85, price_arbitrage_or_switch=0.85, employee_or_collusion=0.7, serial_policy_abuse=0.85),
    "receipt_reprinted": rates(0.012, receipt_fraud=0.3, employee_or_collusion=0.28),
    "tender_token_same": rates(0.96, stolen_tender=0.4, receipt_fraud=0.65, employee_or_collusion=0.3, stolen_merchandise=0.55),
    "tags_attached": rates(0.85, wardrobing=0.5, item_swap_decoy=0.5, serial_policy_abuse=0.75),
    "packaging_opened": rates(0.5, wardrobing=0.85, item_swap_decoy=0.85, stolen_merchandise=0.2, bracketing_abuse=0.65, empty_box_or_ftid=0.6),
    "keyed": rates(0.04, price_arbitrage_or_switch=0.38, employee_or_collusion=0.45, receipt_fraud=0.12),
    "customer_present": rates(0.992, employee_or_collusion=0.5),
    "after_close": rates(0.006, employee_or_collusion=0.22),
    "refund_to_associate": rates(0.0006, employee_or_collusion=0.2),
    "serial_mismatch": rates(0.006, item_swap_decoy=0.5, stolen_tender=0.02, empty_box_or_ftid=0.05),
    "foreign_site": rates(0.12, receipt_fraud=0.45, stolen_merchandise=0.4, stolen_tender=0.35, serial_policy_abuse=0.25),
    "id_verified": rates(0.55, stolen_merchandise=0.35, stolen_tender=0.35, receipt_fraud=0.4, employee_or_collusion=0.3),
    "same_receipt": rates(0.05, bracketing_abuse=0.3, serial_policy_abuse=0.12),  # as this customer's last return
    "found_receipt": rates(0.001, receipt_fraud=0.28, overstated_quantity=0.05),  # of a stranger's earlier return
    "found_tracking": rates(0.001, empty_box_or_ftid=0.25),
    "found_tender": rates(0.003, stolen_tender=0.1, employee_or_collusion=0.1, stolen_merchandise=0.04),
    "copied_words": rates(0.01, false_inr_or_snad_claim=0.35, empty_box_or_ftid=0.3, item_swap_decoy=0.15),
    "overpaid": rates(0.004, price_arbitrage_or_switch=0.3, overstated_quantity=0.03, employee_or_collusion=0.06),
    "over_quantity": rates(0.003, overstated_quantity=0.3, receipt_fraud=0.05),
    "cash_asked": rates(0.004, stolen_tender=0.3, stolen_merchandise=0.12, receipt_fraud=0.2, employee_or_collusion=0.15),
    "store_credit": rates(0.06, stolen_merchandise=0.45, stolen_tender=0.25, serial_policy_abuse=0.15),
    "orc_linked": rates(0.0006, stolen_merchandise=0.03, stolen_tender=0.03, empty_box_or_ftid=0.03),
}  # fmt: skip

CONDITIONS: Final = ("new", "like_new", "used", "damaged")
CONDITION: Final = shares(
    (0.62, 0.24, 0.08, 0.06),
    wardrobing=(0.22, 0.38, 0.33, 0.07),
    item_swap_decoy=(0.3, 0.25, 0.25, 0.2),
    stolen_merchandise=(0.88, 0.08, 0.02, 0.02),
    serial_policy_abuse=(0.4, 0.3, 0.22, 0.08),
    false_inr_or_snad_claim=(0.35, 0.25, 0.15, 0.25),
)
SCANS: Final = ("none", "first_scan", "in_transit", "delivered")
SCAN: Final = shares((0.06, 0.1, 0.2, 0.64), empty_box_or_ftid=(0.2, 0.25, 0.15, 0.4))
PROOFS: Final = ("none", "scan", "photo", "gps", "signature")
PROOF: Final = shares((0.3, 0.45, 0.12, 0.08, 0.05), false_inr_or_snad_claim=(0.12, 0.38, 0.22, 0.16, 0.12))
UPSTREAM: Final = ("accept", "warn", "deny")
UPSTREAM_ANSWER: Final = {
    cause: (0.95, 0.045, 0.005) if cause == "legitimate" else (0.8, 0.15, 0.05) for cause in CAUSES
}
TENDERS: Final = ("card", "cash", "gift_card", "store_credit", "bnpl")
ORIGINAL_TENDER: Final = shares((0.7, 0.13, 0.06, 0.03, 0.08), stolen_tender=(0.72, 0.0, 0.18, 0.0, 0.1))

# Medians and log-spreads of lognormals.
DAYS_TO_RETURN: Final = rates(11.0, wardrobing=7.0, serial_policy_abuse=30.0, stolen_tender=4.0, stolen_merchandise=5.0, receipt_fraud=15.0, bracketing_abuse=8.0, item_swap_decoy=16.0, empty_box_or_ftid=14.0)  # fmt: skip
DAYS_SPREAD: Final = 0.75
PRICE_FACTOR: Final = rates(1.0, wardrobing=1.4, stolen_merchandise=1.5, stolen_tender=1.9, item_swap_decoy=1.8, empty_box_or_ftid=1.9, false_inr_or_snad_claim=1.5, receipt_fraud=1.25, employee_or_collusion=1.3)  # fmt: skip
PRICE_SPREAD: Final = 0.62
PRICE_CHANGE: Final = rates(0.98, price_arbitrage_or_switch=1.22)
PRICE_CHANGE_SPREAD: Final = 0.12
# Mean and spread of carrier weight over expected weight.
WEIGHT: Final = rates(1.0, empty_box_or_ftid=0.5, overstated_quantity=0.68, item_swap_decoy=0.88)
WEIGHT_SPREAD: Final = rates(0.07, empty_box_or_ftid=0.27, overstated_quantity=0.18, item_swap_decoy=0.17)
EXTRA_PIECES: Final = rates(0.22, bracketing_abuse=0.4, overstated_quantity=1.6)  # Poisson, beyond the first claimed
EXTRA_SIZES: Final = rates(0.25, bracketing_abuse=1.9)
ACCOUNT_DAYS: Final = dict(zip(TYPES, (900.0, 700.0, 800.0, 800.0, 400.0, 60.0), strict=True))
SPEND: Final = dict(zip(TYPES, (1600.0, 1500.0, 2200.0, 1600.0, 700.0, 300.0), strict=True))

# How acting straight through turns out: chance that it was wrong, and the share of salvage still had.
WRONG: Final = {"legitimate": 0.0} | {
    cause: {"wardrobing": 0.9, "bracketing_abuse": 0.85, "serial_policy_abuse": 0.88}.get(cause, 1.0)
    for cause in CAUSES[1:]
}
SALVAGED: Final = rates(1.0, bracketing_abuse=1.4, stolen_merchandise=0.3, stolen_tender=0.6, item_swap_decoy=0.1, empty_box_or_ftid=0.0, overstated_quantity=0.3, false_inr_or_snad_claim=0.1, receipt_fraud=0.4, employee_or_collusion=0.1)  # fmt: skip
HANDLING: Final = (10.0, 40.0)

LABEL_DELAY_DAYS: Final = rates(
    9.0, stolen_tender=60.0, receipt_fraud=30.0, stolen_merchandise=45.0, employee_or_collusion=75.0
)
CONFUSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "wardrobing": ("legitimate", "serial_policy_abuse"),
    "bracketing_abuse": ("legitimate", "serial_policy_abuse"),
    "serial_policy_abuse": ("legitimate", "wardrobing"),
    "stolen_merchandise": ("legitimate", "receipt_fraud"),
    "stolen_tender": ("stolen_merchandise", "receipt_fraud"),
    "receipt_fraud": ("stolen_merchandise", "legitimate"),
    "price_arbitrage_or_switch": ("legitimate", "receipt_fraud"),
    "item_swap_decoy": ("empty_box_or_ftid", "legitimate"),
    "empty_box_or_ftid": ("item_swap_decoy", "overstated_quantity"),
    "overstated_quantity": ("legitimate", "empty_box_or_ftid"),
    "false_inr_or_snad_claim": ("legitimate",),
    "employee_or_collusion": ("receipt_fraud", "price_arbitrage_or_switch"),
}
