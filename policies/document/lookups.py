"""What is looked up before a case is judged: facts that its sender did not give and another system knows."""

from typing import Annotated, Final

from pydantic import Field

from policies.document.parts import DocumentPart, Hours, QueueName, Scalar
from policies.document.steps import CalendarOfStep, FieldName, ShortText, StepName, SystemName

MAX_LOOKUPS: Final = 12
MAX_TARGETS: Final = 20
Target = Annotated[str, Field(pattern=r"^(attributes\.)?[A-Za-z_][A-Za-z0-9_]{0,63}$")]


class Lookup(DocumentPart):
    """One question to a source.

    source: the table or address of this name, which operators add. key: the payload field whose value is asked for, or
    several, in the order the source names its own; a case without one of them is not looked up. gives: payload field or
    attribute, by the field of the source's answer that fills it; what the sender gave stays. default: what is assumed
    where nothing was found out. matters: that a person decides meanwhile, and finds it out by the queue and hours of
    `ask`; without it the case goes on with the default.
    """

    id: StepName
    title: ShortText
    source: SystemName
    key: Annotated[list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]], Field(min_length=1, max_length=4)]
    gives: Annotated[dict[Target, FieldName], Field(min_length=1, max_length=MAX_TARGETS)]
    default: Annotated[dict[Target, Scalar], Field(default_factory=dict, max_length=MAX_TARGETS)]
    timeout_ms: Annotated[int, Field(ge=10, le=5_000)] = 300
    cache_minutes: Annotated[float, Field(ge=0, le=24 * 60)] = 10.0
    retry_hours: Hours = 24.0
    matters: bool = False
    ask: "Ask | None" = None


class Ask(DocumentPart):
    """Whom to ask for what a source did not say."""

    queue: QueueName
    due_hours: Hours
    calendar: CalendarOfStep = None
