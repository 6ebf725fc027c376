"""Simulated exceptions for a first look: what `triage up` trains on and shows where the laboratory is installed."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lab.simulated import draw, write
from lab.simulators import has_simulator
from lab.simulators.retailer import Knobs
from triage.domain import Domain

_SEED: Final = 1


class DemoRetailer:
    """A simulated retailer for every domain that has a simulator."""

    def covers(self, domain: Domain) -> bool:
        """Return whether the domain has demo data."""
        return has_simulator(domain.name)

    def write(
        self, domain: Domain, folder: Path, *, rows: int, samples: int, end_at: datetime
    ) -> tuple[Path, list[dict[str, Any]]]:
        """Write `rows` past cases with outcomes and truth into a folder; return the file of cases and `samples` later
        ones.

        The later cases are rows by column name, as the file has them.
        """
        knobs = Knobs(rows=rows + samples, seed=_SEED, end_at=end_at)
        drawn = draw(domain, knobs)
        past = replace(
            drawn, cases=drawn.cases.head(rows), outcomes=drawn.outcomes.head(rows), truth=drawn.truth.head(rows)
        )
        write(past, folder, knobs=knobs)
        later: list[dict[str, Any]] = [
            {str(name): value for name, value in row.items()} for row in drawn.cases.tail(samples).to_dict("records")
        ]
        return folder / "cases.parquet", later


RETAILER: Final = DemoRetailer()
