"""`triage db`: the schema."""

import typer

from cli.console import out
from cli.options import settings
from triage.db.database import open_engine, upgrade
from triage.domains import domains
from triage.intake.stored_claims import fill_claims

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema to the newest version: `triage db upgrade`."""
    upgrade(open_engine(settings().database))
    out.print("the schema is the newest version")


@app.command("fill-claims")
def db_fill_claims() -> None:
    """Make cases stored before claims and entities were kept known as earlier ones: `triage db fill-claims`.

    May run while the service does, and again: nothing is written twice.
    """
    found = settings()
    engine, registered = open_engine(found.database), domains(found.domain_modules)
    after: int | None = 0
    written = 0
    while after is not None:
        with engine.begin() as connection:
            after, rows = fill_claims(connection, registered, after=after)
        written += rows
    engine.dispose()
    out.print(f"{written:,} rows were missing and are there now")
