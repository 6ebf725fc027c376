"""Whether a simulated retailer's exact posterior is what it says: as often true as it claims, in every slice that is
looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.retailer import Floats, Simulated

_BINS: Final = 10
_MIN_EXPECTED: Final = 12.0
"""Below so many expected events (or non-events) a normal bound is not to be trusted."""
MAX_Z: Final = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """One claim put to the test: how many events were expected, how many came, and how many standard errors that is
    apart."""

    what: str
    cases: int
    expected: float
    happened: float
    z: float


def self_test(simulated: Simulated, *, slices: Mapping[str, NDArray[np.bool_]] | None = None) -> list[CheckedClaim]:
    """Test P(wrong), every P(cause) and the expected loss: overall, by tenths of the claimed probability, and in named
    slices.

    slices: further sets of cases by what was known before their outcome. Claims with too few events are left out.
    """
    truth = simulated.truth
    claims = []
    events = {"wrong": (truth["p_wrong"].to_numpy(), truth["wrong"].to_numpy(dtype=np.float64))}
    for name in (column.removeprefix("p_") for column in truth.columns if column.startswith("p_")):
        if name != "wrong":
            events[name] = (truth[f"p_{name}"].to_numpy(), (truth["cause"] == name).to_numpy(dtype=np.float64))
    whole = {"all": np.ones(len(truth), dtype=bool)} | dict(slices or {})
    for event, (claimed, happened) in events.items():
        for name, rows in (whole | _tenths(claimed)).items():
            claims += _binary(f"{event}, {name}", claimed[rows], happened[rows])
    for name, rows in whole.items():
        claims += _money(name, truth["expected_loss"].to_numpy()[rows], truth["loss"].to_numpy()[rows])
    return claims


def worst(claims: Sequence[CheckedClaim]) -> CheckedClaim:
    """Return the claim that is farthest from what came."""
    return max(claims, key=lambda claim: abs(claim.z))


def _tenths(claimed: Floats) -> dict[str, NDArray[np.bool_]]:
    order = np.argsort(claimed, kind="stable")
    tenths = {}
    for number, rows in enumerate(np.array_split(order, _BINS)):
        chosen = np.zeros(len(claimed), dtype=bool)
        chosen[rows] = True
        tenths[f"tenth {number + 1}"] = chosen
    return tenths


def _binary(what: str, claimed: Floats, happened: Floats) -> list[CheckedClaim]:
    expected, variance = float(claimed.sum()), float((claimed * (1.0 - claimed)).sum())
    if min(expected, len(claimed) - expected) < _MIN_EXPECTED or variance < _MIN_EXPECTED / 2:
        return []
    z = (float(happened.sum()) - expected) / np.sqrt(variance)
    return [CheckedClaim(what=what, cases=len(claimed), expected=expected, happened=float(happened.sum()), z=float(z))]


def _money(name: str, claimed: Floats, lost: Floats) -> list[CheckedClaim]:
    spread = float(np.std(lost - claimed)) * np.sqrt(len(lost))
    if np.count_nonzero(lost) < 200 or spread == 0.0:
        return []
    z = float((lost - claimed).sum() / spread)
    what = f"loss, {name}"
    return [CheckedClaim(what=what, cases=len(lost), expected=float(claimed.sum()), happened=float(lost.sum()), z=z)]
