"""What promoting a challenger would change: the champion's own cases scored again, under the policy in force."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, select

from features.columns import encode
from models.score import Score
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from policies.replay.columnar import judge_all
from triage.champions import Scores
from triage.db.schema import cases, decisions
from triage.domain import Domain
from triage.in_force import InForce
from triage.policy_life.stored_cases import StoredCases, read_stored
from triage.policy_life.what_if import describe_side, prices_of
from triage.review.queue_lengths import worked

MAX_COMPARED: Final = 1_000
"""Cases scored again: with free texts each costs some milliseconds."""
_AT_ONCE: Final = 500


def compare_models(
    connection: Connection,
    domain: Domain,
    policy: Policy,
    challenger: Scores,
    *,
    certificates: tuple[Certificate | None, Certificate | None],
    in_force: InForce,
    now: datetime,
    restricted: bool = True,
    limit: int = MAX_COMPARED,
) -> dict[str, Any]:
    """Judge the newest cases with the scores they got and with the challenger's, both under a policy as it is now.

    certificates: that of the champion, and the one the challenger would get; without one a policy with an error budget
    lets nothing through. Cases whose stored row is not one that the challenger reads, and cases that rules decided,
    keep their score or lack of it; `rescored` counts the others. restricted: whether cases of restricted queues count.
    """
    queues = in_force.queues(domain.name)
    hidden = [] if restricted else [name for name, queue in queues.items() if queue.restricted]
    stored = read_stored(connection, policy, in_force=in_force, limit=limit, hidden_queues=hidden)
    scores = _scored_again(connection, domain, challenger, stored.case_ids)
    rescored = _with_scores(stored, scores, challenger.version)
    known = worked(policy.document.queues, [policy.document])
    sides, verdicts = [], []
    for side, certificate in zip((stored, rescored), certificates, strict=True):
        as_proven = side
        if certificate is not None:
            models = np.full(len(side), certificate.model_version, dtype=object)
            as_proven = replace(side, cases=replace(side.cases, model_version=models))
        judged = judge_all(policy, as_proven.cases, now=now, certificate=certificate)
        verdicts.append(judged)
        sides.append(
            describe_side(
                judged.dispositions, judged.queues, judged.minutes, as_proven, prices_of(policy, judged), known
            )
        )
    before, after = (judged.dispositions for judged in verdicts)
    return {
        "domain": domain.name,
        "challenger": challenger.version,
        "cases": len(stored),
        "rescored": len(scores),
        "champion": sides[0],
        "challenger_side": sides[1],
        "changed": int((before != after).sum()),
        "newly_automatic": int(((before != 0) & (after == 0)).sum()),
        "no_longer_automatic": int(((before == 0) & (after != 0)).sum()),
    }


def _scored_again(
    connection: Connection, domain: Domain, challenger: Scores, case_ids: Sequence[str]
) -> dict[str, Score]:
    """Return the challenger's score of every case whose stored row it reads."""
    found: dict[str, Score] = {}
    for start in range(0, len(case_ids), _AT_ONCE):
        query = (
            select(cases.c.case_id, cases.c.payload, cases.c.as_of, cases.c.fx_rate, decisions.c.features)
            .join(decisions, decisions.c.case_id == cases.c.case_id)
            .where(cases.c.case_id.in_(case_ids[start : start + _AT_ONCE]), decisions.c.risk.is_not(None))
            .order_by(decisions.c.decision_id)
        )
        latest = {row.case_id: row for row in connection.execute(query)}
        width = 8 * len(challenger.recipe.names)
        rows = [row for row in latest.values() if len(row.features) == width]
        payloads = [_payload(domain, row.payload) for row in rows]
        readable = [(row, payload) for row, payload in zip(rows, payloads, strict=True) if payload is not None]
        if not readable:
            continue
        columns = encode(
            [payload for _, payload in readable],
            as_of=[row.as_of for row, _ in readable],
            fx_rates=[row.fx_rate for row, _ in readable],
        )
        features = np.array([np.frombuffer(row.features, dtype="<f8") for row, _ in readable])
        scored = challenger.score(features, challenger.recipe.texts(columns), reasons=False)
        found |= {row.case_id: score for (row, _), score in zip(readable, scored, strict=True)}
    return found


def _payload(domain: Domain, written: str) -> Any | None:
    try:
        return domain.recipe.payload.model_validate(orjson.loads(written))
    except ValidationError:
        return None  # of an older schema


def _with_scores(stored: StoredCases, scores: Mapping[str, Score], version: str) -> StoredCases:
    own = stored.cases
    risk, impact, cause = own.risk.copy(), own.impact.copy(), own.cause.copy()
    probability, models = own.cause_probability.copy(), own.model_version.copy()
    for at, case_id in enumerate(stored.case_ids):
        score = scores.get(case_id)
        if score is not None:
            risk[at], impact[at] = score.risk, score.impact
            cause[at], probability[at] = score.causes[0].label, score.causes[0].probability
            models[at] = version
    rescored = replace(
        own, risk=risk, impact=impact, cause=cause, cause_probability=probability, model_version=models
    )  # fmt: skip
    return replace(stored, cases=rescored)
