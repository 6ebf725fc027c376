"""Thresholds with a finite-sample guarantee: Learn-then-Test (Angelopoulos, Bates et al., arXiv 2110.01052).

For every threshold the hypothesis "more than alpha of the cases at or below it are wrong" is tested on audited labels
with an exact binomial p-value. The thresholds are tested one after another in an order that was fixed on earlier rows
(`policies.certifying.ordering`), each at the full delta, and testing ends at the first that fails: then the probability
that any certified threshold breaks its budget is at most delta, for any score, any model and any number of labels, as
long as the labels are drawn like the cases they speak for.

Labels are not drawn alike by themselves: an automatic decision is audited with a small probability, a reviewed one
always has a ruling. `thin` keeps each label with a probability that makes all probabilities equal; then the count of
errors is binomial and its test exact. A weighted bounded-mean test (betting, Hoeffding-Bentkus) would use every label,
but the labels thinning gives up lie mostly above any threshold that could be certified, where they prove nothing, and
those tests lose more to their generality than the rest are worth.

Segments are certified each at delta / their number (Bonferroni: the probabilities of failing add up at most), so that
the promise holds for all of them at once, and with them for the whole.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from policies.certifying.ordering import Counts, FixedSequence, Flags, Floats, allowed_errors, plan_order, recalibrate
from policies.judging.certificate import CertifiedSegment

EARLIER_SHARE: Final = 0.1
POWER: Final = 0.8
SHARES_OF_ALPHA: Final = (0.25, 0.5, 0.7, 0.85)
_MAX_LABELS: Final = 10_000_000
_FEW_SCORES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """Audited labels in order of time, row for row, drawn like the cases they speak for.

    scores: in [0, 1], lower is safer (the risk, or 1 - the probability of the likeliest cause). wrong: whether the
    automatic decision was, or would have been, wrong.
    """

    segments: NDArray[np.str_]
    scores: Floats
    wrong: Flags

    def __post_init__(self) -> None:
        if not len(self.segments) == len(self.scores) == len(self.wrong):
            raise ValueError(
                f"segments, scores and wrong must be as long as each other, not {len(self.segments)}, "
                f"{len(self.scores)}, {len(self.wrong)}"
            )
        if len(self.scores) and not (float(self.scores.min()) >= 0.0 and float(self.scores.max()) <= 1.0):
            raise ValueError("scores must lie in [0, 1]; leave out the rows without one")

    def __len__(self) -> int:
        return len(self.scores)

    def at(self, rows: "NDArray[Any] | slice") -> "Audited":
        """Return some of the rows, by mask, positions or slice."""
        return Audited(segments=self.segments[rows], scores=self.scores[rows], wrong=self.wrong[rows])


def thin(propensities: Floats, draws: Floats, *, share: float | None = None) -> Flags:
    """Return which labels to keep so that every case had the same probability to be among them.

    propensities: the probability with which each case got its label, (0, 1]. draws: a uniform number in [0, 1) per case
    that has nothing to do with the case (a hash of its id) nor with the draw that chose it for audit. share: the
    probability wanted, by default the lowest propensity.
    Raises ValueError where a propensity is outside (0, 1] or below `share`.
    """
    if not len(propensities):
        return np.zeros(0, dtype=np.bool_)
    lowest = float(propensities.min())
    wanted = lowest if share is None else share
    if lowest <= 0.0 or float(propensities.max()) > 1.0 or wanted > lowest:
        raise ValueError(
            f"propensities must lie in (0, 1] and not below the share {wanted}; the lowest is {lowest}, the highest "
            f"{propensities.max()}"
        )
    return np.asarray(draws * propensities < wanted, dtype=np.bool_)


def earlier_and_tested(labels: Audited, *, earlier_share: float = EARLIER_SHARE) -> tuple[Audited, Audited]:
    """Divide labels in order of time: the first to plan the test order on, the rest to test."""
    cut = round(earlier_share * len(labels))
    return labels.at(slice(None, cut)), labels.at(slice(cut, None))


def certify(
    tested: Audited,
    *,
    earlier: Audited,
    segments: Sequence[str],
    alpha: float,
    delta: float,
    scored: Mapping[str, Floats] | None = None,
) -> dict[str, CertifiedSegment]:
    """Find for each segment the highest threshold whose error rate is proven; with confidence 1 - delta all of them
    hold.

    tested: the labels to prove it with. earlier: other labels, to plan the order of tests on; may be few, none, or of
    any kind, but must not be among those tested. alpha: the error rate to prove (margin x budget). scored: by segment,
    scores of further cases that are not among those tested; they make the thresholds to choose from finer. delta is
    divided among the segments that have enough labels to be tested.
    Raises ValueError where alpha or delta is not in (0, 1), where there is no segment, or where one is named twice.
    """
    if not segments or len(set(segments)) < len(segments):
        raise ValueError(f"segments must be at least one, each named once, not {list(segments)}")
    parts = {name: tested.at(tested.segments == name) for name in segments}
    least = min_labels(alpha, delta / len(segments))
    # Counting labels looks at no error, so dividing delta by how many segments have enough keeps the promise.
    testable = max(sum(len(part) >= least for part in parts.values()), 1)
    believed = recalibrate(earlier.scores, earlier.wrong)
    found = {}
    for name, part in parts.items():
        own = earlier.at(earlier.segments == name)
        further = (scored or {}).get(name, np.empty(0))
        if len(own) + len(further) < _FEW_SCORES:
            further = np.concatenate([further, earlier.scores])
        planned = FixedSequence(thresholds=np.empty(0))
        if len(part) >= least:
            planned = plan_order(
                own.scores,
                own.wrong,
                alpha=alpha,
                delta=delta / testable,
                labels=len(part),
                prior=believed,
                unlabelled=further,
            )
        found[name] = certify_segment(
            part.scores, part.wrong, alpha=alpha, delta=delta / testable, order=planned, segment=name, least=least
        )
    return found


def certify_segment(
    scores: Floats,
    wrong: Flags,
    *,
    alpha: float,
    delta: float,
    order: FixedSequence,
    segment: str = "all",
    least: int | None = None,
) -> CertifiedSegment:
    """Walk one segment's thresholds in their order up to the first that fails, and certify the last that passed.

    least: labels below which it is refused untested, by default those without which not even no error would prove it.
    """
    least = max(min_labels(alpha, delta), least or 0)
    if len(scores) < least:
        return _refused(segment, len(scores), f"{len(scores):,} audited labels, at least {least:,} are needed")
    if not len(order.thresholds):
        return _refused(segment, len(scores), "no earlier scores to choose thresholds from")
    labels, errors = counts_at(scores, wrong, order.thresholds)
    passes = errors <= allowed_errors(labels, alpha=alpha, delta=delta)
    passed = len(passes) if passes.all() else int(passes.argmin())
    if not passed:
        return _refused(
            segment, len(scores), _why(int(labels[0]), int(errors[0]), order.thresholds[0], alpha=alpha, delta=delta)
        )
    n, k = int(labels[passed - 1]), int(errors[passed - 1])
    return CertifiedSegment(
        segment=segment,
        threshold=float(order.thresholds[passed - 1]),
        labels=n,
        errors=k,
        bound=upper_bound(n, k, delta=delta),
        passed=n / len(scores),
    )


def p_values(labels: Counts, errors: Counts, *, alpha: float) -> Floats:
    """Return the probability of so few errors among so many labels if alpha of them were wrong: exact binomial, 1
    without labels."""
    return np.where(labels > 0, binom.cdf(errors, np.maximum(labels, 1), alpha), 1.0)


def upper_bound(labels: int, errors: int, *, delta: float) -> float:
    """Bound the error rate from above with confidence 1 - delta (Clopper-Pearson); 1 without labels.

    It is at most alpha exactly where the p-value for alpha is at most delta.
    """
    return 1.0 if errors >= labels else float(beta.ppf(1.0 - delta, errors + 1, labels - errors))


def counts_at(scores: Floats, wrong: Flags, thresholds: Floats) -> tuple[Counts, Counts]:
    """Count the labels, and the errors among them, at or below each threshold."""
    order = np.argsort(scores, kind="stable")
    cumulated = np.concatenate([[0], np.cumsum(wrong[order], dtype=np.int64)])
    labels = np.searchsorted(scores[order], thresholds, side="right").astype(np.int64)
    return labels, cumulated[labels]


def min_labels(alpha: float, delta: float) -> int:
    """Return how many labels without any error would just prove a rate of at most alpha."""
    _check(alpha, delta)
    return math.ceil(math.log(delta) / math.log1p(-alpha))


def labels_needed(alpha: float, delta: float, share: float, *, power: float = POWER) -> int:
    """Return how many labels at or below a threshold prove a rate of at most alpha with a probability of `power`.

    share: the true error rate there as a share of alpha, [0, 1). Raises ValueError outside, or where ten million do not
    do.
    """
    _check(alpha, delta)
    if not 0.0 <= share < 1.0:
        raise ValueError(
            f"share is {share}; it must be in [0, 1): a rate that is not below alpha cannot be proven to be"
        )
    most = 64
    while True:
        allowed = np.arange(most, dtype=np.int64)
        labels = _labels_for(allowed, alpha, delta)
        enough = binom.cdf(allowed, labels, share * alpha) >= power
        if enough.any():
            return int(labels[enough.argmax()])
        if labels[-1] > _MAX_LABELS:
            raise ValueError(f"share {share} is so close to 1 that more than {_MAX_LABELS:,} labels would be needed")
        most *= 4


def _labels_for(allowed: Counts, alpha: float, delta: float) -> Counts:
    """Find the fewest labels among which so many errors still prove it, by bisection."""
    low, high = allowed, allowed + np.int64(math.ceil((40.0 + 4.0 * float(allowed.max())) / alpha))
    while (high - low > 1).any():
        middle = (low + high) // 2
        proves = binom.cdf(allowed, middle, alpha) <= delta
        low, high = np.where(proves, low, middle), np.where(proves, middle, high)
    return high


def _why(labels: int, errors: int, threshold: float, *, alpha: float, delta: float) -> str:
    """Return why the first test failed, and how many labels would probably do."""
    found = f"{errors:,} of {labels:,} audited labels at or below {threshold:.2%} were wrong"
    rate = (errors + 0.5) / (labels + 1.0)
    if rate >= 0.95 * alpha:
        return f"{found}, which does not prove at most {alpha:.2%}; a better model is needed, or a larger budget"
    needed = labels_needed(alpha, delta, rate / alpha)
    return f"{found}; about {max(needed, labels + 1):,} such labels are needed to prove at most {alpha:.2%}"


def _refused(segment: str, labels: int, reason: str) -> CertifiedSegment:
    return CertifiedSegment(
        segment=segment, threshold=None, labels=labels, errors=0, bound=None, passed=0.0, reason=reason
    )


def _check(alpha: float, delta: float) -> None:
    for name, value in (("alpha", alpha), ("delta", delta)):
        if not 0.0 < value < 1.0:
            raise ValueError(f"{name} is {value}; it must be in (0, 1)")
