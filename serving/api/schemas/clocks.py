"""The clock of a case, and the verbs that let a case rest or pass it on."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from serving.api.schemas.base import Answer, Body
from triage.intake.decision import Moment
from triage.review.task_access import MAX_COMMENT

Reason = Annotated[str, Field(min_length=1, max_length=MAX_COMMENT)]
Remark = Annotated[str | None, Field(max_length=MAX_COMMENT)]
Person = Annotated[str, Field(min_length=1, max_length=80, description='A person who may work on it, as "bob"')]


class HoldBody(Body):
    """Why a case is put on hold, and until when."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Waiting for the supplier's credit note."}]})

    reason: Reason
    until: Annotated[
        AwareDatetime | None, Field(description="When it comes back by itself; null: as late as the policy allows")
    ] = None


class SnoozeBody(Body):
    """Until when a case is out of sight."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"until": "2026-03-03T08:00:00+01:00"}]})

    until: AwareDatetime
    reason: Remark = None


class HandOffBody(Body):
    """Who takes a claim over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "bob", "comment": "You know this supplier."}]})

    to: Person
    comment: Remark = None


class AssignBody(Body):
    """Whom, or which queue, a case is put before; at least one of the two."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "bob"}]})

    to: Annotated[Person | None, Field(description="null: anybody of the queue")] = None
    queue: Annotated[str | None, Field(max_length=40, description="null: the one it is in")] = None
    comment: Remark = None


class SendBackBody(Body):
    """Why a case is sent back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The receipt is still missing."}]})

    reason: Reason


class EscalateBody(Body):
    """Why an approver should decide."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The supplier's bank account is new."}]})

    reason: Reason


class Resting(Answer):
    """A case that rests."""

    case_id: str
    state: Literal["on_hold", "snoozed"]
    until: datetime
    sla_due_at: datetime
    stops_the_clock: bool


class Resumed(Answer):
    """A case that is back."""

    case_id: str
    state: Literal["open"]
    sla_due_at: datetime


class HandedOff(Answer):
    """A case that somebody else holds now."""

    case_id: str
    state: Literal["claimed"]
    claimed_by: str
    claimed_until: datetime


class PassedOn(Answer):
    """A case that waits elsewhere now."""

    case_id: str
    state: Literal["open"]
    queue: str
    owner_role: str
    assigned_to: str | None
    sla_due_at: datetime


class NextStage(Answer):
    """What happens next while nobody rules."""

    at_percent: float
    due_at: Moment
    notify: list[str]


class ReachedStage(Answer):
    """A stage that was reached, and what it did."""

    at_percent: float
    due_at: Moment
    reached_at: Moment
    notify: list[str]
    priority: Annotated[str | None, Field(description="The level it was raised to; null: it was not")]
    queue: Annotated[str | None, Field(description="Where it moved the case; null: nowhere")]
    escalate_to: Annotated[str | None, Field(description="The role that owns it from then on; null: as before")]


class Pause(Answer):
    """A hold or a snooze."""

    kind: Literal["hold", "snooze"]
    reason: str
    paused_by: str
    started_at: Moment
    until: Moment
    ended_at: Annotated[Moment | None, Field(description="null while it lasts")]
    ended_by: Annotated[str | None, Field(description="null: it ended by itself, or lasts")]
    stops_the_clock: bool
    paused_hours: Annotated[float, Field(description="Hours of the calendar that did not count so far")]


class CaseClock(Answer):
    """The clock of a case. Hours are those of its calendar."""

    calendar: str
    time_zone: str
    started_at: Moment
    sla_hours: float
    run_hours: float
    run_percent: float
    paused_hours: float
    next_stage: NextStage | None
    reached: list[ReachedStage]
    pauses: list[Pause]
