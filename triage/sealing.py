"""What is handed to a browser, or kept in the database, so that only this house can read it: encrypted and signed.

The key is kept outside the database. Whoever loses it loses the authenticator apps of people, who then enrol again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from triage.errors import InvalidError
from triage.key_files import make_once, require_private
from triage.settings import Settings

SECRET_KEY_FILE: Final = "secret_key"


class Seal:
    """Encrypts and decrypts with the house's own key, or several: the first encrypts, each decrypts."""

    def __init__(self, keys: str) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
        except ValueError:
            raise InvalidError(
                "TRIAGE_SECRET_KEY must be 32 bytes in URL-safe base64, or several with commas"
            ) from None

    def close(self, purpose: str, body: Mapping[str, Any], *, now: datetime) -> str:
        """Encrypt what only the same purpose may open."""
        content = orjson.dumps([purpose, body])
        return self._fernet.encrypt_at_time(content, int(now.timestamp())).decode()

    def open(
        self, purpose: str, sealed: str, *, now: datetime, max_age_seconds: int | None = None
    ) -> dict[str, Any] | None:
        """Decrypt; None for what is too old, was sealed for another purpose, or was not sealed here."""
        try:
            if max_age_seconds is None:
                content = self._fernet.decrypt(sealed.encode("ascii", "replace"))
            else:
                content = self._fernet.decrypt_at_time(
                    sealed.encode("ascii", "replace"), max_age_seconds, int(now.timestamp())
                )
        except InvalidToken:
            return None
        sealed_for, body = orjson.loads(content)
        return body if sealed_for == purpose else None


def open_seal(settings: Settings) -> Seal:
    """Return the house's seal: TRIAGE_SECRET_KEY, else `secret_key` in the home folder, made there."""
    written = settings.secret_key.get_secret_value()
    if written:
        return Seal(written)
    file = settings.home_folder / SECRET_KEY_FILE
    if not file.exists():
        make_once(file, Fernet.generate_key())
    require_private(file)
    return Seal(file.read_text())
