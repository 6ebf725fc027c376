"""Errors that are answers.

TriageError            500
├── InvalidError       422  what was sent cannot be used; names field, value and cure
├── UnauthenticatedError 401
├── ForbiddenError     403
├── NotFoundError      404
├── ConflictError      409
├── TooLargeError      413
├── BusyError          429
└── UnavailableError   503
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One thing wrong with what was sent: where, what stood there (shortened), and what would be right."""

    field: str
    value: str
    message: str


class TriageError(Exception):
    """The base: a status, a title and a sentence that helps."""

    status = 500
    title = "Something failed on our side"

    def __init__(self, detail: str, *, problems: Sequence[FieldProblem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class InvalidError(TriageError):
    """What was sent cannot be used."""

    status = 422
    title = "The request is not valid"


class UnauthenticatedError(TriageError):
    """Nobody known is calling."""

    status = 401
    title = "Sign in or send an API key"


class ForbiddenError(TriageError):
    """The caller is known but may not do this."""

    status = 403
    title = "Not allowed"


class NotFoundError(TriageError):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    title = "Not found"


class ConflictError(TriageError):
    """The call does not fit the present state."""

    status = 409
    title = "Conflict"


class TooLargeError(TriageError):
    """The body is over the limit."""

    status = 413
    title = "The body is too large"


class BusyError(TriageError):
    """More is sent than can be done; nothing was taken."""

    status = 429
    title = "Too many cases wait"
    retry_after_seconds = 1


class UnavailableError(TriageError):
    """Not now; try again."""

    status = 503
    title = "Temporarily unavailable"


def problem_document(error: TriageError) -> dict[str, Any]:
    """Write an error as an RFC 9457 problem document."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
    }
    if error.problems:
        document["errors"] = [
            {"field": problem.field, "value": problem.value, "message": problem.message} for problem in error.problems
        ]
    return document
