"""What follows a decision or a ruling: a route's steps, as data.

A step opens a task, calls a system, sends a message, waits, or proposes something that a person confirms. It runs on
one of four occasions, after the steps it names, and where its condition holds.
"""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag

from policies.document.parts import DocumentPart, Hours, OnMissing, QueueName, RoleName, When

MAX_STEPS: Final = 12
MAX_SYSTEMS: Final = 40
MAX_FIELDS: Final = 40
StepName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
SystemName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}(\.[A-Za-z_][A-Za-z0-9_]{0,39}){0,2}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Kind = Literal["number", "flag", "text"]


class Occasion(StrEnum):
    """When a step begins.

    decision: a case was decided that waits for a person; automatic: one was handled straight through; accepted,
    corrected: a person's ruling stands that says acting straight through would have been right, or wrong. The ruling of
    a blind audit is no occasion: what it is about was done already.
    """

    DECISION = "decision"
    AUTOMATIC = "automatic"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"


RULINGS: Final = frozenset({Occasion.ACCEPTED, Occasion.CORRECTED})


class System(DocumentPart):
    """A system, mailbox or chat that steps reach: the endpoint of its name, where one was added."""

    title: Annotated[str, Field(min_length=1, max_length=120)]


class FactField(DocumentPart):
    """A field of a body that is a fact of the case, in its own type and as it was sent."""

    fact: Annotated[str, Field(min_length=1, max_length=80)]


class AmountField(DocumentPart):
    """A field of a body that is computed: CEL that gives a number, in the policy's currency, written with two
    decimals."""

    amount: Annotated[str, Field(min_length=1, max_length=2000)]


BodyValue = FactField | AmountField | Annotated[float, Field(allow_inf_nan=False)] | bool | Text
"""A text may name facts in braces; whatever is no text, fact or amount stands as written."""
Body = Annotated[dict[FieldName, BodyValue], Field(max_length=MAX_FIELDS)]
"""Fields by name; a dot in a name nests them."""


CalendarOfStep = Annotated[str | None, Field(max_length=40)]
"""Whose hours count towards a due time; at a site with a calendar of its own, that one's. None: every hour counts."""


class ByHand(DocumentPart):
    """Who does by hand what failed; when they have, the steps after it go on. escalate: only an approver may."""

    queue: QueueName
    owner_role: RoleName | None = None
    due_hours: Hours
    calendar: CalendarOfStep = None
    escalate: bool = False


OnFailure = Literal["stop", "go_on"] | ByHand


class BasicStep(OnMissing):
    """What every step has.

    occasions: when it begins. after: steps that must have ended before; one that is not of the occasion, or whose
    condition does not hold, is not waited for. on_failure: what becomes of the steps after this one where it fails,
    runs out of time or is declined.
    """

    id: StepName
    occasions: Annotated[list[Occasion], Field(default_factory=lambda: [Occasion.DECISION], min_length=1)]
    when: When | None = None
    after: Annotated[list[StepName], Field(default_factory=list, max_length=MAX_STEPS)]
    on_failure: OnFailure = "stop"


class OpenTask(BasicStep):
    """Opens a task in a queue, with a due time of its own. body: what whoever does it should know; returns: what they
    fill in."""

    kind: Literal["task"]
    queue: QueueName
    owner_role: RoleName | None = None
    title: ShortText
    due_hours: Hours
    calendar: CalendarOfStep = None
    body: Annotated[Body, Field(default_factory=dict)]
    returns: Annotated[dict[StepName, Kind], Field(default_factory=dict, max_length=20)]


class CallSystem(BasicStep):
    """Calls a system. operation: what it is asked to do; returns: what of its answer later steps may read."""

    kind: Literal["call"]
    system: SystemName
    operation: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,79}$")]
    body: Body
    returns: Annotated[dict[StepName, Kind], Field(default_factory=dict, max_length=20)]


class SendMessage(BasicStep):
    """Sends a message: title and text, or both by language; the endpoint's language chooses, else English."""

    kind: Literal["message"]
    system: SystemName
    title: ShortText | Annotated[dict[Literal["en", "de"], ShortText], Field(min_length=1)]
    text: Text | Annotated[dict[Literal["en", "de"], Text], Field(min_length=1)]


class WaitFor(BasicStep):
    """Waits for a system to call back, or for a person of a queue to go on, and no longer than its time-out."""

    kind: Literal["wait"]
    until: Literal["callback", "person"]
    queue: QueueName | None = None
    title: ShortText | None = None
    timeout_hours: Hours
    returns: Annotated[dict[StepName, Kind], Field(default_factory=dict, max_length=20)]


class Propose(BasicStep):
    """Recommends something that a person confirms or declines: of this role, in this queue, by its due time."""

    kind: Literal["propose"]
    queue: QueueName
    role: Literal["analyst", "approver"] = "approver"
    title: ShortText
    due_hours: Hours
    calendar: CalendarOfStep = None
    body: Annotated[Body, Field(default_factory=dict)]


def _kind(given: Any) -> str:
    kind = given.get("kind") if isinstance(given, dict) else getattr(given, "kind", None)
    return kind if isinstance(kind, str) else ""


Step = Annotated[
    Annotated[OpenTask, Tag("task")]
    | Annotated[CallSystem, Tag("call")]
    | Annotated[SendMessage, Tag("message")]
    | Annotated[WaitFor, Tag("wait")]
    | Annotated[Propose, Tag("propose")],
    Discriminator(
        _kind,
        custom_error_type="step_kind",
        custom_error_message="needs a `kind`: task, call, message, wait or propose",
    ),
]
