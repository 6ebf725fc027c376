"""`triage benchmark durability`: breaks the service under load, and counts what was lost or done twice."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.console import err, fail, progress, show, step_shown
from cli.options import AsJson
from lab.commands.quality import stamp

PAGE: Final = Path("docs/benchmarks/durability.md")
STORES: Final = ("sqlite", "postgresql")


def durability(
    store: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(STORES)}; default: both")] = None,
    kills: Annotated[int, typer.Option(help="SIGKILLs of an API or worker on each store", min=1, max=10_000)] = 100,
    stops: Annotated[int, typer.Option(help="Workers stopped past their lease on each store", min=0, max=1_000)] = 5,
    jumps: Annotated[int, typer.Option(help="Clocks set up to four minutes wrong on each store", min=0)] = 20,
    restarts: Annotated[int, typer.Option(help="Restarts of database and broker on each store", min=0)] = 5,
    full_disks: Annotated[int, typer.Option(help="Times the disk is full on each store; needs root", min=0)] = 3,
    postgres_url: Annotated[
        str, typer.Option(help="Where a schema of its own is made and dropped if no server can be started")
    ] = "postgresql+psycopg://postgres@127.0.0.1:5432/test",
    seed: Annotated[int, typer.Option(help="Of the points at which something is broken", min=0)] = 1,
    out_file: Annotated[Path | None, typer.Option("--out", help=f"Page to write, e.g. {PAGE}")] = None,
    as_json: AsJson = False,
) -> None:
    """Break the service under load and count: `triage benchmark durability --kills 25 --store sqlite`.

    Fails if anything that was accepted is lost, any event takes effect twice at the receiver, a clock or a step is
    missed or done twice, tasks do not agree, or the audit chain breaks.
    """
    from lab.durability.breaking import Plan
    from lab.durability.page import page
    from lab.durability.run import run

    chosen = store or list(STORES)
    for name in chosen:
        if name not in STORES:
            fail(f"--store {name!r} must be one of {', '.join(STORES)}")
    plan, found = Plan(
        kills=kills, stops=stops, jumps=jumps, restarts=restarts, full_disks=full_disks, seed=seed
    ), []  # fmt: skip
    measured = stamp((seed,))
    with progress() as bars:
        for name in chosen:
            task = bars.add_task(name, total=None)
            found.append(run(name, plan, postgres_url=postgres_url, report=step_shown(bars, task, name)))
            bars.update(task, description=name, total=1, completed=1)
    rows = [{"store": one.store, "wrong": "; ".join(one.wrong) or "nothing", **one.counts} for one in found]
    show(rows, as_json=as_json)
    if out_file is not None:
        stores = "".join(f" --store {name}" for name in store or [])
        breaks = f"--kills {kills} --stops {stops} --jumps {jumps} --restarts {restarts} --full-disks {full_disks}"
        command = f"triage benchmark durability {breaks} --seed {seed}{stores}"
        measured_on = f"on {measured.at:%Y-%m-%d} at commit {measured.commit}"
        out_file.write_text(page(found, plan, command=command, stamp=measured_on))
        err.print(f"written to {out_file}")
    if any(one.wrong for one in found):
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(durability)
