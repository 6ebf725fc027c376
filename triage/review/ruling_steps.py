"""What follows a ruling: the steps that the case's route has for it, by the policy in force."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, Row, select

from policies.document.steps import Occasion
from policies.judging.policy import Policy
from triage.db.schema import cases, decisions
from triage.handoff.events import enqueue
from triage.handoff.step_store import begin
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.intake.case import place_of
from triage.intake.decision import Decision
from triage.intake.following import Decided, follow


def follow_ruling(
    connection: Connection,
    task: Row[Any],
    *,
    ruling: Mapping[str, Any],
    ruled_by: str,
    policies: InForce,
    now: datetime,
) -> None:
    """Write and begin the steps that follow a ruling that stands: the last part of its transaction.

    A blind audit's ruling is followed by none: what it is about was done already, and must not be done twice.
    """
    if task.kind == AUDIT or not policies[task.domain].steps:
        return
    occasion = Occasion(ruling["action"])
    policy, case = decided_case(connection, task.case_id, policies, ruling=ruling_facts(ruling, ruled_by))
    planned, _ = follow(policy, occasion, case, now=now)
    enqueue(connection, begin(connection, planned, all_new=False))


def ruling_facts(ruling: Mapping[str, Any], ruled_by: str) -> dict[str, Any]:
    """Return a ruling as steps read it."""
    named = {f"ruling_{name}": ruling.get(name) for name in ("action", "cause", "reason_code", "comment")}
    return named | {"ruled_by": ruled_by}


def decided_case(
    connection: Connection, case_id: str, policies: InForce, *, ruling: Mapping[str, Any]
) -> tuple[Policy, Decided]:
    """Read a stored case with the decision that holds, and the policy in force for it."""
    query = (
        select(
            cases.c.domain, cases.c.envelope, cases.c.payload, cases.c.attributes, cases.c.fx_rate, cases.c.currency,
            cases.c.site_id, decisions.c.features, decisions.c.answer,
        )
        .join(decisions, decisions.c.case_id == cases.c.case_id)
        .where(cases.c.case_id == case_id)
        .order_by(decisions.c.decision_id.desc())
        .limit(1)
    )  # fmt: skip
    row = connection.execute(query).one()
    envelope = orjson.loads(row.envelope)
    policy = policies.for_case(row.domain, envelope)
    recipe = policy.recipe
    features = np.full(len(recipe.names), np.nan)
    stored = np.frombuffer(row.features, dtype="<f8")[: len(features)]
    features[: len(stored)] = stored
    return policy, Decided(
        case_id=case_id, decision=Decision.read(row.answer), payload=recipe.payload.model_validate_json(row.payload),
        attributes=orjson.loads(row.attributes), features=features.tolist(), fx_rate=row.fx_rate,
        currency=row.currency, site_id=row.site_id, ruling=ruling,
        place=place_of(row.site_id, envelope),
    )  # fmt: skip
