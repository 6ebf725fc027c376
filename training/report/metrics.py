"""How good a model is on cases it has never seen, beside what knowing nothing would reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix
from models.booster import Booster
from models.bundle import Bundle
from models.calibration import sigmoid
from training.fitting.fit import Fitted
from training.tables.dataset import Dataset

CAPACITY: Final = 0.10
_BINS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Predictions on the test part beside the truth.

    raw_risk: before calibration. codes: position of the true cause, NaN where unknown.
    """

    risk: Column
    raw_risk: Column
    wrong: Column
    causes: Matrix
    codes: Column
    impact: Column
    loss: Column
    stake: Column
    base_risk: float
    base_causes: tuple[float, ...]
    base_impact: float

    @property
    def expected_loss(self) -> Column:
        """Return risk x impact."""
        return self.risk * self.impact


def judge(dataset: Dataset, fitted: Fitted) -> Judged:
    """Score the test part."""
    test, bundle = fitted.split.test, fitted.bundle
    predicted = bundle.predict(fitted.columns[test])
    position = {label: float(at) for at, label in enumerate(dataset.labels)}
    causes = [dataset.cause[at] for at in test.tolist()]
    return Judged(
        risk=predicted.risk,
        raw_risk=sigmoid(predicted.log_odds),
        wrong=dataset.wrong[test],
        causes=predicted.causes,
        codes=np.array([np.nan if cause is None else position.get(cause, np.nan) for cause in causes]),
        impact=predicted.impact,
        loss=dataset.loss[test],
        stake=np.nan_to_num(dataset.recipe.money_at_stake(dataset.columns)[test]),
        base_risk=bundle.risk.base,
        base_causes=bundle.cause.base,
        base_impact=bundle.impact.base,
    )


def metrics(judged: Judged) -> dict[str, float]:
    """Compute every metric the test part allows; one that needs both classes is left out where there is only one.

    The name of a metric begins with its head; `baseline` marks what knowing nothing but the rates would reach.
    """
    return {"test_cases": float(len(judged.risk))} | _risk(judged) | _cause(judged) | _impact(judged)


def captured_loss(ranking: Column, loss: Column, capacity: float) -> float:
    """Return the share of all loss that lies in the `capacity` share of cases ranked highest; 0 where nothing was
    lost."""
    looked_at = np.argsort(-ranking, kind="stable")[: round(capacity * len(ranking))]
    return float(loss[looked_at].sum() / loss.sum()) if loss.sum() > 0 else 0.0


def calibration_error(probabilities: Column, happened: Column) -> float:
    """Return the expected calibration error over bins of equal size, in [0, 1]; lower is better."""
    order = np.argsort(probabilities, kind="stable")
    bins = [part for part in np.array_split(order, _BINS) if len(part)]
    apart = [abs(float(probabilities[part].mean() - happened[part].mean())) * len(part) for part in bins]
    return sum(apart) / len(order)


def known_losses(judged: Judged) -> tuple[NDArray[np.bool_], Column]:
    """Return which test cases have a known loss, and the loss of those: 0 where acting was right."""
    known = (judged.wrong == 0) | ((judged.wrong == 1) & ~np.isnan(judged.loss))
    return known, np.where(judged.wrong[known] == 1, np.maximum(judged.loss[known], 0.0), 0.0)


def gains_of(booster: Booster) -> Column:
    """Return the gain of the splits on each feature, float64 of shape (n_features,)."""
    import lightgbm

    gains = lightgbm.Booster(model_str=booster.text).feature_importance(importance_type="gain")
    return np.asarray(gains, dtype=np.float64)


def gains_by_column(bundle: Bundle) -> dict[str, Column]:
    """Add up per head the gain of the splits on each column of the row; zeros for a head without a booster.

    What risk and impact gain by the probabilities of the causes, and the risk by starting from them, is shared out
    among the columns the cause head read them from, so that nothing hides behind it.
    """
    of_row = len(bundle.columns)
    cause = gains_of(bundle.cause.booster) if bundle.cause.booster is not None else np.zeros(of_row)
    found = {"cause": cause}
    for head, booster, start in (
        ("risk", bundle.risk.booster, bundle.risk.start_gain),
        ("impact", bundle.impact.booster, 0.0),
    ):
        gains = gains_of(booster) if booster is not None else np.zeros(of_row)
        by_probabilities = float(gains[of_row:].sum()) + start
        found[head] = gains[:of_row] + by_probabilities * cause / max(float(cause.sum()), 1e-12)
    return found


def _risk(judged: Judged) -> dict[str, float]:
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    known = ~np.isnan(judged.wrong)
    risk, raw, wrong = judged.risk[known], judged.raw_risk[known], judged.wrong[known]
    if not len(wrong):
        return {}
    base = np.full(len(wrong), judged.base_risk)
    found = {
        "risk_base_rate": float(wrong.mean()),
        "risk_mean": float(risk.mean()),
        "risk_log_loss": float(log_loss(wrong, risk, labels=[0, 1])),
        "risk_log_loss_baseline": float(log_loss(wrong, base, labels=[0, 1])),
        "risk_brier": float(brier_score_loss(wrong, risk, pos_label=1)),
        "risk_brier_baseline": float(brier_score_loss(wrong, base, pos_label=1)),
        "risk_calibration_error": calibration_error(risk, wrong),
        "risk_calibration_error_before": calibration_error(raw, wrong),
        "risk_log_loss_before_calibration": float(log_loss(wrong, raw, labels=[0, 1])),
    }
    if 0 < wrong.sum() < len(wrong):
        found["risk_auc"] = float(roc_auc_score(wrong, risk))
        found["risk_auc_baseline_money_at_stake"] = float(roc_auc_score(wrong, judged.stake[known]))
        found["risk_average_precision"] = float(average_precision_score(wrong, risk))
    return found


def _cause(judged: Judged) -> dict[str, float]:
    from sklearn.metrics import f1_score

    known = ~np.isnan(judged.codes)
    codes, causes = judged.codes[known].astype(np.int64), judged.causes[known]
    if not len(codes):
        return {}
    ranked = np.argsort(-causes, axis=1, kind="stable")
    base = np.array(judged.base_causes)
    of_truth = np.maximum(causes[np.arange(len(codes)), codes], 1e-15)
    return {
        "cause_macro_f1": float(
            f1_score(codes, ranked[:, 0], average="macro", labels=np.unique(codes), zero_division=0.0)
        ),
        "cause_top1": float((ranked[:, 0] == codes).mean()),
        "cause_top1_baseline": float((codes == base.argmax()).mean()),
        "cause_top2": float((ranked[:, :2] == codes[:, None]).any(axis=1).mean()),
        "cause_log_loss": float(-np.log(of_truth).mean()),
        "cause_log_loss_baseline": float(-np.log(base[codes]).mean()),
    }


def _impact(judged: Judged) -> dict[str, float]:
    known, loss = known_losses(judged)
    wrong = known & (judged.wrong == 1)
    if not wrong.any():
        return {}
    truth, predicted = np.maximum(judged.loss[wrong], 0.0), judged.impact[wrong]
    found: Mapping[str, float] = {
        "impact_mean": float(truth.mean()),
        "impact_mean_predicted": float(predicted.mean()),
        "impact_mae_on_wrong": float(np.abs(predicted - truth).mean()),
        "impact_mae_on_wrong_baseline": float(np.abs(judged.base_impact - truth).mean()),
        "captured_loss_at_10pct_expected_loss": captured_loss(judged.expected_loss[known], loss, CAPACITY),
        "captured_loss_at_10pct_risk": captured_loss(judged.risk[known], loss, CAPACITY),
        "captured_loss_at_10pct_money_at_stake": captured_loss(judged.stake[known], loss, CAPACITY),
        "captured_loss_at_10pct_oracle": captured_loss(loss, loss, CAPACITY),
    }
    return dict(found)
