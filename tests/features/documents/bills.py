"""Documents as the tests of matching write them: only what a test is about."""

from typing import Any

from features.documents.building import build_document
from features.documents.trade_document import TradeDocument


def order(*lines: dict[str, Any], number: str = "PO-1", **head: Any) -> TradeDocument:
    """An order whose lines are of 10 pieces at 5.00 unless they say otherwise."""
    usual = {"quantity": 10, "unit": "EA", "price": "5.00"}
    return build_document(
        {"kind": "order", "number": number, "currency": "EUR", "lines": [usual | line for line in lines]} | head
    )


def receipt(*lines: dict[str, Any], number: str = "GR-1", order: str = "PO-1", **head: Any) -> TradeDocument:
    """A receipt of an order, of 10 pieces a line unless it says otherwise."""
    usual = {"quantity": 10, "unit": "EA"}
    return build_document(
        {"kind": "receipt", "number": number, "order_ids": [order], "lines": [usual | line for line in lines]} | head
    )


def bill(*lines: dict[str, Any], kind: str = "invoice", number: str = "R-1", **head: Any) -> TradeDocument:
    """A bill of order PO-1, of 10 pieces at 5.00 a line unless it says otherwise."""
    usual = {"quantity": 10, "unit": "EA", "price": "5.00"}
    return build_document(
        {
            "kind": kind, "number": number, "currency": "EUR", "order_ids": ["PO-1"],
            "supplier": {"ids": ["V1"], "name": "Mill and Sons"}, "lines": [usual | line for line in lines],
        } | head
    )  # fmt: skip
