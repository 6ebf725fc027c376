"""`triage benchmark speed`: the calls of the API in rounds beside a bare FastAPI application."""

import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.console import err, fail, progress, show, step_shown
from cli.options import AsJson
from cli.options import settings as read_settings
from lab.commands.durability import STORES
from lab.commands.quality import stamp

PAGE: Final = Path("docs/benchmarks/speed.md")


def speed(
    store: Annotated[str, typer.Option(help=f"One of {', '.join(STORES)}")] = "sqlite",
    rounds: Annotated[int, typer.Option(help="How often everything is measured", min=1, max=100)] = 5,
    seconds: Annotated[float, typer.Option(help="Length of one measurement", min=0.2, max=600)] = 4.0,
    callers: Annotated[list[int] | None, typer.Option(help="Repeatable; default: 1, 16, 64", min=1, max=500)] = None,
    stored: Annotated[int, typer.Option(help="Cases in the database beforehand", min=0, max=10_000_000)] = 0,
    workers: Annotated[int, typer.Option(help="Processes that serve", min=1, max=64)] = 1,
    with_text: Annotated[bool, typer.Option(help="Send texts, each new at first")] = False,
    mlflow_model: Annotated[
        str | None, typer.Option(help="Also MLflow's scoring server, e.g. models:/return_fraud@champion")
    ] = None,
    postgres_url: Annotated[
        str, typer.Option(help="Where a schema of its own is made and dropped")
    ] = "postgresql+psycopg://postgres@127.0.0.1:5432/test",
    out_file: Annotated[Path | None, typer.Option("--out", help=f"Page to write, e.g. {PAGE}")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the calls of the API with the champions of this home: `triage benchmark speed --rounds 5`."""
    from lab.speed.rounds import SpeedPlan, run
    from lab.speed.speed_page import draw, page

    if store not in STORES:
        fail(f"--store {store!r} must be one of {', '.join(STORES)}")
    home = read_settings().home_folder
    if not (home / "mlflow.db").exists():
        fail(f"{home} has no models: `triage up` trains some, or name another folder with TRIAGE_HOME")
    plan = SpeedPlan(
        home=home, store=store, postgres_url=postgres_url, rounds=rounds, seconds=seconds,
        callers=tuple(callers or (1, 16, 64)), stored=stored, workers=workers, with_text=with_text, model=mlflow_model,
    )  # fmt: skip
    measured = stamp(())
    with progress() as bars, tempfile.TemporaryDirectory(prefix="triage-speed-") as folder:
        task = bars.add_task("speed", total=None)
        found = run(plan, Path(folder), report=step_shown(bars, task, "speed"))
        bars.update(task, description="speed", total=1, completed=1)
    rows = [
        {
            "what": one.subject, "callers": one.callers, "a second": round(one.per_second()),
            "share of bare": round(one.ratios()[len(one.ratios()) // 2], 3),
            "median ms": round(one.quantile_ms(0.5), 2), "99 % ms": round(one.quantile_ms(0.99), 2),
        }
        for one in found
    ]  # fmt: skip
    show(rows, as_json=as_json)
    if out_file is not None:
        chart = out_file.with_suffix(".svg")
        draw(found, chart)
        command = f"triage benchmark speed --store {store} --rounds {rounds} --seconds {seconds:g}"
        command += f" --stored {stored}" * bool(stored) + f" --workers {workers}" * (workers > 1)
        measured_on = f"on {measured.at:%Y-%m-%d} at commit {measured.commit}"
        out_file.write_text(page(found, plan, command=command, stamp=measured_on, chart=chart.name))
        err.print(f"written to {out_file}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(speed)
