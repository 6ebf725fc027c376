"""Whether the promise holds for a version learnt anew from all labels, whose certificate rests on the scores that the
judged model gave its test part: replayed on simulated retailers whose later cases' exact probabilities are known."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from sklearn.metrics import roc_auc_score

from lab.simulated import draw, write
from lab.simulators.retailer import Knobs
from lab.truth import TRUTH_FILE, Truth, read_truth
from policies.certifying.certification import Audited, certify, earlier_and_tested
from training.fitting.boosting import Positions
from training.fitting.fit import Fitted, fit
from training.fitting.split import Split, everything, split
from training.tables.dataset import Dataset
from training.tables.reader import read_table
from triage.clock import utc_now
from triage.domain import Domain

DELTA: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntAnewResult:
    """One retailer and budget. auc_judged, auc_anew: of the risks of the later cases.

    threshold: certified on the judged model's test part, None where none was. passed_judged, passed_anew: share of the
    later cases at or below it; wrong_judged, wrong_anew: exact mean probability that these are wrong.
    """

    domain: str
    seed: int
    alpha: float
    labels: int
    threshold: float | None
    auc_judged: float
    auc_anew: float
    passed_judged: float
    passed_anew: float
    wrong_judged: float
    wrong_anew: float

    def flat(self) -> dict[str, Any]:
        """Return it as one flat row."""
        return asdict(self)


def replay(
    domain: Domain, *, seed: int, rows: int, later_share: float, alphas: tuple[float, ...], margin: float = 0.8
) -> list[LearntAnewResult]:
    """Learn from the earlier cases of a retailer, judge, learn anew, certify, and look at the later cases' truth."""
    with TemporaryDirectory(prefix="triage-anew-") as folder:
        knobs = Knobs(rows=rows, seed=seed)
        write(draw(domain, knobs), Path(folder), knobs=knobs)
        dataset = read_table(Path(folder) / "cases.parquet", domain=domain).dataset
        truth = read_truth(Path(folder) / TRUTH_FILE).of(dataset.exception_ids)
    order = np.argsort(dataset.columns.as_of, kind="stable")
    later = np.sort(order[int(len(order) * (1 - later_share)) :])
    past = _known_before(dataset, float(dataset.columns.as_of[later].min()))
    parts = split(past)
    judged = _fitted(dataset, past, parts, seed)
    anew = _fitted(dataset, past, everything(past), seed)
    tested = parts.test[np.argsort(dataset.columns.as_of[parts.test], kind="stable")]
    scores, wrong = judged.bundle.predict(judged.columns[tested]).risk, dataset.wrong[tested] == 1.0
    results = []
    for alpha in alphas:
        labels = Audited(segments=np.full(len(tested), "all"), scores=scores, wrong=wrong)
        earlier, rest = earlier_and_tested(labels)
        segment = certify(rest, earlier=earlier, segments=["all"], alpha=alpha * margin, delta=DELTA)["all"]
        results.append(_looked_at(domain, seed, alpha, len(tested), segment.threshold, judged, anew, later, truth))
    return results


def _known_before(dataset: Dataset, moment: float) -> Dataset:
    """Forget the labels that became known after an instant; cases after it have none."""
    unknown = ~(dataset.known_at < moment) | (dataset.columns.as_of >= moment)
    wrong, known_at, loss = dataset.wrong.copy(), dataset.known_at.copy(), dataset.loss.copy()
    for values in (wrong, known_at, loss):
        values[unknown] = np.nan
    cause = [None if gone else name for name, gone in zip(dataset.cause, unknown.tolist(), strict=True)]
    return replace(dataset, wrong=wrong, known_at=known_at, loss=loss, cause=cause)


def _fitted(dataset: Dataset, past: Dataset, parts: Split, seed: int) -> Fitted:
    return fit(past, now=utc_now(), parts=parts, seed=seed, num_threads=1)


def _looked_at(
    domain: Domain, seed: int, alpha: float, labels: int, threshold: float | None, judged: Fitted, anew: Fitted,
    later: Positions, truth: Truth,
) -> LearntAnewResult:  # fmt: skip
    risks = [one.bundle.predict(one.columns[later]).risk for one in (judged, anew)]
    aucs = [float(roc_auc_score(truth.wrong[later], risk)) for risk in risks]
    passed = [risk <= threshold if threshold is not None else np.zeros(len(later), dtype=bool) for risk in risks]
    rates = [float(truth.p_wrong[later][some].mean()) if some.any() else 0.0 for some in passed]
    return LearntAnewResult(
        domain=domain.name,
        seed=seed,
        alpha=alpha,
        labels=labels,
        threshold=threshold,
        auc_judged=aucs[0],
        auc_anew=aucs[1],
        passed_judged=float(passed[0].mean()),
        passed_anew=float(passed[1].mean()),
        wrong_judged=rates[0],
        wrong_anew=rates[1],
    )
