"""The page of the measurements, with a chart of rates as a share of the bare application's."""

from collections.abc import Sequence
from pathlib import Path

from lab.speed.rounds import BARE, Rounds, SpeedPlan

_SHARES = (0.5, 0.99)


def page(found: Sequence[Rounds], plan: SpeedPlan, *, command: str, stamp: str, chart: str) -> str:
    """Write the page."""
    lines = [
        "# Speed",
        "",
        f"Measured with `{command}`, {stamp}.",
        "",
        f"{plan.rounds} rounds of {plan.seconds:g} s each; in a round everything is measured one after the other, so "
        "that a busy machine is as busy for all. Figures are medians over the rounds; in brackets the lowest and the "
        "highest. The *share* is the rate as a share of the bare application's in the same round: FastAPI parses a "
        "JSON body and acknowledges it, on the same event loop and HTTP parser as the product.",
        "",
        f"Store: {plan.store}, {plan.stored or 'no'} cases beforehand; {plan.workers} process"
        f"{'es' if plan.workers > 1 else ''}; champions of `make run`, reasons included; texts "
        f"{'as drawn, each new at first' if plan.with_text else 'left out, or the same everywhere where required'}. "
        "Exceptions are simulated (synthetic), of all domains in turns. The callers run on the same machine.",
        "",
        "| | callers | a second | share of bare | median ms | 99 % within ms |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [_row(one) for one in found]
    lines += ["", f"![Rates as a share of the bare application's]({chart})"]
    return "\n".join(lines) + "\n"


def draw(found: Sequence[Rounds], file: Path) -> None:
    """Draw the shares as bars, with the spread over the rounds."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    drawn = [one for one in found if one.subject != BARE]
    names = [f"{one.subject}, {one.callers} callers" for one in drawn]
    middles = [_middle(one.ratios()) for one in drawn]
    spread = [
        [middle - one.ratios()[0] for middle, one in zip(middles, drawn, strict=True)],
        [one.ratios()[-1] - middle for middle, one in zip(middles, drawn, strict=True)],
    ]
    figure, axes = pyplot.subplots(figsize=(8, 0.5 + 0.4 * len(drawn)), layout="constrained")
    axes.barh(names, middles, xerr=spread, color="#3b6ea5", ecolor="#444444", capsize=3)
    axes.invert_yaxis()
    axes.set_xlabel("rate as a share of a bare FastAPI acknowledgement")
    axes.set_xlim(left=0)
    figure.savefig(file, format="svg")
    pyplot.close(figure)


def _row(one: Rounds) -> str:
    ratios = one.ratios()
    share = "1" if one.subject == BARE else f"{_middle(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
    middle, late = (one.quantile_ms(share) for share in _SHARES)
    return f"| {one.subject} | {one.callers} | {one.per_second():,.0f} | {share} | {middle:.2f} | {late:.2f} |"


def _middle(ordered: Sequence[float]) -> float:
    return ordered[len(ordered) // 2]
