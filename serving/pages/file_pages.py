"""The files of a case, as a browser sends and gets them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from serving import review
from serving.api.body import read_body
from serving.api.case_files import file_response
from serving.api.problems import json_response
from serving.transactions import Reads, Writes

router = APIRouter(include_in_schema=False)
Content = Annotated[bytes, Depends(read_body)]


@router.post("/cases/{case_id}/attachments")
def add_file(
    case_id: str, content: Content, writes: Writes, name: Annotated[str, Query(min_length=1, max_length=400)]
) -> Response:
    """Add a file that a script of the page sends."""
    with writes() as act:
        return json_response(dict(review.attach(act, case_id, name=name, content=content)), 201)


@router.get("/cases/{case_id}/attachments/{attachment_id}")
def show_file(case_id: str, attachment_id: str, reads: Reads) -> Response:
    """Show a file."""
    with reads() as act:
        return file_response(*review.read_attachment(act, case_id, attachment_id))
