"""Everything a reviewer judges a model by, gathered from its test part once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.encoder import TextEncoder
from models.registry import Registry
from training.fitting.fit import Fitted
from training.report.compare import Comparison, NotCompared, compare
from training.report.confusions import Confusion, confusions
from training.report.intervals import Codes, Interval, clusters
from training.report.known_truth import JudgedByTruth, KnownTruth
from training.report.metrics import Judged, judge, metrics
from training.report.overall import interval_metrics, overall
from training.report.segments import ReportSegment, groupings, segment_metrics, segments
from training.tables.dataset import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A model's answers on its test part. groups: a code per case of what belongs together, clustered_by in words.

    against_truth: the comparison with the truth of the test cases, None where they are not simulated.
    """

    judged: Judged
    groups: Codes
    clustered_by: str
    against_truth: JudgedByTruth | None


def evaluate_on_test(dataset: Dataset, fitted: Fitted, truth: KnownTruth | None) -> Tested:
    """Judge a model on its test part, and against the truth where that is known."""
    test, judged = fitted.split.test, judge(dataset, fitted)
    groups, clustered_by = clusters(dataset, test)
    against_truth = None
    if truth is not None:
        cases = [dataset.exception_ids[at] for at in test.tolist()]
        against_truth = truth.judge(judged, exception_ids=cases, labels=dataset.labels, groups=groups)
    return Tested(judged=judged, groups=groups, clustered_by=clustered_by, against_truth=against_truth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How a model does on its test part.

    clustered_by: what was drawn as a whole for the intervals. against_truth: the comparison with the truth of the test
    cases, None where they are not simulated. comparison: with the champion, None where nothing serves.
    """

    judged: Judged
    clustered_by: str
    overall: dict[str, Interval]
    segments: Sequence[ReportSegment]
    confusions: Sequence[Confusion]
    against_truth: JudgedByTruth | None
    comparison: Comparison | NotCompared | None

    @property
    def metrics(self) -> dict[str, float]:
        """Name every number for the record."""
        compared = self.comparison.metrics() if isinstance(self.comparison, Comparison) else {}
        own = metrics(self.judged) | interval_metrics(self.overall)
        return (
            own
            | dict(self.against_truth.metrics if self.against_truth else {})
            | compared
            | segment_metrics(self.segments)
        )


def gather(
    dataset: Dataset,
    fitted: Fitted,
    tested: Tested,
    *,
    registry: Registry,
    home: Path,
    encoder: TextEncoder | None,
    num_threads: int,
) -> Evaluation:
    """Work out from a model's answers what a reviewer asks."""
    judged, groups = tested.judged, tested.groups
    return Evaluation(
        judged=judged,
        clustered_by=tested.clustered_by,
        overall=overall(judged, groups),
        segments=segments(judged, groupings(dataset, fitted.split.test, judged.stake), groups),
        confusions=confusions(dataset, fitted, judged),
        against_truth=tested.against_truth,
        comparison=compare(
            dataset, fitted, judged, groups, registry=registry, home=home, encoder=encoder, num_threads=num_threads
        ),
    )
