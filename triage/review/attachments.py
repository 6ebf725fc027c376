"""Photos and documents of a case: of a few types that their content shows, of bounded size and number."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import filetype
from sqlalchemy import Connection, func, insert, select

from triage.db.audit_chain import audit
from triage.db.desk_schema import attachments
from triage.errors import ConflictError, NotFoundError
from triage.identity.access import Principal
from triage.ids import new_id
from triage.in_force import InForce
from triage.review.task_access import invalid, task_of

MEDIA_TYPES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf")
MAX_OF_CASE: Final = 20
_MAX_NAME: Final = 200
_DESCRIBED: Final = ("attachment_id", "case_id", "name", "media_type", "size", "sha256", "added_by", "added_at")


def attach(
    connection: Connection,
    case_id: str,
    *,
    name: str,
    content: bytes,
    policies: InForce,
    actor: Principal,
    now: datetime,
) -> Mapping[str, Any]:
    """Add a file to a case the actor may work on; its type is what its content shows, whatever its name says.

    Raises InvalidError for another type or an odd name, ConflictError beyond MAX_OF_CASE files.
    """
    task = task_of(connection, case_id, policies, actor)
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise invalid("name", name[:40], f"must be 1 to {_MAX_NAME} printable characters")
    media_type = filetype.guess_mime(content)
    if media_type not in MEDIA_TYPES:
        raise invalid("body", content[:20], f"must be one of {', '.join(MEDIA_TYPES)} by its content")
    count = select(func.count()).select_from(attachments).where(attachments.c.case_id == task.case_id)
    if connection.execute(count).scalar_one() >= MAX_OF_CASE:
        raise ConflictError(f"this case has {MAX_OF_CASE} files already")
    row = {
        "attachment_id": new_id(), "case_id": task.case_id, "name": name, "media_type": media_type,
        "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "added_by": actor.name, "added_at": now,
    }  # fmt: skip
    connection.execute(insert(attachments), row | {"content": content})
    detail = {key: row[key] for key in ("attachment_id", "name", "media_type", "size", "sha256")}
    audit(connection, actor=actor.name, verb="attach", case_id=task.case_id, detail=detail, now=now)
    return row | {"added_at": now.isoformat()}


def attachments_of(connection: Connection, case_id: str) -> list[dict[str, Any]]:
    """List the files of a case that the caller has checked the actor may see, the oldest first."""
    columns = [attachments.c[name] for name in _DESCRIBED]
    query = select(*columns).where(attachments.c.case_id == case_id).order_by(attachments.c.added_at)
    return [
        {str(key): value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
        for row in connection.execute(query).mappings()
    ]


def read_attachment(connection: Connection, case_id: str, attachment_id: str) -> tuple[str, str, bytes]:
    """Return name, media type and content of a file of a case that the actor may see."""
    query = select(attachments.c.name, attachments.c.media_type, attachments.c.content).where(
        attachments.c.attachment_id == attachment_id, attachments.c.case_id == case_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no file {attachment_id[:40]} in this case")
    return row.name, row.media_type, bytes(row.content)
