"""Trade documents in the database: found by what they are and by the orders they speak of."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from features.documents.match_result import EarlierBill, MatchResult
from features.documents.three_way_match import Related, similarity, sum_shares
from features.documents.trade_document import TradeDocument, UnreadableError
from features.identifiers import normal_form
from triage.db.audit_chain import audit
from triage.db.document_schema import document_cases, document_files, document_orders, documents

MAX_RELATED: Final = 2_000
"""Documents that speak of the orders of one bill; of more nobody could say what was billed before."""
LIVE: Final = ("matched", "waiting", "exception")
"""States of bills whose lines count as billed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a document came: the file and its digest, and who sent it."""

    domain: str
    content: bytes
    sha256: str
    file_name: str | None
    synthetic: bool
    submitted_by: str
    received_at: datetime


def identity_of(read: TradeDocument | UnreadableError, sha256: str) -> str:
    """Return the digest that two arrivals of one document share."""
    if isinstance(read, UnreadableError):
        said: Sequence[str] = ("unreadable", read.reason, read.detail, sha256)
    else:
        number = normal_form(read.number, "document") or read.number
        said = (read.kind, read.supplier.main_key, number, read.content_digest())
    return hashlib.sha256("\x1f".join(said).encode("utf-8", "surrogatepass")).hexdigest()


def find_document(connection: Connection, identity: str) -> Row[Any] | None:
    """Return the document of an identity."""
    return connection.execute(select(documents).where(documents.c.identity == identity)).one_or_none()


def read_document_row(connection: Connection, document_id: str, *, for_update: bool = False) -> Row[Any] | None:
    """Return a document without its original. for_update: nobody else works on it until the transaction ends."""
    query = select(documents).where(documents.c.document_id == document_id)
    return connection.execute(query.with_for_update() if for_update else query).one_or_none()


def insert_document(
    connection: Connection,
    read: TradeDocument | UnreadableError,
    arrival: Arrival,
    identity: str,
    *,
    document_id: str,
    pending: Sequence[Any] = (),
) -> None:
    """Write a document that is new, with the event that says so. pending: cases of it that are to be submitted."""
    row: dict[str, Any] = {
        "document_id": document_id,
        "domain": arrival.domain,
        "identity": identity,
        "received_at": arrival.received_at,
        "submitted_by": arrival.submitted_by,
        "synthetic": arrival.synthetic,
        "file_name": arrival.file_name,
        "file_sha256": arrival.sha256,
    }
    if isinstance(read, UnreadableError):
        row |= {
            "state": "unreadable", "reason": read.reason, "detail": _json_text(read.detail),
            "pending": orjson.dumps(list(pending)).decode() if pending else None,
            "due_at": arrival.received_at if pending else None,
        }  # fmt: skip
    else:
        row |= {
            "kind": read.kind,
            "supplier": read.supplier.main_key[:128],
            "number": (normal_form(read.number, "document") or read.number)[:128],
            "state": "received" if read.is_bill else "kept",
            "body": read.model_dump_json(exclude_none=True, exclude_defaults=True),
            "due_at": arrival.received_at if read.is_bill else None,
        }
    _keep_file(connection, arrival)
    connection.execute(insert(documents), row)
    if not isinstance(read, UnreadableError):
        keys = [{"order_key": key, "document_id": document_id} for key in sorted(read.order_keys())]
        if keys:
            connection.execute(insert(document_orders), keys)
        if not read.is_bill:
            _replace_earlier(connection, row)
    detail = {
        "document_id": document_id, "identity": identity, "state": row["state"],
        "sha256": arrival.sha256,
    }  # fmt: skip
    audit(
        connection, actor=arrival.submitted_by, verb="take_document", case_id=None, detail=detail,
        now=arrival.received_at,
    )  # fmt: skip


def _keep_file(connection: Connection, arrival: Arrival) -> None:
    write = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {
        "sha256": arrival.sha256, "content": zlib.compress(arrival.content), "size": len(arrival.content),
        "received_at": arrival.received_at,
    }  # fmt: skip
    connection.execute(write(document_files).on_conflict_do_nothing(), row)


def _replace_earlier(connection: Connection, row: dict[str, Any]) -> None:
    """Let a newer order, advice or receipt stand for the one of its number before."""
    connection.execute(
        update(documents)
        .where(
            documents.c.kind == row["kind"], documents.c.number == row["number"],
            documents.c.supplier == row["supplier"], documents.c.document_id != row["document_id"],
            documents.c.state != "replaced",
        )
        .values(state="replaced")
    )  # fmt: skip


def wake_waiting(connection: Connection, keys: Iterable[str], *, now: datetime) -> None:
    """Let the bills of these orders that wait, or are exceptions, be matched again."""
    waiting = select(document_orders.c.document_id).where(document_orders.c.order_key.in_(sorted(keys)))
    connection.execute(
        update(documents)
        .where(
            documents.c.document_id.in_(waiting),
            documents.c.state.in_(("waiting", "exception")),
            documents.c.pending.is_(None),
        )
        .values(due_at=now)
    )


def lock_orders(connection: Connection, keys: Iterable[str]) -> None:
    """Keep everybody else from matching bills of these orders until the transaction ends; SQLite has one writer."""
    if connection.dialect.name != "postgresql":
        return
    # In one order everywhere, so that two never wait for each other in a circle.
    for number in sorted({_lock_number(key) for key in keys}):
        connection.execute(text("SELECT pg_advisory_xact_lock(748218, :number)"), {"number": number})


def _lock_number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big", signed=True)


class TooManyRelatedError(Exception):
    """More documents speak of a bill's orders than are compared."""


def read_related(connection: Connection, bill: TradeDocument, row: Row[Any]) -> Related:
    """Return what is known of a bill's orders; raise TooManyRelatedError beyond MAX_RELATED documents."""
    found = _documents_of_orders(connection, bill.order_keys(), row.document_id)
    read = [(each, TradeDocument.model_validate_json(each.body)) for each in found]
    earlier = [
        (each, document)
        for each, document in read
        if document.is_bill and each.state in LIVE and (each.seq < row.seq or each.state == "matched")
    ]
    results = [MatchResult.model_validate_json(each.result) for each, _ in earlier if each.result is not None]
    same_number = [(each, TradeDocument.model_validate_json(each.body)) for each in _of_same_number(connection, row)]
    return Related(
        orders=[document for _, document in read if document.kind == "order"],
        receipts=[document for _, document in read if document.kind == "receipt"],
        advices=[document for _, document in read if document.kind == "despatch_advice"],
        before=sum_shares([result for result in results if "duplicate" not in result.problems]),
        closest=_closest(bill, [*earlier, *same_number], row),
    )


def _documents_of_orders(connection: Connection, keys: Iterable[str], document_id: str) -> Sequence[Row[Any]]:
    wanted = sorted(keys)
    if not wanted:
        return []
    named = (
        select(document_orders.c.document_id)
        .where(document_orders.c.order_key.in_(wanted), document_orders.c.document_id != document_id)
        .limit(MAX_RELATED + 1)
    )
    ids = sorted(set(connection.execute(named).scalars()))
    if len(ids) > MAX_RELATED:
        raise TooManyRelatedError
    query = select(*_COMPARED).where(documents.c.document_id.in_(ids), documents.c.state != "replaced")
    return sorted(connection.execute(query).all(), key=lambda each: int(each.seq))


def _of_same_number(connection: Connection, row: Row[Any]) -> Sequence[Row[Any]]:
    query = (
        select(*_COMPARED)
        .where(
            documents.c.kind == row.kind, documents.c.number == row.number, documents.c.supplier == row.supplier,
            documents.c.seq < row.seq,
        )
        .limit(MAX_RELATED)
    )  # fmt: skip
    return connection.execute(query).all()


def _closest(
    bill: TradeDocument, earlier: Sequence[tuple[Row[Any], TradeDocument]], row: Row[Any]
) -> EarlierBill | None:
    """Return the earlier bill of the same supplier that is most like this one."""
    found: list[EarlierBill] = []
    for each, document in earlier:
        if each.supplier != row.supplier or each.seq > row.seq:
            continue
        days = (bill.issued_on - document.issued_on).days if bill.issued_on and document.issued_on else None
        alike = similarity(bill, document)
        if alike > 0.0:
            found.append(
                EarlierBill(
                    document_id=each.document_id, number=document.number, similarity=alike,
                    days_apart=abs(days) if days is not None else None,
                )
            )  # fmt: skip
    return max(found, key=lambda each: each.similarity, default=None)


def save_result(
    connection: Connection,
    document_id: str,
    result: MatchResult,
    *,
    pending: Sequence[Any],
    due_at: datetime | None,
) -> None:
    """Write what came of matching a bill, and the cases that are to be submitted."""
    connection.execute(
        update(documents)
        .where(documents.c.document_id == document_id)
        .values(
            state=result.state, result=result.model_dump_json(exclude_none=True), due_at=due_at,
            pending=orjson.dumps(list(pending)).decode() if pending else None,
        )
    )  # fmt: skip


def save_cases(
    connection: Connection, document_id: str, submitted: Sequence[tuple[str, str, str | None]], *, detail: str | None
) -> None:
    """Write which cases a bill's differences became: case, exception and line; nothing of it is pending any more.

    detail: what intake refused, in words.
    """
    known = set(
        connection.execute(
            select(document_cases.c.case_id).where(document_cases.c.document_id == document_id)
        ).scalars()
    )
    rows = [
        {"document_id": document_id, "case_id": case_id, "exception_id": exception_id, "line": line}
        for case_id, exception_id, line in submitted
        if case_id not in known
    ]
    if rows:
        connection.execute(insert(document_cases), rows)
    values: dict[str, Any] = {"pending": None, "due_at": None}
    if detail is not None:
        values["detail"] = _json_text(detail)
    connection.execute(update(documents).where(documents.c.document_id == document_id).values(values))


def postpone(connection: Connection, document_id: str, *, until: datetime) -> None:
    """Leave what is to be done with a document for later."""
    connection.execute(update(documents).where(documents.c.document_id == document_id).values(due_at=until))


def due_documents(connection: Connection, *, now: datetime, limit: int) -> list[str]:
    """Return the ids of documents that are to be matched or submitted now, the longest due first."""
    query = (
        select(documents.c.document_id)
        .where(documents.c.due_at.is_not(None), documents.c.due_at <= now)
        .order_by(documents.c.due_at)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def read_original(connection: Connection, document_id: str) -> bytes | None:
    """Return the file a document came in, as it was sent; None where there is no such document."""
    query = (
        select(document_files.c.content)
        .join(documents, documents.c.file_sha256 == document_files.c.sha256)
        .where(documents.c.document_id == document_id)
    )
    packed = connection.execute(query).scalar_one_or_none()
    return None if packed is None else zlib.decompress(packed)


def cases_of(connection: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    """Return the cases of some documents."""
    query = select(document_cases).where(document_cases.c.document_id.in_(ids)).order_by(document_cases.c.exception_id)
    return list(connection.execute(query).all())


def count_documents(connection: Connection, domain: str, state: str) -> int:
    """Count a domain's documents of a state, at most 1,000."""
    some = (
        select(documents.c.seq).where(documents.c.domain == domain, documents.c.state == state).limit(1_000).subquery()
    )
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _json_text(sentence: str) -> str:
    return orjson.dumps(sentence.encode("utf-8", "replace").decode()).decode()


_COMPARED: Final = [
    documents.c[name] for name in ("document_id", "seq", "kind", "supplier", "number", "state", "body", "result")
]
