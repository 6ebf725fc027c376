"""The curves of a model's test part: what it finds, what it saves, and whether its risk means what it says."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from features.columns import Column
from training.report.intervals import Interval, share
from training.report.metrics import CAPACITY, Judged, calibration_error, captured_loss, known_losses

BLUE, GREY, ORANGE, DARK, GREEN, PALE = "#1f5fa8", "#8a939d", "#d9731a", "#20262d", "#2b8a5b", "#cfd6dd"
_BINS: Final = 12


def precision_recall(axes: Any, judged: Judged) -> None:
    """Draw precision over recall of the risk."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    known = ~np.isnan(judged.wrong)
    wrong, risk = judged.wrong[known], judged.risk[known]
    precision, recall, _ = precision_recall_curve(wrong, risk)
    area = float(average_precision_score(wrong, risk))
    # The last point (recall 0, precision 1) is a convention, not a threshold anyone can set.
    axes.step(recall[:-1], precision[:-1], where="post", color=BLUE, lw=2, label=f"model, average precision {area:.2f}")
    axes.axhline(wrong.mean(), color=GREY, ls="--", lw=1.4, label=f"no skill, {wrong.mean():.1%} are wrong")
    half = float(precision[:-1][recall[:-1] >= 0.5].max())
    axes.set(
        title=f"Finding half of the wrong cases takes {1 / max(half, 1e-9):.1f} looks per hit",
        xlabel="Recall: share of the wrong cases found",
        ylabel="Precision: share of the found cases that are wrong",
        xlim=(0, 1),
        ylim=(0, 1.02),
    )
    _as_percent(axes)
    axes.legend(loc="upper right")


def roc(axes: Any, judged: Judged, area: Interval | None) -> None:
    """Draw the ROC curve of the risk."""
    from sklearn.metrics import roc_auc_score, roc_curve

    known = ~np.isnan(judged.wrong)
    wrong = judged.wrong[known]
    false_alarms, found, _ = roc_curve(wrong, judged.risk[known])
    value = float(roc_auc_score(wrong, judged.risk[known]))
    axes.plot(false_alarms, found, color=BLUE, lw=2, label=f"model, area {value:.3f}")
    stake = judged.stake[known]
    by_stake = float(roc_auc_score(wrong, stake))
    alarms, hits, _ = roc_curve(wrong, stake)
    axes.plot(alarms, hits, color=DARK, lw=1.4, ls=":", label=f"money at stake, area {by_stake:.3f}")
    axes.plot([0, 1], [0, 1], color=GREY, ls="--", lw=1.4, label="no skill, area 0.500")
    bounds = f" (95% interval {area.low:.3f} to {area.high:.3f})" if area is not None else ""
    axes.set(
        title=f"Area under the ROC curve {value:.3f}{bounds}",
        xlabel="Share of the right cases flagged",
        ylabel="Share of the wrong cases flagged",
        xlim=(0, 1),
        ylim=(0, 1.02),
    )
    _as_percent(axes)
    axes.legend(loc="lower right")


def reliability(axes: Any, judged: Judged) -> None:
    """Draw how often cases of a predicted risk were wrong, before and after calibration."""
    known = ~np.isnan(judged.wrong)
    wrong, risk, raw = judged.wrong[known], judged.risk[known], judged.raw_risk[known]
    before, after = calibration_error(raw, wrong), calibration_error(risk, wrong)
    predicted, was, low, high = _groups(risk, wrong)
    predicted_raw, was_raw, _, _ = _groups(raw, wrong)
    top = min(1.0, 1.08 * float(max(predicted.max(), predicted_raw.max(), (was + high).max())))
    axes.plot([0, top], [0, top], color=GREY, ls="--", lw=1.4, label="perfect")
    needed = not np.allclose(raw, risk)
    if needed:
        axes.plot(
            predicted_raw,
            was_raw,
            color=ORANGE,
            marker="s",
            ms=4,
            lw=1.2,
            alpha=0.8,
            label=f"before, error {before:.3f}",
        )
    axes.errorbar(
        predicted, was, yerr=[low, high], color=BLUE, marker="o", ms=5, lw=1.8, elinewidth=1, capsize=2,
        label=f"{'calibrated' if needed else 'as learnt (no calibrator needed)'}, error {after:.3f}",
    )  # fmt: skip
    axes.set(
        title=f"The risk says {risk.mean():.1%} on average, {wrong.mean():.1%} were wrong",
        xlabel=f"Predicted risk ({len(predicted)} groups of equal size)",
        ylabel="Share that was wrong (95% interval)",
        xlim=(0, top),
        ylim=(0, top),
    )
    _as_percent(axes)
    axes.legend(loc="upper left")


def captured(axes: Any, judged: Judged, best: Column | None, at_capacity: Interval | None) -> None:
    """Draw the share of all loss in the cases looked at first. best: the exact E[loss] of simulated cases, shape
    (n,)."""
    known, loss = known_losses(judged)
    shares = np.linspace(0, 1, 101)
    rankings: list[tuple[str, Column, str, str]] = [
        ("perfect foresight", loss, GREY, "--"),
        ("model: expected loss", judged.expected_loss[known], BLUE, "-"),
        ("model: risk alone", judged.risk[known], ORANGE, "-"),
        ("money at stake", judged.stake[known], DARK, ":"),
    ]
    if best is not None:
        rankings.insert(1, ("best observer (simulated truth)", best[known], GREEN, "-"))
    for name, ranking, colour, line in rankings:
        curve = [captured_loss(ranking, loss, share) for share in shares]
        here = captured_loss(ranking, loss, CAPACITY)
        axes.plot(shares, curve, color=colour, ls=line, lw=2, label=f"{name}, {here:.0%}")
    axes.plot([0, 1], [0, 1], color=PALE, lw=2, label=f"random order, {CAPACITY:.0%}")
    axes.axvline(CAPACITY, color=PALE, lw=1)
    own = captured_loss(judged.expected_loss[known], loss, CAPACITY)
    if at_capacity is not None and np.isfinite(at_capacity.low):
        spread = [[own - at_capacity.low], [at_capacity.high - own]]
        axes.errorbar(
            [CAPACITY], [own], yerr=np.maximum(spread, 0.0), color=BLUE, marker="o", ms=5, capsize=3, zorder=5
        )
    axes.set(
        title=f"The first {CAPACITY:.0%} of cases hold {own:.0%} of the loss",
        xlabel="Share of cases looked at",
        ylabel="Share of all loss in them",
        xlim=(0, 1),
        ylim=(0, 1.02),
    )
    _as_percent(axes)
    axes.legend(loc="lower right", title=f"Share at {CAPACITY:.0%} of cases", alignment="left")


def cost(axes: Any, judged: Judged, best: Column | None) -> None:
    """Draw the mean cost of a case, loss and reviews, for every cost of one review. best: as in `captured`."""
    known, loss = known_losses(judged)
    worth = judged.expected_loss[known]
    none = float(loss.mean())
    prices = np.geomspace(max(none / 30, 1e-6), max(none * 30, 1e-3), 121)
    lines: list[tuple[str, Callable[[float], float], str, str]] = [
        ("review all", lambda price: price, DARK, ":"),
        ("review none", lambda price: none, DARK, "--"),
        ("model: review where expected loss is more", lambda price: _cost(worth, loss, price), BLUE, "-"),
        ("perfect foresight", lambda price: float(np.minimum(loss, price).mean()), GREY, "--"),
    ]
    if best is not None:
        exact = best[known]
        lines.insert(3, ("best observer (simulated truth)", lambda price: _cost(exact, loss, price), GREEN, "-"))
    for name, total, colour, line in lines:
        axes.plot(prices, [total(float(price)) for price in prices], color=colour, ls=line, lw=2, label=name)
    saved = 1.0 - _cost(worth, loss, none) / none
    axes.set_xscale("log")
    axes.set(
        title=f"At {none:,.2f} a review, the model saves {saved:.0%} of what all or none would cost",
        xlabel="Cost of one review (money, logarithmic)",
        ylabel="Cost per case: loss let through + reviews",
        xlim=(prices[0], prices[-1]),
        ylim=(0, 1.35 * none),
    )
    axes.xaxis.set_major_formatter(lambda value, _: _money(value))
    axes.yaxis.set_major_formatter(lambda value, _: _money(value))
    axes.axvline(none, color=PALE, lw=1)
    # Below the picture: every corner of it has a curve at some cost.
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncol=2)


def _money(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def _cost(worth: Column, loss: Column, price: float) -> float:
    reviewed = worth >= price
    return float(loss[~reviewed].sum() / len(loss) + price * reviewed.mean())


def _groups(risk: Column, wrong: Column) -> tuple[Column, Column, Column, Column]:
    """Return per group of equal size the mean risk, the share wrong, and how far its interval reaches down and up."""
    parts = [part for part in np.array_split(np.argsort(risk, kind="stable"), _BINS) if len(part)]
    found = [share(int(wrong[part].sum()), len(part)) for part in parts]
    was = np.array([of.value for of in found])
    low, high = np.array([of.low for of in found]), np.array([of.high for of in found])
    return np.array([risk[part].mean() for part in parts]), was, was - low, high - was


def _as_percent(axes: Any) -> None:
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
