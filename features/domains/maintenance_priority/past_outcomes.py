"""Features of what became of earlier requests of the same asset, site, vendor, reporter and model."""

from typing import Final

import numpy as np

from features.arithmetic import ratio, shrunk_rate
from features.columns import Column
from features.declaration import FeatureGroup, Window
from features.domains.maintenance_priority.trades import TRADES
from features.domains.maintenance_priority.trails import SITE_CAUSES

SEVERE_PRIOR: Final = 0.25
LONG_DAYS: Final = 1095.0

F: Final = FeatureGroup()


def _severe_rate(past: Window, *, strength: float) -> Column:
    return shrunk_rate(past["wrong_365d"], past["labelled_365d"], prior=SEVERE_PRIOR, strength=strength)


@F.feature("Requests on the asset in 90 days", family="asset history", unit="count")
def asset_failures_90d(asset_count_90d: Column) -> Column:
    return asset_count_90d


@F.feature("Requests on the asset in a year", family="asset history", unit="count")
def asset_failures_365d(asset_count_365d: Column) -> Column:
    return asset_count_365d


F.past("asset_days_since_last", "Days since the last request on the asset", family="asset history", unit="days")


@F.feature("Mean days between requests on the asset", family="asset history", unit="days")
def asset_days_between_failures(asset_age_days: Column, asset_count_365d: Column) -> Column:
    return ratio(np.minimum(asset_age_days, 365.0), asset_count_365d)


@F.feature("Requests on the asset per year since its first", family="asset history", unit="count")
def asset_failures_per_year(asset_count_1095d: Column, asset_age_days: Column) -> Column:
    """Return the requests per year, the first counting for half a year before it; NaN for a first request."""
    # What is older than the window is no longer counted, so its days are not either.
    return asset_count_1095d / (np.minimum(asset_age_days, LONG_DAYS) / 365.25 + 0.5)


@F.feature("Days since the first request on the asset", family="asset history", unit="days")
def asset_known_days(asset_age_days: Column) -> Column:
    return asset_age_days


@F.feature("Asset's share of requests that could not wait", family="asset history", unit="fraction")
def asset_severe_rate(asset_wrong_1095d: Column, asset_labelled_1095d: Column) -> Column:
    return shrunk_rate(asset_wrong_1095d, asset_labelled_1095d, prior=SEVERE_PRIOR, strength=3.0)


@F.feature("Asset's requests that could not wait", family="asset history", unit="count")
def asset_severe_count(asset_wrong_1095d: Column) -> Column:
    return asset_wrong_1095d


@F.feature("Asset's requests that could wait", family="asset history", unit="count")
def asset_mild_count(asset_labelled_1095d: Column, asset_wrong_1095d: Column) -> Column:
    return asset_labelled_1095d - asset_wrong_1095d


@F.step
def asset_causes(asset: Window) -> Column:
    return np.array([asset[f"cause_{name}_1095d"] for name in TRADES])


@F.feature("Asset's share of requests of this trade", family="asset history", unit="fraction")
def asset_trade_share(asset_causes: Column, trade_guess: Column, asset_labelled_1095d: Column) -> Column:
    code = np.where(np.isnan(trade_guess), 0.0, trade_guess).astype(np.int64)
    of_trade = np.where(np.isnan(trade_guess), np.nan, asset_causes[code, np.arange(len(trade_guess))])
    return shrunk_rate(of_trade, asset_labelled_1095d, prior=0.5, strength=1.0)


@F.feature("What the asset's requests mostly were", family="asset history", vocabulary=TRADES)
def asset_usual_trade(asset_causes: Column) -> Column:
    return np.where(asset_causes.max(axis=0) > 0, asset_causes.argmax(axis=0).astype(np.float64), np.nan)


@F.feature("Week's requests over the site's usual", family="site history", unit="ratio")
def site_surge(site_count_7d: Column, site_count_365d: Column, site_age_days: Column) -> Column:
    return ratio(site_count_7d * np.minimum(site_age_days, 365.0), site_count_365d * 7.0)


@F.feature("Sales per hour, where not given as the site's earlier requests gave it", family="sales", unit="money")
def site_sales_per_hour(
    sales_per_hour: Column, site_sales_per_hour_365d: Column, site_sales_given_365d: Column
) -> Column:
    """Return the site's sales per hour; where the request does not say, the mean of those of a year that did, NaN where
    none did."""
    earlier = ratio(site_sales_per_hour_365d, 100.0 * site_sales_given_365d)
    return np.where(np.isnan(sales_per_hour), earlier, sales_per_hour)


@F.feature("Site's share of requests that could not wait", family="site history", unit="fraction")
def site_severe_rate(site: Window) -> Column:
    return _severe_rate(site, strength=10.0)


@F.features(
    {f"site_share_{cause}": f"Site's share of {cause.replace('_', ' ')}" for cause in SITE_CAUSES},
    family="site history",
    unit="fraction",
)
def site_causes(site: Window) -> dict[str, Column]:
    events = np.array([site[f"cause_{name}_365d"] for name in SITE_CAUSES])
    shares = shrunk_rate(events, site["labelled_365d"], prior=0.1, strength=10.0)
    return {f"site_share_{name}": share for name, share in zip(SITE_CAUSES, shares, strict=True)}


@F.feature("Share that could not wait, such assets at the site", family="site history", unit="fraction")
def site_class_severe_rate(site_class: Window) -> Column:
    return _severe_rate(site_class, strength=5.0)


@F.feature("Vendor's requests in 30 days", family="vendor", unit="count")
def vendor_load_30d(vendor_count_30d: Column) -> Column:
    return vendor_count_30d


@F.feature("Vendor's share of requests that could not wait", family="vendor", unit="fraction")
def vendor_severe_rate(vendor: Window) -> Column:
    return _severe_rate(vendor, strength=10.0)


@F.feature("Reporter's share of urgent words", family="reporter", unit="fraction")
def reporter_urgent_rate(reporter_urgent_365d: Column, reporter_count_365d: Column) -> Column:
    return shrunk_rate(reporter_urgent_365d, reporter_count_365d, prior=0.3, strength=5.0)


@F.feature("How much more the reporter cries than it turns out", family="reporter", unit="fraction")
def reporter_overstatement(reporter_urgent_rate: Column, reporter: Window) -> Column:
    return reporter_urgent_rate - _severe_rate(reporter, strength=5.0)


@F.feature("Model's share of requests that could not wait", family="asset history", unit="fraction")
def fleet_severe_rate(fleet: Window) -> Column:
    return _severe_rate(fleet, strength=6.0)
