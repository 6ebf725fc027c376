"""Simulated retailers as files and as data sets."""

from importlib import import_module
from pathlib import Path

from training.simulators.retailer import Knobs, Simulated
from triage.domain import Domain


def draw(domain: Domain, knobs: Knobs) -> Simulated:
    """Draw a domain's simulated retailer; raise ValueError where the domain has no simulator."""
    if domain.simulator is None:
        raise ValueError(f"{domain.name} has no simulator")
    module, _, function = domain.simulator.partition(":")
    simulated = getattr(import_module(module), function)(knobs)
    assert isinstance(simulated, Simulated)
    return simulated


def write(simulated: Simulated, folder: Path) -> None:
    """Write cases.parquet, outcomes.parquet and truth.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    simulated.cases.to_parquet(folder / "cases.parquet", index=False)
    simulated.outcomes.to_parquet(folder / "outcomes.parquet", index=False)
    simulated.truth.to_parquet(folder / "truth.parquet", index=False)
