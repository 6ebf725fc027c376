"""One act on many cases: what is asked, what will become of how many, and what became."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from serving.api.schemas.base import Answer, Body
from triage.intake.decision import Moment
from triage.review.bulk_acts import MAX_CASES
from triage.review.bulk_verbs import BulkVerb
from triage.review.task_access import MAX_COMMENT


class BulkBody(Body):
    """What to do to which cases. The cases are those that a query keeps, or `case_ids`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"verb": "confirm", "query": "queue=OVERRIDE_DESK&disposition=confirm"},
                {"verb": "hold", "query": "q=inv-2026", "reason": "Waiting for the supplier's credit note."},
            ]
        }
    )

    verb: BulkVerb
    query: Annotated[
        str, Field(max_length=2_000, description="Filters as in the address of the list; open cases unless it says so")
    ] = ""
    case_ids: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=MAX_CASES)] = ()
    reason: Annotated[str | None, Field(max_length=MAX_COMMENT, description="Of a hold or a snooze")] = None
    until: Annotated[AwareDatetime | None, Field(description="Of a hold or a snooze")] = None
    to: Annotated[str | None, Field(max_length=80, description="A person, for assign and hand_off")] = None
    queue: Annotated[str | None, Field(max_length=40, description="For assign; null: the one a case is in")] = None
    comment: Annotated[str | None, Field(max_length=MAX_COMMENT)] = None


class BulkDecisionBody(Body):
    """Whether a second person agrees; refusing takes a comment."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agreed": True}]})

    agreed: bool
    comment: Annotated[str | None, Field(max_length=MAX_COMMENT)] = None


class BulkOutcome(Answer):
    """What becomes of some of the cases: the state of each afterwards, and what else is the same for all of them."""

    outcome: dict[str, Any]
    cases: int
    examples: Annotated[list[str], Field(description="Exception ids of some of them")]


class BulkRefusal(Answer):
    """Why some of the cases refuse it."""

    reason: str
    cases: int
    examples: list[str]


class BulkAct(Answer):
    """An act on many cases."""

    bulk_id: str
    verb: BulkVerb
    arguments: dict[str, Any]
    query: str
    more_fit: Annotated[bool, Field(description=f"Whether the filters kept more than {MAX_CASES} cases; they are left")]
    state: Literal["previewing", "previewed", "waiting", "running", "done", "rejected"]
    four_eyes: Annotated[bool, Field(description="Whether a second person has to agree")]
    proposed_by: str
    proposed_at: Moment
    decided_by: str | None
    comment: str | None
    applied_at: Moment | None
    stands_at: Annotated[Moment | None, Field(description="Until then it can be undone; null: it cannot")]
    own: bool
    cases: int
    counts: Annotated[
        dict[str, int], Field(description="Cases that are unchecked, ready, refused, done, failed, undone, or stand")
    ]
    outcomes: list[BulkOutcome]
    refusals: list[BulkRefusal]


class BulkActs(Answer):
    """Acts on many cases: those that wait for you to agree, then yours, the newest first."""

    acts: list[BulkAct]
