"""Process intelligence, as the API answers it."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from serving.api.schemas.base import Answer


class Duration(Answer):
    """How long something took, in hours. Quantiles are off by at most a twentieth."""

    n: Annotated[int, Field(description="How many cases, or deliveries, it is of")]
    mean: float
    median: float
    p90: float


Share = Annotated[float | None, Field(description="A fraction; null where there is nothing to divide by")]
Hours = Annotated[Duration | None, Field(description="null where there was none")]
Money = Annotated[float | None, Field(description="In `currency`; null where domains of several currencies are added")]


class FigureGroup(Answer):
    """The figures of one group. Each counts on the day it happened: decided, closed, or became known."""

    key: Annotated[str, Field(description="A day, week, month, queue, site, vendor, cause, person, domain or endpoint")]
    cases: Annotated[int, Field(description="Decided")]
    straight_through: Annotated[int, Field(description="Decided without a person")]
    straight_through_rate: Annotated[
        float | None, Field(description="(straight_through - reversed) / cases; null without cases")
    ]
    manual_touch_rate: Share
    fallback_rate: Share
    reversed: Annotated[int, Field(description="Straight through, and known to be wrong within 90 days")]
    closed: Annotated[int, Field(description="Closed by a person's ruling")]
    sla_adherence: Share
    override_rate: Share
    corrected: int
    first_time_right_rate: Share
    sent_back: Annotated[int, Field(description="Closed cases that came back at least once")]
    rework_loops_per_case: Annotated[
        float | None, Field(description="Returned, released or passed on, per closed case")
    ]
    touches_per_case: Annotated[float | None, Field(description="Acts of people per closed case")]
    audits: int
    audits_wrong: int
    outcomes: int
    delivered: int
    dead_letters: int
    delivery_failure_rate: Share
    recovered: Annotated[int, Field(description="Delivered after at least one attempt failed")]
    cycle_hours: Hours
    waiting_hours: Hours
    touched_hours: Hours
    paused_hours: Hours
    approval_hours: Hours
    delivery_hours: Hours
    recovery_hours: Hours
    prevented_loss: Money
    review_cost: Money
    loss: Money
    financial_impact: Money


class ProcessReport(Answer):
    """Figures of the process over some days."""

    from_: Annotated[date, Field(alias="from", description="UTC, included")]
    to: Annotated[date, Field(description="UTC, included")]
    by: str
    currency: Annotated[str | None, Field(description="null where the domains' currencies differ")]
    groups: list[FigureGroup]
    left_out: Annotated[int, Field(description="Smaller groups that are not listed")]
    events_behind: Annotated[int, Field(description="Events not counted yet; a worker counts twice a minute")]
    read_to: Annotated[datetime | None, Field(description="When the last counted event happened")]


class QueueAge(Answer):
    """How old what is open in a queue is."""

    domain: str
    queue: str
    open: int
    age_days_mean: float
    by_age: Annotated[dict[str, int], Field(description="Open cases by age in days: 0-1, 2-3, 4-7, 8-14, 15+")]


class ProcessAges(Answer):
    """How old what is open is, as last counted."""

    counted_on: date | None
    queues: list[QueueAge]


class BreachForecast(Answer):
    """How likely one open case breaks its SLA."""

    case_id: str
    exception_id: str
    domain: str
    queue: str
    probability: Annotated[float, Field(ge=0, le=1, description="That it breaks its SLA; 1 where it has")]
    sla_due_at: datetime
    made_at: Annotated[datetime, Field(description="When it was forecast")]


class BreachBasis(Answer):
    """What a domain's forecasts rest on."""

    domain: str
    made_at: datetime
    learnt: Annotated[bool, Field(description="false: too few cases have closed, and each gets the base rate")]
    cases: Annotated[int, Field(description="Closed cases it was learnt from")]
    base_rate: Annotated[float, Field(description="Share of them that broke their SLA")]
    auc: Annotated[float | None, Field(description="On the last fifth of them, learnt without it")]
    brier: Annotated[float | None, Field(description="Mean squared error there")]


class BreachForecasts(Answer):
    """Open cases by the probability that they break their SLA."""

    items: list[BreachForecast]
    models: list[BreachBasis]


class RecurringCause(Answer):
    """What some resolved cases have in common."""

    domain: str
    queue: str
    made_at: datetime
    name: Annotated[str, Field(description="In words")]
    cause: str
    kind: Annotated[str, Field(description="What goes with the cause: vendor, site or word")]
    value: str
    cases: Annotated[int, Field(description="Resolved in the window")]
    before: Annotated[int, Field(description="Resolved in the window before, by the same cause and mark")]
    share: Annotated[float, Field(description="Of the cause's cases that are in no larger cluster")]
    lift: Annotated[float, Field(description="How many times as often it goes with this cause as with any")]
    evidence: Annotated[float, Field(description="Log-likelihood ratio (G²); 10.83 is one in a thousand by chance")]
    overridden: Annotated[int, Field(description="Of them, rulings that departed from the recommendation")]
    words: Annotated[list[str], Field(description="That these cases say far more often than others")]
    examples: Annotated[list[str], Field(description="Case ids, the newest first")]


class RecurringCauses(Answer):
    """Clusters of resolved cases, the largest first."""

    window_days: int
    clusters: list[RecurringCause]
    left_out: int
