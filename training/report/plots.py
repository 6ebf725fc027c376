"""The pictures a reviewer looks at before promoting a model; every title says what the picture shows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

import numpy as np

from features.columns import Column
from features.recipe import Feature
from training.report import curves
from training.report.curves import BLUE, DARK, GREY, ORANGE
from training.report.evaluation import Evaluation
from training.report.metrics import Judged, known_losses
from training.report.segments import ReportSegment

_STYLE: Final[Any] = {
    "font.size": 11, "axes.titlesize": 13, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "axes.labelcolor": DARK,
    "xtick.color": DARK, "ytick.color": DARK, "axes.grid": True, "grid.color": "#e7eaee", "axes.axisbelow": True,
    "legend.frameon": False, "legend.fontsize": 10, "figure.dpi": 100, "savefig.dpi": 110,
}  # fmt: skip
_BARS: Final = 25
_MAX_LABELS_IN_CELLS: Final = 16
_MAX_SEGMENTS: Final = 40
_MIN_WRONG: Final = 5
_Draw = Callable[[Any], None]


def draw_all(
    evidence: Evaluation,
    *,
    labels: Sequence[str],
    features: Sequence[Feature],
    gains: Column,
    title: str,
    folder: Path,
) -> list[Path]:
    """Draw every picture the test part allows into a folder; returns the files.

    gains: of the risk model on each of the `features`, zeros where there is none.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    pictures = _curves(evidence) | _others(evidence, labels, features, gains)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with mpl.rc_context(_STYLE):
        for name, (size, draw) in pictures.items():
            figure, axes = pyplot.subplots(figsize=size, layout="constrained")
            draw(axes)
            figure.suptitle(title, x=0.01, ha="left", fontsize=9, color=GREY)
            files.append(folder / f"{name}.png")
            figure.savefig(files[-1])
            pyplot.close(figure)
    return files


def _curves(evidence: Evaluation) -> dict[str, tuple[tuple[float, float], _Draw]]:
    judged, overall = evidence.judged, evidence.overall
    best = evidence.against_truth.expected_loss if evidence.against_truth is not None else None
    known = ~np.isnan(judged.wrong)
    if not known.any() or not 0 < judged.wrong[known].sum() < known.sum():
        return {}
    size = (7.8, 5.6)
    pictures: dict[str, tuple[tuple[float, float], _Draw]] = {
        "precision_recall": (size, lambda axes: curves.precision_recall(axes, judged)),
        "roc": (size, lambda axes: curves.roc(axes, judged, overall.get("risk_auc"))),
        "reliability": (size, lambda axes: curves.reliability(axes, judged)),
    }
    if known_losses(judged)[1].sum() > 0:
        at = overall.get("captured_loss_at_10pct_expected_loss")
        pictures["captured_loss"] = (size, lambda axes: curves.captured(axes, judged, best, at))
        pictures["cost"] = ((8.6, 5.6), lambda axes: curves.cost(axes, judged, best))
    return pictures


def _others(
    evidence: Evaluation, labels: Sequence[str], features: Sequence[Feature], gains: Column
) -> dict[str, tuple[tuple[float, float], _Draw]]:
    pictures: dict[str, tuple[tuple[float, float], _Draw]] = {}
    judged = evidence.judged
    if not np.isnan(judged.codes).all():
        side = max(6.0, 2.8 + 0.52 * min(len(labels), 40))
        pictures["confusion"] = ((side + 1.6, side), lambda axes: _confusion(axes, judged, labels))
    if gains.any():
        pictures["importance"] = ((9.0, 7.0), lambda axes: _importance(axes, gains, features))
    shown = [
        segment
        for segment in evidence.segments
        if np.isfinite(segment.auc.low)
        and min(segment.wrong.value, 1 - segment.wrong.value) * segment.cases >= _MIN_WRONG
    ]
    if shown and "risk_auc" in evidence.overall:
        few = _few(shown)
        height = 1.9 + 0.27 * (len(few) + len({segment.by for segment in few}))
        pictures["segments"] = (
            (9.4, height),
            lambda axes: _segments(axes, few, evidence.overall["risk_auc"].value, among=len(shown)),
        )
    return pictures


def _few(segments: Sequence[ReportSegment]) -> list[ReportSegment]:
    """Keep so many parts as a picture can hold: those that stand out, and the first others."""
    weak = [segment for segment in segments if segment.weaknesses][:_MAX_SEGMENTS]
    others = [segment for segment in segments if not segment.weaknesses][: _MAX_SEGMENTS - len(weak)]
    return [segment for segment in segments if segment in weak or segment in others]


def _confusion(axes: Any, judged: Judged, labels: Sequence[str]) -> None:
    known = ~np.isnan(judged.codes)
    truth, predicted = judged.codes[known].astype(np.int64), judged.causes[known].argmax(axis=1)
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    axes.grid(visible=False)
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", lw=1.2)
    axes.tick_params(which="minor", length=0)
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [label.replace("_", " ") for label in labels]
    axes.set_xticks(range(len(labels)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), [f"{name} ({total:,})" for name, total in zip(names, totals, strict=True)])
    if len(labels) <= _MAX_LABELS_IN_CELLS:
        for row, column in zip(*np.nonzero(counts), strict=True):
            share = shares[row, column]
            axes.text(
                column, row, f"{share:.0%}" if share >= 0.005 else "·", ha="center", va="center", fontsize=8,
                color="white" if share > 0.55 else DARK,
            )  # fmt: skip
    axes.set(
        title=f"{np.trace(counts) / counts.sum():.0%} of the causes are named right; always the commonest: "
        f"{totals.max() / totals.sum():.0%}",
        xlabel="Predicted cause",
        ylabel="True cause (test cases)",
    )
    axes.figure.colorbar(picture, ax=axes, fraction=0.04, pad=0.02, label="Share of the true cause")


def _importance(axes: Any, gains: Column, features: Sequence[Feature]) -> None:
    shares = gains / max(float(gains.sum()), 1e-12)
    bars: list[tuple[str, float, bool]] = []
    for feature, share in zip(features, shares.tolist(), strict=True):
        if feature.sources != ("text",):
            bars.append((feature.title, share, False))
    if len(bars) < len(features):
        bars.append(("What the text says (all columns)", float(shares[len(bars) :].sum()), True))
    among = len(bars)
    bars = sorted(bars, key=lambda bar: bar[1])[-_BARS:]
    titles = [shorten(title, 60, placeholder=" …") for title, _, _ in bars]
    axes.barh(range(len(bars)), [share for _, share, _ in bars], color=[ORANGE if text else BLUE for *_, text in bars])
    axes.set_yticks(range(len(bars)), titles, fontsize=9)
    axes.grid(visible=False, axis="y")
    first = sum(share for _, share, _ in bars[-5:])
    # Set from the right: long names of features leave no room to begin at the left.
    axes.set_title(f"The first {len(bars[-5:])} of {among} make {first:.0%} of the risk model", loc="right")
    axes.set_xlabel("Share of the gain of all splits")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _segments(axes: Any, shown: Sequence[ReportSegment], whole: float, *, among: int) -> None:
    """Draw the AUC of every part with its interval, under the name of its field."""
    place, ticks, names, last = 0, [], [], ""
    for segment in shown:
        if segment.by != last:
            axes.text(
                0.0, place, shorten(segment.title, 70, placeholder=" …"), transform=axes.get_yaxis_transform(),
                fontsize=9, fontweight="bold", va="center", color=DARK,
            )  # fmt: skip
            place, last = place + 1, segment.by
        of = segment.auc
        colour = ORANGE if segment.weaknesses else BLUE
        spread = np.maximum([[of.value - of.low], [of.high - of.value]], 0.0)
        axes.errorbar([of.value], [place], xerr=spread, fmt="o", ms=5, color=colour, elinewidth=1.4, capsize=2)
        ticks.append(place)
        names.append(f"{shorten(segment.value.replace('_', ' '), 34, placeholder=' …')} ({segment.cases:,})")
        place += 1
    axes.axvline(whole, color=GREY, ls="--", lw=1.4)
    axes.set_yticks(ticks, names, fontsize=9)
    axes.set_ylim(place - 0.4, -0.8)
    low = min(segment.auc.low for segment in shown)
    axes.set_xlim(max(0.0, min(low, 0.5) - 0.02), 1.0)
    axes.grid(visible=False, axis="y")
    weak = sum(bool(segment.weaknesses) for segment in shown)
    predicted = (
        f"{weak} of {among} parts stand out (orange)" if weak else f"None of {among} parts stands out beyond chance"
    )
    rest = f"; {len(shown)} shown" if len(shown) < among else ""
    axes.set(
        title=predicted + rest,
        xlabel=f"AUC of the risk, 95% interval; dashed: all cases, {whole:.3f}",
        ylabel="Part (test cases)",
    )
