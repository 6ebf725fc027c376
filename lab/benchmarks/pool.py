"""A simulated retailer's later cases as a model scored them, beside how likely each automatic decision really was to be
wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.recipe import Matrix
from lab.benchmarks.limit import simulated_dataset
from lab.simulated import draw
from lab.simulators.retailer import Drift, Knobs, Simulated
from models.bundle import Bundle
from training.fitting.fit import fit
from training.fitting.split import Split
from training.tables.dataset import Dataset, feature_rows
from triage.clock import utc_now
from triage.domain import Domain

_CALIBRATION_SHARE: Final = 0.20
MONTH_SECONDS: Final = 30 * 86_400.0
STAKES: Final = ("small stakes", "middling stakes", "large stakes")
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Later cases of one retailer in order of time, row for row.

    risk: the model's; causes: its probabilities; loss_if_wrong: its expected impact.
    exact_risk, exact_causes, exact_loss: what the best observer could know, of the same meaning; exact_loss is E[loss].
    stakes: which third of money at stake each is in, as position in `STAKES`, by the thirds of the cases before them.
    at: seconds.
    """

    domain: str
    seed: int
    drift: Drift
    risk: Column
    causes: Matrix
    loss_if_wrong: Column
    exact_risk: Column
    exact_causes: Matrix
    exact_loss: Column
    stakes: Codes
    at: Column

    def __len__(self) -> int:
        return len(self.risk)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolScores:
    """Cases by one score: lower is safer; exact: the probability that acting on it is wrong, given all that could be
    known."""

    scores: Column
    exact: Column
    stakes: Codes

    def __len__(self) -> int:
        return len(self.scores)

    def at(self, rows: "NDArray[Any]") -> "PoolScores":
        """Return some of the cases."""
        return PoolScores(scores=self.scores[rows], exact=self.exact[rows], stakes=self.stakes[rows])


def learn(
    domain: Domain, *, learnt: int, rows: int, seed: int, progress: Callable[[str], None] = lambda step: None
) -> tuple[Bundle, Pool]:
    """Draw a retailer, train on its first `learnt` cases as recorded (late, noisy), and score the `rows` after them.

    Trained without the text, which here only costs time.
    """
    knobs = Knobs(rows=learnt + rows, seed=seed)
    progress("drawing the retailer")
    simulated = draw(domain, knobs)
    dataset = simulated_dataset(domain, simulated, knobs)
    cut = learnt - round(learnt * _CALIBRATION_SHARE)
    parts = Split(
        train=np.arange(cut),
        calibration=np.arange(cut, learnt),
        test=np.arange(learnt, len(dataset)),
        how="by order of time",
    )
    fitted = fit(dataset, parts=parts, now=utc_now(), progress=progress)
    later = np.arange(learnt, len(dataset))
    return fitted.bundle, _pool(fitted.bundle, simulated, dataset, fitted.rows, later, knobs)


def drifted_pool(
    domain: Domain,
    bundle: Bundle,
    *,
    rows: int,
    months: int,
    seed: int,
    drift: Drift,
    progress: Callable[[str], None] = lambda step: None,
) -> Pool:
    """Draw the same retailer again, drifting, and score its last months by a model that learnt before it did.

    rows: over the whole window, of which the months (of 30 days) are the end.
    """
    knobs = Knobs(rows=rows, seed=seed, drift=drift)
    progress(f"drawing the retailer under {drift} drift")
    simulated = draw(domain, knobs)
    dataset = simulated_dataset(domain, simulated, knobs)
    ended = float(dataset.columns.as_of.max())
    later = np.flatnonzero(dataset.columns.as_of > ended - months * MONTH_SECONDS)
    progress(f"scoring {len(later):,} cases")
    return _pool(bundle, simulated, dataset, feature_rows(dataset), later, knobs)


def _pool(bundle: Bundle, simulated: Simulated, dataset: Dataset, rows: Matrix, later: Codes, knobs: Knobs) -> Pool:
    predicted = bundle.predict(rows[later])
    truth = simulated.truth.set_index("exception_id").loc[[dataset.exception_ids[at] for at in later.tolist()]]
    stake = np.nan_to_num(dataset.recipe.money_at_stake(dataset.columns))
    return Pool(
        domain=dataset.domain,
        seed=knobs.seed,
        drift=knobs.drift,
        risk=predicted.risk,
        causes=predicted.causes,
        loss_if_wrong=predicted.impact,
        exact_risk=truth["p_wrong"].to_numpy(dtype=np.float64),
        exact_causes=truth[[f"p_{label}" for label in dataset.labels]].to_numpy(dtype=np.float64),
        exact_loss=truth["expected_loss"].to_numpy(dtype=np.float64),
        stakes=np.searchsorted(np.quantile(np.delete(stake, later), [1 / 3, 2 / 3]), stake[later]),
        at=dataset.columns.as_of[later],
    )


def scored(pool: Pool, of: Literal["risk", "cause"]) -> PoolScores:
    """Score the pool by risk, or by how unlikely its likeliest cause is; both as the certificate reads them."""
    if of == "risk":
        return PoolScores(scores=pool.risk, exact=pool.exact_risk, stakes=pool.stakes)
    top = pool.causes.argmax(axis=1)
    exact = 1.0 - pool.exact_causes[np.arange(len(pool)), top]
    return PoolScores(scores=1.0 - pool.causes.max(axis=1), exact=exact, stakes=pool.stakes)
