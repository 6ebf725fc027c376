"""`triage user` and `triage key`: who may sign in, which systems may call, and what they may do."""

import getpass
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from cli.console import fail, out, show
from cli.options import AsJson, domain_named, settings
from triage.clock import utc_now
from triage.db.audit_chain import audit
from triage.db.database import open_engine, reading
from triage.identity.access import (
    PERMISSIONS,
    ROLES,
    create_key,
    create_user,
    disable_user,
    grant,
    list_keys,
    list_users,
    revoke,
    revoke_key,
    set_password,
)
from triage.identity.second_factor import remove_second_factor
from triage.identity.sessions import end_sessions
from triage.identity.sign_on import link_user

users = typer.Typer(help="People who sign in.", no_args_is_help=True)
keys = typer.Typer(help="Keys of systems that call the API.", no_args_is_help=True)
ACTOR = "system:cli"
Name = Annotated[str, typer.Argument(help="Name, lower case")]
Role = Annotated[list[str], typer.Option("--role", help=f"One of {', '.join(ROLES)}; ROLE:DOMAIN for one domain")]
PasswordFromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input")]


@users.command("create")
def user_create(name: Name, role: Role, password_stdin: PasswordFromInput = False) -> None:
    """Add a person: `triage user create ann --role analyst:return_fraud`."""
    password = _password(password_stdin)
    _change(lambda c, now: create_user(c, name, password, now=now), "create_user", name, role)
    out.print(f"{name} may sign in")


@users.command("password")
def user_password(name: Name, password_stdin: PasswordFromInput = False) -> None:
    """Set a person's password: `triage user password ann`."""
    password = _password(password_stdin)
    _change(lambda c, now: set_password(c, name, password), "set_password", name, [])
    out.print(f"{name} has a new password; open sessions have ended")


@users.command("grant")
def user_grant(name: Name, role: Role) -> None:
    """Grant a person a role: `triage user grant ann --role approver`."""
    _change(lambda c, now: None, "grant", name, role)
    out.print(f"{name}: {', '.join(role)} granted")


@users.command("revoke")
def user_revoke(name: Name, role: Role) -> None:
    """Take a role from a person: `triage user revoke ann --role approver`."""
    with open_engine(settings().database).begin() as connection:
        for text in role:
            revoke(connection, f"user:{name}", *_role(text))
        detail = {"name": name, "roles": list(role)}
        audit(connection, actor=ACTOR, verb="revoke", case_id=None, detail=detail, now=utc_now())
    out.print(f"{name}: {', '.join(role)} revoked")


@users.command("disable")
def user_disable(name: Name) -> None:
    """Keep a person out: `triage user disable ann`."""
    _change(lambda c, now: disable_user(c, name, now=now), "disable_user", name, [])
    out.print(f"{name} may no longer sign in")


@users.command("link")
def user_link(
    name: Name,
    subject: Annotated[str, typer.Argument(help="ISSUER SUB of the identity provider; empty: nobody any more")],
) -> None:
    """Let somebody of the provider sign in as a user: `triage user link ann "https://id.example 1234"`."""
    _change(lambda c, now: link_user(c, name, subject or None), "link_user", name, [])
    out.print(f"{name} signs in as {subject}" if subject else f"{name} no longer signs in through the provider")


@users.command("forget-app")
def user_forget_app(name: Name) -> None:
    """Remove the authenticator app of somebody who lost the phone: `triage user forget-app ann`."""

    def forget(connection: Any, now: datetime) -> None:
        if not remove_second_factor(connection, name):
            fail(f"{name} has no authenticator app")
        end_sessions(connection, name)

    _change(forget, "remove_second_factor", name, [])
    out.print(f"{name} has no authenticator app any more")


@users.command("list")
def user_list(as_json: AsJson = False) -> None:
    """List people and their roles: `triage user list --json`."""
    with reading(open_engine(settings().database)) as connection:
        show(_listed(list_users(connection)), as_json=as_json)


@keys.command("create")
def key_create(
    name: Name,
    role: Role,
    days: Annotated[int | None, typer.Option(help="How long it holds; for good without", min=1, max=3650)] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Narrow it to {', '.join(PERMISSIONS)}")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Subject of a service account's tokens, which has no key: docs/sign-on.md")
    ] = None,
) -> None:
    """Make a key, shown once: `triage key create pos-gateway --role service:return_fraud --days 365 --only submit`."""
    with open_engine(settings().database).begin() as connection:
        now = utc_now()
        expires_at = now + timedelta(days=days) if days is not None else None
        secret = create_key(connection, name, now=now, expires_at=expires_at, scope=only, subject=subject)
        for text in role:
            grant(connection, f"key:{name}", *_role(text))
        detail = {"name": name, "roles": list(role)}
        audit(connection, actor=ACTOR, verb="create_key", case_id=None, detail=detail, now=now)
    out.print(secret or f"{name} stands for the service account {subject}")


@keys.command("revoke")
def key_revoke(name: Name) -> None:
    """Refuse a key from now on: `triage key revoke pos-gateway`."""
    _change(lambda c, now: revoke_key(c, name, now=now), "revoke_key", name, [])
    out.print(f"the key {name} is refused from now on")


@keys.command("list")
def key_list(as_json: AsJson = False) -> None:
    """List keys and their roles, never a secret: `triage key list`."""
    with reading(open_engine(settings().database)) as connection:
        show(_listed(list_keys(connection)), as_json=as_json)


def _change(change: Any, verb: str, name: str, roles: list[str]) -> None:
    now = utc_now()
    with open_engine(settings().database).begin() as connection:
        change(connection, now)
        for text in roles:
            grant(connection, f"user:{name}", *_role(text))
        detail = {"name": name, "roles": list(roles)}
        audit(connection, actor=ACTOR, verb=verb, case_id=None, detail=detail, now=now)


def _role(text: str) -> tuple[str, str | None]:
    role, _, domain = text.partition(":")
    if role not in ROLES:
        raise typer.BadParameter(f"unknown role {role!r}; known are {', '.join(ROLES)}", param_hint="--role")
    return role, domain_named(domain).name if domain else None


def _listed(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write grants as they are given on the command line, ROLE or ROLE:DOMAIN, and instants to the second."""
    listed = []
    for row in rows:
        plain = {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        grants = sorted(role if domain is None else f"{role}:{domain}" for role, domain in row["grants"])
        listed.append(plain | {"grants": ", ".join(grants)})
    return listed


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("again: ") != password:
        fail("the two passwords differ")
    return password
