"""Documents are kept as long as cases; what is under way is kept until it is done."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from triage.db.document_schema import document_cases, document_files, document_orders, documents

_AT_ONCE: Final = 200
Transaction = Callable[[], AbstractContextManager[Connection]]


def forget_documents(transaction: Transaction, *, now: datetime, days: float) -> int:
    """Delete documents that came longer ago than some days, in short transactions; return how many."""
    before = now - timedelta(days=days)
    forgotten, after = 0, 0
    while True:
        with transaction() as connection:
            oldest = (
                select(documents.c.seq, documents.c.document_id, documents.c.received_at, documents.c.due_at)
                .where(documents.c.seq > after)
                .order_by(documents.c.seq)
                .limit(_AT_ONCE)
            )
            rows = connection.execute(oldest).all()
            old = [row for row in rows if row.received_at < before]
            forgotten += _delete(connection, [row.document_id for row in old if row.due_at is None])
        if len(old) < _AT_ONCE:
            return forgotten
        after = rows[-1].seq


def _delete(connection: Connection, ids: list[str]) -> int:
    """Delete documents with what hangs on them, and the files that hold no other one."""
    if not ids:
        return 0
    files = set(connection.execute(select(documents.c.file_sha256).where(documents.c.document_id.in_(ids))).scalars())
    for table in (document_cases, document_orders, documents):
        connection.execute(delete(table).where(table.c.document_id.in_(ids)))
    held = set(
        connection.execute(
            select(documents.c.file_sha256).where(documents.c.file_sha256.in_(files)).distinct()
        ).scalars()
    )
    if files - held:
        connection.execute(delete(document_files).where(document_files.c.sha256.in_(files - held)))
    return len(ids)
