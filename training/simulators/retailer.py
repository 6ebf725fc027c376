"""What the simulated retailers share: time with seasons, entities of unequal size, clumsy text, late and noisy labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Instants = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """How a simulated retailer is drawn. The same knobs and seed give the same retailer, another seed another one.

    label_noise: share of outcomes whose cause was recorded wrongly. missing_rate: base share of optional fields left out.
    """

    rows: int
    seed: int
    days: int = 540
    end_at: datetime = datetime(2026, 6, 30, tzinfo=UTC)
    label_noise: float = 0.05
    missing_rate: float = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """One simulated table in three parts, row for row by `exception_id`, in the order of `as_of`.

    cases: what a caller would see: exception_id, as_of (UTC), source_system, currency, and the payload's fields; NaN/None
        where missing.
    outcomes: what the business learnt later: exception_id, cause, wrong, loss, known_at (UTC); noisy, delayed.
    truth: what no model may read: exception_id, cause, wrong, loss as they really were, and whatever else is latent.
    """

    cases: pd.DataFrame
    outcomes: pd.DataFrame
    truth: pd.DataFrame


Simulator = Callable[[Knobs], Simulated]


def timeline(
    rng: np.random.Generator,
    knobs: Knobs,
    *,
    month_weights: Sequence[float] = (1.0,) * 12,
    weekday_weights: Sequence[float] = (1.0,) * 7,
    opening_hours: tuple[int, int] = (7, 21),
) -> Instants:
    """Draw sorted instants (datetime64[s], UTC) over the last `days` before `end_at`, busier in heavier months and weekdays."""
    end = np.datetime64(knobs.end_at.astimezone(UTC).replace(tzinfo=None), "D")
    dates = end - np.arange(knobs.days, 0, -1)
    months = dates.astype("datetime64[M]").astype(int) % 12
    weekdays = (dates.astype(int) + 3) % 7
    weights = np.asarray(month_weights)[months] * np.asarray(weekday_weights)[weekdays]
    drawn = rng.choice(dates, size=knobs.rows, p=weights / weights.sum())
    first, last = opening_hours
    moments = drawn.astype("datetime64[s]") + rng.integers(first * 3600, last * 3600, knobs.rows)
    return np.sort(moments)


def population(
    rng: np.random.Generator, size: int, *, prefix: str, spread: float = 1.0
) -> tuple[NDArray[np.object_], Floats]:
    """Name `size` entities and give each its share of the traffic (lognormal, so a few are large)."""
    names = np.array([f"{prefix}{number:05d}" for number in rng.choice(size * 7, size, replace=False)], dtype=object)
    activity = rng.lognormal(0.0, spread, size)
    return names, activity / activity.sum()


def beta_rates(rng: np.random.Generator, size: int, *, mean: float, concentration: float) -> Floats:
    """Draw one rate per entity around `mean`; a low concentration makes entities differ much."""
    return rng.beta(mean * concentration, (1 - mean) * concentration, size)


def pick(rng: np.random.Generator, probabilities: Floats) -> Codes:
    """Draw one category per row from unnormalised weights of shape (n, k)."""
    cumulative = np.cumsum(probabilities, axis=1)
    return np.asarray(
        np.sum(rng.random(len(probabilities))[:, None] * cumulative[:, -1:] > cumulative, axis=1), dtype=np.int64
    )


def blank(rng: np.random.Generator, values: Sequence[object] | NDArray[np.generic], rate: float) -> NDArray[np.object_]:
    """Leave out a random share of values."""
    kept = np.asarray(values, dtype=object).copy()
    kept[rng.random(len(kept)) < rate] = None
    return kept


def phrase(rng: np.random.Generator, templates: Mapping[str, Sequence[str]], keys: Sequence[str]) -> list[str]:
    """Pick one template per row by key (a cause, say); an empty template is a case without text."""
    return [templates[key][int(rng.integers(len(templates[key])))] for key in keys]


def misspell(rng: np.random.Generator, texts: Sequence[str], rate: float = 0.02) -> list[str]:
    """Swap, drop or double letters at `rate` per letter, as people type."""
    return [_misspell(rng, text, rate) if text else text for text in texts]


def late(rng: np.random.Generator, at: Instants, *, median_days: float, spread: float = 0.6) -> Instants:
    """Say when each label became known: a lognormal delay after `at`, at least an hour."""
    delay = np.maximum(3600, rng.lognormal(np.log(median_days * 86_400), spread, len(at)))
    return np.asarray(at + delay.astype("timedelta64[s]"))


def mislabel(
    rng: np.random.Generator, causes: NDArray[np.object_], rate: float, *, confusions: Mapping[str, Sequence[str]]
) -> NDArray[np.object_]:
    """Record a share of causes as one they are easily confused with; causes not listed stay as they are."""
    noisy = causes.copy()
    for row in np.flatnonzero(rng.random(len(causes)) < rate):
        others = confusions.get(causes[row])
        if others:
            noisy[row] = others[int(rng.integers(len(others)))]
    return noisy


def exception_ids(prefix: str, knobs: Knobs) -> list[str]:
    """Give stable ids that differ between seeds."""
    return [f"{prefix}-{knobs.seed}-{number:07d}" for number in range(knobs.rows)]


def _misspell(rng: np.random.Generator, text: str, rate: float) -> str:
    letters = list(text)
    for position in np.flatnonzero(rng.random(len(letters)) < rate):
        if not letters[position].isalpha():
            continue
        kind = rng.integers(3)
        if kind == 0:
            letters[position] = ""
        elif kind == 1:
            letters[position] *= 2
        elif position + 1 < len(letters):
            letters[position], letters[position + 1] = letters[position + 1], letters[position]
    return "".join(letters)
