"""The names and units that parts of a policy document are written in."""

from typing import Annotated, Literal

from pydantic import Field

RuleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
QueueName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
RoleName = Annotated[str, Field(min_length=1, max_length=80)]
Level = Literal["P1", "P2", "P3", "P4"]
Hours = Annotated[float, Field(gt=0, le=24 * 365)]
