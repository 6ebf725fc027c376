"""Steps: what else is done for a case, and what people and systems say of it."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from serving.api.schemas.base import Answer, Body
from triage.intake.decision import Moment
from triage.review.step_acts import MAX_REASON

Said = str | dict[str, str] | None
Result = Annotated[dict[str, float | bool | str | None] | None, Field(max_length=40)]


class Step(Answer):
    """One step of a case."""

    step_id: str
    case_id: str
    domain: str
    name: str
    occasion: Annotated[str, Field(description="decision, automatic, accepted, corrected or lookup")]
    kind: Annotated[str, Field(description="task, call, message, wait, propose or lookup")]
    state: Literal[
        "blocked", "open", "sent", "waiting", "done", "skipped", "failed", "declined", "canceled", "not_connected"
    ]
    title: Annotated[Said, Field(description="As written when it began; by language where it has several")]
    text: Said
    body: Annotated[dict[str, Any] | None, Field(description="What was sent, or what whoever does it should know")]
    system: str | None
    operation: str | None
    after: list[str]
    queue: Annotated[str | None, Field(description="Whose people it waits for; null: it waits for nobody")]
    owner_role: str | None
    needs_approver: bool
    by_hand: Annotated[bool, Field(description="Whether a person does what could not be sent")]
    site_id: str | None
    due_at: Moment | None
    delivery_id: Annotated[str | None, Field(description="Idempotency key of what was sent")]
    returns: Annotated[dict[str, str], Field(description="What `result` may hold, each with its kind")]
    result: dict[str, float | bool | str | None]
    reason: str | None
    created_at: Moment
    begun_at: Moment | None
    ended_at: Moment | None
    ended_by: Annotated[str | None, Field(description="null: it ended by itself")]


class CaseSteps(Answer):
    """The steps of a case, in order of planning."""

    steps: list[Step]


class WaitingStep(Step):
    """A step that waits for the people of a queue. seq: its place, for the next page."""

    seq: int


class WaitingSteps(Answer):
    """A page of what waits in a queue beside cases, oldest first."""

    steps: list[WaitingStep]


class CompleteBody(Body):
    """What came of a step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comment": "Posted under 5000012345"}]})

    result: Annotated[Result, Field(description="What the step `returns`")] = None
    comment: Annotated[str | None, Field(max_length=MAX_REASON)] = None


class ReasonBody(Body):
    """Why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The supplier has agreed by telephone."}]})

    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON)]


class CallbackBody(Body):
    """What became of what a system was asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"result": {"document": "4900001234"}}]})

    result: Annotated[Result, Field(description="What the step `returns`")] = None
    failed: Annotated[str | None, Field(max_length=MAX_REASON, description="Why it was not done; left out: it was")] = (
        None
    )
