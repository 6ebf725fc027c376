"""What is installed, and whether all is well."""

from typing import Annotated, Literal

from pydantic import Field

from serving.api.schemas.base import Answer, Document
from serving.api.schemas.certificates import Automation
from triage.db.probe import Health
from triage.intake.decision import Moment


class Domain(Answer):
    """One kind of exception."""

    name: str
    title: str
    straight_through: Annotated[str, Field(description="What happens without a person")]
    wrong_when: str
    loss_is: str
    causes: Annotated[dict[str, str], Field(description="Titles by label")]
    required: Annotated[list[str], Field(description="Payload fields a case cannot go without")]
    payload_schema: Annotated[Document, Field(description="JSON schema")]
    policy_version: str
    automation: list[Automation]


class Domains(Answer):
    """Every kind of exception."""

    domains: list[Domain]


class Model(Answer):
    """Which model version serves a domain, or why none does."""

    model_version: str | None
    registry: Literal["ok", "unreachable", "empty", "not asked yet"]
    reason: str | None
    refused: str | None
    loaded_at: Moment | None


class Models(Answer):
    """Which models serve, by domain."""

    models: dict[str, Model]


class Alive(Answer):
    """The process lives."""

    status: Literal["alive"]


class LivePolicy(Answer):
    """Which policy versions decide."""

    policy_version: str
    variants: dict[str, str]
    shadow: list[str]
    refused: str | None
    database: Health


class ReadyAutomation(Answer):
    """Whether anything is automatic, in a word."""

    variant: str | None
    automation: Literal["by thresholds, without a promise", "stopped", "certified", "not certified"]
    lapses_at: Moment | None
    differing: str | None = None


class Deciding(Answer):
    """What decides a domain; `model_version` or `reason` is left out where it does not apply."""

    decides: Literal["model", "fallback rules"]
    model_version: str | None = None
    reason: str | None = None
    registry: str
    policy: LivePolicy
    automation: list[ReadyAutomation]


class Ready(Answer):
    """Whether cases can be taken."""

    status: Literal["ready", "not ready"]
    database: Health
    history: str
    domains: dict[str, Deciding]
