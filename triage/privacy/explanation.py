"""What a person affected by a decision is told of it, in plain words (GDPR articles 13 to 15 and 22)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from features.kinds import field_kinds
from triage.db.schema import cases, decisions, resolutions, tasks
from triage.domain import Domain
from triage.errors import ConflictError, NotFoundError
from triage.in_force import InForce
from triage.intake.blind import is_blind
from triage.intake.decision import Decision

MAX_REASONS: Final = 5
RIGHTS: Final = (
    "You can ask for a person to look at this decision, say how you see it, and contest it. "
    "Nothing has to be proven for that."
)
_LOGIC: Final = (
    "A program compares what was submitted with earlier cases and with written rules. It estimates how probable it is "
    "that acting at once would be a mistake; where that is not small enough, or a rule asks for it, a person decides."
)
_BY_RULES: Final = "Written rules decided; no model was asked."


def explain_decision(
    connection: Connection, case_id: str, *, domains: Mapping[str, Domain], policies: InForce
) -> dict[str, Any]:
    """Return the explanation of a case's last decision: parts, and the whole as one text.

    What the person is in the case is not known here; who answers them checks that it is theirs. Raises NotFoundError
    for no case, ConflictError while its blind audit is open.
    """
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no case {case_id}")
    task = connection.execute(select(tasks.c.kind, tasks.c.state).where(tasks.c.case_id == case_id)).one_or_none()
    if task is not None and is_blind(task.kind, task.state):
        raise ConflictError("a blind audit of this case is open: what was decided can be told when it has ended")
    newest = select(decisions).where(decisions.c.case_id == case_id).order_by(decisions.c.decision_id.desc()).limit(1)
    stored = connection.execute(newest).one()
    decision, domain = Decision.read(stored.answer), domains[row.domain]
    ruled = connection.execute(
        select(resolutions)
        .where(resolutions.c.case_id == case_id)
        .order_by(resolutions.c.resolution_id.desc())
        .limit(1)
    ).one_or_none()
    automatic = decision.disposition == "auto" and ruled is None
    parts: dict[str, Any] = {
        "case_id": case_id,
        "exception_id": row.exception_id,
        "about": domain.title,
        "decided_at": stored.decided_at.isoformat(),
        "automatic": automatic,
        "outcome": _outcome(decision, domain, ruled),
        "logic": _BY_RULES if decision.fallback is not None else _LOGIC,
        "reasons": [reason.text for reason in decision.reasons[:MAX_REASONS]],
        "looked_at": _looked_at(orjson.loads(row.payload), domain),
        "person_decided_at": ruled.resolved_at.isoformat() if ruled is not None else None,
        "rights": RIGHTS,
    }
    return parts | {"text": _text(parts, stored.decided_at)}


def _outcome(decision: Decision, domain: Domain, ruled: Any) -> str:
    straight = domain.heads.straight_through
    if ruled is not None:
        done = f"to {straight}" if ruled.action == "accepted" else f"not to {straight}"
        return f"A person decided {done}."
    if decision.disposition == "auto":
        return f"The program decided to {straight}, without a person."
    return "The program decided nothing by itself: a person looks at it."


def _looked_at(payload: Mapping[str, Any], domain: Domain) -> list[dict[str, str]]:
    """List what was submitted under the titles of its fields; who else works here is not part of it."""
    fields = domain.recipe.payload.model_fields
    staff = {kind.name for kind in field_kinds(domain.recipe.payload) if kind.whose == "staff"}
    return [
        {"field": fields[name].title or name, "value": str(value)}
        for name, value in payload.items()
        if name in fields and name not in staff and name != "domain" and value not in ("", [], None)
    ]


def _text(parts: Mapping[str, Any], decided_at: datetime) -> str:
    lines = [
        f"{parts['about']}, reference {parts['exception_id']}, decided on {decided_at:%d %B %Y}.",
        parts["outcome"],
        f"How it works: {parts['logic']}",
    ]
    if parts["reasons"]:
        lines.append("What weighed most: " + "; ".join(parts["reasons"]) + ".")
    lines.append(
        "What was looked at: " + "; ".join(f"{one['field']}: {one['value']}" for one in parts["looked_at"]) + "."
    )
    return "\n\n".join([*lines, parts["rights"]])
