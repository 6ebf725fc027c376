"""The forecast of breaches on real tickets: learnt from those closed before a day, tried on those opened after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lab.benchmarks.servicenow import prepare
from triage.process.breach_model import Observation, Vector, auc, learn_breaches

if TYPE_CHECKING:
    import pandas as pd

FOLDER: Final = "servicenow_incidents"
AT_OPENING: Final = (
    "caller_id", "opened_by", "contact_type", "location", "category", "subcategory", "u_symptom", "assignment_group",
    "assigned_to", "impact", "urgency", "priority",
)  # fmt: skip
TESTED: Final = 0.2
BINS: Final = 10
PAGE: Final = """# The forecast of SLA breaches

For who wants to know how far to trust `GET /v1/process/breaches`. Written by `triage benchmark sla --data FOLDER`.

Data: real incident tickets of an IT company (UCI 498, CC BY 4.0), not retail. A ticket is looked at
when it is opened. Learnt from {found.learnt_from:,} tickets opened and closed before the last fifth begins, of which
{found.learnt_rate:.1%} broke their SLA; tried on {found.tested:,} opened after, of which {found.tested_rate:.1%}
did. Why the shares differ is not known; tickets that stayed open long are not in the part learnt from.

| forecast | AUC | Brier | log-loss |
|---|---|---|---|
{results}

Higher AUC is better, lower Brier and log-loss are. All read the same columns; plain LightGBM has its
default options. "Ours" is `triage/process/breach_model.py`, which needs no training library. It ranks a little worse.

## Reliability of ours

Tickets in ten equal parts by forecast.

| mean forecast | share that broke | tickets |
|---|---|---|
{bins}

## What it does not show

These tickets tell nothing of retail queues: each deployment learns from its own. They carry no events, so the looks at
25, 50 and 75 % of the SLA are not measured here. No column was chosen and no constant set by the tickets tried.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastResult:
    """How a forecast did on tickets it had not seen. bins: mean forecast, share that broke, and how many."""

    name: str
    auc: float
    brier: float
    log_loss: float
    bins: Sequence[tuple[float, float, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachBenchmark:
    """Every forecast tried on the same tickets."""

    learnt_from: int
    tested: int
    learnt_rate: float
    tested_rate: float
    results: Sequence[ForecastResult]


def run_breach_benchmark(data: Path) -> BreachBenchmark:
    """Try our learner beside the base rate, the rate of the priority, and plain LightGBM on the same columns."""
    frame = prepare(data / FOLDER).sort_values(["opened_at", "number"]).reset_index(drop=True)
    frame["weekday"] = frame["opened_at"].dt.strftime("%a")
    frame["hour"] = frame["opened_at"].dt.strftime("%H")
    begins = frame["opened_at"].iloc[int(len(frame) * (1 - TESTED))]
    test = frame[frame["opened_at"] >= begins]
    # What was not closed by then is not known by then.
    train = frame[(frame["opened_at"] < begins) & (frame["final_closed_at"] < begins)].sort_values("final_closed_at")
    truth = _broke(test)
    learnt = learn_breaches(_observed(train), _broke(train).astype(bool).tolist())
    results = [
        _result("base rate", np.full(len(test), _broke(train).mean()), truth),
        _result("breach rate of the priority", _by_priority(train, test), truth),
        _result("plain LightGBM", _plain(train, test), truth),
        _result("ours", learnt.probabilities(_observed(test)), truth),
    ]
    return BreachBenchmark(
        learnt_from=len(train),
        tested=len(test),
        learnt_rate=float(_broke(train).mean()),
        tested_rate=float(truth.mean()),
        results=results,
    )


def page(found: BreachBenchmark) -> str:
    """Write the result as a page."""
    ours = next(result for result in found.results if result.name == "ours")
    return PAGE.format(
        found=found,
        results="\n".join(f"| {r.name} | {r.auc:.3f} | {r.brier:.4f} | {r.log_loss:.4f} |" for r in found.results),
        bins="\n".join(f"| {said:.3f} | {broke:.3f} | {n:,} |" for said, broke, n in ours.bins),
    )


def _observed(frame: "pd.DataFrame") -> list[Observation]:
    columns = frame[["number", *AT_OPENING, "weekday", "hour", "knowledge"]]
    return [
        Observation(str(row[0]), tuple("" if value is None else str(value) for value in row[1:-1]), (float(row[-1]),))
        for row in columns.itertuples(index=False, name=None)
    ]


def _broke(frame: "pd.DataFrame") -> Vector:
    return np.asarray(~frame["final_made_sla"].to_numpy(dtype=bool), dtype=np.float64)


def _by_priority(train: "pd.DataFrame", test: "pd.DataFrame") -> Vector:
    rates = train.assign(broke=_broke(train)).groupby("priority", observed=True)["broke"].mean()
    return np.asarray(test["priority"].map(rates).fillna(_broke(train).mean()), dtype=np.float64)


def _plain(train: "pd.DataFrame", test: "pd.DataFrame") -> Vector:
    import lightgbm
    import pandas as pd

    columns = [*AT_OPENING, "weekday", "hour", "knowledge"]
    both: Any = pd.concat([train[columns], test[columns]])
    for name in columns[:-1]:
        both[name] = both[name].astype("category")
    model = lightgbm.LGBMClassifier(random_state=0, num_threads=1, verbose=-1)
    model.fit(both.iloc[: len(train)], _broke(train))
    said = np.asarray(model.predict_proba(both.iloc[len(train) :]), dtype=np.float64)
    return said[:, 1]


def _result(name: str, said: Vector, truth: Vector) -> ForecastResult:
    clipped = np.clip(said, 1e-6, 1 - 1e-6)
    parts = np.array_split(np.argsort(said, kind="stable"), BINS)
    return ForecastResult(
        name=name,
        auc=auc(said, truth) or 0.5,
        brier=float(np.mean((said - truth) ** 2)),
        log_loss=float(-np.mean(truth * np.log(clipped) + (1 - truth) * np.log(1 - clipped))),
        bins=[(float(said[part].mean()), float(truth[part].mean()), len(part)) for part in parts if len(part)],
    )
