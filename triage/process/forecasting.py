"""The shared jobs that forecast breaches: learn daily from closed cases, and say every few minutes of each open one how
likely it breaks its SLA. A request only reads what was written."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import orjson
from sqlalchemy import Connection, Row, and_, delete, func, select

from triage.db.database import reading
from triage.db.process_schema import breach_forecasts, breach_models
from triage.db.schema import audit_events, cases, decisions, tasks
from triage.errors import ForbiddenError
from triage.handoff.jobs import JobLease
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.task import REVIEW
from triage.process.breach_model import BreachModel, Observation, learn_breaches
from triage.process.case_course import BEGINS_HOLDING
from triage.process.figuring import upsert
from triage.process.measures import VENDOR_FIELDS

LEARNT_FROM_DAYS: Final = 365
MAX_CLOSED: Final = 2_000
"""Closed cases of one queue that are learnt from, the newest."""
MAX_OPEN: Final = 5_000
"""Open cases of one queue that are forecast, those due first."""
MAX_LISTED: Final = 200
LANDMARKS: Final = (0.0, 0.25, 0.5, 0.75)
"""Shares of the time to the SLA at which a case is looked at: how likely does it break it, if it is open by then?"""
_AT_ONCE: Final = 500


def learn_all(hold: JobLease, policies: InForce, now: datetime) -> None:
    """Learn a model of each domain from its closed cases."""
    for domain in policies:
        with reading(hold.engine) as connection:
            observations, breached = _closed(connection, domain, list(policies.queues(domain)), now)
        model = learn_breaches(observations, breached)
        row = {"domain": domain, "made_at": now, "cases": model.cases, "body": orjson.dumps(model.to_json()).decode()}
        with hold.transaction() as connection:
            upsert(connection, breach_models, [row])


def forecast_all(hold: JobLease, policies: InForce, now: datetime) -> None:
    """Forecast every open case, a queue at a time; what closed since is forgotten."""
    for domain in policies:
        with reading(hold.engine) as connection:
            stored = connection.execute(select(breach_models.c.body).where(breach_models.c.domain == domain)).scalar()
        model = BreachModel.from_json(orjson.loads(stored)) if stored is not None else learn_breaches([], [])
        for queue in policies.queues(domain):
            _forecast_queue(hold, model, domain, queue, now)


def _forecast_queue(hold: JobLease, model: BreachModel, domain: str, queue: str, now: datetime) -> None:
    with reading(hold.engine) as connection:
        query = _tasks(domain, queue).where(tasks.c.state != "done").order_by(tasks.c.sla_due_at).limit(MAX_OPEN)
        rows = connection.execute(query).all()
        held = _first_held(connection, [row.case_id for row in rows])
    observations = [_observed(row, _landmark(row, now), held.get(row.case_id)) for row in rows]
    late = np.array([row.sla_due_at <= now for row in rows], dtype=bool)
    said = np.where(late, 1.0, model.probabilities(observations)).tolist()
    made = [
        {
            "case_id": row.case_id, "domain": domain, "queue": queue, "probability": probability,
            "sla_due_at": row.sla_due_at, "made_at": now,
        }
        for row, probability in zip(rows, said, strict=True)
    ]  # fmt: skip
    own = (breach_forecasts.c.domain == domain, breach_forecasts.c.queue == queue)
    with hold.transaction() as connection:
        connection.execute(delete(breach_forecasts).where(*own))
        # A case that was passed on may still stand under the queue it came from.
        upsert(connection, breach_forecasts, made)


def _closed(
    connection: Connection, domain: str, queues: Sequence[str], now: datetime
) -> tuple[list[Observation], list[bool]]:
    """Look at closed cases at each landmark they were still open at, in the order they closed."""
    since = now - timedelta(days=LEARNT_FROM_DAYS)
    rows: list[Any] = []
    for queue in queues:
        query = _tasks(domain, queue).where(tasks.c.done_at >= since).order_by(tasks.c.done_at.desc())
        rows += connection.execute(query.limit(MAX_CLOSED)).all()
    rows.sort(key=lambda row: (row.done_at, row.case_id))
    held = _first_held(connection, [row.case_id for row in rows])
    observations: list[Observation] = []
    breached: list[bool] = []
    for row in rows:
        for landmark in LANDMARKS:
            at = row.created_at + landmark * (row.sla_due_at - row.created_at)
            if row.done_at >= at:
                observations.append(_observed(row, landmark, held.get(row.case_id)))
                breached.append(row.done_at > row.sla_due_at)
    return observations, breached


def _observed(row: Row[Any], landmark: float, held: datetime | None) -> Observation:
    """Describe a case by what was known of it at a landmark, and of no later time."""
    length = row.sla_due_at - row.created_at
    at = row.created_at + landmark * length
    payload = orjson.loads(row.payload)
    vendor = next((str(payload[name]) for name in VENDOR_FIELDS if payload.get(name) is not None), "")
    hours = max(0.0, length.total_seconds() / 3600)
    touched = held is not None and held <= at
    return Observation(
        case=row.case_id,
        categories=(
            row.queue, row.priority, row.disposition, row.cause, row.site_id or "", vendor,
            f"{row.created_at:%a}", f"{row.created_at:%H}",
        ),
        numbers=(
            float(np.log1p(hours)), float(np.log1p(max(0.0, row.expected_loss))),
            *(float(landmark == each) for each in LANDMARKS[1:]), float(touched), landmark * float(touched),
        ),
    )  # fmt: skip


def _landmark(row: Row[Any], now: datetime) -> float:
    length = (row.sla_due_at - row.created_at).total_seconds()
    elapsed = (now - row.created_at).total_seconds() / length if length > 0 else 1.0
    return max(each for each in LANDMARKS if each <= max(0.0, elapsed))


def _tasks(domain: str, queue: str) -> Any:
    own = decisions.c.case_id == tasks.c.case_id
    newest = select(func.max(decisions.c.decision_id)).where(own).correlate(tasks).scalar_subquery()
    return (
        select(
            tasks.c.case_id, tasks.c.queue, tasks.c.priority, tasks.c.disposition, tasks.c.created_at,
            tasks.c.sla_due_at, tasks.c.done_at, tasks.c.expected_loss, decisions.c.cause, cases.c.site_id,
            cases.c.payload,
        )
        .join(cases, cases.c.case_id == tasks.c.case_id)
        .join(decisions, decisions.c.decision_id == newest)
        .where(tasks.c.domain == domain, tasks.c.queue == queue, tasks.c.kind == REVIEW)
    )  # fmt: skip


def _first_held(connection: Connection, case_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when each case was first taken by somebody."""
    found: dict[str, datetime] = {}
    for start in range(0, len(case_ids), _AT_ONCE):
        query = (
            select(audit_events.c.case_id, func.min(audit_events.c.at).label("at"))
            .where(
                audit_events.c.case_id.in_(case_ids[start : start + _AT_ONCE]), audit_events.c.verb.in_(BEGINS_HOLDING)
            )
            .group_by(audit_events.c.case_id)
        )
        found |= {str(row.case_id): row.at for row in connection.execute(query)}
    return found


def forecasts(
    connection: Connection,
    *,
    policies: InForce,
    actor: Principal,
    domain: str | None,
    queue: str | None,
    limit: int,
) -> dict[str, Any]:
    """List the open cases that most likely break their SLA, of the queues an actor may see, with the models' record."""
    if not actor.may("read"):
        raise ForbiddenError(f"{actor.name} may not read cases")
    domains = [name for name in policies if domain in (None, name) and actor.may("read", name)]
    items: list[Any] = []
    for name in domains:
        for one in visible_queues(policies, name, actor):
            if queue in (None, one):
                items += connection.execute(_listed(name, one).limit(limit)).mappings().all()
    items.sort(key=lambda item: (-item["probability"], item["sla_due_at"], item["case_id"]))
    models = connection.execute(select(breach_models).where(breach_models.c.domain.in_(domains)))
    return {"items": [dict(item) for item in items[:limit]], "models": [_basis(row) for row in models]}


def breach_probabilities(connection: Connection, case_ids: Sequence[str]) -> dict[str, float]:
    """Return what was forecast of each of a few cases, of those there is a forecast of."""
    query = select(breach_forecasts.c.case_id, breach_forecasts.c.probability)
    found = connection.execute(query.where(breach_forecasts.c.case_id.in_(case_ids)))
    return {row.case_id: row.probability for row in found}


def visible_queues(policies: InForce, domain: str, actor: Principal) -> Iterator[str]:
    """Name the queues of a domain whose cases an actor may see."""
    may_see_all = actor.may("see_restricted", domain)
    for name, queue in policies.queues(domain).items():
        if may_see_all or not queue.restricted:
            yield name


def _listed(domain: str, queue: str) -> Any:
    return (
        select(
            breach_forecasts.c.case_id, cases.c.exception_id, breach_forecasts.c.domain, breach_forecasts.c.queue,
            breach_forecasts.c.probability, breach_forecasts.c.sla_due_at, breach_forecasts.c.made_at,
        )
        .join(cases, cases.c.case_id == breach_forecasts.c.case_id)
        .join(tasks, and_(tasks.c.case_id == breach_forecasts.c.case_id, tasks.c.queue == queue))
        .where(
            breach_forecasts.c.domain == domain, breach_forecasts.c.queue == queue, tasks.c.state != "done",
        )
        .order_by(breach_forecasts.c.probability.desc(), breach_forecasts.c.case_id.desc())
    )  # fmt: skip


def _basis(row: Row[Any]) -> Mapping[str, Any]:
    model = BreachModel.from_json(orjson.loads(row.body))
    return {
        "domain": row.domain, "made_at": row.made_at, "learnt": model.has_learnt, "cases": model.cases,
        "base_rate": model.base_rate, "auc": model.auc, "brier": model.brier,
    }  # fmt: skip
