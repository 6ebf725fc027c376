"""What a simulated request shows, and exactly what that says: each observable is written once, to be drawn and to be
weighed.

Two things of a request stay hidden when it is triaged: its cause and its severity. Every observable has a distribution
given these two, as a table of shape (causes or 1, severities or 1, ...); what the caller sees beside (the site, the
lanes it has) may shift it row by row. A witness draws the value and, in the same breath, adds up what the value says
for whoever sees it.
"""

from dataclasses import dataclass
from math import lgamma
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from lab.simulators.retailer import Codes, Floats

Flags = NDArray[np.bool_]
_lgamma: Final = np.vectorize(lgamma, otypes=[np.float64])


def by_cause(values: Any) -> Floats:
    """Write a table that depends on the cause alone: its first axis is the cause."""
    return np.asarray(values, dtype=np.float64)[:, None]


def by_severity(values: Any) -> Floats:
    """Write a table that depends on the severity alone: its first axis is the severity."""
    return np.asarray(values, dtype=np.float64)[None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What is behind each request and never shown. severity: 0 (life, food or trade stopped) to 3 (cosmetic)."""

    cause: Codes
    severity: Codes

    def of(self, table: Floats) -> Floats:
        """Look up each row's entry of a table of shape (causes or 1, severities or 1, ...)."""
        found: Floats = table[np.minimum(self.cause, table.shape[0] - 1), np.minimum(self.severity, table.shape[1] - 1)]
        return found


class Observable(Protocol):
    """Something a request shows."""

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> NDArray[Any]:
        """Draw one value per row."""
        ...

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause, severity) up to a constant per row, of shape (n, causes or 1, severities or 1)."""
        ...


class Witness:
    """Sees what each request shows and keeps the sum of what that says, so that no draw goes unweighed."""

    def __init__(self, rng: np.random.Generator, hidden: Hidden, *, causes: int, severities: int) -> None:
        n = len(hidden.cause)
        self._rng, self._hidden = rng, hidden
        self._by_cause = np.zeros((n, causes, 1))
        self._by_severity = np.zeros((n, 1, severities))
        self._by_both = np.zeros((n, causes, severities))

    def see(self, observable: Observable, given: Flags | None = None) -> NDArray[Any]:
        """Draw an observable; it counts as seen where `given`, and the caller must leave it out elsewhere."""
        values = observable.draw(self._rng, self._hidden)
        says = observable.log_density(values)
        if given is not None:
            says = np.where(given[:, None, None], says, 0.0)
        if says.shape[1] == 1:
            self._by_severity += says
        elif says.shape[2] == 1:
            self._by_cause += says
        else:
            self._by_both += says
        return values

    def testimony(self) -> Floats:
        """Return ln P(everything seen | cause, severity), of shape (n, causes, severities), up to a constant per
        row."""
        return self._by_both + self._by_cause + self._by_severity


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several categories, by position. probabilities: weights over the last axis."""

    probabilities: Floats

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> Codes:
        """Draw by inverting each row's cumulative probabilities, all rows in one search."""
        causes, severities, size = self.probabilities.shape
        cumulative = np.cumsum(self._shares(), axis=-1).reshape(-1, size)
        cumulative[:, -1] = 1.0
        which = np.minimum(hidden.cause, causes - 1) * severities + np.minimum(hidden.severity, severities - 1)
        ladder = (cumulative + np.arange(len(cumulative))[:, None]).ravel()
        found = np.searchsorted(ladder, which + rng.random(len(which)), side="right") - which * size
        return np.asarray(np.minimum(found, size - 1), dtype=np.int64)

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Look the probabilities up."""
        with np.errstate(divide="ignore"):
            logs = np.log(np.moveaxis(self._shares(), -1, 0))
        return np.asarray(logs[values])

    def _shares(self) -> Floats:
        return np.asarray(self.probabilities / self.probabilities.sum(axis=-1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no. probability: of yes."""

    probability: Floats

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> Flags:
        """Draw yes or no."""
        return np.asarray(rng.random(len(hidden.cause)) < hidden.of(self.probability))

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln of the probability of what was said."""
        return np.asarray(np.where(values[:, None, None], np.log(self.probability), np.log1p(-self.probability)))


@dataclass(frozen=True, slots=True)
class Normal:
    """A reading around a mean. Rounding to `digits` is too fine to matter."""

    mean: Floats
    spread: float
    digits: int = 1

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> Floats:
        """Draw a reading."""
        return np.asarray(rng.normal(hidden.of(self.mean), self.spread).round(self.digits))

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return the normal log-density."""
        return np.asarray(-0.5 * ((values[:, None, None] - self.mean) / self.spread) ** 2)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A positive amount around a median; `spread` is that of its logarithm."""

    median: Floats
    spread: float
    digits: int = 2

    @property
    def mean(self) -> Floats:
        """Return the expected amount."""
        return np.asarray(self.median * np.exp(self.spread**2 / 2.0))

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> Floats:
        """Draw an amount, at least the least that can be written down."""
        drawn = hidden.of(self.median) * rng.lognormal(0.0, self.spread, len(hidden.cause))
        return np.asarray(np.maximum(drawn.round(self.digits), 0.1**self.digits))

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return the log-density of the logarithm; going back to the amount is a constant per row."""
        return np.asarray(-0.5 * ((np.log(values)[:, None, None] - np.log(self.median)) / self.spread) ** 2)


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction between nothing and all, beta-distributed around `mean`."""

    mean: Floats
    concentration: float

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> Floats:
        """Draw a fraction, never quite nothing or all."""
        mean = hidden.of(self.mean)
        drawn = rng.beta(mean * self.concentration, (1.0 - mean) * self.concentration)
        return np.asarray(np.clip(drawn.round(4), 1e-4, 1.0 - 1e-4))

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return the beta log-density."""
        a, b = self.mean * self.concentration, (1.0 - self.mean) * self.concentration
        share = values[:, None, None]
        return np.asarray((a - 1.0) * np.log(share) + (b - 1.0) * np.log1p(-share) - _lgamma(a) - _lgamma(b))


@dataclass(frozen=True, slots=True)
class Down:
    """How many of a row's `total` units are down: binomial with `share`, but at least one, or nobody would have
    written."""

    total: Codes
    share: Floats

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> Codes:
        """Draw how many are down."""
        drawn = rng.binomial(self.total, hidden.of(self.share))
        return np.asarray(np.maximum(drawn, np.minimum(self.total, 1)), dtype=np.int64)

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return the log-probability; one down may stand for none."""
        total, down = self.total[:, None, None], values[:, None, None]
        up = np.log1p(-self.share)
        one = (total - 1) * up + np.log((1.0 - self.share) + total * self.share)
        several = down * np.log(self.share) + (total - down) * up
        return np.asarray(np.where(total == 0, 0.0, np.where(down <= 1, one, several)))


@dataclass(frozen=True, slots=True)
class Word:
    """An ordered word: the score plus each row's own `loudness` plus logistic noise of scale `noise`, against
    `cuts`."""

    score: Floats
    cuts: tuple[float, ...]
    noise: float
    loudness: Floats

    def draw(self, rng: np.random.Generator, hidden: Hidden) -> Codes:
        """Draw the position of the word."""
        heard = hidden.of(self.score) + self.loudness + rng.logistic(0.0, self.noise, len(hidden.cause))
        return np.asarray(np.searchsorted(self.cuts, heard), dtype=np.int64)

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln of the probability to fall between the word's two cuts."""
        edges = np.array([-np.inf, *self.cuts, np.inf])
        centre = self.score + self.loudness[:, None, None]
        low, high = ((edge[:, None, None] - centre) / self.noise for edge in (edges[values], edges[values + 1]))
        return np.asarray(np.log(_logistic(high) - _logistic(low)))


def _logistic(values: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))
