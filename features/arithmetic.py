"""Column arithmetic that says what happens to missing values and empty denominators."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column

MAX_PER_CASE: Final = 1e13
"""What one case can add to a total: a hundred billion in money. A million such cases of one entity still fit 64
bits."""


def ratio(numerator: Column, denominator: Column, *, empty: float = float("nan")) -> Column:
    """Divide elementwise; `empty` where the denominator is 0, NaN where either side is missing."""
    zero = denominator == 0
    quotient = numerator / np.where(zero, np.nan, denominator)
    # A missing numerator stays missing; an `empty` that is itself missing needs no second look.
    return quotient if np.isnan(empty) else np.where(zero & ~np.isnan(numerator), empty, quotient)


def shrunk_rate(events: Column, trials: Column, *, prior: float | Column, strength: float) -> Column:
    """Estimate a rate from few trials by pulling it to `prior` with the weight of `strength` trials (empirical
    Bayes)."""
    return (events + prior * strength) / (trials + strength)


def year_share(age_days: Column, *, within_days: float) -> Column:
    """Return what share of all that a window of `within_days` remembers of an entity amounts to one year, in (0, 1].

    Totals over a window longer than a model's past grow with every month, and then mean something else than when it
    learnt: ten returns were a lot in one year and are few in two. Counted as one year they mean the same, and still
    rest on all that is remembered.
    age_days: since the entity's first case; NaN, and all below a year, count in full.
    """
    return 365.0 / np.minimum(np.fmax(age_days, 365.0), within_days)


def days_between(later: Column, earlier: Column) -> Column:
    """Return the days from `earlier` to `later`, both in seconds; negative when out of order."""
    return (later - earlier) / 86_400.0


def hundredths(amounts: Column) -> NDArray[np.int64]:
    """Round money to whole hundredths, 0 where missing, so that sums are exact; at most MAX_PER_CASE."""
    return _whole(amounts * 100.0)


def millionths(prices: Column) -> NDArray[np.int64]:
    """Round prices to whole millionths, 0 where missing: a unit price may have more digits than money; at most
    MAX_PER_CASE."""
    return _whole(prices * 1e6)


def thousandths(quantities: Column) -> NDArray[np.int64]:
    """Round quantities to whole thousandths, 0 where missing, so that sums are exact; at most MAX_PER_CASE."""
    return _whole(quantities * 1000.0)


def _whole(values: Column) -> NDArray[np.int64]:
    return np.clip(np.rint(np.nan_to_num(values, nan=0.0)), -MAX_PER_CASE, MAX_PER_CASE).astype(np.int64)


def flag(condition: NDArray[np.bool_]) -> Column:
    """Turn a condition into 0/1; comparisons with a missing value are 0."""
    return condition.astype(np.float64)


def month(at: Column) -> Column:
    """Return the calendar month 1-12 of instants in seconds (proleptic Gregorian, UTC)."""
    whole = (
        np.where(np.isnan(at), 0.0, at)
        .astype(np.int64)
        .astype("datetime64[s]")
        .astype("datetime64[M]")
        .astype(np.int64)
    )
    return np.where(np.isnan(at), np.nan, whole % 12 + 1.0)


def weekday(at: Column) -> Column:
    """Return the weekday of instants in seconds, Monday 0 to Sunday 6, UTC."""
    return np.floor(at / 86_400.0 + 3.0) % 7.0


def hour(at: Column) -> Column:
    """Return the hour of the day 0-23 of instants in seconds, UTC."""
    return np.floor(at / 3_600.0) % 24.0
