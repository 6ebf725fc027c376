"""How good a model is on each part of the business: by category, site, source, money at stake, newcomers and text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.attributes.attribute_columns import column_of
from features.columns import Column, field_kinds
from features.fields import field_title
from features.history import entity_keys
from training.report.intervals import Codes, Interval, bootstrap, interval, losses, ranked, share
from training.report.metrics import Judged
from training.tables.dataset import Dataset

MIN_CASES: Final = 30
_MIN_CASES_FOR_METRIC: Final = 100
_MIN_GROUPS: Final = 10
_MAX_VALUES: Final = 8
_FEW_VALUES: Final = 12
_TRAILS: Final = 3
SITE: Final = "site_id"
NOT_GIVEN: Final = "not given"
OTHERS: Final = "others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """One way to divide the cases. by: short name; values: one per case, None for cases that belong nowhere."""

    by: str
    title: str
    values: list[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSegment:
    """Some test cases and how the model does on them.

    wrong, cause_right: shares with exact intervals. auc, log_loss: of the risk, bootstrapped by entity, without bounds
    where entities are few. loss_share: of all loss of the test part, NaN where nothing was lost. weaknesses: what
    stands out beyond chance, in words.
    """

    by: str
    title: str
    value: str
    cases: int
    wrong: Interval
    mean_risk: float
    auc: Interval
    log_loss: Interval
    cause_right: Interval
    loss_share: float
    weaknesses: tuple[str, ...]

    @property
    def words(self) -> str:
        """Name it as a person would."""
        return f"{self.title}: {self.value}"


def groupings(dataset: Dataset, rows: NDArray[np.int64], stake: Column) -> list[Grouping]:
    """Find the ways to divide these cases that leave at least two parts of some size."""
    found = [
        *_origins(dataset, rows),
        _money(stake),
        *_newcomers(dataset, rows),
        _with_text(dataset, rows),
        *_categories(dataset, rows),
    ]
    gathered = (_gathered(grouping) for grouping in found)
    return [grouping for grouping in gathered if len({*grouping.values} - {None}) > 1]


def segments(judged: Judged, divided: Sequence[Grouping], groups: Codes, *, seed: int = 0) -> list[ReportSegment]:
    """Judge every part on the cases whose truth is known; groups: which cases belong together."""
    known = np.flatnonzero(~np.isnan(judged.wrong))
    parts = [
        (grouping, value, rows)
        for grouping in divided
        for value, rows in _parts(grouping, known)
        if len(rows) >= MIN_CASES
    ]
    if not parts or len(known) < MIN_CASES:
        return []
    risk, wrong = judged.risk, np.nan_to_num(judged.wrong)
    lost = losses(risk, wrong)
    areas = [ranked(risk[rows], wrong[rows]) for rows in (known, *(rows for *_, rows in parts))]
    places = [known, *(rows for *_, rows in parts)]

    def statistic(weights: Column) -> Column:
        auc = [area(weights[rows]) for area, rows in zip(areas, places, strict=True)]
        loss = [
            float(weights[rows] @ lost[rows] / weights[rows].sum()) if weights[rows].sum() > 0 else np.nan
            for rows in places
        ]
        return np.array([auc, loss]).T

    drawn = bootstrap(statistic, groups, seed=seed)
    # Drawn from a handful of entities, a part would look surer than it is.
    drawn[:, [len(np.unique(groups[rows])) < _MIN_GROUPS for rows in places]] = np.nan
    whole = statistic(np.ones(len(risk)))
    return [
        _segment(judged, grouping, value, rows, whole[[0, at + 1]], drawn[:, [0, at + 1]], among=len(parts))
        for at, (grouping, value, rows) in enumerate(parts)
    ]


def segment_metrics(found: Sequence[ReportSegment]) -> dict[str, float]:
    """Name the numbers of every part that is large enough: `segment/FIELD/METRIC.VALUE`."""
    metrics: dict[str, float] = {}
    for segment in found:
        if segment.cases >= _MIN_CASES_FOR_METRIC:
            numbers = {
                "risk_auc": segment.auc.value,
                "risk_log_loss": segment.log_loss.value,
                "risk_minus_wrong_share": segment.mean_risk - segment.wrong.value,
            }
            value = re.sub(r"[^\w\-]+", "_", segment.value).strip("_") or "_"
            metrics |= {
                f"segment/{segment.by}/{name}.{value}"[:250]: number
                for name, number in numbers.items()
                if np.isfinite(number)
            }
    return metrics


def segment_rows(found: Sequence[ReportSegment]) -> list[dict[str, Any]]:
    """Write the parts as a table."""
    return [
        {"field": segment.by, "value": segment.value, "cases": segment.cases}
        | _columns("wrong_share", segment.wrong)
        | {"mean_risk": round(segment.mean_risk, 4)}
        | _columns("risk_auc", segment.auc)
        | _columns("risk_log_loss", segment.log_loss)
        | _columns("cause_right", segment.cause_right)
        | {"share_of_all_loss": _rounded(segment.loss_share), "stands_out": "; ".join(segment.weaknesses)}
        for segment in found
    ]


def _segment(
    judged: Judged, grouping: Grouping, value: str, rows: Codes, whole: Any, drawn: Any, *, among: int
) -> ReportSegment:
    wrong = judged.wrong[rows]
    labelled = rows[~np.isnan(judged.codes[rows])]
    right = judged.causes[labelled].argmax(axis=1) == judged.codes[labelled]
    mean_risk = float(judged.risk[rows].mean())
    level = 1.0 - 0.05 / among
    exact = share(int(wrong.sum()), len(rows), level=level)
    weaknesses = []
    if not exact.low <= mean_risk <= exact.high:
        side = "low" if mean_risk < exact.low else "high"
        weaknesses.append(f"risk too {side}: it says {mean_risk:.1%}, {wrong.mean():.1%} were wrong")
    if _is_behind(whole[:, 0], drawn[:, :, 0], among):
        weaknesses.append(f"ranks worse than elsewhere: AUC {whole[1, 0]:.2f}, overall {whole[0, 0]:.2f}")
    return ReportSegment(
        by=grouping.by,
        title=grouping.title,
        value=value,
        cases=len(rows),
        wrong=share(int(wrong.sum()), len(rows)),
        mean_risk=mean_risk,
        auc=interval(float(whole[1, 0]), drawn[:, 1, 0]),
        log_loss=interval(float(whole[1, 1]), drawn[:, 1, 1]),
        cause_right=share(int(right.sum()), len(labelled)),
        loss_share=_loss_share(judged, rows),
        weaknesses=tuple(weaknesses),
    )


def _is_behind(auc: Column, drawn: Any, among: int) -> bool:
    """Return whether a part's AUC lies below the overall one by more than the luck of so many parts."""
    from scipy.stats import norm

    apart = drawn[:, 1] - drawn[:, 0]
    if np.isnan(auc).any() or np.isnan(apart).mean() > 0.1:
        return False
    return bool(auc[0] - auc[1] > float(norm.isf(0.025 / among)) * float(np.nanstd(apart)))


def _loss_share(judged: Judged, rows: Codes) -> float:
    lost = np.where(judged.wrong == 1, np.nan_to_num(np.maximum(judged.loss, 0.0)), 0.0)
    return float(lost[rows].sum() / lost.sum()) if lost.sum() > 0 else float("nan")


def _origins(dataset: Dataset, rows: NDArray[np.int64]) -> Iterator[Grouping]:
    """Divide by source system and site."""
    if dataset.source_systems is not None:
        picked = [dataset.source_systems[at] for at in rows.tolist()]
        yield Grouping(by="source_system", title="Source system", values=_filled(picked))
    if (sites := dataset.columns.strings.get(SITE)) is not None:
        yield Grouping(by=SITE, title="Site", values=_filled([sites[at] for at in rows.tolist()]))


def _categories(dataset: Dataset, rows: NDArray[np.int64]) -> Iterator[Grouping]:
    """Divide by every field of a few values, and by the customer's own categories."""
    payload, strings = dataset.recipe.payload, dataset.columns.strings
    for kind in field_kinds(payload):
        if kind.kind not in ("enum", "string") or kind.name in (*dataset.recipe.text_fields, SITE):
            continue
        picked = [strings[kind.name][at] for at in rows.tolist()]
        if kind.kind == "enum" or len({*picked} - {None}) <= _FEW_VALUES:
            yield Grouping(by=kind.name, title=field_title(payload, kind.name), values=_filled(picked))
    for attribute in dataset.attributes:
        if attribute.kind == "category":
            codes = dataset.columns[column_of(attribute)][rows]
            own = [None if np.isnan(code) else attribute.vocabulary[int(code)] for code in codes]
            yield Grouping(by=attribute.name, title=attribute.name.replace("_", " "), values=_filled(own))


def _money(stake: Column) -> Grouping:
    bounds = np.quantile(stake, [0.25, 0.5, 0.75]) if len(stake) else np.zeros(3)
    quarter = np.searchsorted(bounds, stake, side="left")
    # The bounds stand in the title, so that two runs name the same part alike.
    title = f"Money at stake (quarters end at {', '.join(f'{bound:,.0f}' for bound in bounds)})"
    return Grouping(by="money_at_stake", title=title, values=[f"quarter {at + 1}" for at in quarter.tolist()])


def _newcomers(dataset: Dataset, rows: NDArray[np.int64]) -> list[Grouping]:
    """Return entities seen for the first time from known ones, for the first trails where both are there."""
    found: list[Grouping] = []
    for trail, keys in entity_keys(dataset.columns, dataset.recipe.trails).items():
        first: dict[str, float] = {}
        for key, at in zip(keys, dataset.columns.as_of.tolist(), strict=True):
            if key is not None:
                first[key] = min(at, first.get(key, at))
        values: list[str | None] = []
        for row in rows.tolist():
            key = keys[row]
            seen = key is not None and first[key] < dataset.columns.as_of[row]
            values.append(None if key is None else "known" if seen else "first visit")
        counts = Counter(values)
        if min(counts["known"], counts["first visit"]) >= MIN_CASES and len(found) < _TRAILS:
            words = trail.replace("_", " ")
            found.append(Grouping(by=f"{trail}_seen_before", title=f"{words.capitalize()} seen before", values=values))
    return found


def _with_text(dataset: Dataset, rows: NDArray[np.int64]) -> Grouping:
    texts = dataset.recipe.texts(dataset.columns) if dataset.recipe.text_fields else [""] * len(dataset)
    values: list[str | None] = ["with text" if texts[at].strip() else "without text" for at in rows.tolist()]
    return Grouping(by="text", title="Text", values=values)


def _filled(values: Sequence[str | None]) -> list[str | None]:
    return [NOT_GIVEN if value is None else value for value in values]


def _gathered(grouping: Grouping) -> Grouping:
    """Put the rarer values together, where there are many."""
    counts = Counter(value for value in grouping.values if value is not None)
    kept = {value for value, count in counts.most_common(_MAX_VALUES) if count >= MIN_CASES}
    values = [None if value is None else value if value in kept else OTHERS for value in grouping.values]
    if values.count(OTHERS) < MIN_CASES:
        values = [None if value == OTHERS else value for value in values]
    return Grouping(by=grouping.by, title=grouping.title, values=values)


def _parts(grouping: Grouping, known: Codes) -> Iterator[tuple[str, Codes]]:
    values = np.array(grouping.values, dtype=object)[known]
    for value in sorted({value for value in grouping.values if value is not None}):
        yield value, known[values == value]


def _columns(name: str, found: Interval) -> dict[str, float | None]:
    numbers = (found.value, found.low, found.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), map(_rounded, numbers), strict=True))


def _rounded(number: float) -> float | None:
    return round(number, 4) if np.isfinite(number) else None
