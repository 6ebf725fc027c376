"""The toy's payload and feature row."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from features.arithmetic import hundredths, ratio, shrunk_rate
from features.columns import Column, Columns
from features.declaration import Features
from features.fields import Count, Day, Fraction, Id, Instant, Money, Payload, StaffId, Text
from features.history import Trail
from features.recipe import Recipe


class PriceOverride(Payload):
    """A price changed by hand at the till."""

    receipt_id: Annotated[Id, Field(title="Receipt", examples=["R-5512"])]
    listed_price: Annotated[Money, Field(title="Listed price", examples=["80.00"])]
    charged_price: Annotated[Money, Field(title="Charged price", examples=["64.00"])]
    cashier_id: Annotated[StaffId | None, Field(title="Cashier", examples=["C-17"])] = None
    overridden_at: Annotated[Instant | None, Field(title="Overridden at")] = None
    delivered_on: Annotated[Day | None, Field(title="Delivered on")] = None
    authorised: Annotated[bool | None, Field(title="Authorised by a supervisor")] = None
    kind: Annotated[Literal["price_match", "damage", "label", "goodwill"] | None, Field(title="Kind")] = None
    markdown_share: Annotated[
        Fraction | None, Field(title="Markdown share", description="fraction of the listed price")
    ] = None
    pieces: Annotated[Count | None, Field(title="Pieces", description="count")] = None
    flags: Annotated[tuple[Literal["after_hours", "no_receipt"], ...], Field(title="Flags")] = ()
    note: Annotated[Text | None, Field(title="Note")] = None


CASHIER = Trail(name="cashier", key=("cashier_id",), windows_days=(30, 365), sums=("given_away",))


def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Sum what was given away, in hundredths."""
    return {"given_away": hundredths(columns["listed_price"] - columns["charged_price"])}


F = Features(PriceOverride, trails=(CASHIER,))


@F.feature("share given away", family="discount", unit="fraction")
def discount_share(listed_price: Column, charged_price: Column) -> Column:
    return ratio(listed_price - charged_price, listed_price, empty=0.0)


F.field("listed_price", family="discount", unit="money", title="listed price")


@F.feature("overrides of this cashier in 30 days", family="cashier", unit="count")
def cashier_overrides_30d(cashier_count_30d: Column) -> Column:
    return cashier_count_30d


@F.feature("share wrong for this cashier", family="cashier", unit="fraction")
def cashier_wrong_rate(cashier_wrong_365d: Column, cashier_labelled_365d: Column) -> Column:
    return shrunk_rate(cashier_wrong_365d, cashier_labelled_365d, prior=0.1, strength=5.0)


RECIPE = Recipe(
    payload=PriceOverride,
    text_fields=("note",),
    trails=(CASHIER,),
    measures=measures,
    features=F.declared,
    build=F.build,
    money_at_stake=lambda columns: columns["listed_price"] - columns["charged_price"],
)
