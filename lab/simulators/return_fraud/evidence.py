"""Observables that are drawn and weighed by one table: what a case shows, and what that says of its cause.

Given its cause, each observable is drawn on its own, so ln P(all that is seen | cause) is a sum with one term per
observable. An observable that is left out adds nothing, because leaving out depends on neither cause nor kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from lab.simulators.retailer import Codes, Floats, pick

Flags = NDArray[np.bool_]
Values = NDArray[Any]
_MIN_SHARE: Final = 0.3
_MAX_SHARE: Final = 1.5


class Observable(Protocol):
    """Something seen of a case whose distribution depends on the cause, and maybe on a state that is seen, too."""

    def draw(self, rng: np.random.Generator, cause: Codes, state: Codes) -> Values:
        """Draw one value per case, shape (n,)."""

    def log_density(self, value: Values, state: Codes) -> Floats:
        """Return ln P(value | cause) for every cause, shape (n, n_causes), up to a constant per case."""


@dataclass(frozen=True, slots=True)
class Category:
    """One of several values, as codes. probabilities: of shape (n_causes, n_values), or (n_states, n_causes,
    n_values)."""

    probabilities: Floats

    def draw(self, rng: np.random.Generator, cause: Codes, state: Codes) -> Values:
        """Draw codes."""
        return pick(rng, self._by_state[state, cause])

    def log_density(self, value: Values, state: Codes) -> Floats:
        """Look the codes up."""
        with np.errstate(divide="ignore"):
            table: Floats = np.log(self._by_state).transpose(0, 2, 1)[state, value]
        return table

    @property
    def _by_state(self) -> Floats:
        table = self.probabilities if self.probabilities.ndim == 3 else self.probabilities[None]
        shares: Floats = table / table.sum(axis=2, keepdims=True)
        return shares


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no. probability: of yes under each cause, shape (n_causes,)."""

    probability: Floats

    def draw(self, rng: np.random.Generator, cause: Codes, state: Codes) -> Values:
        """Draw booleans."""
        return np.asarray(rng.random(len(cause)) < self.probability[cause])

    def log_density(self, value: Values, state: Codes) -> Floats:
        """Look yes and no up."""
        table: Floats = np.log(np.stack([1.0 - self.probability, self.probability]))[value.astype(np.int64)]
        return table


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A positive number. median and spread (of its logarithm): under each cause, shape (n_causes,)."""

    median: Floats
    spread: Floats

    def draw(self, rng: np.random.Generator, cause: Codes, state: Codes) -> Values:
        """Draw positive numbers."""
        drawn: Floats = self.median[cause] * np.exp(self.spread[cause] * rng.standard_normal(len(cause)))
        return drawn

    def log_density(self, value: Values, state: Codes) -> Floats:
        """Return the normal density of the logarithm."""
        distance = (np.log(value)[:, None] - np.log(self.median)) / self.spread
        density: Floats = -0.5 * distance**2 - np.log(self.spread)
        return density


@dataclass(frozen=True, slots=True)
class Poisson:
    """A count. mean: under each cause, shape (n_causes,)."""

    mean: Floats

    def draw(self, rng: np.random.Generator, cause: Codes, state: Codes) -> Values:
        """Draw counts."""
        return rng.poisson(self.mean[cause])

    def log_density(self, value: Values, state: Codes) -> Floats:
        """Return the probability of the count, but for its factorial."""
        density: Floats = value[:, None] * np.log(self.mean) - self.mean
        return density


class Sheet:
    """What the caller is shown of each case. `evidence` adds up what that says: ln P(seen | cause), shape (n,
    n_causes)."""

    def __init__(self, rng: np.random.Generator, cause: Codes, *, causes: int, missing_rate: float) -> None:
        self.rng = rng
        self.evidence: Floats = np.zeros((len(cause), causes))
        self._cause, self._missing_rate = cause, missing_rate

    @property
    def n(self) -> int:
        """Number of cases."""
        return len(self._cause)

    def given(self, where: Flags | None = None) -> Flags:
        """Return where an optional field is given: a share is left out, whatever the cause; some fields are left out
        more often."""
        share = min(1.0, self._missing_rate * float(self.rng.uniform(_MIN_SHARE, _MAX_SHARE)))
        kept = self.rng.random(self.n) >= share
        return kept if where is None else kept & where

    def draw(
        self, observable: Observable, seen: Flags, *, state: Codes | None = None, seen_state: Codes | None = None
    ) -> Values:
        """Draw an observable for every case and weigh it where it is seen.

        state: what it also depends on. seen_state: what the caller knows of that state, if less.
        """
        state = np.zeros(self.n, dtype=np.int64) if state is None else state
        values = observable.draw(self.rng, self._cause, state)
        known = state if seen_state is None else seen_state
        self.evidence[seen] += observable.log_density(values[seen], known[seen])
        return values


def where_given(seen: Flags, values: Values) -> NDArray[np.object_]:
    """Keep the values that are seen, None elsewhere."""
    kept = np.array(values, dtype=object)
    kept[~seen] = None
    return kept


def named(names: tuple[str, ...], codes: Codes) -> NDArray[np.object_]:
    """Turn codes into names."""
    return np.array(names, dtype=object)[codes]


def numbered(prefix: str, numbers: Codes) -> NDArray[np.object_]:
    """Turn numbers into identifiers."""
    return np.array([f"{prefix}{number}" for number in numbers.tolist()], dtype=object)


def table(names: tuple[str, ...], default: Any, by_name: Mapping[str, Any]) -> Floats:
    """Order a table by `names`, `default` where one is not named."""
    unknown = set(by_name) - set(names)
    if unknown:
        raise ValueError(f"{sorted(unknown)} not among {names}")
    return np.array([by_name.get(name, default) for name in names], dtype=np.float64)
