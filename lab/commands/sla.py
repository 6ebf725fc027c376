"""`triage benchmark sla`: how far the forecast of SLA breaches can be trusted, on real tickets."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.console import fail, show
from cli.options import AsJson

PAGE: Final = Path("docs/benchmarks/sla.md")


def sla(
    data: Annotated[Path, typer.Option(help="Folder of public data sets", file_okay=False)],
    out_file: Annotated[Path | None, typer.Option("--out", help=f"Page to write, e.g. {PAGE}")] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast breaches of tickets beside plain learners: `triage benchmark sla --data ../data --out
    docs/benchmarks/sla.md`."""
    from lab.benchmarks.servicenow import SLA
    from lab.benchmarks.sla_breach import page, run_breach_benchmark

    missing = SLA.missing(data)
    if missing:
        fail(f"{data} holds no {', '.join(missing)}")
    found = run_breach_benchmark(data)
    if out_file is not None:
        out_file.write_text(page(found), encoding="utf-8")
    rows = [{name: value for name, value in asdict(each).items() if name != "bins"} for each in found.results]
    show(asdict(found) if as_json else rows, as_json=as_json, title=f"{found.tested:,} tickets opened later")
