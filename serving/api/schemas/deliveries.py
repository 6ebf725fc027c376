"""Endpoints and deliveries: who is told, and what became of each message."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from features.fields import one_line
from serving.api.schemas.base import Answer, Body
from triage.handoff.endpoints import MAX_TIMEOUT_SECONDS, MAX_URL_LENGTH
from triage.handoff.templates import MAX_TEMPLATE_LENGTH
from triage.intake.decision import Decision, Moment
from triage.review.suggestion import Action

MAX_OVERLAP_HOURS: Final = 24 * 30
Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(one_line)]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]
State = Literal["waiting", "blocked", "leased", "delivered", "dead"]
EndpointKind = Literal["webhook", "message", "bus"]


class EndpointBody(Body):
    """A system, mailbox or chat that deliveries go to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "erp", "url": "https://erp.example/hooks/triage"}]}
    )

    name: Name
    url: Annotated[str, Field(min_length=1, max_length=MAX_URL_LENGTH)]
    kind: Annotated[
        EndpointKind, Field(description="message: mail and chat by an apprise URL; bus: an event broker")
    ] = "webhook"
    secret: Annotated[
        str | None, Field(max_length=500, description="whsec_…, env:NAME or file:PATH; left out: one is generated")
    ] = None
    events: Annotated[Names, Field(description="Event kinds; *: all; empty: only what is addressed to it")] = ("*",)
    domains: Annotated[Names, Field(description="Empty: every domain")] = ()
    callbacks: Annotated[bool, Field(description="Whether submissions may name a callback_url below its URL")] = False
    allow_private: Annotated[bool, Field(description="Whether it may be at a private address")] = False
    rate_per_second: Annotated[float, Field(ge=0.001, le=1_000)] = 50.0
    timeout_seconds: Annotated[float, Field(ge=0.001, le=MAX_TIMEOUT_SECONDS)] = 10.0
    deadline_hours: Annotated[float, Field(ge=0.001, le=24 * 90, description="How long a delivery is tried")] = 72.0
    template: Annotated[str | None, Field(max_length=MAX_TEMPLATE_LENGTH, description="Of messages, in Jinja")] = None
    language: Annotated[Literal["en", "de"], Field(description="Of the built-in message")] = "en"


class PauseBody(Body):
    """Why nothing is to be sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"because": "The ERP is being upgraded."}]})

    because: Annotated[str, Field(min_length=1, max_length=500)]


class RotateBody(Body):
    """A new secret, and how long the old one still signs beside it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})

    secret: Annotated[str | None, Field(max_length=500, description="Left out: one is generated")] = None
    overlap_hours: Annotated[float, Field(ge=0, le=MAX_OVERLAP_HOURS)] = 24.0


class RedriveBody(Body):
    """Which deliveries are sent again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"endpoint": "erp"}]})

    endpoint: Name | None = None
    state: Literal["dead", "delivered"] = "dead"
    kind: Annotated[str | None, Field(max_length=40)] = None
    case_id: Annotated[str | None, Field(max_length=36)] = None


class TestBody(Body):
    """Which endpoint to try."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"endpoint": "erp"}]})

    endpoint: Name


class EndpointSecret(Answer):
    """An endpoint and a generated secret, which is shown only this once; null where it was given."""

    name: str
    secret: str | None


class SecretSource(Answer):
    """Where a secret is, never the secret."""

    source: str
    retires_at: Moment | None


class Endpoint(Answer):
    """An endpoint and its state."""

    name: str
    kind: EndpointKind
    url: str
    state: Literal["sending", "paused", "open breaker"]
    events: list[str]
    domains: list[str]
    callbacks: bool
    allow_private: bool
    rate_per_second: float
    timeout_seconds: float
    deadline_hours: float
    language: str
    failures_in_a_row: int
    breaker_open_until: Moment | None
    paused_because: str | None
    created_at: Moment
    created_by: str
    secrets: list[SecretSource]


class Endpoints(Answer):
    """Every endpoint, by name."""

    endpoints: list[Endpoint]


class EndpointStatus(Answer):
    """An endpoint after it was paused or resumed."""

    name: str
    state: Literal["sending", "paused"]


class Delivery(Answer):
    """One message to one endpoint."""

    delivery_id: Annotated[str, Field(description="The receiver's idempotency key: `webhook-id`")]
    endpoint: str
    kind: str
    state: State
    attempts: Annotated[int, Field(description="Since it was written or sent again")]
    reason: Annotated[str | None, Field(description="Why it is dead, or why the last attempt failed")]
    case_id: str | None
    domain: str | None
    created_at: Moment
    due_at: Annotated[Moment | None, Field(description="Next attempt, or the end of a worker's lease")]
    finished_at: Moment | None
    redrives: int


class DeliveryPage(Answer):
    """A page of deliveries, newest first."""

    items: list[Delivery]
    next_cursor: str | None


class DeliveryAttempt(Answer):
    """One attempt."""

    at: str
    status: int | None
    reason: str | None
    ms: int


class DeliveryFile(Delivery):
    """One delivery with its body and last attempts."""

    target_url: Annotated[str | None, Field(description="A callback address; null: the endpoint's own URL")]
    order_key: str | None
    expires_at: Moment
    history: list[DeliveryAttempt]
    body: dict[str, Any]


class Redriven(Answer):
    """How many are sent again, and whether some are left."""

    redriven: int
    more: bool


class FinalRuling(Answer):
    """A person's ruling; of a case in a restricted queue, whoever may not see it learns only the action."""

    action: Action
    cause: str | None = None
    reason_code: str | None = None
    comment: str | None = None
    overrides: bool | None = None
    resolved_by: str | None = None
    resolved_at: Moment


class CaseDecision(Answer):
    """The decision on a case, and the ruling once there is one."""

    case_id: str
    final: Annotated[bool, Field(description="No person's ruling is awaited")]
    decision: Decision
    ruling: FinalRuling | None
