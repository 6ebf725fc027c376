"""How the simulated returns look given their cause: every likelihood in one place, all invented."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from lab.simulators.retailer import Floats
from lab.simulators.return_fraud.evidence import Category, Flag, Lognormal, Poisson, table
from models.domains.return_fraud import LABELS

CAUSES: Final = tuple(LABELS)
HARMLESS: Final = ("legitimate",)
KINDS: Final = ("ordinary", "wardrober", "bracketer", "opportunist", "ring")
KIND_SHARES: Final = (0.926, 0.03, 0.026, 0.014, 0.004)
VISITS_PER_YEAR: Final = (3.0, 7.0, 7.0, 7.0, 16.0)
NEW_ID: Final = (0.02, 0.02, 0.02, 0.02, 0.45)
"""Chance that a household comes with a customer number it did not use before."""
GUEST_SHARE: Final = 0.2

CHANNELS: Final = ("store", "online", "mail", "boris", "locker", "call_center")
CHANNEL_SHARES: Final = (0.46, 0.06, 0.22, 0.16, 0.04, 0.06)
AT_COUNTER: Final = ("store", "boris")
PARCELS: Final = ("mail", "locker")
REMOTE: Final = ("online", "call_center")
CATEGORIES: Final = (
    "apparel", "footwear", "accessories", "electronics", "tools", "home", "beauty", "toys", "grocery", "other",
)  # fmt: skip
CATEGORY_SHARES: Final = (0.30, 0.12, 0.07, 0.14, 0.05, 0.12, 0.07, 0.06, 0.03, 0.04)
WORN: Final = ("apparel", "footwear", "accessories")
HIGH_RISK: Final = ("electronics", "tools", "accessories", "beauty")
MEDIAN_PRICE: Final = np.array((32.0, 52.0, 40.0, 95.0, 60.0, 38.0, 24.0, 22.0, 11.0, 26.0))
SALVAGE: Final = np.array((0.55, 0.5, 0.5, 0.55, 0.55, 0.4, 0.1, 0.45, 0.05, 0.4))


def rates(default: float, /, **by_cause: float) -> Floats:
    """Return one number per cause, `default` where not named."""
    return table(CAUSES, default, by_cause)


def shares(default: tuple[float, ...], /, **by_cause: tuple[float, ...]) -> Floats:
    """Return one distribution per cause, `default` where not named."""
    return table(CAUSES, default, by_cause)


def flag(default: float, /, **by_cause: float) -> Flag:
    """Return a yes or no with one probability per cause."""
    return Flag(rates(default, **by_cause))


# Chance of each cause in one return, per kind of household; what is left is legitimate.
CAUSE_BY_KIND: Final[Mapping[str, Floats]] = {
    "ordinary": rates(0.0016, wardrobing=0.014, bracketing_abuse=0.01, serial_policy_abuse=0.007,
    stolen_merchandise=0.004),
    "wardrober": rates(0.002, wardrobing=0.25, bracketing_abuse=0.02, serial_policy_abuse=0.04),
    "bracketer": rates(0.002, wardrobing=0.02, bracketing_abuse=0.24, serial_policy_abuse=0.03,
    overstated_quantity=0.006),
    "opportunist": rates(0.005, wardrobing=0.05, bracketing_abuse=0.01, serial_policy_abuse=0.24,
    stolen_merchandise=0.02, receipt_fraud=0.04, price_arbitrage_or_switch=0.06, item_swap_decoy=0.05,
    empty_box_or_ftid=0.02, overstated_quantity=0.04, false_inr_or_snad_claim=0.06),
    "ring": rates(0.02, wardrobing=0.01, bracketing_abuse=0.0, stolen_merchandise=0.26, stolen_tender=0.2,
    receipt_fraud=0.09, item_swap_decoy=0.1, empty_box_or_ftid=0.08, overstated_quantity=0.03,
    false_inr_or_snad_claim=0.06),
}  # fmt: skip
CAUSE_SPREAD: Final = 0.12
"""How far retailers differ in the table above, and in their prices: spread of a lognormal factor."""
MIN_HONEST_SHARE: Final = 0.01
"""Of the returns of any kind of customer."""
SITE_SPREAD: Final = 0.2
"""Spread of the lognormal factor of a site on the odds of every cause that is not harmless."""

# Factors on the odds of a cause by channel (in the order of CHANNELS) and by kind of goods; 1 where not named.
ODDS_BY_CHANNEL: Final = shares(
    (1.0,) * len(CHANNELS),
    stolen_merchandise=(1.8, 0.0, 0.1, 0.7, 0.1, 0.0),
    stolen_tender=(1.0, 0.6, 0.9, 1.3, 0.8, 0.6),
    receipt_fraud=(1.8, 0.0, 0.05, 1.0, 0.05, 0.1),
    price_arbitrage_or_switch=(1.5, 0.2, 0.5, 1.0, 0.5, 0.2),
    item_swap_decoy=(0.6, 0.0, 1.9, 1.0, 1.8, 0.0),
    empty_box_or_ftid=(0.0, 0.0, 3.6, 0.0, 4.0, 0.0),
    overstated_quantity=(0.3, 0.3, 2.8, 0.4, 2.5, 0.3),
    false_inr_or_snad_claim=(0.0, 6.0, 0.6, 0.0, 0.6, 7.0),
    bracketing_abuse=(0.5, 0.7, 1.7, 1.7, 1.5, 0.3),
    wardrobing=(1.2, 0.2, 0.8, 1.2, 0.8, 0.2),
    employee_or_collusion=(1.5, 0.0, 0.0, 1.5, 0.0, 0.0),
)
ODDS_IF_WORN: Final = rates(1.0, wardrobing=1.6, bracketing_abuse=1.8, item_swap_decoy=0.3, stolen_merchandise=0.8)
ODDS_IF_NOT_WORN: Final = rates(1.0, wardrobing=0.4, bracketing_abuse=0.15, item_swap_decoy=1.7, stolen_merchandise=1.2)
ODDS_IF_HIGH_RISK: Final = rates(
    1.0, stolen_merchandise=1.6, stolen_tender=1.6, item_swap_decoy=1.5, empty_box_or_ftid=1.4
)
ODDS_IN_JANUARY: Final = rates(1.0, receipt_fraud=1.3, serial_policy_abuse=1.3, bracketing_abuse=0.8)
ODDS_AFTER_WEEKEND: Final = rates(1.0, wardrobing=1.7)
DRIFT_AT_END: Final = rates(1.0, wardrobing=0.7, stolen_tender=1.5, item_swap_decoy=1.6, false_inr_or_snad_claim=1.8)
NEWCOMER: Final = "empty_box_or_ftid"

CLAIM_TYPES: Final = ("return", "inr", "snad", "damaged", "missing_item", "exchange", "appeasement")
CLAIM_TYPE: Final = shares(
    (0.88, 0.0, 0.025, 0.03, 0.005, 0.055, 0.005),
    false_inr_or_snad_claim=(0.0, 0.5, 0.27, 0.13, 0.1, 0.0, 0.0),
    item_swap_decoy=(0.66, 0.0, 0.18, 0.12, 0.0, 0.04, 0.0),
    stolen_merchandise=(0.9, 0.0, 0.0, 0.01, 0.0, 0.09, 0.0),
)
REMOTE_CLAIM_TYPE: Final = shares(
    (0.25, 0.22, 0.17, 0.14, 0.1, 0.07, 0.05), false_inr_or_snad_claim=(0.0, 0.6, 0.22, 0.08, 0.08, 0.0, 0.02)
)
FAULTY_CLAIM_TYPE: Final = np.array((0.55, 0.0, 0.24, 0.15, 0.03, 0.03, 0.0))
FAULTY_ARTICLES: Final = 0.15
CLAIMED_IF_FAULTY: Final = 0.5
"""Share of honest returns of a faulty article that are claimed as such; whoever cheats claims regardless of it."""


def _claims() -> Category:
    """Return the claim type by state: near or remote, then the same two for faulty articles."""
    sound = np.stack([CLAIM_TYPE, REMOTE_CLAIM_TYPE])
    faulty = sound.copy()
    faulty[:, 0] = (1.0 - CLAIMED_IF_FAULTY) * faulty[:, 0] + CLAIMED_IF_FAULTY * FAULTY_CLAIM_TYPE
    return Category(np.concatenate([sound, faulty]))


CLAIM: Final = _claims()
REASONS: Final = (
    "changed_mind", "wrong_size", "defective", "gift", "wrong_item", "arrived_late", "price_adjustment", "other",
)  # fmt: skip
REASON: Final = Category(
    shares(
        (0.4, 0.26, 0.13, 0.07, 0.04, 0.03, 0.02, 0.05),
        bracketing_abuse=(0.33, 0.52, 0.03, 0.03, 0.03, 0.02, 0.01, 0.03),
        price_arbitrage_or_switch=(0.35, 0.12, 0.08, 0.06, 0.04, 0.02, 0.23, 0.1),
        item_swap_decoy=(0.22, 0.05, 0.48, 0.05, 0.1, 0.02, 0.01, 0.07),
    )
)
REASON_OF_CLAIM: Final = {
    "inr": "not_received",
    "snad": "not_as_described",
    "damaged": "damaged_in_transit",
    "missing_item": "missing_parts",
}

# A fraud betrays itself by few signs that are strong, and by two it shares with every other: the price and an outside
# service.
FLAGS: Final[Mapping[str, Flag]] = {
    "has_receipt": flag(0.95, stolen_merchandise=0.15, employee_or_collusion=0.6),
    "receipt_reprinted": flag(0.012, receipt_fraud=0.5, employee_or_collusion=0.3),
    "tender_token_same": flag(0.96, stolen_tender=0.25, receipt_fraud=0.5, employee_or_collusion=0.3),
    "tags_attached": flag(0.88, wardrobing=0.34),
    "packaging_opened": flag(0.5, wardrobing=0.85, item_swap_decoy=0.85, stolen_merchandise=0.2),
    "keyed": flag(0.04, price_arbitrage_or_switch=0.6, employee_or_collusion=0.5),
    "customer_present": flag(0.992, employee_or_collusion=0.5),
    "after_close": flag(0.006, employee_or_collusion=0.25),
    "refund_to_associate": flag(0.0006, employee_or_collusion=0.2),
    "serial_mismatch": flag(0.006, item_swap_decoy=0.7),
    "foreign_site": flag(0.12, receipt_fraud=0.45, stolen_merchandise=0.45),
    "id_verified": flag(0.55),
    "same_receipt": flag(0.05, bracketing_abuse=0.25, receipt_fraud=0.45),
    "over_quantity": flag(0.003, overstated_quantity=0.45),
    "copied_words": flag(0.01, false_inr_or_snad_claim=0.4, empty_box_or_ftid=0.4),
    "orc_linked": flag(0.0006, stolen_merchandise=0.03, stolen_tender=0.03, empty_box_or_ftid=0.03),
}  # fmt: skip

CONDITIONS: Final = ("new", "like_new", "used", "damaged")
CONDITION: Final = Category(
    shares(
        (0.64, 0.24, 0.07, 0.05),
        wardrobing=(0.2, 0.27, 0.48, 0.05),
        stolen_merchandise=(0.88, 0.08, 0.02, 0.02),
    )
)
SCANS: Final = ("none", "first_scan", "in_transit", "delivered")
SCAN: Final = Category(shares((0.06, 0.1, 0.2, 0.64), empty_box_or_ftid=(0.35, 0.3, 0.15, 0.2)))
PROOFS: Final = ("none", "scan", "photo", "gps", "signature")
PROOF: Final = Category(shares((0.3, 0.45, 0.12, 0.08, 0.05), false_inr_or_snad_claim=(0.06, 0.3, 0.24, 0.2, 0.2)))
UPSTREAM: Final = ("accept", "warn", "deny")
UPSTREAM_ANSWER: Final = Category(shares((0.76, 0.18, 0.06), legitimate=(0.95, 0.045, 0.005)))

TENDERS: Final = ("card", "cash", "gift_card", "store_credit", "bnpl")
ON_CARD: Final = ("card", "gift_card", "bnpl")
_ORIGINAL_TENDER: Final = shares((0.7, 0.13, 0.06, 0.03, 0.08))
ORIGINAL_TENDER: Final = Category(_ORIGINAL_TENDER)
_CREDIT_ASKED: Final = rates(0.06, stolen_merchandise=0.5)
_CASH_ASKED: Final = rates(0.004, stolen_tender=0.4, employee_or_collusion=0.2)
TENDER_UNKNOWN: Final = len(TENDERS)


def _refund_tender() -> Category:
    """Return the refund tender by the original one (the state), the last state for a caller who does not know that."""
    to_original = (1.0 - _CREDIT_ASKED - _CASH_ASKED)[None, :, None]
    known = np.eye(len(TENDERS))[:, None, :] * to_original
    known[..., TENDERS.index("store_credit")] += _CREDIT_ASKED
    known[..., TENDERS.index("cash")] += _CASH_ASKED
    unknown = np.einsum("co,ocr->cr", _ORIGINAL_TENDER, known)
    return Category(np.concatenate([known, unknown[None]]))


REFUND_TENDER: Final = _refund_tender()
# How the refund compares with the price paid: the same, a part of it, or more than it.
REFUNDED: Final = Category(
    shares(
        (0.946, 0.05, 0.004),
        price_arbitrage_or_switch=(0.46, 0.04, 0.5),
    )
)
REFUND_TO_PAID: Final = ((1.0, 1.0), (0.85, 0.97), (1.05, 1.5))

_KEPT_DAYS: Final = rates(11.0, serial_policy_abuse=40.0, stolen_tender=4.0)
KEPT_DAYS: Final = Lognormal(_KEPT_DAYS, rates(0.75))
_PRICE_FACTOR: Final = rates(1.7, legitimate=1.0, wardrobing=1.3, bracketing_abuse=1.0, serial_policy_abuse=1.0)
PRICE_FACTOR: Final = Lognormal(_PRICE_FACTOR, rates(0.62))
PRICE_CHANGE: Final = Lognormal(rates(0.98, price_arbitrage_or_switch=1.15), rates(0.12))
# Carrier weight over expected weight.
WEIGHT: Final = Lognormal(
    rates(1.0, empty_box_or_ftid=0.45, overstated_quantity=0.6, item_swap_decoy=0.8),
    rates(0.07, empty_box_or_ftid=0.4, overstated_quantity=0.25, item_swap_decoy=0.2),
)
EXTRA_PIECES: Final = Poisson(rates(0.22, overstated_quantity=1.8))
EXTRA_SIZES: Final = Poisson(rates(0.25, bracketing_abuse=2.3))
ACCOUNT_DAYS: Final = np.array((800.0, 800.0, 800.0, 800.0, 60.0))
"""Median age of an account at its first return, by kind."""
ACCOUNT_SPREAD: Final = 1.0

# How acting straight through turns out: probability that it was wrong, and the share of salvage still had.
WRONG: Final = rates(1.0, legitimate=0.0, wardrobing=0.9, bracketing_abuse=0.85, serial_policy_abuse=0.88)
SALVAGED: Final = rates(1.0, bracketing_abuse=1.4, stolen_merchandise=0.3, stolen_tender=0.6, item_swap_decoy=0.1,
empty_box_or_ftid=0.0, overstated_quantity=0.3, false_inr_or_snad_claim=0.1, receipt_fraud=0.4,
employee_or_collusion=0.1)  # fmt: skip
SALVAGE_BETA: Final = (8.0, 2.0)
HANDLING: Final = (10.0, 40.0)

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
