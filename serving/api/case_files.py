"""The files of a case: sent as they are, and given so that no browser runs anything in them."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from serving import review
from serving.api.body import read_body
from serving.api.schemas import cases as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.transactions import Reads, Writes
from triage.review.attachments import MEDIA_TYPES

router = APIRouter(route_class=StrictRoute, strict_content_type=False)
Content = Annotated[bytes, Depends(read_body)]
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/v1/cases/{case_id}/attachments",
    tags=["review"],
    summary="Add a photo or a PDF to a case",
    status_code=201,
    response_model=schemas.Attachment,
    responses=body_problems(404, 409),
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}},
)
def add_attachment(
    case_id: str,
    content: Content,
    writes: Writes,
    name: Annotated[str, Query(min_length=1, max_length=200, description="Of the file, as people shall see it")],
) -> Any:
    """Takes the file as the body; its type is what its content shows: PNG, JPEG, WebP, GIF or PDF."""
    with writes() as act:
        return review.attach(act, case_id, name=name, content=content)


@router.get(
    "/v1/cases/{case_id}/attachments",
    tags=["review"],
    summary="List the files of a case",
    response_model=schemas.Attachments,
    responses=problems(404),
)
def get_attachments(case_id: str, reads: Reads) -> Any:
    """Lists the files of a case you may see, the oldest first."""
    with reads() as act:
        return {"attachments": review.read_attachments(act, case_id)}


@router.get(
    "/v1/cases/{case_id}/attachments/{attachment_id}",
    tags=["review"],
    summary="The content of a file",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(MEDIA_TYPES, _BINARY), "description": "The file"}, **problems(404)},
)
def get_attachment(case_id: str, attachment_id: str, reads: Reads) -> Response:
    """Returns the file as it was sent."""
    with reads() as act:
        return file_response(*review.read_attachment(act, case_id, attachment_id))


def file_response(name: str, media_type: str, content: bytes) -> Response:
    """Answer with a file: pictures shown, documents saved, nothing of either run."""
    shown = "inline" if media_type.startswith("image/") else "attachment"
    headers = {
        "content-disposition": f"{shown}; filename*=UTF-8''{quote(name)}",
        "content-security-policy": _POLICY,
        "cache-control": "private, max-age=300",
    }
    return Response(content, media_type=media_type, headers=headers)
