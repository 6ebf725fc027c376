"""`triage simulate`: draw a simulated retailer."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import fail, show
from cli.options import AsJson, DomainName, domain_named


class DriftName(StrEnum):
    """The kinds of drift a retailer can be drawn with."""

    NONE = "none"
    MILD = "mild"
    SEVERE = "severe"
    NEW_TYPE = "new_type"


class Analysts(StrEnum):
    """How the people err who record outcomes."""

    EVEN = "even"
    MIXED = "mixed"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    domain: DomainName,
    rows: Annotated[int, typer.Option(help="Cases to draw", min=1, max=5_000_000)] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed is another retailer", min=0)] = 1,
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the three files")] = Path("simulated"),
    base_rate: Annotated[
        float, typer.Option(help="Factor on the odds of every cause that is not harmless", min=0.05, max=20)
    ] = 1.0,
    label_noise: Annotated[
        float, typer.Option(help="Share of outcomes recorded with a wrong cause", min=0, max=0.5)
    ] = 0.05,
    label_delay_days: Annotated[
        float, typer.Option(help="Median days until an outcome is known", min=0.05, max=365)
    ] = 9.0,
    analysts: Annotated[Analysts, typer.Option(help="Whether all who record outcomes err alike")] = Analysts.EVEN,
    missing_rate: Annotated[float, typer.Option(help="Base share of optional fields left out", min=0, max=0.5)] = 0.06,
    drift: Annotated[
        DriftName, typer.Option(help="How far the odds of causes move; new_type: one cause appears late")
    ] = DriftName.NONE,
    seasonality: Annotated[float, typer.Option(help="0 none, 1 as the domain has it", min=0, max=3)] = 1.0,
    cold_start_share: Annotated[
        float, typer.Option(help="Share of entities first seen at any time", min=0, max=1)
    ] = 0.25,
    trap: Annotated[str, typer.Option(help="Plant a leak of this name in the cases, to see it caught")] = "",
    as_json: AsJson = False,
) -> None:
    """Draw a simulated retailer (synthetic data): `triage simulate return_fraud --rows 20000 --seed 7 --out data/returns`.

    Writes cases.parquet (what a caller would see), outcomes.parquet (what the business learnt later, noisy and late) and
    truth.parquet (what no model may read: the true cause, and the exact probabilities that the best observer would give).
    """
    from training.simulated import draw, write
    from training.simulators.retailer import Knobs
    from training.simulators.selftest import self_test, worst

    card = domain_named(domain)
    if card.simulator is None:
        fail(f"{domain} has no simulator")
    knobs = Knobs(
        rows=rows, seed=seed, base_rate=base_rate, label_noise=label_noise, label_delay_days=label_delay_days,
        analysts=analysts.value, missing_rate=missing_rate, drift=drift.value, seasonality=seasonality,
        cold_start_share=cold_start_share, trap=trap,
    )  # fmt: skip
    try:
        simulated = draw(card, knobs)
    except ValueError as error:
        fail(str(error))
    write(simulated, out_folder, knobs=knobs)
    wrong = simulated.truth["wrong"]
    result: dict[str, Any] = {"cases": rows, "seed": seed, "wrong_share": float(wrong.mean()), "out": str(out_folder)}
    claims = self_test(simulated) if "p_wrong" in simulated.truth else []
    if claims:
        farthest = worst(claims)
        result |= {"self_test_claims": len(claims), "self_test_farthest_standard_errors": round(farthest.z, 2)}
    show(result, as_json=as_json, title=f"{domain}, synthetic")
