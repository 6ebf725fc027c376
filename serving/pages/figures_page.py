"""Dashboards: what came in, how it was handled, how late, at what price; every chart with its table."""

from datetime import date, timedelta
from statistics import fmean, stdev
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from serving.pages.charts import BarChart, bar_chart
from serving.pages.visit import VisitDep
from serving.transactions import Act, Reads
from triage.process.forecasting import forecasts
from triage.process.recurring import recurring
from triage.process.reporting import By, ages, process_query, report

router = APIRouter(include_in_schema=False)
GROUPED_BY: Final[dict[str, str]] = {
    "domain": "Kind", "queue": "Queue", "site": "Site", "vendor": "Vendor", "cause": "Cause", "person": "Person",
}  # fmt: skip
DAYS: Final = (7, 30, 90, 365)
_WEEKS: Final = 6
"""Weeks whose same weekday says what to expect of tomorrow."""
_MIN_WEEKS: Final = 3
_TOP: Final = 15
_MAX_BARS: Final = 120


@router.get("/figures")
def figures_page(
    visit: VisitDep,
    reads: Reads,
    domain: Annotated[str, Query(max_length=40)] = "",
    days: Annotated[int, Query(ge=1, le=365)] = 30,
    by: By = "queue",
) -> Response:
    """Show the figures of some days, of one kind of exception or of all that one may see."""
    with reads() as act:
        today = act.now.date()
        first = today - timedelta(days=days - 1)
        whole = _report(act, domain, first, today, "all")
        over_time = _report(act, domain, first, today, "week" if days > _MAX_BARS else "day")
        groups = _report(act, domain, first, today, by)
        expected = expect_tomorrow(_report(act, domain, today - timedelta(weeks=_WEEKS), today, "day"), today)
        aged = ages(act.connection, policies=act.policies, actor=act.actor, domain=domain or None, queue=None)
        proven = _proven(act, domain)
        causes, late = (
            read(act.connection, policies=act.policies, actor=act.actor, domain=domain or None, queue=None, limit=_TOP)
            for read in (recurring, forecasts)
        )
    total = whole["groups"][0] if whole["groups"] else None
    return visit.page(
        "figures.html", wide=True, total=total, currency=whole["currency"], behind=whole["events_behind"],
        over_time=over_time["groups"], volume=volume_chart(over_time["groups"], first=first, last=today),
        backlog=_aged(aged["queues"]),
        groups=groups["groups"], left_out=groups["left_out"], expected=expected, first=first, last=today,
        domain=domain, days=days, by=by, grouped_by=GROUPED_BY, spans=DAYS, proven=proven,
        causes=causes, late=late,
    )  # fmt: skip


def _proven(act: Act, domain: str) -> list[dict[str, Any]]:
    """Return of every policy whether anything is automatic, its budget, and what audits found, as last looked at."""
    promises, found = act.service.promises, []
    for state in promises.describe():
        if not act.actor.may("read", state["domain"]) or domain not in ("", state["domain"]):
            continue
        budget = promises.policy(state["domain"], state["variant"]).document.error_budget
        audits = promises.audited(state["domain"], state["variant"])
        rate = audits.rates[None].rate if audits is not None and None in audits.rates else None
        found.append(state | {"alpha": budget.alpha if budget is not None else None, "rate": rate})
    return found


def volume_chart(groups: list[dict[str, Any]], *, first: date, last: date) -> BarChart:
    """Draw what came in by day, or by week over a long time: what went straight through, and what people looked at.

    A day without a case has its place.
    """
    days = (last - first).days + 1
    empty = [(first + timedelta(days=at)).isoformat() for at in range(days)] if days <= _MAX_BARS else []
    found = {group["key"]: group for group in groups}
    none = {"cases": 0, "straight_through": 0}
    names = empty or list(found)
    shown = [found.get(name, none) for name in names]
    return bar_chart(
        names,
        [
            ("straight through", [group["straight_through"] for group in shown]),
            ("for people", [group["cases"] - group["straight_through"] for group in shown]),
        ],
    )


def expect_tomorrow(by_day: dict[str, Any], today: date) -> dict[str, float] | None:
    """Expect as many cases as on the same weekday of the last weeks, on average; None after too few weeks.

    Returns the mean, and what lies one standard deviation around it.
    """
    tomorrow = today + timedelta(days=1)
    wanted = {(tomorrow - timedelta(weeks=back)).isoformat() for back in range(1, _WEEKS + 1)}
    counts = [group["cases"] for group in by_day["groups"] if group["key"] in wanted]
    if len(counts) < _MIN_WEEKS:
        return None
    mean, spread = fmean(counts), stdev(counts)
    return {"mean": mean, "low": max(0.0, mean - spread), "high": mean + spread}


def _report(act: Act, domain: str, first: date, last: date, by: By) -> dict[str, Any]:
    asked = process_query(
        today=act.now.date(), first=first, last=last, by=by, domain=domain or None, queue=None, limit=_TOP
    )
    return report(act.connection, asked, policies=act.policies, actor=act.actor)


def _aged(queues: list[dict[str, Any]]) -> dict[str, int]:
    """Add up how old open cases are over all queues."""
    added: dict[str, int] = {}
    for queue in queues:
        for age, count in queue["by_age"].items():
            added[age] = added.get(age, 0) + count
    return added
