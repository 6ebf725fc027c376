"""A second proof at sign-in: the six digits of an authenticator app (TOTP, RFC 6238), or a recovery code."""

import hmac
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import Connection, delete, select, update

from triage.db.row_digests import insert_rows, note_row
from triage.db.schema import second_factors
from triage.errors import ConflictError, FieldProblem, InvalidError
from triage.identity.access import known_user, principal_named
from triage.ids import new_secret, secret_digest
from triage.sealing import Seal

STEP_SECONDS: Final = 30
RECOVERY_CODES: Final = 8
_DRIFT: Final = (0, -1, 1)
"""Steps a phone's clock may be off by."""
_PURPOSE: Final = "totp"


def new_totp_secret() -> str:
    """Return a random secret as authenticator apps take it."""
    return pyotp.random_base32()


def app_address(name: str, secret: str) -> str:
    """Return what a QR code tells an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="triage")


def has_second_factor(connection: Connection, name: str) -> bool:
    """Return whether a person enrolled one."""
    return connection.execute(select(second_factors.c.name).where(second_factors.c.name == name)).first() is not None


def needs_second_factor(connection: Connection, name: str, roles: Iterable[str]) -> bool:
    """Return whether a person holds one of the roles that take a second factor, in any domain."""
    held = {role for role, _ in principal_named(connection, f"user:{name}").grants}
    return not held.isdisjoint(roles)


def enrol(connection: Connection, name: str, secret: str, code: str, *, seal: Seal, now: datetime) -> list[str]:
    """Keep a person's authenticator app once it showed a right code; return the recovery codes, their only showing.

    Raises InvalidError for a wrong code, ConflictError where there is one already.
    """
    known_user(connection, name)
    step = _step_of(secret, code, now=now, after=0)
    if step is None:
        problem = FieldProblem(field="code", value="(hidden)", message="is not what the app shows now")
        raise InvalidError("code: is not what the app shows now. Check the clock of the phone.", problems=[problem])
    if has_second_factor(connection, name):
        raise ConflictError(f"{name} has an authenticator app; it has to be removed first.")
    codes = [new_secret()[:12] for _ in range(RECOVERY_CODES)]
    row = {
        "name": name, "sealed_secret": seal.close(_PURPOSE, {"name": name, "secret": secret}, now=now),
        "recovery_hashes": json.dumps([secret_digest(one) for one in codes]), "enrolled_at": now, "last_step": step,
    }  # fmt: skip
    insert_rows(connection, second_factors, [row])
    return codes


def check_code(connection: Connection, name: str, code: str, *, seal: Seal, now: datetime) -> str | None:
    """Use up a code: return "code" or "recovery" for a right one, None for one that is wrong or was used."""
    row = connection.execute(select(second_factors).where(second_factors.c.name == name)).mappings().one_or_none()
    if row is None:
        return None
    opened = seal.open(_PURPOSE, row["sealed_secret"], now=now)
    if opened is not None and opened["name"] == name:
        step = _step_of(opened["secret"], code, now=now, after=row["last_step"])
        if step is not None:
            mine = (second_factors.c.name == name, second_factors.c.last_step < step)
            used = connection.execute(update(second_factors).where(*mine).values(last_step=step)).rowcount
            return "code" if used else None
    hashes: list[str] = json.loads(row["recovery_hashes"])
    left = [one for one in hashes if not hmac.compare_digest(one, secret_digest(code.strip()))]
    if len(left) == len(hashes):
        return None
    unchanged = (second_factors.c.name == name, second_factors.c.recovery_hashes == row["recovery_hashes"])
    values = {"recovery_hashes": json.dumps(left)}
    used = connection.execute(update(second_factors).where(*unchanged).values(values)).rowcount
    note_row(connection, second_factors, name=name)
    return "recovery" if used else None


def remove_second_factor(connection: Connection, name: str) -> bool:
    """Forget a person's authenticator app; return whether there was one."""
    removed = connection.execute(delete(second_factors).where(second_factors.c.name == name)).rowcount
    if removed:
        note_row(connection, second_factors, name=name)
    return bool(removed)


def _step_of(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """Return the 30 seconds whose code this is, None for a wrong one and for one of a step already used."""
    digits = code.replace(" ", "")
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    steps = [current + drift for drift in _DRIFT]
    right = [
        step
        for step in steps
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode("utf-8", "replace"))
    ]
    return next((step for step in right if step > after), None)
