"""Who may do what: people with a password, systems with a key, and the roles granted to either.

Secrets are never stored: passwords as argon2id, keys and session cookies as the sha256 of 256 random bits.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, RowMapping, delete, insert, literal, or_, select, update

from triage.db.row_digests import insert_rows, note_row
from triage.db.schema import api_keys, grants, sessions, users
from triage.errors import ConflictError, FieldProblem, ForbiddenError, InvalidError, NotFoundError
from triage.ids import new_id, new_secret

Permission = Literal[
    "submit", "read", "work_tasks", "work_in_bulk", "approve", "record_outcome", "read_audit", "see_restricted",
    "edit_policy",
    "manage_automation",
    "manage_access", "manage_deliveries",
]  # fmt: skip
ROLES: Final = ("viewer", "analyst", "approver", "model_reviewer", "policy_editor", "admin", "service")
PERMISSIONS: Final[Mapping[Permission, frozenset[str]]] = {
    "submit": frozenset({"service", "admin"}),
    "read": frozenset(ROLES),
    "work_tasks": frozenset({"analyst", "approver", "admin"}),
    "work_in_bulk": frozenset({"approver", "admin"}),
    "approve": frozenset({"approver", "admin"}),
    "record_outcome": frozenset({"service", "analyst", "admin"}),
    "read_audit": frozenset({"approver", "admin"}),
    "see_restricted": frozenset({"approver", "admin"}),
    "edit_policy": frozenset({"policy_editor", "admin"}),
    "manage_automation": frozenset({"model_reviewer", "policy_editor", "admin"}),
    "manage_access": frozenset({"admin"}),
    "manage_deliveries": frozenset({"admin"}),
}
_WHOLE_HOUSE_ROLES: Final = ("admin",)
_SYSTEM_ROLES: Final = ("service",)
MAX_NAMED: Final = 500
MIN_PASSWORD: Final = 10
_MAX_PASSWORD: Final = 256
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_KEY: Final = re.compile(r"trg_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_HASHER: Final = PasswordHasher()


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone known who is calling.

    name: "user:NAME" or "key:NAME", as written into every audit event.
    grants: pairs of a role and the domain it holds for, None for every domain.
    """

    name: str
    grants: frozenset[tuple[str, str | None]]

    def may(self, permission: Permission, domain: str | None = None) -> bool:
        """Return whether this is allowed in the domain, or in at least one domain where none is named."""
        roles = PERMISSIONS[permission]
        return any(role in roles and (domain is None or held in (None, domain)) for role, held in self.grants)

    def holds(self, role: str, domain: str) -> bool:
        """Return whether a role, or admin, which stands for every role, is held for the domain."""
        return any(own in (role, "admin") and held in (None, domain) for own, held in self.grants)

    def require(self, permission: Permission, domain: str | None = None) -> None:
        """Raise ForbiddenError, naming the roles that would do, unless this is allowed."""
        if not self.may(permission, domain):
            roles = [role for role in ROLES if role in PERMISSIONS[permission]]
            where = f" for {domain}" if domain is not None else ""
            raise ForbiddenError(
                f"{self.name} may not {permission.replace('_', ' ')}{where}: it takes the role "
                f"{' or '.join(roles)}{where}."
            )

    def domains_for(self, permission: Permission) -> frozenset[str] | None:
        """List the domains in which this is allowed; None means every domain."""
        held = {domain for role, domain in self.grants if role in PERMISSIONS[permission]}
        return None if None in held else frozenset(domain for domain in held if domain is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person's session: who it is, and the token every write of theirs must carry."""

    principal: Principal
    csrf_token: str


def create_user(connection: Connection, name: str, password: str, *, now: datetime) -> None:
    """Add a person who can sign in; raise InvalidError for a weak password or an odd name, ConflictError if it is
    taken."""
    _check_name(name)
    _check_password(name, password)
    if _user(connection, name) is not None:
        raise ConflictError(f"There is already a user named {name}.")
    insert_rows(connection, users, [{"name": name, "password_hash": _HASHER.hash(password), "created_at": now}])


def set_password(connection: Connection, name: str, password: str) -> None:
    """Replace a person's password and end their sessions."""
    _check_password(name, password)
    user = _known_user(connection, name)
    connection.execute(
        update(users).where(users.c.user_id == user["user_id"]).values(password_hash=_HASHER.hash(password))
    )
    note_row(connection, users, name=name)
    connection.execute(delete(sessions).where(sessions.c.user_id == user["user_id"]))


def disable_user(connection: Connection, name: str, *, now: datetime) -> None:
    """Keep a person out from now on; what they did stays under their name."""
    user = _known_user(connection, name)
    connection.execute(update(users).where(users.c.user_id == user["user_id"]).values(disabled_at=now))
    note_row(connection, users, name=name)
    connection.execute(delete(sessions).where(sessions.c.user_id == user["user_id"]))


def list_users(connection: Connection) -> list[dict[str, object]]:
    """List people with their grants, by name; never a hash."""
    query = select(users.c.name, users.c.created_at, users.c.disabled_at).order_by(users.c.name)
    return [
        dict(row) | {"grants": _grants(connection, f"user:{row['name']}")}
        for row in connection.execute(query).mappings()
    ]


def check_password(connection: Connection, name: str, password: str) -> bool:
    """Return whether a person may sign in; takes as long for a name nobody has as for a wrong password."""
    user = _user(connection, name)
    try:
        _HASHER.verify(user["password_hash"] if user is not None else _nobodys_hash(), password[:_MAX_PASSWORD])
    except (VerifyMismatchError, InvalidHashError, UnicodeEncodeError):
        return False
    return user is not None and user["disabled_at"] is None


def grant(connection: Connection, principal: str, role: str, domain: str | None = None) -> None:
    """Grant a role to "user:NAME" or "key:NAME", in one domain or (None) in all; giving it twice changes nothing."""
    _check_grant(principal, role, domain)
    _check_exists(connection, principal)
    if (role, domain) not in _grants(connection, principal):
        insert_rows(connection, grants, [{"principal": principal, "role": role, "domain": domain}])


def revoke(connection: Connection, principal: str, role: str, domain: str | None = None) -> None:
    """Take exactly this grant away; raise NotFoundError where it was never given."""
    found = connection.execute(
        delete(grants).where(
            grants.c.principal == principal, grants.c.role == role, grants.c.domain.is_not_distinct_from(domain)
        )
    )
    if not found.rowcount:
        raise NotFoundError(f"{principal} does not have the role {role}{f' for {domain}' if domain else ''}.")
    note_row(connection, grants, principal=principal, role=role, domain=domain)


def create_key(connection: Connection, name: str, *, now: datetime) -> str:
    """Make an API key and give its only showing, "trg_<key id>_<secret>"; raise ConflictError if the name is taken."""
    _check_name(name)
    if _key_named(connection, name) is not None:
        raise ConflictError(
            f"There is or was a key named {name}; a name is used once, so that the audit trail stays clear."
        )
    key_id, secret = new_id().replace("-", "")[:12], new_secret()
    row = {"key_id": key_id, "name": name, "secret_hash": _digest(secret), "created_at": now}
    insert_rows(connection, api_keys, [row])
    return f"trg_{key_id}_{secret}"


def revoke_key(connection: Connection, name: str, *, now: datetime) -> None:
    """End a key for good; raise NotFoundError where there is none of that name."""
    key = _key_named(connection, name)
    if key is None:
        raise NotFoundError(f"There is no key named {name}.")
    if key["revoked_at"] is None:
        connection.execute(update(api_keys).where(api_keys.c.name == name).values(revoked_at=now))
        note_row(connection, api_keys, key_id=key["key_id"])


def list_keys(connection: Connection) -> list[dict[str, object]]:
    """List keys with their grants, by name; never a secret."""
    query = select(api_keys.c.key_id, api_keys.c.name, api_keys.c.created_at, api_keys.c.revoked_at).order_by(
        api_keys.c.name
    )
    return [
        dict(row) | {"grants": _grants(connection, f"key:{row['name']}")}
        for row in connection.execute(query).mappings()
    ]


def principal_of_key(connection: Connection, presented: str) -> Principal | None:
    """Recognise the bearer of a key; None for anything that is not a living key."""
    parts = _KEY.fullmatch(presented)
    if parts is None:
        return None
    key = connection.execute(select(api_keys).where(api_keys.c.key_id == parts[1])).mappings().one_or_none()
    if key is None or key["revoked_at"] is not None or not hmac.compare_digest(key["secret_hash"], _digest(parts[2])):
        return None
    return _principal(connection, f"key:{key['name']}")


def people_who_may(connection: Connection, permission: Permission, domain: str) -> list[str]:
    """List those who can sign in and are allowed something in a domain, at most MAX_NAMED, by name."""
    query = (
        select(users.c.name)
        .join(grants, grants.c.principal == literal("user:") + users.c.name)
        .where(users.c.disabled_at.is_(None), grants.c.role.in_(PERMISSIONS[permission]))
        .where(or_(grants.c.domain.is_(None), grants.c.domain == domain))
        .distinct()
        .order_by(users.c.name)
        .limit(MAX_NAMED)
    )
    return list(connection.execute(query).scalars())


def known_person(connection: Connection, name: str) -> Principal | None:
    """Return a person with their grants, named "ann" or "user:ann"; None where there is none, or none who may come
    in."""
    user = _user(connection, name.removeprefix("user:"))
    if user is None or user["disabled_at"] is not None:
        return None
    return _principal(connection, f"user:{user['name']}")


def open_session(connection: Connection, name: str, *, now: datetime, holds: timedelta) -> str:
    """Sign a person in whose password was just checked and give the cookie's token; forget sessions that ran out."""
    user = _known_user(connection, name)
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    token = new_secret()
    connection.execute(
        insert(sessions).values(
            token_hash=_digest(token),
            user_id=user["user_id"],
            csrf_token=new_secret(),
            created_at=now,
            expires_at=now + holds,
        )
    )
    return token


def close_session(connection: Connection, token: str) -> None:
    """Sign out; an unknown token is no error."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == _digest(token)))


def principal_of_session(connection: Connection, token: str, *, now: datetime) -> SignedIn | None:
    """Recognise the bearer of a session cookie; None once it ran out, was closed, or the person was disabled."""
    query = (
        select(sessions.c.csrf_token, users.c.name)
        .join(users, users.c.user_id == sessions.c.user_id)
        .where(sessions.c.token_hash == _digest(token), sessions.c.expires_at > now, users.c.disabled_at.is_(None))
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return SignedIn(principal=_principal(connection, f"user:{row['name']}"), csrf_token=row["csrf_token"])


def principal_of_key_named(connection: Connection, name: str) -> Principal | None:
    """Return who acts under a key's name, for a process that reads the database itself; None for no living key."""
    key = _key_named(connection, name)
    return _principal(connection, f"key:{name}") if key is not None and key["revoked_at"] is None else None


def _principal(connection: Connection, name: str) -> Principal:
    return Principal(name=name, grants=frozenset(_grants(connection, name)))


def _grants(connection: Connection, principal: str) -> list[tuple[str, str | None]]:
    query = select(grants.c.role, grants.c.domain).where(grants.c.principal == principal).order_by(grants.c.grant_id)
    return [(role, domain) for role, domain in connection.execute(query)]


def _user(connection: Connection, name: str) -> RowMapping | None:
    if not _NAME.fullmatch(name):
        return None
    return connection.execute(select(users).where(users.c.name == name)).mappings().one_or_none()


def _known_user(connection: Connection, name: str) -> RowMapping:
    user = _user(connection, name)
    if user is None:
        raise NotFoundError(f"There is no user named {name}.")
    return user


def _key_named(connection: Connection, name: str) -> RowMapping | None:
    return connection.execute(select(api_keys).where(api_keys.c.name == name)).mappings().one_or_none()


def _check_exists(connection: Connection, principal: str) -> None:
    kind, _, name = principal.partition(":")
    found = _user(connection, name) if kind == "user" else _key_named(connection, name)
    if found is None:
        raise NotFoundError(f"There is no {kind} named {name}.")


def _check_grant(principal: str, role: str, domain: str | None) -> None:
    if principal.partition(":")[0] not in ("user", "key"):
        raise _invalid("principal", principal, "write user:NAME or key:NAME")
    if role not in ROLES:
        raise _invalid("role", role, f"must be one of {', '.join(ROLES)}")
    if role in _WHOLE_HOUSE_ROLES and domain is not None:
        raise _invalid("domain", domain, f"the role {role} holds for every domain; leave the domain out")
    if role in _SYSTEM_ROLES and principal.startswith("user:"):
        raise _invalid("role", role, f"the role {role} is for keys; a person submits cases as admin")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise _invalid("name", name, "must be 1-64 of a-z, 0-9 and . _ @ + -, starting with a letter or digit")


def _check_password(name: str, password: str) -> None:
    if not MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
        raise _invalid("password", "(hidden)", f"must have {MIN_PASSWORD} to {_MAX_PASSWORD} characters")
    if name.casefold() in password.casefold() and len(password) < len(name) + MIN_PASSWORD:
        raise _invalid("password", "(hidden)", "must not be made of the name")
    if not password.isprintable():
        raise _invalid("password", "(hidden)", "must have no control characters")


def _invalid(field: str, value: str, message: str) -> InvalidError:
    return InvalidError(f"{field}: {message}.", problems=[FieldProblem(field=field, value=value[:80], message=message)])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(new_secret())
