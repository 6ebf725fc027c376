"""What all requests and answers share."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from triage.intake.decision import Part

Variant = Annotated[
    str | None, Field(max_length=40, description="A variant by name; left out: the domain's own policy")
]
Version = Annotated[str, Field(min_length=1, max_length=32)]
Document = dict[str, Any]


class Body(BaseModel):
    """What a caller sends: a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class Answer(Part):
    """What a caller gets."""


class ProblemField(Answer):
    """One thing wrong with what was sent."""

    field: str
    value: Annotated[str, Field(description="What stood there, shortened")]
    message: Annotated[str, Field(description="What would be right")]


class Problem(BaseModel):
    """A problem document (RFC 9457). Further members belong to single problems, such as `case_id` of a conflict."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(description="A URI reference; `about:blank` says that the status tells everything")]
    title: str
    status: int
    detail: Annotated[str, Field(description="What is wrong this time, and what helps")]
    errors: Annotated[list[ProblemField], Field(description="Every field that cannot be used")] = []


MEDIA_TYPE: Final = "application/problem+json"
_WORDS: Final = {
    401: "Nobody known is calling",
    403: "Not allowed",
    404: "No such thing, or not yours to know of",
    408: "The body did not arrive in time",
    409: "Does not fit the present state",
    413: "The body is over the limit",
    415: "The body is no JSON document",
    422: "Cannot be used; names each field",
    429: "Too much is sent; `Retry-After` says when to try again",
    500: "Something failed on our side",
    503: "Not now; try again",
}


def problem_documents(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problem documents a call may answer with, by status."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted(set(statuses))
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problem documents of a call that needs somebody known, beside those of every such call."""
    return problem_documents(401, 403, 422, 429, 500, 503, *statuses)


def body_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problem documents of a call that reads a body."""
    return problems(408, 413, 415, *statuses)
