"""The results on public data as a section of the page."""

from collections.abc import Sequence
from typing import Final

from lab.benchmarks.metric_values import Measured
from lab.benchmarks.real import MetricResult, RealResult
from lab.benchmarks.report import Section, Stamp

_TEXT: Final = """\
Public data that nobody here wrote, read through a column mapping and learnt by the pipeline of `triage train`.
*Plain* is LightGBM with every default on the raw columns of the very same rows; *base* is what the base rate alone
reaches; *bar* is the number to beat. Brackets hold 95 % of the resamples, rows of one group drawn together. *Better*
names the one of ours and plain with the higher value; *within the brackets* means that the other's value lies inside
its brackets, so that the difference may be chance. Split *on the day*: tested on the latest fifth, learnt from
earlier cases whose label was known when it began. *With hindsight*: learnt from all earlier cases, also where the
label became known only later, which no one could have done on the day. How the bars were split is not known."""
_HEADER: Final = (
    "data",
    "predicts",
    "split",
    "learnt / tested",
    "wrong",
    "metric",
    "ours",
    "plain",
    "better",
    "base",
    "bar",
    "bar is",
)


def real_section(results: Sequence[RealResult], skipped: Sequence[str], stamp: Stamp) -> Section:
    """Write results as a section; say which sets were not there."""
    notes = dict.fromkeys(f"{result.name}: {result.note}" for result in results if result.note)
    absent = [f"Not measured, because absent: {', '.join(skipped)}."] if skipped else []
    return Section(
        key="real",
        title="On public data",
        stamp=stamp,
        text=_TEXT,
        header=_HEADER,
        rows=tuple(_row(result, one) for result in results for one in result.comparisons),
        notes=(*notes, *absent),
    )


def plain_rows(results: Sequence[RealResult]) -> list[dict[str, object]]:
    """Return the results as flat rows for a script or a terminal."""
    return [
        {
            "data": result.name, "split": result.split, "learnt": result.learnt, "tested": result.tested,
            "wrong_share": round(result.rate, 4), "metric": one.metric,
            "ours": round(one.ours.value, 4), "low": round(one.ours.low, 4), "high": round(one.ours.high, 4),
            "plain": round(one.plain.value, 4), "better": _better(one.ours, one.plain).replace("*", ""),
            "base": round(one.base, 4), "bar": one.bar, "reached": one.reached,
        }
        for result in results
        for one in result.comparisons
    ]  # fmt: skip


def _row(result: RealResult, one: MetricResult) -> tuple[str, ...]:
    return (
        result.name,
        result.title,
        result.split,
        f"{result.learnt:,} / {result.tested:,}",
        f"{result.rate:.1%}" if one.metric in ("AUC", "AP") else "",
        one.metric,
        _interval(one.ours),
        _interval(one.plain),
        _better(one.ours, one.plain),
        f"{one.base:.3f}",
        f"{one.bar:.3f}",
        "reached" if one.reached else "missed",
    )


def _better(ours: Measured, plain: Measured) -> str:
    """Name the learner with the higher value, the plain one in bold."""
    if round(ours.value, 3) == round(plain.value, 3):
        return "even"
    name, best, other = ("ours", ours, plain) if ours.value > plain.value else ("**plain**", plain, ours)
    return f"{name}, within the brackets" if best.low <= other.value <= best.high else name


def _interval(measured: Measured) -> str:
    return f"{measured.value:.3f} [{measured.low:.3f}, {measured.high:.3f}]"
