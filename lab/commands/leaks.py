"""`triage benchmark leaks`: whether training refuses what leaks, and only that, measured and written down."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import err, fail, progress, show, step_shown
from cli.options import AsJson
from cli.options import settings as read_settings
from lab.commands.quality import PAGE, SEEDS, encoder_of, stamp
from lab.simulators import simulated_domains
from triage.domain import Domain

PLANTED_ROWS = 1500

if TYPE_CHECKING:
    from lab.benchmarks.leaks import LeakResult


def leaks(
    only: Annotated[list[str] | None, typer.Option(help="Only these domains, by name; repeatable")] = None,
    rows: Annotated[
        int | None, typer.Option(help="Simulated cases of each retailer; default 12000", min=1000, max=1_000_000)
    ] = None,
    seeds: Annotated[int, typer.Option(help="Clean retailers per domain", min=1, max=50)] = 20,
    trap_seeds: Annotated[int, typer.Option(help="Retailers per domain and planted leak", min=1, max=50)] = 3,
    text: Annotated[
        bool,
        typer.Option(
            "--text", help="Read the texts of every retailer, which takes hours, not only where a leak hides in them"
        ),
    ] = False,
    columns: Annotated[
        bool, typer.Option("--columns", help="Plant columns filled in after the outcome instead; a minute or two")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="With --columns: folder of public tables, which are looked at too")
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help=f"Page to write; default {PAGE}, and none with --only")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Plant every leak, and none: `triage benchmark leaks --only return_fraud --seeds 5`.

    On simulated retailers (seeds 101 and on) it does what `triage train` does until it would register: each planted
    leak must be refused, by the lineage of the features or by the comparison with the best possible observer, and no
    clean retailer may be. About half a minute for each retailer on one core, most of an hour for all of them. Ends with
    status 1 where a leak is missed or a clean retailer refused.
    """
    from lab.benchmarks.leaks import ROWS, planted_fields
    from lab.benchmarks.leaks_page import leaks_section, summed_up
    from lab.benchmarks.report import write_page

    named = _chosen(only)
    if columns:
        _plant_columns(named, rows or PLANTED_ROWS, SEEDS[:trap_seeds], data, as_json=as_json)
        return
    page = out_file or (None if only else PAGE)
    results: list[LeakResult] = []
    for domain in named:
        results += _measured(domain, rows or ROWS, SEEDS[:seeds], SEEDS[:trap_seeds], all_texts=text)
    found = summed_up(results)
    if page is not None:
        traps = {(row.domain, row.trap) for row in found if row.trap}
        fields = {
            (domain.name, trap): planted_fields(domain, trap)
            for domain in named
            for name, trap in traps
            if name == domain.name
        }
        write_page(page, [leaks_section(results, fields, stamp(tuple(sorted({result.seed for result in results}))))])
        err.print(f"written to {page}")
    show(
        [result.flat() for result in results] if as_json else [asdict(row) for row in found],
        as_json=as_json,
        title="Leaks",
    )
    if not all(row.is_as_it_should_be for row in found):
        fail("a planted leak was missed, or a clean retailer refused")


def _plant_columns(named: list[Domain], rows: int, seeds: tuple[int, ...], data: Path | None, *, as_json: bool) -> None:
    """Look for planted columns, and at the same tables without one; end with status 1 where too many are missed."""
    from lab.benchmarks.planted_columns import measure, real_tables, simulated_table

    tables = [
        (f"{domain.name}, seed {seed}", simulated_table(domain, seed=seed, rows=rows))
        for domain in named
        for seed in seeds
    ]
    if data is not None:
        tables += list(real_tables(data, {domain.name: domain for domain in named}))
    results = [result for name, table in tables for result in measure(name, table, seed=1)]
    clean = [result for result in results if not result.planted]
    missed = [result for result in results if result.planted and not any("planted" in one for one in result.found)]
    alarms = [result for result in clean if result.found]
    if as_json:
        show([asdict(result) for result in results], as_json=True)
    else:
        show(
            {
                "tables": len(clean),
                "planted": len(results) - len(clean),
                "missed": "; ".join(f"{result.table}: {result.planted}" for result in missed) or 0,
                "false alarms": "; ".join(f"{result.table}: {', '.join(result.found)}" for result in alarms) or 0,
            },
            as_json=False,
            title="Columns filled in after the outcome",
        )
    if missed or len(alarms) > 1:
        fail("a planted column was missed, or more than one clean table raised an alarm")


def add_to(benchmarks: typer.Typer) -> None:
    """Add the command to its group."""
    benchmarks.command()(leaks)


def _measured(
    domain: Domain, rows: int, seeds: tuple[int, ...], trap_seeds: tuple[int, ...], *, all_texts: bool
) -> "list[LeakResult]":
    from lab.benchmarks.leaks import measure_leak, retailers

    settings, results = read_settings(), []
    encoder = encoder_of(settings)
    drawn = retailers(domain, seeds=seeds, trap_seeds=trap_seeds, all_texts=all_texts)
    readable = [retailer for retailer in drawn if encoder is not None or not retailer.with_text]
    if len(readable) < len(drawn):
        err.print(f"skipped: {len(drawn) - len(readable)} retailers of {domain.name} whose texts no encoder reads")
    with progress() as bars:
        task = bars.add_task(domain.name, total=len(readable))
        for retailer in readable:
            name = f"{domain.name}, {retailer.trap or 'clean'}, seed {retailer.seed}"
            results.append(
                measure_leak(
                    domain,
                    retailer,
                    rows=rows,
                    encoder=encoder,
                    cache_folder=settings.home_folder / "embeddings",
                    progress=step_shown(bars, task, name),
                )
            )
            bars.update(task, description=domain.name, advance=1)
    return results


def _chosen(only: list[str] | None) -> list[Domain]:
    simulated = simulated_domains(read_settings().domain_modules)
    unknown = [name for name in only or () if name not in simulated]
    if unknown:
        fail(f"unknown name {', '.join(unknown)}; known are {', '.join(simulated)}")
    return [domain for name, domain in simulated.items() if name in (only or simulated)]
