"""The model card: what a version is for, what it learnt from, how well it does and where it is weak, as markdown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from models.heads import Heads
from training.fitting.fit import Fitted
from training.report.compare import Comparison
from training.report.evaluation import Evaluation
from training.report.weaknesses import weaknesses
from training.tables.dataset import Dataset

SYNTHETIC: Final = "**Synthetic data.** Every number below is about a simulation, none about a real business."
_MAX_SHORT_LETTERS: Final = 4800
_RESULTS: Final = (
    ("risk_auc", "Risk: area under the ROC curve", "risk_auc_baseline_money_at_stake", "money at stake"),
    ("risk_average_precision", "Risk: average precision", "risk_base_rate", "share wrong"),
    ("risk_log_loss", "Risk: log-loss, lower is better", "risk_log_loss_baseline", "base rate"),
    ("risk_brier", "Risk: Brier score, lower is better", "risk_brier_baseline", "base rate"),
    ("risk_calibration_error", "Risk: calibration error, lower is better", "risk_calibration_error_before",
    "uncalibrated"),
    ("cause_top1", "Cause: right at once", "cause_top1_baseline", "most frequent"),
    ("cause_top2", "Cause: among the first two", "", ""),
    ("cause_macro_f1", "Cause: macro-F1", "", ""),
    ("impact_mae_on_wrong", "Impact: mean absolute error, money", "impact_mae_on_wrong_baseline", "mean loss"),
    (
        "captured_loss_at_10pct_expected_loss", "Share of all loss in the first 10 % of cases",
        "captured_loss_at_10pct_oracle", "perfect foresight",
    ),
)  # fmt: skip


def model_card(
    dataset: Dataset, fitted: Fitted, evidence: Evaluation, *, heads: Heads | None, now: datetime, refit: bool
) -> str:
    """Write the card."""
    sections = (
        ("Intended use", _use(dataset, heads)),
        ("Data", _data(dataset)),
        ("Split", _split(fitted, refit=refit)),
        ("Results on the test part", _results(evidence)),
        ("Beside the champion", _champion(evidence)),
        ("Beside the best possible observer", _bayes(evidence)),
        ("Known weaknesses and limits", _bullets(weaknesses(dataset, fitted, evidence))),
        ("Most frequent confusions", _confusions(evidence)),
        ("Checks before registration", _checks(evidence)),
        ("Where to look", _where()),
    )
    lines = [f"# {dataset.domain}", f"Trained {now:%Y-%m-%d %H:%M} UTC."]
    lines += [SYNTHETIC] if dataset.synthetic else []
    for title, text in sections:
        lines += [f"## {title}", text]
    return "\n\n".join(lines) + "\n"


def short_card(dataset: Dataset, fitted: Fitted, evidence: Evaluation, *, heads: Heads | None, refit: bool) -> str:
    """Write the card in short, for the description of the version."""
    metrics = evidence.metrics
    counted = [
        f"{words} {evidence.overall[name] if name in evidence.overall else f'{metrics[name]:.3f}'}"
        for name, words in (
            ("risk_auc", "risk AUC"),
            ("risk_average_precision", "average precision"),
            ("cause_top1", "cause right"),
            ("cause_macro_f1", "cause macro-F1"),
            ("captured_loss_at_10pct_expected_loss", "loss captured in the top 10 %"),
        )
        if name in metrics
    ]
    parts = [
        SYNTHETIC if dataset.synthetic else "",
        _purpose(dataset, heads),
        f"Learnt from {len(dataset):,} cases ({dataset.origin}), {_window(dataset)}. Labels: {_labels(dataset)}.",
        f"Split {fitted.split.how}.",
        f"On {len(fitted.split.test):,} test cases: {'; '.join(counted)}." if counted else "",
        _champion(evidence) if evidence.comparison is not None else "",
        "Learnt anew in the same way from all labelled cases after the test." if refit else "",
        "Weak points:\n\n" + _bullets(weaknesses(dataset, fitted, evidence)[:6]),
        "The whole card: artifact `model_card.md` of the run.",
    ]
    text = "\n\n".join(part for part in parts if part)
    return text if len(text) <= _MAX_SHORT_LETTERS else f"{text[:_MAX_SHORT_LETTERS]}…"


def _purpose(dataset: Dataset, heads: Heads | None) -> str:
    name = dataset.domain.replace("_", " ")
    if heads is None:
        return (
            f"Advises on {name}: the cause of a case, the risk that acting straight through would be wrong, and "
            "what it would cost."
        )
    return f"Advises on {name}. Straight through means: {heads.straight_through}. The risk is that this is wrong."


def _use(dataset: Dataset, heads: Heads | None) -> str:
    lines = [_purpose(dataset, heads)]
    if heads is not None:
        lines += [f"Wrong when: {heads.wrong_when}.", f"The loss: {heads.loss_is}."]
    lines += [
        "Policy decides, not the model: it may let a case pass or ask a person, and a control overrides any score.",
        "Not meant for: refusing a customer or accusing a person on its word alone, other domains, other definitions "
        "of wrong "
        "and loss, cases unlike those it learnt from.",
    ]
    return "\n\n".join(lines)


def _data(dataset: Dataset) -> str:
    known = ~np.isnan(dataset.known_at)
    wrong = dataset.wrong[~np.isnan(dataset.wrong)]
    return _bullets(
        [
            f"Origin: {dataset.origin}; fingerprint `{dataset.fingerprint[:16]}`",
            f"Window: {_window(dataset)}, {len(dataset):,} cases, {int(known.sum()):,} with a label",
            f"Labels: {_labels(dataset)}",
            f"Wrong: {wrong.mean():.1%} of {len(wrong):,} cases whose truth is known"
            if len(wrong)
            else "Wrong: unknown",
            f"Own attributes: {', '.join(attribute.name for attribute in dataset.attributes) or 'none'}",
        ]
    )


def _window(dataset: Dataset) -> str:
    first, last = (datetime.fromtimestamp(float(at), UTC).date() for at in (dataset.columns.as_of[[0, -1]]))
    return f"{first} to {last}"


def _labels(dataset: Dataset) -> str:
    sources = Counter(source for source in dataset.label_sources if source)
    delay = (dataset.known_at - dataset.columns.as_of) / 86_400.0
    delay = delay[~np.isnan(delay)]
    counted = ", ".join(f"{count:,} {source}" for source, count in sources.most_common()) or "none"
    if not len(delay):
        return counted
    middle, late = np.quantile(delay, [0.5, 0.9])
    return f"{counted}; known after {middle:.1f} days at the median, {late:.1f} days for nine in ten"


def _split(fitted: Fitted, *, refit: bool) -> str:
    parts = fitted.split
    sizes = f"{len(parts.train):,} to learn from, {len(parts.calibration):,} to calibrate, {len(parts.test):,} to test"
    again = (
        " The registered model was then learnt anew in the same way from all labelled cases; numbers are of the tested "
        "one."
        if refit
        else " The registered model is the tested one."
    )
    return f"Split {parts.how}: {sizes}.{again}"


def _results(evidence: Evaluation) -> str:
    metrics = evidence.metrics
    lines = ["| | value | 95 % interval | beside |", "|---|---|---|---|"]
    for name, words, baseline, what in _RESULTS:
        if name in metrics:
            of = evidence.overall.get(name)
            bounds = f"{of.low:.3f} to {of.high:.3f}" if of is not None and np.isfinite(of.low) else ""
            other = f"{metrics[baseline]:.3f} {what}" if baseline in metrics else ""
            lines.append(f"| {words} | {metrics[name]:.3f} | {bounds} | {other} |")
    return "\n".join(lines) + f"\n\nIntervals are bootstrapped, drawing whole groups of: {evidence.clustered_by}."


def _champion(evidence: Evaluation) -> str:
    found = evidence.comparison
    if found is None:
        return "Nothing served this domain yet."
    if not isinstance(found, Comparison):
        return f"The champion {found.champion} could not be put to the same test: {found.why}."
    whose = (
        "later than any case it learnt from"
        if found.unseen_only
        else "**of which it may have learnt from some, which flatters it**"
    )
    verdict = (
        "better" if found.log_loss.high < 0 else "worse" if found.log_loss.low > 0 else "no different beyond chance"
    )
    return (
        f"Against {found.champion} on {found.cases:,} test cases ({whose}), this model less the champion: risk "
        "log-loss "
        f"{found.log_loss} ({verdict}), AUC {found.auc} (champion {found.champion_auc:.3f}), loss captured in the top "
        "10 % "
        f"{found.captured} (champion {found.champion_captured:.3f})."
    )


def _bayes(evidence: Evaluation) -> str:
    if evidence.against_truth is None:
        return "Not known: only simulated data come with the exact posterior."
    return _bullets(evidence.against_truth.card_lines)


def _confusions(evidence: Evaluation) -> str:
    if not evidence.confusions:
        return "None."
    lines = ["| true cause | taken for | cases | share of the true cause | e.g. |", "|---|---|---|---|---|"]
    for found in evidence.confusions:
        cases = ", ".join(example.exception_id.replace("|", "/") for example in found.examples)
        lines.append(f"| {found.true} | {found.predicted} | {found.cases} | {found.share:.0%} | {cases} |")
    return "\n".join(lines) + "\n\nWhat misled the model about each example: `tables/confusions.csv`."


def _checks(evidence: Evaluation) -> str:
    gate = "passed" if evidence.against_truth else "not run: there is no truth to compare with"
    return _bullets(
        [
            "Lineage: passed. Every feature reads declared fields, trails or attributes, and no instant after as_of "
            "but plans",
            f"Beats nobody's best: {gate}",
        ]
    )


def _where() -> str:
    return _bullets(
        [
            "`plots/`: captured loss, cost, reliability before and after calibration, precision and recall, ROC, "
            "segments, "
            "confusion, importance",
            "`tables/segments.csv`: every part of the business with intervals; `tables/confusions.csv`: mistakes to "
            "look up",
            "`tables/features.csv`: every feature with what it reads, how often it is missing and how much it is used",
            "`labels.json`: cases per label in train, calibration and test",
        ]
    )


def _bullets(lines: Iterable[str] | Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "None found."
