"""Cases, queues, the verbs of review, and outcomes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool

from policies.document.document import Disposition
from policies.document.parts import Level
from serving.api.schemas.base import Answer, Body, Document, Problem
from serving.api.schemas.clocks import CaseClock
from triage.intake.decision import Decision, Moment
from triage.review.suggestion import AS_SUGGESTED, Action
from triage.review.task_access import MAX_COMMENT

CaseState = Literal["auto", "open", "claimed", "approval", "on_hold", "snoozed", "done"]
TaskState = Literal["open", "claimed", "approval", "on_hold", "snoozed", "done"]
SlaState = Literal["on_track", "at_risk", "breached"]
Comment = Annotated[str | None, Field(max_length=MAX_COMMENT)]


class CommentBody(Body):
    """A remark for the file."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Asked the store for the receipt."}]})

    text: Annotated[str, Field(min_length=1, max_length=MAX_COMMENT)]


class RulingBody(Body):
    """A person's ruling."""

    action: Annotated[
        Action,
        Field(
            description="accepted: acting straight through would have been right; corrected: it would have been wrong"
        ),
    ]
    cause: Annotated[str, Field(max_length=64, description="The true cause, one of the domain's labels")]
    reason_code: Annotated[
        str,
        Field(
            max_length=64,
            description="One of the policy's reason codes; may be left out where the ruling is the suggested one",
        ),
    ] = AS_SUGGESTED
    comment: Comment = None


class ApprovalBody(Body):
    """What the second person says to a ruling."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approve": True}]})

    approve: Annotated[StrictBool, Field(description="true: the ruling stands; false: the case goes back to its queue")]
    comment: Annotated[Comment, Field(description="Needed where the ruling is sent back")] = None


class CaseAnswer(Answer):
    """The answer to one case of a batch: what `POST /v1/cases` would have said, with its status."""

    status: int
    body: Decision | Problem


class BatchAnswers(Answer):
    """One answer per case, in order."""

    answers: list[CaseAnswer]


class Ruling(Answer):
    """A ruling that waits for a second person."""

    action: Action
    cause: str
    reason_code: str
    comment: str | None


class Task(Answer):
    """What waits for a person, or waited."""

    queue: str
    kind: Literal["review", "audit"]
    owner_role: str
    state: TaskState
    sla_due_at: Moment
    sla_state: SlaState
    claimed_by: str | None
    claimed_until: Moment | None
    created_at: Moment
    done_at: Moment | None
    minutes: Annotated[float, Field(description="What the case is expected to take")]
    approval: Annotated[str | None, Field(description="The four-eyes rule that wants a second person")]
    approval_role: str | None
    ruling: Ruling | None
    ruled_by: str | None
    assigned_to: Annotated[str | None, Field(description="Whose it is when nobody claims it; null: anybody's")]
    back_at: Annotated[
        Moment | None, Field(description="From when it waits for action again, first in its queue; null: never away")
    ]
    escalated: Annotated[bool, Field(description="Whether only an approver may close it")]
    passed_by: Annotated[str | None, Field(description="Who handed it on last, to whom it can be sent back")]


class ListedCase(Answer):
    """A case as lists show it; what was decided is null while its blind audit is open."""

    case_id: str
    domain: str
    exception_id: str
    site_id: str | None
    as_of: Moment
    received_at: Moment
    currency: str
    disposition: Disposition | None
    cause: str | None
    risk: float | None
    expected_loss: float | None
    priority: Level | None
    fallback: str | None
    decided_at: Moment
    state: CaseState
    task: Task | None


class CasePage(Answer):
    """A page of cases, newest first."""

    items: list[ListedCase]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last")]


class Case(ListedCase):
    """A case with who submitted it and what stood around its payload."""

    submitted_by: str
    envelope: Document


class Resolution(Answer):
    """A ruling that stands."""

    resolution_id: int
    case_id: str
    resolved_at: Moment
    resolved_by: str
    action: Action
    cause: str
    reason_code: str
    comment: str | None
    overrides: Annotated[bool, Field(description="Whether it departs from the recommendation")]
    saw_suggestion: Annotated[bool, Field(description="false: it was a blind audit")]


class CaseComment(Answer):
    """A remark in the file."""

    comment_id: int
    case_id: str
    written_at: Moment
    written_by: str
    text: str


class Label(Answer):
    """What became known of a case."""

    label_id: int
    domain: str
    exception_id: str
    source: Literal["outcome", "resolution", "audit", "backfill"]
    cause: str | None
    wrong: bool | None
    loss: float | None
    known_at: Moment
    recorded_at: Moment
    recorded_by: str


class AuditEvent(Answer):
    """One link of the audit chain."""

    seq: int
    at: Moment
    actor: str
    verb: str
    case_id: str | None
    detail: Document
    previous_hash: str
    hash: str


class CaseFile(Answer):
    """Everything known of one case."""

    case: Case
    payload: Annotated[Document, Field(description="As validated; its schema is that of the domain")]
    attributes: Document
    decision: Decision
    task: Task | None
    clock: Annotated[CaseClock | None, Field(description="null where nobody has to look")]
    resolutions: list[Resolution]
    comments: list[CaseComment]
    outcomes: list[Label]
    history: list[AuditEvent]


class Claimed(Answer):
    """A task that is yours for a while."""

    case_id: str
    state: Literal["claimed"]
    claimed_by: str
    claimed_until: Moment


class Released(Answer):
    """A task that is back in its queue."""

    case_id: str
    state: Literal["open"]


class Commented(Answer):
    """A remark that was written."""

    case_id: str
    written_at: Moment


class Attachment(Answer):
    """A file of a case."""

    attachment_id: str
    case_id: str
    name: str
    media_type: Annotated[str, Field(description="By its content, whatever its name says")]
    size: Annotated[int, Field(description="Bytes")]
    sha256: str
    added_by: str
    added_at: Moment


class Attachments(Answer):
    """The files of a case, the oldest first."""

    attachments: list[Attachment]


class Closed(Answer):
    """A case whose ruling stands."""

    case_id: str
    state: Literal["done"]
    action: Action
    cause: str
    overrides: bool


class AwaitsApproval(Answer):
    """A case whose ruling waits for a second person."""

    case_id: str
    state: Literal["approval"]
    action: Action
    cause: str
    approval: str
    approval_role: str


class SentBack(Answer):
    """A case that is back in its queue because a second person did not agree."""

    case_id: str
    state: Literal["open"]
    comment: str


class Beyond(Answer):
    """What does not fit into today."""

    count: int
    expected_loss: float
    oldest_created_at: Moment | None


class Capacity(Answer):
    """What fits into the reviewers' minutes of today."""

    minutes_left_today: float
    fit_today: int
    beyond_today: Beyond


class Queue(Answer):
    """What waits in a queue, by claim and by SLA state, and in reviewers' minutes."""

    queue: str
    title: str
    domain: str
    owner_role: str
    restricted: bool
    open: int
    claimed: int
    approval: int
    on_hold: int
    snoozed: int
    audits: int
    overdue: int
    at_risk: int
    on_track: int
    next_due_at: Moment | None
    minutes_waiting: float
    minutes_per_day: float | None
    capacity: Annotated[Capacity | None, Field(description="null where nobody counts minutes")]


class Queues(Answer):
    """Every queue the caller may see."""

    queues: list[Queue]


class Recorded(Answer):
    """An outcome as recorded; what was not sent is left out."""

    case_id: str
    domain: str
    exception_id: str
    wrong: bool
    cause: str | None = None
    loss: Annotated[Decimal | None, Field(description="Money lost, in the reporting currency")] = None
    known_at: datetime | None = None


class OutcomeAnswer(Answer):
    """The answer to one outcome of many, with its status."""

    status: int
    body: Recorded | Problem


class OutcomeAnswers(Answer):
    """One answer per outcome, in order."""

    answers: list[OutcomeAnswer]
