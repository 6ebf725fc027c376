"""Invoice discrepancies: which blocked invoice line may be paid as billed."""

from typing import Final, Literal

from pydantic import Field

from features.columns import field_kinds
from features.domains.invoice_discrepancy.features import (
    BUYER_CAUSES,
    LANE_CAUSES,
    LANE_DAYS,
    SITE_CAUSES,
    SUPPLIER_CAUSES,
    Block,
    build_features,
    measures,
    money_at_stake,
)
from features.fields import Code, Count, Day, Fraction, Id, Instant, Money, Number, Payload, PlannedDay, Quantity, Text
from features.history import Trail
from features.recipe import Feature, Recipe

PoType = Literal["standard", "blanket", "consignment", "service", "dsd", "third_party"]
Channel = Literal["edi", "peppol", "portal", "pdf", "email", "paper"]
SupplierStatus = Literal["active", "inactive", "blocked", "sanctioned"]


# One field a line, like a table.
# fmt: off
class InvoiceDiscrepancy(Payload):
    """One invoice line that does not match order and receipt, as known when it is triaged: no later receipt, correction or release."""

    invoice_id: Id = Field(title="Invoice", description="The supplier's invoice number, or the key of the record")
    supplier_id: Id = Field(title="Supplier", description="Vendor number")
    line_amount: Money = Field(title="Line amount", description="Billed for the line before tax and charges, money")
    invoice_line_id: Id | None = Field(None, title="Invoice line")
    invoice_type: Literal["invoice", "credit_note", "debit_note"] | None = Field(None, title="Document", description="UNCL 1001 codes 380, 381, 383")
    site_id: Id | None = Field(None, title="Site", description="Store or distribution centre that receives")
    legal_entity: Id | None = Field(None, title="Company", description="Company code that pays")
    issued_on: Day | None = Field(None, title="Invoice date")
    due_on: PlannedDay | None = Field(None, title="Due date")
    received_at: Instant | None = Field(None, title="Invoice received", description="When the invoice came in, UTC")
    payment_net_days: Count | None = Field(None, title="Payment term", description="Days net")
    discount_fraction: Fraction | None = Field(None, title="Cash discount", description="Fraction of the amount")
    discount_days: Count | None = Field(None, title="Discount period", description="Days from the invoice date")
    supplier_status: SupplierStatus | None = Field(None, title="Supplier status", description="In the vendor master")
    supplier_since_on: Day | None = Field(None, title="Supplier since")
    supplier_paid_invoice_count: Count | None = Field(None, title="Invoices paid so far", description="Paid to the supplier, ever")
    supplier_bank_account_hash: Id | None = Field(None, title="Bank account", description="Hash of the account on the invoice")
    bank_changed_at: Instant | None = Field(None, title="Bank details changed", description="Last change in the vendor master, UTC")
    bank_matches_master: bool | None = Field(None, title="Bank as in the master", description="Account on the invoice is the one in the vendor master")
    suppliers_sharing_bank_count: Count | None = Field(None, title="Suppliers sharing the bank account", description="Other suppliers with the same account, address or phone")
    supplier_tax_id_match: bool | None = Field(None, title="Tax id matches")
    supplier_related_party: bool | None = Field(None, title="Related party", description="Supplier tied to an employee or to the group")
    po_id: Id | None = Field(None, title="Purchase order", description="Its absence is a signal")
    po_line_id: Id | None = Field(None, title="Order line")
    po_required: bool | None = Field(None, title="Order required", description="Purchasing policy demands an order for this spend")
    po_type: PoType | None = Field(None, title="Order type")
    match_type: Literal["two_way", "three_way", "four_way"] | None = Field(None, title="Match", description="Order; plus receipt; plus acceptance")
    po_on: Day | None = Field(None, title="Order date")
    po_delivery_on: PlannedDay | None = Field(None, title="Delivery date", description="As scheduled on the order")
    po_unit_price: Money | None = Field(None, title="Order price", description="Per order unit as of triage, money")
    po_price_changed_at: Instant | None = Field(None, title="Price changed", description="Last price change of the order line or price file, UTC")
    contract_unit_price: Money | None = Field(None, title="Contract price", description="Valid contract or price list, money")
    last_paid_unit_price: Money | None = Field(None, title="Last paid price", description="Same supplier and item, money")
    po_open_amount: Money | None = Field(None, title="Open on the order", description="Value not yet invoiced, money")
    po_valid_until_on: PlannedDay | None = Field(None, title="Order valid until", description="Time limit of a blanket order")
    po_closed: bool | None = Field(None, title="Order closed", description="Closed or finally matched")
    sku: Id | None = Field(None, title="Item", description="Internal number")
    item_gtin: Code | None = Field(None, title="GTIN")
    item_description: Text | None = Field(None, title="Item description", description="As billed")
    merch_category: Code | None = Field(None, title="Category", description="Merchandise or spend category")
    merch_subcategory: Code | None = Field(None, title="Subcategory")
    pack_size: Number | None = Field(None, title="Pack size", description="Units per order unit in the item master")
    ordered_qty: Quantity | None = Field(None, title="Ordered", description="Order units")
    order_uom: Code | None = Field(None, title="Order unit")
    received_qty: Quantity | None = Field(None, title="Received", description="Posted so far, order units")
    accepted_qty: Quantity | None = Field(None, title="Accepted", description="After inspection, order units")
    rejected_qty: Quantity | None = Field(None, title="Rejected", description="Damaged or refused, order units")
    previously_invoiced_qty: Quantity | None = Field(None, title="Invoiced before", description="On the order line, order units")
    asn_qty: Quantity | None = Field(None, title="Announced", description="Shipment notice, order units")
    pod_available: bool | None = Field(None, title="Proof of delivery", description="A signed delivery note is on file")
    last_gr_at: Instant | None = Field(None, title="Last receipt posted", description="UTC, before triage")
    gr_final: bool | None = Field(None, title="Receipt final", description="No more deliveries expected")
    gr_count: Count | None = Field(None, title="Receipts so far", description="Goods receipts or service entries before triage")
    gr_cancellation_count: Count | None = Field(None, title="Receipts cancelled so far")
    po_price_change_count: Count | None = Field(None, title="Price changes so far")
    po_qty_change_count: Count | None = Field(None, title="Quantity changes so far")
    prior_invoice_count: Count | None = Field(None, title="Invoices before", description="On the order line before this one")
    prior_credit_count: Count | None = Field(None, title="Credit or debit memos before", description="On the order line before triage")
    invoiced_qty: Quantity | None = Field(None, title="Invoiced", description="Invoice units")
    invoice_uom: Code | None = Field(None, title="Invoice unit")
    invoice_unit_price: Money | None = Field(None, title="Invoice price", description="Per invoice unit, money")
    charges_amount: Money | None = Field(None, title="Charges", description="Freight, fuel, pallets, surcharges, money")
    allowances_amount: Money | None = Field(None, title="Allowances", description="Deducted by the supplier, money")
    tax_amount: Money | None = Field(None, title="Tax billed", description="Money")
    expected_tax_amount: Money | None = Field(None, title="Tax expected", description="By our tax engine, money")
    payable_amount: Money | None = Field(None, title="Payable", description="Of the whole invoice, money")
    tolerance_price_fraction: Fraction | None = Field(None, title="Price tolerance", description="Release limit as a fraction of the order price")
    tolerance_price_amount: Money | None = Field(None, title="Price tolerance, amount", description="Release limit per line, money")
    tolerance_qty_fraction: Fraction | None = Field(None, title="Quantity tolerance", description="Over the order, fraction")
    tolerance_qty: Quantity | None = Field(None, title="Quantity tolerance, units", description="Over the order, order units")
    approval_limit_amount: Money | None = Field(None, title="Approval limit", description="What may be paid here without a named approver, money")
    blocking_codes: tuple[Block, ...] = Field((), title="Blocks", description="Reasons the system holds the line for")
    closest_invoice_similarity: Fraction | None = Field(None, title="Likeness to an earlier invoice", description="By number, amount, date and order; 1 is identical")
    closest_invoice_days_apart: Number | None = Field(None, title="Days to that invoice")
    capture_channel: Channel | None = Field(None, title="Channel", description="How the invoice came in")
    ocr_confidence: Fraction | None = Field(None, title="Reading confidence", description="Of the document reader")
    created_by: Id | None = Field(None, title="Entered by")
    approver: Id | None = Field(None, title="Approver", description="Who is to approve the payment")
    po_requester: Id | None = Field(None, title="Requester")
    po_buyer: Id | None = Field(None, title="Buyer")
    gr_poster: Id | None = Field(None, title="Receipt posted by")
    notes: Text | None = Field(None, title="Notes", description="What supplier, store or clerk wrote about it")
# fmt: on


TRAILS: Final = (
    Trail(name="supplier", key=("supplier_id",), windows_days=(30, 365), sums=("amount",), causes=SUPPLIER_CAUSES),
    Trail(name="site", key=("site_id",), windows_days=(90, 365), causes=SITE_CAUSES),
    Trail(name="buyer", key=("po_buyer",), windows_days=(365,), causes=BUYER_CAUSES),
    Trail(name="lane", key=("supplier_id", "site_id"), windows_days=(LANE_DAYS,), causes=LANE_CAUSES),
    Trail(name="item", key=("supplier_id", "sku"), windows_days=(365,), last=("unit_price",)),
    Trail(name="subcategory", key=("merch_category", "merch_subcategory"), windows_days=(365,)),
    Trail(name="order", key=("po_id",), windows_days=(365,), last=("amount",)),
    Trail(name="number", key=("supplier_id", "invoice_id", "invoice_line_id"), windows_days=(365,), last=("amount",)),
    Trail(name="account", key=("supplier_id", "supplier_bank_account_hash"), windows_days=(365,)),
)
_VOCABULARIES: Final = {kind.name: kind.vocabulary for kind in field_kinds(InvoiceDiscrepancy)}


def _number(name: str, title: str, family: str, unit: str, *sources: str) -> Feature:
    return Feature(name=name, title=title, family=family, sources=sources or (name,), unit=unit)


def _category(name: str, title: str, family: str) -> Feature:
    return Feature(
        name=name, title=title, family=family, sources=(name,), kind="category", vocabulary=_VOCABULARIES[name]
    )


_PRICE: Final = (
    _number("price_var_fraction", "Invoice price over order price", "price", "fraction", "invoice_unit_price", "po_unit_price"),
    _number("price_var_amount", "Price difference times quantity", "price", "money", "invoice_unit_price", "po_unit_price", "invoiced_qty"),
    _number("price_var_in_tolerances", "Price difference over its tolerance", "price", "ratio", "invoice_unit_price", "po_unit_price", "invoiced_qty", "tolerance_price_fraction", "tolerance_price_amount"),
    _number("price_vs_contract_fraction", "Invoice price over contract price", "price", "fraction", "invoice_unit_price", "contract_unit_price"),
    _number("price_vs_last_paid_fraction", "Invoice price over last paid price", "price", "fraction", "invoice_unit_price", "last_paid_unit_price"),
    _number("price_vs_last_billed_fraction", "Invoice price over the price billed last", "item history", "fraction", "invoice_unit_price", "supplier_id", "sku"),
    _number("days_since_price_change", "Days since the price changed", "price", "days", "po_price_changed_at"),
    _number("po_price_change_count", "Price changes so far", "price", "count"),
)  # fmt: skip
_QUANTITY: Final = (
    _number("billed_not_received_fraction", "Invoiced in all less received, over invoiced", "quantity", "ratio", "invoiced_qty", "previously_invoiced_qty", "received_qty"),
    _number("billed_over_ordered_fraction", "Invoiced in all over ordered", "quantity", "fraction", "invoiced_qty", "previously_invoiced_qty", "ordered_qty"),
    _number("ordered_excess_in_tolerances", "Quantity over the order, in tolerances", "quantity", "ratio", "invoiced_qty", "previously_invoiced_qty", "ordered_qty", "tolerance_qty_fraction", "tolerance_qty"),
    _number("rejected_fraction", "Rejected over received", "quantity", "ratio", "rejected_qty", "received_qty"),
    _number("announced_fraction", "Announced over invoiced", "quantity", "ratio", "asn_qty", "invoiced_qty"),
    _number("value_not_received", "Billed for what was not received", "quantity", "money", "invoiced_qty", "previously_invoiced_qty", "received_qty", "invoice_unit_price"),
    _number("amount_vs_receipt_fraction", "Line amount over the unpaid receipt at order price", "quantity", "fraction", "line_amount", "received_qty", "previously_invoiced_qty", "po_unit_price"),
    _number("pack_likeness", "Price or quantity off by a whole pack", "unit", "", "invoice_unit_price", "po_unit_price", "invoiced_qty", "ordered_qty"),
    _number("uom_differs", "Invoice unit is not the order unit", "unit", "", "invoice_uom", "order_uom"),
)  # fmt: skip
_RECEIPT: Final = (
    _number("no_receipt", "Nothing received", "receipt", "", "received_qty", "gr_count"),
    _number("pod_available", "Proof of delivery", "receipt", ""),
    _number("proof_without_receipt", "Announced or delivered, not received", "receipt", "", "pod_available", "asn_qty", "received_qty"),
    _number("days_since_last_gr", "Days since the last receipt", "receipt", "days", "last_gr_at"),
    _number("days_gr_to_invoice", "Days from receipt to invoice", "receipt", "days", "last_gr_at", "received_at"),
    _number("days_past_delivery", "Days past the scheduled delivery", "receipt", "days", "po_delivery_on"),
    _number("gr_final", "Receipt final", "receipt", ""),
    _number("gr_count", "Receipts so far", "receipt", "count"),
    _number("gr_cancellation_count", "Receipts cancelled so far", "receipt", "count"),
    _number("po_qty_change_count", "Quantity changes so far", "order", "count"),
)  # fmt: skip
_ORDER: Final = (
    _number("no_po", "No purchase order", "order", "", "po_id"),
    _category("po_type", "Order type", "order"),
    _category("match_type", "Match", "order"),
    _number("po_closed", "Order closed", "order", ""),
    _number("order_room_ratio", "Open order value over line amount", "order", "ratio", "po_open_amount", "line_amount"),
    _number("order_age_days", "Age of the order", "order", "days", "po_on"),
    _number("order_after_invoice", "Order dated after the invoice", "order", "", "po_on", "issued_on"),
    _number("prior_invoice_count", "Invoices before on the line", "order", "count"),
    _number("prior_credit_count", "Credit or debit memos before", "order", "count"),
    _number("hands_in_common", "Duties one person holds twice", "people", "count", "created_by", "approver", "po_requester", "gr_poster"),
)  # fmt: skip
_MONEY: Final = (
    _number("line_amount", "Line amount", "amount", "money"),
    _number("amount_vs_supplier_mean", "Line amount over the supplier's mean", "amount", "ratio", "line_amount", "supplier_id"),
    _number("approval_share", "Amount over the approval limit", "amount", "ratio", "line_amount", "payable_amount", "approval_limit_amount"),
    _number("just_below_limit", "Just below the approval limit", "amount", "", "line_amount", "approval_limit_amount"),
    _number("charges_share", "Charges over line amount", "charges and tax", "ratio", "charges_amount", "line_amount"),
    _number("tax_residual_share", "Tax billed less expected, over line amount", "charges and tax", "ratio", "tax_amount", "expected_tax_amount", "line_amount"),
)  # fmt: skip
_SUPPLIER: Final = (
    _category("supplier_status", "Supplier status", "supplier"),
    _number("supplier_tenure_days", "Supplier since", "supplier", "days", "supplier_since_on"),
    _number("supplier_paid_invoice_count", "Invoices paid so far", "supplier", "count"),
    _number("supplier_tax_id_match", "Tax id matches", "supplier", ""),
    _number("bank_matches_master", "Bank as in the master", "bank", ""),
    _number("days_since_bank_change", "Days since the bank details changed", "bank", "days", "bank_changed_at"),
    _number("suppliers_sharing_bank_count", "Suppliers sharing the bank account", "bank", "count"),
    _number("account_age_days", "Days the account has been seen", "bank", "days", "supplier_id", "supplier_bank_account_hash"),
    _number("closest_invoice_similarity", "Likeness to an earlier invoice", "duplicate", "fraction"),
    _number("closest_invoice_days_apart", "Days to that invoice", "duplicate", "days"),
    _number("same_number_and_amount", "Number and amount seen before", "duplicate", "", "supplier_id", "invoice_id", "invoice_line_id", "line_amount"),
    _number("same_amount_on_order", "Same amount as the order's last line", "duplicate", "", "po_id", "line_amount"),
)  # fmt: skip
_DOCUMENT: Final = (
    _category("invoice_type", "Document", "document"),
    _category("capture_channel", "Channel", "document"),
    _number("ocr_confidence", "Reading confidence", "document", "fraction"),
    _number("block_count", "Blocks", "blocks", "count", "blocking_codes"),
    _number("blocked_for_price", "Blocked for price", "blocks", "", "blocking_codes"),
    _number("blocked_for_quantity", "Blocked for quantity", "blocks", "", "blocking_codes"),
    _number("days_to_due", "Days to the due date", "timing", "days", "due_on"),
    _number("days_to_discount_end", "Days to the end of the discount", "timing", "days", "issued_on", "discount_days"),
    _number("month_end", "Last three days of the month", "timing", "", "as_of"),
)  # fmt: skip
_HISTORY: Final = (
    _number("supplier_count_30d", "Supplier's exceptions in 30 days", "supplier history", "count", "supplier_id"),
    _number("supplier_wrong_rate", "Supplier's share of exceptions wrong to pay", "supplier history", "fraction", "supplier_id"),
    *(_number(f"supplier_share_{cause}", f"Supplier's share of {cause.replace('_', ' ')}", "supplier history", "fraction", "supplier_id") for cause in SUPPLIER_CAUSES),
    _number("site_wrong_rate", "Site's share of exceptions wrong to pay", "site history", "fraction", "site_id"),
    *(_number(f"site_share_{cause}", f"Site's share of {cause.replace('_', ' ')}", "site history", "fraction", "site_id") for cause in SITE_CAUSES),
    _number("buyer_wrong_rate", "Buyer's share of exceptions wrong to pay", "buyer history", "fraction", "po_buyer"),
    *(_number(f"buyer_share_{cause}", f"Buyer's share of {cause.replace('_', ' ')}", "buyer history", "fraction", "po_buyer") for cause in BUYER_CAUSES),
    _number("lane_wrong_rate", "Supplier's share of exceptions wrong to pay at the site", "lane history", "fraction", "supplier_id", "site_id"),
    *(_number(f"lane_share_{cause}", f"Supplier's share of {cause.replace('_', ' ')} at the site", "lane history", "fraction", "supplier_id", "site_id") for cause in LANE_CAUSES),
    _number("lane_yearly", "Supplier's exceptions at the site, per year if known longer", "lane history", "count", "supplier_id", "site_id"),
    _number("lane_labelled_yearly", "Supplier's exceptions at the site whose outcome is known, per year if known longer", "lane history", "count", "supplier_id", "site_id"),
    _number("lane_per_month", "Supplier's exceptions at the site per month", "lane history", "count", "supplier_id", "site_id"),
    _number("lane_known_days", "Days since the supplier's first exception at the site, up to a year", "lane history", "days", "supplier_id", "site_id"),
    _number("lane_days_since_last", "Days since the supplier's last exception at the site", "lane history", "days", "supplier_id", "site_id"),
    _number("item_wrong_rate", "Item's share of exceptions wrong to pay", "item history", "fraction", "supplier_id", "sku"),
    _number("item_days_since_last", "Days since the item's last exception", "item history", "days", "supplier_id", "sku"),
    _number("subcategory_wrong_rate", "Category's share of exceptions wrong to pay", "category history", "fraction", "merch_category", "merch_subcategory"),
    _number("order_count", "Order's exceptions so far", "order history", "count", "po_id"),
    _number("order_wrong_rate", "Order's share of exceptions wrong to pay", "order history", "fraction", "po_id"),
    _number("order_days_since_last", "Days since the order's last exception", "order history", "days", "po_id"),
)  # fmt: skip
FEATURES: Final = (
    *_PRICE, *_QUANTITY, *_RECEIPT, *_ORDER, *_MONEY, *_SUPPLIER, *_DOCUMENT, *_HISTORY,
)  # fmt: skip

RECIPE: Final = Recipe(
    payload=InvoiceDiscrepancy,
    text_fields=("notes",),
    trails=TRAILS,
    measures=measures,
    features=FEATURES,
    build=build_features,
    money_at_stake=money_at_stake,
)
