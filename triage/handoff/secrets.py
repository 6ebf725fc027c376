"""Secrets of endpoints: generated and stored, or named by environment variable or file and read only where they are
used."""

import base64
import binascii
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, insert, or_, select, update

from triage.db.handoff_schema import endpoint_secrets
from triage.errors import InvalidError
from triage.ids import new_signing_secret

STORED: Final = "stored:"
MAX_ACTIVE_SECRETS: Final = 3
"""Signatures a message carries at most: the newest secret's and those of rotations still under way."""


class UnreadableSecretError(Exception):
    """A secret is not where its endpoint says."""


def split_source(text: str | None) -> tuple[str, str | None]:
    """Return where a secret comes from and its value if it is to be stored; None generates one.

    Raises InvalidError for anything but env:NAME, file:PATH or a secret as text.
    """
    if text is None:
        return STORED, new_signing_secret()
    if text.startswith(("env:", "file:")):
        return text, None
    return STORED, text


def add_secret(connection: Connection, endpoint: str, text: str | None, *, now: datetime) -> str | None:
    """Keep a secret of an endpoint; return a generated one, which is shown only this once, else None."""
    source, value = split_source(text)
    row = {"endpoint": endpoint, "source": source, "value": value, "created_at": now}
    connection.execute(insert(endpoint_secrets), row)
    return value if text is None else None


def retire_secrets(connection: Connection, endpoint: str, *, now: datetime, overlap: timedelta) -> None:
    """Let the present secrets sign until the overlap has passed; forget those that no longer do, and all but the
    newest."""
    own = endpoint_secrets.c.endpoint == endpoint
    connection.execute(delete(endpoint_secrets).where(own, endpoint_secrets.c.retires_at <= now))
    connection.execute(
        update(endpoint_secrets).where(own, endpoint_secrets.c.retires_at.is_(None)).values(retires_at=now + overlap)
    )
    newest = select(endpoint_secrets.c.secret_id).where(own).order_by(endpoint_secrets.c.secret_id.desc())
    kept = connection.execute(newest.limit(MAX_ACTIVE_SECRETS - 1)).scalars().all()
    connection.execute(delete(endpoint_secrets).where(own, endpoint_secrets.c.secret_id.not_in(kept)))


def delete_secrets(connection: Connection, endpoint: str) -> None:
    """Delete every secret of an endpoint."""
    connection.execute(delete(endpoint_secrets).where(endpoint_secrets.c.endpoint == endpoint))


def active_secrets(connection: Connection, endpoint: str, *, now: datetime) -> list[tuple[str, str | None]]:
    """List source and stored value of the secrets that sign now, newest first."""
    query = (
        select(endpoint_secrets.c.source, endpoint_secrets.c.value)
        .where(endpoint_secrets.c.endpoint == endpoint)
        .where(or_(endpoint_secrets.c.retires_at.is_(None), endpoint_secrets.c.retires_at > now))
        .order_by(endpoint_secrets.c.secret_id.desc())
        .limit(MAX_ACTIVE_SECRETS)
    )
    return [(row.source, row.value) for row in connection.execute(query)]


def read_secrets(living: Sequence[tuple[str, str | None]]) -> list[str]:
    """Read secrets where they are; raise UnreadableSecretError naming the place, never the content."""
    return [_read(source, value) for source, value in living]


def check_signing_secret(text: str) -> None:
    """Raise InvalidError for a text that cannot sign: Standard Webhooks wants whsec_ and 24 to 64 bytes in base64."""
    try:
        length = len(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        length = 0
    if not text.startswith("whsec_") or not 24 <= length <= 64:
        raise InvalidError("secret: must be whsec_ followed by 24 to 64 random bytes in base64")


def _read(source: str, value: str | None) -> str:
    kind, _, place = source.partition(":")
    if kind == "env":
        value = os.environ.get(place)
    elif kind == "file":
        try:
            value = Path(place).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableSecretError(f"the secret in {source} cannot be read: {type(error).__name__}") from None
    if not value or not value.strip():
        raise UnreadableSecretError(f"the secret in {source} is missing or empty")
    return value.strip()
