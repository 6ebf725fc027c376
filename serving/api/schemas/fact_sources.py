"""Sources of look-ups: where facts are looked up before a case is judged."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from serving.api.schemas.base import Answer, Body
from triage.handoff.endpoints import MAX_URL_LENGTH
from triage.handoff.lookup_sources import Kind
from triage.intake.decision import Moment

MAX_ROWS: Final = 20_000
Name = Annotated[str, Field(min_length=1, max_length=64)]


class SourceBody(Body):
    """A system that is asked over HTTP, or a table to be loaded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "vendors", "url": "https://erp.example/vendors/{supplier_id}", "secret": "env:ERP"}]
        }
    )

    name: Annotated[Name, Field(description="As the policy's look-ups say it")]
    url: Annotated[
        str | None, Field(max_length=MAX_URL_LENGTH, description="With {field} for each key; left out: a table")
    ] = None
    secret: Annotated[str | None, Field(max_length=500, description="env:NAME or file:PATH of a bearer token")] = None
    allow_private: Annotated[bool, Field(description="Whether it may be at a private address")] = False


class RowsBody(Body):
    """All rows of a table: what was loaded before is replaced."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"key": ["asset_id"], "rows": [{"asset_id": "F-17", "warranty": "open"}]}]}
    )

    key: Annotated[list[Name], Field(min_length=1, max_length=8, description="Columns, in the order of the look-up's")]
    rows: Annotated[list[dict[str, Any]], Field(max_length=MAX_ROWS)]


class LoadedRows(Answer):
    """What was loaded. rows: of two with one key the last counts."""

    name: str
    rows: int


class Source(Answer):
    """A source of look-ups; never a secret, only where it stands."""

    name: str
    kind: Kind
    url: str | None
    secret: Annotated[str | None, Field(description="Where its bearer token stands; null: none is sent")]
    allow_private: bool
    rows: Annotated[int | None, Field(description="Of a table; null for a system")]
    created_at: Moment
    created_by: str


class Sources(Answer):
    """The sources, by name."""

    sources: list[Source]
