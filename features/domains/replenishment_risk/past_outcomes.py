"""Features of what became of earlier flags of the same item, site and supplier."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from features.arithmetic import shrunk_rate
from features.columns import Column
from features.declaration import FeatureGroup, Window
from features.domains.replenishment_risk.trails import SKU_SITE_CAUSES

PRIOR_WRONG_RATE: Final = 0.2
SKU_SITE_PRIORS: Final[Mapping[str, float]] = {
    "record": 0.13, "shelf": 0.20, "order": 0.12, "demand": 0.26, "supply": 0.27,
}  # fmt: skip

F: Final = FeatureGroup()


def _wrong_rate(past: Window, *, days: int) -> Column:
    return shrunk_rate(past[f"wrong_{days}d"], past[f"labelled_{days}d"], prior=PRIOR_WRONG_RATE, strength=5.0)


def _cause_rate(past: Window, cause: str, *, prior: float) -> Column:
    return shrunk_rate(past[f"cause_{cause}_365d"], past["labelled_365d"], prior=prior, strength=8.0)


@F.feature("How often the item ran out when left alone", family="item_history", unit="fraction")
def sku_wrong_rate(sku: Window) -> Column:
    return _wrong_rate(sku, days=365)


@F.feature("How often items ran out at the site when left alone", family="site_history", unit="fraction")
def site_wrong_rate(site: Window) -> Column:
    return _wrong_rate(site, days=365)


@F.feature("How often the item ran out here when left alone", family="item_site_history", unit="fraction")
def sku_site_wrong_rate(sku_site: Window) -> Column:
    return _wrong_rate(sku_site, days=730)


@F.feature("How often the supplier's items ran out when left alone", family="supplier_history", unit="fraction")
def supplier_wrong_rate(supplier: Window) -> Column:
    return _wrong_rate(supplier, days=365)


@F.feature("How often the item's forecast was the cause", family="item_history", unit="fraction")
def sku_forecast_bias_rate(sku: Window) -> Column:
    return _cause_rate(sku, "forecast_bias", prior=0.07)


@F.feature("How often the item's promotions outran the plan", family="item_history", unit="fraction")
def sku_promo_surprise_rate(sku: Window) -> Column:
    return _cause_rate(sku, "promo_uplift_underforecast", prior=0.12)


@F.feature("How often the site had it in the backroom", family="site_history", unit="fraction")
def site_shelf_gap_rate(site: Window) -> Column:
    return _cause_rate(site, "shelf_gap_backroom", prior=0.2)


@F.feature("How often the site's records were wrong", family="site_history", unit="fraction")
def site_phantom_rate(site: Window) -> Column:
    return _cause_rate(site, "phantom_inventory", prior=0.1)


@F.feature("How often the site's DC was short", family="site_history", unit="fraction")
def site_dc_shortage_rate(site: Window) -> Column:
    return _cause_rate(site, "dc_shortage_allocation", prior=0.06)


@F.features(
    {
        "sku_site_record_rate": "How often the stock record was wrong here",
        "sku_site_shelf_rate": "How often it was in the backroom here",
        "sku_site_order_rate": "How often order parameters or releases were the cause here",
        "sku_site_demand_rate": "How often demand outran the plan here",
        "sku_site_supply_rate": "How often supply was the cause here",
    },
    family="item_site_history",
    unit="fraction",
)
def sku_site_causes(sku_site: Window) -> dict[str, Column]:
    rates = {}
    for group, causes in SKU_SITE_CAUSES.items():
        events = np.zeros_like(sku_site["labelled_730d"])
        for cause in causes:
            events = events + sku_site[f"cause_{cause}_730d"]
        prior = SKU_SITE_PRIORS[group]
        rates[f"sku_site_{group}_rate"] = shrunk_rate(events, sku_site["labelled_730d"], prior=prior, strength=2.0)
    return rates


@F.feature("How often the supplier was late", family="supplier_history", unit="fraction")
def supplier_late_rate(supplier: Window) -> Column:
    return _cause_rate(supplier, "supplier_late", prior=0.09)


@F.feature("How often the supplier shipped short", family="supplier_history", unit="fraction")
def supplier_short_ship_rate(supplier: Window) -> Column:
    return _cause_rate(supplier, "supplier_short_ship", prior=0.09)


@F.feature("How often the supplier's items ran out, 60 days", family="supplier_history", unit="fraction")
def supplier_wrong_rate_lately(supplier: Window) -> Column:
    return _wrong_rate(supplier, days=60)


@F.feature("How often the item was flagged here before", family="item_site_history", unit="count")
def sku_site_flags(sku_site_count_730d: Column) -> Column:
    return sku_site_count_730d


@F.feature("How often the item was flagged here, 90 days", family="item_site_history", unit="count")
def sku_site_flags_90d(sku_site_count_90d: Column) -> Column:
    return sku_site_count_90d


@F.feature("Outcomes known of the item here", family="item_site_history", unit="count")
def sku_site_labelled(sku_site_labelled_730d: Column) -> Column:
    return sku_site_labelled_730d


@F.feature("Days since the item was last flagged here", family="item_site_history", unit="days")
def sku_site_days_since_flag(sku_site_days_since_last: Column) -> Column:
    return sku_site_days_since_last


@F.feature("Days between the item's flags here", family="item_site_history", unit="days")
def sku_site_days_between_flags(sku_site_age_days: Column, sku_site_count_730d: Column) -> Column:
    # What is older than the window is no longer counted, so its days are not either.
    return np.minimum(sku_site_age_days, 730.0) / np.maximum(sku_site_count_730d, 1.0)
