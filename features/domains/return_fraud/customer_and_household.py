"""Features of earlier returns of the same customer and household."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from features.arithmetic import flag, ratio, shrunk_rate, year_share
from features.columns import Column
from features.declaration import FeatureGroup, Window
from features.domains.return_fraud.trails import ABUSE, FRAUD, LONG_DAYS, PRIOR_WRONG

_PRIOR_FRAUD: Final = 0.038
_HOUSEHOLD_TOTALS: Final = ("count", "labelled", "wrong", *(f"cause_{cause}" for cause in (*ABUSE, *FRAUD)))

F: Final = FeatureGroup()


@F.feature("Customer's returns in 30 days", family="customer_history", unit="count")
def customer_returns_30d(customer_count_30d: Column) -> Column:
    return customer_count_30d


@F.feature("Days since the customer's last return", family="customer_history", unit="days")
def customer_days_since_return(customer_days_since_last: Column) -> Column:
    return customer_days_since_last


@F.feature("Customer's refunds in a year", family="customer_history", unit="money")
def customer_value_365d(customer_refund_365d: Column) -> Column:
    return customer_refund_365d / 100.0


@F.feature("Customer's refunds against spend in a year", family="customer_history", unit="fraction")
def customer_return_share(customer_value_365d: Column, customer_spend_365d: Column) -> Column:
    return ratio(customer_value_365d, customer_spend_365d)


@F.features(
    {
        "customer_unreceipted_365d": "Customer's returns without receipt in a year",
        "customer_item_claims_365d": "Customer's item claims in a year",
    },
    family="customer_history",
    unit="count",
)
def customer_signs(customer: Window) -> dict[str, Column]:
    return {f"customer_{sign}": customer[sign] for sign in ("unreceipted_365d", "item_claims_365d")}


@F.feature("Customer's confirmed fraud or abuse", family="customer_history", unit="fraction")
def customer_wrong_rate(customer_wrong_365d: Column, customer_labelled_365d: Column) -> Column:
    return shrunk_rate(customer_wrong_365d, customer_labelled_365d, prior=PRIOR_WRONG, strength=3.0)


@F.features(
    {
        "customer_wardrobing_rate": "Customer's confirmed wardrobing",
        "customer_bracketing_rate": "Customer's confirmed bracketing",
        "customer_serial_rate": "Customer's confirmed serial returning",
    },
    family="customer_history",
    unit="fraction",
)
def customer_abuse(customer: Window) -> dict[str, Column]:
    year = year_share(customer["age_days"], within_days=LONG_DAYS)
    labelled = customer[f"labelled_{LONG_DAYS}d"] * year
    names = ("customer_wardrobing_rate", "customer_bracketing_rate", "customer_serial_rate")
    return {
        name: shrunk_rate(customer[f"cause_{cause}_{LONG_DAYS}d"] * year, labelled, prior=prior, strength=3.0)
        for name, (cause, prior) in zip(names, ABUSE.items(), strict=True)
    }


@F.step
def household(address: Window, customer: Window) -> Mapping[str, Column]:
    """Follow the household: by its address, and where that is not known, by the customer alone. A longer past counts as
    a year."""
    age = np.fmax(address["age_days"], customer["age_days"])
    year = year_share(age, within_days=LONG_DAYS)
    totals = {
        name: np.maximum(address[f"{name}_{LONG_DAYS}d"], customer[f"{name}_{LONG_DAYS}d"]) * year
        for name in _HOUSEHOLD_TOTALS
    }
    return totals | {"known_days": np.minimum(age, 365.0)}


@F.feature("Household's returns, per year if known longer", family="household", unit="count")
def household_returns_yearly(household: Mapping[str, Column]) -> Column:
    return household["count"]


@F.feature("Household's returns in 30 days", family="household", unit="count")
def household_returns_30d(address_count_30d: Column, customer_count_30d: Column) -> Column:
    return np.maximum(address_count_30d, customer_count_30d)


@F.feature("Days since the household's first return, up to a year", family="household", unit="days")
def household_known_days(household: Mapping[str, Column]) -> Column:
    return household["known_days"]


@F.feature("Days since the household's last return", family="household", unit="days")
def household_days_since_return(address_days_since_last: Column, customer_days_since_last: Column) -> Column:
    return np.fmin(address_days_since_last, customer_days_since_last)


@F.feature("How often the household returns, per year", family="household", unit="count")
def household_returns_per_year(household: Mapping[str, Column]) -> Column:
    # One return in 120 days is what an average household is taken to have made before.
    return 365.0 * (household["count"] + 1.0) / (np.nan_to_num(household["known_days"], nan=0.0) + 120.0)


@F.feature(
    "Household's returns confirmed as fraud or abuse, per year if known longer", family="household", unit="count"
)
def household_wrong_yearly(household: Mapping[str, Column]) -> Column:
    return household["wrong"]


@F.feature("Household's returns whose outcome is known, per year if known longer", family="household", unit="count")
def household_labelled_yearly(household: Mapping[str, Column]) -> Column:
    return household["labelled"]


@F.feature("Household's confirmed fraud or abuse", family="household", unit="fraction")
def household_wrong_rate(household: Mapping[str, Column]) -> Column:
    return shrunk_rate(household["wrong"], household["labelled"], prior=PRIOR_WRONG, strength=3.0)


@F.features(
    {
        "household_wardrobing_rate": "Household's confirmed wardrobing",
        "household_bracketing_abuse_rate": "Household's confirmed bracketing",
        "household_serial_policy_abuse_rate": "Household's confirmed serial returning",
    },
    family="household",
    unit="fraction",
)
def household_abuse(household: Mapping[str, Column]) -> dict[str, Column]:
    return {
        f"household_{cause}_rate": shrunk_rate(
            household[f"cause_{cause}"], household["labelled"], prior=prior, strength=3.0
        )
        for cause, prior in ABUSE.items()
    }


@F.step
def household_fraud(household: Mapping[str, Column]) -> Column:
    total: Column = np.sum([household[f"cause_{cause}"] for cause in FRAUD], axis=0)
    return total


@F.feature("Household's confirmed fraud", family="household", unit="fraction")
def household_fraud_rate(household: Mapping[str, Column], household_fraud: Column) -> Column:
    return shrunk_rate(household_fraud, household["labelled"], prior=_PRIOR_FRAUD, strength=3.0)


@F.feature("Household's returns confirmed as abuse, per year if known longer", family="household", unit="count")
def household_abuse_yearly(household: Mapping[str, Column]) -> Column:
    total: Column = np.sum([household[f"cause_{cause}"] for cause in ABUSE], axis=0)
    return total


@F.feature("Household's returns confirmed as fraud, per year if known longer", family="household", unit="count")
def household_fraud_yearly(household_fraud: Column) -> Column:
    return household_fraud


@F.feature("Share of the address's returns by others", family="household", unit="fraction")
def address_others_share(address_count_730d: Column, customer_count_730d: Column) -> Column:
    return ratio(np.maximum(address_count_730d - customer_count_730d, 0.0), address_count_730d)


@F.feature("New customer number at a known address", family="household")
def new_customer_at_address(address_count_730d: Column, customer_count_730d: Column) -> Column:
    return flag((address_count_730d > 0) & (customer_count_730d == 0))
