"""`triage db` and `triage audit`: the schema, and the chain of audit events."""

import typer

from cli.console import fail, out
from cli.options import settings
from triage.db.audit_chain import verify_audit
from triage.db.database import open_engine, reading, upgrade

app = typer.Typer(help="The database.", no_args_is_help=True)
audit = typer.Typer(help="The tamper-evident audit chain.", no_args_is_help=True)


@app.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema to the newest version: `triage db upgrade`."""
    upgrade(open_engine(settings().database))
    out.print("the schema is the newest version")


@app.callback()
def _app() -> None:
    """Keep `upgrade` a sub-command while it is the only one."""


@audit.command("verify")
def audit_verify() -> None:
    """Walk the audit chain and say whether every link holds: `triage audit verify`."""
    with reading(open_engine(settings().database)) as connection:
        links, broken = verify_audit(connection)
    if broken is not None:
        fail(f"the audit chain is broken: {broken}")
    out.print(f"{links} links, unbroken")


@audit.callback()
def _audit() -> None:
    """Keep `verify` a sub-command while it is the only one."""
