"""The key that signs the audit chain's head: Ed25519, kept outside the database."""

import base64
import binascii
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from triage.errors import InvalidError
from triage.key_files import make_once, require_private
from triage.settings import Settings

KEY_FILE: Final = "audit_key.pem"
_BYTES: Final = 32


def chain_key(settings: Settings, *, make: bool = True) -> Ed25519PrivateKey:
    """Read the signing key: TRIAGE_AUDIT_KEY, else TRIAGE_AUDIT_KEY_FILE, else `audit_key.pem` in the home folder.

    make: whether the one in the home folder is made where it is missing. Raises InvalidError where there is none, it is
    no Ed25519 key, or others may read its file.
    """
    written = settings.audit_key.get_secret_value()
    if written:
        return _from_seed(written)
    file = Path(settings.audit_key_file) if settings.audit_key_file else settings.home_folder / KEY_FILE
    if not file.exists() and make and not settings.audit_key_file:
        _make(file)
    return _from_file(file)


def public_text(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """Write a public key as text: its 32 bytes in base64."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign(key: Ed25519PrivateKey, body: bytes) -> str:
    """Sign bytes; base64."""
    return base64.b64encode(key.sign(body)).decode()


def is_signed(body: bytes, signature: str, public_key: str) -> bool:
    """Check a signature against a public key, both in base64; False also where either is none."""
    try:
        known = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        known.verify(base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _make(file: Path) -> None:
    content = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    make_once(file, content)


def _from_file(file: Path) -> Ed25519PrivateKey:
    if not file.is_file():
        raise InvalidError(f"there is no key file {file}; make one with `triage audit key`, or name another")
    require_private(file)
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise InvalidError(f"{file} holds no key that can be read: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidError(f"{file} holds another kind of key: it must be Ed25519")
    return key


def _from_seed(text: str) -> Ed25519PrivateKey:
    try:
        seed = base64.b64decode(text, validate=True)
        if len(seed) != _BYTES:
            raise ValueError
        return Ed25519PrivateKey.from_private_bytes(seed)
    except (binascii.Error, ValueError):
        raise InvalidError(f"TRIAGE_AUDIT_KEY must be the {_BYTES} bytes of an Ed25519 key in base64") from None
