"""Trade documents as they are answered."""

from typing import Annotated, Literal

from pydantic import Field

from serving.api.schemas.base import Answer
from triage.intake.decision import Moment

State = Literal["received", "matched", "waiting", "exception", "kept", "replaced", "unreadable"]
Kind = Literal["invoice", "credit_note", "order", "despatch_advice", "receipt"]
Decimals = Annotated[str | None, Field(description="A decimal number")]


class DocumentCase(Answer):
    """A case that a document's difference became."""

    case_id: str
    exception_id: str
    line: Annotated[str | None, Field(description="null: the document as a whole")]


class MatchedLine(Answer):
    """A billed line beside its order line; quantities in order units."""

    line: str
    order: str | None
    order_line: str | None
    order_unit: str | None
    billed_quantity: Decimals
    billed_price: Decimals
    order_price: Decimals
    ordered_quantity: Decimals
    received_quantity: Decimals
    rejected_quantity: Decimals
    announced_quantity: Decimals
    billed_before: Decimals
    problems: list[str]


class ShownDocument(Answer):
    """A document and what came of it."""

    document_id: str
    state: Annotated[
        State,
        Field(
            description="matched; waiting for an order or receipt; exception: its differences are cases; kept: an "
            "order, an advice or a receipt; replaced: by a newer one of its number; unreadable; received: to be matched"
        ),
    ]
    kind: Kind | None
    number: str | None
    format: str | None
    supplier: str | None
    currency: str | None
    payable: Decimals
    issued_on: str | None
    orders: list[str]
    received_at: Moment
    submitted_by: str
    synthetic: bool
    file_name: str | None
    reason: Annotated[str | None, Field(description="Why it cannot be read, as a code")]
    detail: Annotated[str | None, Field(description="What is wrong with it, in words")]
    problems: Annotated[list[str], Field(description="What does not match")]
    findings: Annotated[list[str], Field(description="Rules of arithmetic that do not hold")]
    receipts: list[str]
    waits_until: Moment | None
    cases: list[DocumentCase]


class DocumentDetails(ShownDocument):
    """A document with its lines."""

    lines: list[MatchedLine]


class TakenDocument(ShownDocument):
    """A document of the file that was sent."""

    is_new: Annotated[bool, Field(description="False: the same document came before, and this is what came of it")]


class TakenDocuments(Answer):
    """Every document of a file, in order."""

    documents: list[TakenDocument]


class DocumentList(Answer):
    """Documents, the newest first."""

    documents: list[ShownDocument]
    next: Annotated[int | None, Field(description="`before` of the next page; null: there is none")]
