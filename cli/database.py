"""`triage db`: the schema."""

import typer

from cli.console import out
from cli.options import settings
from triage.db.database import open_engine, upgrade

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema to the newest version: `triage db upgrade`."""
    upgrade(open_engine(settings().database))
    out.print("the schema is the newest version")


@app.callback()
def _app() -> None:
    """Keep `upgrade` a sub-command while it is the only one."""
