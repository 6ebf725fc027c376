"""`triage simulate`: draw a simulated retailer."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import fail, show
from cli.options import AsJson, DomainName, domain_named

_DAY_OR_INSTANT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


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
    FEW = "few"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    domain: DomainName,
    rows: Annotated[int, typer.Option(help="Cases to draw", min=1, max=5_000_000)] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed is another retailer", min=0, max=2**63 - 1)] = 1,
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the three files")] = Path("simulated"),
    base_rate: Annotated[
        float,
        typer.Option(help="Factor on the odds of what makes acting straight through wrong", min=0.05, max=20),
    ] = 1.0,
    label_noise: Annotated[
        float,
        typer.Option(
            help="Chance that a cause which can be mistaken is recorded as another; an honest return never is; "
            "at most 0.25 where --analysts is mixed, 0.0925 where it is few",
            min=0,
            max=0.5,
        ),
    ] = 0.05,
    label_delay_days: Annotated[
        float, typer.Option(help="Median days until an outcome is known", min=0.05, max=365)
    ] = 9.0,
    analysts: Annotated[
        Analysts,
        typer.Option(help="Who errs: all alike, each in their own measure, or two people make nine of ten errors"),
    ] = Analysts.EVEN,
    missing_rate: Annotated[float, typer.Option(help="Base share of optional fields left out", min=0, max=0.5)] = 0.06,
    drift: Annotated[
        DriftName, typer.Option(help="How far the odds of causes move; new_type: one cause appears late")
    ] = DriftName.NONE,
    new_type_at: Annotated[
        datetime | None,
        typer.Option(help="When it appears, UTC; default: after 60 % of the window", formats=_DAY_OR_INSTANT),
    ] = None,
    days: Annotated[int, typer.Option(help="Length of the window", min=30, max=3650)] = 540,
    end_at: Annotated[
        datetime | None, typer.Option(help="End of the window, UTC; default: 2026-06-30", formats=_DAY_OR_INSTANT)
    ] = None,
    seasonality: Annotated[float, typer.Option(help="0 none, 1 as the domain has it", min=0, max=3)] = 1.0,
    cold_start_share: Annotated[
        float, typer.Option(help="Share of entities first seen at any time", min=0, max=1)
    ] = 0.25,
    trap: Annotated[str, typer.Option(help="Plant a leak of this name in the cases, to see it caught")] = "",
    as_json: AsJson = False,
) -> None:
    """Draw a simulated retailer (synthetic data): `triage simulate return_fraud --rows 20000 --seed 7 --out
    data/returns`.

    Writes cases.parquet (what a caller would see), outcomes.parquet (what the business learnt later, noisy and late)
    and truth.parquet (what no model may read: the true cause, and the exact probabilities that the best observer would
    give).
    """
    from lab.simulated import draw, write
    from lab.simulators import has_simulator
    from lab.simulators.retailer import Knobs
    from lab.simulators.selftest import self_test, worst

    card = domain_named(domain)
    if not has_simulator(card.name):
        fail(f"{domain} has no simulator")
    try:
        knobs = Knobs(
            rows=rows, seed=seed, days=days, base_rate=base_rate, label_noise=label_noise,
            label_delay_days=label_delay_days, analysts=analysts.value, missing_rate=missing_rate, drift=drift.value,
            seasonality=seasonality, cold_start_share=cold_start_share, trap=trap,
            **{
                name: day.replace(tzinfo=UTC)
                for name, day in (("end_at", end_at), ("new_type_at", new_type_at))
                if day is not None
            },
        )  # fmt: skip
        simulated = draw(card, knobs)
    except ValueError as error:
        fail(str(error))
    try:
        write(simulated, out_folder, knobs=knobs)
    except OSError as error:
        fail(f"--out {out_folder} cannot be written: {error.strerror or error}; name a folder")
    wrong = simulated.truth["wrong"]
    result: dict[str, Any] = {"cases": rows, "seed": seed, "wrong_share": float(wrong.mean()), "out": str(out_folder)}
    claims = self_test(simulated) if "p_wrong" in simulated.truth else []
    if claims:
        farthest = worst(claims)
        result |= {"self_test_claims": len(claims), "self_test_farthest_standard_errors": round(farthest.z, 2)}
    show(result, as_json=as_json, title=f"{domain}, synthetic")
