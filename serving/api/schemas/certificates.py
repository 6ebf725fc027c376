"""Certificates: what is proven, what the audits say, and the two acts people have on it."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from serving.api.schemas.base import Answer, Body, Document, Variant
from triage.intake.decision import Moment


class CertifyBody(Body):
    """Which policy to certify anew."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    variant: Variant = None


class StopBody(Body):
    """Why automation has to stop."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "The tills are being replaced."}]})

    why: Annotated[str, Field(min_length=1, max_length=400)]
    variant: Variant = None


class Automation(Answer):
    """Whether anything may be automatic under a policy now, until when, and if not, why."""

    domain: str
    variant: str | None
    policy_version: str
    error_budget: bool
    certified: bool
    stopped: bool
    because: str | None
    lapses_at: Moment | None
    days_left: float | None
    differing: str | None = None


class Budget(Answer):
    """An error budget: at most alpha wrong, with probability 1 - delta."""

    alpha: float
    delta: float
    margin: float
    of: Literal["risk", "cause"]


class CertifiedSegment(Answer):
    """What was proven for one segment."""

    segment: str
    threshold: Annotated[float | None, Field(description="Scores at or below it may be automatic; null: none may")]
    labels: int
    errors: int
    bound: Annotated[float | None, Field(description="Upper confidence bound of the error rate there")]
    passed: Annotated[float, Field(description="Share of the segment at or below the threshold")]
    reason: str | None


class Certificate(Answer):
    """Thresholds per segment with the evidence they rest on."""

    certificate_id: str
    policy_version: str
    model_version: str
    certified_at: Moment
    lapses_at: Moment
    made_by: str
    stopped_at: Moment | None
    stopped_because: str | None
    of: Literal["risk", "cause"]
    alpha: float
    delta: float
    margin: float
    segments: list[CertifiedSegment]
    evidence: Annotated[Document, Field(description="Where the labels came from, how many, from when to when")]


class Certificates(Answer):
    """The certificates there were, newest first."""

    certificates: list[Certificate]


class LabelsForRate(Answer):
    """How many labels prove the budget where cases are truly this wrong."""

    rate: float
    share_of_alpha: float
    labels: int


class LabelsNeeded(Answer):
    """How many labels at or below a threshold prove the budget."""

    alpha: float
    delta: float
    without_any_error: int
    true_error: list[LabelsForRate]


class AuditedRates(Answer):
    """The audited error rate of automatic decisions, with its interval."""

    automatic: int
    audits: int
    errors: int
    rate: float | None
    low: float | None
    high: float | None
    confidence: float
    method: str


class AuditedSegment(AuditedRates):
    """The same of one segment."""

    segment: str


class Audited(AuditedRates):
    """What the audits of the last days say."""

    days: float
    segments: list[AuditedSegment]


class Harm(Answer):
    """Evidence that more is wrong than the budget allows; it stops automation at `alarm_at`."""

    evidence: float
    highest: float
    alarm_at: float
    audits: int
    errors: int


class UnlikeCases(Answer):
    """Of the newest cases, how many went to people because they are unlike what is proven."""

    cases: int
    unlike: int


class Guarantee(Automation):
    """Everything there is to say of a policy's error budget."""

    model_version: str | None
    certificate: Certificate | None
    labels_needed: LabelsNeeded | None
    audited: Audited | None
    harm: Harm | None
    unlike: UnlikeCases | None = None
    budget: Budget | None = None
