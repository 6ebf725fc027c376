"""What a simulated case can show of its cause: every observable drawn, and its density written down, from the same
numbers.

Given the cause, observables are independent. A density has one column per cause, so the sum of the logarithms of all
that is seen is the case's whole evidence; what is left out adds nothing, because leaving out depends on nothing hidden.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln, ndtr

from lab.simulators.retailer import Codes, Floats, pick

Mask = NDArray[np.bool_]
_TINY: Final = 1e-300
_OWN_SPREAD: Final = 0.04


class Observable(Protocol):
    """Something a case shows, with one parameter (or row of them) per cause."""

    def draw(self, rng: np.random.Generator, cause: Codes) -> NDArray[Any]:
        """Draw one value per case."""
        ...

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause), float64 of shape (n, C)."""
        ...


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no. rate: P(yes | cause), shape (C,)."""

    rate: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Mask:
        """Draw one value per case."""
        return np.asarray(rng.random(len(cause)) < self.rate[cause])

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause)."""
        return np.asarray(_log(np.array([1.0 - self.rate, self.rate]))[values.astype(np.int64)])


@dataclass(frozen=True, slots=True)
class Category:
    """One of m codes. weights: P(code | cause) up to a factor, shape (C, m)."""

    weights: Floats

    def draw(self, rng: np.random.Generator, cause: Codes) -> Codes:
        """Draw one value per case."""
        return pick(rng, self.weights[cause])

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause)."""
        return np.asarray(_log(self.weights / self.weights.sum(axis=1, keepdims=True)).T[values])


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of `trials` days; binomial. rate: shape (C,)."""

    rate: Floats
    trials: int

    def draw(self, rng: np.random.Generator, cause: Codes) -> Codes:
        """Draw one value per case."""
        return rng.binomial(self.trials, self.rate[cause])

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause)."""
        hits = np.arange(self.trials + 1.0)[:, None]
        ways = gammaln(self.trials + 1.0) - gammaln(hits + 1.0) - gammaln(self.trials - hits + 1.0)
        table: Floats = ways + hits * _log(self.rate) + (self.trials - hits) * _log(1.0 - self.rate)
        return np.asarray(table[values])


@dataclass(frozen=True, slots=True)
class Count:
    """Negative binomial around expected x ratio. expected: shape (n,). ratio: (C,). A high dispersion is close to
    Poisson."""

    expected: Floats
    ratio: Floats
    dispersion: float

    def draw(self, rng: np.random.Generator, cause: Codes) -> Codes:
        """Draw one value per case."""
        mean = self.expected * self.ratio[cause]
        return rng.negative_binomial(self.dispersion, self.dispersion / (self.dispersion + mean))

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause)."""
        size, k = self.dispersion, values.astype(np.float64)
        ways = gammaln(k + size) - gammaln(k + 1.0) - gammaln(size) + size * np.log(size)

        def of(ratio: float) -> Floats:
            mean = self.expected * ratio
            return np.asarray(ways + k * np.log(mean) - (k + size) * np.log(size + mean))

        return _per_cause(self.ratio, of)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `steps` whole steps a beta-distributed share comes to. steps: shape (n,), 1 or more. mean: (C,)."""

    steps: Floats
    mean: Floats
    concentration: float

    def draw(self, rng: np.random.Generator, cause: Codes) -> Floats:
        """Draw one value per case."""
        mean = self.mean[cause]
        share = rng.beta(mean * self.concentration, (1.0 - mean) * self.concentration)
        return np.asarray(np.rint(self.steps * share))

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause)."""
        low = np.maximum(values - 0.5, 0.0) / self.steps
        high = np.minimum((values + 0.5) / self.steps, 1.0)

        def of(mean: float) -> Floats:
            a, b = mean * self.concentration, (1.0 - mean) * self.concentration
            return _log(betainc(a, b, high) - betainc(a, b, low))

        return _per_cause(self.mean, of)


@dataclass(frozen=True, slots=True)
class WholeUnits:
    """A lognormal amount, rounded to whole units. scale: shape (n,). location: mean of ln(amount / scale), (C,)."""

    scale: Floats
    location: Floats
    spread: float

    def draw(self, rng: np.random.Generator, cause: Codes) -> Floats:
        """Draw one value per case."""
        return np.asarray(np.rint(self.scale * np.exp(rng.normal(self.location[cause], self.spread))))

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return ln P(value | cause)."""
        low, high = _log((values - 0.5) / self.scale), _log((values + 0.5) / self.scale)

        def of(location: float) -> Floats:
            below, above = (low - location) / self.spread, (high - location) / self.spread
            # Mirrored above the middle, where a difference of numbers close to 1 would lose its digits.
            mirrored = below > 0.0
            return _log(ndtr(np.where(mirrored, -below, above)) - ndtr(np.where(mirrored, -above, below)))

        return _per_cause(self.location, of)


@dataclass(frozen=True, slots=True)
class Duration:
    """A lognormal time. median: shape (C,)."""

    median: Floats
    spread: float

    def draw(self, rng: np.random.Generator, cause: Codes) -> Floats:
        """Draw one value per case."""
        return rng.lognormal(np.log(self.median[cause]), self.spread)

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return the logarithm of the density under each cause."""
        log_values = np.log(values)

        def of(median: float) -> Floats:
            z = (log_values - np.log(median)) / self.spread
            return np.asarray(-0.5 * z * z - log_values - np.log(self.spread * np.sqrt(2.0 * np.pi)))

        return _per_cause(self.median, of)


@dataclass(frozen=True, slots=True)
class WaitingTime:
    """A gamma-distributed time; exponential where shape is 1. scale: shape (n,). mean: of time / scale, (C,)."""

    scale: Floats
    mean: Floats
    shape: float

    def draw(self, rng: np.random.Generator, cause: Codes) -> Floats:
        """Draw one value per case."""
        return rng.gamma(self.shape, self.scale * self.mean[cause] / self.shape)

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Return the logarithm of the density under each cause."""
        log_values = np.log(values)

        def of(mean: float) -> Floats:
            rate = self.shape / (self.scale * mean)
            return np.asarray(
                self.shape * np.log(rate) - gammaln(self.shape) + (self.shape - 1.0) * log_values - rate * values
            )

        return _per_cause(self.mean, of)


class Scene:
    """What is seen of all cases: draws each observable and adds up what it says of the cause where the caller sees it.

    log_likelihood: ln P(all that has been shown | cause), float64 of shape (n, C).
    """

    def __init__(
        self, rng: np.random.Generator, cause: Codes, *, causes: int, missing_rate: float, feeds: Mapping[str, str]
    ) -> None:
        """Start with nothing seen. feeds: what a field comes with, so that both are there or neither is; by field."""
        self.rng = rng
        self.cause = cause
        self.log_likelihood = np.zeros((len(cause), causes))
        self._missing_rate = missing_rate
        self._feeds = feeds
        self._given: dict[str, Mask] = {}

    @property
    def rows(self) -> int:
        """Count the cases."""
        return len(self.cause)

    def given(self, field: str) -> Mask:
        """Return in which cases the caller sees a field, or everything of its feed; always the same answer."""
        feed = self._feeds.get(field, field)
        if feed not in self._given:
            self._given[feed] = self.rng.random(self.rows) >= self._missing_rate
        return self._given[feed]

    def restrict(self, field: str, to: Mask) -> None:
        """Let the caller see a field's feed in no other cases than these."""
        feed = self._feeds.get(field, field)
        self._given[feed] = self.given(field) & to

    def show(self, observable: Observable, seen: Mask | None = None) -> NDArray[Any]:
        """Draw an observable for all cases; it is evidence where it is seen."""
        values = observable.draw(self.rng, self.cause)
        density = observable.log_density(values)
        self.log_likelihood += density if seen is None else np.where(seen[:, None], density, 0.0)
        return values

    def own(self, table: Floats) -> Floats:
        """Move a table a few per cent, as retailers differ; what is equal stays equal."""
        distinct, where = np.unique(table, return_inverse=True)
        moved = distinct * self.rng.lognormal(0.0, _OWN_SPREAD, len(distinct))
        return np.asarray(moved[where].reshape(table.shape), dtype=np.float64)


def _per_cause(parameter: Floats, of: Callable[[float], Floats]) -> Floats:
    """Work out one column per distinct parameter, and give every cause its own."""
    distinct, where = np.unique(parameter, return_inverse=True)
    return np.stack([of(float(value)) for value in distinct], axis=1)[:, where]


def _log(values: Floats) -> Floats:
    """Return the natural logarithm, -690 and so practically never at zero and below."""
    return np.asarray(np.log(np.maximum(values, _TINY)))
