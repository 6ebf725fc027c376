"""Documents as they are shown: what each is, what came of it, and its cases."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, select

from features.documents.en16931 import check_arithmetic
from features.documents.match_result import SENTENCES, LineMatch, MatchResult
from features.documents.trade_document import TradeDocument
from features.identifiers import normal_form
from triage.db.document_schema import document_orders, documents
from triage.documents.document_store import MAX_RELATED, cases_of, read_document_row, read_original
from triage.errors import NotFoundError
from triage.identity.access import Principal

MAX_LIMIT: Final = 200
STATES: Final = ("received", "matched", "waiting", "exception", "kept", "replaced", "unreadable")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which documents are listed. order: number of an order they speak of; before: number in the list to go on at."""

    state: str | None = None
    kind: str | None = None
    number: str | None = None
    order: str | None = None
    before: int | None = None


def show_document(connection: Connection, document_id: str, *, actor: Principal) -> dict[str, Any]:
    """Return a document with its lines; raise NotFoundError where there is none the actor may see."""
    row = read_document_row(connection, document_id)
    if row is None or not actor.may("read", row.domain):
        raise NotFoundError(f"there is no document {document_id[:40]}")
    return show_documents(connection, [row], with_lines=True)[0]


def document_file(connection: Connection, document_id: str, *, actor: Principal) -> tuple[str, bytes]:
    """Return name and content of the file a document came in."""
    row = read_document_row(connection, document_id)
    content = read_original(connection, document_id)
    if row is None or content is None or not actor.may("read", row.domain):
        raise NotFoundError(f"there is no document {document_id[:40]}")
    return row.file_name or f"{document_id}.bin", content


def list_documents(
    connection: Connection, wanted: DocumentFilter, *, domain: str, actor: Principal, limit: int
) -> dict[str, Any]:
    """List documents, the newest first, with where to go on."""
    actor.require("read", domain)
    query = select(documents).where(documents.c.domain == domain).order_by(documents.c.seq.desc()).limit(limit + 1)
    if wanted.state is not None:
        query = query.where(documents.c.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(documents.c.kind == wanted.kind)
    if wanted.number is not None:
        query = query.where(documents.c.number == (normal_form(wanted.number, "document") or wanted.number))
    if wanted.before is not None:
        query = query.where(documents.c.seq < wanted.before)
    if wanted.order is not None:
        key = normal_form(wanted.order, "document") or wanted.order
        named = select(document_orders.c.document_id).where(document_orders.c.order_key == key).limit(MAX_RELATED)
        query = query.where(documents.c.document_id.in_(list(connection.execute(named).scalars())))
    rows = connection.execute(query).all()
    shown = show_documents(connection, rows[:limit], with_lines=False)
    return {"documents": shown, "next": rows[limit - 1].seq if len(rows) > limit else None}


def show_documents(connection: Connection, rows: Sequence[Row[Any]], *, with_lines: bool) -> list[dict[str, Any]]:
    """Return documents as people and systems read them."""
    cases: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases_of(connection, [row.document_id for row in rows]):
        cases[case.document_id].append({"case_id": case.case_id, "exception_id": case.exception_id, "line": case.line})
    return [_shown(row, cases[row.document_id], with_lines) for row in rows]


def _shown(row: Row[Any], cases: list[dict[str, Any]], with_lines: bool) -> dict[str, Any]:
    read = TradeDocument.model_validate_json(row.body) if row.body is not None else None
    result = MatchResult.model_validate_json(row.result) if row.result is not None else None
    shown: dict[str, Any] = {
        "document_id": row.document_id,
        "state": row.state,
        "kind": row.kind,
        "number": read.number if read else None,
        "format": read.format if read else None,
        "supplier": (read.supplier.name or read.supplier.id) if read else None,
        "currency": read.currency if read else None,
        "payable": str(read.totals.payable) if read and read.totals.payable is not None else None,
        "issued_on": read.issued_on.isoformat() if read and read.issued_on else None,
        "orders": sorted({*read.order_ids, *(each.order_id for each in read.lines if each.order_id)}) if read else [],
        "received_at": row.received_at.isoformat(),
        "submitted_by": row.submitted_by,
        "synthetic": row.synthetic,
        "file_name": row.file_name,
        "reason": row.reason,
        "detail": orjson.loads(row.detail) if row.detail is not None else None,
        "problems": [SENTENCES[each] for each in result.all_problems] if result else [],
        "findings": _findings(read, result),
        "receipts": list(result.receipts) if result else [],
        "waits_until": row.due_at.isoformat() if row.state == "waiting" and row.due_at else None,
        "cases": cases,
    }
    return shown | {"lines": [_line(each) for each in result.lines] if result else []} if with_lines else shown


def _findings(read: TradeDocument | None, result: MatchResult | None) -> list[str]:
    if result is not None:
        return list(result.findings)
    return [each.sentence for each in check_arithmetic(read)] if read is not None else []


def _line(line: LineMatch) -> dict[str, Any]:
    amounts = (
        "billed_quantity", "billed_price", "order_price", "ordered_quantity", "received_quantity", "rejected_quantity",
        "announced_quantity", "billed_before",
    )  # fmt: skip
    return {
        "line": line.line_id or f"at {line.position + 1}",
        "order": line.order_id,
        "order_line": line.order_line_id,
        "order_unit": line.order_unit,
        **{name: _number(getattr(line, name)) for name in amounts},
        "problems": [SENTENCES[each] for each in line.problems],
    }


def _number(value: Any) -> str | None:
    return None if value is None else f"{value:f}"
