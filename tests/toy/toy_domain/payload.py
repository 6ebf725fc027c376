"""The toy's payload and feature row."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from features.arithmetic import hundredths, ratio, shrunk_rate
from features.columns import Column, Columns
from features.fields import Count, Day, Fraction, Id, Instant, Money, Payload, Text
from features.history import Trail
from features.recipe import Feature, Past, Recipe


class PriceOverride(Payload):
    """A price changed by hand at the till."""

    receipt_id: Annotated[Id, Field(title="Receipt", examples=["R-5512"])]
    listed_price: Annotated[Money, Field(title="Listed price", examples=["80.00"])]
    charged_price: Annotated[Money, Field(title="Charged price", examples=["64.00"])]
    cashier_id: Annotated[Id | None, Field(title="Cashier", examples=["C-17"])] = None
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


def measures(columns: Columns) -> Mapping[str, Column]:
    """Sum what was given away, in hundredths."""
    return {"given_away": hundredths(columns["listed_price"] - columns["charged_price"])}


def build(columns: Columns, past: Past) -> Mapping[str, Column]:
    """Build the feature row."""
    return {
        "discount_share": ratio(columns["listed_price"] - columns["charged_price"], columns["listed_price"], empty=0.0),
        "listed_price": columns["listed_price"],
        "cashier_overrides_30d": past["cashier_count_30d"],
        "cashier_wrong_rate": shrunk_rate(
            past["cashier_wrong_365d"], past["cashier_labelled_365d"], prior=0.1, strength=5.0
        ),
    }


RECIPE = Recipe(
    payload=PriceOverride,
    text_fields=("note",),
    trails=(CASHIER,),
    measures=measures,  # type: ignore[arg-type]
    features=(
        Feature(
            name="discount_share",
            title="share given away",
            family="discount",
            sources=("listed_price", "charged_price"),
            unit="fraction",
        ),
        Feature(name="listed_price", title="listed price", family="discount", sources=("listed_price",), unit="money"),
        Feature(
            name="cashier_overrides_30d",
            title="overrides of this cashier in 30 days",
            family="cashier",
            sources=("cashier",),
            unit="count",
        ),
        Feature(
            name="cashier_wrong_rate",
            title="share wrong for this cashier",
            family="cashier",
            sources=("cashier",),
            unit="fraction",
        ),
    ),
    build=build,
    money_at_stake=lambda columns: columns["listed_price"] - columns["charged_price"],
)
