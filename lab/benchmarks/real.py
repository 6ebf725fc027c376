"""Runs a public data set through the pipeline a customer's own table goes through, beside a plain learner on the same
rows."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.columns import Column
from lab.benchmarks.metric_values import Measured, guess, measure
from lab.benchmarks.plain import default_trees, plain_columns
from lab.benchmarks.real_set import Metric, RealSet
from lab.benchmarks.splits import ways_to_split
from models.encoder import TextEncoder
from training.fitting.fit import Fitted, fit
from training.fitting.split import Positions, Split
from training.report.metrics import judge
from training.tables.dataset import Dataset
from training.tables.reader import Table, read_table
from triage.domain import Domain

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricResult:
    """One metric: ours and a plain learner's on the very same test rows, what the base rate alone reaches, the bar."""

    metric: Metric
    ours: Measured
    plain: Measured
    base: float
    bar: float

    @property
    def reached(self) -> bool:
        """Return whether the bar is reached."""
        return self.ours.value >= self.bar


@dataclass(frozen=True, slots=True, kw_only=True)
class RealResult:
    """What came out of one question. learnt, tested: rows; rate: share wrong among the tested; split: how they were
    parted."""

    name: str
    title: str
    learnt: int
    tested: int
    rate: float
    split: str
    comparisons: tuple[MetricResult, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Scores of the wrong ones and chosen causes on the rows `at`, by one learner."""

    at: Positions
    risk: Column
    cause: Column


def run(
    real: RealSet,
    data: Path,
    *,
    domain: Domain,
    now: datetime,
    encoder: TextEncoder | None = None,
    cache_folder: Path | None = None,
    seed: int = 0,
    progress: Progress = lambda _: None,
) -> list[RealResult]:
    """Measure one question: prepare, read through the mapping, split, learn, compare; once per way of splitting."""
    progress("reading")
    frame = real.prepare(data / real.folder)
    table = read_frame(frame, domain=domain, real=real)
    dataset = table.dataset
    frame = frame.iloc[[row.number - 1 for row in table.rows]].reset_index(drop=True)
    raw, clusters = plain_columns(frame[list(real.raw)]), frame[real.cluster].tolist() if real.cluster else None
    results = []
    for way, parts in ways_to_split(dataset, real).items():
        answers = []
        for at, part in enumerate(parts, start=1):
            fold = f"fold {at} of {len(parts)}: " if real.folds else ""
            progress(f"{fold}learning from {len(part.train):,} cases")
            fitted = fit(dataset, now=now, parts=part, encoder=encoder, cache_folder=cache_folder, seed=seed)
            progress(f"{fold}a plain learner on the same rows")
            answers.append((_ours(dataset, fitted), _plain(real, dataset, raw, part, seed=seed)))
        progress("resampling")
        ours, plain = (_joined(side) for side in zip(*answers, strict=True))
        results.append(_result(real, dataset, clusters, way, parts, ours, plain, seed=seed))
    return results


def read_frame(frame: "pd.DataFrame", *, domain: Domain, real: RealSet) -> Table:
    """Read prepared rows the way a customer's file is read."""
    with tempfile.TemporaryDirectory(prefix="triage-benchmark-") as folder:
        path = Path(folder) / f"{real.name}.parquet"
        frame.to_parquet(path, index=False)
        return read_table(path, domain=domain, mapping=real.mapping(domain))


def _ours(dataset: Dataset, fitted: Fitted) -> _Answers:
    judged = judge(dataset, fitted)
    return _Answers(at=fitted.split.test, risk=judged.risk, cause=judged.causes.argmax(axis=1).astype(np.float64))


def _plain(real: RealSet, dataset: Dataset, raw: "pd.DataFrame", parts: Split, *, seed: int) -> _Answers:
    """Learn with every default from the raw columns of the very rows ours learnt from."""
    learnt, n = np.concatenate([parts.train, parts.calibration]), len(parts.test)
    risk, cause = np.full(n, np.nan), np.full(n, np.nan)
    if {"AUC", "AP"} & set(real.bars):
        _, probabilities = default_trees(raw, dataset.wrong, learnt, parts.test, seed=seed)
        risk = probabilities[:, -1]
    if {"macro-F1", "accuracy"} & set(real.bars):
        classes, probabilities = default_trees(raw, cause_codes(dataset), learnt, parts.test, seed=seed)
        cause = classes[probabilities.argmax(axis=1)]
    return _Answers(at=parts.test, risk=risk, cause=cause)


def cause_codes(dataset: Dataset) -> Column:
    """Return each case's cause as its position among the labels, NaN where unknown."""
    position = {label: float(at) for at, label in enumerate(dataset.labels)}
    return np.array([np.nan if cause is None else position[cause] for cause in dataset.cause])


def _joined(parts: Sequence[_Answers]) -> _Answers:
    return _Answers(
        at=np.concatenate([part.at for part in parts]),
        risk=np.concatenate([part.risk for part in parts]),
        cause=np.concatenate([part.cause for part in parts]),
    )


def _result(
    real: RealSet, dataset: Dataset, clusters: Sequence[object] | None, way: str, parts: Sequence[Split],
    ours: _Answers,
    plain: _Answers, *, seed: int,
) -> RealResult:  # fmt: skip
    at = ours.at
    drawn = None if clusters is None else [clusters[row] for row in at.tolist()]
    comparisons = []
    for metric, bar in real.bars.items():
        of_risk = metric in ("AUC", "AP")
        truth = (dataset.wrong if of_risk else cause_codes(dataset))[at]
        known = np.flatnonzero(~np.isnan(truth))
        whose = None if drawn is None else [drawn[row] for row in known.tolist()]
        measured = [
            measure(metric, truth[known], (answers.risk if of_risk else answers.cause)[known], whose, seed=seed)
            for answers in (ours, plain)
        ]
        base = guess(metric, truth[known])
        comparisons.append(MetricResult(metric=metric, ours=measured[0], plain=measured[1], base=base, bar=bar))
    wrong = dataset.wrong[at]
    return RealResult(
        name=real.name,
        title=real.title,
        learnt=max(len(part.train) + len(part.calibration) for part in parts),
        tested=len(at),
        rate=float(np.nanmean(wrong)),
        split=way,
        comparisons=tuple(comparisons),
        note=real.note,
    )
