"""Simulated retailers as files and as data sets."""

from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training.files import ORIGIN
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


def write(simulated: Simulated, folder: Path, *, knobs: Knobs) -> None:
    """Write cases.parquet, outcomes.parquet and truth.parquet; each carries in its metadata that it is simulated."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"cases": simulated.cases, "outcomes": simulated.outcomes, "truth": simulated.truth}
    for name, frame in parts.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        origin = f"simulated, seed {knobs.seed}".encode()
        pq.write_table(
            table.replace_schema_metadata({**(table.schema.metadata or {}), ORIGIN: origin}), folder / f"{name}.parquet"
        )
