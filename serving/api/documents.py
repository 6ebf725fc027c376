"""Trade documents: sent as files, matched with their orders and receipts."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from serving.api.body import read_body
from serving.api.problems import invalid
from serving.api.schemas import documents as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.auth import PrincipalDep, ServiceDep
from serving.transactions import Reads
from triage.db.database import reading
from triage.documents.document_lists import (
    MAX_LIMIT,
    DocumentFilter,
    document_file,
    list_documents,
    show_document,
    show_documents,
)
from triage.documents.document_store import read_document_row

router = APIRouter(tags=["documents"], route_class=StrictRoute, strict_content_type=False)
Content = Annotated[bytes, Depends(read_body)]
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_EXAMPLE: Final = {
    "kind": "order", "number": "EXAMPLE-ORDER-1", "currency": "EUR", "supplier": {"ids": ["V10442"]},
    "lines": [{"line_id": "10", "quantity": "12", "unit": "EA", "price": "3.70", "buyer_item": "SKU-2040"}],
}  # fmt: skip
_SENT: Final[dict[str, Any]] = {
    "application/octet-stream": _BINARY,
    "application/json": {
        "schema": {"$ref": "#/components/schemas/TradeDocument"}, "examples": {"order": {"value": _EXAMPLE}}
    },
}  # fmt: skip


@router.post(
    "/v1/documents",
    summary="Send a file with invoices, orders or receipts",
    status_code=201,
    response_model=schemas.TakenDocuments,
    responses=body_problems(404),
    openapi_extra={"requestBody": {"required": True, "content": _SENT}},
)
def take_documents(
    service: ServiceDep,
    principal: PrincipalDep,
    content: Content,
    name: Annotated[str | None, Query(max_length=200, description="Of the file, as people shall see it")] = None,
    synthetic: Annotated[bool, Query(description="A simulator made it")] = False,
) -> Any:
    """Takes UBL, CII, Factur-X, IDoc, EDIFACT, JSON or a CSV table as the body; what it holds is found by its content.

    Every document is kept before it is answered. A bill is matched with the orders, receipts and earlier bills that are
    known; what does not match becomes a case. The same document again changes nothing. One that cannot be read is kept
    too, with the reason.
    """
    if not content.strip():
        raise invalid("body", "", "is empty; send the file as it is")
    taken = service.documents.take(content, actor=principal, file_name=_plain(name), synthetic=synthetic)
    with reading(service.engine) as connection:
        rows = [read_document_row(connection, each.document_id) for each in taken]
        shown = show_documents(connection, [row for row in rows if row is not None], with_lines=False)
    is_new = {each.document_id: each.is_new for each in taken}
    return {"documents": [each | {"is_new": is_new[each["document_id"]]} for each in shown]}


@router.get("/v1/documents", summary="List documents", response_model=schemas.DocumentList, responses=problems(404))
def get_documents(
    service: ServiceDep,
    reads: Reads,
    state: Annotated[schemas.State | None, Query()] = None,
    kind: Annotated[schemas.Kind | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=128, description="However it is spelt")] = None,
    order: Annotated[str | None, Query(max_length=128, description="Number of an order they speak of")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> Any:
    """Lists documents, the newest first."""
    wanted = DocumentFilter(state=state, kind=kind, number=number, order=order, before=before)
    domain = service.documents.domain.name
    with reads() as act:
        return list_documents(act.connection, wanted, domain=domain, actor=act.actor, limit=limit)


@router.get(
    "/v1/documents/{document_id}",
    summary="A document and what came of it",
    response_model=schemas.DocumentDetails,
    responses=problems(404),
)
def get_document(document_id: str, reads: Reads) -> Any:
    """Shows a document with its lines beside those of its orders."""
    with reads() as act:
        return show_document(act.connection, document_id, actor=act.actor)


@router.get(
    "/v1/documents/{document_id}/original",
    summary="The file a document came in",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": _BINARY}, "description": "The file"}, **problems(404)},
)
def get_original(document_id: str, reads: Reads) -> Response:
    """Returns the file as it was sent, for saving: nothing of it is run."""
    with reads() as act:
        name, content = document_file(act.connection, document_id, actor=act.actor)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


def _plain(name: str | None) -> str | None:
    """Return a file's name without its path; raise InvalidError for one that cannot be shown."""
    if name is None:
        return None
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    if not name or not name.isprintable():
        raise invalid("name", name[:40], "must be 1 to 200 printable characters")
    return name
