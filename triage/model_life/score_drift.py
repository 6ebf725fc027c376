"""Whether the cases of today look like those a model was tested on: its scores then and now."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, select

from models.holdout import Holdout
from triage.db.schema import cases, decisions

NEWEST: Final = 1_000
MAX_LOOKED_AT: Final = 10_000
"""Of the newest cases of a domain, so that a version that scored few of them costs no more than one that scored all."""
MIN_CASES: Final = 100
"""Fewer say nothing: the index of stability of so few cases is mostly noise."""
NOTABLE: Final = 0.1
LARGE: Final = 0.25
_BINS: Final = 10
_MIN_SHARE: Final = 1e-4


def stability_index(expected: Sequence[float], observed: Sequence[float], *, bins: int = _BINS) -> float:
    """Return the population stability index of observed values against expected ones, by quantiles of the expected.

    The sum over bins of (o - e) * ln(o / e), with o and e the shares; 0 where both are the same, below 0.1 by custom
    no change, above 0.25 a large one (Siddiqi, Credit Risk Scorecards, 2006). Raises ValueError where either is empty.
    """
    if not len(expected) or not len(observed):
        raise ValueError("the stability index needs values on both sides")
    edges = np.unique(np.quantile(np.asarray(expected), np.linspace(0, 1, bins + 1)[1:-1]))
    shares = []
    for values in (expected, observed):
        counts = np.bincount(np.searchsorted(edges, np.asarray(values), side="left"), minlength=len(edges) + 1)
        shares.append(np.maximum(counts / len(values), _MIN_SHARE))
    then, today = shares
    return float(np.sum((today - then) * np.log(today / then)))


def score_drift(connection: Connection, domain: str, *, model_version: str, holdout: Holdout | None) -> dict[str, Any]:
    """Compare the risks of the newest cases that a version scored with those of the cases it was tested on.

    Taken are at most NEWEST of the newest MAX_LOOKED_AT cases of the domain.
    index: None where there are too few on either side. verdict: none, notable, large, or unknown.
    """
    looked_at = (
        select(cases.c.case_id, cases.c.seq)
        .where(cases.c.domain == domain)
        .order_by(cases.c.seq.desc())
        .limit(MAX_LOOKED_AT)
        .subquery()
    )
    query = (
        select(decisions.c.risk)
        .join(looked_at, looked_at.c.case_id == decisions.c.case_id)
        .where(decisions.c.model_version == model_version, decisions.c.risk.is_not(None))
        .order_by(looked_at.c.seq.desc())
        .limit(NEWEST)
    )
    newest = [float(risk) for risk in connection.execute(query).scalars()]
    tested = holdout.risk.tolist() if holdout is not None else []
    index = stability_index(tested, newest) if min(len(newest), len(tested)) >= MIN_CASES else None
    verdict = "unknown"
    if index is not None:
        verdict = "large" if index > LARGE else "notable" if index > NOTABLE else "none"
    return {
        "index": index, "verdict": verdict, "cases": len(newest), "tested_on": len(tested),
        "mean_risk": float(np.mean(newest)) if newest else None,
        "mean_risk_tested": float(np.mean(tested)) if tested else None,
    }  # fmt: skip
