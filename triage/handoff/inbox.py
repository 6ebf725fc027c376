"""The inbox: which messages of which source were taken, so that a second delivery of one changes nothing.

A row is written by the transaction that stores the case of the message; the broker is told afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from triage.db.inbox_schema import inbox
from triage.handoff.database_time import database_now
from triage.handoff.jobs import JobLease

MAX_KEY_LETTERS: Final = 256
_DELETED_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A message by the key its sender gave it, at most MAX_KEY_LETTERS each: of one source, an id means one message.

    content_hash: sha256 of the submission it carries, so that an id used twice is noticed.
    """

    source: str
    message_id: str
    content_hash: str


def received_content(connection: Connection, receipt: Receipt) -> str | None:
    """Return the content hash of what was taken under a message's key, None where nothing was."""
    of = (inbox.c.source == receipt.source, inbox.c.message_id == receipt.message_id)
    return connection.execute(select(inbox.c.content_hash).where(*of)).scalar_one_or_none()


def keep_receipts(connection: Connection, receipts: Sequence[Receipt], *, now: datetime) -> None:
    """Write which messages are taken, in the transaction that stores their cases; what is there already stays."""
    if not receipts:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [
        {
            "source": receipt.source, "message_id": receipt.message_id, "content_hash": receipt.content_hash,
            "received_at": now,
        }
        # In one order everywhere, so that two that write the same keys wait for each other and never in a circle.
        for receipt in sorted(set(receipts), key=lambda receipt: (receipt.source, receipt.message_id))
    ]  # fmt: skip
    connection.execute(insert(inbox).on_conflict_do_nothing(), rows)


def delete_receipts(hold: JobLease, *, older_than: timedelta) -> int:
    """Delete receipts of longer ago than this; return how many. A message delivered again after that is known by its
    exception id."""
    deleted = 0
    while True:
        with hold.transaction() as connection:
            before = database_now(connection) - older_than
            oldest = select(inbox.c.seq, inbox.c.received_at).order_by(inbox.c.seq).limit(_DELETED_AT_ONCE)
            old = [row.seq for row in connection.execute(oldest) if row.received_at < before]
            if old:
                connection.execute(delete(inbox).where(inbox.c.seq.in_(old)))
        deleted += len(old)
        if len(old) < _DELETED_AT_ONCE:
            return deleted
