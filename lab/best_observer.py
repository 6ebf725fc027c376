"""The best possible observer of a simulated retailer, as training asks for it (`training.report.known_truth`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.columns import Column
from lab.bayes import ObserverComparison, bayes_metrics, compare_with_observer, refuse_leaks
from lab.truth import Truth, read_truth, truth_file_of
from models.bundle import Bundle
from training.fitting.fit import Fitted
from training.report.evaluation import evaluate_on_test
from training.report.intervals import Codes
from training.report.metrics import Judged
from training.tables.dataset import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstBestObserver:
    """A model's test part against the best observer. heads: each head's comparison, none where there is no test
    case."""

    heads: Mapping[str, ObserverComparison]
    expected_loss: Column

    @property
    def metrics(self) -> Mapping[str, float]:
        """Return the numbers of every head by name, those that are finite."""
        return bayes_metrics(self.heads)

    @property
    def card_lines(self) -> Sequence[str]:
        """Return one line for each head."""
        return [
            f"{name}: {head.gain_share:.0%} of what can be gained over the base rate; log-loss {head.difference:+.4f} "
            "nats "
            f"a case against the best observer (standard error {head.error:.4f}; a negative one would be a leak)"
            for name, head in self.heads.items()
        ]

    def refuse_leaks(self, bundle: Bundle, text_fields: Sequence[str] = ()) -> None:
        """Raise LeakError for a model that is better than anybody could be, naming the features it relies on most."""
        refuse_leaks(self.heads, bundle, text_fields)


@dataclass(frozen=True, slots=True)
class BestObserver:
    """Who knows the exact posterior of every case of a simulated table."""

    truth: Truth

    def require(self, exception_ids: Sequence[str]) -> None:
        """Raise TableError if the truth of one of these cases is missing."""
        self.truth.of(exception_ids)

    def judge(
        self, judged: Judged, *, exception_ids: Sequence[str], labels: Sequence[str], groups: Codes
    ) -> AgainstBestObserver:
        """Compare predictions with what the best observer could have known; all arguments are of the same test
        cases."""
        own = self.truth.of(exception_ids)
        heads = compare_with_observer(judged, own, labels, groups)
        return AgainstBestObserver(heads=heads, expected_loss=own.expected_loss)


def against_best_observer(dataset: Dataset, fitted: Fitted, truth: Truth) -> AgainstBestObserver:
    """Judge a model's test part against the truth of its cases, as `training.train` does."""
    found = evaluate_on_test(dataset, fitted, BestObserver(truth)).against_truth
    assert isinstance(found, AgainstBestObserver)
    return found


def find_truth(cases: Path, truth: Path | None = None) -> BestObserver | None:
    """Load the truth of a table of cases: the file named, or else `truth.parquet` beside simulated cases.

    Returns None where there is neither. Raises TableError where the file holds no truth.
    """
    file = truth or truth_file_of(cases)
    return BestObserver(read_truth(file)) if file is not None else None
