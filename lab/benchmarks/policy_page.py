"""The page on what a policy promises: guarantee, drift, alarm and capacity, each a section."""

from collections.abc import Sequence
from typing import Final

from lab.benchmarks.alarm import AlarmResult
from lab.benchmarks.capacity import PER_MINUTE, CapacityResult
from lab.benchmarks.drift import AUDIT_SHARE, MONTHS, WARM_UP, WINDOW, DriftResult
from lab.benchmarks.guarantee import CERTIFIED, DELTA, GuaranteeResult
from lab.benchmarks.report import Section, Stamp
from lab.benchmarks.what_if import WhatIf
from policies.certifying.certification import SHARES_OF_ALPHA, labels_needed

HEAD: Final = """\
# Does the policy keep its promise?

Written by `triage benchmark policy`; do not edit by hand. All of it is synthetic. The exact posterior p\\* of these
retailers is known, so what was really wrong among the automatic decisions is known and not estimated. The promise: with
confidence 1 - δ, at most a share α of the automatic decisions is wrong. `policies/certifying/` keeps it:
`certification.py`, `ordering.py`, `auditing.py`, `capacity.py`.
"""
TARGETS: Final = {10_000: 0.85, 30_000: 0.92}
_NEEDED_ALPHAS: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1)


def needed_section(stamp: Stamp) -> Section:
    """Write how many audited labels a budget needs."""
    rows = [
        (_percent(alpha), *(f"{labels_needed(alpha, DELTA, share):,}" for share in SHARES_OF_ALPHA))
        for alpha in _NEEDED_ALPHAS
    ]
    return Section(
        key="labels needed",
        title="Labels needed",
        stamp=stamp,
        text=(
            "Audited labels at or below a threshold that prove the budget with a probability of 80 %, by the true "
            "error rate there as a share of it; "
            f"δ = {DELTA}, exact binomial. The fewest labels that do; not every larger number does, since errors come "
            "in whole numbers."
        ),
        header=("budget α", *(f"true rate {share:g} α" for share in SHARES_OF_ALPHA)),
        rows=tuple(rows),
    )


def guarantee_section(results: Sequence[GuaranteeResult], learnt: int, stamp: Stamp) -> Section:
    """Write one domain's thresholds by every method, a row per budget, number of labels and method."""
    first = results[0]
    return Section(
        key=f"guarantee {first.domain}",
        title=f"Certified thresholds: {first.domain}",
        stamp=stamp,
        text=(
            f"{first.resamples} resamples of the labels. The model learnt from {learnt:,} earlier cases with late, "
            "noisy labels, without text. Labels are drawn from all later "
            "cases alike and are true (wrong with the exact probability of the case). *Passed* is the mean "
            "straight-through rate. *Oracle* knows p\\* and takes the highest threshold on "
            "the same score whose true error rate is at most α (with segments: one each); *best* does so on p\\* "
            "itself. *Broken* is the share of resamples in which more than α of the "
            f"automatic decisions were wrong: at most δ = {DELTA} may be, and up to {first.may_break:.3f} is chance. "
            "Segments are thirds by money at stake, each certified at δ / 3; "
            "*any segment broken* counts resamples where a certified one is. Naive: the highest threshold whose labels "
            "show at most α. Plug-in: whose scores average at most α. "
            "Where nobody could pass anything only the certified rows are shown."
        ),
        header=(
            "wrong is", "α", "labels", "method", "passed", "oracle", "best", "passed / oracle", "broken",
            "any segment broken",
            "segments certified", "",
        ),
        rows=tuple(_guarantee_row(result) for result in results if result.oracle or result.method == CERTIFIED),
    )  # fmt: skip


def _guarantee_row(result: GuaranteeResult) -> tuple[str, ...]:
    return (
        result.of,
        _percent(result.alpha),
        f"{result.labels:,}",
        result.method,
        _rate(result.passed),
        _rate(result.oracle),
        _rate(result.best),
        _rate(result.of_oracle),
        _rate(result.broken),
        _rate(result.segments_broken),
        "" if result.segments_certified is None else f"{result.segments_certified:.2f} of 3",
        verdict(result),
    )


def verdict(result: GuaranteeResult) -> str:
    """Return of a certified row whether it keeps the promise and passes enough; nothing of the others."""
    if not result.method.startswith(CERTIFIED):
        return ""
    if max(result.broken, result.segments_broken or 0.0) > result.may_break:
        return "broken"
    if not result.oracle:
        return "kept; nobody could pass anything"
    wanted = TARGETS.get(result.labels)
    if wanted is None or result.method != CERTIFIED:
        return "kept"
    return f"kept; {'reaches' if result.of_oracle >= wanted else 'misses'} {wanted:.0%}"


def drift_section(results: Sequence[DriftResult], volume: int, stamp: Stamp) -> Section:
    """Write one domain's ten months under drift, a row per drift, budget and method."""
    first = results[0]
    return Section(
        key=f"drift {first.domain}",
        title=f"Ten months of drift: {first.domain}",
        stamp=stamp,
        text=(
            f"The model learnt from the same retailer before it drifted. {first.runs} runs of {MONTHS} months after "
            f"{WARM_UP} months of warm-up, {volume:,} cases a month drawn from that month's simulated ones, a random "
            f"{AUDIT_SHARE:.0%} of all cases audited "
            f"(what remains of audits and rulings once thinned). Each month is certified on the labels of the {WINDOW} "
            f"months before it, about {first.labels:,}. *Over* is by p\\*: the share of "
            "months, and of runs with any month, in which more than α of the automatic decisions were wrong. *Oracle* "
            "takes each month's highest threshold within α. *At the margin* is what that "
            "oracle passes at the certified rate instead, as a share: no number of labels gives more."
        ),
        header=(
            "drift", "wrong is", "α", "method", "months over", "runs with any", "worst month", "passed", "oracle",
            "passed / oracle",
            "oracle at the margin", "months stopped",
        ),
        rows=tuple(
            (
                result.drift,
                result.of,
                _percent(result.alpha),
                result.method,
                _rate(result.months_over),
                _rate(result.runs_over),
                f"{result.worst:.2%}",
                *(_rate(value) for value in (result.passed, result.oracle, result.of_oracle, result.margin_oracle,
                result.stopped)),
            )
            for result in results
        ),
    )  # fmt: skip


def alarm_section(results: Sequence[AlarmResult], stamp: Stamp) -> Section:
    """Write how the alarm for harm did, a row per budget, audits and alarm."""
    return Section(
        key="alarm",
        title="The alarm for harm",
        stamp=stamp,
        text=(
            f"{results[0].years:,} simulated years of audited automatic decisions per number. *False* is a year at "
            "exactly the budget, or at 80 % of it (what is certified), with an alarm. *Caught* is "
            "an alarm within a year of an error rate of twice the budget: from the first day, or after half a year at "
            "half the budget. The alarm in use is 100: false at most once in a hundred years by "
            "proof; 20, as often quoted, promises only once in twenty. What counts is how many errors a year the "
            "audits would find in budget: about 50 are needed."
        ),
        header=(
            "budget", "audits a year", "errors in budget", "alarm at", "false at the budget", "false at 80 %", "caught",
            "caught, began late",
            "median audits until",
        ),
        rows=tuple(
            (
                _percent(result.budget),
                f"{result.audits_per_year:,}",
                f"{result.budget * result.audits_per_year:.0f}",
                f"{result.alarm_at:g}",
                f"{result.false_at_budget:.2%}",
                f"{result.false_at_margin:.2%}",
                f"{result.caught:.2%}",
                f"{result.caught_late:.2%}",
                f"{result.audits_until:,.0f}",
            )
            for result in results
        ),
    )  # fmt: skip


def capacity_section(results: Sequence[CapacityResult], stamp: Stamp) -> Section:
    """Write what a tenth of the minutes saves, a row per domain and way to choose."""
    return Section(
        key="capacity",
        title="Filling the reviewers' minutes",
        stamp=stamp,
        text=(
            "A tenth of the minutes it would take to review everything. A wrong case costs what the model expects of "
            f"it; a review 4 to 30 minutes by the likeliest cause, at {PER_MINUTE} a minute (both made up). "
            "*Cut* is what review saves of the expected cost of letting everything through, its own cost taken off, "
            "under the exact posterior. The oracle knows the exact risk and the exact expected loss; the one "
            "that knows p\\* alone takes the model's word for the loss."
        ),
        header=("domain", "chosen by", "cases reviewed", "cost cut", "of the oracle's"),
        rows=tuple(
            (result.domain, result.method, f"{result.cases:,}", _rate(result.cut), _rate(result.of_oracle))
            for result in results
        ),
    )


def what_if_section(results: Sequence[WhatIf], stamp: Stamp) -> Section:
    """Write how long a what-if takes, a row per domain."""
    return Section(
        key="what-if",
        title="What-if over stored cases",
        stamp=stamp,
        text=(
            "A draft in which every limit is another, replayed over stored cases: reading them from a SQLite file, "
            "judging them anew and comparing, in one process; the best of three rounds. "
            "The scores are drawn, not modelled; the payloads are simulated."
        ),
        header=("domain", "cases", "seconds", "cases a second", "dispositions changed"),
        rows=tuple(
            (one.domain, f"{one.rows:,}", f"{one.seconds:.2f}", f"{one.cases_per_second:,.0f}", f"{one.changed:,}")
            for one in results
        ),
    )


def _percent(value: float) -> str:
    return f"{100 * value:g} %"


def _rate(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.3f}"
