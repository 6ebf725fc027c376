"""The `triage` command: one file per group of commands, put together here."""

import typer

from cli import access, database, learning, policies, running, simulating
from cli.console import fail
from policies.errors import PolicyError
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
simulating.add_to(app)
learning.add_to(app)
app.add_typer(policies.app, name="policy")
app.add_typer(access.users, name="user")
app.add_typer(access.keys, name="key")
app.add_typer(database.app, name="db")
app.add_typer(database.audit, name="audit")


def main() -> None:
    """Run the command line; what a user can mend is one sentence, not a traceback."""
    try:
        app()
    except PolicyError as error:
        fail_quietly(str(error))
    except TriageError as error:
        fail_quietly(error.detail)
    except KeyboardInterrupt:
        fail_quietly("stopped")


def fail_quietly(message: str) -> None:
    """Print an error and exit with status 1, outside any command."""
    try:
        fail(message)
    except typer.Exit as stop:
        raise SystemExit(stop.exit_code) from None


if __name__ == "__main__":
    main()
