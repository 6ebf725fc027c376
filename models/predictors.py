"""The three heads of a trained model: cause, risk and impact, each with what it falls back to where data was too thin.

Every row is computed on its own with elementwise arithmetic, so a row alone equals the same row in a batch.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from features.columns import Column
from features.recipe import Matrix
from models.booster import Booster
from models.calibration import Calibrator, calibrator_from_json, softmax
from models.cause_probabilities import NO_CAUSE_PRIOR, RiskOfCauses, with_probabilities
from models.errors import BundleError


@dataclass(frozen=True, slots=True, kw_only=True)
class CausePredictor:
    """Which cause is the true one.

    base: probability of every label before looking, summing to 1; the answer where there is no booster, and the share
        of the labels the booster has never seen. classes: positions of the labels the booster tells apart.
    suggested: the risk that the causes suggest, which the risk model starts from; says nothing where there is no
    booster.
    """

    booster: Booster | None
    base: tuple[float, ...]
    classes: tuple[int, ...] = ()
    temperature: float = 1.0
    suggested: RiskOfCauses = NO_CAUSE_PRIOR

    @property
    def has_learnt(self) -> bool:
        """Return whether it ever saw a cause; if not, its answer says nothing and must not be passed on as one."""
        return self.booster is not None or len(set(self.base)) > 1 or len(self.base) == 1

    def predict(self, rows: Matrix) -> Matrix:
        """Return the probability of every label, shape (n, n_labels), each row summing to 1."""
        if self.booster is None:
            return np.tile(np.array(self.base), (len(rows), 1))
        return self.probabilities(self.booster.raw_scores(rows))

    def probabilities(self, raw_scores: Matrix) -> Matrix:
        """Turn raw scores of shape (n, n_classes) into the probability of every label, shape (n, n_labels)."""
        seen = softmax(raw_scores, self.temperature)
        if len(self.classes) == len(self.base):
            return seen
        everything = np.empty((len(seen), len(self.base)))
        everything[:] = self.base
        everything[:, list(self.classes)] = seen * sum(self.base[position] for position in self.classes)
        return everything

    def with_cause_probabilities(self, rows: Matrix, probabilities: Matrix) -> Matrix:
        """Return rows as the later heads read them: with the probabilities of the causes, where a booster says them."""
        return rows if self.booster is None else with_probabilities(rows, probabilities, self.suggested)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the booster as plain values."""
        return {
            "base": list(self.base),
            "classes": list(self.classes),
            "temperature": self.temperature,
            "suggested": asdict(self.suggested),
        }

    @staticmethod
    def from_json(values: Mapping[str, Any], booster: Booster | None) -> "CausePredictor":
        """Read it back; raise BundleError where the model tells apart another number of classes."""
        classes = tuple(values["classes"])
        if booster is not None and booster.n_outputs != len(classes):
            raise BundleError(f"the cause model tells {booster.n_outputs} classes apart, the manifest {len(classes)}")
        return CausePredictor(
            booster=booster,
            base=tuple(values["base"]),
            classes=classes,
            temperature=values["temperature"],
            suggested=RiskOfCauses(**{**values["suggested"], "rates": tuple(values["suggested"]["rates"])}),
        )


def log_odds_of(probability: float) -> float:
    """Return the log-odds of a probability in (0, 1)."""
    return float(np.log(probability / (1.0 - probability)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPredictor:
    """How likely acting straight through would be wrong.

    base: the rate before looking, in (0, 1). starts_from_causes: whether the booster only corrects the log-odds in the
    last column, the risk of the likely causes. start_gain: what starting there gains over the base rate, in the unit of
    the gain of a split.
    """

    booster: Booster | None
    base: float
    calibrator: Calibrator
    starts_from_causes: bool = False
    start_gain: float = 0.0

    def predict(self, rows: Matrix) -> Column:
        """Return the calibrated probability of each row, shape (n,)."""
        return self.calibrated(self.log_odds(rows))

    def calibrated(self, log_odds: Column) -> Column:
        """Turn log-odds, shape (n,), into the calibrated probability."""
        return np.full(len(log_odds), self.base) if self.booster is None else self.calibrator.apply(log_odds)

    def log_odds(self, rows: Matrix) -> Column:
        """Return the log-odds before calibration, shape (n,)."""
        if self.booster is None:
            return np.full(len(rows), log_odds_of(self.base))
        raw = self.booster.raw_scores(rows)[:, 0]
        return rows[:, -1] + raw if self.starts_from_causes else raw

    def contributions(self, rows: Matrix) -> Matrix | None:
        """Return each column's exact contribution to the log-odds, shape (n, n_columns), beyond those of
        `baseline_log_odds`.

        None where there is no booster.
        """
        if self.booster is None:
            return None
        found = self.booster.contributions(rows)[:, :-1]
        if self.starts_from_causes:
            found[:, -1] += rows[:, -1] - log_odds_of(self.base)
        return found

    def baseline_log_odds(self) -> float:
        """Return the log-odds where no column contributes; without a booster, the base rate's."""
        if self.booster is None:
            return log_odds_of(self.base)
        average = float(self.booster.contributions(np.full((1, self.booster.n_features), np.nan))[0, -1])
        return average + log_odds_of(self.base) if self.starts_from_causes else average

    def to_json(self) -> dict[str, Any]:
        """Return everything but the booster as plain values."""
        return {
            "base": self.base,
            "calibrator": self.calibrator.to_json(),
            "starts_from_causes": self.starts_from_causes,
            "start_gain": self.start_gain,
        }

    @staticmethod
    def from_json(values: Mapping[str, Any], booster: Booster | None) -> "RiskPredictor":
        """Read it back."""
        calibrator = calibrator_from_json(values["calibrator"])
        return RiskPredictor(booster=booster, **{**values, "calibrator": calibrator})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactPredictor:
    """What a wrong straight-through act would cost on average, in the reporting currency.

    The booster predicts the logarithm of the mean loss, which `slope` and `intercept` make agree with losses it has not
    seen.
    base: the mean loss of a wrong case before looking. cap: the largest loss ever learnt from.
    """

    booster: Booster | None
    base: float
    slope: float = 1.0
    intercept: float = 0.0
    cap: float = 0.0

    def predict(self, rows: Matrix) -> Column:
        """Return the expected loss given that it would be wrong, shape (n,), in [0, cap]."""
        if self.booster is None:
            return np.full(len(rows), self.base)
        exponent = np.minimum(self.intercept + self.slope * self.booster.raw_scores(rows)[:, 0], 700.0)
        return np.clip(np.exp(exponent), 0.0, self.cap)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the booster as plain values."""
        return {"base": self.base, "slope": self.slope, "intercept": self.intercept, "cap": self.cap}

    @staticmethod
    def from_json(values: Mapping[str, Any], booster: Booster | None) -> "ImpactPredictor":
        """Read it back."""
        return ImpactPredictor(booster=booster, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What the three heads say of n rows.

    causes: shape (n, n_labels). risk, impact: shape (n,). log_odds: of the risk before calibration, shape (n,). read:
    the rows as the risk and the impact head read them, with the columns of `models.cause_probabilities` where the cause
    head has a booster.
    """

    causes: Matrix
    risk: Column
    log_odds: Column
    impact: Column
    read: Matrix
