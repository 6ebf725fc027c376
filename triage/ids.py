"""The one place that makes ids and secrets, and what is kept of a secret."""

import base64
import hashlib
import secrets
import uuid


def new_id() -> str:
    """Return a random id of 36 characters."""
    return str(uuid.uuid4())


def new_salt() -> str:
    """Return 128 random bits in hexadecimal, which keep a digest from being guessed back."""
    return secrets.token_hex(16)


def new_secret() -> str:
    """Return 256 random bits, safe in a header or cookie."""
    return secrets.token_urlsafe(32)


def secret_digest(secret: str) -> str:
    """Return what is kept of a random secret, or of what somebody presents as one: its sha256, hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_signing_secret() -> str:
    """Return 256 random bits as Standard Webhooks writes a secret."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def new_jitter() -> float:
    """Return a uniformly random number from 0 to 1, which spreads what would otherwise happen at once."""
    return secrets.SystemRandom().random()
