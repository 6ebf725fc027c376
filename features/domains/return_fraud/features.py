"""Return fraud and abuse: what a return leaves behind for later ones, and the features of one, each declared once."""

from collections.abc import Mapping
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import (
    days_between,
    flag,
    hundredths,
    ratio,
    shrunk_rate,
    thousandths,
    year_share,
)
from features.arithmetic import month as month_of
from features.arithmetic import weekday as weekday_of
from features.columns import Column, Columns
from features.danger.danger_kinds import dangers_per_text
from features.declaration import Features, Ids, LocalTime, Texts, Window
from features.domains.return_fraud.payload import Category, ClaimType, ItemEntry, ReasonCode, ReturnFraud, Tender
from features.history import Trail
from features.recipe import Recipe

APPROVAL_LIMIT: Final = 200.0
"""Refund from which stores commonly ask a manager, in the reporting currency; refunds just below it are a known
sign."""
ABUSE: Final = {"wardrobing": 0.03, "bracketing_abuse": 0.02, "serial_policy_abuse": 0.012}
"""What can be confirmed of a household, and how often that is over all of them."""
FRAUD: Final = (
    "stolen_merchandise", "stolen_tender", "receipt_fraud", "price_arbitrage_or_switch", "item_swap_decoy",
    "empty_box_or_ftid",
    "overstated_quantity", "false_inr_or_snad_claim", "employee_or_collusion",
)  # fmt: skip
# What a reason speaks of: beginnings of words, so that endings and most typos do not matter.
TOPICS: Final = {
    "occasion": ("wedding", "party", "occasion", "evening", "weekend", "worn ", "wore", "wear it", "only tried"),
    "several": ("sizes", "colours", "colors", "few to", "compare", "sending the rest"),
    "no_receipt": ("receipt", "proof of purchase"),
    "urgent": ("today", "right away", "instant", "dispute", "loyal", "immediately", "other card", "chargeback"),
    "long_use": ("weeks", "months", "wears out", "a while", "earlier", "late"),
    "price": ("price", "cheaper", "promotion", "charged", "discount"),
    "sent_back": ("sent back", "dropped", "parcel shop", "handed in", "returned every", "on the way", "all items",
    "shipped"),
    "till": ("reprint", "keyed", "by hand", "scan", "entered the", "other tender", "another tender", "cash"),
    "not_received": ("never arrived", "not arrive", "delivered", "courier", "neighbour", "at the door", "empty",
    "waiting for the"),
    "not_described": ("pictures", "photo", "model", "looks used", "scratch", "missing", "damaged"),
    "fault": ("stopped", "broke", "not work", "switch on", "battery", "zip", "seam", "flicker", "leak", "noise"),
}  # fmt: skip
LONG_DAYS: Final = 730
_DAY: Final = 86_400.0

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


def _code(vocabulary: Any, value: str) -> float:
    return float(get_args(vocabulary).index(value))


_APPEASEMENT: Final = _code(ClaimType, "appeasement")
_PRICE_ADJUSTMENT: Final = _code(ReasonCode, "price_adjustment")
_INR: Final = _code(ClaimType, "inr")
_ITEM_CLAIMS: Final = tuple(_code(ClaimType, name) for name in ("inr", "snad", "damaged", "missing_item"))
_KEYED: Final = _code(ItemEntry, "keyed")
_LAST_WORN: Final = _code(Category, "accessories")  # worn goods come first in the vocabulary
_STORE_CREDIT: Final = _code(Tender, "store_credit")
_PRIOR_WRONG: Final = 0.09
_PRIOR_FRAUD: Final = 0.038
_HOUSEHOLD_TOTALS: Final = ("count", "labelled", "wrong", *(f"cause_{cause}" for cause in (*ABUSE, *FRAUD)))


def _keeps_goods(columns: Columns) -> NDArray[np.bool_]:
    keeps: NDArray[np.bool_] = (columns["claim_type"] == _APPEASEMENT) | (columns["reason_code"] == _PRICE_ADJUSTMENT)
    return keeps


def measures(columns: Columns) -> dict[str, NDArray[np.int64]]:
    """Return what a return adds to its entities' histories: refund in hundredths, quantity in thousandths, signs as
    0/1."""
    return {
        "refund": hundredths(columns["refund_amount"]),
        # Goods that stay with the customer can still come back: an allowance or an adjusted price uses up no piece.
        "qty": np.where(_keeps_goods(columns), 0, thousandths(columns["qty_claimed"])),
        "unreceipted": (columns["has_receipt"] == 0.0).astype(np.int64),
        "item_claims": np.isin(columns["claim_type"], _ITEM_CLAIMS).astype(np.int64),
        "keyed": (columns["item_entry"] == _KEYED).astype(np.int64),
        "absent": (columns["customer_present"] == 0.0).astype(np.int64),
        "reprinted": (columns["receipt_reprinted"] == 1.0).astype(np.int64),
    }


def money_at_stake(columns: Columns) -> Column:
    """Return the refund asked for: no more can be lost."""
    return columns["refund_amount"]


F: Final = Features(ReturnFraud, trails=TRAILS)

F.field("claim_type", "channel", "reason_code", "upstream_authorization", family="claim")
F.field("refund_amount", family="amount", unit="money")
F.field("qty_claimed", family="quantity", unit="count")
F.field("guest", "id_verified", family="customer")
F.field("orc_linked", family="velocity")
F.field("has_receipt", "receipt_reprinted", family="receipt")
F.field("category", "tags_attached", "packaging_opened", "condition_grade", family="item")
F.field("sizes_in_order", family="quantity", unit="count")
F.field("refund_tender", "original_tender", "tender_token_same", family="tender")
F.field("scan_status", "delivery_proof", family="shipment")
F.field("refund_to_associate", "item_entry", "customer_present", "after_close", family="associate")


@F.feature("Refund against price paid", family="amount", unit="ratio")
def refund_to_paid(refund_amount: Column, unit_price_paid: Column, qty_claimed: Column) -> Column:
    return ratio(refund_amount, unit_price_paid * qty_claimed)


@F.feature("Refund per piece", family="amount", unit="money")
def refund_per_piece(refund_amount: Column, qty_claimed: Column) -> Column:
    return ratio(refund_amount, qty_claimed)


@F.feature("Price today against the refund per piece", family="amount", unit="ratio")
def price_today_to_refund(unit_price_current: Column, refund_per_piece: Column) -> Column:
    return ratio(unit_price_current, refund_per_piece)


@F.feature("Refund per piece against the article's usual", family="amount", unit="ratio")
def piece_to_sku_mean(refund_per_piece: Column, sku_qty_365d: Column, sku_refund_365d: Column) -> Column:
    return ratio(refund_per_piece * sku_qty_365d / 1_000.0, sku_refund_365d / 100.0)


@F.feature("Price today against price paid", family="amount", unit="ratio")
def price_change(unit_price_current: Column, unit_price_paid: Column) -> Column:
    return ratio(unit_price_current, unit_price_paid)


@F.feature("Discount at purchase", family="amount", unit="fraction")
def discount_share(unit_discount: Column, unit_price_paid: Column) -> Column:
    return ratio(unit_discount, unit_price_paid + unit_discount)


@F.feature("Refund just under the approval limit", family="amount")
def just_under_limit(refund_amount: Column) -> Column:
    return flag((refund_amount >= 0.9 * APPROVAL_LIMIT) & (refund_amount < APPROVAL_LIMIT))


@F.feature("Refund against the article's usual refund", family="amount", unit="ratio")
def refund_to_sku_mean(refund_amount: Column, sku_count_365d: Column, sku_refund_365d: Column) -> Column:
    return ratio(refund_amount * sku_count_365d, sku_refund_365d / 100.0)


@F.feature("Serial number differs from the sale", family="item")
def serial_mismatch(serial_number_sold: Ids, serial_number_returned: Ids) -> Column:
    return _differ(serial_number_sold, serial_number_returned)


@F.feature("Pieces left to return after this claim", family="quantity", unit="count")
def qty_left_over(qty_purchased: Column, qty_already_returned: Column, qty_claimed: Column) -> Column:
    return qty_purchased - (qty_already_returned + qty_claimed)


@F.feature("Share of the purchase claimed back", family="quantity", unit="fraction")
def claimed_share(qty_claimed: Column, qty_already_returned: Column, qty_purchased: Column) -> Column:
    return ratio(qty_already_returned + qty_claimed, qty_purchased)


@F.feature("Days from purchase to return", family="timing", unit="days")
def days_to_return(as_of: Column, purchased_at: Column) -> Column:
    return days_between(as_of, purchased_at)


@F.feature("Days from purchase until the customer asked", family="timing", unit="days")
def days_kept(initiated_at: Column, purchased_at: Column) -> Column:
    return days_between(initiated_at, purchased_at)


@F.feature("Days beyond the return window", family="timing", unit="days")
def days_past_window(as_of: LocalTime, purchased_at: LocalTime, return_window_days: Column) -> Column:
    # Counted in days of the site's calendar: the last day of the window ends when the store's day does.
    return np.floor(as_of / _DAY) - np.floor(purchased_at / _DAY) - return_window_days


@F.feature("Days since the customer asked", family="timing", unit="days")
def days_since_initiated(as_of: Column, initiated_at: Column) -> Column:
    return days_between(as_of, initiated_at)


@F.feature("Age of the account", family="customer", unit="days")
def account_age_days(as_of: Column, account_created_at: Column) -> Column:
    return days_between(as_of, account_created_at)


@F.feature("Month", family="season")
def month(as_of: Column) -> Column:
    return month_of(as_of)


@F.feature("Weekday", family="season")
def weekday(as_of: Column) -> Column:
    return weekday_of(as_of)


@F.feature("Worn goods returned after a weekend", family="season")
def worn_after_weekend(category: Column, weekday: Column) -> Column:
    return flag((category <= _LAST_WORN) & (weekday <= 1.0))


@F.feature("Refund tender differs from the original", family="tender")
def tender_differs(refund_tender: Column, original_tender: Column) -> Column:
    unknown = np.isnan(refund_tender) | np.isnan(original_tender)
    # Store credit is the mild answer everywhere, so it does not count as another tender.
    differs = (refund_tender != original_tender) & (refund_tender != _STORE_CREDIT)
    return np.where(unknown, np.nan, differs)


@F.feature("Returned to another site than it was bought", family="receipt")
def foreign_site(site_id: Ids, purchase_site_id: Ids) -> Column:
    return _differ(site_id, purchase_site_id)


@F.feature("Earlier returns on this receipt", family="receipt", unit="count")
def receipt_returns_365d(receipt_count_365d: Column) -> Column:
    return receipt_count_365d


@F.feature("Pieces refunded beyond those on the receipt", family="receipt", unit="count")
def receipt_line_excess_qty(receipt_line_qty_365d: Column, qty_claimed: Column, qty_purchased: Column) -> Column:
    return receipt_line_qty_365d / 1_000.0 + qty_claimed - qty_purchased


@F.feature("Refunded in all on the purchase line, beyond the price paid", family="receipt", unit="money")
def part_refunds_over_paid(
    refund_amount: Column,
    receipt_line_refund_365d: Column,
    already_refunded_amount: Column,
    unit_price_paid: Column,
    qty_purchased: Column,
    qty_claimed: Column,
) -> Column:
    """Return by how much this and earlier refunds exceed what was paid, 0 where there was none before."""
    before = np.fmax(receipt_line_refund_365d / 100.0, already_refunded_amount)
    pieces = np.where(np.isnan(qty_purchased), np.maximum(qty_claimed, 1.0), qty_purchased)
    return np.where(before > 0.0, np.maximum(refund_amount + before - unit_price_paid * pieces, 0.0), 0.0)


@F.feature("Parcel lighter than expected", family="shipment", unit="fraction")
def weight_gap(carrier_weight_g: Column, expected_weight_g: Column) -> Column:
    return 1.0 - ratio(carrier_weight_g, expected_weight_g)


@F.feature("Not-received claim against proof of delivery", family="shipment")
def claim_against_proof(claim_type: Column, delivery_proof: Column) -> Column:
    return np.where(claim_type == _INR, delivery_proof, 0.0)


@F.feature("Earlier returns on this tracking number", family="shipment", unit="count")
def tracking_seen_365d(tracking_count_365d: Column) -> Column:
    return tracking_count_365d


@F.feature("Customer's returns in 30 days", family="customer_history", unit="count")
def customer_returns_30d(customer_count_30d: Column) -> Column:
    return customer_count_30d


@F.feature("Days since the customer's last return", family="customer_history", unit="days")
def customer_days_since_return(customer_days_since_last: Column) -> Column:
    return customer_days_since_last


@F.feature("Customer's refunds in a year", family="customer_history", unit="money")
def customer_value_365d(customer_refund_365d: Column) -> Column:
    return customer_refund_365d / 100.0


@F.feature("Customer's refunds against spend in a year", family="customer_history", unit="fraction")
def customer_return_share(customer_value_365d: Column, customer_spend_365d: Column) -> Column:
    return ratio(customer_value_365d, customer_spend_365d)


@F.features(
    {
        "customer_unreceipted_365d": "Customer's returns without receipt in a year",
        "customer_item_claims_365d": "Customer's item claims in a year",
    },
    family="customer_history",
    unit="count",
)
def customer_signs(customer: Window) -> dict[str, Column]:
    return {f"customer_{sign}": customer[sign] for sign in ("unreceipted_365d", "item_claims_365d")}


@F.feature("Customer's confirmed fraud or abuse", family="customer_history", unit="fraction")
def customer_wrong_rate(customer_wrong_365d: Column, customer_labelled_365d: Column) -> Column:
    return shrunk_rate(customer_wrong_365d, customer_labelled_365d, prior=_PRIOR_WRONG, strength=3.0)


@F.features(
    {
        "customer_wardrobing_rate": "Customer's confirmed wardrobing",
        "customer_bracketing_rate": "Customer's confirmed bracketing",
        "customer_serial_rate": "Customer's confirmed serial returning",
    },
    family="customer_history",
    unit="fraction",
)
def customer_abuse(customer: Window) -> dict[str, Column]:
    year = year_share(customer["age_days"], within_days=LONG_DAYS)
    labelled = customer[f"labelled_{LONG_DAYS}d"] * year
    names = ("customer_wardrobing_rate", "customer_bracketing_rate", "customer_serial_rate")
    return {
        name: shrunk_rate(customer[f"cause_{cause}_{LONG_DAYS}d"] * year, labelled, prior=prior, strength=3.0)
        for name, (cause, prior) in zip(names, ABUSE.items(), strict=True)
    }


@F.step
def household(address: Window, customer: Window) -> Mapping[str, Column]:
    """Follow the household: by its address, and where that is not known, by the customer alone. A longer past counts as
    a year."""
    age = np.fmax(address["age_days"], customer["age_days"])
    year = year_share(age, within_days=LONG_DAYS)
    totals = {
        name: np.maximum(address[f"{name}_{LONG_DAYS}d"], customer[f"{name}_{LONG_DAYS}d"]) * year
        for name in _HOUSEHOLD_TOTALS
    }
    return totals | {"known_days": np.minimum(age, 365.0)}


@F.feature("Household's returns, per year if known longer", family="household", unit="count")
def household_returns_yearly(household: Mapping[str, Column]) -> Column:
    return household["count"]


@F.feature("Household's returns in 30 days", family="household", unit="count")
def household_returns_30d(address_count_30d: Column, customer_count_30d: Column) -> Column:
    return np.maximum(address_count_30d, customer_count_30d)


@F.feature("Days since the household's first return, up to a year", family="household", unit="days")
def household_known_days(household: Mapping[str, Column]) -> Column:
    return household["known_days"]


@F.feature("Days since the household's last return", family="household", unit="days")
def household_days_since_return(address_days_since_last: Column, customer_days_since_last: Column) -> Column:
    return np.fmin(address_days_since_last, customer_days_since_last)


@F.feature("How often the household returns, per year", family="household", unit="count")
def household_returns_per_year(household: Mapping[str, Column]) -> Column:
    # One return in 120 days is what an average household is taken to have made before.
    return 365.0 * (household["count"] + 1.0) / (np.nan_to_num(household["known_days"], nan=0.0) + 120.0)


@F.feature(
    "Household's returns confirmed as fraud or abuse, per year if known longer", family="household", unit="count"
)
def household_wrong_yearly(household: Mapping[str, Column]) -> Column:
    return household["wrong"]


@F.feature("Household's returns whose outcome is known, per year if known longer", family="household", unit="count")
def household_labelled_yearly(household: Mapping[str, Column]) -> Column:
    return household["labelled"]


@F.feature("Household's confirmed fraud or abuse", family="household", unit="fraction")
def household_wrong_rate(household: Mapping[str, Column]) -> Column:
    return shrunk_rate(household["wrong"], household["labelled"], prior=_PRIOR_WRONG, strength=3.0)


@F.features(
    {
        "household_wardrobing_rate": "Household's confirmed wardrobing",
        "household_bracketing_abuse_rate": "Household's confirmed bracketing",
        "household_serial_policy_abuse_rate": "Household's confirmed serial returning",
    },
    family="household",
    unit="fraction",
)
def household_abuse(household: Mapping[str, Column]) -> dict[str, Column]:
    return {
        f"household_{cause}_rate": shrunk_rate(
            household[f"cause_{cause}"], household["labelled"], prior=prior, strength=3.0
        )
        for cause, prior in ABUSE.items()
    }


@F.step
def household_fraud(household: Mapping[str, Column]) -> Column:
    total: Column = np.sum([household[f"cause_{cause}"] for cause in FRAUD], axis=0)
    return total


@F.feature("Household's confirmed fraud", family="household", unit="fraction")
def household_fraud_rate(household: Mapping[str, Column], household_fraud: Column) -> Column:
    return shrunk_rate(household_fraud, household["labelled"], prior=_PRIOR_FRAUD, strength=3.0)


@F.feature("Household's returns confirmed as abuse, per year if known longer", family="household", unit="count")
def household_abuse_yearly(household: Mapping[str, Column]) -> Column:
    total: Column = np.sum([household[f"cause_{cause}"] for cause in ABUSE], axis=0)
    return total


@F.feature("Household's returns confirmed as fraud, per year if known longer", family="household", unit="count")
def household_fraud_yearly(household_fraud: Column) -> Column:
    return household_fraud


@F.feature("Share of the address's returns by others", family="household", unit="fraction")
def address_others_share(address_count_730d: Column, customer_count_730d: Column) -> Column:
    return ratio(np.maximum(address_count_730d - customer_count_730d, 0.0), address_count_730d)


@F.feature("New customer number at a known address", family="household")
def new_customer_at_address(address_count_730d: Column, customer_count_730d: Column) -> Column:
    return flag((address_count_730d > 0) & (customer_count_730d == 0))


@F.feature("Customer's returns at other sites in 7 days", family="velocity", unit="count")
def other_site_returns_7d(customer_count_7d: Column, customer_at_site_count_7d: Column, site_id: Texts) -> Column:
    at_known_site = np.array([site is not None for site in site_id])
    return np.where(at_known_site, customer_count_7d - customer_at_site_count_7d, np.nan)


@F.feature("Returns to this card in 30 days", family="velocity", unit="count")
def tender_returns_30d(tender_count_30d: Column) -> Column:
    return tender_count_30d


@F.feature("Returns from this device in 30 days", family="velocity", unit="count")
def device_returns_30d(device_count_30d: Column) -> Column:
    return device_count_30d


@F.feature("Returns by others from this address in 30 days", family="velocity", unit="count")
def address_others_30d(address_count_30d: Column, customer_count_30d: Column) -> Column:
    return np.maximum(address_count_30d - customer_count_30d, 0.0)


@F.feature("Confirmed fraud or abuse on card, device, address or phone", family="velocity", unit="fraction")
def linked_wrong_rate(tender: Window, device: Window, address: Window, phone: Window) -> Column:
    linked = (tender, device, address, phone)
    wrong, labelled = (np.sum([one[total] for one in linked], axis=0) for total in ("wrong_365d", "labelled_365d"))
    return shrunk_rate(wrong, labelled, prior=_PRIOR_WRONG, strength=8.0)


@F.feature("Signs of collusion at the till", family="associate", unit="count")
def associate_signs(
    item_entry: Column,
    customer_present: Column,
    receipt_reprinted: Column,
    after_close: Column,
    refund_to_associate: Column,
) -> Column:
    signs = (item_entry == _KEYED, customer_present == 0.0, receipt_reprinted == 1.0)
    late = (after_close == 1.0, refund_to_associate == 1.0)
    count: Column = np.sum([flag(sign) for sign in signs + late], axis=0)
    return count


@F.feature("Associate's share of the site's refunds", family="associate", unit="fraction")
def associate_refund_share(associate_refund_30d: Column, site_refund_30d: Column) -> Column:
    return ratio(associate_refund_30d, site_refund_30d)


@F.feature("Associate's keyed entries", family="associate", unit="fraction")
def associate_keyed_rate(associate_keyed_365d: Column, associate_count_365d: Column) -> Column:
    return shrunk_rate(associate_keyed_365d, associate_count_365d, prior=0.05, strength=20.0)


@F.feature("Associate's refunds without a customer", family="associate", unit="fraction")
def associate_absent_rate(associate_absent_365d: Column, associate_count_365d: Column) -> Column:
    return shrunk_rate(associate_absent_365d, associate_count_365d, prior=0.01, strength=20.0)


@F.feature("Associate's reprinted receipts", family="associate", unit="fraction")
def associate_reprint_rate(associate_reprinted_365d: Column, associate_count_365d: Column) -> Column:
    return shrunk_rate(associate_reprinted_365d, associate_count_365d, prior=0.02, strength=20.0)


@F.feature("Associate's confirmed collusion", family="associate", unit="fraction")
def associate_collusion_rate(associate: Window) -> Column:
    confirmed, labelled = associate["cause_employee_or_collusion_365d"], associate["labelled_365d"]
    return shrunk_rate(confirmed, labelled, prior=0.002, strength=20.0)


@F.feature("Associate's refunds to this card in 90 days", family="associate", unit="count")
def associate_tender_returns_90d(associate_and_tender_count_90d: Column) -> Column:
    return associate_and_tender_count_90d


@F.feature("Site's confirmed fraud or abuse", family="site", unit="fraction")
def site_wrong_rate(site_wrong_365d: Column, site_labelled_365d: Column) -> Column:
    return shrunk_rate(site_wrong_365d, site_labelled_365d, prior=_PRIOR_WRONG, strength=50.0)


@F.feature("Article's item claims (faulty articles protect honest claims)", family="article", unit="fraction")
def sku_claim_rate(sku_item_claims_365d: Column, sku_count_365d: Column) -> Column:
    return shrunk_rate(sku_item_claims_365d, sku_count_365d, prior=0.1, strength=15.0)


@F.feature("Article's confirmed fraud or abuse", family="article", unit="fraction")
def sku_wrong_rate(sku_wrong_365d: Column, sku_labelled_365d: Column) -> Column:
    return shrunk_rate(sku_wrong_365d, sku_labelled_365d, prior=_PRIOR_WRONG, strength=15.0)


@F.feature("Same wording in other returns in 30 days", family="text", unit="count")
def wording_seen_30d(wording_count_30d: Column) -> Column:
    return wording_count_30d


@F.feature("Length of the reason", family="text", unit="count")
def reason_length(reason_text: Texts) -> Column:
    return np.array([np.nan if text is None else float(len(text)) for text in reason_text], dtype=np.float64)


@F.features(
    {f"speaks_of_{topic}": f"Reason speaks of: {topic.replace('_', ' ')}" for topic in TOPICS},
    family="text",
)
def topics(reason_text: Texts) -> dict[str, Column]:
    """Return 1 where the reason speaks of a topic, 0 where it does not, NaN where there is no reason in words."""
    texts = [None if text is None else text.lower() for text in reason_text]
    return {
        f"speaks_of_{topic}": np.array(
            [np.nan if text is None else float(any(word in text for word in words)) for text in texts], dtype=np.float64
        )
        for topic, words in TOPICS.items()
    }


def _differ(one: Ids, other: Ids) -> Column:
    """Return 1 where two identifiers differ, 0 where they agree, NaN where one is missing."""
    pairs = zip(one, other, strict=True)
    return np.array([np.nan if a is None or b is None else float(a != b) for a, b in pairs], dtype=np.float64)


@F.feature("Kinds of danger named in the reason", family="danger", unit="count")
def danger_named(reason_text: Texts) -> Column:
    return dangers_per_text(reason_text)


RECIPE: Final = Recipe(
    payload=ReturnFraud,
    text_fields=("reason_text",),
    trails=TRAILS,
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=money_at_stake,
)
