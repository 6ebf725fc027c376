"""From raw scores to probabilities that mean what they say.

Fitted by `training.fitting.calibrating`, kept as a few numbers in JSON, applied in plain numpy. Every calibrator is
monotone (a higher raw score never gets a lower probability) and stays strictly inside (0, 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FARTHEST: Final = 30.0
_SMALLEST: Final = 1e-12


class Calibrator(Protocol):
    """Turn log-odds of shape (n,) into probabilities of shape (n,)."""

    def apply(self, log_odds: Floats) -> Floats:
        """Return the probabilities."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the numbers that `calibrator_from_json` reads back."""
        ...


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Platt scaling: the probability is the sigmoid of `slope` x log-odds + `intercept`; (1, 0) changes nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, log_odds: Floats) -> Floats:
        """Return the probabilities."""
        return sigmoid(self.slope * log_odds + self.intercept)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers that `calibrator_from_json` reads back."""
        kind = "none" if (self.slope, self.intercept) == (1.0, 0.0) else "platt"
        return {"kind": kind, "slope": self.slope, "intercept": self.intercept}


@dataclass(frozen=True, slots=True)
class Shifted:
    """A calibrator for another rate than that of the cases it was fitted on: `by` is added to its log-odds.

    Where cases were drawn by their outcome (every wrong one, one right one in ten), the odds are wrong by one factor.
    """

    calibrator: "Calibrator"
    by: float

    def apply(self, log_odds: Floats) -> Floats:
        """Return the probabilities."""
        inner = np.clip(self.calibrator.apply(log_odds), _SMALLEST, 1.0 - _SMALLEST)
        return sigmoid(np.log(inner) - np.log1p(-inner) + self.by)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers that `calibrator_from_json` reads back."""
        return {"kind": "shifted", "calibrator": self.calibrator.to_json(), "by": self.by}


@dataclass(frozen=True, slots=True)
class Beta:
    """Beta calibration: log-odds `a` ln p - `b` ln(1 - p) + `c`, with a and b not negative, so each tail has its own
    slope."""

    a: float
    b: float
    c: float

    def apply(self, log_odds: Floats) -> Floats:
        """Return the probabilities."""
        terms = beta_terms(log_odds)
        return sigmoid(self.a * terms[:, 0] + self.b * terms[:, 1] + self.c)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers that `calibrator_from_json` reads back."""
        return {"kind": "beta", "a": self.a, "b": self.b, "c": self.c}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """The best rising curve through the data: straight lines between `knots` (log-odds, rising) and their `values`."""

    knots: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, log_odds: Floats) -> Floats:
        """Return the probabilities."""
        return np.interp(log_odds, self.knots, self.values)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers that `calibrator_from_json` reads back."""
        return {"kind": "isotonic", "knots": list(self.knots), "values": list(self.values)}


def calibrator_from_json(numbers: Mapping[str, Any]) -> Calibrator:
    """Read a calibrator back; raise ValueError for a kind this code does not know."""
    match numbers:
        case {"kind": "none" | "platt", "slope": slope, "intercept": intercept}:
            return Sigmoid(slope, intercept)
        case {"kind": "beta", "a": a, "b": b, "c": c}:
            return Beta(a, b, c)
        case {"kind": "isotonic", "knots": knots, "values": values}:
            return Isotonic(tuple(knots), tuple(values))
        case {"kind": "shifted", "calibrator": inner, "by": by}:
            return Shifted(calibrator_from_json(inner), by)
    raise ValueError(f"unknown calibrator {numbers.get('kind')!r}")


def sigmoid(log_odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-log_odds)), never exactly 0 or 1."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -_FARTHEST, _FARTHEST)))


def softmax(raw_scores: Floats, temperature: float) -> Floats:
    """Return the class probabilities of raw scores of shape (n, k); a temperature above 1 makes them less sure."""
    cooled = raw_scores / temperature
    weights = np.exp(cooled - cooled.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def beta_terms(log_odds: Floats) -> Floats:
    """Return ln p and -ln(1 - p) of log-odds (n,), shape (n, 2)."""
    kept = np.clip(log_odds, -_FARTHEST, _FARTHEST)
    return np.column_stack([-np.logaddexp(0.0, -kept), np.logaddexp(0.0, kept)])
