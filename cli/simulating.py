"""`triage simulate`: draw a simulated retailer."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import fail, out
from cli.options import DomainName, domain_named


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    domain: DomainName,
    rows: Annotated[int, typer.Option(help="Cases to draw", min=1, max=5_000_000)] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed is another retailer")] = 1,
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the three files")] = Path("simulated"),
    label_noise: Annotated[
        float, typer.Option(help="Share of outcomes recorded with a wrong cause", min=0, max=0.5)
    ] = 0.05,
    missing_rate: Annotated[float, typer.Option(help="Base share of optional fields left out", min=0, max=0.5)] = 0.06,
) -> None:
    """Draw a simulated retailer (synthetic data): `triage simulate return_fraud --rows 20000 --seed 7 --out data/returns`.

    Writes cases.parquet (what a caller would see), outcomes.parquet (what the business learnt later, noisy and late) and
    truth.parquet (what no model may read).
    """
    from training.simulated import draw, write
    from training.simulators.retailer import Knobs

    card = domain_named(domain)
    if card.simulator is None:
        fail(f"{domain} has no simulator")
    knobs = Knobs(rows=rows, seed=seed, label_noise=label_noise, missing_rate=missing_rate)
    simulated = draw(card, knobs)
    write(simulated, out_folder, knobs=knobs)
    wrong = simulated.truth["wrong"].mean()
    out.print(
        f"{rows:,} synthetic cases of {domain}, seed {seed}, {wrong:.1%} wrong straight through, in {out_folder}/"
    )
