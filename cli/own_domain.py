"""`triage domain`: domains that are one YAML file, without any Python."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import err, fail, out, show
from cli.options import AsJson
from cli.options import settings as read_settings
from triage.settings import OWN_DOMAINS

app = typer.Typer(help="Domains of your own.", no_args_is_help=True)


@app.command("new")
def domain_new(
    name: Annotated[str, typer.Argument(help="Of the domain: lower case letters, digits and underscores")],
    file: Annotated[
        Path, typer.Option("--from", help="CSV, parquet or Excel table of past cases", exists=True, dir_okay=False)
    ],
    outcome: Annotated[str, typer.Option(help="The column that says how it turned out: yes/no, or one of several")],
    wrong: Annotated[
        list[str] | None, typer.Option(help="Repeatable: a value for which acting straight through was wrong")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="The column of the instant a case is asked about")] = None,
    known_after_days: Annotated[float, typer.Option(help="Days after which the outcome is known", min=0)] = 30.0,
) -> None:
    """Draft a domain from a table: `triage domain new late_delivery --from deliveries.csv --outcome late`.

    Writes the domain into the home folder, where every command and the service find it, and a mapping for `triage
    train` into the current folder. Nothing that exists is overwritten.
    """
    from training.drafting.domain_draft import draft_domain
    from training.tables.table_error import TableError
    from triage.domains import domains

    settings = read_settings()
    known = domains(settings.domain_modules)
    if name in known:
        fail(f"there is a domain {name} already; choose another name")
    target = settings.home_folder / OWN_DOMAINS / f"{name}.yaml"
    mapping = Path(f"{name}.mapping.yaml")
    if mapping.exists():
        fail(f"{mapping} exists already; move it away first")
    try:
        draft = draft_domain(
            name, file, outcome=outcome, wrong=wrong or (), as_of=as_of, known_after_days=known_after_days
        )
    except TableError as error:
        fail(str(error))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(draft.text, encoding="utf-8")
    try:
        domains(str(target))
    except BaseException:
        target.unlink()
        raise
    mapping.write_text(draft.mapping, encoding="utf-8")
    for note in draft.notes:
        err.print(f"look at it: {note}")
    out.print(f"{target} is the domain; edit it, then `triage policy lint {name}` and `triage policy test {name}`")
    out.print(f"{mapping} reads the table: `triage train {name} --data {file} --mapping {mapping}`")


@app.command("list")
def domain_list(as_json: AsJson = False) -> None:
    """List every domain and where it comes from: `triage domain list`."""
    from triage.domains import BUILT_IN, domains

    built_in = {card.name for card in BUILT_IN}
    show(
        [
            {
                "domain": card.name, "title": card.title, "fields": len(card.recipe.payload.model_fields),
                "features": len(card.recipe.features),
                "from": "built in" if card.name in built_in else str(card.policy_file),
            }
            for card in domains(read_settings().domain_modules).values()
        ],
        as_json=as_json,
    )  # fmt: skip
