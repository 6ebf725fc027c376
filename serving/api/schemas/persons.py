"""Requests of persons: export, erasure, explanation, human review."""

from typing import Annotated

from pydantic import ConfigDict, Field

from serving.api.schemas.base import Answer, Body, Document
from triage.privacy.person_search import MAX_LETTERS, MIN_LETTERS
from triage.review.human_review import MAX_BECAUSE

Identifier = Annotated[
    str,
    Field(
        min_length=MIN_LETTERS,
        max_length=MAX_LETTERS,
        description="As cases hold it, such as a hashed customer number; user:NAME for an account",
    ),
]


class PersonBody(Body):
    """Who it is about. In the body, so that no log of addresses holds it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"identifier": "C-0000"}]})

    identifier: Identifier


class ErasureBody(PersonBody):
    """Who is to be erased, and at whose request."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"identifier": "C-0000", "because": "DSR-2026-017"}]})

    because: Annotated[
        str, Field(min_length=1, max_length=200, description="Reference of the request; kept, so never a name")
    ]


class PersonExport(Answer):
    """Everything stored of a person."""

    identifier: str
    exported_at: str
    cases: Annotated[list[Document], Field(description="Each with decisions, rulings, comments, files and history")]
    past_cases: Annotated[list[Document], Field(description="Backfilled history")]
    account: Annotated[Document | None, Field(description="Of user:NAME: the account and what it did")] = None


class Erased(Answer):
    """What was erased."""

    cases: int
    past_cases: int
    audit_links_rewritten: Annotated[int, Field(description="Events whose words went; the chain still verifies")]


class LookedAt(Answer):
    """One field of what was submitted."""

    field: str
    value: str


class Explanation(Answer):
    """What a person affected by a decision is told."""

    case_id: str
    exception_id: str
    about: str
    decided_at: str
    automatic: Annotated[bool, Field(description="Whether no person has decided it")]
    outcome: str
    logic: str
    reasons: list[str]
    looked_at: list[LookedAt]
    person_decided_at: str | None
    rights: str
    text: Annotated[str, Field(description="All of it as one letter")]


class ReviewRequestBody(Body):
    """What the person says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"because": "I do have the receipt."}]})

    because: Annotated[str, Field(min_length=1, max_length=MAX_BECAUSE)]


class ReviewRequested(Answer):
    """Where a person will decide it, and by when."""

    case_id: str
    queue: str
    sla_due_at: str
