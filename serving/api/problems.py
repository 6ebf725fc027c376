"""Problem documents (RFC 9457): every failure of the API is one, with a title, a sentence that helps, and the fields at
fault."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from starlette.responses import Response

from serving.api.schemas.base import MEDIA_TYPE
from triage.errors import BusyError, FieldProblem, InvalidError, TriageError, problem_document
from triage.intake.field_quality import shown

_CLOSING: Final = frozenset({408, 413})
_PLACES: Final = (("query",), ("path",), ("header",), ("body",))
"""Where FastAPI says a field stands, before its name."""


class UnsupportedMediaError(TriageError):
    """The body is of a kind that is not read here."""

    status = 415
    title = "Unsupported media type"


class SlowBodyError(TriageError):
    """The body did not arrive in time."""

    status = 408
    title = "The body did not arrive in time"


class TooManyAttemptsError(TriageError):
    """Too often in too short a time."""

    status = 429
    title = "Too many attempts"

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class TooManyRequestsError(TooManyAttemptsError):
    """More calls than a key or an address may make in a minute."""

    title = "Too many requests"


class HttpError(TriageError):
    """What the router or the server itself refuses, with a status of its own."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title


def problem_response(error: TriageError, *, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Answer with an error's problem document; `more` are extension members."""
    answer = json_response(problem_document(error) | more, error.status, media_type=MEDIA_TYPE)
    for name, value in {**error_headers(error), **(headers or {})}.items():
        answer.headers[name] = value
    return answer


def error_headers(error: TriageError) -> dict[str, str]:
    """Name the headers that belong to an error's status."""
    if error.status == 401:
        return {"WWW-Authenticate": 'Bearer realm="triage"'}
    if error.status in _CLOSING:
        # Part of the body may still be under way; the connection cannot carry another request.
        return {"Connection": "close"}
    if error.status == 415:
        return {"Accept": "application/json", "Accept-Encoding": "identity"}
    if error.status == 503:
        return {"Retry-After": "1"}
    if isinstance(error, (TooManyAttemptsError, BusyError)):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def json_response(content: Any, status: int = 200, *, media_type: str = "application/json") -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(content, default=str), status, media_type=media_type)


def invalid(field: str, value: Any, message: str) -> InvalidError:
    """Return what is wrong with one field."""
    problem = FieldProblem(field=field, value=shown(value), message=message)
    return InvalidError(f"{field} {problem.value}: {message}", problems=[problem])


def invalid_fields(errors: Sequence[Any]) -> InvalidError:
    """Return what is wrong with every field pydantic refused."""
    problems = [_problem(item) for item in errors]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    first = problems[0]
    return InvalidError(f"{first.field} {first.value}: {first.message}{more}", problems=problems)


def _problem(item: Any) -> FieldProblem:
    missing = item["type"] == "missing"
    return FieldProblem(
        field=".".join(str(part) for part in item["loc"][item["loc"][:1] in _PLACES :]) or "body",
        value="" if missing else shown(item.get("input")),
        message="is required" if missing else item["msg"].removeprefix("Value error, "),
    )
