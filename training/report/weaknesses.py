"""What a reviewer should hold against a model, found in its own numbers and said in words."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from training.fitting import impact as heads
from training.fitting.fit import Fitted
from training.report.compare import Comparison, NotCompared
from training.report.evaluation import Evaluation
from training.tables.dataset import Dataset

_MIN_TESTED: Final = 500
_MIN_OF_CAUSE: Final = 20
_UNEVEN: Final = 0.02
_MAX_SEGMENTS: Final = 12


def weaknesses(dataset: Dataset, fitted: Fitted, evidence: Evaluation) -> list[str]:
    """List the known weaknesses, the gravest first."""
    return [
        *_about_data(dataset, fitted),
        *_about_heads(fitted),
        *_about_results(evidence),
        *_about_causes(dataset, fitted, evidence),
        *_about_segments(evidence),
    ]


def about_impact(fitted: Fitted) -> Iterator[str]:
    """Warn where the impact was not learnt from losses."""
    match fitted.params["impact_learnt_from"]:
        case heads.STAKE:
            yield (
                "Hardly any loss is known, so impact is learnt from the money at stake: a stand-in, too high where "
                "little of it would be lost and too "
                "low for the dearest cases; send losses with outcomes, or map `labels.loss`."
            )
        case heads.NOTHING:
            yield (
                "Neither losses nor money at stake are known, so impact and expected loss are 0 in every answer and "
                "limits on the expected loss never "
                "hold; map `labels.loss`, or the fields that say what is at stake (margin, sales, value)."
            )


def _about_data(dataset: Dataset, fitted: Fitted) -> Iterator[str]:
    test = fitted.split.test
    if dataset.synthetic:
        yield "Learnt from synthetic data: every number is about the simulation and says nothing about a real business."
    if len(test) < _MIN_TESTED:
        yield f"Only {len(test):,} test cases: the intervals are wide, small differences are chance."
    if not fitted.split.how.startswith("by time"):
        yield f"Not tested on later cases than it learnt from (split {fitted.split.how}): drift cannot show."
    elif "became known only later" in fitted.split.how:
        yield "Most labels it learnt from became known only after the test part begins, which live models cannot have."
    labelled = float((~np.isnan(dataset.known_at)).mean())
    if labelled < 0.9:
        yield f"Only {labelled:.0%} of the cases have a label; those that have may differ from those that have not."
    if "outcome" not in {source for source in dataset.label_sources if source} and not dataset.synthetic:
        yield "No label is an outcome: it has learnt what people ruled, not what turned out to be true."


def _about_heads(fitted: Fitted) -> Iterator[str]:
    bundle = fitted.bundle
    for head, booster in (
        ("cause", bundle.cause.booster),
        ("risk", bundle.risk.booster),
        ("impact", bundle.impact.booster),
    ):
        if booster is None:
            yield f"The {head} head had too few data and answers with the base rate."
    yield from about_impact(fitted)
    if bundle.text is None and any(text for text in fitted.texts):
        yield "It does not read the text of the cases."


def _about_results(evidence: Evaluation) -> Iterator[str]:
    overall, judged = evidence.overall, evidence.judged
    known = ~np.isnan(judged.wrong)
    if "risk_auc" in overall and overall["risk_auc"].low <= 0.5:
        yield f"The risk may rank no better than chance: AUC {overall['risk_auc']}."
    if known.any():
        predicted, was = float(judged.risk[known].mean()), float(judged.wrong[known].mean())
        if abs(predicted - was) > _UNEVEN:
            yield (
                f"The risk is off on average: {predicted:.1%} predicted, {was:.1%} were wrong. The business may have "
                "drifted, or labels may not be in yet."
            )
    match evidence.comparison:
        case Comparison() as found if found.log_loss.low > 0:
            yield f"Its risk is worse than the champion's ({found.champion}): log-loss difference {found.log_loss}."
        case NotCompared() as found:
            yield f"Not compared with the champion {found.champion}: {found.why}."


def _about_causes(dataset: Dataset, fitted: Fitted, evidence: Evaluation) -> Iterator[str]:
    known = evidence.judged.codes[~np.isnan(evidence.judged.codes)].astype(np.int64)
    if not len(known):
        yield "No test case has a known cause: what it says about causes is not tested."
        return
    counts = np.bincount(known, minlength=len(dataset.labels))
    rare = [name for name, count in zip(dataset.labels, counts.tolist(), strict=True) if count < _MIN_OF_CAUSE]
    if rare:
        yield f"Causes with fewer than {_MIN_OF_CAUSE} test cases, hardly tested: {', '.join(rare)}."
    learnt = {dataset.labels[at] for at in fitted.bundle.cause.classes}
    unlearnt = [name for name in dataset.labels if name not in learnt] if learnt else []
    if unlearnt:
        yield f"Causes it cannot tell apart for want of examples: {', '.join(unlearnt)}."


def _about_segments(evidence: Evaluation) -> Iterator[str]:
    weak = [segment for segment in evidence.segments if segment.weaknesses]
    for segment in weak[:_MAX_SEGMENTS]:
        yield f"{segment.words} ({segment.cases:,} test cases): {'; '.join(segment.weaknesses)}."
    if len(weak) > _MAX_SEGMENTS:
        yield f"{len(weak) - _MAX_SEGMENTS} more parts stand out; see tables/segments.csv."
