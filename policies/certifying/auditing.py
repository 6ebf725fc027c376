"""How wrong the automatic decisions are, from the slice of them that people audit, and an alarm that does not cry
wolf."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, chi2

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ALARM_AT: Final = 100.0
_BETS: Final = (1.5, 2.0, 3.0)
_AT_ONCE: Final = 0.5
_CEILING: Final = 1e100


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """An estimated error rate of automatic decisions, [0, 1], with its interval.

    rate: None without audits. confidence: of the two-sided interval. audits, errors: what it rests on. method: how the
    interval was made.
    """

    rate: float | None
    low: float
    high: float
    confidence: float
    audits: int
    errors: int
    method: str


def error_rate(wrong: Flags, propensities: Floats, *, confidence: float = 0.95) -> ErrorRate:
    """Estimate the share of automatic decisions that are wrong, each audit weighted by 1 / its propensity (Hájek).

    wrong: of each audited decision. propensities: the probability with which each was chosen for audit, (0, 1]. Where
    all are equal the interval is the exact binomial one (Clopper-Pearson); else the gamma interval for a weighted sum
    of Poisson counts (Fay & Feuer 1997), which stays honest where errors are few. Raises ValueError for a propensity
    outside (0, 1].
    """
    n, errors = len(wrong), int(np.count_nonzero(wrong))
    if not n:
        return ErrorRate(rate=None, low=0.0, high=1.0, confidence=confidence, audits=0, errors=0, method="no audits")
    if float(propensities.min()) <= 0.0 or float(propensities.max()) > 1.0:
        raise ValueError(f"propensities must lie in (0, 1], not {propensities.min()} to {propensities.max()}")
    weights = 1.0 / propensities
    weights = weights / weights.sum()
    rate = float(weights @ wrong)
    tail = (1.0 - confidence) / 2.0
    if float(propensities.min()) == float(propensities.max()):
        low, high, method = *_clopper_pearson(n, errors, tail), "Clopper-Pearson"
    else:
        low, high, method = *_fay_feuer(weights, wrong, tail), "Fay-Feuer"
    return ErrorRate(rate=rate, low=low, high=high, confidence=confidence, audits=n, errors=errors, method=method)


def _clopper_pearson(n: int, errors: int, tail: float) -> tuple[float, float]:
    low = float(beta.ppf(tail, errors, n - errors + 1)) if errors else 0.0
    return low, float(beta.ppf(1.0 - tail, errors + 1, n - errors)) if errors < n else 1.0


def _fay_feuer(weights: Floats, wrong: Flags, tail: float) -> tuple[float, float]:
    rate, variance = float(weights @ wrong), float(weights**2 @ wrong)
    heaviest = float(weights.max())
    low = variance / (2.0 * rate) * chi2.ppf(tail, 2.0 * rate**2 / variance) if rate > 0.0 else 0.0
    more, spread = rate + heaviest, variance + heaviest**2
    high = spread / (2.0 * more) * chi2.ppf(1.0 - tail, 2.0 * more**2 / spread)
    return float(low), min(float(high), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmMonitor:
    """Watches audited automatic decisions one by one for "more than the budget is wrong"; alarms once the evidence is
    overwhelming.

    Betting (Waudby-Smith & Ramdas 2023): at each audit, bets at fair odds under an error rate of exactly the budget
    that the true rate is 1.5, 2 or 3 times it. While the rate is within the budget no such bet can be expected to gain.
    Half a unit is bet from the start and half a unit more each year, spread evenly over the year's audits, so that harm
    that begins late is not hidden by good months before (an e-detector: Shin, Ramdas & Rinaldo 2023). By Doob's
    inequality the probability of a false alarm is then at most 1 / alarm_at in the first year and half of it in each
    further year: at 100, 1 %.
    (An alarm at 20, as often quoted, promises only 5 %.)

    budget: error rate that is allowed, (0, 1/3). audits_per_year: how many are expected; only spreads the bets. wealth:
    per bet.
    The audits must have been drawn with equal probabilities; thin them first where they were not
    (`policies.certifying.certification.thin`).
    """

    budget: float
    audits_per_year: float
    alarm_at: float = ALARM_AT
    wealth: tuple[float, ...] = (_AT_ONCE,) * len(_BETS)
    audits: int = 0
    errors: int = 0
    highest: float = _AT_ONCE

    def __post_init__(self) -> None:
        if not 0.0 < self.budget * max(_BETS) < 1.0:
            raise ValueError(f"budget is {self.budget}; it must be above 0 and below {1.0 / max(_BETS):.3f}")
        if self.audits_per_year < 1.0:
            raise ValueError(f"audits_per_year is {self.audits_per_year}; it must be at least 1")

    @property
    def evidence(self) -> float:
        """Return the evidence for harm now: what was bet, by how much it grew."""
        return sum(self.wealth) / len(self.wealth)

    @property
    def alarm(self) -> bool:
        """Return whether the evidence ever reached the alarm; it stays on, for whoever lifts it starts a new
        monitor."""
        return self.highest >= self.alarm_at

    def after(self, wrong: bool) -> "HarmMonitor":
        """Return the monitor after one more audited decision, in the order in which the audits were made."""
        new_bets = (1.0 - _AT_ONCE) / self.audits_per_year
        grown = tuple(
            min((wealth + new_bets) * _factor(bet, self.budget, wrong), _CEILING)
            for wealth, bet in zip(self.wealth, _BETS, strict=True)
        )
        return replace(
            self,
            wealth=grown,
            audits=self.audits + 1,
            errors=self.errors + int(wrong),
            highest=max(self.highest, sum(grown) / len(grown)),
        )


def evidence_paths(wrong: NDArray[np.bool_], *, budget: float, audits_per_year: float) -> Floats:
    """Return the evidence after every audit of many sequences at once, shape as `wrong` (sequences, audits): what
    `HarmMonitor` would say."""
    wealth = np.full((len(_BETS), len(wrong)), _AT_ONCE)
    new_bets = (1.0 - _AT_ONCE) / audits_per_year
    right_factors = np.array([_factor(bet, budget, False) for bet in _BETS])[:, None]
    wrong_factors = np.array([_factor(bet, budget, True) for bet in _BETS])[:, None]
    paths = np.empty(wrong.shape)
    for at in range(wrong.shape[1]):
        wealth = np.minimum((wealth + new_bets) * np.where(wrong[:, at], wrong_factors, right_factors), _CEILING)
        paths[:, at] = wealth.mean(axis=0)
    return paths


def _factor(bet: float, budget: float, wrong: bool) -> float:
    """Return by how much a bet on `bet` times the budget grows: the likelihood ratio of the two rates."""
    return bet if wrong else (1.0 - bet * budget) / (1.0 - budget)
