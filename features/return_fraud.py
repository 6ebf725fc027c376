"""Return fraud and abuse: what is known when a customer asks for money back, and the row the models see.

What inspection, chargeback or investigation finds later is the label. It has no field here on purpose, and no protected
attribute has one either.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from features.arithmetic import days_between, flag, hundredths, month, ratio, shrunk_rate, thousandths, weekday
from features.columns import Column, Columns, field_kinds
from features.fields import Code, Count, Id, Instant, Money, Number, Payload, Quantity, SignedMoney, Text
from features.history import Trail
from features.recipe import Feature, Past, Recipe

ClaimType = Literal["return", "inr", "snad", "damaged", "missing_item", "exchange", "appeasement"]
Channel = Literal["store", "online", "mail", "boris", "locker", "call_center"]
Tender = Literal["card", "cash", "gift_card", "store_credit", "bnpl"]
ReceiptType = Literal["paper", "e_receipt", "gift", "order_lookup", "none"]
Category = Literal[
    "apparel", "footwear", "accessories", "electronics", "tools", "home", "beauty", "toys", "grocery", "other"
]
ReasonCode = Literal["changed_mind", "wrong_size", "defective", "not_as_described", "damaged_in_transit", "arrived_late", "wrong_item", "gift", "not_received", "missing_parts", "price_adjustment", "other"]  # fmt: skip
ProductFlag = Literal["recalled", "unsafe", "medicine", "tobacco", "weapons", "hygiene"]

APPROVAL_LIMIT: Final = 200.0
"""Refund from which stores commonly ask a manager, in the reporting currency; refunds just below it are a known sign."""


class ReturnFraud(Payload):
    """One line of a return, or of a claim for money back without a return."""

    # A table of fields reads better with one field per line.
    # fmt: off
    claim_type: ClaimType = Field(title="Claim type", description="What the customer asks for; inr: item not received, snad: significantly not as described.")
    channel: Channel = Field(title="Return channel", description="Where it is handed in; boris: bought online, returned in store.")
    sku: Id = Field(title="SKU", description="Internal article number.")
    qty_claimed: Quantity = Field(title="Quantity claimed", description="Pieces the refund is asked for.")
    refund_amount: Money = Field(title="Refund", description="Amount asked for on this line, in the case's currency.")
    return_id: Id | None = Field(None, title="Return number", description="RMA or return document.")
    line_id: Id | None = Field(None, title="Return line", description="Line of the return document.")
    initiated_at: Instant | None = Field(None, title="Asked for at", description="When the customer asked; aware UTC.")
    site_id: Id | None = Field(None, title="Return site", description="Store or return centre, GLN or local code.")
    register_id: Id | None = Field(None, title="Register", description="Till of the return.")
    jurisdiction: Code | None = Field(None, title="Jurisdiction", description="Country whose law applies, ISO 3166.")
    statutory_right: Literal["none", "withdrawal", "defect_remedy"] | None = Field(None, title="Statutory right", description="Right to a refund by law that stands whatever the score.")
    customer_id_hash: Id | None = Field(None, title="Customer", description="Hashed account or loyalty number.")
    guest: bool | None = Field(None, title="Guest", description="No account was used.")
    account_created_at: Instant | None = Field(None, title="Account created at", description="Aware UTC.")
    id_verified: Literal["government_id", "none"] | None = Field(None, title="Identity check", description="How identity was checked.")
    customer_spend_365d: Money | None = Field(None, title="Customer's spend, 365 days", description="Bought in the year before, in the case's currency.")
    customer_margin_365d: SignedMoney | None = Field(None, title="Customer's net margin, 365 days", description="After returns, in the case's currency.")
    overturned_denials: Count | None = Field(None, title="Overturned denials", description="Earlier refusals taken back on appeal.")
    orc_linked: bool | None = Field(None, title="Linked to organised crime", description="Loss prevention has linked a party of this return.")
    upstream_authorization: Literal["accept", "warn", "deny"] | None = Field(None, title="Upstream authorisation", description="Answer of an external return-authorisation service; advice only.")
    has_receipt: bool | None = Field(None, title="Receipt", description="Proof of purchase was shown or found.")
    receipt_type: ReceiptType | None = Field(None, title="Receipt type", description="Kind of proof of purchase.")
    receipt_reprinted: bool | None = Field(None, title="Receipt reprinted", description="The receipt was printed again before the return.")
    original_txn_id: Id | None = Field(None, title="Original transaction", description="Sale the item is said to come from.")
    purchased_at: Instant | None = Field(None, title="Purchased at", description="Aware UTC.")
    purchase_channel: Channel | None = Field(None, title="Purchase channel", description="Where it was bought.")
    purchase_site_id: Id | None = Field(None, title="Purchase site", description="Store or warehouse that sold it.")
    return_window_days: Number | None = Field(None, title="Return window", description="Days the policy allows.")
    gtin: Id | None = Field(None, title="GTIN", description="Barcode number.")
    serial_number_sold: Id | None = Field(None, title="Serial number sold", description="As on the sale.")
    serial_number_returned: Id | None = Field(None, title="Serial number returned", description="As on the item handed in.")
    category: Category | None = Field(None, title="Category", description="Merchandise group.")
    high_risk_category: bool | None = Field(None, title="High-risk category", description="Loss prevention lists the merchandise group.")
    product_flags: tuple[ProductFlag, ...] = Field((), title="Product flags", description="Recalled, unsafe or regulated goods.")
    sizes_in_order: Count | None = Field(None, title="Sizes in the order", description="Sizes or colours of the same style in the original order.")
    qty_purchased: Quantity | None = Field(None, title="Quantity purchased", description="Pieces on the original line.")
    qty_already_returned: Quantity | None = Field(None, title="Quantity already returned", description="Pieces of that line refunded before.")
    unit_price_paid: Money | None = Field(None, title="Unit price paid", description="Per piece after discounts, in the case's currency.")
    unit_price_current: Money | None = Field(None, title="Unit price today", description="Per piece, in the case's currency.")
    unit_discount: Money | None = Field(None, title="Unit discount", description="Per piece at purchase, in the case's currency.")
    promo_id: Id | None = Field(None, title="Promotion", description="Promotion of the purchase.")
    refund_tender: Tender | None = Field(None, title="Refund tender", description="How the refund would be paid.")
    original_tender: Tender | None = Field(None, title="Original tender", description="How the purchase was paid.")
    tender_token_same: bool | None = Field(None, title="Same card token", description="Refund and purchase use the same card or account.")
    tender_hash: Id | None = Field(None, title="Refund card or account", description="Hashed token, never a card number.")
    reason_code: ReasonCode | None = Field(None, title="Reason", description="Reason picked from the list.")
    reason_text: Text | None = Field(None, title="Reason in words", description="What the customer or associate wrote.")
    tags_attached: bool | None = Field(None, title="Tags attached", description="Original tags are on the item.")
    packaging_opened: bool | None = Field(None, title="Packaging opened", description="The packaging was opened.")
    condition_grade: Literal["new", "like_new", "used", "damaged"] | None = Field(None, title="Condition at the counter", description="First look at hand-in, before any inspection.")
    photo_count: Count | None = Field(None, title="Photos", description="Photos sent with the claim.")
    label_tracking_id: Id | None = Field(None, title="Return tracking number", description="On the return label.")
    carrier_weight_g: Quantity | None = Field(None, title="Carrier weight", description="Weight of the parcel at the carrier, grams.")
    expected_weight_g: Quantity | None = Field(None, title="Expected weight", description="Weight it should have, grams.")
    scan_status: Literal["none", "first_scan", "in_transit", "delivered"] | None = Field(None, title="Carrier scan", description="Latest scan of the return parcel.")
    delivery_proof: Literal["none", "scan", "photo", "gps", "signature"] | None = Field(None, title="Proof of delivery", description="Best proof that the purchase was delivered.")
    associate_id_hash: Id | None = Field(None, title="Associate", description="Hashed id of who handles the return.")
    approver_id_hash: Id | None = Field(None, title="Approver", description="Hashed id of who approved it at the till.")
    refund_to_associate: bool | None = Field(None, title="Refund to the associate", description="The tender belongs to the associate or someone related.")
    item_entry: Literal["scanned", "keyed"] | None = Field(None, title="Item entry", description="Barcode scanned or number keyed.")
    customer_present: bool | None = Field(None, title="Customer present", description="The customer stood at the counter.")
    after_close: bool | None = Field(None, title="After closing time", description="Entered after the store closed.")
    device_hash: Id | None = Field(None, title="Device", description="Hashed device of the request.")
    address_hash: Id | None = Field(None, title="Address", description="Hashed delivery or pick-up address.")
    phone_hash: Id | None = Field(None, title="Phone", description="Hashed phone number.")
    # fmt: on


_KINDS: Final = {kind.name: kind for kind in field_kinds(ReturnFraud)}


def _code(field: str, value: str) -> float:
    return float(_KINDS[field].vocabulary.index(value))


_INR: Final = _code("claim_type", "inr")
_ITEM_CLAIMS: Final = tuple(_code("claim_type", name) for name in ("inr", "snad", "damaged", "missing_item"))
_LAST_WORN: Final = _code("category", "accessories")  # worn goods come first in the vocabulary
_STORE_CREDIT: Final = _code("refund_tender", "store_credit")
_PRIOR_WRONG: Final = 0.09

TRAILS: Final = (
    Trail(name="customer", key=("customer_id_hash",), windows_days=(7, 30, 365), sums=("refund", "unreceipted", "item_claims"), causes=("wardrobing", "bracketing_abuse", "serial_policy_abuse")),
    Trail(name="customer_at_site", key=("customer_id_hash", "site_id"), windows_days=(7,)),
    Trail(name="tender", key=("tender_hash",), windows_days=(30, 365)),
    Trail(name="device", key=("device_hash",), windows_days=(30, 365)),
    Trail(name="address", key=("address_hash",), windows_days=(30, 365)),
    Trail(name="phone", key=("phone_hash",), windows_days=(30, 365)),
    Trail(name="associate", key=("associate_id_hash",), sums=("refund", "keyed", "absent", "reprinted"), causes=("employee_or_collusion",)),
    Trail(name="associate_and_tender", key=("associate_id_hash", "tender_hash"), windows_days=(90,)),
    Trail(name="site", key=("site_id",), windows_days=(30, 365), sums=("refund",)),
    Trail(name="sku", key=("sku",), windows_days=(90, 365), sums=("refund", "item_claims")),
    Trail(name="receipt", key=("original_txn_id",), windows_days=(365,)),
    Trail(name="receipt_line", key=("original_txn_id", "sku"), windows_days=(365,), sums=("qty",)),
    Trail(name="tracking", key=("label_tracking_id",), windows_days=(365,)),
    Trail(name="wording", key=("reason_text",), windows_days=(30,)),
)  # fmt: skip


def measures(columns: Columns) -> dict[str, NDArray[np.int64]]:
    """Say what a return adds to its entities' histories: refund in hundredths, quantity in thousandths, signs as 0/1."""
    keyed = columns["item_entry"] == _code("item_entry", "keyed")
    return {
        "refund": hundredths(columns["refund_amount"]),
        "qty": thousandths(columns["qty_claimed"]),
        "unreceipted": (columns["has_receipt"] == 0.0).astype(np.int64),
        "item_claims": np.isin(columns["claim_type"], _ITEM_CLAIMS).astype(np.int64),
        "keyed": keyed.astype(np.int64),
        "absent": (columns["customer_present"] == 0.0).astype(np.int64),
        "reprinted": (columns["receipt_reprinted"] == 1.0).astype(np.int64),
    }


def money_at_stake(columns: Columns) -> Column:
    """Give the refund asked for: no more can leave the house."""
    return columns["refund_amount"]


def _number(name: str, title: str, family: str, sources: str, unit: str = "") -> Feature:
    return Feature(name=name, title=title, family=family, sources=tuple(sources.split()), unit=unit)


def _raw(name: str, family: str, unit: str = "") -> Feature:
    """Declare a payload field taken over as it is; an enum becomes a category."""
    title = str(ReturnFraud.model_fields[name].title)
    vocabulary = _KINDS[name].vocabulary
    kind: Literal["number", "category"] = "category" if vocabulary else "number"
    return Feature(name=name, title=title, family=family, sources=(name,), kind=kind, unit=unit, vocabulary=vocabulary)


_RAW: Final = (
    _raw("claim_type", "claim"), _raw("channel", "claim"), _raw("reason_code", "claim"), _raw("upstream_authorization", "claim"),
    _raw("refund_amount", "amount", "money"),
    _raw("id_verified", "customer"), _raw("orc_linked", "velocity"),
    _raw("has_receipt", "receipt"), _raw("receipt_reprinted", "receipt"),
    _raw("category", "item"), _raw("tags_attached", "item"), _raw("packaging_opened", "item"),
    _raw("condition_grade", "item"), _raw("sizes_in_order", "quantity", "count"),
    _raw("refund_tender", "tender"), _raw("original_tender", "tender"), _raw("tender_token_same", "tender"),
    _raw("scan_status", "shipment"), _raw("delivery_proof", "shipment"),
    _raw("refund_to_associate", "associate"), _raw("item_entry", "associate"), _raw("customer_present", "associate"), _raw("after_close", "associate"),
)  # fmt: skip

FEATURES: Final[tuple[Feature, ...]] = (
    *_RAW,
    _number("refund_to_paid", "Refund against price paid", "amount", "refund_amount unit_price_paid qty_claimed", "ratio"),
    _number("price_change", "Price today against price paid", "amount", "unit_price_current unit_price_paid", "ratio"),
    _number("discount_share", "Discount at purchase", "amount", "unit_discount unit_price_paid", "fraction"),
    _number("just_under_limit", "Refund just under the approval limit", "amount", "refund_amount"),
    _number("refund_to_sku_mean", "Refund against the article's usual refund", "amount", "refund_amount sku", "ratio"),
    _number("serial_mismatch", "Serial number differs from the sale", "item", "serial_number_sold serial_number_returned"),
    _number("qty_left_over", "Pieces left to return after this claim", "quantity", "qty_purchased qty_already_returned qty_claimed", "count"),
    _number("claimed_share", "Share of the purchase claimed back", "quantity", "qty_claimed qty_already_returned qty_purchased", "fraction"),
    _number("days_to_return", "Days from purchase to return", "timing", "purchased_at", "days"),
    _number("days_past_window", "Days beyond the return window", "timing", "purchased_at return_window_days", "days"),
    _number("days_since_initiated", "Days since the customer asked", "timing", "initiated_at", "days"),
    _number("account_age_days", "Age of the account", "customer", "account_created_at", "days"),
    _number("month", "Month", "season", "as_of"),
    _number("weekday", "Weekday", "season", "as_of"),
    _number("worn_after_weekend", "Worn goods returned after a weekend", "season", "category as_of"),
    _number("tender_differs", "Refund tender differs from the original", "tender", "refund_tender original_tender"),
    _number("foreign_site", "Returned to another site than it was bought", "receipt", "site_id purchase_site_id"),
    _number("receipt_returns_365d", "Earlier returns on this receipt", "receipt", "receipt", "count"),
    _number("receipt_line_excess_qty", "Pieces refunded beyond those on the receipt", "receipt", "receipt_line qty_claimed qty_purchased", "count"),
    _number("weight_gap", "Parcel lighter than expected", "shipment", "carrier_weight_g expected_weight_g", "fraction"),
    _number("claim_against_proof", "Not-received claim against proof of delivery", "shipment", "claim_type delivery_proof"),
    _number("tracking_seen_365d", "Earlier returns on this tracking number", "shipment", "tracking", "count"),
    _number("customer_returns_30d", "Customer's returns in 30 days", "customer_history", "customer", "count"),
    _number("customer_days_since_return", "Days since the customer's last return", "customer_history", "customer", "days"),
    _number("customer_value_365d", "Customer's refunds in a year", "customer_history", "customer", "money"),
    _number("customer_return_share", "Customer's refunds against spend in a year", "customer_history", "customer customer_spend_365d", "fraction"),
    _number("customer_unreceipted_365d", "Customer's returns without receipt in a year", "customer_history", "customer", "count"),
    _number("customer_item_claims_365d", "Customer's item claims in a year", "customer_history", "customer", "count"),
    _number("customer_wrong_rate", "Customer's confirmed fraud or abuse", "customer_history", "customer", "fraction"),
    _number("customer_wardrobing_rate", "Customer's confirmed wardrobing", "customer_history", "customer", "fraction"),
    _number("customer_bracketing_rate", "Customer's confirmed bracketing", "customer_history", "customer", "fraction"),
    _number("customer_serial_rate", "Customer's confirmed serial returning", "customer_history", "customer", "fraction"),
    _number("other_site_returns_7d", "Customer's returns at other sites in 7 days", "velocity", "customer customer_at_site site_id", "count"),
    _number("tender_returns_30d", "Returns to this card in 30 days", "velocity", "tender", "count"),
    _number("device_returns_30d", "Returns from this device in 30 days", "velocity", "device", "count"),
    _number("address_others_30d", "Returns by others from this address in 30 days", "velocity", "address customer", "count"),
    _number("linked_wrong_rate", "Confirmed fraud or abuse on card, device, address or phone", "velocity", "tender device address phone", "fraction"),
    _number("associate_refund_share", "Associate's share of the site's refunds", "associate", "associate site", "fraction"),
    _number("associate_keyed_rate", "Associate's keyed entries", "associate", "associate", "fraction"),
    _number("associate_absent_rate", "Associate's refunds without a customer", "associate", "associate", "fraction"),
    _number("associate_reprint_rate", "Associate's reprinted receipts", "associate", "associate", "fraction"),
    _number("associate_collusion_rate", "Associate's confirmed collusion", "associate", "associate", "fraction"),
    _number("associate_tender_returns_90d", "Associate's refunds to this card in 90 days", "associate", "associate_and_tender", "count"),
    _number("site_wrong_rate", "Site's confirmed fraud or abuse", "site", "site", "fraction"),
    _number("sku_claim_rate", "Article's item claims (faulty articles protect honest claims)", "article", "sku", "fraction"),
    _number("sku_wrong_rate", "Article's confirmed fraud or abuse", "article", "sku", "fraction"),
    _number("wording_seen_30d", "Same wording in other returns in 30 days", "text", "wording", "count"),
    _number("reason_length", "Length of the reason", "text", "reason_text", "count"),
)  # fmt: skip


def build_features(columns: Columns, past: Past) -> dict[str, Column]:
    """Build the feature columns, elementwise; missing stays NaN."""
    return (
        {feature.name: columns[feature.name] for feature in _RAW}
        | _amounts(columns, past)
        | _item_and_quantity(columns)
        | _timing(columns)
        | _tender_receipt_shipment(columns, past)
        | _customer_history(columns, past)
        | _velocity(columns, past)
        | _associate_and_site(past)
        | _article_and_text(columns, past)
    )


def _amounts(columns: Columns, past: Past) -> dict[str, Column]:
    refund, unit_paid = columns["refund_amount"], columns["unit_price_paid"]
    paid = unit_paid * columns["qty_claimed"]
    return {
        "refund_to_paid": ratio(refund, paid),
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


def _associate_and_site(past: Past) -> dict[str, Column]:
    handled, collusion = past["associate_count_365d"], past["associate_cause_employee_or_collusion_365d"]
    labelled, site_labelled = past["associate_labelled_365d"], past["site_labelled_365d"]
    return {
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
    }


def _cause_rate(past: Past, cause: str, *, prior: float) -> Column:
    confirmed, labelled = past[f"customer_cause_{cause}_365d"], past["customer_labelled_365d"]
    return shrunk_rate(confirmed, labelled, prior=prior, strength=3.0)


def _differ(columns: Columns, one: str, other: str) -> Column:
    """Say 1 where two identifiers differ, 0 where they agree, NaN where one is missing."""
    pairs = zip(columns.strings[one], columns.strings[other], strict=True)
    values = [float("nan") if a is None or b is None else float(a != b) for a, b in pairs]
    return np.array(values, dtype=np.float64)


RECIPE: Final = Recipe(
    payload=ReturnFraud,
    text_fields=("reason_text",),
    trails=TRAILS,
    measures=measures,
    features=FEATURES,
    build=build_features,
    money_at_stake=money_at_stake,
)
