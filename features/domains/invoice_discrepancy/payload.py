"""Invoice discrepancies: which blocked invoice line may be paid as billed."""

from typing import Annotated, Literal

from pydantic import Field

from features.fields import (
    Code,
    Count,
    Day,
    DocumentId,
    Fraction,
    HashedId,
    Id,
    Instant,
    Money,
    Number,
    Payload,
    PlannedDay,
    Quantity,
    SignedMoney,
    SignedQuantity,
    StaffId,
    Text,
)

InvoiceType = Literal["invoice", "credit_note", "debit_note"]
PoType = Literal["standard", "blanket", "consignment", "service", "dsd", "third_party"]
Channel = Literal["edi", "peppol", "portal", "pdf", "email", "paper"]
Factor = Annotated[Number, Field(gt=0)]
SupplierStatus = Literal["active", "inactive", "blocked", "sanctioned"]

# SAP tolerance keys, then holds of other kinds that systems put on a line.
Block = Literal[
    "PP", "PS", "KW", "DQ", "DW", "BR", "BW", "ST", "VP", "AP", "AN", "LA", "LD", "quality_inspection", "funds_check",
    "account_invalid", "period_closed", "manual_block", "stochastic_block", "tax_difference", "po_not_approved",
]  # fmt: skip


# One field a line, like a table.
# fmt: off
class InvoiceDiscrepancy(Payload):
    """One invoice line that does not match order and receipt, as known when it is triaged: no later receipt, correction
    or release."""

    invoice_id: DocumentId = Field(title="Invoice", description="The supplier's invoice number, or the key of the "
    "record")
    supplier_id: Id = Field(title="Supplier", description="Vendor number")
    line_amount: SignedMoney = Field(title="Line amount", description="Billed for the line before tax and charges, "
    "money; a credit carries its minus on the amount, the quantity, or the document")
    invoice_line_id: Id | None = Field(None, title="Invoice line")
    invoice_type: InvoiceType | None = Field(None, title="Document", description="UNCL 1001 codes 380, 381, 383")
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
    supplier_paid_invoice_count: Count | None = Field(None, title="Invoices paid so far",
    description="Paid to the supplier, ever")
    supplier_bank_account_hash: HashedId | None = Field(None, title="Bank account",
    description="Hash of the account on the invoice")
    bank_changed_at: Instant | None = Field(None, title="Bank details changed", description="Last change in the vendor "
    "master, UTC")
    bank_matches_master: bool | None = Field(None, title="Bank as in the master", description="Account on the invoice "
    "is the one in the vendor master")
    suppliers_sharing_bank_count: Count | None = Field(None, title="Suppliers sharing the bank account",
    description="Other suppliers with the same account, address or phone")
    supplier_tax_id_match: bool | None = Field(None, title="Tax id matches")
    supplier_related_party: bool | None = Field(None, title="Related party", description="Supplier tied to an employee "
    "or to the group")
    po_id: DocumentId | None = Field(None, title="Purchase order", description="Its absence is a signal")
    po_line_id: Id | None = Field(None, title="Order line")
    po_required: bool | None = Field(None, title="Order required", description="Purchasing policy demands an order for "
    "this spend")
    po_type: PoType | None = Field(None, title="Order type")
    match_type: Literal["two_way", "three_way", "four_way"] | None = Field(None, title="Match",
    description="Order; plus receipt; plus acceptance")
    po_on: Day | None = Field(None, title="Order date")
    po_delivery_on: PlannedDay | None = Field(None, title="Delivery date", description="As scheduled on the order")
    po_unit_price: Money | None = Field(None, title="Order price", description="Per order unit as of triage, money")
    po_price_changed_at: Instant | None = Field(None, title="Price changed", description="Last price change of the "
    "order line or price file, UTC")
    contract_unit_price: Money | None = Field(None, title="Contract price", description="Valid contract or price list, "
    "money")
    last_paid_unit_price: Money | None = Field(None, title="Last paid price", description="Same supplier and item, "
    "money")
    po_open_amount: Money | None = Field(None, title="Open on the order", description="Value not yet invoiced, money")
    po_valid_until_on: PlannedDay | None = Field(None, title="Order valid until", description="Time limit of a blanket "
    "order")
    po_closed: bool | None = Field(None, title="Order closed", description="Closed or finally matched")
    sku: Id | None = Field(None, title="Item", description="Internal number")
    item_gtin: Id | None = Field(None, title="GTIN")
    item_description: Text | None = Field(None, title="Item description", description="As billed")
    merch_category: Code | None = Field(None, title="Category", description="Merchandise or spend category")
    merch_subcategory: Code | None = Field(None, title="Subcategory")
    pack_size: Number | None = Field(None, title="Pack size", description="Units per order unit in the item master")
    ordered_qty: Quantity | None = Field(None, title="Ordered", description="Order units")
    order_uom: Code | None = Field(None, title="Order unit")
    received_qty: Quantity | None = Field(None, title="Received", description="Posted so far, order units")
    accepted_qty: Quantity | None = Field(None, title="Accepted", description="After inspection, order units")
    rejected_qty: Quantity | None = Field(None, title="Rejected", description="Damaged or refused, order units")
    previously_invoiced_qty: SignedQuantity | None = Field(None, title="Invoiced before",
    description="On the order line, order units")
    asn_qty: Quantity | None = Field(None, title="Announced", description="Shipment notice, order units")
    pod_available: bool | None = Field(None, title="Proof of delivery", description="A signed delivery note is on file")
    last_gr_at: Instant | None = Field(None, title="Last receipt posted", description="UTC, before triage")
    gr_final: bool | None = Field(None, title="Receipt final", description="No more deliveries expected")
    gr_count: Count | None = Field(None, title="Receipts so far", description="Goods receipts or service entries "
    "before triage")
    gr_cancellation_count: Count | None = Field(None, title="Receipts cancelled so far")
    po_price_change_count: Count | None = Field(None, title="Price changes so far")
    po_qty_change_count: Count | None = Field(None, title="Quantity changes so far")
    prior_invoice_count: Count | None = Field(None, title="Invoices before", description="On the order line before "
    "this one")
    prior_credit_count: Count | None = Field(None, title="Credit or debit memos before",
    description="On the order line before triage")
    invoiced_qty: SignedQuantity | None = Field(None, title="Invoiced", description="Invoice units")
    invoice_uom: Code | None = Field(None, title="Invoice unit")
    invoice_unit_price: SignedMoney | None = Field(None, title="Invoice price", description="Per invoice unit, money")
    price_base_qty: Quantity | None = Field(None, title="Price base", description="Invoice units the price is for, 1 "
    "where not given")
    order_units_per_invoice_unit: Factor | None = Field(None, title="Order units in an invoice unit",
    description="12 where a case of 12 is billed and pieces are ordered; units of weight, length and the like are "
    "known without")
    charges_amount: SignedMoney | None = Field(None, title="Charges", description="Freight, fuel, pallets, surcharges, "
    "money")
    allowances_amount: SignedMoney | None = Field(None, title="Allowances", description="Deducted by the supplier, "
    "money")
    tax_amount: SignedMoney | None = Field(None, title="Tax billed", description="Money")
    expected_tax_amount: SignedMoney | None = Field(None, title="Tax expected", description="By our tax engine, money")
    payable_amount: SignedMoney | None = Field(None, title="Payable", description="Of the whole invoice, tax included, "
    "money")
    invoice_lines_amount: SignedMoney | None = Field(None, title="Sum of the lines",
    description="Of the whole invoice, before tax, money")
    invoice_charges_amount: SignedMoney | None = Field(None, title="Charges of the invoice",
    description="On top of its lines, money")
    invoice_allowances_amount: SignedMoney | None = Field(None, title="Allowances of the invoice",
    description="Deducted from its lines, money")
    invoice_tax_amount: SignedMoney | None = Field(None, title="Tax of the invoice",
    description="Of all its lines, money")
    prepaid_amount: SignedMoney | None = Field(None, title="Prepaid", description="Paid before, deposits included, "
    "money")
    tolerance_price_fraction: Fraction | None = Field(None, title="Price tolerance",
    description="Release limit as a fraction of the order price")
    tolerance_price_amount: Money | None = Field(None, title="Price tolerance, amount",
    description="Release limit per line, money")
    tolerance_qty_fraction: Fraction | None = Field(None, title="Quantity tolerance",
    description="Over the order, fraction")
    tolerance_qty: Quantity | None = Field(None, title="Quantity tolerance, units",
    description="Over the order, order units")
    approval_limit_amount: Money | None = Field(None, title="Approval limit", description="What may be paid here "
    "without a named approver, money")
    blocking_codes: tuple[Block, ...] = Field((), title="Blocks", description="Reasons the system holds the line for")
    closest_invoice_similarity: Fraction | None = Field(None, title="Likeness to an earlier invoice",
    description="By number, amount, date and order; 1 is identical")
    closest_invoice_days_apart: Number | None = Field(None, title="Days to that invoice")
    capture_channel: Channel | None = Field(None, title="Channel", description="How the invoice came in")
    ocr_confidence: Fraction | None = Field(None, title="Reading confidence", description="Of the document reader")
    created_by: StaffId | None = Field(None, title="Entered by")
    approver: StaffId | None = Field(None, title="Approver", description="Who is to approve the payment")
    po_requester: StaffId | None = Field(None, title="Requester")
    po_buyer: StaffId | None = Field(None, title="Buyer")
    gr_poster: Id | None = Field(None, title="Receipt posted by")
    notes: Text | None = Field(None, title="Notes", description="What supplier, store or clerk wrote about it")
# fmt: on
