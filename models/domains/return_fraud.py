"""Return fraud and abuse: the classes and what the heads learn."""

from collections.abc import Mapping
from typing import Final

from models.heads import Heads

LABELS: Final[Mapping[str, str]] = {
    "legitimate": "Honest return",
    "wardrobing": "Used, then returned (wardrobing)",
    "bracketing_abuse": "Several sizes or colours bought to send most back (bracketing)",
    "serial_policy_abuse": "Chronic returning beyond limits or windows",
    "stolen_merchandise": "Stolen goods returned for money",
    "stolen_tender": "Bought with a stolen card or account, refunded elsewhere",
    "receipt_fraud": "Forged, altered, found or reused receipt",
    "price_arbitrage_or_switch": "Refund above the price paid, or label switched",
    "item_swap_decoy": "Another, older, fake or stripped item in the box",
    "empty_box_or_ftid": "Empty parcel or fake tracking number",
    "overstated_quantity": "More pieces claimed than sent back",
    "false_inr_or_snad_claim": "False claim of not received or not as described",
    "employee_or_collusion": "Refund fraud by or with an employee",
}

HEADS: Final = Heads(
    labels=LABELS,
    straight_through="accept the return and refund to the original tender at once",
    wrong_when=(
        "inspection, chargeback or investigation later showed fraud, or abuse that the retailer would not have refunded"
        " in full; an honest return is never wrong to accept"
    ),
    never_wrong=("legitimate",),
    always_wrong=(
        "stolen_merchandise",
        "stolen_tender",
        "receipt_fraud",
        "price_arbitrage_or_switch",
        "item_swap_decoy",
        "empty_box_or_ftid",
        "overstated_quantity",
        "false_inr_or_snad_claim",
        "employee_or_collusion",
    ),
    loss_is="the refund less what the returned goods still fetch, plus handling",
)
