"""Whether a promise holds where the population shifts: certified before, replayed on cases a part of which is of
another kind.

The shifted cases are wrong as often as `WRONG_WHEN_SHIFTED` says, whatever they show: that is the assumption, not a
finding. The plain procedure lets pass what scores at or below the certified threshold; the certified one lets pass of
these only what is like what it was certified on.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.columns import Column, field_kinds
from features.danger.coverage import why_not_understood
from features.recipe import Matrix
from lab.benchmarks.guarantee import DELTA
from lab.benchmarks.limit import simulated_dataset
from lab.simulated import draw
from lab.simulators.retailer import Knobs, Simulated
from models.bundle import Bundle
from policies.certifying.certification import certify_segment
from policies.certifying.ordering import plan_order
from training.fitting.fit import fit
from training.fitting.split import Split
from training.tables.dataset import feature_rows
from triage.clock import utc_now
from triage.domain import Domain

ALPHA: Final = 0.05
WRONG_WHEN_SHIFTED: Final = 0.5
SHARE_SHIFTED: Final = 0.3
NO_SHIFT: Final = "none"
_LEARNT: Final = 0.5
_LABELLED: Final = 0.25
_MONEY_TIMES: Final = 100.0
_CHECKED_TEXT: Final = "můj dotaz se týká zboží, které jsme včera objednali a které dosud nedorazilo"
Flags = NDArray[np.bool_]
Shift = Callable[[pd.DataFrame, Domain], pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftResult:
    """One domain, shift and seed; rates are fractions of the replayed cases.

    plain_passed, passed: straight through without and with the test for what is unlike. plain_wrong, wrong: expected
    share of those that are wrong, NaN where none passed. shifted_held: share of the shifted cases that went to people
    for being unlike or unreadable.
    """

    domain: str
    shift: str
    seed: int
    plain_passed: float
    plain_wrong: float
    passed: float
    wrong: float
    shifted_held: float

    def flat(self) -> dict[str, Any]:
        """Return the numbers as one flat row."""
        return asdict(self)


def measure_shifts(
    domain: Domain, *, rows: int, seed: int, progress: Callable[[str], None] = lambda step: None
) -> list[ShiftResult]:
    """Train on the first half of a simulated retailer, certify on the next quarter, replay the last under every
    shift."""
    knobs = Knobs(rows=rows, seed=seed)
    progress("drawing the retailer")
    simulated = draw(domain, knobs)
    learnt, labelled = round(rows * _LEARNT), round(rows * (_LEARNT + _LABELLED))
    cut = round(learnt * 0.8)
    dataset = simulated_dataset(domain, simulated, knobs)
    parts = Split(
        train=np.arange(cut),
        calibration=np.arange(cut, learnt),
        test=np.arange(learnt, len(dataset)),
        how="by order of time",
    )
    fitted = fit(dataset, parts=parts, now=utc_now(), progress=progress)
    exact = simulated.truth.set_index("exception_id")["p_wrong"].loc[list(dataset.exception_ids)]
    by_row: Column = exact.to_numpy(dtype=np.float64)
    rng = np.random.default_rng(seed)
    audited = np.arange(learnt, labelled)
    threshold = _threshold(fitted.bundle, fitted.rows, by_row, audited, rng)
    replayed = np.arange(labelled, len(dataset))
    shifted = rng.random(len(replayed)) < SHARE_SHIFTED
    found = []
    for name, shift in SHIFTS.items():
        progress(f"replaying: {name}")
        of_another_kind = {dataset.exception_ids[at] for at in replayed[shifted].tolist()}
        changed, unread = _changed(simulated, domain, shift, of_another_kind)
        other = simulated_dataset(domain, changed, knobs)
        seen = feature_rows(other)[replayed]
        held = _unlike(fitted.bundle, seen) | np.array([other.exception_ids[at] in unread for at in replayed.tolist()])
        wrong = np.where(shifted & (name != NO_SHIFT), WRONG_WHEN_SHIFTED, by_row[replayed])
        plain = np.zeros(len(replayed), dtype=np.bool_)
        if threshold is not None:
            plain = fitted.bundle.predict(seen).risk <= threshold
        found.append(_result(domain.name, name, seed, plain, plain & ~held, wrong, held[shifted]))
    return found


def _threshold(
    bundle: Bundle, rows: Matrix, exact: Column, audited: NDArray[np.int64], rng: np.random.Generator
) -> float | None:
    """Certify as the service does: on labels of cases that are not unlike, in an order planned on what was learnt."""
    own = audited[~_unlike(bundle, rows[audited])]
    scores = bundle.predict(rows[own]).risk
    wrong = rng.random(len(own)) < exact[own]
    before = bundle.predict(rows[: audited[0]]).risk
    order = plan_order(
        np.empty(0), np.empty(0, dtype=np.bool_), alpha=ALPHA, delta=DELTA, labels=len(own), unlabelled=before
    )
    return certify_segment(scores, wrong, alpha=ALPHA, delta=DELTA, order=order, segment="all").threshold


def _unlike(bundle: Bundle, rows: Matrix) -> Flags:
    assert bundle.support is not None
    return np.array([bool(found) for found in bundle.support.unlike(rows)], dtype=np.bool_)


def _changed(simulated: Simulated, domain: Domain, shift: Shift, names: set[str]) -> tuple[Simulated, set[str]]:
    """Shift the cases named, and name those whose text can no longer be read."""
    cases = simulated.cases.copy()
    own = cases["exception_id"].isin(names)
    shifted = shift(cases.loc[own].copy(), domain)
    for column in shifted.columns:
        cases[column] = cases[column].astype(object) if str(cases[column].dtype) != "object" else cases[column]
        cases.loc[own, column] = shifted[column]
        cases[column] = cases[column].infer_objects()
    fields = [name for name in domain.recipe.text_fields if name in shifted]
    said = (
        shifted.set_index("exception_id")[fields].fillna("").agg(" ".join, axis=1) if fields else pd.Series(dtype=str)
    )
    unread = {str(name) for name, text in said.items() if text.strip() and why_not_understood(text, may_be_short=True)}
    return replace(simulated, cases=cases), unread


def _new_suppliers(cases: pd.DataFrame, domain: Domain) -> pd.DataFrame:
    """Deal in amounts of another order: every amount of money a hundred times."""
    for kind in field_kinds(domain.recipe.payload):
        if kind.kind == "money" and kind.name in cases:
            cases[kind.name] = pd.to_numeric(cases[kind.name], errors="coerce") * _MONEY_TIMES
    return cases


def _new_language(cases: pd.DataFrame, domain: Domain) -> pd.DataFrame:
    """Write in a language that is not covered."""
    for name in domain.recipe.text_fields:
        if name in cases:
            cases[name] = _CHECKED_TEXT
    return cases


def _new_export(cases: pd.DataFrame, domain: Domain) -> pd.DataFrame:
    """Leave out a quarter of the optional columns, as after a changed export."""
    required = {name for name, field in domain.recipe.payload.model_fields.items() if field.is_required()}
    optional = [kind.name for kind in field_kinds(domain.recipe.payload) if kind.name in cases]
    for name in [name for name in optional if name not in required][::4]:
        cases[name] = None
    return cases


def _new_order(cases: pd.DataFrame, domain: Domain) -> pd.DataFrame:
    """Move every optional number into the column of the next, as where columns changed places."""
    required = {name for name, field in domain.recipe.payload.model_fields.items() if field.is_required()}
    numbers = [
        kind.name
        for kind in field_kinds(domain.recipe.payload)
        if kind.kind in ("number", "money") and kind.name in cases and kind.name not in required
    ]
    moved = {name: cases[other] for name, other in zip(numbers, [*numbers[1:], *numbers[:1]], strict=True)}
    return cases.assign(**moved)


SHIFTS: Final[Mapping[str, Shift]] = {
    NO_SHIFT: lambda cases, domain: cases,
    "new suppliers: money x 100": _new_suppliers,
    "a language not covered": _new_language,
    "a quarter of the columns missing": _new_export,
    "columns in another order": _new_order,
}


def _result(
    domain: str, shift: str, seed: int, plain: Flags, passed: Flags, wrong: Column, shifted_held: Flags
) -> ShiftResult:
    return ShiftResult(
        domain=domain,
        shift=shift,
        seed=seed,
        plain_passed=float(plain.mean()),
        plain_wrong=float(wrong[plain].mean()) if plain.any() else float("nan"),
        passed=float(passed.mean()),
        wrong=float(wrong[passed].mean()) if passed.any() else float("nan"),
        shifted_held=float(shifted_held.mean()),
    )
