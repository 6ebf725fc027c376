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
from models.cause_probabilities import NOTHING_SUGGESTED, RiskOfCauses, with_chances
from models.errors import BundleError
from models.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class CausePredictor:
    """Which cause is the true one.

    base: probability of every label before looking, summing to 1; the answer where there is no booster, and the share of
        the labels the booster has never seen. classes: positions of the labels the booster tells apart.
    network, network_share: what answers beside the booster, and how much of the raw score is its, in [0, 1).
    suggested: the risk that the causes suggest, which the risk model starts from; says nothing where there is no booster.
    """

    booster: Booster | None
    base: tuple[float, ...]
    classes: tuple[int, ...] = ()
    network: Network | None = None
    network_share: float = 0.0
    temperature: float = 1.0
    suggested: RiskOfCauses = NOTHING_SUGGESTED

    @property
    def has_learnt(self) -> bool:
        """Say whether it ever saw a cause; if not, its answer says nothing and must not be passed on as one."""
        return self.booster is not None or len(set(self.base)) > 1 or len(self.base) == 1

    def predict(self, rows: Matrix) -> Matrix:
        """Give the probability of every label, shape (n, n_labels), each row summing to 1."""
        if self.booster is None:
            return np.tile(np.array(self.base), (len(rows), 1))
        raw = self.booster.raw_scores(rows)
        if self.network is not None:
            raw = blended(raw, self.network.raw_scores(rows), self.network_share)
        return self.chances(raw)

    def chances(self, raw_scores: Matrix) -> Matrix:
        """Turn raw scores of shape (n, n_classes) into the probability of every label, shape (n, n_labels)."""
        seen = softmax(raw_scores, self.temperature)
        if len(self.classes) == len(self.base):
            return seen
        everything = np.empty((len(seen), len(self.base)))
        everything[:] = self.base
        everything[:, list(self.classes)] = seen * sum(self.base[position] for position in self.classes)
        return everything

    def told(self, rows: Matrix, chances: Matrix) -> Matrix:
        """Give rows as the later heads read them: with the chances of the causes, if there is a booster to speak of them."""
        return rows if self.booster is None else with_chances(rows, chances, self.suggested)

    def to_json(self) -> dict[str, Any]:
        """Give everything but the booster as plain values."""
        return {
            "base": list(self.base),
            "classes": list(self.classes),
            "network_share": self.network_share,
            "temperature": self.temperature,
            "suggested": asdict(self.suggested),
        }

    @staticmethod
    def from_json(values: Mapping[str, Any], booster: Booster | None, network: Network | None) -> "CausePredictor":
        """Read it back; raise BundleError where a model tells apart another number of classes."""
        classes = tuple(values["classes"])
        for model in (booster, network):
            if model is not None and model.n_outputs != len(classes):
                raise BundleError(f"a cause model tells {model.n_outputs} classes apart, the manifest {len(classes)}")
        return CausePredictor(
            booster=booster,
            base=tuple(values["base"]),
            classes=classes,
            network=network,
            network_share=values["network_share"],
            temperature=values["temperature"],
            suggested=RiskOfCauses(**{**values["suggested"], "rates": tuple(values["suggested"]["rates"])}),
        )


def log_odds_of(chance: float) -> float:
    """Give the log-odds of a chance in (0, 1)."""
    return float(np.log(chance / (1.0 - chance)))


def blended(trees: Matrix, network: Matrix, share: float) -> Matrix:
    """Mix raw scores of shape (n, n_classes); `share` is the network's."""
    return (1.0 - share) * trees + share * network


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPredictor:
    """How likely acting straight through would be wrong.

    base: the rate before looking, in (0, 1). starts_from_causes: whether the booster only corrects the log-odds in the last column, the
    risk of the likely causes. start_gain: what starting there gains over the base rate, in the unit of the gain of a split.
    network, network_share: what answers beside booster and start, as log-odds, and how much of the log-odds is its, in [0, 1).
    """

    booster: Booster | None
    base: float
    calibrator: Calibrator
    starts_from_causes: bool = False
    start_gain: float = 0.0
    network: Network | None = None
    network_share: float = 0.0

    def predict(self, rows: Matrix) -> Column:
        """Give the calibrated probability of each row, shape (n,)."""
        return self.calibrated(self.log_odds(rows))

    def calibrated(self, log_odds: Column) -> Column:
        """Turn log-odds, shape (n,), into the calibrated probability."""
        return np.full(len(log_odds), self.base) if self.booster is None else self.calibrator.apply(log_odds)

    def log_odds(self, rows: Matrix) -> Column:
        """Give the log-odds before calibration, shape (n,)."""
        if self.booster is None:
            return np.full(len(rows), log_odds_of(self.base))
        raw = self.booster.raw_scores(rows)
        raw = raw + rows[:, -1:] if self.starts_from_causes else raw
        if self.network is not None:
            raw = blended(raw, self.network.raw_scores(rows), self.network_share)
        return raw[:, 0]

    def contributions(self, rows: Matrix) -> Matrix | None:
        """Give each column's push in log-odds away from the base rate, shape (n, n_columns), as start and booster alone would push.

        None where there is no booster.
        """
        if self.booster is None:
            return None
        pushes = self.booster.contributions(rows)[:, :-1]
        if self.starts_from_causes:
            pushes[:, -1] += rows[:, -1] - log_odds_of(self.base)
        return pushes

    def nothing_pushed(self) -> float:
        """Give the log-odds that start and booster alone would answer if no column pushed; without a booster, the base rate's."""
        if self.booster is None:
            return log_odds_of(self.base)
        average = float(self.booster.contributions(np.full((1, self.booster.n_features), np.nan))[0, -1])
        return average + log_odds_of(self.base) if self.starts_from_causes else average

    def to_json(self) -> dict[str, Any]:
        """Give everything but the booster as plain values."""
        return {
            "base": self.base,
            "calibrator": self.calibrator.to_json(),
            "starts_from_causes": self.starts_from_causes,
            "start_gain": self.start_gain,
            "network_share": self.network_share,
        }

    @staticmethod
    def from_json(values: Mapping[str, Any], booster: Booster | None, network: Network | None) -> "RiskPredictor":
        """Read it back."""
        calibrator = calibrator_from_json(values["calibrator"])
        return RiskPredictor(booster=booster, network=network, **{**values, "calibrator": calibrator})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactPredictor:
    """What a wrong straight-through act would cost on average, in the reporting currency.

    The booster predicts the logarithm of the mean loss, which `slope` and `intercept` make agree with losses it has not seen.
    base: the mean loss of a wrong case before looking. cap: the largest loss ever learnt from.
    """

    booster: Booster | None
    base: float
    slope: float = 1.0
    intercept: float = 0.0
    cap: float = 0.0

    def predict(self, rows: Matrix) -> Column:
        """Give the expected loss given that it would be wrong, shape (n,), in [0, cap]."""
        if self.booster is None:
            return np.full(len(rows), self.base)
        exponent = np.minimum(self.intercept + self.slope * self.booster.raw_scores(rows)[:, 0], 700.0)
        return np.clip(np.exp(exponent), 0.0, self.cap)

    def to_json(self) -> dict[str, Any]:
        """Give everything but the booster as plain values."""
        return {"base": self.base, "slope": self.slope, "intercept": self.intercept, "cap": self.cap}

    @staticmethod
    def from_json(values: Mapping[str, Any], booster: Booster | None) -> "ImpactPredictor":
        """Read it back."""
        return ImpactPredictor(booster=booster, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What the three heads say of n rows.

    causes: shape (n, n_labels). risk, impact: shape (n,). log_odds: of the risk before calibration, shape (n,). read: the rows as the
    risk and the impact head read them, with the columns of `models.cause_probabilities` where the cause head has a booster.
    """

    causes: Matrix
    risk: Column
    log_odds: Column
    impact: Column
    read: Matrix
