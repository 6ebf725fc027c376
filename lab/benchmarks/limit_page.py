"""The benchmark page's sections on simulated retailers: how close the models come to what could be known."""

from collections.abc import Sequence
from typing import Final

from lab.benchmarks.ablation import EVERYTHING
from lab.benchmarks.limit import mean_of
from lab.benchmarks.limit_runs import LimitRun, stamp_of
from lab.benchmarks.report import Section

_COLUMNS: Final = (
    ("wrong_rate", "wrong"),
    ("bayes_auc", "Bayes AUC"),
    ("model_auc", "AUC"),
    ("risk_share", "share of Bayes gain, risk"),
    ("cause_share", "share of Bayes gain, cause"),
    ("plain_share", "plain LightGBM, risk"),
    ("noise_free_share", "learnt without label noise, risk"),
    ("calibration_error", "calibration error against p*"),
    ("noise_free_calibration_error", "learnt without label noise, calibration error"),
    ("captured", "loss captured at 10 %, of the oracle's"),
)
_TEXT: Final = (
    "Synthetic. Each seed is another retailer that nothing was tuned to. `cases` are learnt from (the last fifth of "
    "them also "
    "calibrates); the test is a quarter as many, all later. A share of Bayes gain is (log-loss of the base rate - the "
    "model's) / "
    "(log-loss of the base rate - the exact posterior's), expected under the exact posterior; 1 is perfect. Labels "
    "learnt from are "
    "late and noisy, those judged by are exact. Plain LightGBM has its defaults and the payload's own columns."
)
_ABLATION_TEXT: Final = (
    "Synthetic, {rows:,} cases learnt from, seed {seed}. The shipped recipe (cause, then risk that reads the "
    "probabilities of causes), learnt anew with one kind of knowledge more each time: the payload's own columns, what "
    "is computed from one payload alone, what "
    "earlier cases of the same "
    "entities say, the text. Then with all of it but one kind: what became known of earlier cases; *velocity*, how "
    "many there were, how much and "
    "how lately; *graph*, what several entities say together. All but the text is the third row. What is taken away is "
    "missing from every case; "
    "the text columns are those of the model. Columns that are the same for all cases are not counted."
)


def limit_section(runs: Sequence[LimitRun]) -> Section:
    """Write one domain's runs, a row for each, and the mean of each size's seeds; what no run measured has no column.

    Where runs are of different commits, each says which.
    """
    results = [run.result for run in runs]
    columns = [
        (name, title) for name, title in _COLUMNS if any(getattr(result, name) is not None for result in results)
    ]
    commits = len({run.commit for run in runs}) > 1
    rows: list[tuple[str, ...]] = []
    for size in sorted({result.rows for result in results}):
        of_size = [run for run in runs if run.result.rows == size]
        for run in of_size:
            numbers = (_number(getattr(run.result, name)) for name, _ in columns)
            rows.append((f"{size:,}", str(run.result.seed), *numbers, *([run.commit] if commits else [])))
        if len(of_size) > 1:
            means = [_number(mean_of([run.result for run in of_size], name)) for name, _ in columns]
            bold = (f"**{mean}**" if mean else "" for mean in means)
            rows.append((f"{size:,}", f"**mean of {len(of_size)}**", *bold, *([""] if commits else [])))
    return Section(
        key=f"simulated {results[0].domain}",
        title=f"Simulated retailers: {results[0].domain}",
        stamp=stamp_of(runs),
        text=_TEXT,
        header=("cases", "seed", *(title for _, title in columns), *(["commit"] if commits else [])),
        rows=tuple(rows),
    )


def ablation_section(run: LimitRun) -> Section:
    """Write what each kind of knowledge adds in one domain, a row per step."""
    result = run.result
    whole = next(step.risk_share for step in result.ablation if step.kinds == EVERYTHING)
    return Section(
        key=f"ablation {result.domain}",
        title=f"What each kind of knowledge adds: {result.domain}",
        stamp=stamp_of([run]),
        text=_ABLATION_TEXT.format(rows=result.rows, seed=result.seed),
        header=("knows", "columns", "share of Bayes gain, risk", "less than with everything"),
        rows=tuple(
            (step.kinds, str(step.columns), _number(step.risk_share), _number(whole - step.risk_share))
            for step in result.ablation
        ),
    )


def _number(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.4f}"
