"""Whether automation stays within its budget while the business drifts: ten months, certified anew each month on
audited labels."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.guarantee import DELTA, Curve
from lab.benchmarks.pool import MONTH_SECONDS, Pool, PoolScores, scored
from policies.certifying.certification import Audited, certify

MONTHS: Final = 10
WARM_UP: Final = 3
WINDOW: Final = 3
MARGIN: Final = 0.8
AUDIT_SHARE: Final = 0.03
_PLANNED_ON: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResult:
    """One domain, drift and way to keep the threshold, over many runs of ten months; rates are fractions.

    labels: about how many were tested each time. months_over: share of all months in which more than alpha of the
    automatic decisions were wrong; runs_over: share of runs with any such month; worst: the highest error rate of any
    month on average over the runs.
    passed, oracle: straight-through rate, mean over months; of_oracle: their ratio. margin_oracle: what an oracle would
    pass at the rate certified, as a share of what it passes at the whole budget: more than that no number of labels
    gives. stopped: share of months without a certificate.
    """

    domain: str
    of: str
    drift: str
    alpha: float
    method: str
    runs: int
    labels: int
    months_over: float
    runs_over: float
    worst: float
    passed: float
    oracle: float
    of_oracle: float
    margin_oracle: float
    stopped: float

    def flat(self) -> dict[str, Any]:
        """Return the numbers as one flat row."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Month:
    cases: PoolScores
    curve: Curve

    def oracle(self, alpha: float) -> float:
        """Return the straight-through rate of the highest threshold that keeps alpha this month."""
        return self.curve.at(self.curve.oracle(alpha))[0] / len(self.cases)


def measure_drift(
    pool: Pool,
    *,
    of: Literal["risk", "cause"],
    alpha: float,
    volume: int,
    runs: int,
    margins: Sequence[float] = (MARGIN, 0.9, 1.0),
    progress: Callable[[str], None] = lambda step: None,
) -> list[DriftResult]:
    """Replay warm-up and ten months, each with `volume` cases drawn from that month's simulated ones.

    Automatic cases are audited with a probability of 3 %, and the rulings on all others thinned to that, which leaves a
    random 3 % of all cases; those are drawn. Before each month a threshold is certified on the labels of the three
    months before, the order of tests planned on scores of the last month's other cases. Static: certified once, after
    the warm-up, at the whole budget.
    """
    months = _months(scored(pool, of), pool.at)
    results = []
    for margin in (*margins, None):
        method = "static" if margin is None else f"rolling, certified at {margin:.0%} of the budget"
        progress(f"{of} at {alpha:.0%} under {pool.drift} drift, {method}")
        rng = np.random.default_rng((pool.seed, round(alpha * 10_000), of == "cause"))
        reached = np.array([_run(months, rng, alpha=alpha, margin=margin, volume=volume) for _ in range(runs)])
        results.append(
            _summed_up(
                reached,
                months[WARM_UP:],
                margin or 1.0,
                domain=pool.domain,
                of=of,
                drift=pool.drift,
                alpha=alpha,
                method=method,
                runs=runs,
                labels=round(volume * AUDIT_SHARE * WINDOW),
            )
        )
    return results


def _summed_up(
    reached: NDArray[np.float64], months: Sequence[_Month], margin: float, *, alpha: float, **about: Any
) -> DriftResult:
    """Sum up runs x months of (cases passed, wrong ones among them)."""
    counts, errors = reached[:, :, 0], reached[:, :, 1]
    rates = np.divide(errors, counts, out=np.zeros_like(errors), where=counts > 0)
    passed = float((counts / np.array([len(month.cases) for month in months])).mean())
    oracle = float(np.mean([month.oracle(alpha) for month in months]))
    with_margin = float(np.mean([month.oracle(margin * alpha) for month in months]))
    over = errors > alpha * counts
    return DriftResult(
        alpha=alpha,
        months_over=float(over.mean()),
        runs_over=float(over.any(axis=1).mean()),
        worst=float(rates.max(axis=1).mean()),
        passed=passed,
        oracle=oracle,
        of_oracle=passed / oracle if oracle else float("nan"),
        margin_oracle=with_margin / oracle if oracle else float("nan"),
        stopped=float((counts == 0).mean()),
        **about,
    )


def _months(cases: PoolScores, at: NDArray[np.float64]) -> list[_Month]:
    last = float(at.max())
    ages = np.minimum(((last - at) // MONTH_SECONDS).astype(np.int64), WARM_UP + MONTHS - 1)
    found = []
    for age in range(WARM_UP + MONTHS - 1, -1, -1):
        own = cases.at(ages == age)
        found.append(_Month(own, Curve(own.scores, own.exact)))
    return found


def _run(
    months: Sequence[_Month], rng: np.random.Generator, *, alpha: float, margin: float | None, volume: int
) -> list[tuple[int, float]]:
    """Live through all months once; give how many cases of each month's pool passed, and how many of those were
    wrong."""
    threshold: float | None = None
    reached: list[tuple[int, float]] = []
    window: list[Audited] = []
    for number, month in enumerate(months):
        if number >= WARM_UP:
            reached.append(month.curve.at(threshold))
        labels, others = _labels(month.cases, rng, volume)
        window = [*window, labels][-WINDOW:]
        if number == WARM_UP - 1 or (margin is not None and number >= WARM_UP):
            found = certify(
                _joined(window),
                earlier=labels.at(slice(0, 0)),
                segments=["all"],
                alpha=alpha * (1.0 if margin is None else margin),
                delta=DELTA,
                scored={"all": others},
            )
            threshold = found["all"].threshold
    return reached


def _labels(cases: PoolScores, rng: np.random.Generator, volume: int) -> tuple[Audited, NDArray[np.float64]]:
    """Work through a month: the labels it leaves once thinned, and scores of other cases."""
    kept = cases.at(rng.integers(0, len(cases), rng.binomial(volume, AUDIT_SHARE)))
    labels = Audited(segments=np.full(len(kept), "all"), scores=kept.scores, wrong=rng.random(len(kept)) < kept.exact)
    return labels, cases.scores[rng.integers(0, len(cases), _PLANNED_ON)]


def _joined(parts: Sequence[Audited]) -> Audited:
    return Audited(
        segments=np.concatenate([part.segments for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        wrong=np.concatenate([part.wrong for part in parts]),
    )
