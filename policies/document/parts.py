"""The names and units that parts of a policy document are written in."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

RuleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
QueueName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
RoleName = Annotated[str, Field(min_length=1, max_length=80)]
Level = Literal["P1", "P2", "P3", "P4"]
Hours = Annotated[float, Field(gt=0, le=24 * 365)]
Scalar = Annotated[float, Field(allow_inf_nan=False)] | bool | str
When = Annotated[str, Field(min_length=1, max_length=2000)]


class DocumentPart(BaseModel):
    """A part of a document: every key named, unknown ones refused, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OnMissing(DocumentPart):
    """What missing values make of a condition.

    missing: the value that a name's being missing stands for, where that is known: 0 for what is never negative and is
        left out where there is none.
    if_missing: what a condition is whose known parts do not decide it; `evaluate` where the expression itself tests for
        null.
        Must be said wherever the condition reads something else that can be missing.
    """

    if_missing: Literal["match", "skip", "evaluate"] | None = None
    missing: Annotated[dict[str, Scalar], Field(max_length=20)] = {}
