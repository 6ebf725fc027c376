"""A domain's models: versions, what promotion would change, drift, and changes that two people make."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from serving.api.schemas.base import Answer, Body
from triage.intake.decision import Moment
from triage.model_life.changes import ModelVerb
from triage.review.task_access import MAX_COMMENT


class ModelChangeBody(Body):
    """Which version should serve, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"verb": "promote", "version": 4, "reason": "Fewer errors on the same cases."}]}
    )

    verb: ModelVerb
    version: Annotated[int | None, Field(ge=1, description="Needed to promote")] = None
    reason: Annotated[str, Field(min_length=1, max_length=MAX_COMMENT)]


class ModelDecisionBody(Body):
    """Whether a second person agrees; refusing takes a comment."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agreed": True}]})

    agreed: bool
    comment: Annotated[str | None, Field(max_length=MAX_COMMENT)] = None


class ModelVersion(Answer):
    """A registered version."""

    version: int
    aliases: Annotated[list[str], Field(description="champion, challenger or previous")]
    created_at: datetime
    origin: Annotated[str, Field(description="Of the data it learnt from")]


class ModelChange(Answer):
    """A change of which version serves."""

    change_id: str
    domain: str
    verb: ModelVerb
    version: int
    champion_before: int | None
    reason: str
    state: Literal["waiting", "applying", "done", "rejected"]
    asked_by: str
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    comment: str | None


class ScoreDrift(Answer):
    """Whether scores look as they did in testing."""

    index: Annotated[float | None, Field(description="Population stability index; null where there are too few cases")]
    verdict: Literal["none", "notable", "large", "unknown"]
    cases: int
    tested_on: int
    mean_risk: float | None
    mean_risk_tested: float | None


class ModelLife(Answer):
    """Everything about a domain's models."""

    domain: str
    serving: Annotated[str | None, Field(description="The version that this process uses")]
    reason: Annotated[str | None, Field(description="Why none does")]
    versions: list[ModelVersion]
    error: Annotated[str | None, Field(description="Why the registry cannot be asked")]
    changes: list[ModelChange]
    drift: ScoreDrift | None
    next_step: str
    four_eyes: bool


class ModelComparison(Answer):
    """What promoting the challenger would change, on the newest cases under the policy in force."""

    domain: str
    challenger: str
    cases: int
    rescored: Annotated[int, Field(description="Cases the challenger could score again")]
    champion: dict[str, Any]
    challenger_side: dict[str, Any]
    changed: int
    newly_automatic: int
    no_longer_automatic: int
