"""What the simulated retailers share: time with seasons, entities of unequal size, clumsy text, late and noisy
labels."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.fields import FIRST_INSTANT, LAST_INSTANT

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Instants = NDArray[np.datetime64]
Drift = Literal["none", "mild", "severe", "new_type"]
DRIFT_STRENGTH: Final[Mapping[str, float]] = {"none": 0.0, "mild": 1.0, "severe": 2.5, "new_type": 0.0}
NEW_TYPE_FROM: Final = 0.6
ANALYSTS: Final = 12
CARELESS: Final = 2
"""So many make `CARELESS_SHARE` of the errors, where few do."""
CARELESS_SHARE: Final = 0.9
MAX_NOISE: Final = 0.5
"""Nobody errs more often than not."""
MAX_LABEL_NOISE: Final[Mapping[str, float]] = {
    "even": MAX_NOISE,
    # Above, those who err most could not err twice as often as the mean.
    "mixed": MAX_NOISE / 2,
    "few": MAX_NOISE * CARELESS / (CARELESS_SHARE * ANALYSTS),
}
"""By who errs: with more, the errors could not be spread as promised while nobody errs more often than `MAX_NOISE`."""
_MAX_DAYS: Final[Mapping[str, int]] = {"days": 36_500, "label_delay_days": 1_000}
_DELAY_SPREAD: Final = 0.6
_MAX_DELAY: Final = math.exp(7.0 * _DELAY_SPREAD)
"""Medians: not one label in 10^11 comes later."""
_PAST: Final = timedelta(days=20 * 366)
"""So far payloads look back, but for few suppliers, accounts and assets older than that."""
_AHEAD: Final = timedelta(days=3 * 366)
"""So far they look ahead: to the end of a warranty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """How a simulated retailer is drawn. The same knobs and seed give the same retailer, another seed another one.

    days, end_at: the window. base_rate: factor on the odds of the causes, or in maintenance of the severities, that
    make acting straight through wrong. label_noise: probability that a cause which can be mistaken is recorded as one
    it is mistaken for; what is honest and harmless never is. label_delay_days: median, the same for every cause.
    analysts: whether all who record outcomes err alike, each in their own measure, or nearly all errors are two
    people's. missing_rate: base share of optional fields left out. drift: how far the odds of causes move until the
    end; under `new_type` one cause appears only from new_type_at on, None: when 60 % of the window are over.
    seasonality: 0 is none, 1 as the domain has it. cold_start_share: share of the entities first seen at any time, the
    others are there from the start. trap: the name of a leak to plant, "" for none.

    Raises ValueError for a new_type_at without that drift or outside the window, for more label_noise than such
    analysts can make, and for an end_at around which instants would lie outside those that can be read.
    """

    rows: int
    seed: int
    days: int = 540
    end_at: datetime = datetime(2026, 6, 30, tzinfo=UTC)
    base_rate: float = 1.0
    label_noise: float = 0.05
    label_delay_days: float = 9.0
    analysts: Literal["even", "mixed", "few"] = "even"
    missing_rate: float = 0.06
    drift: Drift = "none"
    new_type_at: datetime | None = None
    seasonality: float = 1.0
    cold_start_share: float = 0.25
    trap: str = ""

    def __post_init__(self) -> None:
        """Refuse knobs that do not go together."""
        for name, most in _MAX_DAYS.items():
            if not 0.0 < getattr(self, name) <= most:
                raise ValueError(
                    f"{name} {getattr(self, name):g} lies beyond what can be drawn; give more than 0 and at most "
                    f"{most:,}"
                )
        self._check_label_noise()
        self._check_end_at()
        self._check_new_type_at()

    def _check_label_noise(self) -> None:
        """Refuse a probability of error that these analysts cannot make: cut in silence, it would be another than
        promised."""
        most = MAX_LABEL_NOISE[self.analysts]
        if not 0.0 <= self.label_noise <= most:
            shown = math.floor(most * 10_000) / 10_000
            cure = "" if self.analysts == "even" else ", or set analysts to even"
            raise ValueError(
                f"label_noise {self.label_noise:g} does not go with analysts {self.analysts}, of whom nobody errs more "
                "often than "
                f"{MAX_NOISE:g}; give 0 to {shown:g}{cure}"
            )

    def _check_end_at(self) -> None:
        """Refuse a window whose cases or outcomes would reach beyond the instants that any table may hold."""
        before = _PAST + timedelta(days=self.days)
        after = max(_AHEAD, timedelta(days=self.label_delay_days * _MAX_DELAY))
        # Added to the bounds, not to the end: near the years 1 and 9999 it would overflow.
        if not FIRST_INSTANT + before <= self.end_at <= LAST_INSTANT - after:
            raise ValueError(
                f"end_at {self.end_at.date()} does not lie between {(FIRST_INSTANT + before).date()} and "
                f"{(LAST_INSTANT - after).date()}: instants are read from {FIRST_INSTANT.date()} to "
                f"{LAST_INSTANT.date()}, payloads look "
                f"{_PAST.days:,} days back from before the {self.days:,} days of the window, and outcomes or plans lie "
                "up to "
                f"{after.days:,} days after it (label_delay_days {self.label_delay_days:g}); set another end_at"
            )

    def _check_new_type_at(self) -> None:
        """Refuse an instant at which nothing would happen."""
        if self.new_type_at is None:
            return
        if self.drift != "new_type":
            raise ValueError(
                f"new_type_at {self.new_type_at:%Y-%m-%d} says nothing while drift is {self.drift}; set drift to "
                "new_type"
            )
        begins = self.end_at - timedelta(days=self.days)
        if not begins <= self.new_type_at < self.end_at:
            raise ValueError(
                f"new_type_at {self.new_type_at:%Y-%m-%d} does not lie in the window from {begins:%Y-%m-%d} to "
                f"{self.end_at:%Y-%m-%d}"
            )

    def progress(self, at: Instants) -> Floats:
        """Return how far into the window each instant lies, 0 to 1."""
        end = np.datetime64(self.end_at.astimezone(UTC).replace(tzinfo=None), "s")
        passed = 1.0 - (end - at) / np.timedelta64(self.days * 86_400, "s")
        return np.asarray(np.clip(passed, 0.0, 1.0), dtype=np.float64)

    def drifted(self, at: Instants, factor_at_end: float) -> Floats:
        """Return the factor on a cause's odds that drift has reached at each instant, 1 at the start."""
        return np.asarray(factor_at_end ** (DRIFT_STRENGTH[self.drift] * self.progress(at)), dtype=np.float64)

    def new_type(self, at: Instants) -> Floats:
        """Return the factor on the odds of the domain's newcomer among causes: 0 until it appears under `new_type`,
        else 1."""
        if self.drift != "new_type":
            return np.ones(len(at))
        if self.new_type_at is None:
            return np.where(self.progress(at) < NEW_TYPE_FROM, 0.0, 2.5)
        return np.where(at < np.datetime64(self.new_type_at.astimezone(UTC).replace(tzinfo=None), "s"), 0.0, 2.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """One simulated table in three parts, row for row by `exception_id`, in the order of `as_of`.

    cases: what a caller would see: exception_id, as_of (UTC), source_system, currency, and the payload's fields;
        NaN/None where missing.
    outcomes: what the business learnt later: exception_id, cause, wrong, loss, known_at (UTC); noisy, delayed.
    truth: what no model may read: exception_id, cause, wrong, loss as they really were; what the best observer could
        know at `as_of`: p_wrong, expected_impact (E[loss | wrong], money), expected_loss, and p_CAUSE of every cause;
        and whatever else is latent.
    """

    cases: pd.DataFrame
    outcomes: pd.DataFrame
    truth: pd.DataFrame


def timeline(
    rng: np.random.Generator,
    knobs: Knobs,
    *,
    month_weights: Sequence[float] = (1.0,) * 12,
    weekday_weights: Sequence[float] = (1.0,) * 7,
    opening_hours: tuple[int, int] = (7, 21),
) -> Instants:
    """Draw sorted instants (datetime64[s], UTC) over the last `days` before `end_at`, busier in heavier months and
    weekdays."""
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


def late(rng: np.random.Generator, at: Instants, *, median_days: float, spread: float = _DELAY_SPREAD) -> Instants:
    """Return when each label became known: a lognormal delay after `at`, at least an hour."""
    delay = np.maximum(3600, rng.lognormal(np.log(median_days * 86_400), spread, len(at)))
    return np.asarray(at + delay.astype("timedelta64[s]"))


def exception_ids(prefix: str, knobs: Knobs) -> list[str]:
    """Return stable ids that differ between seeds."""
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
