"""The one place that makes ids."""

import secrets
import uuid


def new_id() -> str:
    """Give a random id of 36 characters."""
    return str(uuid.uuid4())


def new_secret() -> str:
    """Give 256 random bits, safe in a header or cookie."""
    return secrets.token_urlsafe(32)
