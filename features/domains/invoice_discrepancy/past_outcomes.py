"""Features of what became of earlier lines of the same supplier, site, buyer, lane, item, category and order."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from features.arithmetic import shrunk_rate, year_share
from features.columns import Column
from features.declaration import FeatureGroup, Window
from features.domains.invoice_discrepancy.trails import (
    BUYER_CAUSES,
    LANE_CAUSES,
    LANE_DAYS,
    SITE_CAUSES,
    SUPPLIER_CAUSES,
)

USUAL_SHARES: Final = {
    "receipt_not_posted": 0.22, "po_price_outdated": 0.13, "supplier_pricing_error": 0.10,
    "short_shipment_or_damage": 0.09, "unplanned_charge": 0.07, "duplicate_invoice": 0.04,
    "missing_or_wrong_po": 0.08, "over_shipment": 0.03, "partial_delivery_split": 0.06, "vendor_master_mismatch": 0.025,
    "data_capture_error": 0.03,
}  # fmt: skip
"""Share of each cause over all suppliers, from which an entity without labels starts."""
WRONG_PRIOR: Final = 0.35
STRENGTH: Final = 2.0
MONTH_DAYS: Final = 30.0

F: Final = FeatureGroup()


def _wrong_rate(wrong: Column, labelled: Column) -> Column:
    return shrunk_rate(wrong, labelled, prior=WRONG_PRIOR, strength=STRENGTH)


def _titles(trail: str, words: str, causes: tuple[str, ...]) -> dict[str, str]:
    return {f"{trail}_share_{cause}": words.format(cause=cause.replace("_", " ")) for cause in causes}


def _cause_shares(trail: str, past: Window, causes: tuple[str, ...], *, days: int) -> dict[str, Column]:
    """Return how often each cause was an entity's, from what is usual where it has few labels."""
    events = np.array([past[f"cause_{cause}_{days}d"] for cause in causes])
    # Where outcomes come without causes, a share that sinks with their number would only tell how old the file is.
    labelled = past[f"labelled_{days}d"] * (events.sum(axis=0) > 0.0)
    usual = np.array([[USUAL_SHARES[cause]] for cause in causes])
    shares = shrunk_rate(events, labelled, prior=usual, strength=STRENGTH)
    return {f"{trail}_share_{cause}": share for cause, share in zip(causes, shares, strict=True)}


F.past("supplier_count_30d", "Supplier's exceptions in 30 days", family="supplier history", unit="count")


@F.feature("Supplier's share of exceptions wrong to pay", family="supplier history", unit="fraction")
def supplier_wrong_rate(supplier_wrong_365d: Column, supplier_labelled_365d: Column) -> Column:
    return _wrong_rate(supplier_wrong_365d, supplier_labelled_365d)


@F.features(
    _titles("supplier", "Supplier's share of {cause}", SUPPLIER_CAUSES), family="supplier history", unit="fraction"
)
def supplier_causes(supplier: Window) -> dict[str, Column]:
    return _cause_shares("supplier", supplier, SUPPLIER_CAUSES, days=365)


@F.feature("Site's share of exceptions wrong to pay", family="site history", unit="fraction")
def site_wrong_rate(site_wrong_365d: Column, site_labelled_365d: Column) -> Column:
    return _wrong_rate(site_wrong_365d, site_labelled_365d)


@F.features(_titles("site", "Site's share of {cause}", SITE_CAUSES), family="site history", unit="fraction")
def site_causes(site: Window) -> dict[str, Column]:
    return _cause_shares("site", site, SITE_CAUSES, days=365)


@F.feature("Buyer's share of exceptions wrong to pay", family="buyer history", unit="fraction")
def buyer_wrong_rate(buyer_wrong_365d: Column, buyer_labelled_365d: Column) -> Column:
    return _wrong_rate(buyer_wrong_365d, buyer_labelled_365d)


@F.features(_titles("buyer", "Buyer's share of {cause}", BUYER_CAUSES), family="buyer history", unit="fraction")
def buyer_causes(buyer: Window) -> dict[str, Column]:
    return _cause_shares("buyer", buyer, BUYER_CAUSES, days=365)


@F.step
def yearly_lane(lane: Window) -> Mapping[str, Column]:
    """Count a lane's longer past as one year."""
    year = year_share(lane["age_days"], within_days=LANE_DAYS)
    totals = ("count", "labelled", "wrong", *(f"cause_{cause}" for cause in LANE_CAUSES))
    return {f"{name}_{LANE_DAYS}d": lane[f"{name}_{LANE_DAYS}d"] * year for name in totals}


@F.step
def lane_count(yearly_lane: Mapping[str, Column]) -> Column:
    return yearly_lane[f"count_{LANE_DAYS}d"]


@F.feature("Supplier's share of exceptions wrong to pay at the site", family="lane history", unit="fraction")
def lane_wrong_rate(yearly_lane: Mapping[str, Column]) -> Column:
    return _wrong_rate(yearly_lane[f"wrong_{LANE_DAYS}d"], yearly_lane[f"labelled_{LANE_DAYS}d"])


@F.features(
    _titles("lane", "Supplier's share of {cause} at the site", LANE_CAUSES), family="lane history", unit="fraction"
)
def lane_causes(yearly_lane: Mapping[str, Column]) -> dict[str, Column]:
    return _cause_shares("lane", yearly_lane, LANE_CAUSES, days=LANE_DAYS)


@F.feature("Supplier's exceptions at the site, per year if known longer", family="lane history", unit="count")
def lane_yearly(lane_count: Column) -> Column:
    return lane_count


@F.feature(
    "Supplier's exceptions at the site whose outcome is known, per year if known longer",
    family="lane history",
    unit="count",
)
def lane_labelled_yearly(yearly_lane: Mapping[str, Column]) -> Column:
    return yearly_lane[f"labelled_{LANE_DAYS}d"]


@F.step
def lane_year_days(lane_age_days: Column) -> Column:
    return np.minimum(lane_age_days, 365.0)


@F.feature("Supplier's exceptions at the site per month", family="lane history", unit="count")
def lane_per_month(lane_count: Column, lane_year_days: Column) -> Column:
    return (lane_count + 1.0) / (np.nan_to_num(lane_year_days) / MONTH_DAYS + 2.0)


@F.feature("Days since the supplier's first exception at the site, up to a year", family="lane history", unit="days")
def lane_known_days(lane_year_days: Column) -> Column:
    return lane_year_days


F.past(
    "lane_days_since_last", "Days since the supplier's last exception at the site", family="lane history", unit="days"
)


@F.feature("Item's share of exceptions wrong to pay", family="item history", unit="fraction")
def item_wrong_rate(item_wrong_365d: Column, item_labelled_365d: Column) -> Column:
    return _wrong_rate(item_wrong_365d, item_labelled_365d)


F.past("item_days_since_last", "Days since the item's last exception", family="item history", unit="days")


@F.feature("Category's share of exceptions wrong to pay", family="category history", unit="fraction")
def subcategory_wrong_rate(subcategory_wrong_365d: Column, subcategory_labelled_365d: Column) -> Column:
    return _wrong_rate(subcategory_wrong_365d, subcategory_labelled_365d)


@F.feature("Order's exceptions so far", family="order history", unit="count")
def order_count(order_count_365d: Column) -> Column:
    return order_count_365d


@F.feature("Order's share of exceptions wrong to pay", family="order history", unit="fraction")
def order_wrong_rate(order_wrong_365d: Column, order_labelled_365d: Column) -> Column:
    return _wrong_rate(order_wrong_365d, order_labelled_365d)


F.past("order_days_since_last", "Days since the order's last exception", family="order history", unit="days")
