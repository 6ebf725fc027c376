"""The policy document as written: every key named, typed and refused when unknown, every error given its line."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.documents.match_result import MatchRules
from policies.document.clocks import MAX_CALENDARS, Calendar, CalendarName, Clocked, Ladder, LadderName, Rest, Role
from policies.document.errors import PolicyError, form_message
from policies.document.lookups import MAX_LOOKUPS, Lookup
from policies.document.parts import Hours, Level, OnMissing, QueueName, RoleName, RuleId, Scalar, When
from policies.document.source import Source
from policies.document.steps import MAX_STEPS, MAX_SYSTEMS, Step, System, SystemName

Probability = Annotated[float, Field(ge=0, le=1)]
MAX_RULES: Final = 400
"""In one list: checking each takes milliseconds, and no document may keep a service busy for long."""


class Disposition(StrEnum):
    """What becomes of a case, from least to most human attention."""

    AUTO = "auto"
    CONFIRM = "confirm"
    REVIEW = "review"
    ESCALATE = "escalate"

    @property
    def rank(self) -> int:
        """Order the dispositions; a higher rank means more human attention."""
        return _RANKS[self]


_RANKS = {disposition: rank for rank, disposition in enumerate(Disposition)}


Raised = Literal[Disposition.CONFIRM, Disposition.REVIEW, Disposition.ESCALATE]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(OnMissing):
    """A CEL expression over payload fields, features, limits and declared attributes."""

    when: When


class Control(Condition):
    """A hard rule no model can bypass: it raises the disposition to at least `raise_to`.

    queue: where it sends the case instead of its cause's queue; action: what to do there, by default to look into the
    control.
    """

    id: RuleId
    title: Annotated[str, Field(min_length=1, max_length=200)]
    raise_to: Raised
    queue: QueueName | None = None
    action: Annotated[str, Field(min_length=1, max_length=400)] | None = None


class OverrideRule(Control):
    """Forces a human on what the models said: like a control, but it may read risk, cause, impact and expected_loss."""


class FallbackRule(OnMissing):
    """Decides where no model may speak; first match wins, and the last rule has no condition.

    floor: that it raises the case to its disposition beside a model too, as a control would, and says why people or
        money want that. None: it speaks only where no model does.
    """

    id: RuleId
    title: Annotated[str, Field(min_length=1, max_length=200)]
    when: When | None = None
    disposition: Disposition
    cause: str | None = None
    queue: QueueName | None = None
    floor: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Thresholds(_Part):
    """Inclusive cut-offs: at or above, the disposition rises to the one named."""

    confirm_at_risk: Probability
    review_at_risk: Probability
    escalate_at_risk: Probability = 1.0
    confirm_at_expected_loss: Annotated[float, Field(ge=0)] | None = None
    review_at_expected_loss: Annotated[float, Field(ge=0)] | None = None
    escalate_at_expected_loss: Annotated[float, Field(ge=0)] | None = None
    review_below_cause_probability: Probability = 0.0


class Segment(OnMissing):
    """One part of the business that is certified by itself; first match wins, and the last has no condition."""

    id: RuleId
    when: When | None = None


class ErrorBudget(_Part):
    """The promise: with confidence 1 - delta, at most a fraction alpha of a segment's automatic decisions is wrong.

    Where a policy has one, nothing is automatic without a certificate for it.
    of: what counts as wrong: acting straight through (`risk`), or the likeliest cause (`cause`).
    margin: certified at margin * alpha, which leaves room for drift.
    lapse_days: a certificate older than this stops automation; recertify_days: when a new one is made from newer
    labels.
    """

    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    delta: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    of: Literal["risk", "cause"] = "risk"
    segments: Annotated[list[Segment], Field(min_length=1, max_length=40)] = [Segment(id="all")]
    margin: Annotated[float, Field(gt=0, le=1)] = 0.8
    lapse_days: Annotated[float, Field(gt=0, le=730)] = 90.0
    recertify_days: Annotated[float, Field(gt=0, le=365)] = 7.0


class AuditSlice(Clocked):
    """A random share of the automatic decisions, never none, that a person checks without seeing what was decided."""

    share: Annotated[float, Field(gt=0, le=1)] = 0.03
    queue: QueueName
    sla_hours: Hours = 120.0


class Costs(_Part):
    """What mistakes and people cost, in the policy's currency; amounts are CEL over the case and its score.

    false_accept: of acting straight through where that is wrong; false_refuse: of holding a case that was fine.
    review_per_minute: of a reviewer's time.
    """

    false_accept: Annotated[str, Field(min_length=1, max_length=2000)] = "impact"
    false_refuse: Annotated[str, Field(min_length=1, max_length=2000)] = "0.0"
    review_per_minute: Annotated[float, Field(ge=0, le=10_000)]


class FourEyes(Condition):
    """Cases on which a second person approves the first one's ruling: of this role, never the same, never who asked."""

    id: RuleId
    title: Annotated[str, Field(min_length=1, max_length=200)]
    role: Literal["approver", "admin"] = "approver"


class AppliesTo(_Part):
    """Which cases a variant of a policy is for, by their envelope; every list given must name the case's value."""

    regions: Annotated[list[str], Field(min_length=1)] | None = None
    banners: Annotated[list[str], Field(min_length=1)] | None = None
    legal_entities: Annotated[list[str], Field(min_length=1)] | None = None


class PriorityRule(OnMissing):
    """Sets the priority level; first match wins."""

    level: Level
    when: When | None = None


class Queue(_Part):
    """Where people find the tasks. A restricted queue is shown only to approvers of its domain and admins.

    minutes_per_case: what a case takes; minutes_per_day: what the queue's reviewers have, None where nobody counts.
    """

    title: Annotated[str, Field(min_length=1, max_length=120)]
    owner_role: RoleName
    restricted: bool = False
    minutes_per_case: Annotated[float, Field(gt=0, le=1440)] = 10.0
    minutes_per_day: Annotated[float, Field(ge=0, le=1_000_000)] | None = None


class Route(OnMissing, Clocked):
    """Who handles it by when; the first route whose causes, dispositions and condition all fit wins.

    sla_hours: hours of its calendar from the decision to the due time, one number or one per priority level.
    steps: what else is done (`policies.document.steps`).
    """

    id: RuleId
    causes: Annotated[list[str], Field(min_length=1)] | None = None
    dispositions: Annotated[list[Disposition], Field(min_length=1)] | None = None
    when: When | None = None
    queue: QueueName
    owner_role: RoleName | None = None
    sla_hours: Hours | dict[Level, Hours]
    action: Annotated[str, Field(min_length=1, max_length=400)]
    steps: Annotated[list[Step], Field(default_factory=list, max_length=MAX_STEPS)]


class PolicyDocument(_Part):
    """One domain's policy. `auto_action` is what acting straight through does; `reason_codes` close a case.

    variant, extends, applies_to: of a document that tightens its domain's policy for some cases. systems: whom steps
    call or write to. lookups: what is looked up before a case is judged. matching: when a bill that came as a document
    matches its order and receipts, and so is no case.
    """

    domain: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,32}$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    auto_action: Annotated[str, Field(min_length=1, max_length=400)]
    variant: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    extends: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,32}$")] | None = None
    applies_to: AppliesTo | None = None
    limits: dict[str, Scalar] = {}
    attributes: dict[str, Literal["number", "flag", "text"]] = {}
    controls: Annotated[list[Control], Field(max_length=MAX_RULES)]
    thresholds: Thresholds
    error_budget: ErrorBudget | None = None
    audit: AuditSlice | None = None
    costs: Costs | None = None
    four_eyes: Annotated[list[FourEyes], Field(max_length=MAX_RULES)] = []
    override_rules: Annotated[list[OverrideRule], Field(max_length=MAX_RULES)] = []
    fallback_rules: Annotated[list[FallbackRule], Field(min_length=1, max_length=MAX_RULES)]
    priorities: Annotated[list[PriorityRule], Field(min_length=1, max_length=MAX_RULES)]
    queues: Annotated[dict[QueueName, Queue], Field(min_length=1, max_length=MAX_RULES)]
    routes: Annotated[list[Route], Field(min_length=1, max_length=MAX_RULES)]
    systems: Annotated[dict[SystemName, System], Field(max_length=MAX_SYSTEMS)] = {}
    lookups: Annotated[list[Lookup], Field(max_length=MAX_LOOKUPS)] = []
    matching: MatchRules | None = None
    calendars: Annotated[dict[CalendarName, Calendar], Field(max_length=MAX_CALENDARS)] = {}
    roles: Annotated[dict[RoleName, Role], Field(max_length=MAX_RULES)] = {}
    ladders: Annotated[dict[LadderName, Ladder], Field(max_length=MAX_CALENDARS)] = {}
    rest: Rest = Rest()
    reason_codes: Annotated[dict[str, str], Field(min_length=1)]


def read_document(text: str, *, name: str) -> tuple[PolicyDocument, Source]:
    """Parse a policy document; raise PolicyError that names file, line and key of everything wrong in its form."""
    source = Source(text, name=name)
    try:
        return PolicyDocument.model_validate(source.content), source
    except ValidationError as error:
        raise PolicyError([source.problem(item["loc"], form_message(item)) for item in error.errors()]) from None
