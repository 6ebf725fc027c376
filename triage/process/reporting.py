"""Figures of the process as people and programs ask for them: of days, groups and rights, each with its formula.

Nothing is added up here but stored figures: what it costs depends on the days and groups asked for, not on how much is
stored. docs/process.md gives the formulas.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from triage.db.process_schema import process_figures as figures
from triage.errors import FieldProblem, ForbiddenError, InvalidError, NotFoundError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.process.figuring import AGES, OLDEST, progress
from triage.process.measures import quantile, spans

By = Literal["all", "domain", "day", "week", "month", "queue", "site", "vendor", "cause", "person", "endpoint"]
MAX_DAYS: Final = 731
MAX_DAYS_BY_DAY: Final = 400
MAX_GROUPS: Final = 200
DEFAULT_DAYS: Final = 30
_TIMES: Final = ("day", "week", "month")
_DURATIONS: Final = ("cycle", "waiting", "touched", "paused", "approval", "delivery", "recovery")
_VOLUME: Final = {"person": "closed", "endpoint": "delivered"}
_SHOWN_AS: Final = {"all": "", "": "not known"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessQuery:
    """What is asked for. first, last: UTC days, both included. domain, queue: None for all that may be seen."""

    first: date
    last: date
    by: By = "all"
    domain: str | None = None
    queue: str | None = None
    limit: int = 50


def process_query(
    *,
    today: date,
    first: date | None,
    last: date | None,
    by: By,
    domain: str | None,
    queue: str | None,
    limit: int,
) -> ProcessQuery:
    """Read a question, the last 30 days by default; raise InvalidError naming the field that asks too much."""
    last = last or today
    first = first or last - timedelta(days=DEFAULT_DAYS - 1)
    most = MAX_DAYS_BY_DAY if by == "day" else MAX_DAYS
    if first > last:
        raise _invalid("from", first.isoformat(), f"must not be after `to`, {last.isoformat()}")
    if (last - first).days >= most:
        raise _invalid("from", first.isoformat(), f"must be at most {most} days before `to`, {last.isoformat()}")
    return ProcessQuery(first=first, last=last, by=by, domain=domain, queue=queue, limit=min(limit, MAX_GROUPS))


def report(connection: Connection, asked: ProcessQuery, *, policies: InForce, actor: Principal) -> dict[str, Any]:
    """Return the figures asked for, one group each, the largest first or in the order of time.

    Only what the actor may see is counted: queues they may not see count for nothing, and of people they may see
    themselves alone unless they read the audit trail. Raises ForbiddenError, NotFoundError for an unknown domain.
    """
    seen = _seen(asked, policies, actor)
    groups, left_out = _groups(connection, asked, seen, actor)
    behind, read_to = progress(connection)
    currencies = {policies[domain].document.currency for domain in seen}
    currency = next(iter(currencies)) if len(currencies) == 1 else None
    return {
        "from": asked.first, "to": asked.last, "by": asked.by, "currency": currency,
        "groups": [{"key": key} | _figures(found, currency) for key, found in groups], "left_out": left_out,
        "events_behind": behind, "read_to": read_to,
    }  # fmt: skip


def ages(
    connection: Connection, *, policies: InForce, actor: Principal, domain: str | None, queue: str | None
) -> dict[str, Any]:
    """Return how many cases are open by age in days, per queue, as last counted."""
    asked = ProcessQuery(first=date.min, last=date.max, domain=domain, queue=queue)
    seen = _seen(asked, policies, actor)
    query = select(figures).where(figures.c.dimension == "age", figures.c.grain == "now", _within(seen))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    counted: date | None = None
    for row in connection.execute(query.order_by(figures.c.domain, figures.c.queue)):
        counted = row.day
        empty = {"open": 0, "age_days_mean": 0.0, "by_age": dict.fromkeys([*(name for _, name in AGES), OLDEST], 0)}
        own = found.setdefault((row.domain, row.queue), empty)
        own["by_age"][row.value] += row.n
        own["open"] += row.n
        own["age_days_mean"] += row.total / 86_400
    rows = [
        {"domain": name, "queue": queue_name} | own | {"age_days_mean": own["age_days_mean"] / own["open"]}
        for (name, queue_name), own in found.items()
    ]
    return {"counted_on": counted, "queues": rows}


def _seen(asked: ProcessQuery, policies: InForce, actor: Principal) -> dict[str, list[str]]:
    """List the queues of each domain whose cases may count; the empty one stands for cases nobody had to look at."""
    if not actor.may("read"):
        raise ForbiddenError(f"{actor.name} may not read cases")
    if asked.domain is not None and (asked.domain not in policies or not actor.may("read", asked.domain)):
        raise NotFoundError(f"there is no domain {asked.domain[:40]!r}, or it is not yours to know of")
    domains = [asked.domain] if asked.domain is not None else [name for name in policies if actor.may("read", name)]
    seen = {}
    for domain in domains:
        may_see_all = actor.may("see_restricted", domain)
        queues = [name for name, queue in policies.queues(domain).items() if may_see_all or not queue.restricted]
        seen[domain] = ["", *queues] if asked.queue is None else [name for name in queues if name == asked.queue]
    if asked.queue is not None and not any(seen.values()):
        raise NotFoundError(f"there is no queue {asked.queue[:40]!r}, or it is not yours to know of")
    return seen


def _within(seen: Mapping[str, Sequence[str]]) -> ColumnElement[bool]:
    return or_(*(and_(figures.c.domain == domain, figures.c.queue.in_(queues)) for domain, queues in seen.items()))


_Found = dict[tuple[str, int], tuple[int, float]]


def _groups(
    connection: Connection, asked: ProcessQuery, seen: Mapping[str, Sequence[str]], actor: Principal
) -> tuple[list[tuple[str, _Found]], int]:
    if asked.by in _TIMES:
        return _over_time(connection, asked, seen)
    if asked.by in ("all", "domain", "queue"):
        column = {"all": figures.c.value, "domain": figures.c.domain, "queue": figures.c.queue}[asked.by]
        found = _summed(connection, asked, _within(seen), "all", column)
        ranked = sorted(found, key=lambda key: -found[key].get(("cases", 0), (0, 0.0))[0])
    else:
        within = _of_people(seen, actor) if asked.by == "person" else _within(seen)
        if asked.by == "endpoint":
            actor.require("manage_deliveries")
            within = figures.c.domain.in_(["", *seen])
        ranked = _largest(connection, asked, within)
        chosen = ranked[: asked.limit]
        within = and_(within, figures.c.value.in_(chosen))
        found = _summed(connection, asked, within, asked.by, figures.c.value) if chosen else {}
    shown = [(_SHOWN_AS.get(key, key) if asked.by != "all" else "", found[key]) for key in ranked[: asked.limit]]
    return shown, max(0, len(ranked) - asked.limit)


def _of_people(seen: Mapping[str, Sequence[str]], actor: Principal) -> ColumnElement[bool]:
    """Choose the people an actor may see: everybody for who reads the audit trail of a domain, else themselves."""
    parts = []
    for domain, queues in seen.items():
        own = [] if actor.may("read_audit", domain) else [figures.c.value == actor.name]
        parts.append(and_(figures.c.domain == domain, figures.c.queue.in_(queues), *own))
    return or_(*parts)


def _largest(connection: Connection, asked: ProcessQuery, within: ColumnElement[bool]) -> list[str]:
    """Name the values with most cases; one more than asked for at most tells that some are left out."""
    counted: dict[str, int] = {}
    measure = _VOLUME.get(asked.by, "cases")
    for grain, first, last in spans(asked.first, asked.last):
        query = (
            select(figures.c.value, func.sum(figures.c.n).label("n"))
            .where(within, *_when(asked.by, grain, first, last), figures.c.measure == measure)
            .group_by(figures.c.value)
        )
        for row in connection.execute(query):
            counted[row.value] = counted.get(row.value, 0) + int(row.n)
    return sorted(counted, key=lambda value: (-counted[value], value))


def _over_time(
    connection: Connection, asked: ProcessQuery, seen: Mapping[str, Sequence[str]]
) -> tuple[list[tuple[str, _Found]], int]:
    query = (
        select(
            figures.c.day, figures.c.measure, figures.c.bucket, func.sum(figures.c.n).label("n"),
            func.sum(figures.c.total).label("total"),
        )
        .where(_within(seen), *_when("all", "day", asked.first, asked.last))
        .group_by(figures.c.day, figures.c.measure, figures.c.bucket)
    )  # fmt: skip
    found: dict[str, _Found] = {}
    for row in connection.execute(query):
        _add(found.setdefault(_period(asked.by, row.day), {}), row)
    keys = sorted(found)
    return [(key, found[key]) for key in keys[-MAX_DAYS_BY_DAY:]], 0


def _summed(
    connection: Connection, asked: ProcessQuery, within: ColumnElement[bool], dimension: str, column: Any
) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for grain, first, last in spans(asked.first, asked.last):
        query = (
            select(
                column.label("key"), figures.c.measure, figures.c.bucket, func.sum(figures.c.n).label("n"),
                func.sum(figures.c.total).label("total"),
            )
            .where(within, *_when(dimension, grain, first, last))
            .group_by(column, figures.c.measure, figures.c.bucket)
        )  # fmt: skip
        for row in connection.execute(query):
            _add(found.setdefault(row.key, {}), row)
    return found


def _when(dimension: str, grain: str, first: date, last: date) -> list[ColumnElement[bool]]:
    return [
        figures.c.dimension == dimension, figures.c.grain == grain, figures.c.day >= first, figures.c.day <= last,
    ]  # fmt: skip


def _add(found: _Found, row: Any) -> None:
    n, total = found.get((row.measure, row.bucket), (0, 0.0))
    found[row.measure, row.bucket] = n + int(row.n), total + float(row.total)


def _period(by: str, day: date) -> str:
    if by == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day:%Y-%m}" if by == "month" else day.isoformat()


def _figures(found: _Found, currency: str | None) -> dict[str, Any]:
    """Work out rates and durations of a group; null where there is nothing to divide by."""

    def count(measure: str) -> int:
        return found.get((measure, 0), (0, 0.0))[0]

    def total(measure: str) -> float:
        return found.get((measure, 0), (0, 0.0))[1]

    def share(part: float, whole: float) -> float | None:
        return part / whole if whole else None

    cases, closed, auto = count("cases"), count("closed"), count("straight_through")
    money = {
        "prevented_loss": total("prevented_loss"), "review_cost": total("review_cost"), "loss": total("loss"),
        "financial_impact": total("prevented_loss") - total("review_cost") - total("loss"),
    }  # fmt: skip
    return {
        "cases": cases,
        "straight_through": auto,
        "straight_through_rate": share(auto - count("reversed"), cases),
        "manual_touch_rate": share(cases - auto, cases),
        "fallback_rate": share(count("fallback"), cases),
        "reversed": count("reversed"),
        "closed": closed,
        "sla_adherence": share(count("within_sla"), closed),
        "override_rate": share(count("overridden"), closed),
        "corrected": count("corrected"),
        "first_time_right_rate": share(max(0, count("right_at_once") - count("contradicted")), closed),
        "sent_back": count("sent_back"),
        "rework_loops_per_case": share(total("loops"), closed),
        "touches_per_case": share(total("touches"), closed),
        "audits": count("audits"),
        "audits_wrong": count("audits_wrong"),
        "outcomes": count("outcomes"),
        "delivered": count("delivered"),
        "dead_letters": count("dead"),
        "delivery_failure_rate": share(count("dead"), count("delivered") + count("dead")),
        "recovered": count("recovered"),
        **{f"{name}_hours": _hours(found, name) for name in _DURATIONS},
        **{name: amount if currency is not None else None for name, amount in money.items()},
    }


def _hours(found: _Found, measure: str) -> dict[str, float] | None:
    buckets = [(bucket, n) for (name, bucket), (n, _) in found.items() if name == measure]
    n = sum(count for _, count in buckets)
    if not n:
        return None
    mean = sum(total for (name, _), (_, total) in found.items() if name == measure) / n
    median, p90 = quantile(buckets, 0.5), quantile(buckets, 0.9)
    return {"n": n, "mean": mean / 3600, "median": (median or 0.0) / 3600, "p90": (p90 or 0.0) / 3600}


def _invalid(field: str, value: str, message: str) -> InvalidError:
    return InvalidError(
        f"{field} {value} {message}", problems=[FieldProblem(field=field, value=value, message=message)]
    )
