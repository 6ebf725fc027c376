"""Return fraud and abuse: what is known when a customer asks for money back, and the row the models see.

What inspection, chargeback or investigation finds later is the label. It has no field here on purpose, and no protected
attribute has one either.
"""

from typing import Final, Literal

from pydantic import Field

from features.columns import Column, Columns, field_kinds
from features.domains.return_fraud.features import (
    ABUSE,
    FRAUD,
    LONG_DAYS,
    TOPICS,
    Category,
    Channel,
    ClaimType,
    ItemEntry,
    ProductFlag,
    ReasonCode,
    ReceiptType,
    Tender,
    derive,
    measures,
    money_at_stake,
)
from features.fields import Code, Count, Id, Instant, Money, Number, Payload, Quantity, SignedMoney, Text
from features.history import Trail
from features.recipe import Feature, Past, Recipe


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
    item_entry: ItemEntry | None = Field(None, title="Item entry", description="Barcode scanned or number keyed.")
    customer_present: bool | None = Field(None, title="Customer present", description="The customer stood at the counter.")
    after_close: bool | None = Field(None, title="After closing time", description="Entered after the store closed.")
    device_hash: Id | None = Field(None, title="Device", description="Hashed device of the request.")
    address_hash: Id | None = Field(None, title="Address", description="Hashed delivery or pick-up address.")
    phone_hash: Id | None = Field(None, title="Phone", description="Hashed phone number.")
    # fmt: on


_KINDS: Final = {kind.name: kind for kind in field_kinds(ReturnFraud)}


TRAILS: Final = (
    Trail(name="customer", key=("customer_id_hash",), windows_days=(7, 30, 365, LONG_DAYS), sums=("refund", "unreceipted", "item_claims"), causes=(*ABUSE, *FRAUD)),
    Trail(name="customer_at_site", key=("customer_id_hash", "site_id"), windows_days=(7,)),
    Trail(name="tender", key=("tender_hash",), windows_days=(30, 365)),
    Trail(name="device", key=("device_hash",), windows_days=(30, 365)),
    Trail(name="address", key=("address_hash",), windows_days=(30, 365, LONG_DAYS), causes=(*ABUSE, *FRAUD)),
    Trail(name="phone", key=("phone_hash",), windows_days=(30, 365)),
    Trail(name="associate", key=("associate_id_hash",), sums=("refund", "keyed", "absent", "reprinted"), causes=("employee_or_collusion",)),
    Trail(name="associate_and_tender", key=("associate_id_hash", "tender_hash"), windows_days=(90,)),
    Trail(name="site", key=("site_id",), windows_days=(30, 365), sums=("refund",)),
    Trail(name="sku", key=("sku",), windows_days=(90, 365), sums=("refund", "qty", "item_claims")),
    Trail(name="receipt", key=("original_txn_id",), windows_days=(365,)),
    Trail(name="receipt_line", key=("original_txn_id", "sku"), windows_days=(365,), sums=("qty",)),
    Trail(name="tracking", key=("label_tracking_id",), windows_days=(365,)),
    Trail(name="wording", key=("reason_text",), windows_days=(30,)),
)  # fmt: skip


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
    _raw("refund_amount", "amount", "money"), _raw("qty_claimed", "quantity", "count"),
    _raw("guest", "customer"), _raw("id_verified", "customer"), _raw("orc_linked", "velocity"),
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
    _number("refund_per_piece", "Refund per piece", "amount", "refund_amount qty_claimed", "money"),
    _number("price_today_to_refund", "Price today against the refund per piece", "amount", "unit_price_current refund_amount qty_claimed", "ratio"),
    _number("piece_to_sku_mean", "Refund per piece against the article's usual", "amount", "refund_amount qty_claimed sku", "ratio"),
    _number("price_change", "Price today against price paid", "amount", "unit_price_current unit_price_paid", "ratio"),
    _number("discount_share", "Discount at purchase", "amount", "unit_discount unit_price_paid", "fraction"),
    _number("just_under_limit", "Refund just under the approval limit", "amount", "refund_amount"),
    _number("refund_to_sku_mean", "Refund against the article's usual refund", "amount", "refund_amount sku", "ratio"),
    _number("serial_mismatch", "Serial number differs from the sale", "item", "serial_number_sold serial_number_returned"),
    _number("qty_left_over", "Pieces left to return after this claim", "quantity", "qty_purchased qty_already_returned qty_claimed", "count"),
    _number("claimed_share", "Share of the purchase claimed back", "quantity", "qty_claimed qty_already_returned qty_purchased", "fraction"),
    _number("days_to_return", "Days from purchase to return", "timing", "purchased_at", "days"),
    _number("days_kept", "Days from purchase until the customer asked", "timing", "purchased_at initiated_at", "days"),
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
    _number("household_returns_yearly", "Household's returns, per year if known longer", "household", "address customer", "count"),
    _number("household_returns_30d", "Household's returns in 30 days", "household", "address customer", "count"),
    _number("household_known_days", "Days since the household's first return, up to a year", "household", "address customer", "days"),
    _number("household_days_since_return", "Days since the household's last return", "household", "address customer", "days"),
    _number("household_returns_per_year", "How often the household returns, per year", "household", "address customer", "count"),
    _number("household_wrong_yearly", "Household's returns confirmed as fraud or abuse, per year if known longer", "household", "address customer", "count"),
    _number("household_labelled_yearly", "Household's returns whose outcome is known, per year if known longer", "household", "address customer", "count"),
    _number("household_wrong_rate", "Household's confirmed fraud or abuse", "household", "address customer", "fraction"),
    _number("household_wardrobing_rate", "Household's confirmed wardrobing", "household", "address customer", "fraction"),
    _number("household_bracketing_abuse_rate", "Household's confirmed bracketing", "household", "address customer", "fraction"),
    _number("household_serial_policy_abuse_rate", "Household's confirmed serial returning", "household", "address customer", "fraction"),
    _number("household_fraud_rate", "Household's confirmed fraud", "household", "address customer", "fraction"),
    _number("household_abuse_yearly", "Household's returns confirmed as abuse, per year if known longer", "household", "address customer", "count"),
    _number("household_fraud_yearly", "Household's returns confirmed as fraud, per year if known longer", "household", "address customer", "count"),
    _number("address_others_share", "Share of the address's returns by others", "household", "address customer", "fraction"),
    _number("new_customer_at_address", "New customer number at a known address", "household", "address customer"),
    _number("other_site_returns_7d", "Customer's returns at other sites in 7 days", "velocity", "customer customer_at_site site_id", "count"),
    _number("tender_returns_30d", "Returns to this card in 30 days", "velocity", "tender", "count"),
    _number("device_returns_30d", "Returns from this device in 30 days", "velocity", "device", "count"),
    _number("address_others_30d", "Returns by others from this address in 30 days", "velocity", "address customer", "count"),
    _number("linked_wrong_rate", "Confirmed fraud or abuse on card, device, address or phone", "velocity", "tender device address phone", "fraction"),
    _number("associate_signs", "Signs of collusion at the till", "associate", "item_entry customer_present receipt_reprinted after_close refund_to_associate", "count"),
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
    *(_number(f"speaks_of_{topic}", f"Reason speaks of: {topic.replace('_', ' ')}", "text", "reason_text") for topic in TOPICS),
)  # fmt: skip


def build_features(columns: Columns, past: Past) -> dict[str, Column]:
    """Build the feature columns, elementwise; missing stays NaN."""
    return {feature.name: columns[feature.name] for feature in _RAW} | derive(columns, past)


RECIPE: Final = Recipe(
    payload=ReturnFraud,
    text_fields=("reason_text",),
    trails=TRAILS,
    measures=measures,
    features=FEATURES,
    build=build_features,
    money_at_stake=money_at_stake,
)
