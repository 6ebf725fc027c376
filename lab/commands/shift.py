"""`triage benchmark shift`: whether a promise holds where the population shifts after it was certified."""

from typing import Annotated

import typer

from cli.console import fail, progress, show, step_shown
from cli.options import AsJson
from cli.options import settings as read_settings
from lab.simulators import simulated_domains


def shift(
    only: Annotated[list[str] | None, typer.Option(help="Only these domains, by name; repeatable")] = None,
    rows: Annotated[int, typer.Option(help="Simulated cases of each retailer", min=1_000, max=1_000_000)] = 4_000,
    seeds: Annotated[int, typer.Option(help="Retailers per domain", min=1, max=50)] = 1,
    as_json: AsJson = False,
) -> None:
    """Replay a certified threshold where a part of the cases is of another kind: `triage benchmark shift --seeds 3`.

    New suppliers, a language that is not covered, missing columns, columns in another order. Of the shifted cases half
    are taken to be wrong, whatever they show. Beside the certified procedure stands the plain one, which has no test
    for cases unlike what is proven. A minute or two for each retailer on one core.
    """
    from lab.benchmarks.shifted import measure_shifts

    known = simulated_domains(read_settings().domain_modules)
    unknown = [name for name in only or () if name not in known]
    if unknown:
        fail(f"unknown name {', '.join(unknown)}; known are {', '.join(known)}")
    found = []
    with progress() as bars:
        for name in only or known:
            task = bars.add_task(name, total=None)
            for seed in range(101, 101 + seeds):
                say = step_shown(bars, task, f"{name}, seed {seed}")
                found += measure_shifts(known[name], rows=rows, seed=seed, progress=say)
            bars.update(task, description=name, total=1, completed=1)
    show([result.flat() for result in found], as_json=as_json, title="Shifts")


def add_to(benchmarks: typer.Typer) -> None:
    """Add the command to its group."""
    benchmarks.command()(shift)
