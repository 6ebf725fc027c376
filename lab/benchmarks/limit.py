"""How close a model comes to what could be known: simulated retailers whose exact posterior is at hand."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from features.columns import Column, FieldKind, field_kinds
from features.recipe import Matrix
from lab.benchmarks.ablation import Ablation, ablate
from lab.simulated import draw, write
from lab.simulators.retailer import Knobs, Simulated
from models.encoder import TextEncoder
from training.fitting.fit import Fitted, fit
from training.fitting.split import Split
from training.report.metrics import CAPACITY
from training.tables.dataset import Dataset
from training.tables.reader import read_table
from triage.clock import utc_now
from triage.domain import Domain

TEST_SHARE: Final = 0.20
_CALIBRATION_SHARE: Final = 0.20
_BINS: Final = 20
_MIN_PROBABILITY: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitResult:
    """One domain, size and seed. All on the test slice: the latest fifth of the cases, never learnt from.

    rows: labelled cases learnt from. wrong_rate: how often straight through was wrong. bayes_auc, model_auc: of risk
    against the true outcome. risk_share, cause_share: share of the Bayes gain, (log-loss of the base rate - the
    model's) / (the base rate's - the exact posterior's), each log-loss expected under the exact posterior; 1 is
    perfect. plain_share: risk share of LightGBM with its defaults on the payload's own columns. calibration_error: mean
    distance between predicted risk and exact risk over bins of equal size. captured: expected loss in the 10 % ranked
    highest, as a share of what the exact posterior's ranking captures.
    noise_free_share, noise_free_calibration_error: risk share and calibration error of the same model learnt from the
    true labels, which shows what the noise of the recorded ones costs; None where not asked for.
    ablation: what each kind of knowledge adds; empty where not asked for.
    """

    domain: str
    rows: int
    seed: int
    wrong_rate: float
    bayes_auc: float
    model_auc: float
    risk_share: float
    cause_share: float
    plain_share: float
    calibration_error: float
    captured: float
    noise_free_share: float | None = None
    noise_free_calibration_error: float | None = None
    ablation: tuple[Ablation, ...] = ()

    def answers(self, *, noise_free: bool, ablation: bool) -> bool:
        """Return whether all that is asked for was measured."""
        return (self.noise_free_share is not None or not noise_free) and (bool(self.ablation) or not ablation)

    def flat(self) -> dict[str, Any]:
        """Return the numbers as one flat row."""
        return {name: value for name, value in asdict(self).items() if name != "ablation" and value is not None}


def measure_limit(
    domain: Domain,
    *,
    rows: int,
    seed: int,
    encoder: TextEncoder | None,
    cache_folder: Path,
    noise_free: bool = False,
    ablation: bool = False,
    progress: Callable[[str], None] = lambda step: None,
) -> LimitResult:
    """Draw a retailer with `rows` cases to learn from and a later fifth to be tested on, train, and compare with its
    truth."""
    knobs = Knobs(rows=round(rows / (1.0 - TEST_SHARE)), seed=seed)
    simulated = draw(domain, knobs)
    dataset = simulated_dataset(domain, simulated, knobs)
    parts = _parts(len(dataset), rows)
    options: dict[str, Any] = {"now": utc_now(), "encoder": encoder, "cache_folder": cache_folder, "progress": progress}
    fitted = fit(dataset, parts=parts, **options)
    test = _Test(simulated, dataset, parts)
    risk, causes, impact = _predicted(fitted)
    result = LimitResult(
        domain=domain.name,
        rows=rows,
        seed=seed,
        wrong_rate=float(test.wrong.mean()),
        bayes_auc=_auc(test.wrong, test.exact),
        model_auc=_auc(test.wrong, risk),
        risk_share=share_of_gain(test.exact, risk, test.base_risk),
        cause_share=share_of_cause_gain(test.exact_causes, causes, test.base_causes),
        plain_share=share_of_gain(test.exact, _plain(domain, simulated, parts), test.base_risk),
        calibration_error=_calibration_error(risk, test.exact),
        captured=_captured(risk * impact, test.expected_loss) / _captured(test.expected_loss, test.expected_loss),
    )
    if ablation:
        steps = ablate(
            fitted,
            dataset,
            judge=lambda risk: share_of_gain(test.exact, risk, test.base_risk),
            progress=progress,
        )
        result = replace(result, ablation=tuple(steps))
    if not noise_free:
        return result
    true = replace(dataset, cause=test.all_causes, wrong=test.all_wrong, loss=test.all_loss)
    risk, _, _ = _predicted(fit(true, parts=parts, **options))
    return replace(
        result,
        noise_free_share=share_of_gain(test.exact, risk, test.base_risk),
        noise_free_calibration_error=_calibration_error(risk, test.exact),
    )


def share_of_gain(exact: Column, predicted: Column, base: float) -> float:
    """Return the share of the Bayes gain in risk: 0 for the base rate, 1 for the exact posterior."""
    nothing = _expected_log_loss(exact, np.full(len(exact), base))
    gained = nothing - _expected_log_loss(exact, predicted)
    return float(gained / (nothing - _expected_log_loss(exact, exact)))


def share_of_cause_gain(exact: Matrix, predicted: Matrix, base: Column) -> float:
    """Return the share of the Bayes gain in cause: 0 for the base rates, 1 for the exact posterior."""

    def loss(answer: Matrix) -> float:
        return float(-(exact * np.log(np.clip(answer, _MIN_PROBABILITY, 1.0))).sum(axis=1).mean())

    nothing = loss(np.tile(base, (len(exact), 1)))
    return (nothing - loss(predicted)) / (nothing - loss(exact))


class _Test:
    """The truth of the test slice, row for row, and what knowing only the rates would say."""

    def __init__(self, simulated: Simulated, dataset: Dataset, parts: Split) -> None:
        truth = simulated.truth.set_index("exception_id").loc[dataset.exception_ids]
        learnt = np.concatenate([parts.train, parts.calibration])
        self.all_wrong = truth["wrong"].to_numpy(dtype=np.float64)
        self.all_causes: list[str | None] = truth["cause"].tolist()
        self.all_loss = truth["loss"].to_numpy(dtype=np.float64)
        tested = truth.iloc[parts.test]
        self.wrong = self.all_wrong[parts.test]
        self.exact = tested["p_wrong"].to_numpy(dtype=np.float64)
        self.exact_causes = tested[[f"p_{label}" for label in dataset.labels]].to_numpy(dtype=np.float64)
        self.expected_loss = tested["expected_loss"].to_numpy(dtype=np.float64)
        self.base_risk = float(self.all_wrong[learnt].mean())
        counted = truth["cause"].iloc[learnt].value_counts()
        counts = np.array([counted.get(label, 0) + 0.5 for label in dataset.labels])
        self.base_causes = counts / counts.sum()


def simulated_dataset(domain: Domain, simulated: Simulated, knobs: Knobs) -> Dataset:
    """Read the retailer the way a customer's table is read."""
    with tempfile.TemporaryDirectory(prefix="triage-limit-") as folder:
        write(simulated, Path(folder), knobs=knobs)
        return read_table(Path(folder) / "cases.parquet", domain=domain).dataset


def _parts(n: int, rows: int) -> Split:
    """Learn from the first `rows` cases, the last fifth of them kept for calibration, and test on the rest."""
    learnt = rows - round(rows * _CALIBRATION_SHARE)
    return Split(
        train=np.arange(learnt), calibration=np.arange(learnt, rows), test=np.arange(rows, n), how="by order of time"
    )


def _predicted(fitted: Fitted) -> tuple[Column, Matrix, Column]:
    predicted_test = fitted.bundle.predict(fitted.columns[fitted.split.test])
    return predicted_test.risk, predicted_test.causes, predicted_test.impact


def _plain(domain: Domain, simulated: Simulated, parts: Split) -> Column:
    """Predict with LightGBM's defaults on the payload's own columns, learnt from the same recorded labels."""
    import lightgbm

    columns = own_columns(domain, simulated.cases)
    learnt = np.concatenate([parts.train, parts.calibration])
    wrong = simulated.outcomes["wrong"].to_numpy(dtype=np.float64)
    model = lightgbm.LGBMClassifier(n_jobs=2, verbosity=-1).fit(columns.iloc[learnt], wrong[learnt])
    return np.asarray(model.predict_proba(columns.iloc[parts.test]), dtype=np.float64)[:, 1]


def own_columns(domain: Domain, cases: pd.DataFrame) -> pd.DataFrame:
    """Return a payload's own columns as a table anybody would train on: numbers, categories, instants relative to
    `as_of`, flags."""
    as_of = pd.to_datetime(cases["as_of"], utc=True)
    columns: dict[str, Any] = {}
    for kind in field_kinds(domain.recipe.payload):
        if kind.name in cases and kind.kind != "string":
            columns |= _own_column(kind, cases[kind.name], as_of)
    return pd.DataFrame(columns)


def _own_column(kind: FieldKind, values: "pd.Series[Any]", as_of: "pd.Series[Any]") -> dict[str, Any]:
    if kind.kind == "enum":
        return {kind.name: pd.Categorical(values, categories=list(kind.vocabulary))}
    if kind.kind in ("instant", "day"):
        return {kind.name: (pd.to_datetime(values, utc=True) - as_of).dt.total_seconds()}
    if kind.kind == "flags":
        given = [value if isinstance(value, list | tuple | np.ndarray) else () for value in values]
        return {f"{kind.name}.{member}": [float(member in value) for value in given] for member in kind.vocabulary}
    return {kind.name: pd.to_numeric(values.map(lambda value: np.nan if pd.isna(value) else float(value)))}


def _expected_log_loss(exact: Column, predicted: Column) -> float:
    bounded = np.clip(predicted, _MIN_PROBABILITY, 1.0 - _MIN_PROBABILITY)
    return float(-(exact * np.log(bounded) + (1.0 - exact) * np.log1p(-bounded)).mean())


def _calibration_error(predicted: Column, exact: Column) -> float:
    bins = np.array_split(np.argsort(predicted, kind="stable"), _BINS)
    apart = [abs(float(predicted[rows].mean() - exact[rows].mean())) * len(rows) for rows in bins if len(rows)]
    return sum(apart) / len(predicted)


def _captured(ranking: Column, expected_loss: Column) -> float:
    looked_at = np.argsort(-ranking, kind="stable")[: round(CAPACITY * len(ranking))]
    return float(expected_loss[looked_at].sum())


def _auc(happened: Column, ranking: Column) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(happened, ranking))


def mean_of(results: Sequence[LimitResult], name: str) -> float | None:
    """Average one number over seeds, None unless each of them has it: means of other seeds are not to be compared."""
    given = [getattr(result, name) for result in results]
    return None if None in given else float(np.mean(given))
