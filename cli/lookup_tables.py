"""`triage lookup`: where facts are looked up before a case is judged."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import err, fail, out, show
from cli.options import AsJson
from cli.options import settings as read_settings
from triage.clock import utc_now
from triage.db.database import open_engine, reading

app = typer.Typer(help="Sources of look-ups before judgement.", no_args_is_help=True)
ACTOR = "system:cli"
Name = Annotated[str, typer.Argument(help="Name of the source, as the policy's look-ups say it")]


@app.command("add")
def lookup_add(
    name: Name,
    url: Annotated[
        str | None, typer.Argument(help="https://erp.example/vendors/{supplier_id}; left out: a table")
    ] = None,
    secret: Annotated[str | None, typer.Option(help="env:NAME or file:PATH of a bearer token")] = None,
    allow_private: Annotated[
        bool, typer.Option(help="Let it stand at a private address, and speak plain http")
    ] = False,
) -> None:
    """Add a system that is asked over HTTP, or a table to be loaded: `triage lookup add vendors`."""
    from triage.handoff.lookup_sources import LookupSource, add_source

    kind = "http" if url is not None else "table"
    wanted = LookupSource(
        name=name, kind="http" if url is not None else "table", url=url, secret=secret, allow_private=allow_private
    )
    engine = open_engine(read_settings().database)
    with engine.begin() as connection:
        add_source(connection, wanted, actor=ACTOR, now=utc_now())
    out.print(f"{name} is added, a {kind} source" + ("" if url else f"; fill it with `triage lookup load {name} FILE`"))


@app.command("list")
def lookup_list(as_json: AsJson = False) -> None:
    """List the sources: `triage lookup list`."""
    from triage.handoff.lookup_sources import describe_sources

    with reading(open_engine(read_settings().database)) as connection:
        found = [
            {name: source[name] for name in ("name", "kind", "url", "rows")} for source in describe_sources(connection)
        ]
    show(found, as_json=as_json)


@app.command("remove")
def lookup_remove(name: Name) -> None:
    """Remove a source and what was loaded for it: `triage lookup remove vendors`."""
    from triage.handoff.lookup_sources import remove_source

    with open_engine(read_settings().database).begin() as connection:
        remove_source(connection, name, actor=ACTOR, now=utc_now())
    out.print(f"{name} is removed")


@app.command("load")
def lookup_load(
    name: Name,
    file: Annotated[Path, typer.Argument(help="CSV or parquet", exists=True, dir_okay=False)],
    key: Annotated[list[str], typer.Option(help="Repeatable: the columns asked by, in the order of the look-up's key")],
) -> None:
    """Replace a table by the rows of a file: `triage lookup load vendors vendors.csv --key supplier_id`."""
    from triage.handoff.lookup_sources import load_rows

    with open_engine(read_settings().database).begin() as connection:
        loaded = load_rows(connection, name, _rows(file), key=key, actor=ACTOR, now=utc_now())
    err.print(f"{name} has {loaded:,} rows")


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    if file.suffix.lower() == ".parquet":
        from pyarrow.parquet import ParquetFile

        for batch in ParquetFile(file).iter_batches():
            yield from batch.to_pylist()
    elif file.suffix.lower() == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines)
    else:
        fail(f"{file}: must be a .csv or .parquet file")
