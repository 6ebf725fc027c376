"""The shared job that adds up figures of the process: from the last event seen, a part at a time, each event once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from triage.db.database import reading
from triage.db.handoff_schema import deliveries
from triage.db.process_schema import process_figures, process_marks
from triage.db.schema import audit_events, cases, decisions, resolutions, tasks
from triage.handoff.database_time import database_now
from triage.handoff.jobs import JobLease
from triage.in_force import InForce
from triage.intake.audit_slice import AUDIT
from triage.process.case_course import CLOSES, CaseEvent, course_of
from triage.process.measures import VENDOR_FIELDS, CasePlace, FigureKey, FigureSums

EVENTS_AT_ONCE: Final = 500
MAX_PARTS: Final = 20
_COUNTED: Final = frozenset({"decide", "outcome", *CLOSES})
_EVENTS, _DELIVERIES = "audit_events", "deliveries"
_SETTLED: Final = timedelta(minutes=1)
"""A delivery is counted once it is this old: what ended before may have been committed after."""
_REVERSAL: Final = timedelta(days=90)
AGES: Final = ((2, "0-1"), (4, "2-3"), (8, "4-7"), (15, "8-14"))
"""Days below which an open case is of an age; the oldest are `15+`."""
OLDEST: Final = "15+"


def figure_all(hold: JobLease, policies: InForce) -> None:
    """Add up what happened since the last time: events, deliveries, and the age of what is open.

    At most `MAX_PARTS` parts of each, so that other jobs have their turn; the next run goes on.
    """
    for _ in range(MAX_PARTS):
        if not figure_events(hold, policies):
            break
    for _ in range(MAX_PARTS):
        if not figure_deliveries(hold):
            break
    figure_ages(hold, list(policies))


def figure_events(hold: JobLease, policies: InForce) -> int:
    """Add up the next events; return how many were read, 0 where none are left."""
    with reading(hold.engine) as connection:
        mark = _mark(connection, _EVENTS)
        query = select(audit_events).where(audit_events.c.seq > (mark.seq if mark is not None else 0))
        events = connection.execute(query.order_by(audit_events.c.seq).limit(EVENTS_AT_ONCE)).all()
        tally = _tallied(connection, events, policies) if events else FigureSums()
    if events:
        _write(hold, tally, _EVENTS, events[-1].seq, events[-1].at)
    return len(events)


def _tallied(connection: Connection, events: Sequence[Row[Any]], policies: InForce) -> FigureSums:
    tally = FigureSums()
    wanted = [event for event in events if event.case_id is not None and event.verb in _COUNTED]
    facts = _facts(connection, {event.case_id for event in wanted})
    closing = {event.case_id for event in wanted if event.verb in CLOSES}
    courses = _events_of(connection, closing)
    rulings = _rulings(connection, {event.case_id for event in wanted if event.verb == "outcome"})
    for event in wanted:
        fact = facts.get(event.case_id)
        if fact is None:
            continue
        if event.verb == "decide":
            _count_decision(tally, event, fact)
        elif event.verb == "outcome":
            _count_outcome(tally, event, fact, rulings.get(event.case_id))
        else:
            _count_closing(tally, event, fact, courses[event.case_id], policies)
    return tally


def _count_decision(tally: FigureSums, event: Row[Any], fact: Row[Any]) -> None:
    """Count a decision. While its audit is open its cause is not counted: even a sum would tell what was decided."""
    if event.at != fact.decided_at:
        return  # judged again: not another case
    is_auto = fact.disposition == "auto"
    measures = {"cases": 1.0}
    if is_auto:
        measures["straight_through"] = 1.0
    if orjson.loads(event.detail).get("fallback") is not None:
        measures["fallback"] = 1.0
    entities = _entities(fact) | ({} if fact.kind == AUDIT else {"cause": fact.cause})
    tally.add(_place(event, fact, entities), measures, {})


def _count_closing(
    tally: FigureSums, event: Row[Any], fact: Row[Any], events: Sequence[CaseEvent], policies: InForce
) -> None:
    detail = orjson.loads(event.detail)
    if detail.get("audit"):
        # From now on what was decided is known, so that it counts by its cause, on the day of the decision.
        decided = _place(event, fact, {"cause": fact.cause}, day=_day(fact.decided_at), with_all=False)
        tally.add(decided, {"cases": 1.0, "straight_through": 1.0}, {})
        wrong = {"audits_wrong": 1.0} if detail.get("action") == "corrected" else {}
        tally.add(_place(event, fact, {}, queue=fact.queue), {"audits": 1.0} | wrong, {})
        return
    course = course_of(events, since=fact.decided_at, until=event.at)
    minutes = course.touched / 60
    measures = {"closed": 1.0, "touches": float(course.touches), "loops": float(course.loops)}
    measures |= {"within_sla": 1.0} if event.at <= fact.sla_due_at else {}
    measures |= {"overridden": 1.0} if detail.get("overrides") else {}
    measures |= {"sent_back": 1.0} if course.came_back else {}
    measures |= {"right_at_once": 1.0} if not course.came_back else {}
    measures |= {"touched_by_people": 1.0} if course.touches else {}
    if detail.get("action") == "corrected":
        measures |= {"corrected": 1.0, "prevented_loss": float(fact.impact or 0.0)}
    costs = policies[fact.domain].document.costs if fact.domain in policies else None
    if costs is not None:
        measures["review_cost"] = minutes * costs.review_per_minute
    durations = {"cycle": course.cycle, "waiting": course.waiting, "touched": course.touched, "paused": course.paused}
    if course.approval is not None:
        durations["approval"] = course.approval
    ruled_by = str(detail.get("ruled_by") or event.actor)
    entities = _entities(fact) | {"cause": str(detail.get("cause") or fact.cause), "person": ruled_by}
    tally.add(_place(event, fact, entities), measures, durations)
    if event.verb == "approve" and event.actor != ruled_by:
        tally.add(_place(event, fact, {"person": event.actor}, with_all=False), {"approvals": 1.0}, {})


def _count_outcome(tally: FigureSums, event: Row[Any], fact: Row[Any], ruling: Row[Any] | None) -> None:
    detail = orjson.loads(event.detail)
    wrong = bool(detail.get("wrong"))
    measures = {"outcomes": 1.0}
    is_auto = fact.disposition == "auto"
    if wrong and is_auto:
        measures["loss"] = float(detail.get("loss") or 0.0)
        if event.at - fact.decided_at <= _REVERSAL:
            measures["reversed"] = 1.0
    entities = _entities(fact) | ({} if fact.kind == AUDIT and fact.state != "done" else {"cause": fact.cause})
    if ruling is not None and wrong != (ruling.action == "corrected"):
        measures["contradicted"] = 1.0
        entities |= {"person": ruling.resolved_by}
    tally.add(_place(event, fact, entities), measures, {})


def _place(
    event: Row[Any],
    fact: Row[Any],
    of: Mapping[str, str],
    *,
    day: date | None = None,
    with_all: bool = True,
    queue: str | None = None,
) -> CasePlace:
    # The queue of an audit would tell of each automatic decision whether it was drawn.
    own = "" if fact.queue is None or fact.kind == AUDIT else fact.queue
    return CasePlace(
        domain=fact.domain, day=day or _day(event.at), queue=own if queue is None else queue, of=of, with_all=with_all
    )


def _entities(fact: Row[Any]) -> dict[str, str]:
    payload = orjson.loads(fact.payload)
    vendor = next((str(payload[name]) for name in VENDOR_FIELDS if payload.get(name) is not None), "")
    return {"site": fact.site_id or "", "vendor": vendor}


def _facts(connection: Connection, case_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Read what is known of cases with the decision that holds."""
    query = (
        select(
            cases.c.case_id, cases.c.domain, cases.c.site_id, cases.c.payload, decisions.c.decided_at,
            decisions.c.disposition, decisions.c.cause, decisions.c.impact, tasks.c.queue, tasks.c.kind, tasks.c.state,
            tasks.c.sla_due_at,
        )
        .select_from(
            cases.join(decisions, decisions.c.case_id == cases.c.case_id).outerjoin(
                tasks, tasks.c.case_id == cases.c.case_id
            )
        )
        .where(cases.c.case_id.in_(sorted(case_ids)))
        .order_by(decisions.c.decision_id)
    )  # fmt: skip
    # Time runs from the first decision; a later one of the same case is not another case.
    found: dict[str, Any] = {}
    for row in connection.execute(query):
        found.setdefault(row.case_id, row)
    return found


def _events_of(connection: Connection, case_ids: Iterable[str]) -> dict[str, list[CaseEvent]]:
    query = select(audit_events).where(audit_events.c.case_id.in_(sorted(case_ids))).order_by(audit_events.c.seq)
    found: dict[str, list[CaseEvent]] = {case_id: [] for case_id in case_ids}
    for row in connection.execute(query):
        found[str(row.case_id)].append(CaseEvent.of(row))
    return found


def _rulings(connection: Connection, case_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Return the ruling that stands of each case, of those a person saw with open eyes."""
    query = select(resolutions).where(resolutions.c.case_id.in_(sorted(case_ids)), resolutions.c.saw_suggestion)
    return {row.case_id: row for row in connection.execute(query.order_by(resolutions.c.resolution_id))}


def figure_deliveries(hold: JobLease) -> int:
    """Add up the deliveries that ended next; return how many."""
    with reading(hold.engine) as connection:
        mark = _mark(connection, _DELIVERIES)
        last_at, last_seq = (mark.at, mark.seq) if mark is not None else (None, 0)
        query = select(deliveries).where(deliveries.c.finished_at <= database_now(connection) - _SETTLED)
        if last_at is not None:
            later = (deliveries.c.finished_at == last_at) & (deliveries.c.seq > last_seq)
            query = query.where(deliveries.c.finished_at >= last_at, (deliveries.c.finished_at > last_at) | later)
        rows = connection.execute(
            query.order_by(deliveries.c.finished_at, deliveries.c.seq).limit(EVENTS_AT_ONCE)
        ).all()
    if rows:
        tally = FigureSums()
        for row in rows:
            _count_delivery(tally, row)
        _write(hold, tally, _DELIVERIES, rows[-1].seq, rows[-1].finished_at)
    return len(rows)


def _count_delivery(tally: FigureSums, row: Row[Any]) -> None:
    attempts, delivered = orjson.loads(row.history), row.state == "delivered"
    failed = attempts[:-1] if delivered else attempts
    measures = {"delivered" if delivered else "dead": 1.0, "failed_attempts": float(max(0, row.attempts - delivered))}
    durations = {"delivery": (row.finished_at - row.created_at).total_seconds()}
    first = next((attempt["at"] for attempt in failed if isinstance(attempt.get("at"), str)), None)
    if delivered and row.attempts > 1 and first is not None:
        measures["recovered"] = 1.0
        durations["recovery"] = (row.finished_at - datetime.fromisoformat(first)).total_seconds()
    day = _day(row.finished_at)
    place = CasePlace(domain=row.domain or "", day=day, queue="", of={"endpoint": row.endpoint}, with_all=False)
    tally.add(place, measures, durations)


def figure_ages(hold: JobLease, domains: Sequence[str]) -> None:
    """Count what is open by age, in place of the last count: mean(now - created) and how many of each bucket."""
    with reading(hold.engine) as connection:
        now = database_now(connection)
        query = select(tasks.c.domain, tasks.c.queue, tasks.c.created_at).where(tasks.c.state != "done")
        counted: dict[tuple[str, str, str], tuple[int, float]] = {}
        with connection.execute(query.execution_options(yield_per=EVENTS_AT_ONCE)) as found:
            for row in found:
                age = (now - row.created_at).total_seconds()
                key = row.domain, row.queue, age_bucket(age)
                n, total = counted.get(key, (0, 0.0))
                counted[key] = n + 1, total + age
    rows = [
        {
            "domain": domain, "dimension": "age", "grain": "now", "day": _day(now), "queue": queue, "value": bucket,
            "measure": "open", "bucket": 0, "n": n, "total": total,
        }
        for (domain, queue, bucket), (n, total) in counted.items()
    ]  # fmt: skip
    with hold.transaction() as connection:
        for domain in sorted({*domains, *(str(row["domain"]) for row in rows)}):
            old = (process_figures.c.domain == domain, process_figures.c.dimension == "age")
            connection.execute(process_figures.delete().where(*old))
        if rows:
            connection.execute(process_figures.insert(), rows)


def age_bucket(seconds: float) -> str:
    """Return which age an open case is of, in days."""
    days = seconds / 86_400
    return next((name for below, name in AGES if days < below), OLDEST)


def progress(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many events are not added up yet, and when the last one that is happened."""
    mark = _mark(connection, _EVENTS)
    newest = connection.execute(select(func.max(audit_events.c.seq))).scalar() or 0
    return newest - (mark.seq if mark is not None else 0), mark.at if mark is not None else None


def add_figures(connection: Connection, tally: FigureSums) -> None:
    """Add a tally to the stored figures."""
    rows = [
        asdict(key) | {"n": n, "total": tally.totals[key]} for key, n in sorted(tally.counts.items(), key=_in_order)
    ]
    upsert(connection, process_figures, rows, adds=("n", "total"))


def _in_order(counted: tuple[FigureKey, int]) -> str:
    """Order rows the same for everybody who adds figures, so that none waits for another in a ring."""
    return str(counted[0])


def upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, adds: Sequence[str] = ()
) -> None:
    """Insert rows; where one of their key is there, replace it, or add to the columns named."""
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: Any = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    others = [name for name in rows[0] if name not in key]
    values = {
        name: table.c[name] + statement.excluded[name] if name in adds else statement.excluded[name] for name in others
    }
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values), [dict(row) for row in rows])


def _write(hold: JobLease, tally: FigureSums, name: str, seq: int, at: datetime) -> None:
    """Add a part's figures and say how far the log was read, in one transaction: each event counts once."""
    with hold.transaction() as connection:
        add_figures(connection, tally)
        upsert(connection, process_marks, [{"name": name, "seq": seq, "at": at}])


def _mark(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(process_marks).where(process_marks.c.name == name)).one_or_none()


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
