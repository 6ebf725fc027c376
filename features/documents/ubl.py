"""UBL 2.x: Invoice, CreditNote, Order, DespatchAdvice and ReceiptAdvice, as Peppol BIS 3 and XRechnung use them."""

from collections.abc import Mapping
from typing import Any, Final

from features.documents.building import build_document, names
from features.documents.trade_document import DocumentKind, TradeDocument
from features.documents.xml_tree import Element

KINDS: Final[Mapping[str, DocumentKind]] = {
    "Invoice": "invoice",
    "CreditNote": "credit_note",
    "Order": "order",
    "DespatchAdvice": "despatch_advice",
    "ReceiptAdvice": "receipt",
}
CREDIT_CODES: Final = frozenset({"381", "396", "261", "262", "296", "308", "420", "458", "532", "81", "83"})
"""UNCL 1001 codes of documents that give money back, whatever their element is called."""
_LINES: Final[Mapping[DocumentKind, tuple[str, str]]] = {
    "invoice": ("InvoiceLine", "InvoicedQuantity"),
    "credit_note": ("CreditNoteLine", "CreditedQuantity"),
    "order": ("OrderLine/LineItem", "Quantity"),
    "despatch_advice": ("DespatchLine", "DeliveredQuantity"),
    "receipt": ("ReceiptLine", "ReceivedQuantity"),
}


def is_ubl(root: Element) -> bool:
    """Check whether a document is one of UBL that is read."""
    return root.name in KINDS and "oasis" in root.namespace


def read_ubl(root: Element) -> TradeDocument:
    """Read a document; raise UnreadableError naming what does not fit."""
    kind = KINDS[root.name]
    lines, quantity = _LINES[kind]
    currency = root.text("DocumentCurrencyCode") or _only_currency(root)
    code = root.text("InvoiceTypeCode") or root.text("CreditNoteTypeCode")
    return build_document(
        {
            "kind": "credit_note" if code in CREDIT_CODES else kind,
            "number": root.text("ID"),
            "format": "ubl",
            "profile": root.text("CustomizationID"),
            "issued_on": root.text("IssueDate"),
            "due_on": root.text("DueDate") or root.text("PaymentMeans/PaymentDueDate"),
            "delivery_on": _delivery_day(root),
            "currency": currency,
            "supplier": _party(root, "AccountingSupplierParty", "SellerSupplierParty", "DespatchSupplierParty"),
            "buyer": _party(root, "AccountingCustomerParty", "BuyerCustomerParty", "DeliveryCustomerParty"),
            "site": _site(root),
            "order_ids": names(*root.texts("OrderReference/ID")),
            "preceding": names(*root.texts("BillingReference/InvoiceDocumentReference/ID")),
            "bank_account": root.text("PaymentMeans/PayeeFinancialAccount/ID"),
            "note": root.text("Note"),
            "adjustments": [_adjustment(each) for each in root.children("AllowanceCharge")],
            "vat": _vat(root, currency),
            "totals": _totals(root, currency),
            "lines": [_line(each, quantity) for each in root.all(lines)],
        }
    )


def _line(line: Element, quantity: str) -> dict[str, Any]:
    counted = line.first(quantity)
    item = line.first("Item")
    tax = item.first("ClassifiedTaxCategory") if item is not None else None
    return {
        "line_id": line.text("ID"),
        "quantity": counted.text() if counted is not None else None,
        "unit": counted.attribute("unitCode") if counted is not None else None,
        "rejected_quantity": line.text("RejectedQuantity"),
        "net": line.text("LineExtensionAmount"),
        "price": line.text("Price/PriceAmount"),
        "price_base_quantity": line.text("Price/BaseQuantity"),
        "adjustments": [_adjustment(each) for each in line.children("AllowanceCharge")],
        "order_id": line.text("OrderLineReference/OrderReference/ID"),
        "order_line_id": line.text("OrderLineReference/LineID"),
        "buyer_item": item.text("BuyersItemIdentification/ID") if item is not None else None,
        "seller_item": item.text("SellersItemIdentification/ID") if item is not None else None,
        "gtin": item.text("StandardItemIdentification/ID") if item is not None else None,
        "description": (item.text("Name") or item.text("Description")) if item is not None else None,
        "vat_category": tax.text("ID") if tax is not None else None,
        "vat_rate": tax.text("Percent") if tax is not None else None,
    }


def _adjustment(each: Element) -> dict[str, Any]:
    return {
        "amount": each.text("Amount"),
        "is_charge": (each.text("ChargeIndicator") or "").lower() in ("true", "1"),
        "reason": each.text("AllowanceChargeReason") or each.text("AllowanceChargeReasonCode"),
        "vat_category": each.text("TaxCategory/ID"),
        "vat_rate": each.text("TaxCategory/Percent"),
    }


def _party(root: Element, *roles: str) -> dict[str, Any]:
    wrapped = next((found for role in roles if (found := root.first(role)) is not None), None)
    party = wrapped.first("Party") if wrapped is not None else None
    if wrapped is None or party is None:
        return {}
    return {
        "ids": names(
            wrapped.text("CustomerAssignedAccountID"),
            *party.texts("PartyIdentification/ID"),
            *party.texts("PartyLegalEntity/CompanyID"),
            *party.texts("PartyTaxScheme/CompanyID"),
            party.text("EndpointID"),
        )[:12],
        "name": party.text("PartyName/Name") or party.text("PartyLegalEntity/RegistrationName"),
    }


def _site(root: Element) -> dict[str, Any]:
    for place in ("Delivery/DeliveryLocation", "Shipment/Delivery/DeliveryLocation", "DeliveryCustomerParty/Party"):
        found = root.first(place)
        if found is not None:
            written = names(found.text("ID"), *found.texts("PartyIdentification/ID"))
            return {"ids": written, "name": found.text("Name") or found.text("PartyName/Name")}
    return {}


def _delivery_day(root: Element) -> str | None:
    for place in (
        "Delivery/ActualDeliveryDate", "ActualDeliveryDate", "Shipment/Delivery/ActualDeliveryDate",
        "Delivery/RequestedDeliveryPeriod/EndDate", "Shipment/Delivery/EstimatedDeliveryPeriod/EndDate",
    ):  # fmt: skip
        if (found := root.text(place)) is not None:
            return found
    return None


def _vat(root: Element, currency: str | None) -> list[dict[str, Any]]:
    return [
        {
            "category": each.text("TaxCategory/ID"),
            "rate": each.text("TaxCategory/Percent") or each.text("Percent"),
            "basis": each.text("TaxableAmount"),
            "tax": each.text("TaxAmount"),
        }
        for total in root.children("TaxTotal")
        if _is_in(total.first("TaxAmount"), currency)
        for each in total.children("TaxSubtotal")
    ]


def _totals(root: Element, currency: str | None) -> dict[str, Any]:
    found = root.first("LegalMonetaryTotal") or root.first("AnticipatedMonetaryTotal")
    if found is None:
        return {}
    # A second total may state the tax in the currency it is declared in, which is not the document's.
    taxes = [each.text() for each in root.all("TaxTotal/TaxAmount") if _is_in(each, currency)]
    return {
        "lines": found.text("LineExtensionAmount"),
        "allowances": found.text("AllowanceTotalAmount"),
        "charges": found.text("ChargeTotalAmount"),
        "net": found.text("TaxExclusiveAmount"),
        "vat": taxes[0] if taxes else None,
        "gross": found.text("TaxInclusiveAmount"),
        "prepaid": found.text("PrepaidAmount"),
        "rounding": found.text("PayableRoundingAmount"),
        "payable": found.text("PayableAmount"),
    }


def _is_in(amount: Element | None, currency: str | None) -> bool:
    return amount is None or currency is None or amount.attribute("currencyID") in (None, currency)


def _only_currency(root: Element) -> str | None:
    """Return the currency of the total, where the head names none."""
    for place in ("LegalMonetaryTotal/PayableAmount", "AnticipatedMonetaryTotal/PayableAmount"):
        if (found := root.first(place)) is not None:
            return found.attribute("currencyID")
    return None
