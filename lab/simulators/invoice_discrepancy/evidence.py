"""Laws of what an invoice line shows: each draws values given the true cause, and says how likely values are under
every cause.

Draw and density read the same numbers, so the evidence that a `Sheet` adds up is exact for what it has drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, ndtr

from lab.simulators.invoice_discrepancy.parameters import CAUSES, RARELY_KEPT, of
from lab.simulators.retailer import Codes, Floats, pick

Flags = NDArray[np.bool_]
Table = Mapping[str, float]
Tables = Mapping[str, Sequence[float]]
_SEED_SPREAD: Final = 0.12
"""How far retailers differ in how often a thing is seen, on the scale of log odds."""


class Law(Protocol):
    """How one observation depends on the cause."""

    def draw(self, rng: np.random.Generator, cause: Codes) -> NDArray[Any]:
        """Draw one value per line, shape (n,), given its cause."""
        ...

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause) under every cause, shape (n, C), up to a constant per line."""
        ...


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no, with a probability per cause, shape (C,)."""

    probability: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Flags:
        """Draw yes or no."""
        return rng.random(len(cause)) < self.probability[cause]

    def log_density(self, values: Flags) -> Floats:
        """Return the log probability of yes or no."""
        return np.log(np.stack([1.0 - self.probability, self.probability]))[values.astype(np.int64)]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of k positions, with weights per cause, shape (C, k), rows summing to 1."""

    weights: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Codes:
        """Draw a position."""
        return pick(rng, self.weights[cause])

    def log_density(self, values: Codes) -> Floats:
        """Return the log weight of each position."""
        return np.log(self.weights.T)[values]


@dataclass(frozen=True, slots=True)
class Around:
    """A lognormal value around a median per cause."""

    median: Floats
    spread: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Floats:
        """Draw a positive value."""
        drawn: Floats = self.median[cause] * np.exp(self.spread[cause] * rng.standard_normal(len(cause)))
        return drawn

    def log_density(self, values: Floats) -> Floats:
        """Return the log density on the scale of logarithms."""
        off = (np.log(values)[:, None] - np.log(self.median)) / self.spread
        return -0.5 * off**2 - np.log(self.spread)


@dataclass(frozen=True, slots=True)
class WholeBell:
    """A normal value rounded to whole numbers, with mean and deviation per cause."""

    mean: Floats
    spread: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Codes:
        """Draw a whole number."""
        return np.rint(self.mean[cause] + self.spread[cause] * rng.standard_normal(len(cause))).astype(np.int64)

    def log_density(self, values: Codes) -> Floats:
        """Return the log of the normal mass that is rounded to each value."""
        # Mirrored to the lower tail, where small masses keep their digits.
        off = np.abs(values[:, None] - self.mean)
        mass = ndtr((0.5 - off) / self.spread) - ndtr((-0.5 - off) / self.spread)
        density: Floats = np.log(np.maximum(mass, 1e-300))
        return density


@dataclass(frozen=True, slots=True)
class Share:
    """A Beta share between 0 and 1, with two shapes per cause."""

    first: Floats
    second: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Floats:
        """Draw a share."""
        return rng.beta(self.first[cause], self.second[cause])

    def log_density(self, values: Floats) -> Floats:
        """Return the log density."""
        inside = np.clip(values, 1e-12, 1.0 - 1e-12)[:, None]
        powers = (self.first - 1.0) * np.log(inside) + (self.second - 1.0) * np.log1p(-inside)
        density: Floats = powers - betaln(self.first, self.second)
        return density


@dataclass(frozen=True, slots=True)
class Count:
    """A Poisson count with a mean per cause."""

    mean: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Codes:
        """Draw a count."""
        return rng.poisson(self.mean[cause])

    def log_density(self, values: Codes) -> Floats:
        """Return the log mass, without the factorial that all causes share."""
        density: Floats = values[:, None] * np.log(self.mean) - self.mean
        return density


class Sheet:
    """What accounts payable sees of every line: draws it, and adds up what it says about the cause.

    log_likelihood: ln P(all that was seen | cause) so far, shape (n, C), up to a constant per line.
    """

    def __init__(self, rng: np.random.Generator, cause: Codes, *, missing_rate: float) -> None:
        self.rng = rng
        self.cause = cause
        self.missing_rate = missing_rate
        self.log_likelihood: Floats = np.zeros((len(cause), len(CAUSES)))

    def kept(self, name: str) -> Flags:
        """Return on which lines a field is filled in, whatever the cause: some are rarely kept, the others left out at
        the usual rate."""
        return self.draws(1.0 - max(RARELY_KEPT.get(name, 0.0), self.missing_rate))

    def draws(self, rate: float) -> Flags:
        """Return yes with the same probability whatever the cause."""
        return self.rng.random(len(self.cause)) < rate

    def see(self, law: Law, seen: Flags) -> Any:
        """Draw a value on every line and count it as evidence where it is seen."""
        values = law.draw(self.rng, self.cause)
        with np.errstate(divide="ignore"):
            density = law.log_density(values)
        np.add(self.log_likelihood, density, out=self.log_likelihood, where=seen[:, None])
        return values

    def draw_flag(self, table: Table, seen: Flags) -> Flags:
        """Return yes with the probability of the cause."""
        odds = of(table) / (1.0 - of(table)) * self.rng.lognormal(0.0, _SEED_SPREAD)
        happened: Flags = self.see(Flag(odds / (1.0 + odds)), seen)
        return happened

    def choose(self, table: Tables, seen: Flags) -> Codes:
        """Choose a position by the weights of the cause."""
        weights = of(table)
        weights = weights * self.rng.lognormal(0.0, _SEED_SPREAD, weights.shape[1])
        chosen: Codes = self.see(Choice(weights / weights.sum(axis=1, keepdims=True)), seen)
        return chosen

    def around(self, table: Table, spread: float, seen: Flags) -> Floats:
        """Draw a lognormal value around the median of the cause."""
        median = of(table) * self.rng.lognormal(0.0, _SEED_SPREAD)
        drawn: Floats = self.see(Around(median, np.full(len(CAUSES), spread)), seen)
        return drawn

    def price_ratio(self, mean: Table, spread: Table, seen: Flags) -> Floats:
        """Draw a lognormal ratio with mean and deviation of its logarithm by cause."""
        drawn: Floats = self.see(Around(np.exp(of(mean)), of(spread)), seen)
        return drawn

    def days(self, mean: Table, spread: float, seen: Flags) -> Codes:
        """Draw whole days, normal around the mean of the cause."""
        drawn: Codes = self.see(WholeBell(of(mean), np.full(len(CAUSES), spread)), seen)
        return drawn

    def share(self, table: Tables, seen: Flags) -> Floats:
        """Draw a Beta share with the shapes of the cause."""
        drawn: Floats = self.see(Share(*of(table).T), seen)
        return drawn

    def count(self, table: Table, seen: Flags) -> Codes:
        """Count by a Poisson law with the mean of the cause."""
        counted: Codes = self.see(Count(of(table) * self.rng.lognormal(0.0, _SEED_SPREAD)), seen)
        return counted
