"""Everything a reviewer judges a model by, gathered from its test part once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.bayes import Beside, bayes_metrics, beside_bayes
from lab.truth import Truth
from models.encoder import TextEncoder
from models.registry import Registry
from training.fitting.fit import Fitted
from training.report.compare import Comparison, NotCompared, compare
from training.report.confusions import Confusion, confusions
from training.report.evaluate import Judged, judge, metrics
from training.report.intervals import Codes, Interval, clusters
from training.report.overall import interval_metrics, overall
from training.report.segments import Segment, groupings, segment_metrics, segments
from training.tables.dataset import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A model's answers on its test part. groups: a code per case of what belongs together, clustered_by in words.

    truth: of the test cases, where they are simulated; beside: the heads beside the best observer then.
    """

    judged: Judged
    groups: Codes
    clustered_by: str
    truth: Truth | None
    beside: dict[str, Beside]


def put_to_the_test(dataset: Dataset, fitted: Fitted, truth: Truth | None) -> Tested:
    """Judge a model on its test part, beside the best observer where the truth is known; `refuse_leaks` says if it may be used."""
    test, judged = fitted.split.test, judge(dataset, fitted)
    groups, clustered_by = clusters(dataset, test)
    own = truth.of([dataset.exception_ids[at] for at in test.tolist()]) if truth is not None else None
    beside = beside_bayes(judged, own, dataset.labels, groups) if own is not None else {}
    return Tested(judged=judged, groups=groups, clustered_by=clustered_by, truth=own, beside=beside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How a model does on its test part.

    clustered_by: what was drawn as a whole for the intervals. truth: of the test cases, where they are simulated; beside: the
    heads beside the best observer then. comparison: with the champion, None where nothing serves.
    """

    judged: Judged
    clustered_by: str
    overall: dict[str, Interval]
    segments: Sequence[Segment]
    confusions: Sequence[Confusion]
    truth: Truth | None
    beside: dict[str, Beside]
    comparison: Comparison | NotCompared | None

    @property
    def metrics(self) -> dict[str, float]:
        """Name every number for the record."""
        compared = self.comparison.metrics() if isinstance(self.comparison, Comparison) else {}
        own = metrics(self.judged) | interval_metrics(self.overall)
        return own | bayes_metrics(self.beside) | compared | segment_metrics(self.segments)


def gather(
    dataset: Dataset,
    fitted: Fitted,
    tested: Tested,
    *,
    registry: Registry,
    home: Path,
    encoder: TextEncoder | None,
    num_threads: int,
) -> Evidence:
    """Work out from a model's answers what a reviewer asks."""
    judged, groups = tested.judged, tested.groups
    return Evidence(
        judged=judged,
        clustered_by=tested.clustered_by,
        overall=overall(judged, groups),
        segments=segments(judged, groupings(dataset, fitted.split.test, judged.stake), groups),
        confusions=confusions(dataset, fitted, judged),
        truth=tested.truth,
        beside=tested.beside,
        comparison=compare(
            dataset, fitted, judged, groups, registry=registry, home=home, encoder=encoder, num_threads=num_threads
        ),
    )
