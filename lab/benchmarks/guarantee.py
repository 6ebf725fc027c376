"""Whether certified thresholds keep their budget, and how much they pass: many resamples of one retailer whose truth is
known."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from lab.benchmarks.pool import STAKES, Pool, PoolScores, scored
from policies.certifying.certification import certify_segment, counts_at, p_values
from policies.certifying.ordering import FixedSequence, plan_order

DELTA: Final = 0.1
SIZES: Final = (3_000, 10_000, 30_000)
_HOLM_GRID: Final = 100
CERTIFIED: Final = "certified"
SEGMENTED: Final = "certified, 3 segments"
_EARLIER_SHARE: Final = 0.1
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeResult:
    """One budget, number of labels and method over the resamples; rates are fractions.

    labels: drawn from all cases, whatever their score. passed: mean straight-through rate. oracle: of the highest
    threshold on the same score that keeps the budget (with segments: one each). best: of the highest on the exact
    posterior itself. of_oracle: passed / oracle. broken: share of resamples in which more than alpha of the automatic
    decisions were wrong; segments_broken: in which that was so in any certified segment;
    segments_certified: how many of the segments were, on average.
    """

    domain: str
    of: str
    alpha: float
    labels: int
    method: str
    resamples: int
    passed: float
    oracle: float
    best: float
    of_oracle: float
    broken: float
    segments_broken: float | None = None
    segments_certified: float | None = None

    @property
    def may_break(self) -> float:
        """Return the share of broken resamples that delta and chance (two standard errors) explain."""
        return DELTA + 2.0 * float(np.sqrt(DELTA * (1.0 - DELTA) / self.resamples))

    def flat(self) -> dict[str, Any]:
        """Return the numbers as one flat row."""
        return asdict(self)


class Curve:
    """How many cases each threshold passes, and how many of those are really wrong."""

    def __init__(self, scores: Column, exact: Column) -> None:
        order = np.argsort(scores, kind="stable")
        self.scores = scores[order]
        self._errors = np.concatenate([[0.0], np.cumsum(exact[order])])

    def at(self, threshold: float | None) -> tuple[int, float]:
        """Count the cases at or below a threshold and their expected errors; None passes nothing."""
        passed = 0 if threshold is None else int(np.searchsorted(self.scores, threshold, side="right"))
        return passed, float(self._errors[passed])

    def oracle(self, alpha: float) -> float | None:
        """Find the highest threshold whose true error rate is at most alpha; None where there is none."""
        ends = np.append(self.scores[1:] != self.scores[:-1], True)
        kept = ends & (self._errors[1:] <= alpha * np.arange(1, len(self.scores) + 1))
        return float(self.scores[np.flatnonzero(kept)[-1]]) if kept.any() else None


def measure_guarantee(
    pool: Pool,
    *,
    of: Literal["risk", "cause"],
    alpha: float,
    sizes: Sequence[int] = SIZES,
    resamples: int = 200,
    progress: Callable[[str], None] = lambda step: None,
) -> list[GuaranteeResult]:
    """Draw labels again and again, choose thresholds from them by every method, and hold them against the truth.

    Each resample draws cases from the pool with replacement; a label is wrong with the exact probability of its case
    (true labels, without noise). The order of tests is planned on the scores of the first tenth of the pool, earlier
    than all others and never drawn.
    """
    everything, first = scored(pool, of), round(_EARLIER_SHARE * len(pool))
    before, cases = everything.at(np.arange(first)), everything.at(np.arange(first, len(pool)))
    rng = np.random.default_rng((pool.seed, round(alpha * 10_000), of == "cause"))
    results: list[GuaranteeResult] = []
    for size in sizes:
        progress(f"{of} at {alpha:.1%}, {size:,} labels")
        tally = _Tally(cases, before, alpha)
        for _ in range(resamples):
            rows = rng.integers(0, len(cases), size)
            drawn = cases.at(rows)
            tally.add(drawn, rng.random(size) < drawn.exact)
        results += tally.results(pool.domain, of, size, best=_share(Curve(cases.exact, cases.exact), alpha))
    return results


def naive(drawn: PoolScores, wrong: Flags, alpha: float) -> float | None:
    """Choose the highest threshold whose share of wrong labels is at most alpha."""
    return Curve(drawn.scores, wrong.astype(np.float64)).oracle(alpha)


def plug_in(drawn: PoolScores, wrong: Flags, alpha: float) -> float | None:
    """Choose the highest threshold whose mean score is at most alpha, as if the scores were true."""
    del wrong
    return Curve(drawn.scores, drawn.scores).oracle(alpha)


def holm(drawn: PoolScores, wrong: Flags, alpha: float) -> float | None:
    """Choose the highest threshold that Holm's procedure proves, on a grid from the first tenth of the labels."""
    cut = len(drawn) // 10
    grid = np.unique(np.quantile(drawn.scores[:cut], np.linspace(0.01, 1.0, _HOLM_GRID)))
    p = p_values(*counts_at(drawn.scores[cut:], wrong[cut:], grid), alpha=alpha)
    order = np.argsort(p, kind="stable")
    proven = p[order] <= DELTA / (len(grid) - np.arange(len(grid)))
    rejected = order[: len(grid) if proven.all() else int(proven.argmin())]
    return float(grid[rejected].max()) if len(rejected) else None


_CHOICES: Final = {"naive empirical": naive, "score plug-in": plug_in, "LTT, Holm": holm}


class _Tally:
    """What every method passed and broke, resample by resample."""

    def __init__(self, cases: PoolScores, before: PoolScores, alpha: float) -> None:
        self.alpha, self.n = alpha, len(cases)
        self._orders: dict[str, FixedSequence] = {}
        self._before = {"all": before.scores} | {
            name: before.scores[before.stakes == at] for at, name in enumerate(STAKES)
        }
        self.whole = Curve(cases.scores, cases.exact)
        self.parts = [
            Curve(cases.scores[own], cases.exact[own]) for own in (cases.stakes == at for at in range(len(STAKES)))
        ]
        self.found: dict[str, list[tuple[float, bool]]] = {}
        self.segments: list[tuple[bool, int]] = []

    def add(self, drawn: PoolScores, wrong: Flags) -> None:
        for method, choose in _CHOICES.items():
            self._note(method, [self.whole.at(choose(drawn, wrong, self.alpha))])
        everything = np.ones(len(drawn), dtype=np.bool_)
        self._note(CERTIFIED, [self.whole.at(self._certified("all", drawn, wrong, everything, parts=1))])
        found = {
            name: self._certified(name, drawn, wrong, drawn.stakes == at, parts=len(STAKES))
            for at, name in enumerate(STAKES)
        }
        reached = [part.at(found[name]) for part, name in zip(self.parts, STAKES, strict=True)]
        self._note(SEGMENTED, reached)
        over = any(errors > self.alpha * passed for passed, errors in reached)
        self.segments.append((over, sum(threshold is not None for threshold in found.values())))

    def _certified(self, name: str, drawn: PoolScores, wrong: Flags, own: Flags, *, parts: int) -> float | None:
        """Certify as `policies.certifying.certification.certify` does, but plan the order once instead of for every
        resample."""
        if name not in self._orders:
            self._orders[name] = plan_order(
                np.empty(0),
                np.empty(0, dtype=np.bool_),
                alpha=self.alpha,
                delta=DELTA / parts,
                labels=int(own.sum()),
                unlabelled=self._before[name],
            )
        found = certify_segment(
            drawn.scores[own], wrong[own], alpha=self.alpha, delta=DELTA / parts, order=self._orders[name], segment=name
        )
        return found.threshold

    def _note(self, method: str, reached: list[tuple[int, float]]) -> None:
        passed, errors = sum(count for count, _ in reached), sum(wrong for _, wrong in reached)
        self.found.setdefault(method, []).append((passed / self.n, errors > self.alpha * passed))

    def results(self, domain: str, of: str, labels: int, *, best: float) -> list[GuaranteeResult]:
        by_part = sum(part.at(part.oracle(self.alpha))[0] for part in self.parts) / self.n
        found = []
        for method, reached in self.found.items():
            segmented = method == SEGMENTED
            oracle = by_part if segmented else _share(self.whole, self.alpha)
            passed = float(np.mean([share for share, _ in reached]))
            found.append(
                GuaranteeResult(
                    domain=domain,
                    of=of,
                    alpha=self.alpha,
                    labels=labels,
                    method=method,
                    resamples=len(reached),
                    passed=passed,
                    oracle=oracle,
                    best=best,
                    of_oracle=passed / oracle if oracle else float("nan"),
                    broken=float(np.mean([over for _, over in reached])),
                    segments_broken=float(np.mean([over for over, _ in self.segments])) if segmented else None,
                    segments_certified=float(np.mean([count for _, count in self.segments])) if segmented else None,
                )
            )
        return found


def _share(curve: Curve, alpha: float) -> float:
    return curve.at(curve.oracle(alpha))[0] / len(curve.scores)
