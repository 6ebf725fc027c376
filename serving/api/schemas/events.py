"""What events carry, as their receivers read it."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, Field

from serving.api.schemas.base import Answer
from triage.handoff.event_kinds import CASE_DECIDED, CASE_OUTCOME, CASE_RULED, ENDPOINT_TEST
from triage.intake.decision import Decision, Moment
from triage.review.suggestion import Action


class EventRuling(Answer):
    """A person's ruling that stands; of a case in a restricted queue, a callback says only what was done."""

    action: Action
    cause: str | None = None
    reason_code: str | None = None
    comment: str | None = None
    ruled_by: str | None = None
    ruled_at: Moment


class RuledEvent(Answer):
    """A ruling, and the decision it follows."""

    case_id: str
    exception_id: str
    domain: str
    ruling: EventRuling
    decision: Decision


class OutcomeEvent(Answer):
    """What became known of a case."""

    case_id: str
    domain: str
    exception_id: str
    wrong: bool | None = None
    cause: str | None = None
    loss: Annotated[str | None, Field(description="A decimal number, in the reporting currency")] = None
    known_at: str | None = None


class EndpointTestEvent(Answer):
    """Somebody tries whether the endpoint is reached."""

    test: bool
    endpoint: str


EVENT_BODIES: Final[Mapping[str, type[BaseModel]]] = {
    CASE_DECIDED: Decision,
    CASE_RULED: RuledEvent,
    CASE_OUTCOME: OutcomeEvent,
    ENDPOINT_TEST: EndpointTestEvent,
}
"""The body of an event by its kind; a kind that is missing here is described as an object."""
