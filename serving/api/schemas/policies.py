"""The life of a policy: versions, acts, what-if and shadows."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from features.fields import Instant
from policies.checking.findings import Finding
from policies.document.document import Disposition
from policies.document.parts import Level
from serving.api.schemas.base import Answer, Body, Document, Variant, Version
from triage.intake.decision import Moment
from triage.policy_life.timeline import Kind
from triage.policy_life.what_if import MAX_CASES

MAX_LISTED: Final = 1_000
MAX_LETTERS: Final = 200_000
"""Characters of a document, or of its examples."""


class DraftBody(Body):
    """A document to be recorded as a version, which is never changed afterwards."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"document": "domain: …\nversion: 1.1.0\n…"}]})

    document: Annotated[
        str, Field(min_length=1, max_length=MAX_LETTERS, description="The policy in YAML, as in a file")
    ]


class PublishBody(Body):
    """Which version comes into force, and when."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "1.1.0"}]})

    version: Version
    variant: Variant = None
    effective_at: Annotated[Instant | None, Field(description="Left out: now")] = None
    examples: Annotated[
        str | None,
        Field(max_length=MAX_LETTERS, description="Example cases in YAML, all of which must come out as they say"),
    ] = None


class RollbackBody(Body):
    """What to go back to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    variant: Variant = None
    to: Annotated[Version | None, Field(description="Left out: the version that was in force before")] = None


class ShadowBody(Body):
    """Which version decides beside the live one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "1.1.0"}]})

    version: Annotated[Version | None, Field(description="null ends the shadow")]
    variant: Variant = None


class SimulateBody(Body):
    """Which draft to replay, over which cases."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "1.1.0", "cases": 20_000}]})

    version: Annotated[Version | None, Field(description="A stored version, or give `document`")] = None
    variant: Variant = None
    document: Annotated[
        str | None, Field(max_length=MAX_LETTERS, description="A draft in YAML that need not be stored")
    ] = None
    since: Instant | None = None
    until: Instant | None = None
    cases: Annotated[int, Field(ge=1, le=MAX_CASES, description="At most so many, the newest")] = 20_000
    changed_from: Annotated[int, Field(ge=0, le=MAX_CASES)] = 0
    changed_limit: Annotated[int, Field(ge=0, le=MAX_LISTED)] = 100


class Policy(Answer):
    """The policy of a domain in force, with those of its variants."""

    domain: str
    version: str
    document: Annotated[Document, Field(description="The policy document as read")]
    variants: Annotated[dict[str, Document], Field(description="Documents by variant")]


class PolicyVersion(Answer):
    """One version as it was written."""

    domain: str
    variant: str | None
    version: str
    document: Annotated[str, Field(description="YAML")]
    sha256: str
    created_at: Moment
    created_by: str


class ListedVersion(Answer):
    """One version and what it is now."""

    variant: str | None
    version: str
    state: Literal["draft", "scheduled", "live", "shadow", "past"]
    shadow: bool
    created_at: Moment
    created_by: str
    sha256: str


class Act(Answer):
    """What somebody did with a version; `version` is null where none is named."""

    domain: str
    variant: str | None
    act: Kind
    version: str | None
    effective_at: Moment
    published_at: Moment
    published_by: str


class PolicyVersions(Answer):
    """The versions of a domain's policies, newest first, and every act upon them."""

    domain: str
    live: Annotated[dict[str, str | None], Field(description="Version in force by variant; under '' the domain's own")]
    versions: list[ListedVersion]
    acts: list[Act]


class Draft(Answer):
    """A recorded version with what lint says of it. new: false where it was recorded before with the same content."""

    domain: str
    variant: str | None
    version: str
    new: bool
    findings: list[Finding]


class QueueLength(Answer):
    """How much would wait in a queue."""

    queue: str
    title: str
    cases: int
    minutes: float
    minutes_per_day: float | None


class AuditedError(Answer):
    """An error rate estimated from labels, each weighted by its probability of being known."""

    rate: float | None
    low: float | None
    high: float | None
    confidence: float
    labels: int
    wrong: int
    method: str


class ReplayedSide(Answer):
    """What becomes of the cases on one side, how wrong it is, what it costs, and who has to do it."""

    straight_through_rate: float
    dispositions: dict[str, int]
    expected_error: float | None
    audited_error: AuditedError
    expected_loss: float
    review_minutes: float
    review_cost: float
    expected_cost: float
    queues: list[QueueLength]


class DraftSide(ReplayedSide):
    """The draft's side."""

    straight_through_rate_if_all_were_certified: Annotated[
        float | None, Field(description="Only where the draft has an error budget")
    ] = None


class Transition(Answer):
    """How many cases go from one disposition to another."""

    from_: Annotated[Disposition, Field(alias="from")]
    to: Disposition
    cases: int


class Changes(Answer):
    """How many cases come out otherwise."""

    dispositions: int
    queues: int
    priorities: int
    newly_automatic: int
    no_longer_automatic: int
    matrix: list[Transition]


class ReplayedDecision(Answer):
    """What was or would be decided."""

    disposition: Disposition
    priority: Level
    queue: str | None


class ChangedCase(Answer):
    """A case that comes out otherwise."""

    case_id: str
    exception_id: str
    risk: float | None
    expected_loss: float | None
    stored: ReplayedDecision
    draft: ReplayedDecision


class ChangedCases(Answer):
    """Cases that come out otherwise, the dearest first."""

    total: int
    offset: int
    items: list[ChangedCase]


class CurvePoint(Answer):
    """Cost and error where everything up to a risk threshold is automatic."""

    risk_threshold: float
    straight_through_rate: float
    expected_error: float
    review_minutes: float
    expected_cost: float


class StepCount(Answer):
    """How often a step of a route would begin."""

    route: str
    step: str
    kind: str
    reaches: Annotated[str, Field(description="The system or queue")]
    cases: int
    at_most: Annotated[bool, Field(description="Whether an earlier answer or a ruling has its say as well")]


class WhatIf(Answer):
    """A draft replayed over stored cases, beside what was decided."""

    domain: str
    variant: str | None
    version: str
    cases: int
    currency: str
    stored: ReplayedSide
    draft: DraftSide
    changed: Changes
    changed_cases: ChangedCases
    curve: list[CurvePoint]
    actions: Annotated[list[StepCount], Field(description="What the draft's steps would do")]
    assumptions: Annotated[list[str], Field(description="What the figures rest on, in words")]


class ShadowTransition(Answer):
    """How many cases the live side and the shadow decide as one or the other."""

    live: Disposition
    shadow: Disposition
    cases: int


class ShadowSide(Answer):
    """What one side comes to."""

    straight_through_rate: float
    expected_error: float | None
    expected_loss: float
    review_minutes: float


class ShadowDecision(Answer):
    """What one side decided of a case."""

    disposition: Disposition
    queue: str | None
    risk: float | None


class DifferingCase(Answer):
    """A case that the two sides decide otherwise."""

    case_id: str
    exception_id: str
    live: ShadowDecision
    shadow: ShadowDecision


class DifferingCases(Answer):
    """Cases that the two sides decide otherwise, newest first."""

    total: int
    offset: int
    items: list[DifferingCase]


class ShadowReport(Answer):
    """Shadow decisions beside live ones."""

    domain: str
    kind: Literal["policy", "model"]
    version: str
    cases: int
    agree: float
    agree_on_queue: float
    matrix: list[ShadowTransition]
    live: ShadowSide
    shadow: ShadowSide
    differing: DifferingCases
