"""What if: a draft replayed over stored cases, side by side with what was decided. Reads the database; changes
nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from policies.certifying.auditing import error_rate
from policies.document.document import Queue
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from policies.replay.columnar import DISPOSITIONS, Verdicts, judge_all
from policies.replay.step_counts import count_steps
from triage.errors import FieldProblem, InvalidError
from triage.in_force import InForce
from triage.policy_life.stored_cases import StoredCases, read_stored
from triage.review.queue_lengths import queue_lengths, waiting_minutes, worked

MAX_CASES: Final = 100_000
CURVE_POINTS: Final = 41
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prices:
    """What deciding costs, per case: acting straight through where that is wrong, and a minute of review."""

    accepting: Floats
    per_minute: float


def simulate(
    connection: Connection,
    draft: Policy,
    *,
    in_force: InForce,
    now: datetime,
    certificate: Certificate | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = MAX_CASES,
    changed_from: int = 0,
    changed_limit: int = 100,
    restricted: bool = True,
) -> dict[str, Any]:
    """Replay a draft over the newest `limit` decided cases it would be asked about, and set both sides side by side.

    certificate: of the policy in force, taken to hold for the draft and for every model that decided; without one a
    draft with an error budget allows nothing straight through.
    changed_from, changed_limit: which of the changed cases are listed, the dearest first; restricted: whether cases of
    restricted queues are replayed at all. Raises InvalidError where the draft counts in another currency than the
    stored cases.
    """
    document = draft.document
    _check_currency(draft, in_force)
    queues = in_force.queues(document.domain)
    hidden = [] if restricted else [name for name, queue in queues.items() if queue.restricted]
    stored = read_stored(
        connection, draft, in_force=in_force, since=since, until=until, limit=limit, hidden_queues=hidden
    )
    verdicts = _verdicts(draft, stored, certificate, now)
    prices = prices_of(draft, verdicts)
    live = worked(queues, (policy.document for policy in in_force.policies(document.domain)))
    then = describe_side(
        stored.dispositions, stored.queues, waiting_minutes(stored.queues, queues), stored, prices, live
    )
    own = worked(document.queues, [document])
    would = describe_side(verdicts.dispositions, verdicts.queues, verdicts.minutes, stored, prices, own)
    if document.error_budget is not None:
        share = float(np.mean(verdicts.without_promise == 0)) if len(stored) else 0.0
        would["straight_through_rate_if_all_were_certified"] = share
    return {
        "domain": document.domain,
        "variant": document.variant,
        "version": document.version,
        "cases": len(stored),
        "currency": document.currency,
        "stored": then,
        "draft": would,
        "changed": _changes(stored, verdicts),
        "changed_cases": _changed_cases(
            stored, verdicts, queues=queues, draft=document.queues, offset=changed_from, limit=changed_limit,
            restricted=restricted,
        ),
        "curve": _curve(stored, verdicts, prices),
        "actions": [asdict(count) for count in count_steps(draft, stored.cases, verdicts)],
        "assumptions": _assumptions(draft, certificate, stored, verdicts),
    }  # fmt: skip


def _verdicts(draft: Policy, stored: StoredCases, certificate: Certificate | None, now: datetime) -> Verdicts:
    if certificate is None:
        return judge_all(draft, stored.cases, now=now)
    document = draft.document
    models = np.full(len(stored), certificate.model_version, dtype=object)
    as_if = replace(certificate, variant=document.variant, policy_version=document.version)
    return judge_all(draft, replace(stored.cases, model_version=models), now=now, certificate=as_if)


def _check_currency(draft: Policy, in_force: InForce) -> None:
    theirs = in_force[draft.document.domain].document.currency
    if draft.document.currency != theirs:
        problem = FieldProblem(
            field="currency",
            value=draft.document.currency,
            message=f"the stored cases are counted in {theirs}; they cannot be replayed in another currency",
        )
        raise InvalidError(f"currency {problem.value}: {problem.message}", problems=[problem])


def prices_of(draft: Policy, verdicts: Verdicts) -> _Prices:
    """Return what deciding costs under a policy, per case."""
    costs = draft.document.costs
    accepting = np.nan_to_num(verdicts.false_accept, nan=0.0)
    return _Prices(accepting=accepting, per_minute=costs.review_per_minute if costs is not None else 0.0)


def describe_side(
    ranks: NDArray[np.int8],
    queues: NDArray[np.object_],
    minutes: Floats,
    stored: StoredCases,
    prices: _Prices,
    known: Mapping[str, Queue],
) -> dict[str, Any]:
    """Describe one side: what becomes of the cases, how wrong it is, what it costs, and who has to do it."""
    automatic = ranks == 0
    spoke = automatic & stored.cases.scored
    risk = stored.cases.risk
    accepted = float(np.sum(risk[spoke] * prices.accepting[spoke]))
    taken = np.where(automatic, 0.0, minutes)
    review = float(taken.sum())
    n = max(len(ranks), 1)
    return {
        "straight_through_rate": float(automatic.sum()) / n,
        "dispositions": {
            disposition.value: int((ranks == disposition.rank).sum()) for disposition in DISPOSITIONS
        },
        "expected_error": float(risk[spoke].mean()) if spoke.any() else None,
        "audited_error": _audited(automatic, stored),
        "expected_loss": accepted,
        "review_minutes": review,
        "review_cost": review * prices.per_minute,
        "expected_cost": accepted + review * prices.per_minute,
        "queues": queue_lengths(queues, taken, known),
    }  # fmt: skip


def _audited(automatic: Flags, stored: StoredCases) -> dict[str, Any]:
    """Estimate how wrong a set of automatic cases is from what is known of them, each weighted by its probability to be
    known.

    Of the cases that were automatic only audits count, by their logged propensity; of those people decided, the
    rulings, by the share of them that is known.
    """
    known = ~np.isnan(stored.wrong)
    was = stored.dispositions == 0
    audits = automatic & was & stored.audited & known & (stored.propensities > 0)
    reviewed = automatic & ~was
    ruled = reviewed & known
    probabilities = np.where(was, stored.propensities, ruled.sum() / max(reviewed.sum(), 1))
    members = audits | ruled
    found = error_rate(stored.wrong[members] == 1.0, probabilities[members])
    return {
        "rate": found.rate, "low": found.low, "high": found.high, "confidence": found.confidence,
        "labels": found.audits,
        "wrong": found.errors, "method": found.method,
    }  # fmt: skip


def _changes(stored: StoredCases, verdicts: Verdicts) -> dict[str, Any]:
    before, after = stored.dispositions, verdicts.dispositions
    counted = np.zeros((4, 4), dtype=np.int64)
    np.add.at(counted, (before, after), 1)
    matrix = [
        {"from": one.value, "to": other.value, "cases": int(counted[one.rank, other.rank])}
        for one in DISPOSITIONS
        for other in DISPOSITIONS
        if counted[one.rank, other.rank]
    ]
    return {
        "dispositions": int((before != after).sum()),
        "queues": int((stored.queues != verdicts.queues).sum()),
        "priorities": int((stored.priorities != verdicts.priorities).sum()),
        "newly_automatic": int(((before != 0) & (after == 0)).sum()),
        "no_longer_automatic": int(((before == 0) & (after != 0)).sum()),
        "matrix": matrix,
    }


def _changed_cases(
    stored: StoredCases,
    verdicts: Verdicts,
    *,
    queues: Mapping[str, Queue],
    draft: Mapping[str, Queue],
    offset: int,
    limit: int,
    restricted: bool,
) -> dict[str, Any]:
    differ = (stored.dispositions != verdicts.dispositions) | (stored.queues != verdicts.queues)
    if not restricted:
        hidden = {name for known in (queues, draft) for name, queue in known.items() if queue.restricted}
        differ &= ~np.isin(_names(stored.queues), list(hidden)) & ~np.isin(_names(verdicts.queues), list(hidden))
    loss = np.nan_to_num(stored.cases.risk * stored.cases.impact)
    places = np.flatnonzero(differ)
    ordered = places[np.argsort(-loss[places], kind="stable")]
    chosen = ordered[offset : offset + limit]
    return {
        "total": len(ordered),
        "offset": offset,
        "items": [
            {
                "case_id": stored.case_ids[at],
                "exception_id": stored.exception_ids[at],
                "risk": float(stored.cases.risk[at]) if stored.cases.scored[at] else None,
                "expected_loss": float(loss[at]) if stored.cases.scored[at] else None,
                "stored": _decided(stored.dispositions[at], stored.priorities[at], stored.queues[at]),
                "draft": _decided(verdicts.dispositions[at], verdicts.priorities[at], verdicts.queues[at]),
            }
            for at in chosen.tolist()
        ],
    }


def _decided(rank: int, priority: str, queue: str | None) -> dict[str, Any]:
    return {"disposition": DISPOSITIONS[rank].value, "priority": priority, "queue": queue}


def _names(queues: NDArray[np.object_]) -> NDArray[np.str_]:
    return np.array([name or "" for name in queues], dtype=np.str_)


def _curve(stored: StoredCases, verdicts: Verdicts, prices: _Prices) -> list[dict[str, float]]:
    """Follow the cost as a risk threshold rises over the cases that nothing but their score holds back."""
    free = np.flatnonzero(stored.cases.scored & (verdicts.hard == 0))
    if not len(free):
        return []
    ordered = free[np.argsort(stored.cases.risk[free], kind="stable")]
    risk = stored.cases.risk[ordered]
    accepting = np.concatenate([[0.0], np.cumsum(risk * prices.accepting[ordered])])
    minutes = np.concatenate([[0.0], np.cumsum(verdicts.minutes[ordered])])
    wrong = np.concatenate([[0.0], np.cumsum(risk)])
    everything = float(verdicts.minutes.sum())
    points = np.unique(np.linspace(0, len(ordered), CURVE_POINTS).astype(int)).tolist()
    return [
        {
            "risk_threshold": float(risk[at - 1]) if at else 0.0,
            "straight_through_rate": at / len(stored),
            "expected_error": float(wrong[at] / at) if at else 0.0,
            "review_minutes": everything - float(minutes[at]),
            "expected_cost": float(accepting[at]) + (everything - float(minutes[at])) * prices.per_minute,
        }
        for at in points
    ]


def _assumptions(draft: Policy, certificate: Certificate | None, stored: StoredCases, verdicts: Verdicts) -> list[str]:
    """Return in words what the figures rest on."""
    notes = ["Scores are those the model gave then; a person reviewing a case is taken to be right."]
    if draft.document.costs is None:
        notes.append("The draft states no costs: accepting wrongly costs the impact, and review minutes cost nothing.")
    if draft.document.error_budget is not None and certificate is None:
        notes.append(
            "The draft has an error budget and no certificate yet: nothing is straight through until it has one."
        )
    if draft.document.error_budget is not None and certificate is not None:
        notes.append(
            f"Certified thresholds are those of policy {certificate.policy_version} with {certificate.model_version}; "
            "the draft needs a certificate of its own once it is in force."
        )
    unscored = int((~stored.cases.scored).sum())
    if unscored:
        notes.append(f"{unscored:,} cases were decided by fallback rules and stay without a score.")
    if verdicts.failed.any():
        notes.append(f"A rule of the draft fails on {int(verdicts.failed.sum()):,} cases; a person decides them.")
    return notes
