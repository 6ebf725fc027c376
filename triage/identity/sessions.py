"""Sessions of people who are signed in: opened, recognised, listed, ended. Their tokens are kept as sha256 only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from triage.db.schema import sessions, users
from triage.identity.access import Principal, known_user, principal_named
from triage.ids import new_secret, secret_digest

MAX_LISTED: Final = 500
_MAX_AGENT: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person's session: who it is, and the token every write of theirs must carry."""

    principal: Principal
    csrf_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a session was opened, shown to its owner. how: password or provider, "+code" with a second factor.

    provider_session and id_token: the identity provider's own, for signing out there too.
    """

    how: str = "password"
    agent: str = ""
    address: str = ""
    provider_session: str | None = None
    id_token: str | None = None


def open_session(
    connection: Connection, name: str, *, now: datetime, holds: timedelta, opening: Opening | None = None
) -> str:
    """Sign a person in whose right to it was just checked and return the cookie's token; forget sessions that ran
    out."""
    user = known_user(connection, name)
    opening = opening if opening is not None else Opening()
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    token = new_secret()
    connection.execute(
        insert(sessions).values(
            token_hash=secret_digest(token),
            user_id=user["user_id"],
            csrf_token=new_secret(),
            created_at=now,
            expires_at=now + holds,
            how=opening.how,
            agent=opening.agent[:_MAX_AGENT],
            address=opening.address[:64],
            provider_session=opening.provider_session,
            id_token=opening.id_token,
        )
    )
    return token


def close_session(connection: Connection, token: str) -> str | None:
    """Sign out, and return the provider's token of this sign-in where it was one; an unknown token is no error."""
    own = sessions.c.token_hash == secret_digest(token)
    id_token: str | None = connection.execute(select(sessions.c.id_token).where(own)).scalar()
    connection.execute(delete(sessions).where(own))
    return id_token


def principal_of_session(connection: Connection, token: str, *, now: datetime) -> SignedIn | None:
    """Recognise the bearer of a session cookie; None once it ran out, was closed, or the person was disabled."""
    query = (
        select(sessions.c.csrf_token, users.c.name)
        .join(users, users.c.user_id == sessions.c.user_id)
        .where(
            sessions.c.token_hash == secret_digest(token), sessions.c.expires_at > now, users.c.disabled_at.is_(None)
        )
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return SignedIn(principal=principal_named(connection, f"user:{row['name']}"), csrf_token=row["csrf_token"])


def list_sessions(
    connection: Connection, name: str | None = None, *, now: datetime, token: str = ""
) -> Sequence[Mapping[str, Any]]:
    """List open sessions of a person, or of everybody, the newest first, at most MAX_LISTED.

    token: of the session that asks, which is marked as `own`.
    """
    query = (
        select(
            sessions.c.token_hash, users.c.name, sessions.c.created_at, sessions.c.expires_at, sessions.c.how,
            sessions.c.agent, sessions.c.address, (sessions.c.token_hash == secret_digest(token)).label("own"),
        )
        .join(users, users.c.user_id == sessions.c.user_id)
        .where(sessions.c.expires_at > now)
        .order_by(sessions.c.expires_at.desc())
        .limit(MAX_LISTED)
    )  # fmt: skip
    if name is not None:
        query = query.where(sessions.c.user_id == known_user(connection, name)["user_id"])
    return [dict(row) for row in connection.execute(query).mappings()]


def end_session(connection: Connection, token_hash: str, *, of: str | None = None) -> int:
    """End the session of this hash, of this person where one is named; return how many ended: 1 or 0."""
    query = delete(sessions).where(sessions.c.token_hash == token_hash)
    if of is not None:
        query = query.where(sessions.c.user_id == known_user(connection, of)["user_id"])
    return connection.execute(query).rowcount


def end_sessions(connection: Connection, name: str, *, but: str = "") -> int:
    """End a person's sessions, but the one of this token; return how many ended."""
    mine = sessions.c.user_id == known_user(connection, name)["user_id"]
    return connection.execute(delete(sessions).where(mine, sessions.c.token_hash != secret_digest(but))).rowcount


def end_provider_sessions(connection: Connection, *, subject: str | None, provider_session: str | None) -> int:
    """End what was opened in a session of the identity provider, or by its subject where it names no session."""
    if provider_session is not None:
        return connection.execute(delete(sessions).where(sessions.c.provider_session == provider_session)).rowcount
    user_id = connection.execute(select(users.c.user_id).where(users.c.subject == subject)).scalar()
    return connection.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount if user_id else 0
