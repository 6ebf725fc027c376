"""What a shadow would have done otherwise: how often it agrees, where it differs, and what that is worth."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from policies.document.document import Disposition, Queue
from triage.db.schema import cases, decisions, shadow_decisions, tasks
from triage.errors import NotFoundError
from triage.intake.blind import open_audits

MAX_CASES: Final = 100_000
_MINUTES: Final = 10.0


def shadow_report(
    connection: Connection,
    domain: str,
    *,
    queues: Mapping[str, Queue],
    kind: str = "policy",
    version: str | None = None,
    offset: int = 0,
    limit: int = 100,
    restricted: bool = True,
) -> dict[str, Any]:
    """Compare the newest shadow decisions of a policy (or model) version with what was decided.

    queues: known queues by name, with what a case takes there. version: default the last that decided in shadow.
    restricted: whether cases of restricted queues may be listed. Raises NotFoundError where nothing decided in shadow.
    """
    column = shadow_decisions.c.policy_version if kind == "policy" else shadow_decisions.c.model_version
    own = (shadow_decisions.c.domain == domain, shadow_decisions.c.kind == kind)
    if version is None:
        version = connection.execute(
            select(column).where(*own).order_by(shadow_decisions.c.shadow_id.desc()).limit(1)
        ).scalar()
    rows = _rows(connection, (*own, column == version)) if version is not None else []
    if not rows:
        raise NotFoundError(f"no {kind} of {domain} has decided in shadow{f' as {version[:64]}' if version else ''}")
    differing = [row for row in rows if row.live != row.disposition or row.live_queue != row.queue]
    blind = open_audits(connection, domain)
    listed = [row for row in differing if (restricted or not _is_hidden(row, queues)) and row.case_id not in blind]
    return {
        "domain": domain,
        "kind": kind,
        "version": version,
        "cases": len(rows),
        "agree": sum(row.live == row.disposition for row in rows) / len(rows),
        "agree_on_queue": sum(row.live_queue == row.queue for row in rows) / len(rows),
        "matrix": _matrix(rows),
        "live": _side([(row.live, row.live_risk, row.live_loss, row.live_queue) for row in rows], queues),
        "shadow": _side([(row.disposition, row.risk, row.expected_loss, row.queue) for row in rows], queues),
        "differing": {
            "total": len(listed),
            "offset": offset,
            "items": [_written(row) for row in listed[offset : offset + limit]],
        },
    }


def _rows(connection: Connection, own: Sequence[Any]) -> list[Any]:
    """Read shadow decisions with the live ones they stood beside, newest first."""
    latest = (
        select(func.max(decisions.c.decision_id))
        .where(decisions.c.case_id == shadow_decisions.c.case_id)
        .correlate(shadow_decisions)
        .scalar_subquery()
    )
    query = (
        select(
            shadow_decisions.c.case_id, cases.c.exception_id, shadow_decisions.c.disposition, shadow_decisions.c.risk,
            shadow_decisions.c.expected_loss, shadow_decisions.c.queue, decisions.c.disposition.label("live"),
            decisions.c.risk.label("live_risk"), decisions.c.expected_loss.label("live_loss"),
            tasks.c.queue.label("live_queue"),
        )
        .join(cases, cases.c.case_id == shadow_decisions.c.case_id)
        .join(decisions, decisions.c.decision_id == latest)
        .outerjoin(tasks, (tasks.c.case_id == shadow_decisions.c.case_id) & (tasks.c.kind == "review"))
        .where(*own)
        .order_by(shadow_decisions.c.shadow_id.desc())
        .limit(MAX_CASES)
    )  # fmt: skip
    return list(connection.execute(query))


def _matrix(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, str], int] = {}
    for row in rows:
        counted[row.live, row.disposition] = counted.get((row.live, row.disposition), 0) + 1
    return [
        {"live": live.value, "shadow": shadow.value, "cases": counted[live, shadow]}
        for live in Disposition
        for shadow in Disposition
        if (live, shadow) in counted
    ]


def _side(decided: Sequence[tuple[Any, ...]], queues: Mapping[str, Queue]) -> dict[str, Any]:
    automatic = [(risk, loss) for disposition, risk, loss, _ in decided if disposition == "auto" and risk is not None]
    waiting = [name for *_, name in decided if name is not None]
    return {
        "straight_through_rate": sum(disposition == "auto" for disposition, *_ in decided) / len(decided),
        "expected_error": sum(risk for risk, _ in automatic) / len(automatic) if automatic else None,
        "expected_loss": sum(loss for _, loss in automatic),
        "review_minutes": sum(queues[name].minutes_per_case if name in queues else _MINUTES for name in waiting),
    }


def _is_hidden(row: Row[Any], queues: Mapping[str, Queue]) -> bool:
    return any(name in queues and queues[name].restricted for name in (row.queue, row.live_queue))


def _written(row: Row[Any]) -> dict[str, Any]:
    return {
        "case_id": row.case_id,
        "exception_id": row.exception_id,
        "live": {"disposition": row.live, "queue": row.live_queue, "risk": row.live_risk},
        "shadow": {"disposition": row.disposition, "queue": row.queue, "risk": row.risk},
    }
