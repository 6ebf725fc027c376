"""`triage benchmark danger`: what words and likeness find in texts about danger, and the likeness fitted anew."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import err, fail, progress, show, step_shown
from cli.options import AsJson
from cli.options import settings as read_settings
from lab.commands.quality import encoder_of
from lab.simulators import simulated_domains


def danger(
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit the likeness anew to the texts of lab/danger, and ship the weights")
    ] = False,
    cases: Annotated[int, typer.Option(help="Simulated cases of each domain", min=500, max=1_000_000)] = 4_000,
    ordinary: Annotated[
        Path | None, typer.Option(help="A file of ordinary texts, one a line", exists=True, dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the search for danger: `triage benchmark danger --ordinary requests.txt`.

    Kinds of danger the likeness has not seen, lists that nothing was fitted to, and what it costs on ordinary texts.
    Some minutes on one core. Writes what docs/benchmarks/danger.md is written from.
    """
    from lab.benchmarks.danger_texts import RESULTS, all_measured, fit_and_write, measure_danger_texts

    settings = read_settings()
    encoder = encoder_of(settings)
    if encoder is None:
        fail("TRIAGE_ENCODER is empty; the likeness is of sentence embeddings")
    domains = list(simulated_domains(settings.domain_modules).values())
    with progress() as bars:
        task = bars.add_task("danger", total=None)
        say = step_shown(bars, task, "danger")
        if fit:
            fit_and_write(encoder, say=say)
        measured = measure_danger_texts(encoder, domains, cases=cases, ordinary=ordinary, say=say)
    RESULTS.write_bytes(measured.to_bytes())
    err.print(f"written to {RESULTS}")
    show(all_measured(measured.to_bytes())["counts"], as_json=as_json, title="Danger texts")


def add_to(benchmarks: typer.Typer) -> None:
    """Add the command to its group."""
    benchmarks.command()(danger)
