"""Return fraud and abuse: what is known when a customer asks for money back, and the row the models see.

What inspection, chargeback or investigation finds later is the label. It has no field here on purpose, and no protected
attribute has one either.
"""

from typing import Literal

from pydantic import Field

from features.fields import (
    Code,
    Count,
    CustomerId,
    DocumentId,
    HashedStaffId,
    Id,
    Instant,
    Money,
    Number,
    Payload,
    Quantity,
    ReturnedMoney,
    ReturnedQuantity,
    SerialId,
    SignedMoney,
    Text,
)

ClaimType = Literal["return", "inr", "snad", "damaged", "missing_item", "exchange", "appeasement"]
Channel = Literal["store", "online", "mail", "boris", "locker", "call_center"]
Tender = Literal["card", "cash", "gift_card", "store_credit", "bnpl"]
ReceiptType = Literal["paper", "e_receipt", "gift", "order_lookup", "none"]
Category = Literal[
    "apparel", "footwear", "accessories", "electronics", "tools", "home", "beauty", "toys", "grocery", "other"
]
ReasonCode = Literal["changed_mind", "wrong_size", "defective", "not_as_described", "damaged_in_transit",
"arrived_late", "wrong_item", "gift", "not_received", "missing_parts", "price_adjustment", "other"]  # fmt: skip
ProductFlag = Literal["recalled", "unsafe", "medicine", "tobacco", "weapons", "hygiene"]
ItemEntry = Literal["scanned", "keyed"]


class ReturnFraud(Payload):
    """One line of a return, or of a claim for money back without a return."""

    # A table of fields reads better with one field per line.
    # fmt: off
    claim_type: ClaimType = Field(title="Claim type", description="What the customer asks for; inr: item not received, "
    "snad: significantly not as described.")
    channel: Channel = Field(title="Return channel", description="Where it is handed in; boris: bought online, "
    "returned in store.")
    sku: Id = Field(title="SKU", description="Internal article number.")
    qty_claimed: ReturnedQuantity = Field(title="Quantity claimed", description="Pieces the refund is asked for; a "
    "minus, as tills write it, is left out.")
    refund_amount: ReturnedMoney = Field(title="Refund", description="Amount asked for on this line, in the case's "
    "currency; a minus is left out.")
    return_id: DocumentId | None = Field(None, title="Return number", description="RMA or return document.")
    line_id: Id | None = Field(None, title="Return line", description="Line of the return document.")
    initiated_at: Instant | None = Field(None, title="Asked for at", description="When the customer asked; aware UTC.")
    site_id: Id | None = Field(None, title="Return site", description="Store or return centre, GLN or local code.")
    register_id: Id | None = Field(None, title="Register", description="Till of the return.")
    jurisdiction: Code | None = Field(None, title="Jurisdiction", description="Country whose law applies, ISO 3166.")
    statutory_right: Literal["none", "withdrawal", "defect_remedy"] | None = Field(None, title="Statutory right",
    description="Right to a refund by law that stands whatever the score.")
    customer_id_hash: CustomerId | None = Field(None, title="Customer", description="Hashed account or loyalty number.")
    guest: bool | None = Field(None, title="Guest", description="No account was used.")
    account_created_at: Instant | None = Field(None, title="Account created at", description="Aware UTC.")
    id_verified: Literal["government_id", "none"] | None = Field(None, title="Identity check",
    description="How identity was checked.")
    customer_spend_365d: Money | None = Field(None, title="Customer's spend, 365 days",
    description="Bought in the year before, in the case's currency.")
    customer_margin_365d: SignedMoney | None = Field(None, title="Customer's net margin, 365 days",
    description="After returns, in the case's currency.")
    overturned_denials: Count | None = Field(None, title="Overturned denials", description="Earlier refusals taken "
    "back on appeal.")
    orc_linked: bool | None = Field(None, title="Linked to organised crime", description="Loss prevention has linked a "
    "party of this return.")
    upstream_authorization: Literal["accept", "warn", "deny"] | None = Field(None, title="Upstream authorisation",
    description="Answer of an external return-authorisation service; advice only.")
    has_receipt: bool | None = Field(None, title="Receipt", description="Proof of purchase was shown or found.")
    receipt_type: ReceiptType | None = Field(None, title="Receipt type", description="Kind of proof of purchase.")
    receipt_reprinted: bool | None = Field(None, title="Receipt reprinted", description="The receipt was printed again "
    "before the return.")
    original_txn_id: DocumentId | None = Field(None, title="Original transaction",
    description="Sale the item is said to come from.")
    purchased_at: Instant | None = Field(None, title="Purchased at", description="Aware UTC.")
    purchase_channel: Channel | None = Field(None, title="Purchase channel", description="Where it was bought.")
    purchase_site_id: Id | None = Field(None, title="Purchase site", description="Store or warehouse that sold it.")
    return_window_days: Number | None = Field(None, title="Return window", description="Days the policy allows.")
    gtin: Id | None = Field(None, title="GTIN", description="Barcode number.")
    serial_number_sold: SerialId | None = Field(None, title="Serial number sold", description="As on the sale.")
    serial_number_returned: SerialId | None = Field(None, title="Serial number returned",
    description="As on the item handed in.")
    category: Category | None = Field(None, title="Category", description="Merchandise group.")
    high_risk_category: bool | None = Field(None, title="High-risk category", description="Loss prevention lists the "
    "merchandise group.")
    product_flags: tuple[ProductFlag, ...] = Field((), title="Product flags", description="Recalled, unsafe or "
    "regulated goods.")
    sizes_in_order: Count | None = Field(None, title="Sizes in the order", description="Sizes or colours of the same "
    "style in the original order.")
    qty_purchased: Quantity | None = Field(None, title="Quantity purchased", description="Pieces on the original line.")
    qty_already_returned: Quantity | None = Field(None, title="Quantity already returned",
    description="Pieces of that line refunded before.")
    unit_price_paid: Money | None = Field(None, title="Unit price paid", description="Per piece after discounts, in "
    "the case's currency.")
    unit_price_current: Money | None = Field(None, title="Unit price today", description="Per piece, in the case's "
    "currency.")
    unit_discount: Money | None = Field(None, title="Unit discount", description="Per piece at purchase, in the case's "
    "currency.")
    promo_id: Id | None = Field(None, title="Promotion", description="Promotion of the purchase.")
    refund_tender: Tender | None = Field(None, title="Refund tender", description="How the refund would be paid.")
    original_tender: Tender | None = Field(None, title="Original tender", description="How the purchase was paid.")
    already_refunded_amount: Money | None = Field(None, title="Refunded before", description="Given back so far for "
    "this purchase line, refunds without goods included, in the case's currency.")
    tender_token_same: bool | None = Field(None, title="Same card token", description="Refund and purchase use the "
    "same card or account.")
    tender_hash: CustomerId | None = Field(None, title="Refund card or account", description="Hashed token, never a "
    "card number.")
    reason_code: ReasonCode | None = Field(None, title="Reason", description="Reason picked from the list.")
    reason_text: Text | None = Field(None, title="Reason in words", description="What the customer or associate wrote.")
    tags_attached: bool | None = Field(None, title="Tags attached", description="Original tags are on the item.")
    packaging_opened: bool | None = Field(None, title="Packaging opened", description="The packaging was opened.")
    condition_grade: Literal["new", "like_new", "used", "damaged"] | None = Field(None, title="Condition at the "
    "counter", description="First look at hand-in, before any inspection.")
    photo_count: Count | None = Field(None, title="Photos", description="Photos sent with the claim.")
    label_tracking_id: DocumentId | None = Field(None, title="Return tracking number",
    description="On the return label.")
    carrier_weight_g: Quantity | None = Field(None, title="Carrier weight", description="Weight of the parcel at the "
    "carrier, grams.")
    expected_weight_g: Quantity | None = Field(None, title="Expected weight", description="Weight it should have, "
    "grams.")
    scan_status: Literal["none", "first_scan", "in_transit", "delivered"] | None = Field(None, title="Carrier scan",
    description="Latest scan of the return parcel.")
    delivery_proof: Literal["none", "scan", "photo", "gps", "signature"] | None = Field(None, title="Proof of delivery",
    description="Best proof that the purchase was delivered.")
    associate_id_hash: HashedStaffId | None = Field(None, title="Associate", description="Hashed id of who handles the "
    "return.")
    approver_id_hash: HashedStaffId | None = Field(None, title="Approver", description="Hashed id of who approved it "
    "at the till.")
    refund_to_associate: bool | None = Field(None, title="Refund to the associate",
    description="The tender belongs to the associate or someone related.")
    item_entry: ItemEntry | None = Field(None, title="Item entry", description="Barcode scanned or number keyed.")
    customer_present: bool | None = Field(None, title="Customer present", description="The customer stood at the "
    "counter.")
    after_close: bool | None = Field(None, title="After closing time", description="Entered after the store closed.")
    device_hash: CustomerId | None = Field(None, title="Device", description="Hashed device of the request.")
    address_hash: CustomerId | None = Field(None, title="Address", description="Hashed delivery or pick-up address.")
    phone_hash: CustomerId | None = Field(None, title="Phone", description="Hashed phone number.")
    # fmt: on
