"""People that an identity provider sends: who they are here, and which roles their groups give them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select, update

from triage.db.audit_chain import audit
from triage.db.row_digests import insert_rows, note_row
from triage.db.schema import grants, users
from triage.errors import ConflictError, FieldProblem, ForbiddenError, InvalidError
from triage.identity.access import ROLES, check_name, grant, known_user

ACTOR: Final = "system:sign-on"
GROUPS: Final = "groups"
Grants = frozenset[tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who an identity provider says is there. subject: issuer and sub, which never pass to another person.

    name: what the person is called here, lower case. groups: as the provider names them.
    """

    subject: str
    name: str
    groups: frozenset[str]


def read_roles(written: Mapping[str, Sequence[str]], domains: Collection[str]) -> dict[str, Grants]:
    """Return which roles each group gives, from a group to its "ROLE" or "ROLE:DOMAIN".

    Raises InvalidError, naming the group, for a role or domain there is not.
    """
    read = {}
    for group, roles in written.items():
        pairs = [role.partition(":") for role in roles]
        for role, _, domain in pairs:
            if role not in ROLES or role == "service" or (role == "admin" and domain):
                raise _bad_role(group, role, "is no role that people hold this way")
            if domain and domain not in domains:
                raise _bad_role(group, domain, f"is no domain; known are {', '.join(sorted(domains))}")
        read[group] = frozenset((role, domain or None) for role, _, domain in pairs)
    return read


def sign_on(connection: Connection, identity: Identity, roles: Mapping[str, Grants], *, now: datetime) -> str:
    """Return who this is here: known by the subject, or new; the roles of the groups are granted, others of theirs end.

    Roles that were granted by hand stay; whoever was here may be left with none. Raises ForbiddenError for somebody who
    is kept out, or new and without a role, and ConflictError where the name belongs to somebody else here.
    """
    user = connection.execute(select(users).where(users.c.subject == identity.subject)).mappings().one_or_none()
    if user is not None and user["disabled_at"] is not None:
        raise ForbiddenError(f"{user['name']} may not sign in here.")
    name = str(user["name"]) if user is not None else identity.name
    wanted = frozenset().union(*(roles.get(group, frozenset()) for group in identity.groups))
    if user is None:
        if not wanted:
            raise ForbiddenError(f"None of the groups of {name} gives a role here. Ask an administrator.")
        _add(connection, identity, now=now)
    changed = _follow(connection, name, wanted)
    if user is None or changed:
        detail = {"name": name, "roles": sorted(_written(pair) for pair in wanted)}
        audit(connection, actor=ACTOR, verb="sign_on", case_id=None, detail=detail, now=now)
    return name


def link_user(connection: Connection, name: str, subject: str | None) -> None:
    """Let somebody of the identity provider sign in as a user there is already, or (None) nobody any more."""
    known_user(connection, name)
    if subject is not None and not (0 < len(subject) <= 512 and subject.isprintable()):
        raise _bad_role(name, subject, "must be ISSUER SUB, at most 512 characters")
    connection.execute(update(users).where(users.c.name == name).values(subject=subject))
    note_row(connection, users, name=name)


def _add(connection: Connection, identity: Identity, *, now: datetime) -> None:
    check_name(identity.name)
    taken = connection.execute(select(users.c.name).where(users.c.name == identity.name)).first()
    if taken is not None:
        raise ConflictError(
            f"There is a user {identity.name} here who is not the provider's. If it is the same person, run: "
            f"triage user link {identity.name} '{identity.subject}'"
        )
    row = {"name": identity.name, "password_hash": "", "created_at": now, "subject": identity.subject}
    insert_rows(connection, users, [row])


def _follow(connection: Connection, name: str, wanted: Grants) -> bool:
    """Grant what the groups give and end what they gave before; return whether anything changed."""
    principal = f"user:{name}"
    query = select(grants.c.role, grants.c.domain, grants.c.source).where(grants.c.principal == principal)
    held = {(role, domain): source for role, domain, source in connection.execute(query)}
    gone = [pair for pair, source in held.items() if source == GROUPS and pair not in wanted]
    for role, domain in gone:
        same = grants.c.domain.is_(None) if domain is None else grants.c.domain == domain
        connection.execute(delete(grants).where(grants.c.principal == principal, grants.c.role == role, same))
        note_row(connection, grants, principal=principal, role=role, domain=domain)
    added = [pair for pair in wanted if pair not in held]
    for role, domain in sorted(added, key=str):
        grant(connection, principal, role, domain, source=GROUPS)
    return bool(gone or added)


def _written(pair: tuple[str, str | None]) -> str:
    role, domain = pair
    return f"{role}:{domain}" if domain else role


def _bad_role(field: str, value: str, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value=value[:80], message=message)
    return InvalidError(f"{field}: {value[:80]!r} {message}", problems=[problem])
