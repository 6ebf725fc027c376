"""How often the alarm for harm is false, and how surely and how soon it is true: many simulated years of audits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from policies.certifying.auditing import evidence_paths

BUDGETS: Final = (0.01, 0.02, 0.05)
EXPECTED_ERRORS: Final = (30, 45, 60)
"""Errors a year in budget: what tells how much a year of audits can show."""
ALARMS: Final = (20.0, 100.0)
_YEARS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmResult:
    """One budget, number of audits a year and alarm; shares of simulated years.

    false_at_budget, false_at_margin: alarmed though the error rate was exactly the budget, or 80 % of it. caught:
    alarmed within a year of an error rate of twice the budget from the first day; caught_late: likewise where it began
    after a good half year at half the budget. audits_until: median audits until the alarm, of years caught.
    """

    budget: float
    audits_per_year: int
    alarm_at: float
    years: int
    false_at_budget: float
    false_at_margin: float
    caught: float
    caught_late: float
    audits_until: float

    def flat(self) -> dict[str, Any]:
        """Return the numbers as one flat row."""
        return asdict(self)


def measure_alarm(
    *, years: int, seed: int, budgets: Sequence[float] = BUDGETS, expected_errors: Sequence[int] = EXPECTED_ERRORS
) -> list[AlarmResult]:
    """Simulate years of audited decisions at, below and above each budget."""
    rng = np.random.default_rng((seed, 4))
    results = []
    for budget in budgets:
        for errors in expected_errors:
            audits = round(errors / budget)
            quiet = _first_alarms(rng, [(budget, audits)], budget, audits, years)
            margin = _first_alarms(rng, [(0.8 * budget, audits)], budget, audits, years)
            harmed = _first_alarms(rng, [(2.0 * budget, audits)], budget, audits, years)
            late = _first_alarms(rng, [(0.5 * budget, audits // 2), (2.0 * budget, audits)], budget, audits, years)
            for alarm, at in enumerate(ALARMS):
                caught = np.isfinite(harmed[alarm])
                results.append(
                    AlarmResult(
                        budget=budget,
                        audits_per_year=audits,
                        alarm_at=at,
                        years=years,
                        false_at_budget=float(np.isfinite(quiet[alarm]).mean()),
                        false_at_margin=float(np.isfinite(margin[alarm]).mean()),
                        caught=float(caught.mean()),
                        caught_late=float(np.isfinite(late[alarm]).mean()),
                        audits_until=float(np.median(harmed[alarm][caught])) if caught.any() else float("nan"),
                    )
                )
    return results


def _first_alarms(
    rng: np.random.Generator, phases: Sequence[tuple[float, int]], budget: float, audits_per_year: int, years: int
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return for each alarm and simulated year the audits until it sounds, infinity where it does not; shape (alarms,
    years)."""
    parts = []
    for start in range(0, years, _YEARS_AT_ONCE):
        size = min(_YEARS_AT_ONCE, years - start)
        wrong = np.concatenate([rng.random((size, audits)) < rate for rate, audits in phases], axis=1)
        paths = evidence_paths(wrong, budget=budget, audits_per_year=audits_per_year)
        sounded = [paths >= alarm for alarm in ALARMS]
        parts.append([np.where(rows.any(axis=1), rows.argmax(axis=1) + 1.0, np.inf) for rows in sounded])
    return np.concatenate(parts, axis=1)
