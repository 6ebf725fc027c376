"""The laboratory's commands, added to `triage` where the laboratory is installed."""

import typer

from lab.commands import danger, durability, leaks, policy, quality, shift, simulate, sla, speed


def add_to(app: typer.Typer) -> None:
    """Add `triage simulate` and `triage benchmark`."""
    simulate.add_to(app)
    policy.add_to(quality.benchmarks)
    danger.add_to(quality.benchmarks)
    leaks.add_to(quality.benchmarks)
    durability.add_to(quality.benchmarks)
    shift.add_to(quality.benchmarks)
    speed.add_to(quality.benchmarks)
    quality.benchmarks.command()(sla.sla)
    app.add_typer(quality.benchmarks, name="benchmark")
