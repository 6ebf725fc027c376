"""Columns of a return and its past to feature columns, family by family."""

from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import (
    days_between,
    flag,
    hundredths,
    month,
    ratio,
    shrunk_rate,
    thousandths,
    weekday,
    year_share,
)
from features.columns import Column, Columns
from features.recipe import Past

ClaimType = Literal["return", "inr", "snad", "damaged", "missing_item", "exchange", "appeasement"]
Channel = Literal["store", "online", "mail", "boris", "locker", "call_center"]
Tender = Literal["card", "cash", "gift_card", "store_credit", "bnpl"]
ReceiptType = Literal["paper", "e_receipt", "gift", "order_lookup", "none"]
Category = Literal[
    "apparel", "footwear", "accessories", "electronics", "tools", "home", "beauty", "toys", "grocery", "other"
]
ReasonCode = Literal["changed_mind", "wrong_size", "defective", "not_as_described", "damaged_in_transit", "arrived_late", "wrong_item", "gift", "not_received", "missing_parts", "price_adjustment", "other"]  # fmt: skip
ProductFlag = Literal["recalled", "unsafe", "medicine", "tobacco", "weapons", "hygiene"]
ItemEntry = Literal["scanned", "keyed"]

APPROVAL_LIMIT: Final = 200.0
"""Refund from which stores commonly ask a manager, in the reporting currency; refunds just below it are a known sign."""
# What can be confirmed of a household, and how often that is over all of them.
ABUSE: Final = {"wardrobing": 0.03, "bracketing_abuse": 0.02, "serial_policy_abuse": 0.012}
FRAUD: Final = (
    "stolen_merchandise", "stolen_tender", "receipt_fraud", "price_arbitrage_or_switch", "item_swap_decoy", "empty_box_or_ftid",
    "overstated_quantity", "false_inr_or_snad_claim", "employee_or_collusion",
)  # fmt: skip
LONG_DAYS: Final = 730
# What a reason speaks of: beginnings of words, so that endings and most typos do not matter.
TOPICS: Final = {
    "occasion": ("wedding", "party", "occasion", "evening", "weekend", "worn ", "wore", "wear it", "only tried"),
    "several": ("sizes", "colours", "colors", "few to", "compare", "sending the rest"),
    "no_receipt": ("receipt", "proof of purchase"),
    "urgent": ("today", "right away", "instant", "dispute", "loyal", "immediately", "other card", "chargeback"),
    "long_use": ("weeks", "months", "wears out", "a while", "earlier", "late"),
    "price": ("price", "cheaper", "promotion", "charged", "discount"),
    "sent_back": ("sent back", "dropped", "parcel shop", "handed in", "returned every", "on the way", "all items", "shipped"),
    "till": ("reprint", "keyed", "by hand", "scan", "entered the", "other tender", "another tender", "cash"),
    "not_received": ("never arrived", "not arrive", "delivered", "courier", "neighbour", "at the door", "empty", "waiting for the"),
    "not_described": ("pictures", "photo", "model", "looks used", "scratch", "missing", "damaged"),
    "fault": ("stopped", "broke", "not work", "switch on", "battery", "zip", "seam", "flicker", "leak", "noise"),
}  # fmt: skip


def _code(vocabulary: Any, value: str) -> float:
    return float(get_args(vocabulary).index(value))


_INR: Final = _code(ClaimType, "inr")
_ITEM_CLAIMS: Final = tuple(_code(ClaimType, name) for name in ("inr", "snad", "damaged", "missing_item"))
_KEYED: Final = _code(ItemEntry, "keyed")
_LAST_WORN: Final = _code(Category, "accessories")  # worn goods come first in the vocabulary
_STORE_CREDIT: Final = _code(Tender, "store_credit")
_PRIOR_WRONG: Final = 0.09
_PRIOR_FRAUD: Final = 0.038
_HOUSEHOLD_TOTALS: Final = ("count", "labelled", "wrong", *(f"cause_{cause}" for cause in (*ABUSE, *FRAUD)))


def measures(columns: Columns) -> dict[str, NDArray[np.int64]]:
    """Say what a return adds to its entities' histories: refund in hundredths, quantity in thousandths, signs as 0/1."""
    return {
        "refund": hundredths(columns["refund_amount"]),
        "qty": thousandths(columns["qty_claimed"]),
        "unreceipted": (columns["has_receipt"] == 0.0).astype(np.int64),
        "item_claims": np.isin(columns["claim_type"], _ITEM_CLAIMS).astype(np.int64),
        "keyed": (columns["item_entry"] == _KEYED).astype(np.int64),
        "absent": (columns["customer_present"] == 0.0).astype(np.int64),
        "reprinted": (columns["receipt_reprinted"] == 1.0).astype(np.int64),
    }


def money_at_stake(columns: Columns) -> Column:
    """Give the refund asked for: no more can leave the house."""
    return columns["refund_amount"]


def derive(columns: Columns, past: Past) -> dict[str, Column]:
    """Derive the feature columns that are no payload field, elementwise; missing stays NaN."""
    return (
        _amounts(columns, past)
        | _item_and_quantity(columns)
        | _timing(columns)
        | _tender_receipt_shipment(columns, past)
        | _customer_history(columns, past)
        | _household_history(past)
        | _velocity(columns, past)
        | _associate_and_site(columns, past)
        | _article_and_text(columns, past)
    )


def _amounts(columns: Columns, past: Past) -> dict[str, Column]:
    refund, unit_paid = columns["refund_amount"], columns["unit_price_paid"]
    each_piece = ratio(refund, columns["qty_claimed"])
    paid = unit_paid * columns["qty_claimed"]
    return {
        "refund_to_paid": ratio(refund, paid),
        "refund_per_piece": each_piece,
        "price_today_to_refund": ratio(columns["unit_price_current"], each_piece),
        "piece_to_sku_mean": ratio(each_piece * past["sku_qty_365d"] / 1_000.0, past["sku_refund_365d"] / 100.0),
        "price_change": ratio(columns["unit_price_current"], unit_paid),
        "discount_share": ratio(columns["unit_discount"], unit_paid + columns["unit_discount"]),
        "just_under_limit": flag((refund >= 0.9 * APPROVAL_LIMIT) & (refund < APPROVAL_LIMIT)),
        "refund_to_sku_mean": ratio(refund * past["sku_count_365d"], past["sku_refund_365d"] / 100.0),
    }


def _item_and_quantity(columns: Columns) -> dict[str, Column]:
    returned = columns["qty_already_returned"] + columns["qty_claimed"]
    return {
        "serial_mismatch": _differ(columns, "serial_number_sold", "serial_number_returned"),
        "qty_left_over": columns["qty_purchased"] - returned,
        "claimed_share": ratio(returned, columns["qty_purchased"]),
    }


def _timing(columns: Columns) -> dict[str, Column]:
    as_of = columns.as_of
    days_to_return = days_between(as_of, columns["purchased_at"])
    day = weekday(as_of)
    return {
        "days_to_return": days_to_return,
        "days_kept": days_between(columns["initiated_at"], columns["purchased_at"]),
        "days_past_window": days_to_return - columns["return_window_days"],
        "days_since_initiated": days_between(as_of, columns["initiated_at"]),
        "account_age_days": days_between(as_of, columns["account_created_at"]),
        "month": month(as_of),
        "weekday": day,
        "worn_after_weekend": flag((columns["category"] <= _LAST_WORN) & (day <= 1.0)),
    }


def _tender_receipt_shipment(columns: Columns, past: Past) -> dict[str, Column]:
    refund, original = columns["refund_tender"], columns["original_tender"]
    unknown = np.isnan(refund) | np.isnan(original)
    # Store credit is the mild answer everywhere, so it does not count as another tender.
    differs = (refund != original) & (refund != _STORE_CREDIT)
    carrier, expected = columns["carrier_weight_g"], columns["expected_weight_g"]
    refunded = past["receipt_line_qty_365d"] / 1_000.0 + columns["qty_claimed"]
    return {
        "tender_differs": np.where(unknown, np.nan, differs),
        "foreign_site": _differ(columns, "site_id", "purchase_site_id"),
        "receipt_returns_365d": past["receipt_count_365d"],
        "receipt_line_excess_qty": refunded - columns["qty_purchased"],
        "weight_gap": 1.0 - ratio(carrier, expected),
        "claim_against_proof": np.where(columns["claim_type"] == _INR, columns["delivery_proof"], 0.0),
        "tracking_seen_365d": past["tracking_count_365d"],
    }


def _customer_history(columns: Columns, past: Past) -> dict[str, Column]:
    value, labelled = past["customer_refund_365d"] / 100.0, past["customer_labelled_365d"]
    return {
        "customer_returns_30d": past["customer_count_30d"],
        "customer_days_since_return": past["customer_days_since_last"],
        "customer_value_365d": value,
        "customer_return_share": ratio(value, columns["customer_spend_365d"]),
        "customer_unreceipted_365d": past["customer_unreceipted_365d"],
        "customer_item_claims_365d": past["customer_item_claims_365d"],
        "customer_wrong_rate": shrunk_rate(past["customer_wrong_365d"], labelled, prior=_PRIOR_WRONG, strength=3.0),
        "customer_wardrobing_rate": _cause_rate(past, "wardrobing", prior=0.03),
        "customer_bracketing_rate": _cause_rate(past, "bracketing_abuse", prior=0.02),
        "customer_serial_rate": _cause_rate(past, "serial_policy_abuse", prior=0.012),
    }


def _household_history(past: Past) -> dict[str, Column]:
    """Follow the household: by its address, and where that is not known, by the customer alone. A longer past counts as a year."""
    age = np.fmax(past["address_age_days"], past["customer_age_days"])
    known_days, year = np.minimum(age, 365.0), year_share(age, within_days=LONG_DAYS)
    either = {name: _of_household(past, f"{name}_{LONG_DAYS}d") * year for name in _HOUSEHOLD_TOTALS}
    count, labelled, wrong = either["count"], either["labelled"], either["wrong"]
    confirmed = {cause: either[f"cause_{cause}"] for cause in (*ABUSE, *FRAUD)}
    fraud = np.sum([confirmed[cause] for cause in FRAUD], axis=0)
    rates = {
        f"household_{cause}_rate": shrunk_rate(confirmed[cause], labelled, prior=prior, strength=3.0)
        for cause, prior in ABUSE.items()
    }
    return rates | {
        "household_returns_yearly": count,
        "household_returns_30d": _of_household(past, "count_30d"),
        "household_known_days": known_days,
        "household_days_since_return": np.fmin(past["address_days_since_last"], past["customer_days_since_last"]),
        # One return in 120 days is what an average household is taken to have made before.
        "household_returns_per_year": 365.0 * (count + 1.0) / (np.nan_to_num(known_days, nan=0.0) + 120.0),
        "household_wrong_yearly": wrong,
        "household_labelled_yearly": labelled,
        "household_wrong_rate": shrunk_rate(wrong, labelled, prior=_PRIOR_WRONG, strength=3.0),
        "household_fraud_rate": shrunk_rate(fraud, labelled, prior=_PRIOR_FRAUD, strength=3.0),
        "household_abuse_yearly": np.sum([confirmed[cause] for cause in ABUSE], axis=0),
        "household_fraud_yearly": fraud,
        "address_others_share": ratio(
            np.maximum(past[f"address_count_{LONG_DAYS}d"] - past[f"customer_count_{LONG_DAYS}d"], 0.0),
            past[f"address_count_{LONG_DAYS}d"],
        ),
        "new_customer_at_address": flag(
            (past[f"address_count_{LONG_DAYS}d"] > 0) & (past[f"customer_count_{LONG_DAYS}d"] == 0)
        ),
    }


def _of_household(past: Past, name: str) -> Column:
    return np.maximum(past[f"address_{name}"], past[f"customer_{name}"])


def _velocity(columns: Columns, past: Past) -> dict[str, Column]:
    wrong = (
        past["tender_wrong_365d"] + past["device_wrong_365d"] + past["address_wrong_365d"] + past["phone_wrong_365d"]
    )
    labelled = past["tender_labelled_365d"] + past["device_labelled_365d"]
    labelled += past["address_labelled_365d"] + past["phone_labelled_365d"]
    at_known_site = np.array([site is not None for site in columns.strings["site_id"]])
    elsewhere = past["customer_count_7d"] - past["customer_at_site_count_7d"]
    return {
        "other_site_returns_7d": np.where(at_known_site, elsewhere, np.nan),
        "tender_returns_30d": past["tender_count_30d"],
        "device_returns_30d": past["device_count_30d"],
        "address_others_30d": np.maximum(past["address_count_30d"] - past["customer_count_30d"], 0.0),
        "linked_wrong_rate": shrunk_rate(wrong, labelled, prior=_PRIOR_WRONG, strength=8.0),
    }


def _associate_and_site(columns: Columns, past: Past) -> dict[str, Column]:
    handled, collusion = past["associate_count_365d"], past["associate_cause_employee_or_collusion_365d"]
    labelled, site_labelled = past["associate_labelled_365d"], past["site_labelled_365d"]
    signs = (columns["item_entry"] == _KEYED, columns["customer_present"] == 0.0, columns["receipt_reprinted"] == 1.0)
    late = (columns["after_close"] == 1.0, columns["refund_to_associate"] == 1.0)
    return {
        "associate_signs": np.sum([flag(sign) for sign in signs + late], axis=0),
        "associate_refund_share": ratio(past["associate_refund_30d"], past["site_refund_30d"]),
        "associate_keyed_rate": shrunk_rate(past["associate_keyed_365d"], handled, prior=0.05, strength=20.0),
        "associate_absent_rate": shrunk_rate(past["associate_absent_365d"], handled, prior=0.01, strength=20.0),
        "associate_reprint_rate": shrunk_rate(past["associate_reprinted_365d"], handled, prior=0.02, strength=20.0),
        "associate_collusion_rate": shrunk_rate(collusion, labelled, prior=0.002, strength=20.0),
        "associate_tender_returns_90d": past["associate_and_tender_count_90d"],
        "site_wrong_rate": shrunk_rate(past["site_wrong_365d"], site_labelled, prior=_PRIOR_WRONG, strength=50.0),
    }


def _article_and_text(columns: Columns, past: Past) -> dict[str, Column]:
    count, labelled = past["sku_count_365d"], past["sku_labelled_365d"]
    lengths = [float("nan") if text is None else float(len(text)) for text in columns.strings["reason_text"]]
    return {
        "sku_claim_rate": shrunk_rate(past["sku_item_claims_365d"], count, prior=0.1, strength=15.0),
        "sku_wrong_rate": shrunk_rate(past["sku_wrong_365d"], labelled, prior=_PRIOR_WRONG, strength=15.0),
        "wording_seen_30d": past["wording_count_30d"],
        "reason_length": np.array(lengths, dtype=np.float64),
    } | _topics(columns)


def _topics(columns: Columns) -> dict[str, Column]:
    """Say of each topic whether the reason speaks of it, NaN where there is no reason in words."""
    texts = [None if text is None else text.lower() for text in columns.strings["reason_text"]]
    return {
        f"speaks_of_{topic}": np.array(
            [float("nan") if text is None else float(any(word in text for word in words)) for text in texts],
            dtype=np.float64,
        )
        for topic, words in TOPICS.items()
    }


def _cause_rate(past: Past, cause: str, *, prior: float) -> Column:
    year = year_share(past["customer_age_days"], within_days=LONG_DAYS)
    confirmed, labelled = past[f"customer_cause_{cause}_{LONG_DAYS}d"], past[f"customer_labelled_{LONG_DAYS}d"]
    return shrunk_rate(confirmed * year, labelled * year, prior=prior, strength=3.0)


def _differ(columns: Columns, one: str, other: str) -> Column:
    """Say 1 where two identifiers differ, 0 where they agree, NaN where one is missing."""
    pairs = zip(columns.strings[one], columns.strings[other], strict=True)
    values = [float("nan") if a is None or b is None else float(a != b) for a, b in pairs]
    return np.array(values, dtype=np.float64)
