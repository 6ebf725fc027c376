"""How much of the cost that could be saved the reviewers' minutes save, by which cases they are given."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from features.columns import Column
from lab.benchmarks.pool import Pool
from policies.certifying.capacity import CaseCosts, case_costs, fill_queue

CAPACITY: Final = 0.10
PER_MINUTE: Final = 0.75
_MIN_MINUTES: Final = 4.0
_MAX_MINUTES: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityResult:
    """One domain and way to choose; money in the simulated currency.

    share: of the minutes that reviewing all cases takes. cases: reviewed. cut: what review saved of the expected cost
    of letting everything straight through, its own cost taken off, as a share of that cost; of_oracle: that as a share
    of what choosing by the exact posterior saves.
    """

    domain: str
    method: str
    share: float
    cases: int
    cut: float
    of_oracle: float

    def flat(self) -> dict[str, Any]:
        """Return the numbers as one flat row."""
        return asdict(self)


def measure_capacity(pool: Pool, *, share: float = CAPACITY) -> list[CapacityResult]:
    """Return a tenth of the minutes to cases chosen in different ways, and count what that saves under the exact
    posterior.

    A wrong case costs what the model expects of it; the truth is the exact expected loss. Minutes go by the likeliest
    cause, 4 to 30 spread evenly over the causes; they are made up, as is the price of a minute.
    """
    per_cause = np.linspace(_MIN_MINUTES, _MAX_MINUTES, pool.causes.shape[1])
    minutes = per_cause[pool.causes.argmax(axis=1)]
    budget = share * float(minutes.sum())
    model = _costs(pool.risk, pool.loss_if_wrong, minutes)
    exact_impact = np.divide(pool.exact_loss, pool.exact_risk, out=np.zeros(len(pool)), where=pool.exact_risk > 0)
    exact = _costs(pool.exact_risk, exact_impact, minutes)
    chosen = {
        "uncertain first": _ranked(-np.abs(pool.risk - 0.5), minutes, budget),
        "highest risk": _ranked(pool.risk, minutes, budget),
        "risk x impact": _ranked(pool.risk * pool.loss_if_wrong, minutes, budget),
        "cost saved per minute": fill_queue(model, minutes=budget).fits,
        "oracle that knows p* alone": fill_queue(
            _costs(pool.exact_risk, pool.loss_if_wrong, minutes), minutes=budget
        ).fits,
        "oracle": fill_queue(exact, minutes=budget).fits,
    }
    total = float(exact.auto.sum())
    saved = {method: float(exact.saved[fits].sum()) for method, fits in chosen.items()}
    return [
        CapacityResult(
            domain=pool.domain,
            method=method,
            share=share,
            cases=int(fits.sum()),
            cut=saved[method] / total,
            of_oracle=saved[method] / saved["oracle"],
        )
        for method, fits in chosen.items()
    ]


def _costs(risk: Column, impact: Column, minutes: Column) -> CaseCosts:
    return case_costs(risk, false_accept=impact, false_refuse=None, minutes=minutes, per_minute=PER_MINUTE)


def _ranked(ranking: Column, minutes: Column, budget: float) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Take the highest ranked until the minutes are used up."""
    order = np.argsort(-ranking, kind="stable")
    fits = np.zeros(len(order), dtype=np.bool_)
    fits[order[: int(np.searchsorted(np.cumsum(minutes[order]), budget, side="right"))]] = True
    return fits
