"""Return fraud and abuse: the features of a return, group by group in row order, and the recipe."""

from typing import Final

from features.columns import Column, Columns
from features.declaration import Features
from features.domains.return_fraud import customer_and_household, linked_returns, purchase_and_return, reason_words
from features.domains.return_fraud.payload import ReturnFraud
from features.domains.return_fraud.trails import TRAILS, measures
from features.recipe import Recipe


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

F.include(purchase_and_return.F, customer_and_household.F, linked_returns.F, reason_words.F)

RECIPE: Final = Recipe(
    payload=ReturnFraud,
    text_fields=("reason_text",),
    trails=TRAILS,
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=money_at_stake,
)
