"""The `triage` command: one file per group of commands, put together here."""

import os

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from cli import (
    access,
    audit_trail,
    backups,
    certificates,
    database,
    deliveries,
    diagnosis,
    event_bus,
    frozen_history,
    ingest,
    learning,
    lookup_tables,
    own_domain,
    persons,
    policies,
    policy_clock,
    policy_life,
    process,
    retention,
    routes,
    running,
    scoring,
    tables,
    transfer,
    working,
)
from cli.console import fail
from cli.extensions import add_commands
from policies.document.errors import PolicyError
from triage.errors import TriageError

app = typer.Typer(
    name="triage",
    help="Exception triage for retail: models advise, policy decides, people overrule.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=False,
)
running.add_to(app)
working.add_to(app)
backups.add_to(app)
diagnosis.add_to(app)
event_bus.add_to(app)
ingest.add_to(app)
learning.add_to(app)
scoring.add_to(app)
tables.add_to(app)
transfer.add_to(app)
policy_life.add_to(policies.app)
policy_clock.add_to(policies.app)
app.add_typer(policies.app, name="policy")
app.add_typer(routes.app, name="route")
app.add_typer(lookup_tables.app, name="lookup")
app.add_typer(own_domain.app, name="domain")
app.command()(certificates.certify)
app.add_typer(certificates.app, name="certificate")
app.add_typer(deliveries.endpoints, name="endpoint")
app.add_typer(deliveries.deliveries, name="deliveries")
app.add_typer(access.users, name="user")
app.add_typer(access.keys, name="key")
app.add_typer(database.app, name="db")
app.add_typer(frozen_history.app, name="history")
app.add_typer(retention.app, name="retention")
app.add_typer(persons.app, name="person")
app.add_typer(audit_trail.app, name="audit")
app.add_typer(process.app, name="process")

add_commands(app)


def main() -> None:
    """Run the command line; what a user can mend is one sentence, not a traceback.

    What it writes is its user's own: homes and exports hold personal data and keys.
    """
    os.umask(0o077)
    try:
        app()
    except (PolicyError, TriageError, ValidationError, SQLAlchemyError, ImportError, OSError) as error:
        _end(_sentence(error))
    except KeyboardInterrupt:
        _end("stopped")


def _sentence(error: Exception) -> str:
    if isinstance(error, TriageError):
        return error.detail
    if isinstance(error, ValidationError):
        return "; ".join(f"TRIAGE_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
    if isinstance(error, SQLAlchemyError):
        message = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        no_table = "no such table" in message or ("relation" in message and "does not exist" in message)
        hint = "; run `triage db upgrade`" if no_table else ""
        return f"the database refused: {message}{hint}"
    return str(error)


def _end(message: str) -> None:
    """Print an error and exit with status 1, outside any command."""
    try:
        fail(message)
    except typer.Exit as stop:
        raise SystemExit(stop.exit_code) from None


if __name__ == "__main__":
    main()
