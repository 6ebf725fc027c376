"""Simulated retailers as files and as data sets."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lab.simulators import has_simulator, simulator_of
from lab.simulators.retailer import Knobs, Simulated
from training.tables.files import ORIGIN
from triage.domain import Domain
from triage.provenance import simulated_origin


def draw(domain: Domain, knobs: Knobs) -> Simulated:
    """Draw a domain's simulated retailer; raise ValueError where it has no simulator or no such trap, or its truth is
    not a number."""
    simulate = simulator_of(domain.name).simulate
    traps = traps_of(domain)
    if knobs.trap not in ("", *traps):
        raise ValueError(f"unknown trap {knobs.trap!r}; {domain.name} has {', '.join(traps) or 'none'}")
    simulated = simulate(knobs)
    assert isinstance(simulated, Simulated)
    _require_truth(simulated, domain, knobs)
    return simulated


def traps_of(domain: Domain) -> tuple[str, ...]:
    """Name the leaks a domain's simulator can plant."""
    return tuple(getattr(simulator_of(domain.name), "TRAPS", ())) if has_simulator(domain.name) else ()


def _require_truth(simulated: Simulated, domain: Domain, knobs: Knobs) -> None:
    """Refuse a retailer whose posterior could not be worked out: every comparison with it would be silently
    meaningless."""
    numbers = simulated.truth.select_dtypes("number")
    odd = [str(name) for name in numbers if not np.isfinite(numbers[name].to_numpy(dtype=np.float64)).all()]
    if odd:
        raise ValueError(f"the simulated {domain.name} of seed {knobs.seed} has no number for {', '.join(odd)}")


def write(simulated: Simulated, folder: Path, *, knobs: Knobs) -> None:
    """Write cases.parquet, outcomes.parquet and truth.parquet; each carries in its metadata that it is simulated."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"cases": simulated.cases, "outcomes": simulated.outcomes, "truth": simulated.truth}
    for name, frame in parts.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        origin = simulated_origin(knobs.seed).encode()
        pq.write_table(
            table.replace_schema_metadata({**(table.schema.metadata or {}), ORIGIN: origin}), folder / f"{name}.parquet"
        )
