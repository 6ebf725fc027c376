"""UN/CEFACT Cross Industry Invoice: Factur-X, ZUGFeRD 1 and 2, and XRechnung in this syntax."""

from typing import Any, Final

from features.documents.building import build_document, names
from features.documents.trade_document import TradeDocument, UnreadableError
from features.documents.ubl import CREDIT_CODES
from features.documents.xml_tree import Element

ROOTS: Final = ("CrossIndustryInvoice", "CrossIndustryDocument")
"""Of today, and of ZUGFeRD 1."""
_HEAD: Final = ("ExchangedDocument", "HeaderExchangedDocument")
_TRADE: Final = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
_AGREEMENT: Final = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
_DELIVERY: Final = ("ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery")
_SETTLEMENT: Final = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
_SUMS: Final = (
    "SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation",
)  # fmt: skip
_LINE_AGREEMENT: Final = ("SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
_LINE_DELIVERY: Final = ("SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
_LINE_SETTLEMENT: Final = ("SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
_LINE_SUMS: Final = (
    "SpecifiedTradeSettlementLineMonetarySummation", "SpecifiedTradeSettlementMonetarySummation",
)  # fmt: skip
_COMMENTS: Final = frozenset({"INFORMATION", "GROUP", "TEXT"})
"""Kinds of lines in the extended profile that bill nothing themselves."""


def is_cii(root: Element) -> bool:
    """Check whether a document is a Cross Industry Invoice."""
    return root.name in ROOTS


def read_cii(root: Element) -> TradeDocument:
    """Read an invoice or a credit note; raise UnreadableError naming what does not fit."""
    head, trade = _part(root, _HEAD), _part(root, _TRADE)
    agreement, settlement = _part(trade, _AGREEMENT), _part(trade, _SETTLEMENT)
    delivery = next(trade.children(*_DELIVERY), None)
    sums = _part(settlement, _SUMS)
    currency = settlement.text("InvoiceCurrencyCode")
    return build_document(
        {
            "kind": "credit_note" if head.text("TypeCode") in CREDIT_CODES else "invoice",
            "number": head.text("ID"),
            "format": "cii",
            "profile": _profile(root),
            "issued_on": _day(head, "IssueDateTime"),
            "due_on": _day(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime"),
            "delivery_on": _day(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime"),
            "currency": currency,
            "supplier": _party(agreement.first("SellerTradeParty")),
            "buyer": _party(agreement.first("BuyerTradeParty")),
            "site": _party(delivery.first("ShipToTradeParty") if delivery is not None else None),
            "order_ids": names(
                *agreement.texts("BuyerOrderReferencedDocument/IssuerAssignedID"),
                *agreement.texts("BuyerOrderReferencedDocument/ID"),
            ),
            "preceding": names(*settlement.texts("InvoiceReferencedDocument/IssuerAssignedID")),
            "bank_account": settlement.text(
                "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID"
            )
            or settlement.text("SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/ProprietaryID"),
            "note": head.text("IncludedNote/Content"),
            "adjustments": _adjustments(settlement) + _logistics(settlement),
            "vat": [
                {
                    "category": each.text("CategoryCode"),
                    "rate": each.text("RateApplicablePercent") or each.text("ApplicablePercent"),
                    "basis": each.text("BasisAmount"),
                    "tax": each.text("CalculatedAmount"),
                }
                for each in settlement.children("ApplicableTradeTax")
            ],
            "totals": _totals(sums, currency),
            "lines": [
                _line(each)
                for each in trade.children("IncludedSupplyChainTradeLineItem")
                if each.text("AssociatedDocumentLineDocument/LineStatusReasonCode") not in _COMMENTS
            ],
        }
    )


def _part(parent: Element, among: tuple[str, ...]) -> Element:
    found = next(parent.children(*among), None)
    if found is None:
        raise UnreadableError("incomplete", f"{parent.path} has no {among[0]}")
    return found


def _line(line: Element) -> dict[str, Any]:
    agreement = next(line.children(*_LINE_AGREEMENT), None)
    settlement = next(line.children(*_LINE_SETTLEMENT), None)
    delivery = next(line.children(*_LINE_DELIVERY), None)
    sums = next(settlement.children(*_LINE_SUMS), None) if settlement is not None else None
    price = agreement.first("NetPriceProductTradePrice") if agreement is not None else None
    order = agreement.first("BuyerOrderReferencedDocument") if agreement is not None else None
    billed = delivery.first("BilledQuantity") if delivery is not None else None
    tax = settlement.first("ApplicableTradeTax") if settlement is not None else None
    product = line.first("SpecifiedTradeProduct")
    return {
        "line_id": line.text("AssociatedDocumentLineDocument/LineID"),
        "quantity": _of(billed),
        "unit": billed.attribute("unitCode") if billed is not None else None,
        "net": _of(sums, "LineTotalAmount"),
        "price": _of(price, "ChargeAmount"),
        "price_base_quantity": _of(price, "BasisQuantity"),
        "adjustments": _adjustments(settlement) if settlement is not None else [],
        "order_id": _of(order, "IssuerAssignedID"),
        "order_line_id": _of(order, "LineID"),
        "buyer_item": _of(product, "BuyerAssignedID"),
        "seller_item": _of(product, "SellerAssignedID"),
        "gtin": _of(product, "GlobalID"),
        "description": _of(product, "Name") or _of(product, "Description"),
        "vat_category": _of(tax, "CategoryCode"),
        "vat_rate": _of(tax, "RateApplicablePercent") or _of(tax, "ApplicablePercent"),
    }


def _of(element: Element | None, path: str = "") -> str | None:
    return element.text(path) if element is not None else None


def _adjustments(settlement: Element) -> list[dict[str, Any]]:
    return [
        {
            "amount": each.text("ActualAmount"),
            "is_charge": (each.text("ChargeIndicator/Indicator") or each.text("ChargeIndicator") or "").lower()
            in ("true", "1"),
            "reason": each.text("Reason") or each.text("ReasonCode"),
            "vat_category": each.text("CategoryTradeTax/CategoryCode"),
            "vat_rate": each.text("CategoryTradeTax/RateApplicablePercent"),
        }
        for each in settlement.children("SpecifiedTradeAllowanceCharge")
    ]


def _logistics(settlement: Element) -> list[dict[str, Any]]:
    """Read freight of the extended profile, which is a charge by another name."""
    return [
        {
            "amount": each.text("AppliedAmount"),
            "is_charge": True,
            "reason": each.text("Description") or "freight",
            "vat_category": each.text("AppliedTradeTax/CategoryCode"),
            "vat_rate": each.text("AppliedTradeTax/RateApplicablePercent"),
        }
        for each in settlement.children("SpecifiedLogisticsServiceCharge")
    ]


def _totals(sums: Element, currency: str | None) -> dict[str, Any]:
    taxes = [
        each.text()
        for each in sums.children("TaxTotalAmount")
        if currency is None or each.attribute("currencyID") in (None, currency)
    ]
    return {
        "lines": sums.text("LineTotalAmount"),
        "allowances": sums.text("AllowanceTotalAmount"),
        "charges": sums.text("ChargeTotalAmount"),
        "net": sums.text("TaxBasisTotalAmount"),
        "vat": taxes[0] if taxes else None,
        "gross": sums.text("GrandTotalAmount"),
        "prepaid": sums.text("TotalPrepaidAmount"),
        "rounding": sums.text("RoundingAmount"),
        "payable": sums.text("DuePayableAmount") or sums.text("GrandTotalAmount"),
    }


def _party(party: Element | None) -> dict[str, Any]:
    if party is None:
        return {}
    return {
        "ids": names(
            *party.texts("ID"),
            *party.texts("GlobalID"),
            *party.texts("SpecifiedLegalOrganization/ID"),
            *party.texts("SpecifiedTaxRegistration/ID"),
            party.text("URIUniversalCommunication/URIID"),
        )[:12],
        "name": party.text("Name") or party.text("SpecifiedLegalOrganization/TradingBusinessName"),
    }


def _profile(root: Element) -> str | None:
    for context in ("ExchangedDocumentContext", "SpecifiedExchangedDocumentContext"):
        if (found := root.text(f"{context}/GuidelineSpecifiedDocumentContextParameter/ID")) is not None:
            return found
    return None


def _day(parent: Element | None, path: str) -> str | None:
    """Return a day: digits of format 102, or a date of XML."""
    found = parent.text(f"{path}/DateTimeString") or parent.text(path) if parent is not None else None
    return found[:8] if found is not None and found[:8].isdecimal() else found
