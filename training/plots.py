"""The pictures a reviewer looks at before promoting a model."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.recipe import Feature
from models.booster import Booster
from training.evaluate import Judged, captured_loss, known_losses

_BLUE, _GREY, _ORANGE, _DARK = "#1f5fa8", "#9aa3ad", "#d9731a", "#20262d"
_STYLE: Final[Any] = {
    "font.size": 11, "axes.titlesize": 13, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 12,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _GREY, "axes.labelcolor": _DARK,
    "xtick.color": _DARK, "ytick.color": _DARK, "axes.grid": True, "grid.color": "#e7eaee", "axes.axisbelow": True,
    "legend.frameon": False, "figure.dpi": 100, "savefig.dpi": 110,
}  # fmt: skip
_BINS: Final = 12
_BARS: Final = 25
_MOST_IN_CELLS: Final = 16


def draw_all(
    judged: Judged,
    *,
    labels: Sequence[str],
    features: Sequence[Feature],
    risk: Booster | None,
    title: str,
    folder: Path,
) -> list[Path]:
    """Draw every picture the test part allows into a folder; returns the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    known = ~np.isnan(judged.wrong)
    both = known.any() and 0 < judged.wrong[known].sum() < known.sum()
    pictures: dict[str, Callable[[Any], None]] = {}
    if both:
        pictures |= {
            "precision_recall": lambda axes: _precision_recall(axes, judged),
            "roc": lambda axes: _roc(axes, judged),
            "reliability": lambda axes: _reliability(axes, judged),
            "captured_loss": lambda axes: _captured(axes, judged),
        }
    if not np.isnan(judged.codes).all():
        pictures["confusion"] = lambda axes: _confusion(axes, judged, labels)
    if risk is not None:
        pictures["importance"] = lambda axes: _importance(axes, risk, features)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with mpl.rc_context(_STYLE):
        for name, draw in pictures.items():
            figure, axes = pyplot.subplots(figsize=_size(name, len(labels)), layout="constrained")
            draw(axes)
            figure.suptitle(title, x=0.01, ha="left", fontsize=9, color=_GREY)
            files.append(folder / f"{name}.png")
            figure.savefig(files[-1])
            pyplot.close(figure)
    return files


def _size(name: str, n_labels: int) -> tuple[float, float]:
    if name == "confusion":
        side = max(6.0, 2.8 + 0.52 * min(n_labels, 40))
        return side + 1.6, side
    return (9.0, 7.0) if name == "importance" else (7.0, 5.2)


def _precision_recall(axes: Any, judged: Judged) -> None:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    known = ~np.isnan(judged.wrong)
    wrong, risk = judged.wrong[known], judged.risk[known]
    precision, recall, _ = precision_recall_curve(wrong, risk)
    # The last point (recall 0, precision 1) is a convention, not a threshold anyone can set.
    area = average_precision_score(wrong, risk)
    axes.step(
        recall[:-1], precision[:-1], where="post", color=_BLUE, lw=2, label=f"model, average precision {area:.3f}"
    )
    axes.axhline(wrong.mean(), color=_GREY, ls="--", lw=1.2, label=f"chance, {wrong.mean():.1%} wrong")
    axes.set(title="Precision and recall of the risk", xlabel="Recall: share of the wrong ones found")
    axes.set(ylabel="Precision: share of the found ones wrong", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="upper right")


def _roc(axes: Any, judged: Judged) -> None:
    from sklearn.metrics import roc_auc_score, roc_curve

    known = ~np.isnan(judged.wrong)
    false_alarms, found, _ = roc_curve(judged.wrong[known], judged.risk[known])
    area = roc_auc_score(judged.wrong[known], judged.risk[known])
    axes.plot(false_alarms, found, color=_BLUE, lw=2, label=f"model, area {area:.3f}")
    axes.plot([0, 1], [0, 1], color=_GREY, ls="--", lw=1.2, label="chance, area 0.500")
    axes.set(
        title="ROC of the risk", xlabel="Share of the right ones flagged", ylabel="Share of the wrong ones flagged"
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="lower right")


def _reliability(axes: Any, judged: Judged) -> None:
    known = ~np.isnan(judged.wrong)
    wrong, risk = judged.wrong[known], judged.risk[known]
    parts = [part for part in np.array_split(np.argsort(risk, kind="stable"), _BINS) if len(part)]
    said = np.array([risk[part].mean() for part in parts])
    was = np.array([wrong[part].mean() for part in parts])
    sizes = np.array([len(part) for part in parts])
    spread = 1.96 * np.sqrt((was * (1 - was) + 1 / sizes) / sizes)
    top = min(1.0, 1.1 * float(max(said.max(), (was + spread).max())))
    axes.plot([0, top], [0, top], color=_GREY, ls="--", lw=1.2, label="perfect")
    low = np.minimum(spread, was)
    axes.errorbar(
        said, was, yerr=[low, np.minimum(spread, 1 - was)], color=_BLUE, marker="o", ms=5, lw=1.6, elinewidth=1, capsize=2,
        label=f"model, {len(parts)} groups of equal size, 95 % interval",
    )  # fmt: skip
    axes.set(title="Does the risk mean what it says?", xlabel="Predicted risk", ylabel="Share that was wrong")
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.legend(loc="upper left")


def _captured(axes: Any, judged: Judged) -> None:
    known, loss = known_losses(judged)
    shares = np.linspace(0, 1, 101)
    rankings = (
        ("expected loss (risk x impact)", judged.expected_loss[known], _BLUE, "-"),
        ("risk alone", judged.risk[known], _ORANGE, "-"),
        ("money at stake", judged.stake[known], _DARK, ":"),
        ("oracle", loss, _GREY, "--"),
    )
    for name, ranking, colour, line in rankings:
        curve = [captured_loss(ranking, loss, share) for share in shares]
        axes.plot(shares, curve, color=colour, ls=line, lw=2, label=f"{name}, {curve[10]:.0%} at 10 %")
    axes.axvline(0.1, color=_GREY, lw=0.8)
    axes.set(title="Loss prevented by looking at the first cases", xlabel="Share of cases looked at")
    axes.set(ylabel="Share of all loss in them", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="lower right")


def _confusion(axes: Any, judged: Judged, labels: Sequence[str]) -> None:
    known = ~np.isnan(judged.codes)
    truth, said = judged.codes[known].astype(np.int64), judged.causes[known].argmax(axis=1)
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (truth, said), 1)
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    axes.grid(visible=False)
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [label.replace("_", " ") for label in labels]
    axes.set_xticks(range(len(labels)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), [f"{name} ({total})" for name, total in zip(names, totals, strict=True)])
    if len(labels) <= _MOST_IN_CELLS:
        for row, column in zip(*np.nonzero(counts), strict=True):
            share = shares[row, column]
            axes.text(
                column, row, f"{share:.0%}" if share >= 0.005 else "·", ha="center", va="center", fontsize=8,
                color="white" if share > 0.55 else _DARK,
            )  # fmt: skip
    axes.set(title="Which causes are taken for which", xlabel="Predicted cause", ylabel="True cause (test cases)")
    axes.figure.colorbar(picture, ax=axes, fraction=0.04, pad=0.02, label="Share of the true cause")


def _importance(axes: Any, risk: Booster, features: Sequence[Feature]) -> None:
    gains = gains_of(risk)
    shares = gains / max(float(gains.sum()), 1e-12)
    bars: list[tuple[str, float, bool]] = []
    for feature, share in zip(features, shares.tolist(), strict=True):
        if feature.sources != ("text",):
            bars.append((feature.title, share, False))
    if len(bars) < len(features):
        bars.append(("What the text says (all columns)", float(shares[len(bars) :].sum()), True))
    bars = sorted(bars, key=lambda bar: bar[1])[-_BARS:]
    titles = [title if len(title) <= 60 else f"{title[:58]}…" for title, _, _ in bars]
    axes.barh(
        range(len(bars)), [share for _, share, _ in bars], color=[_ORANGE if text else _BLUE for *_, text in bars]
    )
    axes.set_yticks(range(len(bars)), titles, fontsize=9)
    axes.grid(visible=False, axis="y")
    axes.set(title="What the risk model looks at", xlabel="Share of the gain of all splits")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def gains_of(booster: Booster) -> Any:
    """Add up the gain of the splits on each feature, float64 of shape (n_features,)."""
    gains = np.zeros(booster.n_features)
    columns: list[int] = []
    for line in booster.text.splitlines():
        if line.startswith("split_feature="):
            columns = [int(value) for value in line.split("=")[1].split()]
        elif line.startswith("split_gain="):
            np.add.at(gains, columns, [float(value) for value in line.split("=")[1].split()])
    return gains
