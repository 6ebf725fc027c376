"""The codes of what a claim says, as columns hold them."""

from typing import Any, Final, get_args

from features.domains.return_fraud.payload import Category, ClaimType, ItemEntry, ReasonCode, Tender


def _code(vocabulary: Any, value: str) -> float:
    return float(get_args(vocabulary).index(value))


APPEASEMENT: Final = _code(ClaimType, "appeasement")
PRICE_ADJUSTMENT: Final = _code(ReasonCode, "price_adjustment")
INR: Final = _code(ClaimType, "inr")
ITEM_CLAIMS: Final = tuple(_code(ClaimType, name) for name in ("inr", "snad", "damaged", "missing_item"))
KEYED: Final = _code(ItemEntry, "keyed")
LAST_WORN: Final = _code(Category, "accessories")  # worn goods come first in the vocabulary
STORE_CREDIT: Final = _code(Tender, "store_credit")
