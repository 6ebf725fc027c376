"""`triage person`: what is known of one person, and how it is erased."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli.console import fail, out, show
from cli.options import AsJson
from cli.options import settings as read_settings
from triage.identity.access import Principal

app = typer.Typer(help="Requests of persons: export and erase what is known of them.", no_args_is_help=True)
ACTOR = Principal(name="system:cli", grants=frozenset({("admin", None)}))
Identifier = Annotated[
    str, typer.Argument(help="As cases hold it, such as a hashed customer number; user:NAME for an account")
]


@app.command("export")
def person_export(
    identifier: Identifier,
    output: Annotated[Path | None, typer.Option(help="File to write, mode 0600; left out: standard output")] = None,
) -> None:
    """Write everything stored of one person as JSON: `triage person export 9f2c… --output person.json`."""
    from triage.clock import utc_now
    from triage.db.database import open_engine, reading
    from triage.domains import domains
    from triage.privacy.person_export import export_person
    from triage.privacy.person_search import check_identifier

    settings = read_settings()
    engine = open_engine(settings.database)
    with reading(engine) as connection:
        found = export_person(connection, domains(settings.domain_modules), check_identifier(identifier), now=utc_now())
    engine.dispose()
    written = orjson.dumps(found, option=orjson.OPT_INDENT_2, default=str)
    if output is None:
        typer.echo(written.decode())
        return
    output.touch(mode=0o600)
    output.write_bytes(written)
    out.print(f"{len(found['cases'])} cases and {len(found['past_cases'])} past cases are in {output}")


@app.command("erase")
def person_erase(
    identifier: Identifier,
    because: Annotated[str, typer.Option(help="Reference of the request, kept in the audit chain; never a name")],
    sure: Annotated[bool, typer.Option("--yes", help="It cannot be undone; needed")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase one person from every case, the audit chain still verifying: `triage person erase 9f2c… --because DSR-17`.

    Backups made before still hold the person. Training files and models are not touched: see docs/personal-data.md.
    """
    from triage.clock import utc_now
    from triage.db.database import open_engine
    from triage.domains import domains
    from triage.privacy.erasure import erase_person
    from triage.privacy.person_search import check_identifier

    if not sure:
        fail("this cannot be undone; look at `triage person export` first, then give --yes")
    settings = read_settings()
    engine = open_engine(settings.database)
    done = erase_person(
        engine, domains(settings.domain_modules), check_identifier(identifier), because=because, actor=ACTOR,
        now=utc_now(),
    )  # fmt: skip
    engine.dispose()
    facts = {"cases": done.cases, "past_cases": done.past_cases, "audit_links_rewritten": done.links}
    show(facts, as_json=as_json, title="erased")
