"""Who may do what: people with a password, systems with a key, and the roles granted to either.

Secrets are never stored: passwords as argon2id, keys and session cookies as the sha256 of 256 random bits.
"""

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, RowMapping, delete, literal, or_, select, update

from triage.db.row_digests import insert_rows, note_row
from triage.db.schema import api_keys, grants, second_factors, sessions, users
from triage.errors import ConflictError, FieldProblem, ForbiddenError, InvalidError, NotFoundError
from triage.identity.passwords import MAX_PASSWORD, require_strong
from triage.ids import new_id, new_secret, secret_digest

Permission = Literal[
    "submit", "read", "work_tasks", "work_in_bulk", "approve", "record_outcome", "read_audit", "see_restricted",
    "edit_policy",
    "manage_automation",
    "manage_access", "manage_deliveries", "manage_personal_data", "answer_persons",
]  # fmt: skip
ROLES: Final = (
    "viewer",
    "analyst",
    "approver",
    "model_reviewer",
    "policy_editor",
    "privacy_officer",
    "admin",
    "service",
)
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
    "manage_personal_data": frozenset({"privacy_officer", "admin"}),
    "answer_persons": frozenset({"analyst", "approver", "privacy_officer", "admin"}),
}
_WHOLE_HOUSE_ROLES: Final = ("admin",)
_SYSTEM_ROLES: Final = ("service",)
MAX_NAMED: Final = 500
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_KEY: Final = re.compile(r"trg_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_MAX_SUBJECT: Final = 128
_HASHER: Final = PasswordHasher()


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone known who is calling.

    name: "user:NAME" or "key:NAME", as written into every audit event.
    grants: pairs of a role and the domain it holds for, None for every domain.
    scope: the only permissions a key uses of its roles, None for all of them.
    """

    name: str
    grants: frozenset[tuple[str, str | None]]
    scope: frozenset[str] | None = None

    def may(self, permission: Permission, domain: str | None = None) -> bool:
        """Return whether this is allowed in the domain, or in at least one domain where none is named."""
        if self.scope is not None and permission not in self.scope:
            return False
        roles = PERMISSIONS[permission]
        return any(role in roles and (domain is None or held in (None, domain)) for role, held in self.grants)

    def holds(self, role: str, domain: str) -> bool:
        """Return whether a role, or admin, which stands for every role, is held for the domain."""
        return any(own in (role, "admin") and held in (None, domain) for own, held in self.grants)

    def require(self, permission: Permission, domain: str | None = None) -> None:
        """Raise ForbiddenError, naming the roles that would do, unless this is allowed."""
        if self.scope is not None and permission not in self.scope:
            raise ForbiddenError(
                f"{self.name} may not {permission.replace('_', ' ')}: its key is narrowed to "
                f"{', '.join(sorted(self.scope))}."
            )
        if not self.may(permission, domain):
            roles = [role for role in ROLES if role in PERMISSIONS[permission]]
            where = f" for {domain}" if domain is not None else ""
            raise ForbiddenError(
                f"{self.name} may not {permission.replace('_', ' ')}{where}: it takes the role "
                f"{' or '.join(roles)}{where}."
            )

    def domains_for(self, permission: Permission) -> frozenset[str] | None:
        """List the domains in which this is allowed; None means every domain."""
        if self.scope is not None and permission not in self.scope:
            return frozenset()
        held = {domain for role, domain in self.grants if role in PERMISSIONS[permission]}
        return None if None in held else frozenset(domain for domain in held if domain is not None)


def create_user(connection: Connection, name: str, password: str, *, now: datetime) -> None:
    """Add a person who can sign in; raise InvalidError for a weak password or an odd name, ConflictError if it is
    taken."""
    check_name(name)
    require_strong(name, password)
    if _user(connection, name) is not None:
        raise ConflictError(f"There is already a user named {name}.")
    insert_rows(connection, users, [{"name": name, "password_hash": _HASHER.hash(password), "created_at": now}])


def set_password(connection: Connection, name: str, password: str) -> None:
    """Replace a person's password and end their sessions."""
    require_strong(name, password)
    user = known_user(connection, name)
    connection.execute(
        update(users).where(users.c.user_id == user["user_id"]).values(password_hash=_HASHER.hash(password))
    )
    note_row(connection, users, name=name)
    connection.execute(delete(sessions).where(sessions.c.user_id == user["user_id"]))


def disable_user(connection: Connection, name: str, *, now: datetime) -> None:
    """Keep a person out from now on; what they did stays under their name."""
    user = known_user(connection, name)
    connection.execute(update(users).where(users.c.user_id == user["user_id"]).values(disabled_at=now))
    note_row(connection, users, name=name)
    connection.execute(delete(sessions).where(sessions.c.user_id == user["user_id"]))


def list_users(connection: Connection) -> list[dict[str, object]]:
    """List people with their grants, by name; never a hash."""
    query = (
        select(users.c.name, users.c.created_at, users.c.disabled_at, users.c.subject, second_factors.c.enrolled_at)
        .outerjoin(second_factors, second_factors.c.name == users.c.name)
        .order_by(users.c.name)
    )
    return [
        dict(row) | {"grants": _grants(connection, f"user:{row['name']}")}
        for row in connection.execute(query).mappings()
    ]


def check_password(connection: Connection, name: str, password: str) -> bool:
    """Return whether a person may sign in; takes as long for a name nobody has as for a wrong password."""
    user = _user(connection, name)
    try:
        # Somebody who signs in through the provider has no password, and takes as long as anybody.
        known = user["password_hash"] if user is not None else ""
        right = _HASHER.verify(known or _nobodys_hash(), password[:MAX_PASSWORD])
    except (VerifyMismatchError, InvalidHashError, UnicodeEncodeError):
        return False
    return right and bool(known) and user is not None and user["disabled_at"] is None


def grant(
    connection: Connection, principal: str, role: str, domain: str | None = None, *, source: str | None = None
) -> None:
    """Grant a role to "user:NAME" or "key:NAME", in one domain or (None) in all; giving it twice changes nothing.

    source: what the grant follows, None where somebody granted it.
    """
    _check_grant(principal, role, domain)
    _check_exists(connection, principal)
    if (role, domain) not in _grants(connection, principal):
        insert_rows(connection, grants, [{"principal": principal, "role": role, "domain": domain, "source": source}])


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


def create_key(
    connection: Connection,
    name: str,
    *,
    now: datetime,
    expires_at: datetime | None = None,
    scope: Collection[str] | None = None,
    subject: str | None = None,
) -> str:
    """Make an API key and return its only showing, "trg_<key id>_<secret>"; raise ConflictError if the name is taken.

    scope: the permissions it is narrowed to. subject: of a service account of the identity provider that acts under
    this name with the provider's tokens; such a one has no secret, and nothing is shown: the empty string.
    """
    check_name(name)
    if _key_named(connection, name) is not None:
        raise ConflictError(
            f"There is or was a key named {name}; a name is used once, so that the audit trail stays clear."
        )
    if expires_at is not None and expires_at <= now:
        raise _invalid("expires_at", expires_at.isoformat(), "must lie ahead")
    if subject is not None:
        _check_subject(connection, subject)
    key_id, secret = new_id().replace("-", "")[:12], new_secret()
    row = {
        "key_id": key_id, "name": name, "secret_hash": "" if subject else secret_digest(secret), "created_at": now,
        "expires_at": expires_at, "scope": _written_scope(scope), "subject": subject,
    }  # fmt: skip
    insert_rows(connection, api_keys, [row])
    return "" if subject else f"trg_{key_id}_{secret}"


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
    query = select(*(column for column in api_keys.c if column.name != "secret_hash")).order_by(api_keys.c.name)
    return [
        dict(row) | {"grants": _grants(connection, f"key:{row['name']}")}
        for row in connection.execute(query).mappings()
    ]


def principal_of_key(connection: Connection, presented: str, *, now: datetime) -> Principal | None:
    """Recognise the bearer of a key; None for anything that is not a living key."""
    parts = _KEY.fullmatch(presented)
    if parts is None:
        return None
    key = connection.execute(select(api_keys).where(api_keys.c.key_id == parts[1])).mappings().one_or_none()
    if key is None or not hmac.compare_digest(key["secret_hash"], secret_digest(parts[2])):
        return None
    return _principal_of_row(connection, key, now)


def principal_of_subject(connection: Connection, subject: str, *, now: datetime) -> Principal | None:
    """Return who a service account of the identity provider acts as; None for one that no living key names."""
    key = connection.execute(select(api_keys).where(api_keys.c.subject == subject)).mappings().one_or_none()
    return _principal_of_row(connection, key, now) if key is not None else None


def principal_of_key_named(connection: Connection, name: str, *, now: datetime) -> Principal | None:
    """Return who acts under a key's name, for a process that reads the database itself; None for no living key."""
    key = _key_named(connection, name)
    return _principal_of_row(connection, key, now) if key is not None else None


def note_use(connection: Connection, names: Mapping[str, datetime]) -> None:
    """Keep when keys were last used; what is later already stays."""
    for name, at in sorted(names.items()):
        stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < at)
        connection.execute(update(api_keys).where(api_keys.c.name == name, stale).values(last_used_at=at))


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
    return principal_named(connection, f"user:{user['name']}")


def principal_named(connection: Connection, name: str) -> Principal:
    """Return somebody known, "user:NAME" or "key:NAME", with what is granted."""
    return Principal(name=name, grants=frozenset(_grants(connection, name)))


def _principal_of_row(connection: Connection, key: RowMapping, now: datetime) -> Principal | None:
    """Return who a key stands for, unless it was revoked or ran out."""
    if key["revoked_at"] is not None or (key["expires_at"] is not None and key["expires_at"] <= now):
        return None
    scope = frozenset(key["scope"].split(",")) if key["scope"] is not None else None
    return Principal(
        name=f"key:{key['name']}", grants=frozenset(_grants(connection, f"key:{key['name']}")), scope=scope
    )


def _written_scope(scope: Collection[str] | None) -> str | None:
    if scope is None:
        return None
    unknown = sorted(set(scope) - set(PERMISSIONS))
    if unknown or not scope:
        raise _invalid("scope", ",".join(unknown), f"must be some of {', '.join(PERMISSIONS)}")
    return ",".join(sorted(set(scope)))


def _check_subject(connection: Connection, subject: str) -> None:
    if not (0 < len(subject) <= _MAX_SUBJECT and subject.isprintable()):
        raise _invalid("subject", subject, f"must have 1 to {_MAX_SUBJECT} printable characters")
    if connection.execute(select(api_keys.c.name).where(api_keys.c.subject == subject)).first() is not None:
        raise ConflictError(f"There is or was a key for the subject {subject[:80]}.")


def _grants(connection: Connection, principal: str) -> list[tuple[str, str | None]]:
    query = select(grants.c.role, grants.c.domain).where(grants.c.principal == principal).order_by(grants.c.grant_id)
    return [(role, domain) for role, domain in connection.execute(query)]


def _user(connection: Connection, name: str) -> RowMapping | None:
    if not _NAME.fullmatch(name):
        return None
    return connection.execute(select(users).where(users.c.name == name)).mappings().one_or_none()


def known_user(connection: Connection, name: str) -> RowMapping:
    """Return a user's row; raise NotFoundError where there is none."""
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


def check_name(name: str) -> None:
    """Raise InvalidError for what no person or key may be called."""
    if not _NAME.fullmatch(name):
        raise _invalid("name", name, "must be 1-64 of a-z, 0-9 and . _ @ + -, starting with a letter or digit")


def _invalid(field: str, value: str, message: str) -> InvalidError:
    return InvalidError(f"{field}: {message}.", problems=[FieldProblem(field=field, value=value[:80], message=message)])


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(new_secret())
