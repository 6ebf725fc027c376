"""What the business writes down of each simulated case: late, and by people who mistake some causes for others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lab.simulators.posterior import LabelEvidence
from lab.simulators.retailer import (
    ANALYSTS,
    CARELESS,
    CARELESS_SHARE,
    MAX_NOISE,
    Codes,
    Floats,
    Instants,
    Knobs,
    late,
    pick,
)

_MIXED_SPREAD: Final = 0.8
_OTHERS_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Labels as recorded, row for row, and what they say about the truth.

    frame: cause, wrong, loss, known_at (UTC), source, recorded_by; without exception_id.
    """

    frame: pd.DataFrame
    evidence: LabelEvidence


def record(
    rng: np.random.Generator,
    knobs: Knobs,
    *,
    causes: Sequence[str],
    cause: Codes,
    wrong: NDArray[np.bool_],
    loss: Floats,
    at: Instants,
    wrong_given: Floats,
    confusions: Mapping[str, Sequence[str]],
    harmless: Collection[str] = (),
) -> Recorded:
    """Record each case's outcome.

    wrong_given: P(wrong | cause, kind, all that is seen), broadcastable to (n, K, C). confusions: what each cause is
    mistaken for, all alike likely; causes not listed are never mistaken. harmless: causes under which nobody looks for
    a loss: a case mistaken for one is recorded as right.
    """
    n = len(cause)
    confused = _confusion_matrix(causes, confusions)
    analyst = rng.integers(ANALYSTS, size=n)
    noise = _noise_by_analyst(rng, knobs)[analyst]
    mistaken = rng.random(n) < noise
    recorded = np.where(mistaken, pick(rng, confused[cause]), cause)
    is_harmless = np.isin(np.asarray(causes), list(harmless))
    overlooked = is_harmless[recorded] & ~is_harmless[cause]
    recorded_wrong = wrong & ~overlooked
    known_at = late(rng, at, median_days=knobs.label_delay_days)
    likelihood = noise[:, None] * confused[:, recorded].T
    likelihood[np.arange(n), recorded] += 1.0 - noise
    of_wrong = np.where(recorded_wrong[:, None, None], wrong_given, 1.0 - wrong_given)
    of_wrong = np.where((is_harmless[recorded][:, None] & ~is_harmless[None, :])[:, None, :], 1.0, of_wrong)
    with np.errstate(divide="ignore"):
        log_likelihood = np.log(likelihood)[:, None, :] + np.log(of_wrong)
    frame = pd.DataFrame(
        {
            "cause": np.asarray(causes, dtype=object)[recorded],
            "wrong": recorded_wrong,
            "loss": np.where(recorded_wrong, loss, 0.0),
            "known_at": pd.to_datetime(pd.Series(known_at), utc=True),
            "source": "outcome",
            "recorded_by": np.array([f"analyst-{number:02d}" for number in range(ANALYSTS)], dtype=object)[analyst],
        }
    )
    return Recorded(frame=frame, evidence=LabelEvidence(log_likelihood=log_likelihood, known_at=known_at))


def _noise_by_analyst(rng: np.random.Generator, knobs: Knobs) -> Floats:
    """Return how often each errs; the mean is `label_noise`."""
    spread: Any = rng.lognormal(0.0, _MIXED_SPREAD, ANALYSTS)
    careless = np.arange(ANALYSTS) < CARELESS
    factors: Mapping[str, Floats] = {
        "even": np.ones(ANALYSTS),
        "mixed": np.asarray(spread / spread.mean()),
        "few": np.where(
            careless, CARELESS_SHARE * ANALYSTS / CARELESS, _OTHERS_SHARE * ANALYSTS / (ANALYSTS - CARELESS)
        ),
    }
    return _levelled(knobs.label_noise * factors[knobs.analysts])


def _levelled(noise: Floats) -> Floats:
    """Let nobody err more often than `MAX_NOISE`; what that takes away, the others make, each in proportion."""
    total = noise.sum()
    while (noise > MAX_NOISE).any():
        noise = np.minimum(noise, MAX_NOISE)
        below = noise < MAX_NOISE
        noise = np.where(below, noise * (1.0 + (total - noise.sum()) / noise[below].sum()), noise)
    return noise


def _confusion_matrix(causes: Sequence[str], confusions: Mapping[str, Sequence[str]]) -> Floats:
    """Return P(recorded | true, mistaken), rows by true cause; a cause nobody mistakes stays itself."""
    matrix = np.eye(len(causes))
    for true, others in confusions.items():
        row = matrix[causes.index(true)]
        row[:] = 0.0
        for other in others:
            row[causes.index(other)] += 1.0 / len(others)
    return matrix
