"""Counts of cases by value, and saved views."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from features.fields import one_line
from serving.api.schemas.base import Answer, Body
from triage.intake.decision import Moment
from triage.review.saved_views import MAX_NAME


class CaseCounts(Answer):
    """How many cases have which value."""

    counts: Annotated[dict[str, dict[str, int]], Field(description="By field and value, the commonest first")]
    counted: Annotated[int, Field(description="Cases that fit, among those that were looked at")]
    complete: Annotated[bool, Field(description="Whether every stored case was looked at")]


class ViewBody(Body):
    """Filters to keep."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Open at store 114", "query": "site_id=S-114&state=open"}]}
    )

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(one_line)]
    query: Annotated[str, Field(max_length=2_000, description="As in the address of the list: `state=open&queue=…`")]
    shared: Annotated[bool, Field(description="Whether everybody sees it")] = False


class SavedView(Answer):
    """A view that somebody kept."""

    view_id: str
    owner: str
    name: str
    query: str
    shared: bool
    created_at: Moment
    own: Annotated[bool, Field(description="Whether it is yours")]


class SavedViews(Answer):
    """Views, by name."""

    views: list[SavedView]
