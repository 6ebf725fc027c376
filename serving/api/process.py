"""Process intelligence as JSON: figures, ages, forecasts of breaches, recurring causes."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving.api.schemas import process as schemas
from serving.api.schemas.base import problems
from serving.api.strict_route import StrictRoute
from serving.transactions import Reads
from triage.process.forecasting import MAX_LISTED, forecasts
from triage.process.recurring import recurring
from triage.process.reporting import MAX_GROUPS, By, ages, process_query, report

router = APIRouter(tags=["process"], route_class=StrictRoute, strict_content_type=False)
OfDomain = Annotated[str | None, Query(max_length=40, description="Default: every domain you may read")]
OfQueue = Annotated[str | None, Query(max_length=40, description="Default: every queue you may see")]


@router.get(
    "/v1/process",
    summary="Figures of the process",
    response_model=schemas.ProcessReport,
    response_model_by_alias=True,
    responses=problems(404),
)
def get_process(
    reads: Reads,
    domain: OfDomain = None,
    queue: OfQueue = None,
    first: Annotated[date | None, Query(alias="from", description="UTC day; default: 30 days up to `to`")] = None,
    last: Annotated[date | None, Query(alias="to", description="UTC day; default: today")] = None,
    by: Annotated[By, Query(description="What the figures are grouped by")] = "all",
    limit: Annotated[int, Query(ge=1, le=MAX_GROUPS, description="Most groups, the largest first")] = 50,
) -> Any:
    """Returns cycle time, waiting and touched time, approval latency, SLA adherence, straight-through, override and
    first-time-right rates, rework, deliveries and money by day, week, month, queue, site, vendor, cause or person.

    Counts only what you may see; of people only yourself unless you read the audit trail. At most 731 days.
    """
    with reads() as act:
        asked = process_query(
            today=act.now.date(), first=first, last=last, by=by, domain=domain, queue=queue, limit=limit
        )
        return report(act.connection, asked, policies=act.policies, actor=act.actor)


@router.get(
    "/v1/process/ages",
    summary="How old open cases are",
    response_model=schemas.ProcessAges,
    responses=problems(404),
)
def get_ages(reads: Reads, domain: OfDomain = None, queue: OfQueue = None) -> Any:
    """Returns the number of open cases by age in days and queue, as counted within the last minutes."""
    with reads() as act:
        return ages(act.connection, policies=act.policies, actor=act.actor, domain=domain, queue=queue)


@router.get(
    "/v1/process/breaches",
    summary="Open cases that most likely break their SLA",
    response_model=schemas.BreachForecasts,
    responses=problems(),
)
def list_breaches(
    reads: Reads,
    domain: OfDomain = None,
    queue: OfQueue = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 50,
) -> Any:
    """Lists open cases by the probability that they break their SLA, the likeliest first, as forecast within the last
    minutes; 1 for those that have. `models` says what each domain's forecast rests on.
    """
    with reads() as act:
        return forecasts(
            act.connection, policies=act.policies, actor=act.actor, domain=domain, queue=queue, limit=limit
        )


@router.get(
    "/v1/process/causes",
    summary="Recurring causes",
    response_model=schemas.RecurringCauses,
    responses=problems(),
)
def list_causes(
    reads: Reads,
    domain: OfDomain = None,
    queue: OfQueue = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 50,
) -> Any:
    """Lists clusters of cases resolved in the last four weeks, named in words: a cause with the vendor, site or word
    that goes with it far more often than with others. Found once a day.
    """
    with reads() as act:
        return recurring(
            act.connection, policies=act.policies, actor=act.actor, domain=domain, queue=queue, limit=limit
        )
